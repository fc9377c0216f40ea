"""Lesson 01: joint and HSV histograms, by hand and against other libraries."""

import colorsys

import cv2
import numpy as np
import pytest
from PIL import Image

from imglab import histogram

RGB = np.random.default_rng(5).integers(0, 256, (13, 17, 3), dtype=np.uint8)


def row(*pixels: tuple[int, int, int]) -> np.ndarray:
    return np.array([pixels], dtype=np.uint8)


def test_red_with_cyan_and_black_with_white_agree_by_channel_and_share_no_colour() -> None:
    # each channel of each picture holds one 0 and one 255
    bright, plain = row((255, 0, 0), (0, 255, 255)), row((0, 0, 0), (255, 255, 255))
    assert np.array_equal(histogram.counts(bright, bins=2), histogram.counts(plain, bins=2))
    one, two = (histogram.joint_counts(x, bins=2) for x in (bright, plain))
    assert one.tolist() == [0, 0, 0, 1, 1, 0, 0, 0]  # cyan is binary 011, red is 100
    assert two.tolist() == [1, 0, 0, 0, 0, 0, 0, 1]
    assert histogram.intersection(one, two) == 0


@pytest.mark.parametrize("bins", [1, 4, 16])
def test_opencv_counts_colours_alike(bins: int) -> None:
    joint = cv2.calcHist([RGB], [0, 1, 2], None, [bins] * 3, [0, 256] * 3)
    assert np.array_equal(histogram.joint_counts(RGB, bins=bins), joint.ravel())


def test_a_joint_histogram_adds_up_to_the_separate_ones() -> None:
    joint = histogram.joint_counts(RGB, bins=7).reshape(7, 7, 7)
    sums = [joint.sum(axis=axes) for axes in ((1, 2), (0, 2), (0, 1))]
    assert np.array_equal(np.concatenate(sums), histogram.counts(RGB, bins=7))


def test_hue_saturation_and_value_of_six_colours_are_as_by_hand() -> None:
    # hue in sixths of the circle: red 0, yellow 1, green 2, cyan 3, blue 4, magenta 5
    full = row((255, 0, 0), (255, 255, 0), (0, 255, 0), (0, 255, 255), (0, 0, 255), (255, 0, 255))
    for sixth, pixel in enumerate(full[0]):
        h = histogram.hsv_counts(pixel[None, None], bins=6)
        assert h.nonzero()[0].tolist() == [sixth, 6 + 5, 12 + 5]
    # 100 80 60: V 100, S 40/100, 6 H = 20/40 = 1/2: bins of 12: 1; 0.4 * 12 = 4; 1200 // 256 = 4
    h = histogram.hsv_counts(row((100, 80, 60)), bins=12)
    assert h.nonzero()[0].tolist() == [1, 12 + 4, 24 + 4]
    # red with more blue than green: 6 H = -20/40 mod 6 = 5.5, the last of 12 bins
    assert histogram.hsv_counts(row((100, 60, 80)), bins=12)[11] == 1


def test_grey_counts_as_the_hue_red_and_black_as_unsaturated() -> None:
    h = histogram.hsv_counts(row((0, 0, 0), (255, 255, 255)), bins=4)
    assert h.tolist() == [2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 1]


def test_pythons_colorsys_agrees_on_every_pixel() -> None:
    bins = 16
    expected = np.zeros((3, bins), dtype=np.int64)
    for r, g, b in (RGB.reshape(-1, 3) / 255).tolist():
        hue, saturation, value = colorsys.rgb_to_hsv(r, g, b)
        places = hue * bins, min(saturation * bins, bins - 1), value * 255 * bins / 256
        for plane, place in enumerate(places):
            expected[plane, int(place + 1e-9)] += 1
    assert np.array_equal(histogram.hsv_counts(RGB, bins=bins), expected.ravel())


def test_pillow_agrees_but_for_its_rounding_to_bytes() -> None:
    theirs = histogram.counts(np.array(Image.fromarray(RGB).convert("HSV")), bins=16)
    moved = np.abs(histogram.hsv_counts(RGB, bins=16) - theirs)
    assert moved.sum() <= 0.05 * theirs.sum()


@pytest.mark.parametrize("function", [histogram.joint_counts, histogram.hsv_counts])
def test_colours_need_rgb_bytes_and_a_number_of_bins(function) -> None:
    for wrong in (RGB[..., 0], RGB / 255):
        with pytest.raises(ValueError, match=r"image must be RGB of shape \(H, W, 3\) and dtype"):
            function(wrong)
    for bins in (0, 2.5, 257):
        with pytest.raises(ValueError, match="bins must be a whole number from 1 to"):
            function(RGB, bins=bins)
