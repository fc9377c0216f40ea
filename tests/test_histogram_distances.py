"""Lesson 01: the other distances of two histograms, and what each one cannot see."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy.optimize import linprog
from scipy.stats import wasserstein_distance

from imglab import histogram
from imglab.validation import UndefinedMetric

DISTANCES = {
    "chi_square": histogram.chi_square,
    "chi_square_symmetric": histogram.chi_square_symmetric,
    "hellinger": histogram.hellinger,
    "earth_movers": histogram.earth_movers,
}
ALL = {"intersection": histogram.intersection, **DISTANCES}
OPENCV = {
    "intersection": cv2.HISTCMP_INTERSECT,
    "chi_square": cv2.HISTCMP_CHISQR,
    "chi_square_symmetric": cv2.HISTCMP_CHISQR_ALT,
    "hellinger": cv2.HISTCMP_BHATTACHARYYA,
}
images = npst.arrays(np.uint8, st.tuples(st.integers(1, 7), st.integers(1, 9)))
colors = npst.arrays(np.uint8, st.tuples(st.integers(1, 7), st.integers(1, 9), st.just(3)))
some_counts = npst.arrays(np.int64, 6, elements=st.integers(0, 9)).filter(np.any)


def two_pictures(seed=11):
    """Make two pictures with different colours, not square."""
    rng = np.random.default_rng(seed)
    dark = rng.normal(90, 30, (40, 52)).clip(0, 255).astype(np.uint8)
    light = rng.normal(150, 45, (40, 52)).clip(0, 255).astype(np.uint8)
    return dark, light


# --- worked by hand


def test_every_distance_of_one_small_pair_is_the_one_worked_by_hand():
    h1, h2 = [4, 4, 0, 1], [1, 4, 4, 0]  # 9 pixels each
    # min: 1 + 4 + 0 + 0
    assert histogram.intersection(h1, h2) == 5
    # over the bins that h1 fills: 9/4 + 0/4 + 1/1; the third is skipped
    assert histogram.chi_square(h1, h2) == 3.25
    # the other way round: 9/1 + 0/4 + 16/4; the fourth is skipped
    assert histogram.chi_square(h2, h1) == 13
    # 2 * (9/5 + 0/8 + 16/4 + 1/1) = 2 * 6.8
    assert histogram.chi_square_symmetric(h1, h2) == pytest.approx(13.6, rel=1e-15)
    # sum of sqrt(p q) = (sqrt(4) + sqrt(16) + 0 + 0) / 9 = 6/9; sqrt(1 - 6/9) = sqrt(1/3)
    assert histogram.hellinger(h1, h2) == pytest.approx(3**-0.5, rel=1e-15)
    # running sums 4, 8, 8, 9 against 1, 5, 9, 9: |3| + |3| + |-1| = 7 over 9 pixels
    assert histogram.earth_movers(h1, h2) == pytest.approx(7 / 9, rel=1e-15)


def test_without_a_common_bin_each_distance_is_at_its_bound():
    left, right = [0.25, 0.75, 0, 0], [0, 0, 0.5, 0.5]
    assert histogram.intersection(left, right) == 0
    assert histogram.chi_square_symmetric(left, right) == 4  # 2 * (0.25 + 0.75 + 0.5 + 0.5)
    assert histogram.hellinger(left, right) == 1
    # 0.25 + 1 + 0.5: the quarter goes from bin 0, all cross the middle, half goes on to bin 3
    assert histogram.earth_movers(left, right) == 1.75


def test_black_and_white_are_255_levels_apart_for_the_earth_mover():
    black, white = np.zeros((3, 5), np.uint8), np.full((3, 5), 255, np.uint8)
    h0, h1 = histogram.counts(black), histogram.counts(white)
    assert histogram.earth_movers(h0, h1) == 255


def test_a_brightness_of_forty_is_far_bin_by_bin_and_near_for_the_earth_mover():
    # A chart of 100, 101, 102 made 40 lighter shares no bin with itself: as far as can be.
    chart = np.repeat(np.arange(100, 103, dtype=np.uint8), 4).reshape(3, 4)
    h0, h1 = histogram.frequencies(chart), histogram.frequencies(chart + 40)
    assert histogram.intersection(h0, h1) == 0
    assert histogram.hellinger(h0, h1) == 1
    assert histogram.earth_movers(h0, h1) == pytest.approx(40, rel=1e-13)


def test_chi_square_does_not_see_what_comes_into_bins_that_were_empty():
    # bin 0 holds 2 of both; all else of the second lies where the first has nothing
    assert histogram.chi_square([2, 0, 0], [2, 9, 9]) == 0
    assert histogram.chi_square([2, 9, 9], [2, 0, 0]) == 18
    assert histogram.chi_square_symmetric([2, 0, 0], [2, 9, 9]) == 36


# --- against OpenCV and SciPy


@pytest.mark.parametrize("name", OPENCV)
@pytest.mark.parametrize("bins", [16, 256])
def test_agrees_with_opencv(name, bins):
    h0, h1 = (histogram.counts(picture, bins=bins) for picture in two_pictures())
    as_opencv = (h0.astype(np.float32), h1.astype(np.float32))  # whole numbers: nothing is lost
    expected = cv2.compareHist(*as_opencv, OPENCV[name])
    assert ALL[name](h0, h1) == pytest.approx(expected, rel=1e-7)
    assert ALL[name](h1, h0) == pytest.approx(
        cv2.compareHist(*as_opencv[::-1], OPENCV[name]), rel=1e-7
    )


def test_earth_movers_agrees_with_scipy():
    h0, h1 = (histogram.counts(picture) for picture in two_pictures())
    levels = np.arange(256)
    expected = wasserstein_distance(levels, levels, h0, h1)
    assert histogram.earth_movers(h0, h1) == pytest.approx(expected, rel=1e-12)


@given(some_counts, some_counts)
def test_running_sums_find_the_cheapest_transport(h0, h1):
    # The definition itself: choose flows f[i, j] >= 0 with row sums p and column sums q that
    # make the sum of f[i, j] |i - j| least.
    p, q = h0 / h0.sum(), h1 / h1.sum()
    n = len(p)
    cost = np.abs(np.subtract.outer(np.arange(n), np.arange(n))).ravel()
    leave = np.kron(np.eye(n), np.ones(n))
    arrive = np.kron(np.ones(n), np.eye(n))
    plan = linprog(cost, A_eq=np.vstack([leave, arrive]), b_eq=np.concatenate([p, q]))
    assert histogram.earth_movers(h0, h1) == pytest.approx(plan.fun, abs=1e-9)


def test_earth_movers_of_color_is_the_mean_over_the_channels():
    rng = np.random.default_rng(7)
    red, green = rng.integers(0, 200, (20, 30, 3)), rng.integers(55, 256, (20, 30, 3))
    x, y = red.astype(np.uint8), green.astype(np.uint8)
    y[..., 2] = x[..., 2] // 2  # channels at different distances
    levels = np.arange(256)
    each = [
        wasserstein_distance(
            levels,
            levels,
            np.bincount(x[..., c].ravel(), minlength=256),
            np.bincount(y[..., c].ravel(), minlength=256),
        )
        for c in range(3)
    ]
    actual = histogram.earth_movers(histogram.counts(x), histogram.counts(y))
    assert actual == pytest.approx(sum(each) / 3, rel=1e-12)


# --- properties


@given(images, st.randoms(use_true_random=False))
def test_any_rearrangement_of_one_picture_is_at_distance_zero(picture, random):
    pixels = picture.ravel().tolist()
    random.shuffle(pixels)
    moved = np.array(pixels, np.uint8).reshape(picture.shape)
    h0, h1 = histogram.frequencies(picture), histogram.frequencies(moved)
    for name, distance in DISTANCES.items():
        assert distance(h0, h1) == 0, name
    assert histogram.intersection(h0, h1) == pytest.approx(1, abs=1e-12)


@given(some_counts, some_counts)
def test_order_does_not_matter_but_for_chi_square(h0, h1):
    for name, function in ALL.items():
        if name != "chi_square":
            assert function(h0, h1) == function(h1, h0), name


@given(some_counts, some_counts, some_counts)
def test_hellinger_and_earth_movers_keep_the_triangle(h0, h1, h2):
    for distance in (histogram.hellinger, histogram.earth_movers):
        assert distance(h0, h2) <= distance(h0, h1) + distance(h1, h2) + 1e-12


@given(colors, colors)
def test_distances_of_frequencies_stay_within_their_bounds(x, y):
    h0, h1 = histogram.frequencies(x), histogram.frequencies(y)
    assert 0 <= histogram.intersection(h0, h1) <= 3 + 1e-12
    assert 0 <= histogram.chi_square_symmetric(h0, h1) <= 12 + 1e-12
    assert 0 <= histogram.hellinger(h0, h1) <= 1
    assert 0 <= histogram.earth_movers(h0, h1) <= 255 + 1e-9


@given(some_counts, some_counts)
def test_hellinger_and_earth_movers_compare_shares_so_that_sizes_may_differ(h0, h1):
    for distance in (histogram.hellinger, histogram.earth_movers):
        assert distance(h0, 7 * h1) == pytest.approx(distance(h0, h1), abs=1e-12)
        assert distance(h0, 7 * h0) <= 1e-12  # not 1e-8, as from 1 - (a sum near 1)


def test_nothing_is_normalised_where_nothing_is_said_to_be():
    # twice the pixels: intersection counts the common ones, chi-square what came on top
    assert histogram.intersection([3, 1], [6, 2]) == 4
    assert histogram.chi_square([3, 1], [6, 2]) == 4  # 9/3 + 1/1
    assert histogram.chi_square_symmetric([3, 1], [6, 2]) == pytest.approx(8 / 3)  # 2 (9/9 + 1/3)


# --- awkward histograms and errors


def test_empty_histograms_have_no_shares():
    for histograms in (([0, 0], [1, 1]), ([1, 1], [0, 0])):
        with pytest.raises(UndefinedMetric, match="Hellinger distance does not exist for a hist"):
            histogram.hellinger(*histograms)
        with pytest.raises(UndefinedMetric, match="earth mover's distance does not exist for a"):
            histogram.earth_movers(*histograms)


def test_empty_histograms_have_counts_all_the_same():
    assert histogram.intersection([0, 0], [1, 1]) == 0
    assert histogram.chi_square([0, 0], [1, 1]) == 0
    assert histogram.chi_square_symmetric([0, 0], [1, 1]) == 4  # 2 * (1 + 1)


@pytest.mark.parametrize("name", ALL)
def test_a_single_bin_and_extreme_numbers_give_a_finite_number(name):
    for h0, h1 in (
        ([5], [5]),
        ([1e-300, 1], [1, 1e-300]),
        ([5e-324, 0], [0, 5e-324]),
        ([1e100, 0], [1e-300, 1e100]),
    ):
        value = ALL[name](h0, h1)
        assert isinstance(value, float)
        assert np.isfinite(value)
        assert value >= 0


@pytest.mark.parametrize("name", ALL)
def test_error_names_the_bad_histograms(name):
    with pytest.raises(ValueError, match=r"one shape \(n,\), got \(2,\) and \(3,\); use the same"):
        ALL[name]([1, 2], [1, 2, 3])
    with pytest.raises(ValueError, match="pass counts or frequencies"):
        ALL[name]([1, -2], [1, 2])
    with pytest.raises(ValueError, match="pass counts or frequencies"):
        ALL[name]([1, np.nan], [1, 2])
