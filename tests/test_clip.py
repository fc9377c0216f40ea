"""CLIP: what is read before it is loaded, pictures and texts as vectors, and the objective."""

import hashlib
import io
import json
import math
import pickle
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imglab import clip, emoji, samples, weights
from imglab.clip import embedding, models, objective, words
from imglab.vectors import cosine_similarities
from imglab.weights import Pinned, PinnedFileError

ROOT = Path(__file__).resolve().parent.parent
KNOWN = "a drawing of a red apple, cat, dog"
needs_torch = pytest.mark.deep


def seeded(height=40, width=52, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


def tiny_checkpoint():
    """Return the bytes of an untrained model of the shipped shape, as OpenAI's loader reads it."""
    import torch

    official = models.official()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        network = official.model.CLIP(
            embed_dim=128,
            image_resolution=64,
            vision_layers=(1, 1, 1, 1),
            vision_width=16,
            vision_patch_size=None,
            context_length=77,
            vocab_size=49408,
            transformer_width=64,
            transformer_heads=1,
            transformer_layers=2,
        )
    state = {
        name: value.half() if value.is_floating_point() else value
        for name, value in network.state_dict().items()
    }
    table = torch.zeros_like(state["token_embedding.weight"])
    kept = sorted({int(number) for number in official.tokenize([KNOWN])[0] if number})
    table[kept] = state["token_embedding.weight"][kept]
    buffer = io.BytesIO()
    torch.save(state | {"token_embedding.weight": table}, buffer)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def tiny_bytes():
    return tiny_checkpoint()


@pytest.fixture
def tiny(tiny_bytes, monkeypatch):
    """Return the untrained model under the name of a shipped one."""
    monkeypatch.setattr(models, "_shipped", lambda _: tiny_bytes)
    monkeypatch.setattr(models, "_load", models._load.__wrapped__)  # nothing is kept
    monkeypatch.setattr(embedding, "_kept", {})
    return clip.load_model("emoji_names")


# --- reading the models -------------------------------------------------------------------


class Marker:
    """A pickle of this writes a file when it is read by a reader that runs code."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (Path.write_text, (self.path, "the file ran"))


def write_pinned(folder, monkeypatch, data, digest):
    """Put `data` where the real ViT-B/32 is looked for, with `digest` as the published one."""
    path = folder / "vit_b32" / models.VIT_B32
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    monkeypatch.setenv("IMGLAB_CACHE", str(folder))
    pinned = Pinned(models.VIT_B32, "https://example.org/x", digest, len(data), "for this test")
    read = weights.read
    monkeypatch.setattr(weights, "read", lambda *a: read(*a, table={"vit_b32": (pinned,)}))
    monkeypatch.setattr(models, "_load", models._load.__wrapped__)


@needs_torch
@pytest.mark.filterwarnings("ignore:Environment variable TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD")
def test_a_tampered_file_is_refused_before_anything_reads_it(monkeypatch, tmp_path):
    marker = tmp_path / "marker"
    data = pickle.dumps(Marker(marker))
    # The control: where pickles may run code, OpenAI's loader runs this one.
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    with pytest.raises(Exception):  # noqa: B017, PT011  (what it fails with afterwards is its own)
        models._from_bytes(models.official(), data)
    assert marker.read_text() == "the file ran"
    marker.unlink()
    # The same bytes in place of the published ones, and of the same length: nothing runs.
    published = hashlib.sha256(bytes(len(data))).hexdigest()
    write_pinned(tmp_path / "cache", monkeypatch, data, published)
    with pytest.raises(PinnedFileError, match=r"not the published ones.*fetch vit_b32' again"):
        clip.load_model("vit_b32")
    assert not marker.exists()


@needs_torch
def test_the_bytes_that_were_hashed_are_those_that_are_loaded(monkeypatch, tmp_path, tiny_bytes):
    write_pinned(tmp_path, monkeypatch, tiny_bytes, hashlib.sha256(tiny_bytes).hexdigest())
    given = []
    load = models.official().load

    def watched(path, **options):
        (tmp_path / "vit_b32" / models.VIT_B32).write_bytes(b"changed after it was hashed")
        given.append(Path(path).read_bytes())
        return load(path, **options)

    monkeypatch.setattr(models.official(), "load", watched)
    assert clip.load_model("vit_b32").side == 64
    assert given == [tiny_bytes]


@needs_torch
def test_an_archive_like_openais_own_is_read_without_a_warning(monkeypatch, tmp_path):
    import torch

    official = models.official()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(2)
        network = official.model.CLIP(32, 64, 1, 64, 32, 77, 49408, 64, 1, 1).eval()
    asked = official.tokenize(["a drawing of a cat"])
    archive = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the writing; the reading below must not warn
        traced = torch.jit.trace(network, (torch.zeros(1, 3, 64, 64), asked), check_trace=False)
        torch.jit.save(traced, archive)
    data = archive.getvalue()
    write_pinned(tmp_path, monkeypatch, data, hashlib.sha256(data).hexdigest())
    model = clip.load_model("vit_b32")
    assert (model.side, model.size, len(model.known)) == (64, 32, 49408)
    with torch.no_grad():
        expected = network.encode_text(asked).numpy()
    found = clip.embed_texts(["a drawing of a cat"], model)
    assert cosine_similarities(found, expected)[0, 0] > 0.9999  # read in half precision
    assert clip.embed_pictures([seeded(70, 90)], model).shape == (1, 32)


@needs_torch
def test_a_shipped_file_that_was_changed_is_refused(monkeypatch, tmp_path):
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "emoji_names.pt").write_bytes(b"not what was published")
    monkeypatch.setattr(samples, "data_path", lambda relative: tmp_path / relative)
    monkeypatch.setattr(models, "_load", models._load.__wrapped__)
    with pytest.raises(PinnedFileError, match=r"'emoji_names.pt': its bytes are not the publ"):
        clip.load_model("emoji_names")
    with pytest.raises(PinnedFileError, match="no such file") as caught:
        clip.load_model("emoji_styles")
    assert "check its folder 'data' out" in str(caught.value)
    assert "\n" not in str(caught.value)


@needs_torch
def test_a_model_that_is_not_there_names_the_command_that_brings_it(monkeypatch, tmp_path):
    monkeypatch.setenv("IMGLAB_CACHE", str(tmp_path))
    with pytest.raises(PinnedFileError, match=r"Run 'imglab fetch vit_b32'") as caught:
        clip.load_model("vit_b32")
    assert caught.value.code == "missing"
    assert "\n" not in str(caught.value)


def test_unknown_models_list_the_choices():
    with pytest.raises(ValueError, match="one of emoji_styles, emoji_names, vit_b32, got 'RN50'"):
        clip.load_model("RN50")


@needs_torch
def test_importing_the_official_code_warns_of_nothing_and_loading_neither(tiny_bytes, tmp_path):
    (tmp_path / "tiny.pt").write_bytes(tiny_bytes)
    code = (
        "import sys, warnings\n"
        "from pathlib import Path\n"
        "from imglab.clip import load_model, models\n"
        "assert 'torch' not in sys.modules and 'clip' not in sys.modules\n"
        f"models._shipped = lambda name: Path({str(tmp_path / 'tiny.pt')!r}).read_bytes()\n"
        "filters = list(warnings.filters)\n"
        "print(load_model('emoji_names'))\n"
        "assert [f for f in warnings.filters if f not in filters] == []\n"
    )
    options = ["-W", "error::UserWarning", "-W", "error::FutureWarning"]
    done = subprocess.run(
        [sys.executable, *options, "-c", code], capture_output=True, encoding="utf-8", check=False
    )
    assert done.stderr == ""
    # Begin, end, a, drawing, of, red, apple, the comma, cat, dog: 10 pieces. ln(1 / 0.07) = 2.6593
    # in half precision is 1362 / 512, and e^-2.66016 = 0.0699.
    expected = "Model(emoji_names: sees 64x64, vectors of 128, temperature 0.0699, 10 pieces known)"
    assert done.stdout == expected + "\n"


@needs_torch
def test_another_warning_of_the_import_is_not_swallowed(monkeypatch):
    import types

    module = types.ModuleType("clip")
    finder = types.SimpleNamespace(
        find_spec=lambda name, *_: (
            __import__("importlib.machinery").machinery.ModuleSpec(name, loader)
            if name == "clip"
            else None
        )
    )

    class Loader:
        def create_module(self, spec):
            return module

        def exec_module(self, module):
            warnings.warn("something else is deprecated", UserWarning, stacklevel=2)

    loader = Loader()
    monkeypatch.delitem(sys.modules, "clip", raising=False)
    monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
    with pytest.raises(UserWarning, match="something else is deprecated"):
        models.official.__wrapped__()


@needs_torch
def test_a_loaded_model_is_in_evaluation_mode_and_has_its_own_temperature(tiny):
    assert not any(part.training for part in tiny.network.modules())
    assert tiny.temperature == pytest.approx(0.07, abs=1e-4)  # ln(1 / 0.07) in half precision
    assert (tiny.side, tiny.size, tiny.longest) == (64, 128, 77)


# --- texts --------------------------------------------------------------------------------


@needs_torch
def test_frequent_words_are_one_piece_and_rare_ones_several():
    assert clip.pieces("a red apple") == ("a</w>", "red</w>", "apple</w>")
    assert clip.pieces("A Red  APPLE") == ("a</w>", "red</w>", "apple</w>")
    assert "".join(clip.pieces("Gruzdichev")).removesuffix("</w>") == "gruzdichev"
    assert len(clip.pieces("Gruzdichev")) > 1


@needs_torch
def test_words_that_a_model_never_saw_are_listed_once_in_their_order(tiny):
    texts = ["a drawing of a zebra", "a Zebra, a cat", "a violin of dog"]
    assert clip.unknown_words(texts, tiny) == ("zebra", "Zebra,", "violin")
    assert clip.unknown_words([KNOWN], tiny) == ()


@needs_torch
def test_our_tokens_are_those_of_the_official_tokenizer(tiny, monkeypatch):
    import torch

    texts = ["a drawing of a cat", "a red apple, dog", "naïve café"]
    seen = []
    encode = tiny.network.encode_text
    monkeypatch.setattr(tiny.network, "encode_text", lambda t: seen.append(t) or encode(t))
    clip.embed_texts(texts, tiny)
    assert torch.equal(seen[0], models.official().tokenize(texts))


@needs_torch
@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        ("a cat", "texts must be a list of texts, got one str; put it in brackets"),
        (3, "got one int"),
        ([], "at least one text, got none"),
        (["a cat", 3], r"texts\[1\] must be a text, got int"),
        (["a cat", "  "], r"texts\[1\] must hold at least one word"),
        ([""], r"texts\[0\] must hold at least one word, got ''"),
        (["cat " * 76], r"texts\[0\] must have at most 75 pieces, got 76; shorten it"),
        (["x" * 2001], "at most 2000 characters, got 2001"),
        (["cat <|endoftext|> dog"], "must not hold"),
        (["cat &lt;|endoftext|&gt; dog"], "must not hold"),  # the tokenizer undoes HTML
    ],
)
def test_what_is_no_text_is_refused_in_one_sentence(tiny, texts, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        clip.embed_texts(texts, tiny)
    assert "\n" not in str(caught.value)


@needs_torch
def test_seventy_five_pieces_fit(tiny):
    assert clip.embed_texts(["cat " * 75], tiny).shape == (1, 128)


@needs_torch
def test_a_text_has_the_same_vector_in_any_company(tiny):
    texts = [f"a drawing of {'cat ' * n}" for n in range(1, 70)]  # more than are embedded at once
    together = clip.embed_texts(texts, tiny)
    alone = clip.embed_texts(texts[-1:], tiny)
    assert together.shape == (69, 128)
    assert together[-1] == pytest.approx(alone[0], abs=1e-5)
    assert len(np.unique(together.round(6), axis=0)) == 69


# --- pictures -----------------------------------------------------------------------------


@needs_torch
def test_pictures_become_rows_as_the_official_code_gives_them(tiny):
    import torch
    from PIL import Image

    pictures = [seeded(), seeded(64, 64, 1)]
    found = clip.embed_pictures(pictures, tiny)
    assert found.shape == (2, 128)
    assert found.dtype == np.float64
    with torch.no_grad():
        fed = torch.stack([tiny.preprocess(Image.fromarray(p)) for p in pictures])
        expected = tiny.network.encode_image(fed).numpy()
    assert found == pytest.approx(expected, abs=1e-5)


@needs_torch
def test_embedding_leaves_pictures_and_gradients_alone(tiny):
    import torch

    picture = seeded()
    kept = picture.copy()
    clip.embed_pictures([picture], tiny)
    assert np.array_equal(picture, kept)
    assert torch.is_grad_enabled()
    assert all(p.grad is None for p in tiny.network.parameters())


@needs_torch
@pytest.mark.parametrize(
    ("pictures", "sentence"),
    [
        (seeded(), r"list of arrays, got \(40, 52, 3\); put one picture in brackets"),
        (None, "list of arrays, got NoneType"),
        ([], "at least one picture, got none"),
        ([seeded(), seeded()[..., 0]], r"pictures\[1\] must be RGB .* got \(40, 52\) uint8"),
        ([seeded() / 255], r"got \(40, 52, 3\) float64; load a file with imglab.load"),
        ([np.zeros((0, 4, 3), np.uint8)], "at least one pixel"),
        (["cat.png"], r"pictures\[0\] must hold integers or floats"),
    ],
)
def test_what_are_no_pictures_is_refused_in_one_sentence(tiny, pictures, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        clip.embed_pictures(pictures, tiny)
    assert "\n" not in str(caught.value)


@needs_torch
def test_of_a_narrow_picture_the_middle_is_seen_without_resizing_all_of_it(tiny, monkeypatch):
    strip = np.zeros((2, 2000, 3), np.uint8)
    strip[:, 990:1010] = seeded(2, 20)  # the middle, 2 pixels of which are in the square
    fed = []
    preprocess = tiny.preprocess
    object.__setattr__(
        tiny, "preprocess", lambda image: fed.append(image.size) or preprocess(image)
    )
    narrow = clip.embed_pictures([strip], tiny)
    assert fed == [(198, 2)]  # 99 times 2; all of it would be resized to 64 x 64,000
    middle = clip.embed_pictures([strip[:, 990:1010]], tiny)
    assert cosine_similarities(narrow, middle)[0, 0] > 0.9999
    assert clip.embed_pictures([strip.transpose(1, 0, 2)], tiny).shape == (1, 128)
    assert fed[-1] == (2, 198)


@needs_torch
def test_equal_pictures_have_a_cosine_of_exactly_1(tiny):
    for height, width in ((40, 52), (64, 64), (1, 1), (3, 300)):
        picture = seeded(height, width)
        assert clip.cosine_similarity(picture, picture.copy()) == 1.0


@needs_torch
def test_the_cosine_of_two_pictures_is_that_of_their_vectors_in_either_order(tiny):
    x, y = seeded(), seeded(64, 64, 1)
    u, v = clip.embed_pictures([x, y], tiny)
    expected = float(u @ v / np.sqrt((u @ u) * (v @ v)))
    assert clip.cosine_similarity(x, y) == pytest.approx(expected, abs=1e-12)
    assert clip.cosine_similarity(y, x) == clip.cosine_similarity(x, y)


@needs_torch
def test_vectors_are_kept_by_content_and_model(tiny, monkeypatch):
    embedded = []
    embed = embedding.embed_pictures
    monkeypatch.setattr(
        embedding, "embed_pictures", lambda p, m: embedded.append(m.name) or embed(p, m)
    )
    x, y = seeded(), seeded(seed=1)
    clip.cosine_similarity(x, y)
    clip.cosine_similarity(x.copy(), y)
    assert embedded == ["emoji_names"] * 2
    clip.cosine_similarity(x, y, model="emoji_styles")
    assert len(embedded) == 4
    # 3 rows of 2 pixels and 2 rows of 3 with the same bytes are two pictures
    z = np.arange(18, dtype=np.uint8)
    clip.cosine_similarity(z.reshape(3, 2, 3), z.reshape(2, 3, 3))
    assert len(embedded) == 6


# --- naming -------------------------------------------------------------------------------


@needs_torch
def test_a_picture_is_named_by_the_text_of_the_largest_cosine(tiny):
    pictures, texts = [seeded(seed=n) for n in range(3)], ["a cat", "a dog", "a red apple"]
    named = clip.zero_shot(pictures, texts, tiny)
    cosines = [
        [float(u @ v / math.sqrt((u @ u) * (v @ v))) for v in clip.embed_texts(texts, tiny)]
        for u in clip.embed_pictures(pictures, tiny)
    ]
    assert named.cosines == pytest.approx(np.array(cosines), abs=1e-12)
    shares = np.exp(np.array(cosines) / tiny.temperature)
    assert named.shares == pytest.approx(shares / shares.sum(axis=1, keepdims=True), abs=1e-9)
    assert named.best == tuple(texts[int(np.argmax(row))] for row in cosines)
    assert named.notes == ()


@needs_torch
def test_words_never_seen_in_training_give_a_note(tiny):
    named = clip.zero_shot([seeded()], ["a cat", "a violin"], tiny)
    assert named.notes == (
        "emoji_names met no such word in training, so it means nothing to it: violin",
    )
    many = [f"zebra{n}" for n in range(12)]
    assert clip.zero_shot([seeded()], many, tiny).notes[0].endswith("zebra9 and more")


# --- the objective ------------------------------------------------------------------------


def test_the_loss_of_two_pairs_is_that_worked_by_hand():
    # Cosines 0.8 0.2 / 0.4 0.6 at temperature 0.2: scores 4 1 / 2 3. Rows: a lead of 3 and of 1,
    # so ln(1 + e^-3) = 0.048587 and ln(1 + e^-1) = 0.313262. Columns: 4 against 2 and 3 against
    # 1, a lead of 2 both, ln(1 + e^-2) = 0.126928. The mean of all four: 0.153926.
    by_hand = (0.048587 + 0.313262 + 2 * 0.126928) / 4
    found = clip.contrastive_loss([[0.8, 0.2], [0.4, 0.6]], temperature=0.2)
    assert found == pytest.approx(by_hand, abs=1e-6)


def test_a_batch_of_equal_cosines_gives_ln_n():
    for n in (1, 2, 128):
        found = clip.contrastive_loss(np.full((n, n), 0.3), temperature=0.07)
        assert found == pytest.approx(math.log(n), abs=1e-12)


@given(st.integers(2, 6), st.integers(0, 10**6), st.floats(0.01, 2))
def test_the_loss_treats_pictures_and_texts_alike_and_no_pair_by_its_place(n, seed, temperature):
    rng = np.random.default_rng(seed)
    cosines, order = rng.uniform(-1, 1, (n, n)), rng.permutation(n)
    loss = clip.contrastive_loss(cosines, temperature=temperature)
    assert loss >= 0
    assert clip.contrastive_loss(cosines.T, temperature=temperature) == pytest.approx(loss)
    shuffled = cosines[order][:, order]
    assert clip.contrastive_loss(shuffled, temperature=temperature) == pytest.approx(loss)


@needs_torch
def test_the_loss_is_torchs_cross_entropy_both_ways():
    import torch

    cosines = np.random.default_rng(2).uniform(-1, 1, (7, 7))
    s, truth = torch.from_numpy(cosines / 0.05), torch.arange(7)
    both = [torch.nn.functional.cross_entropy(t, truth) for t in (s, s.T)]
    expected = float(sum(both) / 2)
    assert clip.contrastive_loss(cosines, temperature=0.05) == pytest.approx(expected, abs=1e-12)


def test_a_tiny_temperature_overflows_nothing():
    cosines = [[1.0, -1.0], [-1.0, 1.0]]
    assert clip.contrastive_loss(cosines, temperature=1e-6) == 0
    # Both wrong by 2: the loss is 2 / 1e-6.
    wrong = clip.contrastive_loss([[-1.0, 1.0], [1.0, -1.0]], temperature=1e-6)
    assert wrong == pytest.approx(2e6)


@pytest.mark.parametrize(
    ("cosines", "temperature", "sentence"),
    [
        ([[0.1, 0.2]], 0.07, r"must be square, got \(1, 2\); pass as many texts as pictures"),
        ([[14.0]], 0.07, r"must lie in \[-1, 1\], got 14; do not scale them"),
        ([[0.5]], 0, "temperature must be at least 1e-6 and finite, got 0"),
        ([[0.5]], math.nan, "got nan"),
        ([0.5], 0.07, r"shape \(n, d\)"),
    ],
)
def test_what_is_no_batch_is_refused_in_one_sentence(cosines, temperature, sentence):
    with pytest.raises(ValueError, match=sentence):
        clip.contrastive_loss(cosines, temperature=temperature)


def test_shares_add_up_to_1_along_the_axis_that_is_asked_for():
    # e^0 : e^ln 3 is 1 : 3; down the columns 0 against 0, and ln 3 against ln 1: 3 : 1.
    scores = [[0.0, math.log(3)], [0.0, 0.0]]
    assert objective.softmax(scores, axis=1)[0] == pytest.approx([0.25, 0.75])
    assert objective.softmax(scores, axis=0)[:, 1] == pytest.approx([0.75, 0.25])
    assert objective.softmax([[1e6, 0.0]], axis=1).tolist() == [[1.0, 0.0]]
    with pytest.raises(ValueError, match=r"axis must be 0 .columns. or 1 .rows., got 2"):
        objective.softmax(scores, axis=2)


def test_the_longest_text_is_cut_into_pieces_before_it_takes_long():
    assert words.LONGEST <= 2000  # the official tokenizer takes squared time for one long word


@needs_torch
def test_a_bundled_photograph_gets_a_vector(tiny):
    assert clip.embed_pictures([samples.load("hopper", size=96)], tiny).shape == (1, 128)


# --- towers that learn in seconds ---------------------------------------------------------

THINGS = ["cat", "dog", "apple", "tiger", "airplane", "guitar"]


def toy_features(copies=8):
    """Return noisy copies of six random directions, and the word of each."""
    rng = np.random.default_rng(4)
    directions = rng.normal(size=(len(THINGS), 20))
    features = np.concatenate([directions + rng.normal(0, 0.1, directions.shape)] * copies)
    return features, [[word] for word in THINGS * copies]


@needs_torch
def test_towers_learn_which_word_belongs_to_which_picture():
    features, words = toy_features(copies=1)
    towers = clip.train_towers(features, words, seed=0, steps=60)
    cosines = cosine_similarities(towers.embed_features(features), towers.embed_texts(THINGS))
    assert cosines.argmax(axis=1).tolist() == list(range(6))
    # Six pairs, and a guess costs ln 6 = 1.79; after 60 steps much less is left.
    assert towers.losses[-1][1] < 0.5
    assert [step for step, _ in towers.losses] == [25, 50, 60]


@needs_torch
def test_the_same_seed_learns_the_same_and_leaves_the_callers_random_numbers_alone():
    import torch

    features, words = toy_features(copies=1)
    torch.manual_seed(9)
    expected = torch.rand(1)
    torch.manual_seed(9)
    told = []
    one = clip.train_towers(features, words, seed=3, steps=30, tell=lambda *x: told.append(x))
    assert torch.equal(torch.rand(1), expected)
    assert tuple(told) == one.losses
    assert clip.train_towers(features, words, seed=3, steps=30).losses == one.losses
    assert clip.train_towers(features, words, seed=4, steps=30).losses != one.losses


@needs_torch
def test_a_text_is_the_mean_of_its_rows_and_unknown_pieces_are_left_out():
    features, words = toy_features(copies=1)
    towers = clip.train_towers(features, words, seed=0, steps=1)
    cat, dog, both, with_unknown = towers.embed_texts(["cat", "dog", "cat dog", "cat zebra"])
    assert both == pytest.approx((cat + dog) / 2)
    assert with_unknown.tolist() == cat.tolist()
    with pytest.raises(ValueError, match=r"texts\[0\] must hold a piece that was trained on"):
        towers.embed_texts(["zebra"])


@needs_torch
def test_pictures_without_words_are_refused():
    features, words = toy_features(copies=1)
    with pytest.raises(ValueError, match="as many, at least 2, got 6 and 5; give each picture"):
        clip.train_towers(features, words[:5], seed=0)
    with pytest.raises(ValueError, match="got 1 and 1"):
        clip.train_towers(features[:1], words[:1], seed=0)


# --- what is shipped ----------------------------------------------------------------------


@needs_torch
@pytest.mark.parametrize("name", ["emoji_styles", "emoji_names"])
def test_the_shipped_models_answer_as_they_did_after_training(name):
    recorded = json.loads(samples.data_path("weights/recorded.json").read_text(encoding="utf-8"))
    model = clip.load_model(name)
    pictures = [emoji.picture(e, style) for style in emoji.STYLES for e in recorded["pictures"]]
    truth = np.array(recorded[name]["pictures"]).reshape(len(pictures), -1)
    found = clip.embed_pictures(pictures, model)
    assert np.diag(cosine_similarities(found, truth)).min() > 0.9999  # half precision costs 1e-5
    found = clip.embed_texts(recorded["texts"], model)
    assert np.diag(cosine_similarities(found, recorded[name]["texts"])).min() > 0.9999


def test_the_pinned_digests_are_those_of_the_sources():
    sources = (ROOT / "data" / "SOURCES.md").read_text(encoding="utf-8")
    for name, digest in models.SHIPPED.items():
        (row,) = [line for line in sources.splitlines() if f"`weights/{name}.pt`" in line]
        assert f"`{digest}`" in row


def test_the_recorded_run_of_the_live_training_is_whole():
    live = json.loads(samples.data_path("live.json").read_text(encoding="utf-8"))
    assert (live["pictures"], live["asked"]) == (1211, 155)
    assert [run["seed"] for run in live["runs"]] == [0, 1, 2]
    for run in live["runs"]:
        assert [step for step, _ in run["losses"]] == list(range(25, 401, 25))
        assert 0.07 < run["temperature"] < 1  # from 0.07 upwards: the decay of weights pulls at it
        shares = [run["recall"][most] for most in ("1", "5", "10")]
        assert shares == sorted(shares)
        # A share of 155 texts, in per cent to two places.
        assert all(abs(share * 155 / 100 - round(share * 155 / 100)) < 0.01 for share in shares)


@needs_torch
@pytest.mark.slow
def test_the_recorded_run_begins_as_it_would_today():
    from imglab import cnn

    live = json.loads(samples.data_path("live.json").read_text(encoding="utf-8"))
    train = emoji.items("train")
    shown = cnn.embed([emoji.picture(item, live["style"]) for item in train])
    words = [(item.name, *item.keywords) for item in train]
    (step, loss), *_ = clip.train_towers(shown, words, seed=1, steps=25).losses
    assert [step, loss] == pytest.approx(live["runs"][1]["losses"][0], abs=0.01)
