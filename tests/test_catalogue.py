"""The table of metrics keeps what it promises, on the bundled pictures."""

import math

import numpy as np
import pytest

from imglab import histogram, pixel, samples, to_gray
from imglab.catalogue import METRICS
from imglab.validation import UndefinedMetric

SIDE = 64
PICTURES = {name: samples.load(name, size=SIDE) for name in samples.names()}
PAIRS = samples.unrelated_pairs()[::7]

each = pytest.mark.parametrize("key", METRICS)

PLAIN = {
    "differing_fraction": pixel.differing_fraction,
    "euclidean_distance": pixel.euclidean_distance,
    "mean_absolute_error": pixel.mean_absolute_error,
    "mean_squared_error": pixel.mean_squared_error,
    "root_mean_squared_error": pixel.root_mean_squared_error,
    "peak_signal_noise_ratio": lambda x, y: pixel.peak_signal_noise_ratio(x, y, data_range=255),
    "cosine_similarity": pixel.cosine_similarity,
    "normalized_cross_correlation": pixel.normalized_cross_correlation,
}


def value_or_undefined(key: str, image0: np.ndarray, image1: np.ndarray) -> float | None:
    try:
        return METRICS[key](image0, image1)
    except UndefinedMetric:
        return None


@each
def test_every_record_is_complete_and_documented(key: str) -> None:
    metric = METRICS[key]
    assert metric.key == key
    for text in (metric.title, metric.formula, metric.settings, metric.never_use_for):
        assert text.strip()
    assert metric.low < metric.high
    assert metric.low <= metric.ideal <= metric.high
    assert metric.direction in ("distance", "similarity")
    assert metric.ideal == (0 if metric.direction == "distance" else metric.high)
    assert metric.decimals > 0
    assert metric.lesson.isdigit()
    assert len(metric.lesson) == 2


def test_titles_are_told_apart() -> None:
    assert len({metric.title for metric in METRICS.values()}) == len(METRICS)


@each
def test_equal_pictures_give_exactly_the_ideal_value(key: str) -> None:
    for picture in PICTURES.values():
        assert METRICS[key](picture, picture.copy()) == METRICS[key].ideal


@each
def test_no_gallery_pair_leaves_the_range_or_reaches_the_ideal(key: str) -> None:
    metric = METRICS[key]
    for name0, name1 in PAIRS:
        value = metric(PICTURES[name0], PICTURES[name1])
        assert type(value) is float
        assert metric.low <= value <= metric.high
        assert metric.nearer(metric.ideal, value)


@each
def test_black_and_white_and_noise_stay_in_range_or_are_undefined(key: str) -> None:
    metric = METRICS[key]
    black, white = np.zeros((16, 20, 3), np.uint8), np.full((16, 20, 3), 255, np.uint8)
    noise = np.random.default_rng(6).integers(0, 256, (16, 20, 3), dtype=np.uint8)
    for image0, image1 in ((black, white), (white, black), (noise, 255 - noise), (black, noise)):
        value = value_or_undefined(key, image0, image1)
        assert value is None or metric.low <= value <= metric.high


@each
def test_the_pictures_stay_as_they_were(key: str) -> None:
    x, y = PICTURES["astronaut"].copy(), PICTURES["hopper"].copy()
    x.setflags(write=False)
    y.setflags(write=False)
    METRICS[key](x, y)
    assert np.array_equal(x, PICTURES["astronaut"])
    assert np.array_equal(y, PICTURES["hopper"])


@pytest.mark.parametrize("key", PLAIN)
def test_a_record_computes_what_its_plain_function_does(key: str) -> None:
    x, y = PICTURES["astronaut"], PICTURES["hopper"]
    if METRICS[key].colour == "grey":
        assert METRICS[key](x, y) == PLAIN[key](to_gray(x), to_gray(y))
        assert METRICS[key](x, y) != PLAIN[key](x, y)
    else:
        assert METRICS[key](x, y) == PLAIN[key](x, y)


def test_the_histogram_record_compares_frequencies_of_three_channels() -> None:
    x, y = PICTURES["astronaut"], samples.load("hopper", size=32)  # sizes may differ
    expected = math.sqrt(
        np.mean((histogram.counts(x) / SIDE**2 - histogram.counts(y) / 32**2) ** 2)
    )
    assert METRICS["histogram_rms"](x, y) == pytest.approx(expected, rel=1e-12)


@each
def test_only_metrics_that_need_one_size_refuse_two(key: str) -> None:
    x, y = PICTURES["astronaut"], samples.load("hopper", size=48)
    if METRICS[key].needs_equal_size:
        with pytest.raises(ValueError, match="must have the same shape, got"):
            METRICS[key](x, y)
    else:
        assert math.isfinite(METRICS[key](x, y))


def test_nearer_follows_the_direction_and_a_tie_is_not_nearer() -> None:
    distance, similarity = METRICS["mean_squared_error"], METRICS["cosine_similarity"]
    assert distance.nearer(1.0, 2.0)
    assert not distance.nearer(2.0, 1.0)
    assert similarity.nearer(0.9, 0.8)
    assert not similarity.nearer(0.8, 0.9)
    assert not distance.nearer(1.0, 1.0)
    assert not similarity.nearer(1.0, 1.0)
