"""The table of two pictures: every value with its place, or why there is none."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imglab import samples
from imglab.catalogue import METRICS, Metric
from imglab.comparison import Comparison, compare
from imglab.image import Picture, load
from imglab.validation import ImageInputError, UndefinedMetric

POINTS = ("orb_inliers", "sift_inliers")
FLAT = np.full((40, 60, 3), 90, dtype=np.uint8)


@pytest.fixture(scope="module")
def pair() -> Comparison:
    """All metrics of two portraits of one size."""
    return compare("astronaut", "hopper")


@pytest.fixture
def evil(tmp_path: Path) -> Path:
    """A picture whose name is HTML."""
    path = tmp_path / "a&b'c #x.png"
    Image.fromarray(FLAT).save(path)
    return path


def value_or_none(metric: Metric, x: np.ndarray, y: np.ndarray) -> float | None:
    try:
        return metric(x, y)
    except UndefinedMetric:
        return None


def test_every_metric_has_its_row_with_both_values(pair: Comparison) -> None:
    assert [row.metric.key for row in pair.rows] == list(METRICS)
    x, y = samples.load("astronaut"), samples.load("hopper")
    x256, y256 = samples.load("astronaut", size=256), samples.load("hopper", size=256)
    for row in pair.rows:
        assert row.value == value_or_none(row.metric, x, y)
        assert row.calibrated == value_or_none(row.metric, x256, y256)
        assert (row.undefined == "") == (row.metric.key != "ms_ssim")
    assert "at scale 5 of 5 the mean structure is negative" in pair["ms_ssim"].undefined


def test_a_bundled_pair_is_left_out_of_its_own_null(pair: Comparison) -> None:
    for row in pair.rows:
        if row.metric.key == "ms_ssim":
            assert row.standing is None
        else:
            assert row.standing is not None
            assert row.standing.of == len(samples.unrelated_pairs()) - 1
    of = {row.metric.key: row.standing.of for row in compare("roofs", "roofs_again").rows}
    assert of.pop("ms_ssim") == 127
    assert set(of.values()) == {190}


def test_a_bundled_picture_is_known_by_its_pixels_too(pair: Comparison) -> None:
    again = compare(
        samples.load("astronaut"),
        samples.load("hopper", size=256),
        metrics=["mean_absolute_error"],
    )
    assert again["mean_absolute_error"].standing == pair["mean_absolute_error"].standing


def test_equal_pictures_are_nearer_than_every_unrelated_pair() -> None:
    for row in compare("camera", "camera").rows:
        if row.metric.key in POINTS:
            assert min(row.value, row.calibrated) >= 30
        else:
            assert row.value == row.calibrated == row.metric.ideal
        of = 127 if row.metric.key == "ms_ssim" else 190
        assert str(row.standing) == f"nearer than {of} of {of} unrelated bundled pairs"


def test_a_place_level_with_others_says_so(pair: Comparison) -> None:
    # no unrelated pair has points in common: two portraits are level with the other 189
    row = pair["orb_inliers"]
    assert (row.value, row.calibrated) == (0.0, 0.0)
    line = next(line for line in str(pair).splitlines() if line.startswith("ORB points"))
    assert line.endswith("nearer than 0 of 189 unrelated bundled pairs (level with 189)")


def test_the_table_shows_heading_header_and_one_line_for_each_metric(pair: Comparison) -> None:
    lines = str(pair).splitlines()
    assert lines[0] == "astronaut (384x384) and hopper (384x384)"
    assert lines[2].split() == ["metric", "value", "at", "256x256", "range", "equal", "meaning"]
    assert len(lines) == 5 + len(METRICS)  # and, after an empty line, the verdict
    mse = next(" ".join(x.split()) for x in lines if x.startswith("mean squared error"))
    row = pair["mean_squared_error"]
    assert f"{row.value:.4f} {row.calibrated:.4f} 0 to 65025 0 nearer than" in mse
    assert repr(pair) == str(pair)
    psnr = next(line for line in lines if line.startswith("peak"))
    assert "0 or more" in psnr
    assert "inf" in psnr


def test_differing_sizes_are_said_and_only_the_resized_values_stand() -> None:
    table = compare("astronaut", FLAT, metrics=["mean_absolute_error", "histogram_rms"])
    assert table.notes[-1].startswith("sizes differ: both are resized to 256x256 (Pillow bicubic")
    assert table.heading() == "astronaut (384x384) and image1 (60x40)"
    error, rms = table.rows
    assert error.value is None
    assert error.calibrated is not None
    assert rms.value is not None  # frequencies need no one size
    assert table.table()[1][1] == "-"


def test_a_quantity_that_does_not_exist_is_shown_with_its_reason() -> None:
    table = compare("hopper", FLAT, metrics=["normalized_cross_correlation"])
    row = table.rows[0]
    assert (row.value, row.calibrated, row.standing) == (None, None, None)
    assert "undefined: normalised cross-correlation does not exist" in str(table)


def test_a_value_stands_though_the_resized_picture_is_constant() -> None:
    dot = np.full((600, 600, 3), 90, dtype=np.uint8)
    dot[300, 300] = 91  # gone after the resize
    table = compare(dot, dot.copy(), metrics=["normalized_cross_correlation"])
    assert (table.rows[0].value, table.rows[0].calibrated) == (1.0, None)
    assert table.table()[1][-1].startswith("undefined at 256x256: ")


def noise(height: int, width: int, seed: int = 7) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


BLACK, WHITE = np.zeros((200, 180, 3), np.uint8), np.full((200, 180, 3), 255, np.uint8)
FEW = "at least {} pixels a side, got"
FLATNESS = {
    "normalized_cross_correlation": "does not exist for a constant picture",
    "orb_inliers": "image0 has no keypoints",
    "sift_inliers": "image0 has no keypoints",
}
NARROW = {
    "ssim": FEW.format(11),
    "ssim_flat": FEW.format(7),
    "ms_ssim": FEW.format(161),
    "orb_inliers": "has no keypoints",
    "sift_inliers": "has no keypoints",
}
AWKWARD = {
    "8x8": (noise(8, 8), noise(8, 8, 1), {**NARROW, "ssim_flat": None}),
    "8x8 equal": (noise(8, 8), noise(8, 8), {**NARROW, "ssim_flat": None}),
    "1x1": (noise(1, 1), noise(1, 1, 1), {**NARROW, **FLATNESS}),
    "one row": (noise(1, 300), noise(1, 300, 1), NARROW),
    "one column": (noise(300, 1), noise(300, 1, 1), NARROW),
    "a very long row": (noise(1, 3000), noise(1, 3000, 1), NARROW),
    "a row and a column": (noise(1, 300), noise(300, 1, 1), {"sift_inliers": "no keypoints"}),
    "flat and equal": (BLACK + 90, BLACK + 90, FLATNESS),
    "flat and noise": (BLACK + 90, noise(200, 180), FLATNESS),
    "black and white": (BLACK, WHITE, {"cosine_similarity": "0 everywhere", **FLATNESS}),
    "small and large": (noise(8, 8), noise(200, 180), {"orb_inliers": "image0 has no keypoints"}),
}


@pytest.mark.parametrize("kind", AWKWARD)
def test_of_awkward_pairs_each_row_has_a_value_or_a_reason(kind: str) -> None:
    image0, image1, reasons = AWKWARD[kind]
    table = compare(image0, image1)
    for row, cells in zip(table.rows, table.table()[1:], strict=True):
        reason = reasons.get(row.metric.key)
        if reason:
            assert (row.value, row.calibrated, row.standing) == (None, None, None)
            assert reason in row.undefined
            assert cells[-1] == f"undefined: {row.undefined}"
            assert cells[1:3] == ("-", "-")
        elif not row.undefined:
            assert not math.isnan(row.calibrated)
            assert cells[-1] == str(row.standing)
        assert "\n" not in row.undefined
    named = {row.metric.key for row in table.rows if row.undefined}
    assert {key for key, reason in reasons.items() if reason} <= named
    assert json.loads(table.to_json())["metrics"][-1]["undefined"] == table.rows[-1].undefined
    assert table._repr_html_().count("undefined") == len(named)


def test_names_are_escaped_in_html(evil: Path) -> None:
    html = compare(
        Picture(FLAT, "<img src=x onerror=alert(1)>", ("<b>note</b>",)), evil
    )._repr_html_()
    assert "<img" not in html
    assert "<b>note" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html
    assert "a&amp;b&#x27;c #x.png" in html
    assert html.count("<tr>") == html.count("</tr>") == 1 + len(METRICS)


def test_the_notes_of_the_gate_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "clear.png"
    Image.new("RGBA", (40, 60), (10, 20, 30, 128)).save(path)
    notes = load(path).notes
    assert notes
    assert f"  note: clear.png: {notes[0]}" in str(compare(path, "hopper"))


def test_json_carries_version_and_content(pair: Comparison) -> None:
    document = json.loads(pair.to_json())
    assert document["version"] == 1
    assert document["calibration_size"] == 256
    assert document["pictures"][1] == {"name": "hopper", "height": 384, "width": 384}
    for record, row in zip(document["metrics"], pair.rows, strict=True):
        assert record["metric"] == row.metric.key
        for name, value in (
            ("value", row.value),
            ("value_at_calibration_size", row.calibrated),
            ("equal_pictures_give", row.metric.ideal),
        ):
            assert record[name] == ("inf" if value == math.inf else value)
        assert float(record["range"][1]) == row.metric.high
        assert record["undefined"] == (row.undefined or None)
        assert record["settings"] == row.metric.settings
        assert record["direction"] == row.metric.direction
        place = row.standing
        assert [record[name] for name in ("nearer_than", "of", "level_with", "reference")] == (
            [place.nearer_than, place.of, place.level_with, place.reference]
            if place
            else [None] * 4
        )


def test_json_is_strict_for_infinite_and_undefined_values() -> None:
    def refuse(constant: str) -> None:
        pytest.fail(f"{constant} is no JSON")

    document = json.loads(compare(FLAT, FLAT.copy()).to_json(), parse_constant=refuse)
    records = {record["metric"]: record for record in document["metrics"]}
    assert records["peak_signal_noise_ratio"]["value"] == "inf"
    assert records["normalized_cross_correlation"]["value"] is None
    assert "constant" in records["normalized_cross_correlation"]["undefined"]
    assert records["normalized_cross_correlation"]["of"] is None


def test_a_folder_takes_the_place_of_the_bundled_pairs(tmp_path: Path) -> None:
    for i, level in enumerate((0, 50, 150)):
        Image.new("RGB", (20, 20), (level,) * 3).save(tmp_path / f"{i}.png")
    table = compare("astronaut", "hopper", metrics=["mean_absolute_error"], against=tmp_path)
    # the folder's errors are 50, 100 and 150; the portraits' 85.5
    assert str(table.rows[0].standing) == f"nearer than 2 of 3 pairs of '{tmp_path.name}'"


def test_a_pair_of_the_folder_is_left_out_of_the_folders_null(tmp_path: Path) -> None:
    for i, level in enumerate((0, 50, 150)):
        Image.new("RGB", (20, 20), (level,) * 3).save(tmp_path / f"{i}.png")
    table = compare(
        tmp_path / "2.png", tmp_path / "0.png", metrics=["mean_absolute_error"], against=tmp_path
    )
    assert (table.rows[0].standing.nearer_than, table.rows[0].standing.of) == (0, 2)


def test_a_folder_of_a_bundled_name_does_not_hide_the_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "camera").mkdir()
    monkeypatch.chdir(tmp_path)
    assert compare("camera", "camera", metrics=["mean_absolute_error"]).names == ("camera",) * 2
    (tmp_path / "camera").rmdir()
    Image.fromarray(FLAT).save(tmp_path / "camera", format="PNG")  # but a file of it does
    table = compare("camera", "hopper", metrics=["mean_absolute_error"])
    assert table.shapes[0] == (40, 60)


def test_arrays_are_compared_as_they_are_and_stay_so() -> None:
    view = samples.load("hopper")[::-2, ::2]
    view.setflags(write=False)
    before = view.copy()
    value = compare(view, before, metrics=["mean_absolute_error"]).rows[0].value
    assert value == 0.0
    assert np.array_equal(view, before)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (FLAT[..., 0], r"image1 must be RGB of shape .* got \(40, 60\) uint8; load a file"),
        (FLAT / 255, r"image1 must be RGB .* got \(40, 60, 3\) float64"),
        (np.array([[np.nan]]), "image1 must hold finite values"),
    ],
)
def test_an_array_that_is_no_picture_is_refused(image: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compare(FLAT, image)


def test_an_unknown_metric_lists_the_known_ones(pair: Comparison) -> None:
    with pytest.raises(ValueError, match="keys of the catalogue, got 'beauty'; it has histogram"):
        compare("camera", "camera", metrics=["beauty"])
    with pytest.raises(KeyError, match="no metric 'beauty' in this table; it has histogram_rms"):
        pair["beauty"]


def test_a_file_that_does_not_exist_is_refused_by_the_gate(tmp_path: Path) -> None:
    with pytest.raises(ImageInputError, match=r"Cannot use 'none\.png'"):
        compare(tmp_path / "none.png", "camera")


def test_no_metrics_make_an_empty_table() -> None:
    assert compare("camera", "hopper", metrics=[]).rows == ()
    assert isinstance(compare("camera", "hopper", metrics=[]), Comparison)


def test_infinity_prints_as_a_word() -> None:
    table = compare("camera", "camera", metrics=["peak_signal_noise_ratio"])
    assert table.rows[0].value == math.inf
    assert table.table()[1][1:3] == ("inf", "inf")
