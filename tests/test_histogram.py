"""Counts, frequencies and their RMS: by hand, as properties, against Pillow and OpenCV."""

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose
from PIL import Image

from imglab import histogram

FEW = settings(max_examples=30, deadline=None, derandomize=True, database=None)
PICTURES = hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=7))
RGB = np.random.default_rng(2).integers(0, 256, (13, 17, 3), dtype=np.uint8)


def test_four_bins_are_counted_as_by_hand() -> None:
    # bins of 64 levels: 0..63 holds 0, 63; 64..127 holds 64; 128..191 none; 192..255 holds 255
    image = np.array([[0, 63], [64, 255]], dtype=np.uint8)
    assert histogram.counts(image, bins=4).tolist() == [2, 1, 0, 1]
    assert histogram.frequencies(image, bins=4).tolist() == [0.5, 0.25, 0.0, 0.25]


def test_three_bins_split_where_v_times_bins_passes_a_multiple_of_256() -> None:
    # 85*3 = 255 -> 0, 86*3 = 258 -> 1, 170*3 = 510 -> 1, 171*3 = 513 -> 2
    image = np.array([[85, 86, 170, 171]], dtype=np.uint8)
    assert histogram.counts(image, bins=3).tolist() == [1, 2, 1]


def test_rgb_gives_red_then_green_then_blue() -> None:
    image = np.array([[[0, 255, 0], [0, 255, 255]]], dtype=np.uint8)
    # red 0 0, green 255 255, blue 0 255; two bins each
    assert histogram.counts(image, bins=2).tolist() == [2, 0, 0, 2, 1, 1]


def test_the_rms_of_two_histograms_as_by_hand() -> None:
    # differences 3, -4, 0, 1: (9 + 16 + 0 + 1) / 4 = 6.5
    assert histogram.root_mean_square([5, 0, 2, 1], [2, 4, 2, 0]) == math.sqrt(6.5)


def test_black_against_white_is_the_greatest_distance_of_frequencies() -> None:
    black, white = (histogram.frequencies(np.full((3, 5, 3), v, np.uint8)) for v in (0, 255))
    # per channel two bins of 256 differ, by 1 each: sqrt(2 / 256)
    assert histogram.root_mean_square(black, white) == math.sqrt(2 / 256)


def test_counts_grow_with_the_picture_and_frequencies_do_not() -> None:
    small = RGB[..., 0]
    large = small.repeat(2, axis=0).repeat(2, axis=1)
    assert np.array_equal(histogram.counts(large), 4 * histogram.counts(small))
    assert np.array_equal(histogram.frequencies(large), histogram.frequencies(small))


@FEW
@given(image=PICTURES, bins=st.integers(1, 256))
def test_every_pixel_falls_into_one_bin(image: np.ndarray, bins: int) -> None:
    h = histogram.counts(image, bins=bins)
    assert h.shape == (bins,)
    assert h.dtype == np.int64
    assert h.sum() == image.size
    assert histogram.frequencies(image, bins=bins).sum() == pytest.approx(1.0, abs=1e-12)


@FEW
@given(image=PICTURES, seed=st.integers(0, 99))
def test_any_permutation_of_the_pixels_has_distance_exactly_zero(
    image: np.ndarray, seed: int
) -> None:
    permuted = np.random.default_rng(seed).permutation(image.ravel()).reshape(image.shape[::-1])
    h1, h2 = histogram.frequencies(image), histogram.frequencies(permuted)
    assert histogram.root_mean_square(h1, h2) == 0.0


@FEW
@given(h=hnp.arrays(np.float64, (3, 6), elements=st.floats(0, 1e6)))
def test_the_rms_is_a_metric(h: np.ndarray) -> None:
    rms = histogram.root_mean_square
    assert rms(h[0], h[0].copy()) == 0.0
    assert rms(h[0], h[1]) == rms(h[1], h[0])
    detour = rms(h[0], h[1]) + rms(h[1], h[2])
    assert rms(h[0], h[2]) <= detour + 1e-9 * max(1.0, detour)


def test_pillow_and_opencv_count_alike() -> None:
    assert histogram.counts(RGB).tolist() == Image.fromarray(RGB).histogram()
    for bins in (4, 64, 256):
        planes = [cv2.calcHist([RGB], [c], None, [bins], [0, 256]).ravel() for c in range(3)]
        assert np.array_equal(histogram.counts(RGB, bins=bins), np.concatenate(planes))


def test_more_pixels_than_a_float32_can_count_are_counted_exactly() -> None:
    # 4097 * 4097 = 16,785,409 = 2**24 + 8193, odd; float32 knows only even numbers beyond 2**24
    image = np.zeros((4097, 4097), dtype=np.uint8)
    assert float(np.float32(16_785_409)) == 16_785_408
    assert histogram.counts(image)[0] == 16_785_409
    wide = np.full((1, 2**24 + 1), 7, dtype=np.uint8)  # one row, longer than any part
    assert histogram.counts(wide)[7] == 2**24 + 1


def test_opencv_agrees_on_the_rms() -> None:
    h1, h2 = histogram.frequencies(RGB), histogram.frequencies(RGB // 2)
    length = cv2.norm(h1, h2, cv2.NORM_L2)  # sqrt of the sum, not of the mean, of 768 squares
    assert_allclose(histogram.root_mean_square(h1, h2), length / math.sqrt(768), rtol=1e-12)


@pytest.mark.parametrize(
    "image",
    [RGB[::-1, ::-1], np.asfortranarray(RGB), RGB[::2, ::3], RGB[:1, :1], RGB[:1], RGB[:, :1, 0]],
    ids=["negative strides", "column order", "every other", "1x1", "1xN", "Nx1 grey"],
)
def test_layout_and_size_do_not_matter(image: np.ndarray) -> None:
    view = image.view()
    view.setflags(write=False)
    before = image.copy()
    assert np.array_equal(histogram.counts(view), histogram.counts(before))
    assert np.array_equal(image, before)


@pytest.mark.parametrize(
    "dtype", [np.int8, np.uint16, np.int64, np.float32, np.float64], ids=lambda d: d.__name__
)
def test_only_code_values_are_counted(dtype: type) -> None:
    with pytest.raises(ValueError, match=r"uint8 code values, got \w+; convert it to 0..255 first"):
        histogram.counts(np.zeros((2, 2), dtype=dtype))


@pytest.mark.parametrize("bins", [0, -1, 257, 2.5, math.nan])
def test_bins_must_be_a_whole_number_in_range(bins: float) -> None:
    with pytest.raises(ValueError, match="bins must be a whole number from 1 to 256, got"):
        histogram.frequencies(RGB, bins=bins)


@pytest.mark.parametrize(
    ("histogram0", "histogram1", "message"),
    [
        ([1, 2], [1, 2, 3], r"one shape \(n,\), got \(2,\) and \(3,\); use the same bins"),
        ([[1, 2]], [[1, 2]], r"one shape \(n,\), got \(1, 2\) .*counts or frequencies of the pic"),
        ([], [], r"one shape \(n,\), got \(0,\)"),
        ([1, math.nan], [1, 2], r"from 0 to 1e\+100, got nan to nan; pass counts"),
        ([1, 2], [1, math.inf], "from 0 to .*got 1 to inf"),
        ([1, -2], [1, 2], "from 0 to .*got -2 to 1"),
        ([1, 1e200], [1, 2], r"from 0 to .*got 1 to 1e\+200"),  # its square is infinite
        ([1j], [1j], "real numbers, got complex128"),
        (["a"], ["a"], "real numbers, got <U1"),
        ([[1, 2], [3]], [1, 2], "real numbers, got object"),
    ],
)
def test_what_are_no_two_histograms_is_refused(
    histogram0: list[object], histogram1: list[object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        histogram.root_mean_square(histogram0, histogram1)
