"""Eight pixel metrics: values worked by hand, properties, outside oracles, awkward pairs."""

import math
import tracemalloc
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose
from scipy import stats
from skimage import metrics as oracle

from imglab import pixel
from imglab.validation import UndefinedMetric

FEW = settings(max_examples=20, deadline=None, derandomize=True, database=None)

Pair = tuple[np.ndarray, np.ndarray]


def psnr(image0: np.ndarray, image1: np.ndarray) -> float:
    """PSNR with the range of the dtype, so that all metrics can be called alike."""
    width = 255 if getattr(image0, "dtype", None) == np.uint8 else 1e100
    return pixel.peak_signal_noise_ratio(image0, image1, data_range=width)


DISTANCES = [
    pixel.differing_pixels,
    pixel.differing_fraction,
    pixel.euclidean_distance,
    pixel.mean_absolute_error,
    pixel.mean_squared_error,
    pixel.root_mean_squared_error,
]
SIMILARITIES = [psnr, pixel.cosine_similarity, pixel.normalized_cross_correlation]
ALL = [*DISTANCES, *SIMILARITIES]
IDEAL = dict.fromkeys(ALL, 0.0) | {
    psnr: math.inf,
    pixel.cosine_similarity: 1.0,
    pixel.normalized_cross_correlation: 1.0,
}
each_metric = pytest.mark.parametrize("metric", ALL)

BYTES = np.random.default_rng(0).integers(0, 256, (2, 13, 17, 3), dtype=np.uint8)


@st.composite
def byte_pairs(draw: st.DrawFn) -> Pair:
    shape = draw(hnp.array_shapes(min_dims=2, max_dims=2, max_side=7))
    shape = (*shape, 3) if draw(st.booleans()) else shape
    image = hnp.arrays(np.uint8, shape)
    return draw(image), draw(image)


@st.composite
def float_triples(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    shape = draw(hnp.array_shapes(min_dims=2, max_dims=2, max_side=6))
    image = hnp.arrays(np.float64, shape, elements=st.floats(-1e3, 1e3, allow_subnormal=False))
    return draw(image), draw(image), draw(image)


def value_or_undefined(metric: Callable[..., float], *pair: np.ndarray) -> float | None:
    try:
        return metric(*pair)
    except UndefinedMetric:
        return None


# --- worked by hand --------------------------------------------------------------------------
#  x = 10 20 30     y = 13 16 30     x - y = -3  4   0     |x - y|   = 3  4  0
#      40 50 60         40 62 55              0 -12  5     squares   = 9 16 0 / 0 144 25: sum 194
X = np.array([[10, 20, 30], [40, 50, 60]], dtype=np.uint8)
Y = np.array([[13, 16, 30], [40, 62, 55]], dtype=np.uint8)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (pixel.differing_pixels, 4),
        (pixel.differing_fraction, 4 / 6),
        (pixel.euclidean_distance, 13.92838827718412),  # sqrt(194)
        (pixel.mean_absolute_error, 4.0),  # (3 + 4 + 0 + 0 + 12 + 5) / 6 = 24 / 6
        (pixel.mean_squared_error, 32.333333333333336),  # 194 / 6
        (pixel.root_mean_squared_error, 5.686240703077327),  # sqrt(194 / 6)
        # 10 log10(65025 * 6 / 194) = 10 log10(2011.0824742) = 33.0342988132
        (psnr, 33.0342988132),
        # x.y = 130+320+900+1600+3100+3300 = 9350; x.x = 9100; y.y = 169+256+900+1600+3844+3025
        # = 9794; 9350 / sqrt(9100 * 9794) = 9350 / 9440.624979 = 0.9904005318
        (pixel.cosine_similarity, 0.9904005318),
        # means 35 and 36: x.y - 6*35*36 = 9350 - 7560 = 1790; x.x - 6*35**2 = 1750;
        # y.y - 6*36**2 = 2018; 1790 / sqrt(1750 * 2018) = 1790 / 1879.228565 = 0.9525185139
        (pixel.normalized_cross_correlation, 0.9525185139),
    ],
)
def test_a_pair_of_six_pixels_gives_the_value_worked_by_hand(
    metric: Callable[..., float], expected: float
) -> None:
    assert metric(X, Y) == pytest.approx(expected, rel=1e-10)


def test_a_pixel_counts_once_however_many_of_its_channels_differ() -> None:
    x = np.zeros((2, 2, 3), dtype=np.uint8)
    y = x.copy()
    y[0, 0] = (1, 2, 3)  # three channels of one pixel
    y[1, 1, 2] = 1  # one channel of another
    assert pixel.differing_pixels(x, y) == 2
    assert pixel.differing_fraction(x, y) == 0.5  # 2 of 4 pixels, not 4 of 12 values


def test_the_tolerance_itself_is_still_equal() -> None:
    assert pixel.differing_pixels(X, Y, tolerance=3) == 3  # 4, 12 and 5 exceed 3; 3 does not
    assert pixel.differing_pixels(X, Y, tolerance=12) == 0
    assert pixel.differing_fraction(X, Y, tolerance=4.5) == 2 / 6  # 12 and 5


def test_a_difference_of_eight_bit_values_does_not_wrap_around() -> None:
    x, y = np.array([[10, 0]], dtype=np.uint8), np.array([[20, 255]], dtype=np.uint8)
    # uint8 arithmetic says 246 and 1; the differences are 10 and 255
    assert pixel.mean_absolute_error(x, y) == 132.5  # (10 + 255) / 2
    assert pixel.mean_squared_error(x, y) == 32562.5  # (100 + 65025) / 2


@pytest.mark.parametrize("dtype", [np.uint16, np.int16, np.uint32, np.int64, np.float32])
def test_every_dtype_is_widened_before_it_is_subtracted(dtype: type) -> None:
    x, y = np.array([[10, 30000]], dtype=dtype), np.array([[20, 0]], dtype=dtype)
    assert pixel.mean_squared_error(x, y) == 450000050.0  # (100 + 900000000) / 2
    assert pixel.mean_absolute_error(x, y) == 15005.0  # (10 + 30000) / 2


def test_black_against_white_is_the_far_end_of_every_range() -> None:
    black, white = np.zeros((5, 7), dtype=np.uint8), np.full((5, 7), 255, dtype=np.uint8)
    assert pixel.mean_squared_error(black, white) == 65025.0
    assert pixel.root_mean_squared_error(black, white) == 255.0
    assert psnr(black, white) == 0.0
    assert pixel.differing_fraction(black, white) == 1.0


def test_the_euclidean_distance_doubles_with_the_side_and_the_rmse_stays() -> None:
    x, y = BYTES
    big_x, big_y = (image.repeat(2, axis=0).repeat(2, axis=1) for image in (x, y))
    assert_allclose(
        pixel.euclidean_distance(big_x, big_y), 2 * pixel.euclidean_distance(x, y), rtol=1e-12
    )
    assert_allclose(
        pixel.root_mean_squared_error(big_x, big_y),
        pixel.root_mean_squared_error(x, y),
        rtol=1e-12,
    )


# --- properties ------------------------------------------------------------------------------


@each_metric
@FEW
@given(pair=byte_pairs())
def test_equal_pictures_give_exactly_the_ideal_value(
    metric: Callable[..., float], pair: Pair
) -> None:
    assert value_or_undefined(metric, pair[0], pair[0].copy()) in (IDEAL[metric], None)


@each_metric
@FEW
@given(pair=byte_pairs())
def test_the_order_of_the_pictures_does_not_matter(
    metric: Callable[..., float], pair: Pair
) -> None:
    x, y = pair
    assert value_or_undefined(metric, x, y) == value_or_undefined(metric, y, x)


@each_metric
@FEW
@given(pair=byte_pairs())
def test_the_value_is_a_plain_number_in_its_range(metric: Callable[..., float], pair: Pair) -> None:
    value = value_or_undefined(metric, *pair)
    if value is None:
        return
    assert type(value) in (int, float)
    low, high = {
        pixel.differing_fraction: (0, 1),
        pixel.mean_absolute_error: (0, 255),
        pixel.mean_squared_error: (0, 65025),
        pixel.root_mean_squared_error: (0, 255),
        pixel.cosine_similarity: (0, 1),
        pixel.normalized_cross_correlation: (-1, 1),
    }.get(metric, (0, math.inf))
    assert low <= value <= high


@each_metric
@FEW
@given(pair=byte_pairs())
def test_only_equal_pictures_have_distance_zero_or_infinite_psnr(
    metric: Callable[..., float], pair: Pair
) -> None:
    if metric in (*DISTANCES, psnr):
        assert (metric(*pair) == IDEAL[metric]) == np.array_equal(*pair)


@each_metric
@FEW
@given(pair=byte_pairs(), turns=st.integers(0, 3), flip=st.booleans())
def test_turning_or_mirroring_both_changes_nothing(
    metric: Callable[..., float], pair: Pair, turns: int, flip: bool
) -> None:
    x, y = (np.rot90(image[:, ::-1] if flip else image, turns) for image in pair)
    before, after = value_or_undefined(metric, *pair), value_or_undefined(metric, x, y)
    if before is None:
        assert after is None
    else:
        assert after == pytest.approx(before, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(
    "metric",
    [pixel.euclidean_distance, pixel.root_mean_squared_error, pixel.mean_absolute_error],
)
@FEW
@given(triple=float_triples())
def test_the_detour_is_never_shorter(
    metric: Callable[..., float], triple: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> None:
    x, y, z = triple
    direct, detour = metric(x, z), metric(x, y) + metric(y, z)
    assert direct <= detour + 1e-9 * max(1.0, detour)


def test_counterexample_the_mse_breaks_the_triangle_inequality() -> None:
    x, y, z = [[0]], [[1]], [[2]]
    # direct 2**2 = 4; by way of y 1 + 1 = 2
    assert pixel.mean_squared_error(x, z) == 4.0
    assert pixel.mean_squared_error(x, y) + pixel.mean_squared_error(y, z) == 2.0


@FEW
@given(triple=float_triples(), gain=st.floats(0.1, 10))
def test_the_cosine_is_blind_to_gain(
    triple: tuple[np.ndarray, np.ndarray, np.ndarray], gain: float
) -> None:
    x, y, _ = triple
    before = value_or_undefined(pixel.cosine_similarity, x, y)
    after = value_or_undefined(pixel.cosine_similarity, gain * x, y)
    assert (before is None) == (after is None)
    if before is not None:
        assert after == pytest.approx(before, abs=1e-12)


def test_parallel_pictures_never_exceed_one() -> None:
    # rounding alone would carry some of these a little beyond 1
    for seed in range(200):
        x = np.random.default_rng(seed).random((3, 5))
        assert pixel.cosine_similarity(x, 0.7 * x) <= 1.0
        assert pixel.normalized_cross_correlation(x, -0.3 * x) >= -1.0


def test_ncc_is_blind_to_gain_and_offset_of_floats() -> None:
    x, y = BYTES[..., 0].astype(np.float64)
    ncc = pixel.normalized_cross_correlation
    assert_allclose(ncc(3.5 * x - 20, y), ncc(x, y), atol=1e-12)
    assert_allclose(ncc(-x, y), -ncc(x, y), atol=1e-12)
    assert ncc(x, 255 - x) == pytest.approx(-1.0, abs=1e-12)


def test_counterexample_the_cosine_feels_an_offset() -> None:
    # cos((0, 1), (1, 0)) = 0; with 1 added to both (1*2 + 2*1) / 5 = 0.8
    assert pixel.cosine_similarity([[0, 1]], [[1, 0]]) == 0.0
    assert pixel.cosine_similarity([[1, 2]], [[2, 1]]) == pytest.approx(0.8)


def test_counterexample_rounding_to_bytes_moves_ncc_under_gain() -> None:
    x, y = BYTES[..., 0]
    darker = np.rint(x * 0.02).astype(np.uint8)  # only six levels are left
    gap = abs(
        pixel.normalized_cross_correlation(darker, y) - pixel.normalized_cross_correlation(x, y)
    )
    assert gap > 1e-4


# --- oracles ---------------------------------------------------------------------------------


@pytest.mark.parametrize("pair", [BYTES, BYTES[..., 1]], ids=["RGB", "grey"])
def test_scikit_image_agrees(pair: np.ndarray) -> None:
    x, y = pair
    assert_allclose(pixel.mean_squared_error(x, y), oracle.mean_squared_error(x, y), rtol=1e-12)
    assert_allclose(
        pixel.peak_signal_noise_ratio(x, y, data_range=255),
        oracle.peak_signal_noise_ratio(x, y, data_range=255),
        rtol=1e-12,
    )
    # NRMSE "euclidean" is ||x - y|| / ||x||; "min-max" is RMSE over the span of x
    norm_of_x = math.sqrt(float((x.astype(np.float64) ** 2).sum()))
    assert_allclose(
        pixel.euclidean_distance(x, y) / norm_of_x,
        oracle.normalized_root_mse(x, y, normalization="euclidean"),
        rtol=1e-12,
    )
    assert_allclose(
        pixel.root_mean_squared_error(x, y) / (float(x.max()) - float(x.min())),
        oracle.normalized_root_mse(x, y, normalization="min-max"),
        rtol=1e-12,
    )


@pytest.mark.parametrize("pair", [BYTES, BYTES[..., 1]], ids=["RGB", "grey"])
def test_opencv_agrees(pair: np.ndarray) -> None:
    x, y = (np.ascontiguousarray(image) for image in pair)
    assert_allclose(pixel.euclidean_distance(x, y), cv2.norm(x, y, cv2.NORM_L2), rtol=1e-12)
    assert_allclose(
        pixel.mean_absolute_error(x, y), cv2.norm(x, y, cv2.NORM_L1) / x.size, rtol=1e-12
    )
    assert_allclose(psnr(x, y), cv2.PSNR(x, y), rtol=1e-12)
    apart = cv2.absdiff(x, y).reshape(13 * 17, -1).max(axis=1)
    assert pixel.differing_pixels(x, y, tolerance=60) == np.count_nonzero(apart > 60)


@pytest.mark.parametrize("pair", [BYTES, BYTES[..., 1]], ids=["RGB", "grey"])
def test_numpy_and_scipy_agree_on_the_correlation(pair: np.ndarray) -> None:
    x, y = pair
    ncc = pixel.normalized_cross_correlation(x, y)
    assert_allclose(ncc, np.corrcoef(x.ravel(), y.ravel())[0, 1], atol=1e-12)
    assert_allclose(ncc, stats.pearsonr(x.ravel(), y.ravel()).statistic, atol=1e-12)
    a, b = (image.ravel().astype(np.float64) for image in pair)
    angle = 2 * math.atan2(  # Kahan's formula: no product of x and y
        float(np.linalg.norm(a / np.linalg.norm(a) - b / np.linalg.norm(b))),
        float(np.linalg.norm(a / np.linalg.norm(a) + b / np.linalg.norm(b))),
    )
    assert_allclose(pixel.cosine_similarity(x, y), math.cos(angle), atol=1e-12)


# --- awkward pairs ---------------------------------------------------------------------------

RANDOM = np.random.default_rng(1).random((5, 7))
AWKWARD: dict[str, Pair] = {
    "constant": (np.full((4, 6), 9, np.uint8), np.full((4, 6), 7, np.uint8)),
    "black and white": (np.zeros((4, 6), np.uint8), np.full((4, 6), 255, np.uint8)),
    "black twice": (np.zeros((4, 6), np.uint8), np.zeros((4, 6), np.uint8)),
    "1x1": (np.array([[3]], np.uint8), np.array([[200]], np.uint8)),
    "1x1 RGB": (np.array([[[3, 3, 4]]], np.uint8), np.array([[[3, 200, 3]]], np.uint8)),
    "1xN": (BYTES[0, :1, :, 0], BYTES[1, :1, :, 0]),
    "Nx1": (BYTES[0, :, :1, 0], BYTES[1, :, :1, 0]),
    "almost constant": (np.array([[0.1, np.nextafter(0.1, 1)]]), np.array([[0.1, 0.2]])),
    "constant of an inexact mean": (np.full((5, 7), 0.1), RANDOM),
    "huge": (RANDOM * 1e100, RANDOM[::-1] * 1e100),
    "tiny": (RANDOM * 1e-300, RANDOM[::-1] * 1e-300),
    "subnormal": (np.full((1, 2), 5e-324), np.array([[5e-324, 1e-323]])),
    "huge beside tiny": (np.array([[1e100, 1e-300]]), np.array([[1e100, 2e-300]])),
    "half precision": (RANDOM.astype(np.float16), RANDOM[::-1].astype(np.float16)),
    "single precision": (RANDOM.astype(np.float32) * 3e38, RANDOM[::-1].astype(np.float32)),
    "signed": (np.array([[-128, 127]], np.int8), np.array([[127, -128]], np.int8)),
    "64-bit integers": (np.array([[2**53, 0]]), np.array([[2**53 - 1, 0]])),
}


@each_metric
@pytest.mark.parametrize("pair", AWKWARD.values(), ids=AWKWARD.keys())
def test_an_awkward_pair_gives_a_finite_number_or_one_clear_reason(
    metric: Callable[..., float], pair: Pair
) -> None:
    value = value_or_undefined(metric, *pair)
    if value is None:  # the reasons are tested below
        assert metric in (pixel.cosine_similarity, pixel.normalized_cross_correlation)
        return
    equal = np.array_equal(*pair)
    assert math.isfinite(value) or (metric is psnr and equal)
    if metric in (pixel.euclidean_distance, pixel.root_mean_squared_error):
        assert (value == 0) == equal  # the squares of tiny differences do not vanish


def test_tiny_differences_keep_their_length() -> None:
    # 3-4-5 at the scale of 1e-200, whose squares are 0 in float64
    assert pixel.euclidean_distance([[3e-200, 0.0]], [[0.0, 4e-200]]) == pytest.approx(5e-200)
    rmse = pixel.root_mean_squared_error([[3e-200, 0.0]], [[0.0, 4e-200]])
    assert rmse == pytest.approx(5e-200 / math.sqrt(2))
    # 20 log10(1 / 1e-200) = 4000
    decibels = pixel.peak_signal_noise_ratio([[0.0]], [[1e-200]], data_range=1)
    assert decibels == pytest.approx(4000)


@pytest.mark.parametrize(
    ("metric", "pair", "message"),
    [
        (pixel.cosine_similarity, "black and white", "cosine similarity .* 0 everywhere"),
        (pixel.cosine_similarity, "black twice", "cosine similarity .* 0 everywhere"),
        (pixel.normalized_cross_correlation, "constant", "cross-correlation .* constant picture"),
        (pixel.normalized_cross_correlation, "1x1", "cross-correlation .* constant picture"),
        (
            pixel.normalized_cross_correlation,
            "constant of an inexact mean",
            "cross-correlation .* constant picture",
        ),
    ],
)
def test_a_quantity_that_does_not_exist_says_why(
    metric: Callable[..., float], pair: str, message: str
) -> None:
    with pytest.raises(UndefinedMetric, match=message):
        metric(*AWKWARD[pair])
    with pytest.raises(UndefinedMetric, match=message):
        metric(*reversed(AWKWARD[pair]))


@each_metric
@pytest.mark.parametrize(
    ("image0", "image1", "message"),
    [
        (np.zeros((16, 16)), np.zeros((16, 17)), r"same shape, got \(16, 16\) and \(16, 17\)"),
        (np.zeros((2, 2), np.uint8), np.zeros((2, 2)), "same dtype, got uint8 and float64"),
        (np.array([[np.nan]]), np.array([[1.0]]), "finite values"),
        (np.array([[1.0]]), np.array([[np.inf]]), "finite values"),
        (np.zeros((0, 3)), np.zeros((0, 3)), "at least one pixel"),
        (np.zeros((2, 2), bool), np.zeros((2, 2), bool), "integers or floats"),
        (np.zeros((2, 2, 4)), np.zeros((2, 2, 4)), r"shape \(H, W\) or \(H, W, 3\)"),
        ([[1, 2], [3]], [[1, 2], [3]], "rows of one length"),
    ],
)
def test_a_pair_that_cannot_be_compared_is_refused_by_every_metric(
    metric: Callable[..., float], image0: np.ndarray, image1: np.ndarray, message: str
) -> None:
    with pytest.raises(ValueError, match=message) as error:
        metric(image0, image1)
    assert not isinstance(error.value, UndefinedMetric)


@each_metric
def test_inputs_are_read_only_and_stay_as_they_were(metric: Callable[..., float]) -> None:
    x, y = (image.copy() for image in BYTES)
    x.setflags(write=False)
    y.setflags(write=False)
    metric(x, y)
    assert np.array_equal(x, BYTES[0])
    assert np.array_equal(y, BYTES[1])


@each_metric
def test_the_layout_in_memory_does_not_matter(metric: Callable[..., float]) -> None:
    x, y = BYTES
    views = (np.asfortranarray(x), y[::-1, ::-1][::-1, ::-1])  # other strides, also negative
    assert metric(*views) == pytest.approx(metric(x, y), rel=1e-13)
    wide = np.zeros((13, 34, 3), dtype=np.uint8)
    wide[:, ::2] = x  # every second column of a wider array
    assert metric(wide[:, ::2], y) == metric(x, y)


def test_sums_over_bytes_are_exact_however_large_and_laid_out() -> None:
    x, y = np.random.default_rng(5).integers(0, 256, (2, 1500, 700, 3), dtype=np.uint8)
    layouts = ((x, y), (x[::-1, ::2], y[::-1, ::2]), (x[..., 1], y[..., 1]), (x.T[0], y.T[0]))
    for a, b in layouts:
        wide_a, wide_b = a.astype(np.int64), b.astype(np.int64)
        xy, xx, yy = (int((p * q).sum()) for p, q in product_pairs(wide_a, wide_b))
        squares, absolutes = int(((wide_a - wide_b) ** 2).sum()), int(np.abs(wide_a - wide_b).sum())
        assert pixel.mean_squared_error(a, b) == squares / a.size
        assert pixel.mean_absolute_error(a, b) == absolutes / a.size
        assert pixel.euclidean_distance(a, b) == math.sqrt(squares)
        assert pixel.cosine_similarity(a, b) == pytest.approx(xy / math.sqrt(xx * yy), rel=1e-15)


def product_pairs(x: np.ndarray, y: np.ndarray) -> list[Pair]:
    """Return what is multiplied in a cosine: x y, x x and y y."""
    return [(x, y), (x, x), (y, y)]


@each_metric
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_nothing_as_large_as_the_pictures_is_made(
    metric: Callable[..., float], dtype: type
) -> None:
    x, y = (np.random.default_rng(6).random((2, 1000, 1000, 3)) * 255).astype(dtype)
    metric(x[:9], y[:9])  # what is imported at the first call is not counted
    tracemalloc.start()
    metric(x, y)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 3_000_000  # as many bytes as values: ten parts of 2**15 values in float64


def test_bad_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="tolerance must be 0 or more, got -1; pass"):
        pixel.differing_pixels(X, Y, tolerance=-1)
    with pytest.raises(ValueError, match="tolerance must be 0 or more, got nan"):
        pixel.differing_fraction(X, Y, tolerance=math.nan)
    with pytest.raises(ValueError, match="data_range must be positive and finite, got 0"):
        pixel.peak_signal_noise_ratio(X, Y, data_range=0)
    with pytest.raises(ValueError, match="at most data_range 1, got 52; pass the range"):
        pixel.peak_signal_noise_ratio(X, Y, data_range=1)  # 62 - 10
    with pytest.raises(TypeError, match="data_range"):
        pixel.peak_signal_noise_ratio(X, Y)
    with pytest.raises(ValueError, match="reference and distorted must have the same shape"):
        pixel.peak_signal_noise_ratio(X, Y[:1], data_range=255)
