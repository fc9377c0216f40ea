"""Clouds: the stored values are those of the pixels, and a place among them is honest."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imglab import calibration, samples
from imglab.calibration import Clouds, standing
from imglab.catalogue import METRICS
from imglab.distortions import DISTORTIONS
from imglab.validation import ImageInputError

DOCUMENT = json.loads(samples.data_path(calibration.FILE).read_text(encoding="utf-8"))
SAMPLED = 6  # pairs of each kind and metric that are computed anew

each = pytest.mark.parametrize("key", METRICS)


def agree(key: str, stored: float | None, now: float | None) -> bool:
    """Tell whether two computations of one value may differ so much."""
    if stored is None or now is None:
        return stored is now
    if key == "sift_inliers":  # its counts change with the processor's instructions
        return abs(stored - now) <= max(3, 0.15 * stored)
    return stored == pytest.approx(now, rel=1e-9)


def disagreements(document: dict, key: str) -> list[str]:
    """Recompute a seeded random part of a metric's values; name those that differ."""
    rng = np.random.default_rng([sum(map(ord, key)), len(document["metrics"][key]["unrelated"])])
    unrelated, same_scene = samples.unrelated_pairs(), calibration.same_scene_pairs()
    stored = document["metrics"][key]
    assert len(stored["unrelated"]) == len(unrelated)
    assert len(stored["same_scene"]) == len(same_scene)
    i = sorted(rng.choice(len(unrelated), SAMPLED, replace=False))
    j = sorted(rng.choice(len(same_scene), SAMPLED, replace=False))
    fresh = calibration.compute(key, [unrelated[n] for n in i], [same_scene[n] for n in j])
    found = [(n, "unrelated", value) for n, value in zip(i, fresh[0], strict=True)]
    found += [(n, "same_scene", value) for n, value in zip(j, fresh[1], strict=True)]
    return [
        f"{what} {n}: stored {stored[what][n]}, now {value}"
        for n, what, value in found
        if not agree(key, stored[what][n], value)
    ]


@pytest.fixture
def other_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the stored values that a test may change."""
    path = tmp_path / calibration.FILE
    path.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    original = samples.data_path
    monkeypatch.setattr(
        samples, "data_path", lambda name: path if name == calibration.FILE else original(name)
    )
    calibration._stored.cache_clear()
    yield path
    calibration._stored.cache_clear()


def small(values: list[float], key: str = "mean_squared_error") -> Clouds:
    pairs = tuple(("first", f"other {i}") for i in range(len(values)))
    return Clouds(METRICS[key], 256, np.array(values), np.empty(0), pairs)


# --- what is stored --------------------------------------------------------------------------


@each
def test_a_random_part_of_the_stored_values_is_what_the_pixels_give_today(key: str) -> None:
    assert disagreements(DOCUMENT, key) == []


def test_one_changed_value_is_noticed_when_it_is_recomputed() -> None:
    changed = json.loads(json.dumps(DOCUMENT))
    values = changed["metrics"]["mean_squared_error"]["unrelated"]
    changed["metrics"]["mean_squared_error"]["unrelated"] = [v * (1 + 1e-8) for v in values]
    assert len(disagreements(changed, "mean_squared_error")) == SAMPLED


def test_counts_of_sift_may_differ_a_little_and_nothing_else_may() -> None:
    # up to 20 points by 3; of 100 by 15
    assert agree("sift_inliers", 8.0, 11.0)
    assert not agree("sift_inliers", 8.0, 12.0)
    assert agree("sift_inliers", 100.0, 85.0)
    assert not agree("sift_inliers", 100.0, 84.0)
    assert not agree("orb_inliers", 100.0, 101.0)
    assert agree("ms_ssim", None, None)
    assert not agree("ms_ssim", None, 0.0)
    assert not agree("ms_ssim", 0.1, None)


def test_the_stored_pictures_are_the_bundled_ones() -> None:
    assert list(DOCUMENT["pixels"].values()) == list(samples.names())
    for name in samples.names():
        square = samples.load(name, size=calibration.SIZE)
        assert calibration.name_of(square, calibration.clouds("mean_squared_error")) == name
    assert calibration.name_of(square + 1, calibration.clouds("mean_squared_error")) is None


def test_every_stored_value_is_a_finite_number_of_strict_json() -> None:
    text = samples.data_path(calibration.FILE).read_text(encoding="utf-8")
    assert "NaN" not in text
    assert "Infinity" not in text
    assert set(DOCUMENT["metrics"]) == set(METRICS)
    for stored in DOCUMENT["metrics"].values():
        values = [*stored["unrelated"], *stored["same_scene"]]
        assert all(value is None or type(value) is float for value in values)


def test_of_unrelated_pairs_multiscale_ssim_alone_is_undefined_for_some() -> None:
    defined = {key: len(calibration.clouds(key).unrelated) for key in METRICS}
    assert defined.pop("ms_ssim") == 127  # of 190: the others' structure is negative at a scale
    assert set(defined.values()) == {190}
    # a picture of which one change leaves no corner; and four changes that turn structure round
    counts = {key: len(calibration.clouds(key).same_scene) for key in METRICS}
    assert (counts.pop("orb_inliers"), counts.pop("ms_ssim")) == (331, 328)
    assert set(counts.values()) == {332}


def test_an_undefined_pair_is_left_out_by_its_own_name() -> None:
    stored, clouds = DOCUMENT["metrics"]["ms_ssim"]["unrelated"], calibration.clouds("ms_ssim")
    kept = dict(zip(clouds.pairs, clouds.unrelated, strict=True))
    for pair, value in zip(samples.unrelated_pairs(), stored, strict=True):
        assert kept.get(pair) == value


@each
def test_clouds_hold_pairs_of_the_gallery_and_values_in_range(key: str) -> None:
    clouds = calibration.clouds(key)
    assert len(clouds.unrelated) == len(clouds.pairs) == len(set(clouds.pairs))
    assert set(clouds.pairs) <= set(samples.unrelated_pairs())
    assert clouds.unrelated.dtype == clouds.same_scene.dtype == np.float64
    for values in (clouds.unrelated, clouds.same_scene):
        assert values.min() >= clouds.metric.low
        assert values.max() <= clouds.metric.high


@each
def test_the_same_scene_is_nearer_than_unrelated_pictures_by_the_median(key: str) -> None:
    clouds = calibration.clouds(key)
    same, unrelated = float(np.median(clouds.same_scene)), float(np.median(clouds.unrelated))
    assert clouds.metric.nearer(same, unrelated)


def test_same_scene_pairs_are_changes_that_change_and_second_views() -> None:
    pairs = calibration.same_scene_pairs()
    assert ("roofs", "roofs_again", 0) in pairs
    names, changes = len(samples.names()), len(DISTORTIONS) - 1  # all but shuffled tiles
    grey = [name for name in samples.names() if np.ptp(samples.load(name), axis=2).max() == 0]
    # a grey picture has no colours to fade
    assert len(pairs) == names * changes - len(grey) + len(samples.same_scene_pairs())
    assert not {(name, "saturation") for name in grey} & {pair[:2] for pair in pairs}
    assert "shuffle" not in {change for _, change, _ in pairs}


def test_writing_again_gives_the_same_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        calibration, "METRICS", {"mean_squared_error": METRICS["mean_squared_error"]}
    )
    calibration.write(tmp_path / "new.json")
    fresh = json.loads((tmp_path / "new.json").read_bytes())
    assert b"\r" not in (tmp_path / "new.json").read_bytes()
    stored = DOCUMENT["metrics"]["mean_squared_error"]
    assert fresh["metrics"]["mean_squared_error"] == stored
    assert {**fresh, "metrics": None} == {**DOCUMENT, "metrics": None}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda d: d["metrics"]["mean_squared_error"].update(settings="red alone"),
            "must have the settings 'grey by BT.601', got 'red alone'; run 'imglab calibrate'",
        ),
        (lambda d: d.update(size=128), "must have the size 256, got 128; run 'imglab calibrate'"),
        (
            lambda d: d["metrics"]["mean_squared_error"]["unrelated"].pop(),
            "must have the number of pairs 190, got 189; run 'imglab calibrate'",
        ),
    ],
    ids=["settings", "size", "pairs"],
)
def test_values_of_other_settings_are_refused(other_file: Path, change, message: str) -> None:
    document = json.loads(other_file.read_text(encoding="utf-8"))
    change(document)
    other_file.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        calibration.clouds("mean_squared_error")


def test_an_unknown_metric_lists_the_known_ones() -> None:
    with pytest.raises(KeyError, match="no calibration for 'beauty'; it has histogram_rms, "):
        calibration.clouds("beauty")


# --- a place among them ----------------------------------------------------------------------


def test_a_place_counts_the_pairs_that_are_strictly_farther() -> None:
    # 3 lies before 4 and 5, behind 1 and 2, and level with 3: nearer than 2 of 5
    place = standing(3.0, small([1.0, 2.0, 3.0, 4.0, 5.0]))
    assert (place.nearer_than, place.level_with, place.of) == (2, 1, 5)
    assert str(place) == "nearer than 2 of 5 unrelated bundled pairs (level with 1)"


def test_a_place_level_with_none_does_not_speak_of_it() -> None:
    place = standing(2.0, small([1.0, 3.0, 4.0]))
    assert (place.nearer_than, place.level_with, place.of) == (2, 0, 3)
    assert str(place) == "nearer than 2 of 3 unrelated bundled pairs"


def test_no_points_found_again_are_level_with_every_unrelated_pair() -> None:
    clouds = calibration.clouds("orb_inliers")
    assert str(standing(0.0, clouds)) == (
        "nearer than 0 of 190 unrelated bundled pairs (level with 190)"
    )
    assert str(standing(1.0, clouds)) == "nearer than 190 of 190 unrelated bundled pairs"


def test_a_similarity_is_nearer_when_it_is_greater() -> None:
    assert standing(0.5, small([0.1, 0.5, 0.9], "cosine_similarity")).nearer_than == 1


def test_a_tie_is_no_win_though_the_stored_value_was_rounded() -> None:
    value = 65535 / 65536  # 0.9999847412109375; twelve digits round it up to 0.999984741211
    place = standing(value, small([float(f"{value:.12g}")] * 3, "differing_fraction"))
    assert (place.nearer_than, place.level_with) == (0, 3)


def test_an_equal_pair_is_nearer_than_all_and_a_farthest_one_than_none() -> None:
    clouds = calibration.clouds("peak_signal_noise_ratio")
    assert standing(np.inf, clouds).nearer_than == 190
    assert standing(0.0, clouds).nearer_than == 0


@pytest.mark.parametrize("names", [("astronaut", "hopper"), ("hopper", "astronaut")])
def test_a_pair_is_left_out_of_its_own_null(names: tuple[str, str]) -> None:
    clouds = calibration.clouds("mean_squared_error")
    own = clouds.unrelated[clouds.pairs.index(("astronaut", "hopper"))]
    rest = clouds.without(*names)
    assert len(rest) == 189
    assert sorted([*rest, own]) == sorted(clouds.unrelated)
    with_it, without_it = (standing(own - 1, clouds, leave_out=n) for n in (None, names))
    assert (with_it.of, without_it.of) == (190, 189)
    assert with_it.nearer_than == without_it.nearer_than + 1


def test_a_pair_that_is_not_in_the_null_leaves_it_whole() -> None:
    clouds = calibration.clouds("mean_squared_error")
    assert len(clouds.without("roofs", "roofs_again")) == 190
    assert len(clouds.without("astronaut", "astronaut")) == 190
    undefined = calibration.clouds("ms_ssim")
    assert ("astronaut", "hopper") not in undefined.pairs
    assert len(undefined.without("astronaut", "hopper")) == 127


def test_no_pair_to_compare_with_is_said() -> None:
    assert str(standing(1.0, small([]))) == (
        "no place: the quantity does not exist for the unrelated bundled pairs"
    )


# --- a folder as reference -------------------------------------------------------------------


def save(path: Path, level: int, size: tuple[int, int] = (8, 8)) -> None:
    Image.new("RGB", size, (level, level, level)).save(path)


def test_a_folder_gives_all_its_pairs_and_says_what_was_left_out(tmp_path: Path) -> None:
    for name, level in (("a.png", 0), ("b.png", 10), ("ц.png", 30)):
        save(tmp_path / name, level)
    (tmp_path / "notes.txt").write_text("no picture", encoding="utf-8")
    (tmp_path / ".hidden").write_text("not looked at", encoding="utf-8")
    keys = ["mean_absolute_error", "normalized_cross_correlation"]
    clouds, left_out = calibration.folder_clouds(tmp_path, keys)
    errors = clouds["mean_absolute_error"]
    assert errors.pairs == (("a.png", "b.png"), ("a.png", "ц.png"), ("b.png", "ц.png"))
    assert errors.unrelated.tolist() == [10.0, 30.0, 20.0]
    assert len(errors.same_scene) == 0
    assert str(standing(15, errors)) == f"nearer than 2 of 3 pairs of '{tmp_path.name}'"
    assert [note.startswith("Cannot use 'notes.txt'") for note in left_out] == [True]
    # flat pictures have no correlation: no pairs, and that is said
    assert str(standing(0.5, clouds["normalized_cross_correlation"])).startswith("no place: ")


def test_only_the_first_forty_pictures_are_taken_and_few_notes_are_written(tmp_path: Path) -> None:
    for i in range(41):
        save(tmp_path / f"p{i:02}.png", i)
    clouds, left_out = calibration.folder_clouds(tmp_path, ["mean_absolute_error"])
    assert len(clouds["mean_absolute_error"].unrelated) == 780  # 40 * 39 / 2
    assert left_out == ["Only the first 40 pictures by name were taken."]


def test_many_files_that_are_no_pictures_make_few_notes(tmp_path: Path) -> None:
    for i in range(3):
        save(tmp_path / f"p{i}.png", i)
    for i in range(9):
        (tmp_path / f"z{i}.txt").write_text("no picture", encoding="utf-8")
    _, left_out = calibration.folder_clouds(tmp_path, ["mean_absolute_error"])
    assert len(left_out) == 6
    assert left_out[-1] == f"4 more files of '{tmp_path.name}' were left out."


@pytest.mark.parametrize("kind", ["missing", "file", "two pictures"])
def test_a_folder_that_cannot_serve_is_refused_in_one_line(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "ref\u202eerence"  # turns the writing direction round
    if kind == "file":
        path.write_bytes(b"")
    elif kind == "two pictures":
        path.mkdir()
        save(path / "a.png", 1)
        save(path / "b.png", 2)
    wanted = "at least 3 pictures, got 2" if kind == "two pictures" else "no readable folder"
    with pytest.raises(ImageInputError, match=rf"Cannot use 'ref\?erence': .*{wanted}") as error:
        calibration.folder_clouds(path, ["mean_absolute_error"])
    assert "\n" not in str(error.value)
    assert len(str(error.value)) <= 220
