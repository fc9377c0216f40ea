"""The table of metrics keeps what it promises, on the bundled pictures."""

import math

import cv2
import numpy as np
import pytest

from imglab import histogram, keypoints, pixel, samples, ssim, to_gray
from imglab.catalogue import METRICS
from imglab.validation import UndefinedMetric

POINTS = {"orb_inliers": "orb", "sift_inliers": "sift"}
SIDE = 64
SIDES = dict.fromkeys(("ms_ssim", *POINTS), 192)  # what has scales needs room for them
PAIRS = samples.unrelated_pairs()[::7]
EVEN = ("retina",)  # a dark, smooth picture with hardly a corner

each = pytest.mark.parametrize("key", METRICS)
each_count = pytest.mark.parametrize("key", POINTS)

PLAIN = {
    "differing_fraction": pixel.differing_fraction,
    "euclidean_distance": pixel.euclidean_distance,
    "mean_absolute_error": pixel.mean_absolute_error,
    "mean_squared_error": pixel.mean_squared_error,
    "root_mean_squared_error": pixel.root_mean_squared_error,
    "peak_signal_noise_ratio": lambda x, y: pixel.peak_signal_noise_ratio(x, y, data_range=255),
    "cosine_similarity": pixel.cosine_similarity,
    "normalized_cross_correlation": pixel.normalized_cross_correlation,
    "ssim": lambda x, y: ssim.structural_similarity(x, y, data_range=255),
    "ssim_flat": lambda x, y: ssim.structural_similarity(x, y, data_range=255, window="flat"),
    "ms_ssim": lambda x, y: ssim.multiscale_structural_similarity(x, y, data_range=255),
}
OPENCV = {
    "histogram_intersection": cv2.HISTCMP_INTERSECT,
    "chi_square_symmetric": cv2.HISTCMP_CHISQR_ALT,
    "hellinger": cv2.HISTCMP_BHATTACHARYYA,
}


def picture(name: str, key: str) -> np.ndarray:
    """Load a picture at a size that the metric can work on."""
    return samples.load(name, size=SIDES.get(key, SIDE))


def value_or_undefined(key: str, image0: np.ndarray, image1: np.ndarray) -> float | None:
    try:
        return METRICS[key](image0, image1)
    except UndefinedMetric as error:
        if "not exist for" not in str(error):
            raise
        return None


@each
def test_every_record_is_complete_and_documented(key: str) -> None:
    metric = METRICS[key]
    assert metric.key == key
    for text in (metric.title, metric.formula, metric.settings, metric.never_use_for):
        assert text.strip()
    assert metric.low < metric.high
    assert metric.direction in ("distance", "similarity")
    if key in POINTS:  # how many points a picture has depends on the picture
        assert (metric.ideal, metric.decimals, metric.unit) == (None, 0, "points")
        assert metric.direction == "similarity"
    else:
        assert metric.ideal == (0 if metric.direction == "distance" else metric.high)
        assert metric.decimals > 0
    assert metric.lesson.isdigit()
    assert len(metric.lesson) == 2


def test_titles_are_told_apart() -> None:
    assert len({metric.title for metric in METRICS.values()}) == len(METRICS)


@pytest.mark.parametrize("key", [key for key in METRICS if key not in POINTS])
def test_equal_pictures_give_exactly_the_ideal_value(key: str) -> None:
    for name in samples.names():
        whole = picture(name, key)
        for image in (whole, whole[:-1, :-19]):  # not square; odd shares such as 1 / 2835
            assert METRICS[key](image, image.copy()) == METRICS[key].ideal


@each_count
def test_equal_pictures_find_their_own_points_again(key: str) -> None:
    for name in samples.names():
        image = picture(name, key)
        assert METRICS[key](image, image.copy()) >= (0 if name in EVEN else 30)


@each
def test_no_gallery_pair_leaves_the_range_or_reaches_the_ideal(key: str) -> None:
    metric, pairs = METRICS[key], PAIRS[::4] if key == "sift_inliers" else PAIRS
    values = [value_or_undefined(key, picture(a, key), picture(b, key)) for a, b in pairs]
    known = [value for value in values if value is not None]
    assert all(type(value) is float for value in known)
    assert metric.low <= min(known) <= max(known) <= metric.high
    if key in POINTS:
        assert all(value.is_integer() for value in known)
        assert max(known) < 30  # as few as no textured picture has in common with itself
    else:
        assert not any(value == metric.ideal for value in known)
    # multi-scale SSIM alone does not exist for some pairs, and it exists for most
    assert (len(known) < len(values)) == (key == "ms_ssim")
    assert 2 * len(known) > len(values)


@each
def test_black_and_white_and_noise_stay_in_range_or_are_undefined(key: str) -> None:
    metric = METRICS[key]
    shape = (170, 190, 3) if key in SIDES else (16, 20, 3)
    black, white = np.zeros(shape, np.uint8), np.full(shape, 255, np.uint8)
    noise = np.random.default_rng(6).integers(0, 256, shape, dtype=np.uint8)
    lit = np.maximum(noise, 1)  # shares no grey level with black
    for image0, image1 in (
        (black, white),
        (white, black),
        (noise, 255 - noise),
        (black, noise),
        (black, lit),
        (lit, black),
    ):
        value = value_or_undefined(key, image0, image1)
        assert value is None or metric.low <= value <= metric.high


@each
def test_the_pictures_stay_as_they_were(key: str) -> None:
    x, y = picture("astronaut", key), picture("chelsea", key)
    before = x.copy(), y.copy()
    x.setflags(write=False)
    y.setflags(write=False)
    METRICS[key](x, y)
    assert np.array_equal(x, before[0])
    assert np.array_equal(y, before[1])


@pytest.mark.parametrize("key", PLAIN)
def test_a_record_computes_what_its_plain_function_does(key: str) -> None:
    x, y = picture("astronaut", key), picture("chelsea", key)
    if METRICS[key].colour == "grey":
        assert METRICS[key](x, y) == PLAIN[key](to_gray(x), to_gray(y))
        assert METRICS[key](x, y) != PLAIN[key](x, y)
    else:
        assert METRICS[key](x, y) == PLAIN[key](x, y)


def test_the_histogram_record_compares_frequencies_of_three_channels() -> None:
    x, y = samples.load("astronaut", size=SIDE), samples.load("hopper", size=32)  # any two sizes
    expected = math.sqrt(
        np.mean((histogram.counts(x) / SIDE**2 - histogram.counts(y) / 32**2) ** 2)
    )
    assert METRICS["histogram_rms"](x, y) == pytest.approx(expected, rel=1e-12)


def gray_frequencies(image: np.ndarray) -> np.ndarray:
    """Count the grey levels by OpenCV, and divide by the pixels."""
    found = cv2.calcHist([to_gray(image)], [0], None, [256], [0, 256])
    return found.ravel().astype(np.float32) / np.float32(image.shape[0] * image.shape[1])


@pytest.mark.parametrize("key", OPENCV)
def test_a_histogram_record_compares_grey_frequencies_as_opencv_does(key: str) -> None:
    x, y = samples.load("astronaut", size=61), samples.load("hopper", size=32)
    expected = cv2.compareHist(gray_frequencies(x), gray_frequencies(y), OPENCV[key])
    assert METRICS[key](x, y) == pytest.approx(expected, rel=1e-5)  # OpenCV's are float32


def test_the_earth_movers_record_moves_grey_levels() -> None:
    gray = np.full((4, 6, 3), 100, np.uint8)
    light = np.full((9, 5, 3), 140, np.uint8)
    light[:3] = 100  # a third stays, two thirds move by 40 levels: 26.67 on average
    assert METRICS["earth_movers"](gray, light) == pytest.approx(80 / 3, rel=1e-12)


@each_count
def test_a_point_record_counts_the_distinct_inliers_of_its_detector(key: str) -> None:
    x = samples.load("coffee", size=256)
    found = keypoints.match(to_gray(x), to_gray(x[20:, 30:]), detector=POINTS[key], seed=0)
    assert found.sane
    assert METRICS[key](x, np.ascontiguousarray(x[20:, 30:])) == found.distinct
    assert 100 < found.distinct <= min(found.keypoints0, found.keypoints1)


@each
def test_only_metrics_that_need_one_size_refuse_two(key: str) -> None:
    x, y = picture("astronaut", key), samples.load("hopper", size=SIDES.get(key, SIDE) - 16)
    if METRICS[key].needs_equal_size:
        with pytest.raises(ValueError, match="must have the same shape, got"):
            METRICS[key](x, y)
    else:
        assert math.isfinite(METRICS[key](x, y))


@pytest.mark.parametrize(
    ("key", "smallest"), [("ssim", 11), ("ssim_flat", 7), ("ms_ssim", 161), ("hellinger", 1)]
)
def test_a_record_knows_the_smallest_picture_of_its_metric(key: str, smallest: int) -> None:
    assert METRICS[key].smallest == smallest
    enough = np.zeros((smallest, smallest + 2, 3), np.uint8)
    assert METRICS[key](enough, enough) == METRICS[key].ideal
    if smallest > 1:
        with pytest.raises(ValueError, match=rf"at least {smallest} pixels a side, got \("):
            METRICS[key](enough[1:], enough[1:])


def test_nearer_follows_the_direction_and_a_tie_is_not_nearer() -> None:
    distance, similarity = METRICS["mean_squared_error"], METRICS["cosine_similarity"]
    assert distance.nearer(1.0, 2.0)
    assert not distance.nearer(2.0, 1.0)
    assert similarity.nearer(0.9, 0.8)
    assert not similarity.nearer(0.8, 0.9)
    assert not distance.nearer(1.0, 1.0)
    assert not similarity.nearer(1.0, 1.0)


@pytest.mark.parametrize("key", METRICS)
def test_both_steps_one_after_the_other_are_the_metric(key: str) -> None:
    x = samples.load("camera", size=192)
    y = np.clip(x + np.random.default_rng(4).normal(0, 9, x.shape), 0, 255).astype(np.uint8)
    steps = METRICS[key].steps
    assert steps.between(steps.prepare(x), steps.prepare(y)) == METRICS[key](x, y)
