"""A mask: which values it changes, and to what."""

import json

import numpy as np
import pytest

from imglab import masking, samples
from imglab.catalogue import METRICS
from imglab.comparison import compare
from imglab.image import Picture
from imglab.validation import UndefinedMetric

PER_PIXEL = {key for key, metric in METRICS.items() if metric.lesson in ("01", "02")}
PER_WINDOW = {"ssim", "ssim_flat"}


def rgb(rows: list[list[int]] | np.ndarray) -> np.ndarray:
    """Return a grey table of levels as RGB."""
    return np.repeat(np.asarray(rows, dtype=np.uint8)[..., None], 3, axis=2)


def mask_of(inside: np.ndarray) -> masking.Mask:
    return masking.Mask("mask.png", inside)


# Marked are two of six pixels: 10 against 13, and 20 against 16.
X, Y = rgb([[10, 0, 20], [0, 0, 0]]), rgb([[13, 99, 16], [7, 7, 7]])
TWO = mask_of(np.array([[True, False, True], [False, False, False]]))


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("differing_fraction", 1.0),
        ("euclidean_distance", 5.0),  # sqrt(3**2 + 4**2)
        ("mean_absolute_error", 3.5),  # (3 + 4) / 2
        ("mean_squared_error", 12.5),  # (9 + 16) / 2
        ("cosine_similarity", 450 / np.sqrt(500 * 425)),  # 130 + 320; 100 + 400; 169 + 256
        ("normalized_cross_correlation", 1.0),  # (-5, 5) and (-1.5, 1.5)
        # 4 bins of each channel hold one half in one picture alone: sqrt(12 / 4 / 768)
        ("histogram_rms", 0.0625),
        ("histogram_intersection", 0.0),
        ("earth_movers", 3.5),  # one half moves from 10 to 13, one from 20 to 16
    ],
)
def test_a_metric_of_single_pixels_sees_the_marked_ones_alone(key: str, expected: float) -> None:
    assert masking.masked_value(METRICS[key], X, Y, TWO) == pytest.approx(expected, rel=1e-12)


def test_ssim_is_the_mean_over_the_windows_that_lie_wholly_inside() -> None:
    # Left of column 20 both are black; right of it 0 meets 10, where a flat window gives
    # c1 / (10**2 + c1) with c1 = (0.01 * 255)**2 = 6.5025.
    x, y = np.zeros((30, 40)), np.zeros((30, 40))
    y[:, 20:] = 10
    left, right = np.zeros((30, 40), dtype=bool), np.zeros((30, 40), dtype=bool)
    left[:, :20], right[:, 20:] = True, True
    for key in PER_WINDOW:
        value = masking.masked_value(METRICS[key], rgb(x), rgb(y), mask_of(left))
        assert value == pytest.approx(1.0, rel=1e-12)
        value = masking.masked_value(METRICS[key], rgb(x), rgb(y), mask_of(right))
        assert value == pytest.approx(6.5025 / 106.5025, rel=1e-9)


@pytest.mark.parametrize("key", sorted(PER_PIXEL | PER_WINDOW))
def test_what_lies_outside_the_mask_changes_no_value(key: str) -> None:
    rng = np.random.default_rng(5)
    x, y, other = (rng.integers(0, 256, (40, 50, 3), dtype=np.uint8) for _ in range(3))
    inside = np.zeros((40, 50), dtype=bool)
    inside[3:30, 8:41] = True
    before = masking.masked_value(METRICS[key], x, y, mask_of(inside))
    spoilt = np.where(inside[..., None], y, other)
    assert masking.masked_value(METRICS[key], x, spoilt, mask_of(inside)) == pytest.approx(
        before, rel=1e-9, abs=1e-12
    )
    changed = y.copy()
    changed[15:20, 20:25] = 255 - changed[15:20, 20:25] // 2
    assert masking.masked_value(METRICS[key], x, changed, mask_of(inside)) != before or key == (
        "differing_fraction"  # nearly all pixels differ before and after
    )


@pytest.mark.parametrize("key", sorted(PER_PIXEL | PER_WINDOW))
def test_a_mask_that_is_white_all_over_changes_nothing(key: str) -> None:
    x, y = samples.load("astronaut", size=64), samples.load("hopper", size=64)
    everything = mask_of(np.ones((64, 64), dtype=bool))
    whole = METRICS[key](x, y)
    assert masking.masked_value(METRICS[key], x, y, everything) == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize("key", sorted(METRICS.keys() - PER_PIXEL - PER_WINDOW))
def test_a_metric_that_looks_further_is_not_computed(key: str) -> None:
    x = samples.load("astronaut", size=256)
    with pytest.raises(UndefinedMetric, match="is not computed with a mask"):
        masking.masked_value(METRICS[key], x, x, mask_of(np.ones((256, 256), dtype=bool)))


@pytest.mark.parametrize(("key", "side"), [("ssim", 11), ("ssim_flat", 7)])
def test_without_a_whole_window_ssim_does_not_exist(key: str, side: int) -> None:
    x = samples.load("astronaut", size=64)
    inside = np.zeros((64, 64), dtype=bool)
    inside[: side - 1] = True
    with pytest.raises(UndefinedMetric, match=f"no window of {side}x{side} lies inside"):
        masking.masked_value(METRICS[key], x, x, mask_of(inside))
    inside[:side, :side] = True
    assert masking.masked_value(METRICS[key], x, x, mask_of(inside)) == 1.0


def test_windows_inside_are_found_by_looking_at_each() -> None:
    inside = np.random.default_rng(3).random((9, 12)) < 0.9
    found = masking.windows_inside(inside, 3)
    each = [[inside[r : r + 3, c : c + 3].all() for c in range(10)] for r in range(7)]
    assert found.tolist() == each
    assert masking.windows_inside(inside, 10).size == 0


def test_white_is_compared_and_grey_levels_are_said() -> None:
    picture = Picture(rgb([[0, 127, 128, 255]]), "m.png", ("turned as its EXIF says",))
    mask = masking.read_mask(picture, (1, 4))
    assert mask.inside.tolist() == [[False, False, True, True]]
    assert mask.pixels == 2
    assert mask.notes == (
        "m.png: turned as its EXIF says",
        "m.png: levels of 128 and more count as white, others as black",
    )
    clean = Picture(rgb([[0, 255]]), "m.png", ())
    assert masking.read_mask(clean, (1, 2)).notes == ()


def test_a_mask_that_marks_nothing_or_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"size of the pictures, 5x4, got 4x5; make it from"):
        masking.read_mask(Picture(rgb(np.zeros((5, 4))), "m.png", ()), (4, 5))
    with pytest.raises(ValueError, match=r"must have white pixels.*got none; paint some"):
        masking.read_mask(Picture(rgb(np.zeros((4, 5))), "m.png", ()), (4, 5))


def test_a_masked_comparison_has_values_reasons_and_no_places() -> None:
    mask = np.zeros((384, 384, 3), dtype=np.uint8)
    mask[100:200, 100:300] = 255
    table = compare("astronaut", "hopper", mask=mask)
    assert str(table.mask) == (
        "mask mask: 20000 of 147456 pixels are compared; "
        "calibration is of whole pictures, so no value has a place"
    )
    assert table.notes == (str(table.mask),)
    assert table.verdict is None
    for row in table.rows:
        assert row.calibrated is None
        assert row.standing is None
        assert (
            (row.value is None)
            == bool(row.undefined)
            == (row.metric.key not in PER_PIXEL | PER_WINDOW)
        )
    x, y = (samples.load(name)[100:200, 100:300] for name in ("astronaut", "hopper"))
    cut = METRICS["mean_squared_error"](x, y)  # a rectangle can be cut out instead
    assert table["mean_squared_error"].value == pytest.approx(cut, rel=1e-12)
    cut = METRICS["ssim"](x, y)
    assert table["ssim"].value == pytest.approx(cut, rel=1e-9)
    lines = {line.split("  ")[0]: line for line in str(table).splitlines()}
    assert lines["SSIM"].endswith("masked")
    assert "undefined: multi-scale SSIM is not computed" in lines["multi-scale SSIM"]
    document = json.loads(table.to_json())
    assert document["mask"] == {"name": "mask", "pixels": 20000, "of": 147456}
    assert document["metrics"][0]["nearer_than"] is None
    assert json.loads(compare("camera", "camera").to_json())["mask"] is None


def test_a_mask_that_cannot_be_used_is_refused() -> None:
    with pytest.raises(ValueError, match=r"with a mask both pictures must have one size, got 384x"):
        compare("astronaut", "roofs", mask="astronaut")
    with pytest.raises(ValueError, match="against must be left out with a mask"):
        compare("astronaut", "hopper", mask="camera", against="somewhere")
