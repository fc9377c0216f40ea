"""Claims about the two shipped networks and about the recorded experiment.

The scripts in ``training/`` are stand-alone; here their arithmetic is held
against pairs worked by hand, and their results against networks read by
OpenAI's own loader.
"""

import hashlib
import json
import re
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from imglab import emoji

ROOT = Path(__file__).resolve().parent.parent
WEIGHTS = ROOT / "data" / "weights"
RECORD = json.loads((ROOT / "data" / "factorial.json").read_text(encoding="utf-8"))
NETWORKS = {"emoji_styles": "clip_styles", "emoji_names": "clip_names"}
MODELS = ("clip_styles", "clip_names", "classifier", "untrained", "efficientnet_lite0")
STYLES = tuple(emoji.STYLES)


@pytest.fixture
def scripts(monkeypatch):
    """Let a test import the scripts of training/ by name."""
    monkeypatch.syspath_prepend(str(ROOT / "training"))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="pkg_resources is deprecated")
        yield
    for name in ("captions", "factorial", "networks", "retrieval"):
        sys.modules.pop(name, None)


def load(name):
    """Read a shipped network with the official loader, as a stranger would."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="pkg_resources is deprecated")
        warnings.filterwarnings("ignore", message=r"`torch\.jit\.load` is deprecated")
        import clip

        network, preprocess = clip.load(str(WEIGHTS / f"{name}.pt"), device="cpu")
    return clip, network.eval(), preprocess


def look(network, preprocess, items):
    """Return the unit vectors of pictures, (5, N, 128), by the loader's own preprocessing."""
    import torch
    from PIL import Image

    rows = []
    with torch.no_grad():
        for style in STYLES:
            tiles = [preprocess(Image.fromarray(emoji.picture(item, style))) for item in items]
            rows.append(network.encode_image(torch.stack(tiles)).double().numpy())
    found = np.stack(rows)
    return found / np.sqrt((found**2).sum(axis=-1, keepdims=True))


def read_texts(clip, network, texts):
    import torch

    with torch.no_grad():
        found = network.encode_text(clip.tokenize(texts)).double().numpy()
    return found / np.sqrt((found**2).sum(axis=-1, keepdims=True))


# The shipped files


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_is_small_and_its_digest_stands_in_the_sources(name):
    data = (WEIGHTS / f"{name}.pt").read_bytes()
    assert len(data) <= 3_500_000
    page = (ROOT / "data" / "SOURCES.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith(f"| `weights/{name}.pt`")]
    assert len(rows) == 1
    assert f"`{hashlib.sha256(data).hexdigest()}`" in rows[0]
    assert f"{len(data)} bytes" in rows[0]


@pytest.mark.deep
@pytest.mark.parametrize("name", NETWORKS)
def test_the_shipped_file_answers_as_the_trained_network_did(name):
    clip, network, preprocess = load(name)
    recorded = json.loads((WEIGHTS / "recorded.json").read_text(encoding="utf-8"))
    items = [emoji.find(one) for one in recorded["pictures"]]
    pictures = look(network, preprocess, items)
    texts = read_texts(clip, network, recorded["texts"])
    # Half precision keeps 11 bits of each weight; the trained network had 24.
    assert np.abs(pictures - np.array(recorded[name]["pictures"])).max() < 1e-3
    assert np.abs(texts - np.array(recorded[name]["texts"])).max() < 1e-3
    assert len({tuple(row) for row in pictures.reshape(-1, 128).round(3)}) == 5 * len(items)


@pytest.mark.deep
@pytest.mark.parametrize("name", NETWORKS)
def test_a_careful_reader_finds_weights_alone_in_half_precision(name):
    import torch

    state = torch.load(WEIGHTS / f"{name}.pt", weights_only=True, map_location="cpu")
    kinds = {value.dtype for value in state.values()}
    assert kinds == {torch.float16, torch.int64}  # the whole numbers count batches
    assert state["token_embedding.weight"].shape == (49_408, 64)


@pytest.mark.deep
@pytest.mark.parametrize("name", NETWORKS)
def test_words_lists_what_was_seen_and_other_words_have_rows_of_zeros(name):
    clip, network, _ = load(name)
    words = json.loads((WEIGHTS / "words.json").read_text(encoding="utf-8"))
    assert words[name] == sorted(set(words[name]))
    table = network.token_embedding.weight.detach().numpy()

    def known(word):
        numbers = clip.tokenize(word)[0].numpy()
        return bool(np.abs(table[numbers[numbers > 0]]).sum(axis=1).all())

    assert all(known(word) for word in words[name])
    assert not known("photograph")
    assert known("monochrome") == (name == "emoji_styles")


def test_the_words_differ_in_the_words_for_styles():
    words = json.loads((WEIGHTS / "words.json").read_text(encoding="utf-8"))
    only = set(words["emoji_styles"]) - set(words["emoji_names"])
    assert only == {"noto", "twemoji", "monochrome", "3d"}  # "flat" is said of a shoe too
    assert set(words["emoji_names"]) <= set(words["emoji_styles"])


# The record


def test_the_record_is_of_the_155_test_emoji_and_three_seeds():
    assert (RECORD["split"], RECORD["items"]) == ("test", 155)
    for model in ("clip_styles", "clip_names", "classifier", "untrained"):
        assert [one["seed"] for one in RECORD["factorial"][model]["seeds"]] == [0, 1, 2]
    assert tuple(RECORD["factorial"]) == MODELS
    assert RECORD["chance"] == {
        "recall_at_1": 0.65,  # 100 / 155
        "recall_at_5": 3.23,
        "recall_at_10": 6.45,
        "style_named": 20.0,  # 100 / 5
    }


def test_the_three_models_took_the_same_number_of_steps():
    runs = [run for kind in RECORD["training"].values() for run in kind]
    assert len(runs) == 9
    assert len({(run["steps"], run["batch"], run["rate"], run["decay"]) for run in runs}) == 1
    for run in runs:
        steps = [step for step, _ in run["loss"]]
        assert steps == list(range(25, run["steps"] + 1, 25))
        assert run["loss"][-1][1] < run["loss"][0][1] / 2  # it learned


@pytest.mark.parametrize("model", ["clip_styles", "clip_names"])
def test_the_means_of_retrieval_are_the_means_of_the_seeds_and_reach_the_aim(model):
    found = RECORD["retrieval"][model]
    for key in ("caption", "name_alone", "known_words"):
        for recall in ("recall_at_1", "recall_at_5", "recall_at_10"):
            values = [one[key][recall] for one in found["seeds"]]
            assert found["mean"][key][recall] == pytest.approx(sum(values) / 3, abs=0.006)
    assert found["mean"]["caption"]["recall_at_1"] >= 10
    assert found["mean"]["caption"]["recall_at_10"] >= 38


def test_the_style_is_named_right_more_often_than_in_seven_of_ten_pictures():
    found = RECORD["retrieval"]["clip_styles"]
    for key in ("told_what", "not_told"):
        values = [one["style_named"][key] for one in found["seeds"]]
        assert found["mean"]["style_named"][key] == pytest.approx(sum(values) / 3, abs=0.006)
        assert found["mean"]["style_named"][key] >= 70


@pytest.mark.parametrize("model", MODELS)
def test_effects_and_ratios_follow_from_the_cells_and_lie_in_their_intervals(model):
    found = RECORD["factorial"][model]
    for one in (*found["seeds"], found["mean"]):
        style, content = one["style"] - one["neither"], one["content"] - one["neither"]
        assert one["style_effect"] == pytest.approx(style, abs=2e-6)
        assert one["content_effect"] == pytest.approx(content, abs=2e-6)
        if model != "untrained":  # there both effects are of the size of the rounding
            assert one["ratio"] == pytest.approx(style / content, abs=1e-4)
        low, high = one["intervals"]["ratio"]
        assert low < one["ratio"] < high


def test_words_for_styles_in_the_captions_raise_the_ratio_fivefold_with_intervals_apart():
    styles, names = (RECORD["factorial"][model]["mean"] for model in ("clip_styles", "clip_names"))
    assert styles["ratio"] >= 5 * names["ratio"]
    assert styles["intervals"]["ratio"][0] > names["intervals"]["ratio"][1]
    factor = RECORD["styles_over_names"]
    assert factor["ratio_of_ratios"] == pytest.approx(styles["ratio"] / names["ratio"], rel=1e-3)
    assert factor["interval"][0] >= 5


@pytest.mark.deep
@pytest.mark.parametrize("name", NETWORKS)
def test_a_part_of_the_record_comes_out_again_from_the_shipped_network(name):
    # The record is of the network in float32, the file is in half precision.
    model = NETWORKS[name]
    clip, network, preprocess = load(name)
    rng = np.random.default_rng(5)
    items = emoji.items("test")
    pictures = look(network, preprocess, items)
    seed0 = RECORD["factorial"][model]["seeds"][0]

    total, styles = {"content": [], "style": [], "neither": []}, range(len(STYLES))
    for s in styles:
        for t in styles:
            cosines = pictures[s] @ pictures[t].T
            others = cosines[~np.eye(len(items), dtype=bool)].mean()
            total["style" if s == t else "neither"].append(others)
            if s != t:
                total["content"].append(np.diag(cosines).mean())
    for cell, values in total.items():
        assert seed0[cell] == pytest.approx(np.mean(values), abs=1e-3)

    # One style, drawn: a rank may change where two cosines agree to three digits.
    style = int(rng.integers(len(STYLES)))
    told = STYLES[style] if name == "emoji_styles" else None
    texts = read_texts(clip, network, [emoji.caption(item, told) for item in items])
    order = np.argsort(-(texts @ pictures[style].T), axis=1)
    hits = [100 * np.mean([i in order[i, :k] for i in range(len(items))]) for k in (1, 10)]
    recorded = RECORD["retrieval"][model]["seeds"][0]["by_style"][STYLES[style]]
    assert recorded["recall_at_1"] == pytest.approx(hits[0], abs=1.3)  # two of 155
    assert recorded["recall_at_10"] == pytest.approx(hits[1], abs=1.3)


# The arithmetic of the scripts


@pytest.mark.deep
@pytest.mark.usefixtures("scripts")
def test_two_emoji_in_two_styles_give_the_cells_worked_by_hand():
    from factorial import cells, effects, pair_means

    # Styles first. Emoji 0: (1, 0), (0.6, 0.8); emoji 1: (0, 1), (0.8, 0.6).
    vectors = np.array([[[1.0, 0.0], [0.0, 1.0]], [[0.6, 0.8], [0.8, 0.6]]])
    means = pair_means(vectors)
    # content: (1, 0).(0.6, 0.8) = 0.6 and (0, 1).(0.8, 0.6) = 0.6, mean 0.6
    # style: (1, 0).(0, 1) = 0 and (0.6, 0.8).(0.8, 0.6) = 0.96, mean 0.48
    # neither: (1, 0).(0.8, 0.6) = 0.8 and (0, 1).(0.6, 0.8) = 0.8, mean 0.8
    once = cells(means, np.ones((1, 2)))
    assert once[0] == pytest.approx([0.6, 0.48, 0.8])
    # effects: 0.48 - 0.8 = -0.32 and 0.6 - 0.8 = -0.2, ratio 1.6
    assert effects(once)[0] == pytest.approx([-0.32, -0.2, 1.6])
    # Emoji 0 drawn twice and emoji 1 once: the pairs of different emoji are the same.
    assert cells(means, np.array([[2.0, 1.0]]))[0] == pytest.approx([0.6, 0.48, 0.8])


@pytest.mark.deep
@pytest.mark.usefixtures("scripts")
def test_ranks_count_from_one_and_by_cosine():
    from retrieval import ranks

    queries = np.array([[1.0, 0.0], [0.0, 1.0]])
    gallery = np.array([[0.6, 0.8], [0.8, 0.6]])
    # Query 0 wants 0.6 and meets 0.8: second. Query 1 wants 0.6 and meets 0.8: second.
    assert ranks(queries, gallery).tolist() == [2, 2]
    assert ranks(queries, gallery[::-1]).tolist() == [1, 1]


@pytest.mark.deep
@pytest.mark.usefixtures("scripts")
def test_the_captions_become_the_numbers_of_the_official_tokenizer():
    from captions import draw_caption, tokenize

    clip = sys.modules["clip"]
    rng = np.random.default_rng(0)
    items = [emoji.items()[index] for index in rng.integers(1521, size=60)]
    texts = [draw_caption(item, style, rng) for item in items for style in (None, "fluent_3d")]
    ours, theirs = tokenize(texts, 77), clip.tokenize(texts, truncate=True)
    assert ours.tolist() == theirs.tolist()
    said = [bool(re.search(r"\b3d\b", text)) for text in texts]
    assert said == [False, True] * 60


@pytest.mark.deep
@pytest.mark.usefixtures("scripts")
def test_words_of_what_is_shown_are_hidden_but_never_the_template_or_the_style():
    from captions import hide, tokenize

    texts = ["a 3d drawing of red apple, fruit"]
    every = hide(texts, np.random.default_rng(0), share=1.0)
    # start, a, 3, d, drawing, of, red, apple, ",", fruit, end
    assert tokenize(texts)[0].count_nonzero() == 11
    assert np.flatnonzero(every[0]).tolist() == [6, 7, 8, 9]
    assert not hide(texts, np.random.default_rng(0), share=0.0).any()


@pytest.mark.deep
@pytest.mark.usefixtures("scripts")
def test_a_network_keeps_its_answers_in_the_whole_vocabulary_and_in_its_file():
    import io

    import torch
    from clip.model import CLIP
    from networks import TOWER, shrink, with_whole_vocabulary

    torch.manual_seed(0)
    known = [0, 320, 49406, 49407]
    small = CLIP(**{**TOWER, "vocab_size": 5}).eval()
    whole = with_whole_vocabulary(small, known).eval()
    with torch.no_grad():
        # Row 1 + i of the small table is row known[i] of the whole one.
        before = small.encode_text(torch.tensor([[3, 2, 4]]))
        after = whole.encode_text(torch.tensor([[49406, 320, 49407]]))
    assert torch.equal(before, after)
    assert whole.token_embedding.weight.abs().sum(dim=1).count_nonzero() == 4
    data = shrink(whole.state_dict())
    assert data == shrink(whole.state_dict())  # the same bytes every time
    assert len(data) < 4_000_000  # of 6.3 million halves in the table of words alone
    back = torch.load(io.BytesIO(data), weights_only=True)
    assert torch.equal(back["ln_final.weight"], whole.ln_final.weight.half())
