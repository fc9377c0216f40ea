"""What holds of every metric, every change, the gate and the table, whatever the picture.

Hypothesis looks for a picture that breaks a sentence. The sentences that do not hold, though
they sound as if they did, stand at the end, each with its counterexample worked by hand.
"""

import io
import json
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from PIL import Image

from imglab import histogram, pixel, samples, ssim, to_gray
from imglab.catalogue import METRICS
from imglab.comparison import compare
from imglab.distortions import DISTORTIONS
from imglab.image import encode_png, load_bytes, resize
from imglab.validation import UndefinedMetric

FEW = settings(max_examples=25, deadline=None, derandomize=True, database=None)
FEWER = settings(max_examples=8, deadline=None, derandomize=True, database=None)
POINTS = ("orb_inliers", "sift_inliers")
PLAIN = [key for key in METRICS if key not in (*POINTS, "ms_ssim")]
each_plain = pytest.mark.parametrize("key", PLAIN)
each_change = pytest.mark.parametrize("change", DISTORTIONS)


@st.composite
def stacks(draw: st.DrawFn, count: int = 2, least: int = 11, most: int = 20) -> np.ndarray:
    """Draw RGB pictures of one size: noise, few levels, one dot, or constant."""
    shape = (count, draw(st.integers(least, most)), draw(st.integers(least, most)), 3)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    pictures = rng.integers(0, 256, shape, dtype=np.uint8)
    for picture in pictures:
        kind = draw(st.sampled_from(["noise", "noise", "levels", "dot", "flat", "ramp"]))
        if kind == "levels":
            picture[:] = picture // 64 * draw(st.sampled_from([1, 64, 85]))
        elif kind in ("dot", "flat"):
            picture[:] = draw(st.integers(0, 255))
            picture[0, 0] += np.uint8(kind == "dot")
        elif kind == "ramp":
            picture[:] = np.linspace(0, 255, shape[2]).astype(np.uint8)[None, :, None]
    return pictures


def value_of(key: str, x: np.ndarray, y: np.ndarray) -> float | None:
    try:
        return METRICS[key](np.ascontiguousarray(x), np.ascontiguousarray(y))
    except UndefinedMetric:
        return None


def same(value: float | None, other: float | None, tolerance: float) -> bool:
    if value is None or other is None or math.isinf(value):
        return value == other
    return math.isclose(value, other, rel_tol=tolerance, abs_tol=tolerance)


# Every metric of the catalogue


@each_plain
@FEW
@given(stack=stacks())
def test_a_value_is_a_float_in_its_range_and_never_nan(key: str, stack: np.ndarray) -> None:
    metric, value = METRICS[key], value_of(key, *stack)
    if value is not None:
        assert type(value) is float
        assert metric.low <= value <= metric.high
        assert math.isfinite(value) or np.array_equal(*stack) or key != "peak_signal_noise_ratio"


@each_plain
@FEW
@given(stack=stacks(count=1))
def test_a_picture_and_its_copy_have_exactly_the_ideal_value(key: str, stack: np.ndarray) -> None:
    assert value_of(key, stack[0], stack[0].copy()) in (METRICS[key].ideal, None)


@each_plain
@FEW
@given(stack=stacks())
def test_no_pair_is_nearer_than_equal(key: str, stack: np.ndarray) -> None:
    value = value_of(key, *stack)
    assert value is None or not METRICS[key].nearer(value, METRICS[key].ideal)


@each_plain
@FEW
@given(stack=stacks())
def test_the_order_of_two_pictures_does_not_matter(key: str, stack: np.ndarray) -> None:
    assert value_of(key, *stack) == value_of(key, *stack[::-1])


@each_plain
@FEW
@given(stack=stacks(), turns=st.integers(0, 3), flip=st.booleans())
def test_turning_and_mirroring_both_changes_nothing(
    key: str, stack: np.ndarray, turns: int, flip: bool
) -> None:
    turned = [np.rot90(image[:, ::-1] if flip else image, turns) for image in stack]
    assert same(value_of(key, *stack), value_of(key, *turned), 1e-10)


@each_plain
@FEWER
@given(stack=stacks(least=7, most=16))
def test_a_pair_gives_the_same_number_again_after_other_pairs(key: str, stack: np.ndarray) -> None:
    assume(min(stack.shape[1:3]) >= METRICS[key].smallest)
    before = value_of(key, *stack)
    value_of(key, *stack[::-1])
    value_of(key, 255 - stack[0], stack[1])
    assert value_of(key, *stack) == before


@pytest.mark.parametrize("key", ["euclidean_distance", "root_mean_squared_error", "hellinger"])
@FEW
@given(stack=stacks(count=3))
def test_a_true_distance_has_no_shorter_detour(key: str, stack: np.ndarray) -> None:
    x, y, z = stack
    assert value_of(key, x, z) <= value_of(key, x, y) + value_of(key, y, z) + 1e-9


@pytest.mark.parametrize(
    "key", [key for key in PLAIN if key.startswith(("histogram", "hell", "earth", "chi"))]
)
@FEW
@given(stack=stacks(), seed=st.integers(0, 99))
def test_moving_the_pixels_of_both_changes_no_histogram(
    key: str, stack: np.ndarray, seed: int
) -> None:
    moved = [np.random.default_rng(seed).permutation(one.reshape(-1, 3)) for one in stack]
    moved = [one.reshape(stack.shape[1:]) for one in moved]
    assert value_of(key, *moved) == value_of(key, *stack)
    assert value_of(key, stack[0], moved[0]) == METRICS[key].ideal


@FEW
@given(stack=stacks())
def test_psnr_and_rmse_and_mse_tell_one_story(stack: np.ndarray) -> None:
    mse, rmse = pixel.mean_squared_error(*stack), pixel.root_mean_squared_error(*stack)
    assert rmse**2 == pytest.approx(mse, rel=1e-12)
    assert pixel.mean_absolute_error(*stack) <= rmse + 1e-9
    psnr = pixel.peak_signal_noise_ratio(*stack, data_range=255)
    assert math.isinf(psnr) == np.array_equal(*stack)
    if mse:
        assert psnr == pytest.approx(10 * math.log10(65025 / mse), abs=1e-9)


@FEW
@given(stack=stacks(), gain=st.floats(0.2, 5), offset=st.floats(-300, 300))
def test_correlation_is_blind_to_gain_and_offset_of_floats(
    stack: np.ndarray, gain: float, offset: float
) -> None:
    x, y = stack.astype(np.float64)
    assume(np.ptp(x) > 0 and np.ptp(y) > 0)
    before = pixel.normalized_cross_correlation(x, y)
    assert pixel.normalized_cross_correlation(gain * x + offset, y) == pytest.approx(
        before, abs=1e-9
    )
    assert pixel.normalized_cross_correlation(-x, y) == pytest.approx(-before, abs=1e-9)


@FEW
@given(stack=stacks(), gain=st.floats(0.01, 100))
def test_ssim_does_not_know_the_unit(stack: np.ndarray, gain: float) -> None:
    x, y = stack.astype(np.float64)
    bytes_ = ssim.structural_similarity(x, y, data_range=255)
    scaled = ssim.structural_similarity(gain * x, gain * y, data_range=255 * gain)
    assert scaled == pytest.approx(bytes_, abs=1e-9)
    assert bytes_ <= 1


# Every change


@each_change
@FEW
@given(stack=stacks(count=1, least=1), seed=st.integers(0, 2**32 - 1), data=st.data())
def test_a_change_gives_a_new_picture_of_the_same_form(
    change: str, stack: np.ndarray, seed: int, data: st.DataObject
) -> None:
    distortion, image = DISTORTIONS[change], stack[0]
    strength = data.draw(st.sampled_from(distortion.strengths))
    before = image.copy()
    changed = distortion(image, strength, seed=seed)
    assert (changed.shape, changed.dtype) == (image.shape, np.uint8)
    assert not np.shares_memory(changed, image)
    np.testing.assert_array_equal(image, before)
    np.testing.assert_array_equal(distortion(image, strength, seed=seed), changed)


@each_change
@FEW
@given(stack=stacks(count=1, least=1))
def test_the_neutral_strength_of_any_picture_changes_nothing(
    change: str, stack: np.ndarray
) -> None:
    neutral = DISTORTIONS[change].neutral
    if neutral is not None:
        np.testing.assert_array_equal(DISTORTIONS[change](stack[0], neutral), stack[0])


@pytest.mark.parametrize("change", ["mirror", "shuffle"])
@FEW
@given(stack=stacks(count=1, least=8))
def test_a_change_that_only_moves_pixels_is_unseen_by_every_histogram(
    change: str, stack: np.ndarray
) -> None:
    moved = DISTORTIONS[change](stack[0], {"mirror": 1, "shuffle": 8}[change])
    np.testing.assert_array_equal(histogram.counts(moved), histogram.counts(stack[0]))


@FEW
@given(stack=stacks(count=1))
def test_mirroring_twice_gives_the_picture_back(stack: np.ndarray) -> None:
    mirror = DISTORTIONS["mirror"]
    np.testing.assert_array_equal(mirror(mirror(stack[0], 1), 1), stack[0])


@FEW
@given(stack=stacks(count=1), level=st.integers(0, 255))
def test_a_constant_picture_stays_constant_under_all_that_moves_or_smears(
    stack: np.ndarray, level: int
) -> None:
    flat = np.full_like(stack[0], level)
    for change in ("shift", "rotate", "scale", "crop", "mirror", "viewpoint", "blur", "shuffle"):
        for strength in DISTORTIONS[change].strengths:
            np.testing.assert_array_equal(DISTORTIONS[change](flat, strength), flat)


# The gate, there and back


@FEW
@given(image=npst.arrays(np.uint8, st.tuples(*[st.integers(1, 9)] * 2, st.just(3))))
def test_a_lossless_file_of_any_kind_brings_every_picture_back(image: np.ndarray) -> None:
    np.testing.assert_array_equal(load_bytes("p", encode_png(image)).pixels, image)
    for kind, options in (
        ("BMP", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("PPM", {}),
        ("WEBP", {"lossless": True}),
        ("PNG", {"interlace": 1}),
    ):
        file = io.BytesIO()
        Image.fromarray(image).save(file, kind, **options)
        picture = load_bytes("p", file.getvalue())
        np.testing.assert_array_equal(picture.pixels, image)
        assert picture.notes == ()


@FEW
@given(image=npst.arrays(np.uint16, st.tuples(*[st.integers(1, 9)] * 2)))
def test_sixteen_bits_come_within_half_a_level(image: np.ndarray) -> None:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    pixels = load_bytes("p", file.getvalue()).pixels.astype(float)
    assert np.abs(pixels - image[..., None] / 257).max() <= 0.5


@FEW
@given(grey=npst.arrays(np.uint8, st.tuples(*[st.integers(1, 9)] * 2)))
def test_grey_goes_through_file_and_grey_again_unchanged(grey: np.ndarray) -> None:
    np.testing.assert_array_equal(to_gray(load_bytes("p", encode_png(grey)).pixels), grey)


@FEW
@given(
    stack=stacks(count=1, least=1),
    side=st.tuples(st.integers(1, 30), st.integers(1, 30)),
    level=st.integers(0, 255),
    name=st.sampled_from(["nearest", "box", "bilinear", "bicubic", "lanczos"]),
)
def test_a_resized_picture_keeps_its_form_and_a_constant_its_level(
    stack: np.ndarray, side: tuple[int, int], level: int, name: str
) -> None:
    assert resize(stack[0], side, filter=name).shape == (*side, 3)
    flat = np.full_like(stack[0], level)
    assert (resize(flat, side, filter=name) == level).all()


# The comparison


@FEWER
@given(stack=stacks(least=1, most=30))
def test_every_row_of_a_table_has_a_value_or_a_reason(stack: np.ndarray) -> None:
    table = compare(*stack, metrics=[key for key in METRICS if key != "sift_inliers"])
    for row in table.rows:
        assert (row.calibrated is None) == bool(row.undefined)
        assert (row.standing is None) == bool(row.undefined)
        assert row.value is None or not math.isnan(row.value)
        assert "\n" not in row.undefined
    document = json.loads(table.to_json())
    assert [record["metric"] for record in document["metrics"]] == [
        row.metric.key for row in table.rows
    ]
    assert len(str(table).splitlines()) >= 3 + len(table.rows)


@FEWER
@given(stack=stacks(least=11))
def test_the_table_has_the_values_of_the_plain_functions(stack: np.ndarray) -> None:
    x, y = stack
    table = compare(x, y, metrics=["mean_squared_error", "ssim"])
    difference = to_gray(x).astype(int) - to_gray(y)  # the record compares grey values
    by_hand = int((difference**2).sum()) / difference.size
    assert table["mean_squared_error"].value == pytest.approx(by_hand, rel=1e-12)
    assert table["ssim"].value == ssim.structural_similarity(to_gray(x), to_gray(y), data_range=255)


@FEWER
@given(stack=stacks(least=11))
def test_a_place_is_a_count_of_the_pairs_it_is_taken_from(stack: np.ndarray) -> None:
    for row in compare(*stack, metrics=PLAIN).rows:
        if row.standing is not None:
            assert 0 <= row.standing.nearer_than <= row.standing.of
            assert row.standing.nearer_than + row.standing.level_with <= row.standing.of


# What sounds true and is not


def test_counterexample_mse_breaks_the_triangle() -> None:
    x, y, z = ([[level]] for level in (0, 1, 2))
    # 2**2 = 4 directly, 1 + 1 = 2 by way of y
    legs = [pixel.mean_squared_error(*pair) for pair in ((x, z), (x, y), (y, z))]
    assert legs == [4.0, 1.0, 1.0]


def test_counterexample_ssim_is_negative_for_a_pattern_and_its_inverse() -> None:
    # Both windows have one mean m and one variance v, covariance -v:
    # (2 m**2 + c1) / (2 m**2 + c1) = 1, and (-2 v + c2) / (2 v + c2), c2 = (0.03 * 255)**2 = 58.5.
    board = (np.indices((32, 32)).sum(0) % 2 * 255).astype(np.uint8)
    assert -1 < ssim.structural_similarity(board, 255 - board, data_range=255) < -0.99


def test_counterexample_ssim_changes_when_both_pictures_are_inverted() -> None:
    # Two constants: only the luminance is left, 6.5 / (100 + 6.5) = 0.061 for 0 and 10,
    # (2 * 255 * 245 + 6.5) / (255**2 + 245**2 + 6.5) = 0.9992 for their inverses.
    dark, light = np.zeros((11, 11), np.uint8), np.full((11, 11), 10, np.uint8)
    assert ssim.structural_similarity(dark, light, data_range=255) == pytest.approx(0.061, abs=1e-3)
    inverted = ssim.structural_similarity(255 - dark, 255 - light, data_range=255)
    assert inverted == pytest.approx(0.9992, abs=1e-4)


def test_counterexample_a_constant_added_to_both_changes_their_cosine() -> None:
    x, y = np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])
    assert pixel.cosine_similarity(x, y) == 0.0
    # (2, 1) and (1, 2): 4 / 5
    assert pixel.cosine_similarity(x + 1, y + 1) == pytest.approx(0.8)


def test_counterexample_rounding_to_bytes_moves_the_correlation() -> None:
    x, y = (to_gray(samples.load(name, size=64)) for name in ("camera", "hopper"))
    exact = pixel.normalized_cross_correlation(0.1 * x, 1.0 * y)
    rounded = pixel.normalized_cross_correlation(np.rint(0.1 * x), 1.0 * y)
    assert exact == pytest.approx(pixel.normalized_cross_correlation(x, y), abs=1e-12)
    assert 1e-5 < abs(rounded - exact) < 0.01


def test_counterexample_a_larger_error_may_have_the_higher_ssim() -> None:
    x = to_gray(samples.load("camera", size=64)).astype(np.float64)
    brighter = x * 0.8 + 51  # to stay below 255
    noisy = x + np.random.default_rng(0).normal(0, 12, x.shape)
    wide = {"data_range": 400}
    assert pixel.mean_squared_error(x, brighter) > pixel.mean_squared_error(x, noisy)
    assert ssim.structural_similarity(x, brighter, **wide) > ssim.structural_similarity(
        x, noisy, **wide
    )


def test_counterexample_the_cosine_of_two_pictures_says_nothing_of_their_order() -> None:
    # gain is invisible: a picture and its double have the error of the picture itself
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert pixel.cosine_similarity(x, 2 * x) == 1.0
    assert pixel.mean_squared_error(x, 2 * x) == 7.5  # (1 + 4 + 9 + 16) / 4


def test_counterexample_a_shift_to_both_may_change_ssim_at_the_border() -> None:
    # whole windows only: what leaves the frame is no longer counted
    x, y = np.zeros((11, 12)), np.zeros((11, 12))
    y[:, 0] = 255.0
    before = ssim.structural_similarity(x, y, data_range=255)
    shifted = ssim.structural_similarity(x[:, 1:], y[:, 1:], data_range=255)
    assert shifted == 1.0
    assert before < 1.0
