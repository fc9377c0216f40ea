"""One table: every metric on every awkward pair gives a number, or one sentence.

Rows are pairs, columns the metrics: the plain functions on grey values of any dtype, and the
records of the catalogue on RGB bytes. A number is finite, except PSNR of equal pictures, which
is infinite. A sentence is one line of a `ValueError`. Nothing warns (pytest makes a warning an
error), and no picture is changed.
"""

import math
import re
from collections.abc import Callable

import numpy as np
import pytest

from imglab import histogram, keypoints, pixel, samples, ssim
from imglab.catalogue import DEEP_METRICS, METRICS
from imglab.validation import UndefinedMetric

Pair = tuple[object, object]
NEEDS_DEEP = [pytest.param(key, marks=pytest.mark.deep) for key in DEEP_METRICS]
POINTS = ("orb_inliers", "sift_inliers")

PHOTO = samples.load("astronaut", size=192)
OTHER = PHOTO // 2 + samples.load("hopper", size=192) // 2  # near enough for multi-scale SSIM
GREY, GREY_OTHER = PHOTO[..., 1].copy(), OTHER[..., 1].copy()


def flat(value: int, *shape: int) -> np.ndarray:
    return np.full(shape or (170, 180), value, np.uint8)


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


# Of each pair: may a metric take it at all, and are the two equal?
ACCEPTED: dict[str, tuple[np.ndarray, np.ndarray]] = {
    "identical": (GREY, GREY.copy()),
    "one object": (GREY, GREY),
    "black twice": (flat(0), flat(0)),
    "white twice": (flat(255), flat(255)),
    "black and white": (flat(0), flat(255)),
    "constant twice": (flat(90), flat(90)),
    "two constants": (flat(90), flat(91)),
    "constant and photograph": (flat(90, 192, 192), GREY),
    "one pixel differs": (
        flat(90),
        np.pad(flat(91, 1, 1), ((0, 169), (0, 179)), constant_values=90),
    ),
    "a picture and its negative": (GREY, 255 - GREY),
    "checkerboard and its negative": (
        np.uint8(255) * (np.indices((170, 180)).sum(0) % 2).astype(np.uint8),
        np.uint8(255) * (np.indices((170, 180)).sum(0) % 2 == 0).astype(np.uint8),
    ),
    "1 x 1": (noise(1, 1), noise(1, 1, seed=1)),
    "1 x 1, equal": (noise(1, 1), noise(1, 1)),
    "one row": (noise(1, 300), noise(1, 300, seed=1)),
    "one column": (noise(300, 1), noise(300, 1, seed=1)),
    "2 x 2": (noise(2, 2), noise(2, 2, seed=1)),
    "under every window": (noise(6, 6), noise(6, 6, seed=1)),
    "under Wang's window": (noise(10, 11), noise(10, 11, seed=1)),
    "one of Wang's windows": (noise(11, 11), noise(11, 11, seed=1)),
    "under the fifth scale": (noise(160, 170), noise(160, 170, seed=1)),
    "as narrow as 3 x 4000": (noise(3, 4000), noise(3, 4000, seed=1)),
    "as narrow as 4000 x 12": (noise(4000, 12), noise(4000, 12, seed=1)),
}
# Views and other memory: the value must be that of a plain copy.
LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "read-only": lambda x: np.lib.stride_tricks.as_strided(x, writeable=False),
    "Fortran order": np.asfortranarray,
    "every second pixel": lambda x: np.repeat(np.repeat(x, 2, 0), 2, 1)[::2, ::2],
    "negative strides": lambda x: x[::-1, ::-1].copy()[::-1, ::-1],
    "not aligned": lambda x: (
        np.frombuffer(b"\0" + x.tobytes(), x.dtype, offset=1).reshape(x.shape)
        if x.dtype.itemsize == 1
        else x
    ),
    "a subclass": lambda x: x.view(type("Picture", (np.ndarray,), {})),
}
REFUSED: dict[str, tuple[object, object, str]] = {
    "sizes differ": (GREY, GREY[:, 1:], "same shape"),
    "would broadcast": (GREY[:1], GREY, "same shape"),
    "nan": (np.where(GREY > 250, np.nan, GREY), GREY * 1.0, "finite|uint8"),
    "nan in the second": (GREY * 1.0, np.where(GREY > 250, np.nan, GREY), "finite|uint8"),
    "inf": (np.where(GREY > 250, np.inf, GREY), GREY * 1.0, "finite|uint8"),
    "1e200": (GREY * 1e200, GREY * 1e200, "finite|uint8"),
    "booleans": (GREY > 9, GREY > 99, "integers or floats"),
    "complex": (GREY * 1j, GREY * 1j, "integers or floats"),
    "texts": (GREY.astype(str), GREY.astype(str), "integers or floats"),
    "objects": (GREY.astype(object), GREY.astype(object), "integers or floats"),
    "none": (None, GREY, "integers or floats"),
    "dates": (GREY.astype("M8[s]"), GREY.astype("M8[s]"), "integers or floats"),
    "two dtypes": (GREY, GREY * 1.0, "same dtype|uint8"),
    "channels missing": (PHOTO[..., :2], OTHER[..., :2], "shape"),
    "one channel": (PHOTO[..., :1], OTHER[..., :1], "shape"),
    "with alpha": (np.dstack([PHOTO, GREY]), np.dstack([OTHER, GREY]), "shape"),
    "channels first": (PHOTO.transpose(2, 0, 1), OTHER.transpose(2, 0, 1), "shape"),
    "a stack": (PHOTO[None], OTHER[None], "shape"),
    "a list of numbers": ([1, 2, 3], [1, 2, 3], "shape"),
    "ragged": ([[1, 2], [3]], [[1, 2], [3]], "rows of one length|uint8"),
    "nothing": (GREY[:0], GREY[:0], "at least one pixel"),
    "no columns": (GREY[:, :0], GREY[:, :0], "at least one pixel"),
    "integers beyond floats": (
        GREY.astype(np.int64) + 2**60,
        GREY.astype(np.int64) + 2**60,
        "53|uint8",
    ),
    "masked": (np.ma.masked_greater(GREY, 250), np.ma.masked_greater(GREY, 250), "masked"),
}


def histogram_of(distance: Callable[..., float]) -> Callable[..., float]:
    return lambda x, y: distance(histogram.frequencies(x), histogram.frequencies(y))


def count_of(detector: keypoints.Detector) -> Callable[..., float]:
    return lambda x, y: float(keypoints.match(x, y, detector=detector, seed=0).distinct)


# Every metric on grey values; those of bytes alone refuse other dtypes.
FUNCTIONS: dict[str, Callable[..., float]] = {
    "differing_pixels": pixel.differing_pixels,
    "differing_fraction": pixel.differing_fraction,
    "euclidean_distance": pixel.euclidean_distance,
    "mean_absolute_error": pixel.mean_absolute_error,
    "mean_squared_error": pixel.mean_squared_error,
    "root_mean_squared_error": pixel.root_mean_squared_error,
    "psnr": lambda x, y: pixel.peak_signal_noise_ratio(x, y, data_range=255),
    "cosine_similarity": pixel.cosine_similarity,
    "ncc": pixel.normalized_cross_correlation,
    "ssim": lambda x, y: ssim.structural_similarity(x, y, data_range=255),
    "ssim, flat": lambda x, y: ssim.structural_similarity(x, y, data_range=255, window="flat"),
    "ssim, least of its map": lambda x, y: float(
        ssim.structural_similarity_map(x, y, data_range=255).min()
    ),
    "ssim, structure": lambda x, y: float(
        ssim.structural_similarity_components(x, y, data_range=255).structure.mean()
    ),
    "ms_ssim": lambda x, y: ssim.multiscale_structural_similarity(x, y, data_range=255),
    "histogram rms": histogram_of(histogram.root_mean_square),
    "histogram intersection": histogram_of(histogram.intersection),
    "histogram chi-square": histogram_of(histogram.chi_square),
    "histogram chi-square, symmetric": histogram_of(histogram.chi_square_symmetric),
    "histogram hellinger": histogram_of(histogram.hellinger),
    "histogram earth mover's": histogram_of(histogram.earth_movers),
    "orb": count_of("orb"),
    "sift": count_of("sift"),
}
BYTES_ALONE = {name for name in FUNCTIONS if name.startswith(("histogram", "orb", "sift"))}
ANY_SIZES = BYTES_ALONE

# Where the quantity does not exist, and where a picture is too small: what the sentence says.
SMALL = {"ssim": 11, "ssim, least of its map": 11, "ssim, structure": 11, "ssim, flat": 7}
SMALL |= {"ms_ssim": 161}


def must_say(name: str, x: np.ndarray, y: np.ndarray) -> str | None:
    """Return what the sentence must hold, or None where there must be a number."""
    if min(x.shape[:2]) < SMALL.get(name, 1):
        return f"at least {SMALL[name]} pixels a side, got"
    if name == "cosine_similarity" and not (x.any() and y.any()):
        return "0 everywhere"
    if name == "ncc" and (np.ptp(x) == 0 or np.ptp(y) == 0):
        return "constant picture"
    return None


def outcome(function: Callable[..., float], x: object, y: object) -> float | str:
    """Return the number or the sentence, after looking at either and at the pictures."""
    before = [np.array(image, copy=True, subok=True) for image in (x, y) if hasattr(image, "dtype")]
    try:
        value: float | str = function(x, y)
    except ValueError as error:
        value = str(error)
        assert "\n" not in value
        assert 10 < len(value) <= 300
    else:
        assert isinstance(value, int | float)
        assert not math.isnan(value)
    after = [image for image in (x, y) if hasattr(image, "dtype")]
    for was, now in zip(before, after, strict=True):
        assert np.asarray(was).tobytes() == np.asarray(now).tobytes()
    return value


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("kind", ACCEPTED)
def test_a_function_on_an_awkward_pair(kind: str, name: str) -> None:
    x, y = ACCEPTED[kind]
    value, sentence = outcome(FUNCTIONS[name], x, y), must_say(name, x, y)
    if sentence:
        assert isinstance(value, str)
        assert sentence in value
    elif name == "ms_ssim" and isinstance(value, str):
        assert "does not exist for this pair" in value  # the mean of a scale may be negative
    else:
        assert math.isinf(value) == (name == "psnr" and np.array_equal(x, y))


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_in_memory_changes_no_value(layout: str, name: str) -> None:
    plain = pytest.approx(FUNCTIONS[name](GREY, GREY_OTHER), rel=1e-12)  # sums in another order
    assert outcome(FUNCTIONS[name], LAYOUTS[layout](GREY), LAYOUTS[layout](GREY_OTHER)) == plain
    assert outcome(FUNCTIONS[name], LAYOUTS[layout](GREY), GREY_OTHER) == plain


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - BYTES_ALONE))
@pytest.mark.parametrize("dtype", ["u2", "i2", "i4", "i8", "u8", "f2", "f4", "f8", ">f8", ">i4"])
def test_a_dtype_that_holds_the_bytes_changes_no_value(dtype: str, name: str) -> None:
    # f2 holds whole numbers up to 2048
    x, y = GREY.astype(dtype), GREY_OTHER.astype(dtype)
    of_bytes = FUNCTIONS[name](GREY, GREY_OTHER)  # exact in integers; floats add up in an order
    assert outcome(FUNCTIONS[name], x, y) == pytest.approx(of_bytes, rel=1e-14)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_pair_gets_one_sentence(kind: str, name: str) -> None:
    x, y, words = REFUSED[kind]
    value = outcome(FUNCTIONS[name], x, y)
    if name in ANY_SIZES and kind in ("sizes differ", "would broadcast"):
        assert not isinstance(value, str)  # counts and keypoints need no one size
    else:
        assert isinstance(value, str)
        assert re.search(f"{words}|grey", value)  # keypoints ask for a grey picture first


# The catalogue, on RGB bytes


@pytest.mark.parametrize("key", [*METRICS, *NEEDS_DEEP])
@pytest.mark.parametrize("kind", ACCEPTED)
def test_a_record_of_the_catalogue_on_an_awkward_pair(kind: str, key: str) -> None:
    metric = {**METRICS, **DEEP_METRICS}[key]
    x, y = (np.repeat(image[..., None], 3, axis=2) for image in ACCEPTED[kind])
    value = outcome(metric, x, y)
    if isinstance(value, str):
        too_small = min(x.shape[:2]) < metric.smallest
        with pytest.raises(ValueError if too_small else UndefinedMetric):
            metric(x, y)
        return
    assert type(value) is float
    assert metric.low <= value <= metric.high
    assert math.isinf(value) == (key == "peak_signal_noise_ratio" and np.array_equal(x, y))
    if np.array_equal(x, y) and metric.ideal is not None:
        assert value == metric.ideal


@pytest.mark.parametrize("key", [*METRICS, *NEEDS_DEEP])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_record_sees_no_layout(layout: str, key: str) -> None:
    metric, change = {**METRICS, **DEEP_METRICS}[key], LAYOUTS[layout]
    plain = pytest.approx(metric(PHOTO, OTHER), rel=1e-12 if key in METRICS else 1e-4)
    assert outcome(metric, change(PHOTO), change(OTHER)) == plain


@pytest.mark.parametrize("key", [*METRICS, *NEEDS_DEEP])
@pytest.mark.parametrize("kind", REFUSED)
def test_a_record_refuses_what_is_no_pair_in_one_sentence(kind: str, key: str) -> None:
    x, y, words = REFUSED[kind]
    value = outcome({**METRICS, **DEEP_METRICS}[key], x, y)
    if key == "histogram_rms" and kind in ("sizes differ", "would broadcast"):
        assert not isinstance(value, str)  # it has nothing against grey pictures of two sizes
        return
    assert isinstance(value, str)
    assert re.search(f"{words}|RGB|\\(H, W, 3\\)", value)


@pytest.mark.parametrize("key", [*METRICS, *NEEDS_DEEP])
@pytest.mark.parametrize("dtype", ["u2", "i2", "f4", "f8", "i8"])
def test_a_record_takes_bytes_or_gives_the_value_of_the_bytes(dtype: str, key: str) -> None:
    metric = {**METRICS, **DEEP_METRICS}[key]
    value = outcome(metric, PHOTO.astype(dtype), OTHER.astype(dtype))
    if key == "differing_fraction":  # equal or not: in any numbers the same
        assert value == metric(PHOTO, OTHER)
    else:
        assert isinstance(value, str)
        assert "uint8" in value


@pytest.mark.deep
def test_the_vector_of_a_picture_is_not_taken_for_other_numbers() -> None:
    metric = DEEP_METRICS["cnn_cosine"]
    metric(PHOTO, OTHER)  # kept, by the bytes
    with pytest.raises(ValueError, match=r"uint8, got .* int8"):
        metric(PHOTO.view(np.int8), OTHER.view(np.int8))  # the same bytes
