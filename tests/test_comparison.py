"""The table of two pictures: every value with its place, or why there is none."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imglab import calibration, samples
from imglab.catalogue import METRICS
from imglab.comparison import Comparison, compare
from imglab.image import Picture, load
from imglab.validation import ImageInputError

PAIR = compare("astronaut", "hopper")
FLAT = np.full((40, 60, 3), 90, dtype=np.uint8)


@pytest.fixture
def evil(tmp_path: Path) -> Path:
    """A picture whose name is HTML."""
    path = tmp_path / "a&b'c #x.png"
    Image.fromarray(FLAT).save(path)
    return path


def test_every_metric_has_its_row_with_both_values() -> None:
    assert [row.metric.key for row in PAIR.rows] == list(METRICS)
    x, y = samples.load("astronaut"), samples.load("hopper")
    x256, y256 = samples.load("astronaut", size=256), samples.load("hopper", size=256)
    for row in PAIR.rows:
        assert row.value == row.metric(x, y)
        assert row.calibrated == row.metric(x256, y256)
        assert row.undefined == ""


def test_a_bundled_pair_is_left_out_of_its_own_null() -> None:
    for row in PAIR.rows:
        assert row.standing is not None
        assert row.standing.of == len(samples.unrelated_pairs()) - 1
    assert {row.standing.of for row in compare("roofs", "roofs_again").rows} == {190}


def test_a_bundled_picture_is_known_by_its_pixels_too() -> None:
    again = compare(samples.load("astronaut"), samples.load("hopper", size=256))
    assert again["mean_absolute_error"].standing == PAIR["mean_absolute_error"].standing


def test_equal_pictures_are_nearer_than_every_unrelated_pair() -> None:
    for row in compare("camera", "camera").rows:
        assert row.value == row.calibrated == row.metric.ideal
        assert str(row.standing) == "nearer than 190 of 190 unrelated bundled pairs"


def test_the_table_shows_heading_header_and_one_line_for_each_metric() -> None:
    lines = str(PAIR).splitlines()
    assert lines[0] == "astronaut (384x384) and hopper (384x384)"
    assert lines[2].split() == ["metric", "value", "at", "256x256", "range", "equal", "meaning"]
    assert len(lines) == 5 + len(METRICS)  # and, after an empty line, the verdict
    mse = next(" ".join(x.split()) for x in lines if x.startswith("mean squared error"))
    row = PAIR["mean_squared_error"]
    assert f"{row.value:.4f} {row.calibrated:.4f} 0 to 65025 0 nearer than" in mse
    assert repr(PAIR) == str(PAIR)
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
    row = compare("hopper", FLAT)["normalized_cross_correlation"]
    assert (row.value, row.calibrated, row.standing) == (None, None, None)
    assert "undefined: normalised cross-correlation does not exist" in str(compare("hopper", FLAT))


def test_a_value_stands_though_the_resized_picture_is_constant() -> None:
    dot = np.full((600, 600, 3), 90, dtype=np.uint8)
    dot[300, 300] = 91  # gone after the resize
    row = compare(dot, dot.copy(), metrics=["normalized_cross_correlation"]).rows[0]
    assert (row.value, row.calibrated) == (1.0, None)
    assert "undefined at 256x256: " in compare(dot, dot).table()[-1][-1]


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


def test_json_carries_version_and_content() -> None:
    document = json.loads(PAIR.to_json())
    assert document["version"] == 1
    assert document["calibration_size"] == 256
    assert document["pictures"][1] == {"name": "hopper", "height": 384, "width": 384}
    for record, row in zip(document["metrics"], PAIR.rows, strict=True):
        assert record["metric"] == row.metric.key
        assert float(record["value"]) == row.value
        assert float(record["value_at_calibration_size"]) == row.calibrated
        assert float(record["range"][1]) == row.metric.high
        assert float(record["equal_pictures_give"]) == row.metric.ideal
        assert record["settings"] == row.metric.settings
        assert record["direction"] == row.metric.direction
        assert (record["nearer_than"], record["of"]) == (
            row.standing.nearer_than,
            row.standing.of,
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


def test_an_unknown_metric_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match="keys of the catalogue, got 'beauty'; it has histogram"):
        compare("camera", "camera", metrics=["beauty"])
    with pytest.raises(KeyError, match="no metric 'beauty' in this table; it has histogram_rms"):
        PAIR["beauty"]


def test_a_file_that_does_not_exist_is_refused_by_the_gate(tmp_path: Path) -> None:
    with pytest.raises(ImageInputError, match=r"Cannot use 'none\.png'"):
        compare(tmp_path / "none.png", "camera")


def test_no_metrics_make_an_empty_table() -> None:
    assert compare("camera", "hopper", metrics=[]).rows == ()
    assert isinstance(compare("camera", "hopper", metrics=[]), Comparison)


def test_infinity_prints_as_a_word() -> None:
    row = compare("camera", "camera")["peak_signal_noise_ratio"]
    assert row.value == math.inf
    assert calibration.SIZE == 256
    assert "inf" in str(compare("camera", "camera", metrics=["peak_signal_noise_ratio"]))
