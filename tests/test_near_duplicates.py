"""A folder of copies: what is in it, what is true of it, how answers are scored."""

import json
import math
from collections import Counter
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest

from imglab import distortions, image, near_duplicates, samples
from imglab.image import load
from imglab.near_duplicates import Score, files, pictures, score, true_pairs
from imglab.validation import UndefinedMetric

HALVES = ("tuning", "judging")
each_half = pytest.mark.parametrize("half", HALVES)


def test_no_scene_is_in_both_halves_and_each_is_in_one() -> None:
    scenes = [{file.scene for file in files(half)} for half in HALVES]
    assert not scenes[0] & scenes[1]
    assert scenes[0] | scenes[1] == set(samples.names()[:20])


@each_half
def test_each_scene_is_there_as_it_is_and_changed_in_three_ways(half: str) -> None:
    by_scene: dict[str, list[str]] = {}
    for file in files(half):
        by_scene.setdefault(file.scene, []).append(file.change)
    known = {change for change, _ in near_duplicates.CHANGES}
    for changes in by_scene.values():
        assert len(changes) == len(set(changes)) == 4
        assert "original" in changes
        assert set(changes) - {"original"} <= known


def test_every_change_is_met_by_seven_or_eight_scenes() -> None:
    met = Counter(file.change for half in HALVES for file in files(half))
    assert met.pop("original") == 20
    assert set(met.values()) == {7, 8}  # 20 scenes * 3 changes = 60 = 4 * 8 + 4 * 7


@each_half
def test_names_are_in_order_and_tell_nothing(half: str) -> None:
    assert [file.name for file in files(half)] == [f"p{n:02}.png" for n in range(1, 41)]
    scenes = [file.scene for file in files(half)]
    assert scenes != sorted(scenes)
    assert sum(a == b for a, b in pairwise(scenes)) < 10  # not in a row


@each_half
def test_a_pair_is_true_where_both_show_one_scene(half: str) -> None:
    scene = {file.name: file.scene for file in files(half)}
    expected = {(a, b) for a, b in combinations(sorted(scene), 2) if scene[a] == scene[b]}
    assert true_pairs(half) == expected
    assert len(expected) == 10 * math.comb(4, 2)


def test_a_picture_is_the_scene_reduced_and_then_changed() -> None:
    made = pictures("judging")
    for file in files("judging")[:12]:
        pixels = samples.load(file.scene)
        height, width = pixels.shape[:2]
        largest = max(height, width)
        plain = image.resize(pixels, (round(height * 256 / largest), round(width * 256 / largest)))
        if file.change == "original":
            expected = plain
        else:
            seed = samples.names().index(file.scene)
            strength = dict(near_duplicates.CHANGES)[file.change]
            expected = distortions.DISTORTIONS[file.change](plain, strength, seed=seed)
        assert np.array_equal(made[file.name], expected)
        assert max(made[file.name].shape[:2]) == 256


def test_pictures_are_the_callers_own() -> None:
    pictures("tuning")["p01.png"][:] = 0
    assert pictures("tuning")["p01.png"].any()


def test_written_files_hold_the_pictures(tmp_path: Path) -> None:
    paths = near_duplicates.write_pictures(tmp_path, "tuning")
    assert sorted(tmp_path.iterdir()) == paths
    made = pictures("tuning")
    assert [path.name for path in paths] == list(made)
    for path in paths[::10]:
        assert np.array_equal(load(path).pixels, made[path.name])


def test_an_unknown_half_is_refused() -> None:
    with pytest.raises(ValueError, match="half must be 'tuning' or 'judging', got 'both'; choose"):
        files("both")


# Found: ab right, cd wrong, ba the first again, ef right. True: ab, ef, and gh, missed.
FOUND = [("a", "b"), ("c", "d"), ("b", "a"), {"e", "f"}]
TRUE = [("a", "b"), ("f", "e"), ("g", "h"), ("a", "c"), ("b", "c")]


def test_a_score_counts_each_pair_once_in_any_order() -> None:
    result = score(FOUND, TRUE)
    assert result == Score(right=2, found=3, true=5)
    assert result.precision == 2 / 3
    assert result.recall == 2 / 5


def test_without_pairs_a_share_does_not_exist() -> None:
    nothing = score([], TRUE)
    assert nothing.recall == 0
    with pytest.raises(UndefinedMetric, match="precision does not exist where no pair was found"):
        _ = nothing.precision
    with pytest.raises(UndefinedMetric, match="recall does not exist where no pair is true"):
        _ = score(FOUND, []).recall


@pytest.mark.parametrize(
    "found", [["ab"], [("a",)], [("a", "b", "c")], [("a", 2)], [(1, 2)], [()], [None], [5]]
)
def test_what_is_no_pair_of_names_is_refused(found: list[object]) -> None:
    with pytest.raises(ValueError, match=r"must be two names, got .*; hand in tuples of two texts"):
        score(found, TRUE)


def test_a_file_is_no_copy_of_itself() -> None:
    with pytest.raises(ValueError, match="two different files, got a twice; leave such pairs out"):
        score([("a", "a")], TRUE)


@each_half
def test_a_recorded_cosine_belongs_to_each_pair(half: str) -> None:
    recorded = near_duplicates.cosines(half)
    assert list(recorded) == list(combinations(sorted(file.name for file in files(half)), 2))
    assert all(0 <= cosine <= 1 for cosine in recorded.values())
    copies = [recorded[pair] for pair in true_pairs(half)]
    strangers = [cosine for pair, cosine in recorded.items() if pair not in true_pairs(half)]
    assert np.median(copies) > np.max(strangers)


@pytest.mark.deep
def test_recorded_cosines_are_those_of_the_network() -> None:
    from imglab import cnn

    rng = np.random.default_rng(8)
    for half in HALVES:
        recorded, made = near_duplicates.cosines(half), pictures(half)
        pairs = list(recorded)
        for i in rng.choice(len(pairs), 4, replace=False):
            computed = cnn.cosine_similarity(*(made[name] for name in pairs[i]))
            assert recorded[pairs[i]] == pytest.approx(computed, abs=0.0015)


@pytest.mark.deep
def test_recording_writes_what_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two = files("tuning")[:2]
    monkeypatch.setattr(near_duplicates, "files", lambda half: two)
    near_duplicates.write(tmp_path / "new.json")
    document = json.loads((tmp_path / "new.json").read_text(encoding="utf-8"))
    stored = json.loads(samples.data_path(near_duplicates.FILE).read_text(encoding="utf-8"))
    assert document["network"] == stored["network"]
    first = stored["cosines"]["tuning"][0]  # of p01 and p02
    assert document["cosines"]["tuning"] == pytest.approx([first], abs=0.0015)
