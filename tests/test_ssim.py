"""Lesson 03: what SSIM is, in both conventions, and where it does not exist."""

import tracemalloc
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from skimage import data, metrics

from imglab import ssim
from imglab.ssim import multiscale, windows
from imglab.validation import UndefinedMetric

WINDOWS = ["gaussian", "flat"]
RADIUS = {"gaussian": 5, "flat": 3}
SCIKIT = {
    "gaussian": {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False},
    "flat": {},
}
bytes_images = npst.arrays(
    np.uint8, st.tuples(st.integers(11, 16), st.integers(11, 16), st.just(2))
)  # two pictures of one shape, the last axis tells them apart


def noisy_pair(shape=(37, 52), *, data_range=255, dtype="uint8", seed=3):
    """Make a smooth picture and a noisy copy of it, not square."""
    rng = np.random.default_rng(seed)
    rows, cols = np.indices(shape[:2])
    wave = 0.5 + 0.4 * np.sin(rows / 5) * np.cos(cols / 7)
    if len(shape) == 3:
        wave = np.stack([wave, wave**2, 1 - wave], axis=2)
    noisy = np.clip(wave + rng.normal(0, 0.1, shape), 0, 1)
    pair = (wave * data_range, noisy * data_range)
    return tuple(np.asarray(p).astype(dtype) for p in pair)


# --- worked by hand


@pytest.mark.parametrize("window", WINDOWS)
def test_flat_pictures_differ_in_luminance_alone(window):
    # No variance, so contrast-structure = c2 / c2 = 1 and luminance is left. With L = 255:
    # c1 = (0.01 * 255)**2 = 2.55**2 = 6.5025;
    # 0 against 10:    c1 / (100 + c1)               = 6.5025 / 106.5025     = 0.0610549...
    # 100 against 110: (2 * 100 * 110 + c1) / (10000 + 12100 + c1) = 22006.5025 / 22106.5025
    zero, ten = np.zeros((12, 15), np.uint8), np.full((12, 15), 10, np.uint8)
    dark = ssim.structural_similarity(zero, ten, data_range=255, window=window)
    assert dark == pytest.approx(6.5025 / 106.5025, rel=1e-13)
    light = ssim.structural_similarity(zero + 100, ten + 100, data_range=255, window=window)
    assert light == pytest.approx(22006.5025 / 22106.5025, rel=1e-13)


def one_bright_pixel():
    """Return 0 everywhere but 49 in the middle of one flat window, and its negative 0 / -49."""
    picture = np.zeros((7, 7))
    picture[3, 3] = 49.0
    return picture


def test_one_bright_pixel_in_a_flat_window_gives_the_value_worked_by_hand():
    # x: 49 once, 0 48 times: mean 1, E[x^2] = 2401 / 49 = 49, population variance 48,
    # sample variance 48 * 49 / 48 = 49. y = 0: mean 0, variance 0, covariance 0. L = 100:
    # c1 = 1, c2 = 9. SSIM = (0 + 1) / (1 + 0 + 1) * (0 + 9) / (49 + 0 + 9) = 1/2 * 9/58 = 9/116
    x = one_bright_pixel()
    actual = ssim.structural_similarity(x, np.zeros((7, 7)), data_range=100, window="flat")
    assert actual == pytest.approx(9 / 116, rel=1e-13)


def test_three_factors_of_one_window_are_those_worked_by_hand():
    # y = x / 7: 7 once, 0 48 times: mean 1/7, sigma_y = 7 / 7 = 1; x: mean 1, sigma_x = 7.
    # They vary together: sigma_xy = 7 * 1 = 7. L = 100: c1 = 1, c2 = 9, c3 = 4.5.
    # l = (2/7 + 1) / (1 + 1/49 + 1) = (9/7) / (99/49) = 63/99 = 7/11
    # c = (2 * 7 * 1 + 9) / (49 + 1 + 9) = 23/59;  s = (7 + 4.5) / (7 + 4.5) = 1
    x = one_bright_pixel()
    factors = ssim.structural_similarity_components(x, x / 7, data_range=100, window="flat")
    assert [f.item() for f in factors] == pytest.approx([7 / 11, 23 / 59, 1.0], rel=1e-13)


def test_structure_of_a_window_and_its_mirrored_values_is_negative():
    # y = 7 - x / 7 on the same window: it varies against x, sigma_xy = -7, sigma_x sigma_y = 7;
    # s = (-7 + 4.5) / (7 + 4.5) = -2.5 / 11.5
    x = one_bright_pixel()
    factors = ssim.structural_similarity_components(x, 7 - x / 7, data_range=100, window="flat")
    assert factors.structure.item() == pytest.approx(-2.5 / 11.5, rel=1e-12)


def test_gaussian_window_weighs_a_pixel_by_its_distance_from_the_centre():
    # One pixel of value 1 at the centre of 11 x 11 zeros: the local mean is its weight w, the
    # local E[x^2] too, so the variance is w - w^2. Along one side the weights are
    # exp(-d^2 / 4.5) for d = -5..5: 1, 0.800737, 0.411112, 0.135335, 0.028566, 0.003866, whose
    # sum is 1 + 2 * 1.379616 = 3.759232; so w = 1 / 3.759232**2 = 0.07076223.
    # Against 0, L = 1: (c1 / (w^2 + c1)) * (c2 / (w - w^2 + c2)), c1 = 0.0001, c2 = 0.0009:
    # w^2 = 0.00500729; 0.0001 / 0.00510729 = 0.01957984; 0.0009 / 0.06665494 = 0.01350238
    # product 0.000264374
    dot = np.zeros((11, 11))
    dot[5, 5] = 1.0
    actual = ssim.structural_similarity(dot, np.zeros((11, 11)), data_range=1.0)
    assert actual == pytest.approx(0.000264374, rel=1e-5)


def test_multiscale_of_flat_pictures_is_a_power_of_their_luminance():
    # All contrast-structure means are 1; the coarsest scale's luminance has the exponent 0.1333:
    # (22006.5025 / 22106.5025) ** 0.1333
    dark = np.full((161, 170), 100, np.uint8)
    actual = ssim.multiscale_structural_similarity(dark, dark + 10, data_range=255)
    assert actual == pytest.approx((22006.5025 / 22106.5025) ** 0.1333, rel=1e-13)


# --- against scikit-image, in the same convention


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("channels", [(), (3,)], ids=["grey", "RGB"])
@pytest.mark.parametrize(
    ("dtype", "data_range"),
    [("uint8", 255), ("uint16", 65535), ("int32", 1000), ("float32", 1.0), ("float64", 255.0)],
)
def test_score_and_map_agree_with_scikit_image(window, channels, dtype, data_range):
    x, y = noisy_pair((37, 52, *channels), data_range=data_range, dtype=dtype)
    score, whole = metrics.structural_similarity(
        x.astype(float),
        y.astype(float),
        data_range=data_range,
        full=True,
        channel_axis=2 if channels else None,
        **SCIKIT[window],
    )
    if channels:
        whole = whole.mean(axis=2)
    r = RADIUS[window]
    settings = {"data_range": data_range, "window": window}
    ssim_map = ssim.structural_similarity_map(x, y, **settings)
    assert ssim_map.shape == (37 - 2 * r, 52 - 2 * r)
    np.testing.assert_allclose(ssim_map, whole[r:-r, r:-r], rtol=0, atol=1e-12)
    assert ssim.structural_similarity(x, y, **settings) == pytest.approx(score, abs=1e-12)


@pytest.mark.parametrize("window", WINDOWS)
def test_a_photograph_agrees_with_scikit_image(window):
    camera = data.camera()[100:340, 60:380]
    noise = np.random.default_rng(20).normal(0, 20, camera.shape)
    noisy = np.clip(camera + noise, 0, 255).astype(np.uint8)
    expected = metrics.structural_similarity(camera, noisy, data_range=255, **SCIKIT[window])
    actual = ssim.structural_similarity(camera, noisy, data_range=255, window=window)
    assert actual == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("window", WINDOWS)
def test_there_is_no_seam_where_one_tile_ends_and_the_next_begins(window):
    x, y = noisy_pair((300, 1100))  # more than two tiles high and wide
    whole = metrics.structural_similarity(x, y, data_range=255, full=True, **SCIKIT[window])[1]
    r = RADIUS[window]
    ssim_map = ssim.structural_similarity_map(x, y, data_range=255, window=window)
    np.testing.assert_allclose(ssim_map, whole[r:-r, r:-r], rtol=0, atol=1e-11)
    score = ssim.structural_similarity(x, y, data_range=255, window=window)
    assert score == pytest.approx(ssim_map.mean(), abs=1e-13)
    y[110:130, 500:530] = x[110:130, 500:530]  # equal windows across two seams
    ones = ssim.structural_similarity_map(x, y, data_range=255, window=window) == 1.0
    assert ones[110 : 130 - 2 * r, 500 : 530 - 2 * r].all()


def test_an_awkward_layout_gives_the_map_of_a_plain_copy():
    x, y = noisy_pair((90, 130, 3))
    x.setflags(write=False)
    for view in (np.s_[::-1, ::-1, 1], np.s_[::2, ::3, 0]):
        views, copies = (x[view], y[view]), (x[view].copy(), y[view].copy())
        for window in WINDOWS:
            settings = {"data_range": 255, "window": window}
            expected = ssim.structural_similarity_map(*copies, **settings)
            actual = ssim.structural_similarity_map(*views, **settings)
            np.testing.assert_array_equal(actual, expected)


def bytes_per_pixel(function, *pair):
    """Return the most that Python and NumPy held beyond the pictures, for each pixel."""
    tracemalloc.start()
    function(*pair)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / (pair[0].shape[0] * pair[0].shape[1])


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("channels", [(), (3,)], ids=["grey", "RGB"])
def test_the_map_is_the_only_array_as_large_as_the_pictures(window, channels):
    # The map takes 8 bytes for each pixel; the tiles 4 MB and a little, whatever the size.
    x, y = noisy_pair((1024, 1024, *channels))
    settings = {"data_range": 255, "window": window}
    with_map = bytes_per_pixel(partial(ssim.structural_similarity_map, **settings), x, y)
    without = bytes_per_pixel(partial(ssim.structural_similarity, **settings), x, y)
    assert with_map < 14
    assert without < 6


def scikit_multiscale(x, y, data_range):
    """Put MS-SSIM together from scikit-image: a huge K1 makes its luminance 1."""
    wang = {"data_range": data_range, **SCIKIT["gaussian"]}
    product = 1.0
    for weight in (0.0448, 0.2856, 0.3001, 0.2363):
        product *= metrics.structural_similarity(x, y, K1=1e9, **wang) ** weight
        x, y = ((z[::2, ::2] + z[1::2, ::2] + z[::2, 1::2] + z[1::2, 1::2]) / 4 for z in (x, y))
    return product * metrics.structural_similarity(x, y, **wang) ** 0.1333


def test_multiscale_agrees_with_one_put_together_from_scikit_image():
    x, y = (z.astype(float) for z in noisy_pair((192, 208)))  # divisible by 16: no odd border
    expected = scikit_multiscale(x, y, 255)
    actual = ssim.multiscale_structural_similarity(x, y, data_range=255)
    assert actual == pytest.approx(expected, rel=1e-12)


# --- properties


@given(bytes_images, st.sampled_from(WINDOWS))
def test_order_does_not_matter_and_the_map_stays_within_one(stack, window):
    x, y = stack[..., 0], stack[..., 1]
    forward = ssim.structural_similarity_map(x, y, data_range=255, window=window)
    back = ssim.structural_similarity_map(y, x, data_range=255, window=window)
    np.testing.assert_array_equal(forward, back)
    assert forward.min() >= -1
    assert forward.max() <= 1


@given(bytes_images, st.sampled_from(WINDOWS))
def test_equal_pictures_give_exactly_one_in_every_window_and_factor(stack, window):
    x = stack[..., 0]
    settings = {"data_range": 255, "window": window}
    assert ssim.structural_similarity(x, x.copy(), **settings) == 1.0
    assert (ssim.structural_similarity_map(x, x.copy(), **settings) == 1.0).all()
    for factor in ssim.structural_similarity_components(x, x.copy(), **settings):
        assert (factor == 1.0).all()


@given(bytes_images, st.sampled_from(WINDOWS))
def test_the_three_factors_multiply_to_the_map(stack, window):
    x, y = stack[..., 0], stack[..., 1]
    settings = {"data_range": 255, "window": window}
    luminance, contrast, structure = ssim.structural_similarity_components(x, y, **settings)
    ssim_map = ssim.structural_similarity_map(x, y, **settings)
    np.testing.assert_allclose(luminance * contrast * structure, ssim_map, rtol=0, atol=1e-12)
    assert luminance.min() > 0  # bytes are not negative
    assert contrast.min() > 0


@given(bytes_images, st.sampled_from(WINDOWS))
def test_mirroring_or_turning_both_pictures_changes_nothing(stack, window):
    x, y = stack[..., 0], stack[..., 1]
    score = ssim.structural_similarity(x, y, data_range=255, window=window)
    for change in (np.flipud, np.fliplr, np.transpose, np.rot90):
        changed = ssim.structural_similarity(change(x), change(y), data_range=255, window=window)
        assert changed == pytest.approx(score, abs=1e-12)


@pytest.mark.parametrize("window", WINDOWS)
def test_units_do_not_matter(window):
    x, y = noisy_pair(data_range=1.0, dtype="float64")
    unit = ssim.structural_similarity(x, y, data_range=1.0, window=window)
    for scale in (255.0, 1e-40, 1e40):
        scaled = ssim.structural_similarity(x * scale, y * scale, data_range=scale, window=window)
        assert scaled == pytest.approx(unit, rel=1e-9)


@pytest.mark.parametrize("window", WINDOWS)
def test_color_is_the_mean_of_the_three_channels(window):
    x, y = noisy_pair((30, 41, 3))
    settings = {"data_range": 255, "window": window}
    one_by_one = [ssim.structural_similarity(x[..., c], y[..., c], **settings) for c in range(3)]
    assert len({round(score, 6) for score in one_by_one}) == 3  # else nothing is tested
    actual = ssim.structural_similarity(x, y, **settings)
    assert actual == pytest.approx(sum(one_by_one) / 3, abs=1e-13)
    maps = [ssim.structural_similarity_map(x[..., c], y[..., c], **settings) for c in range(3)]
    ssim_map = ssim.structural_similarity_map(x, y, **settings)
    np.testing.assert_allclose(ssim_map, sum(maps) / 3, rtol=0, atol=1e-13)


def test_multiscale_of_equal_pictures_is_exactly_one_at_odd_sizes_too():
    for shape in ((161, 163), (177, 200, 3)):
        x = np.random.default_rng(5).integers(0, 256, shape, dtype=np.uint8)
        assert ssim.multiscale_structural_similarity(x, x, data_range=255) == 1.0


def test_multiscale_of_color_is_the_mean_of_the_three_channels():
    x, y = noisy_pair((161, 175, 3))
    each = [
        ssim.multiscale_structural_similarity(x[..., c], y[..., c], data_range=255)
        for c in range(3)
    ]
    actual = ssim.multiscale_structural_similarity(x, y, data_range=255)
    assert actual == pytest.approx(sum(each) / 3, abs=1e-13)


def test_an_odd_border_counts_its_last_row_and_column_twice():
    # 3 x 3: blocks (0, 1, 3, 4) -> 2; (2, 2, 5, 5) -> 3.5; (6, 7, 6, 7) -> 6.5; 8 -> 8
    nine = np.arange(9.0).reshape(3, 3)
    assert multiscale._halve(nine).tolist() == [[2.0, 3.5], [6.5, 8.0]]


# --- awkward pairs


@pytest.mark.parametrize("window", WINDOWS)
def test_a_large_offset_leaves_the_structure_alone(window):
    # A luminance of nearly equal large means is 1, so only contrast-structure is left; it does
    # not see the offset. Without centring, 1e8**2 * 1e-16 = 1 would drown the variance of 1/12.
    x, y = noisy_pair(data_range=1.0, dtype="float64")
    _, contrast, structure = ssim.structural_similarity_components(
        x, y, data_range=1.0, window=window
    )
    far = ssim.structural_similarity_map(x + 1e8, y + 1e8, data_range=1.0, window=window)
    np.testing.assert_allclose(far, contrast * structure, rtol=0, atol=1e-5)


@pytest.mark.parametrize("window", WINDOWS)
def test_a_negative_picture_scores_below_zero(window):
    board = (np.indices((20, 23)).sum(axis=0) % 2 * 255).astype(np.uint8)
    score = ssim.structural_similarity(board, 255 - board, data_range=255, window=window)
    assert -1 < score < -0.9


def test_views_integers_and_lists_give_what_their_copies_give():
    x, y = noisy_pair((30, 41, 3))
    reference = ssim.structural_similarity(x[:, :, 0].copy(), y[:, :, 0].copy(), data_range=255)
    assert ssim.structural_similarity(x[:, :, 0], y[:, :, 0], data_range=255) == reference
    lists = x[:, :, 0].tolist(), y[:, :, 0].tolist()
    assert ssim.structural_similarity(*lists, data_range=255) == reference
    assert ssim.structural_similarity(x[:, :, 0], y[:, :, 0], data_range=np.uint8(255)) == reference
    half = np.float16(255)
    assert ssim.structural_similarity(x[:, :, 0], y[:, :, 0], data_range=half) == reference
    assert isinstance(reference, float)


def test_pictures_are_left_as_they_were():
    x, y = noisy_pair(data_range=1.0, dtype="float64")
    before = x.copy(), y.copy()
    ssim.structural_similarity(x, y, data_range=1.0)
    np.testing.assert_array_equal((x, y), before)


def test_rounding_never_lifts_a_window_above_one():
    # Without the clamp, pair 18 of these nearly equal windows gives 1 + 2e-16.
    for seed in range(40):
        x = np.random.default_rng(seed).random((11, 11))
        ssim_map = ssim.structural_similarity_map(x, np.nextafter(x, 2), data_range=1.1)
        assert ssim_map.max() <= 1


@pytest.mark.parametrize("window", WINDOWS)
def test_a_difference_that_does_not_vary_has_no_negative_variance(window):
    # 0.1 is no binary fraction: E[d^2] - E[d]^2 comes out at about 1e-17 above and below 0.
    x = np.random.default_rng(8).random((40, 50))
    found = [m.var_d for _, m in windows.moments(x, x + 0.1, window, 1.1)]
    assert min(part.min() for part in found) == 0.0
    assert max(part.max() for part in found) < 1e-15


def test_multiscale_of_a_negative_picture_does_not_exist():
    # Stripes of 16 pixels stay stripes at every scale, and their negative varies against them.
    stripes = (np.indices((176, 180))[1] // 16 % 2 * 255).astype(np.uint8)
    with pytest.raises(UndefinedMetric, match=r"at scale 1 of 5 the mean structure is negative"):
        ssim.multiscale_structural_similarity(stripes, 255 - stripes, data_range=255)


# --- errors


@pytest.mark.parametrize(
    ("shapes", "settings", "message"),
    [
        ([(16, 16), (16, 17)], {}, r"same shape, got \(16, 16\) and \(16, 17\); resize or crop"),
        ([(10, 16), (10, 16)], {}, r"at least 11 pixels a side, got \(10, 16\); use larger"),
        ([(16, 6), (16, 6)], {"window": "flat"}, r"at least 7 pixels a side, got \(16, 6\)"),
        ([(16, 16)] * 2, {"window": "box"}, "window must be 'gaussian' or 'flat', got 'box'"),
        ([(16, 16)] * 2, {"data_range": 0}, "data_range must be positive and finite, got 0"),
        ([(16, 16)] * 2, {"data_range": 1e-60}, r"data_range must be 1e-50 to 1e\+50, got 1e-60"),
    ],
    ids=["shapes differ", "too small", "too small, flat", "window", "no range", "tiny range"],
)
def test_error_names_the_bad_value(shapes, settings, message):
    settings = {"data_range": 1.0} | settings
    for function in (
        ssim.structural_similarity,
        ssim.structural_similarity_map,
        ssim.structural_similarity_components,
    ):
        with pytest.raises(ValueError, match=message):
            function(*map(np.zeros, shapes), **settings)


def test_values_beyond_the_data_range_are_refused():
    x, y = noisy_pair()
    with pytest.raises(ValueError, match="span at most data_range 1, got"):
        ssim.structural_similarity(x, y, data_range=1)


def test_the_components_of_color_are_refused():
    x, y = noisy_pair((20, 20, 3))
    with pytest.raises(ValueError, match=r"must be grey, of shape \(H, W\), got \(20, 20, 3\)"):
        ssim.structural_similarity_components(x, y, data_range=255)


def test_multiscale_says_the_smallest_size():
    small = np.zeros((160, 200), np.uint8)
    with pytest.raises(ValueError, match=r"at least 161 pixels a side, got \(160, 200\)"):
        ssim.multiscale_structural_similarity(small, small, data_range=255)
