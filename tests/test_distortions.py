"""Changes of a picture: what they keep, what they do, worked small; and what they refuse."""

import math
from collections import Counter

import cv2
import numpy as np
import pytest
from numpy.testing import assert_allclose

from imglab.distortions import DISTORTIONS, GRAY_BLOCK
from imglab.pixel import root_mean_squared_error

RNG = np.random.default_rng(3)
X = RNG.integers(0, 256, (24, 31, 3), dtype=np.uint8)
ROWS, COLUMNS = np.mgrid[0:60, 0:80]
SMOOTH = np.stack(  # pictures as pictures are: neighbours alike
    [
        127 + 90 * np.sin(ROWS / 9 + phase) * np.cos(COLUMNS / 13 - phase) + 30 * (COLUMNS > 40)
        for phase in range(9)
    ]
).astype(np.uint8)
SCENES = [np.stack(SMOOTH[i : i + 3], axis=-1) for i in (0, 3, 6)]  # (60, 80, 3) each

each = pytest.mark.parametrize("key", DISTORTIONS)
each_seeded = pytest.mark.parametrize("key", [k for k, d in DISTORTIONS.items() if d.seeded])


def tile(*levels: int) -> np.ndarray:
    """One row of grey pixels as RGB."""
    return np.repeat(np.array([levels], dtype=np.uint8)[..., None], 3, axis=2)


@each
@pytest.mark.parametrize("size", [(24, 31), (1, 1), (1, 9), (9, 1), (2, 3)])
def test_every_strength_keeps_shape_and_dtype_and_the_input(
    key: str, size: tuple[int, int]
) -> None:
    x = X[: size[0], : size[1]].copy()
    before = x.copy()
    x.setflags(write=False)
    for strength in DISTORTIONS[key].strengths:
        y = DISTORTIONS[key](x, strength)
        assert y.shape == x.shape
        assert y.dtype == np.uint8
        assert y.flags.c_contiguous
        assert y.flags.writeable
        assert not np.shares_memory(x, y)
    assert np.array_equal(x, before)


@each
def test_the_neutral_strength_changes_nothing(key: str) -> None:
    neutral = DISTORTIONS[key].neutral
    if neutral is None:
        assert key == "jpeg"  # no quality is lossless
        return
    for size in ((24, 31), (1, 1), (1, 9), (9, 1)):
        x = X[: size[0], : size[1]].copy()
        y = DISTORTIONS[key](x, neutral)
        assert np.array_equal(x, y)
        assert not np.shares_memory(x, y)


@each
def test_the_layout_in_memory_does_not_matter(key: str) -> None:
    change, strength = DISTORTIONS[key], DISTORTIONS[key].strengths[1]
    views = X[::-1, ::-1], np.asfortranarray(X)
    for view in views:
        assert np.array_equal(change(view, strength), change(view.copy(), strength))


@each_seeded
def test_chance_is_repeatable_and_another_seed_gives_another_picture(key: str) -> None:
    change, strength = DISTORTIONS[key], DISTORTIONS[key].strengths[1]
    assert np.array_equal(change(X, strength, seed=7), change(X, strength, seed=7))
    assert not np.array_equal(change(X, strength, seed=7), change(X, strength, seed=8))


@pytest.mark.parametrize("key", [k for k, d in DISTORTIONS.items() if not d.seeded])
def test_a_change_without_chance_ignores_the_seed(key: str) -> None:
    change, strength = DISTORTIONS[key], DISTORTIONS[key].strengths[1]
    assert np.array_equal(change(X, strength, seed=7), change(X, strength, seed=8))


@pytest.mark.parametrize("key", [k for k in DISTORTIONS if k not in ("mirror", "shuffle")])
def test_stronger_is_farther_on_the_mean_of_several_scenes(key: str) -> None:
    # not shuffle: smaller tiles need not land farther from home in levels
    change = DISTORTIONS[key]
    mild, medium, strong = (
        np.mean([root_mean_squared_error(x, change(x, s)) for x in SCENES])
        for s in change.strengths
    )
    assert 0 < mild < medium < strong


@each
def test_the_table_names_a_function_of_this_module_by_its_key(key: str) -> None:
    change = DISTORTIONS[key]
    assert change.key == key == change.function.__name__
    assert change.function.__doc__
    assert change.title
    assert change.unit


# --- geometry --------------------------------------------------------------------------------


def test_shift_moves_right_and_repeats_the_left_edge() -> None:
    assert DISTORTIONS["shift"](tile(1, 2, 3, 4), 2)[0, :, 0].tolist() == [1, 1, 1, 2]
    assert DISTORTIONS["shift"](tile(1, 2, 3, 4), 99)[0, :, 0].tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("turns", [1, 2, 3, 4, -1])
def test_rotating_a_square_by_quarter_turns_is_exactly_rot90(turns: int) -> None:
    square = X[:24, :24]
    assert np.array_equal(DISTORTIONS["rotate"](square, 90 * turns), np.rot90(square, turns))


def test_rotating_an_oblong_by_half_a_turn_is_exactly_rot90_twice() -> None:
    assert np.array_equal(DISTORTIONS["rotate"](X, 180), np.rot90(X, 2))


def test_rotating_there_and_back_nearly_returns_the_middle() -> None:
    x = SCENES[0]
    back = DISTORTIONS["rotate"](DISTORTIONS["rotate"](x, 10), -10)
    assert root_mean_squared_error(back[20:40, 25:55], x[20:40, 25:55]) < 2


def test_rotate_turns_counter_clockwise() -> None:
    x = np.zeros((21, 21, 3), dtype=np.uint8)
    x[9:12, 16:] = 255  # a bar on the right
    y = DISTORTIONS["rotate"](x, 45)
    assert y[5, 15].min() > 240  # now it points up and right
    assert y[15, 15].max() < 15


def test_zoom_by_two_shows_the_middle_half_enlarged() -> None:
    x = np.zeros((8, 12, 3), dtype=np.uint8)
    x[2:6, 3:9] = 255  # exactly the middle half of each side
    enlarged = DISTORTIONS["scale"](x, 2)
    assert enlarged[2:-2, 2:-2].min() == 255
    assert enlarged.mean() > 230


def test_zoom_by_a_half_shrinks_the_picture_to_the_middle() -> None:
    x = np.full((8, 12, 3), 200, dtype=np.uint8)
    x[2:6, 4:8] = 0  # a block of 4 x 4 about the centre becomes one of 2 x 2
    y = DISTORTIONS["scale"](x, 0.5)[..., 0].astype(float)
    assert y.shape == (8, 12)
    assert_allclose((200 - y).sum() / 200, 4, rtol=0.05)  # darkness of 2 x 2 pixels
    rows, columns = np.mgrid[0:8, 0:12]
    assert ((200 - y) * rows).sum() / (200 - y).sum() == pytest.approx(3.5, abs=0.01)
    assert ((200 - y) * columns).sum() / (200 - y).sum() == pytest.approx(5.5, abs=0.01)


@pytest.mark.parametrize("strength", [0.97, 1.03])
def test_a_small_zoom_is_exact_to_a_part_of_a_pixel(strength: float) -> None:
    ramp = np.repeat(np.tile(np.arange(20, 220, 2, dtype=np.uint8), (9, 1))[..., None], 3, axis=2)
    y = DISTORTIONS["scale"](ramp, strength)[4, 20:80, 0].astype(float)
    # column c shows 49.5 + (c - 49.5) / strength, and the ramp climbs 2 levels a column
    expected = 20 + 2 * (49.5 + (np.arange(20, 80) - 49.5) / strength)
    assert np.abs(y - expected).max() <= 0.75  # rounding to bytes is 0.5 of it


def test_crop_shows_the_upper_left_part_and_nothing_of_the_rest() -> None:
    x = X.copy()
    y = DISTORTIONS["crop"](x, 0.5)
    x[12:] = 0  # cut off: 24 * 0.5
    x[:, 16:] = 0  # cut off: 31 * 0.5 = 15.5, so column 15 is half kept
    assert np.array_equal(DISTORTIONS["crop"](x, 0.5), y)
    flat = np.zeros((8, 8, 3), dtype=np.uint8)
    flat[:4, :4] = 77
    assert np.array_equal(np.unique(DISTORTIONS["crop"](flat, 0.5)), [77])


def test_mirror_swaps_left_and_right() -> None:
    assert DISTORTIONS["mirror"](tile(1, 2, 3), 1)[0, :, 0].tolist() == [3, 2, 1]
    assert np.array_equal(DISTORTIONS["mirror"](X, 1), X[:, ::-1])


def test_viewpoint_brings_the_left_corners_where_geometry_says() -> None:
    x = np.zeros((100, 100, 3), dtype=np.uint8)
    x[:, :3] = 255  # the left edge, from top to bottom
    y = DISTORTIONS["viewpoint"](x, 0.4)
    lit = np.flatnonzero(y[:, 0, 0] > 127)
    # padding repeats the lit corner beyond the frame: the whole left column stays lit
    assert lit.tolist() == list(range(100))
    x[25:75, :3] = 0
    dark = np.flatnonzero(DISTORTIONS["viewpoint"](x, 0.4)[:, 0, 0] < 127)
    # at the left edge the height shrinks to 60 %: rows 25..75 become 20 + 0.6 * (25..75) = 35..65
    assert dark.min() in (34, 35, 36)
    assert dark.max() in (63, 64, 65)


def test_viewpoint_agrees_with_opencv_on_the_homography() -> None:
    x = SCENES[0]
    height, width = x.shape[:2]
    inset = height * 0.3 / 2
    frame = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    seen = np.array([[0, inset], [width, 0], [width, height], [0, height - inset]], np.float32)
    half = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])  # OpenCV counts from pixel centres
    matrix = half @ cv2.getPerspectiveTransform(frame, seen) @ np.linalg.inv(half)
    expected = cv2.warpPerspective(
        x, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    assert root_mean_squared_error(DISTORTIONS["viewpoint"](x, 0.3), expected) < 1


@pytest.mark.parametrize(
    ("key", "strengths"),
    [
        ("rotate", (2, 33.3, 45, -120)),
        ("viewpoint", (0.1, 0.6, 0.9)),
        ("scale", (0.05, 0.3, 0.99, 1.05, 20)),
        ("crop", (0.05, 0.4, 0.95)),
    ],
)
def test_geometry_leaves_no_black_border(key: str, strengths: tuple[float, ...]) -> None:
    for size in ((24, 31), (1, 9), (9, 1), (40, 3)):
        white = np.full((*size, 3), 255, dtype=np.uint8)
        for strength in strengths:
            assert DISTORTIONS[key](white, strength).min() == 255


# --- light -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "strength", "before", "after"),
    [
        ("brightness", 40, (0, 100, 250), (40, 140, 255)),  # 290 is clipped, not wrapped to 34
        ("brightness", -40, (0, 100, 250), (0, 60, 210)),
        ("contrast", 0.2, (100, 255, 0), (122, 153, 102)),  # 127.5 - 5.5, + 25.5, - 25.5
        ("contrast", 2, (100, 200, 120), (72, 255, 112)),  # 127.5 - 55; 272.5; 112.5 -> even 112
        ("contrast", 3, (100, 127, 128), (45, 126, 129)),  # 127.5 - 82.5, - 1.5, + 1.5
        ("gamma", 2, (0, 51, 255), (0, 10, 255)),  # (51 / 255)**2 * 255 = 0.04 * 255 = 10.2
        ("gamma", 0.5, (0, 51, 255), (0, 114, 255)),  # sqrt(0.2) * 255 = 114.04
        ("posterize", 3, (63, 64, 192), (0, 128, 255)),  # 0, 127.5, 255; 127.5 -> even 128
        ("posterize", 2, (127, 128, 255), (0, 255, 255)),
    ],
)
def test_light_does_to_each_value_what_its_formula_says(
    key: str, strength: float, before: tuple[int, ...], after: tuple[int, ...]
) -> None:
    assert DISTORTIONS[key](tile(*before), strength)[0, :, 0].tolist() == list(after)


def test_saturation_draws_a_colour_towards_its_own_grey() -> None:
    red = np.array([[[200, 0, 0]]], dtype=np.uint8)
    # grey 0.299 * 200 = 59.8; half way: 59.8 + 70.1 = 129.9 and 59.8 / 2 = 29.9
    assert DISTORTIONS["saturation"](red, 0)[0, 0].tolist() == [60, 60, 60]
    assert DISTORTIONS["saturation"](red, 0.5)[0, 0].tolist() == [130, 30, 30]
    assert DISTORTIONS["saturation"](tile(9, 200), 0.3)[0, :, 2].tolist() == [9, 200]


# --- damage ----------------------------------------------------------------------------------

GRAY = np.full((200, 300, 3), 128, dtype=np.uint8)


def test_noise_has_the_deviation_it_says_in_every_channel_on_its_own() -> None:
    added = DISTORTIONS["noise"](GRAY, 20, seed=1).astype(float) - 128
    # 180,000 draws: the standard error of the deviation is 20 / sqrt(360,000) = 0.03
    assert added.std() == pytest.approx(20, abs=0.15)
    assert added.mean() == pytest.approx(0, abs=0.25)
    assert abs(np.corrcoef(added[..., 0].ravel(), added[..., 1].ravel())[0, 1]) < 0.02


def test_salt_and_pepper_turns_the_share_it_says_half_and_half() -> None:
    y = DISTORTIONS["salt_and_pepper"](GRAY, 0.2, seed=1)
    assert set(np.unique(y)) == {0, 128, 255}
    assert (y == y[..., :1]).all()  # whole pixels
    black, white = (y[..., 0] == 0).mean(), (y[..., 0] == 255).mean()
    assert black == pytest.approx(0.1, abs=0.01)  # standard error sqrt(0.09 / 60,000) = 0.0012
    assert white == pytest.approx(0.1, abs=0.01)
    assert 128 not in DISTORTIONS["salt_and_pepper"](GRAY, 1)


def test_blur_spreads_a_point_with_the_deviation_it_says() -> None:
    x = np.zeros((61, 61, 3), dtype=np.uint8)
    x[28:33, 28:33] = 255  # 5 x 5: variance of a row (25 - 1) / 12 = 2
    y = DISTORTIONS["blur"](x, 3)[..., 0].astype(float)
    assert y.sum() == pytest.approx(25 * 255, rel=0.05)
    spread = (y.sum(axis=0) * (np.arange(61) - 30) ** 2).sum() / y.sum()
    assert spread == pytest.approx(3**2 + 2, rel=0.1)


def test_jpeg_of_a_flat_picture_is_flat_and_low_quality_makes_blocks() -> None:
    assert np.array_equal(DISTORTIONS["jpeg"](GRAY, 50), GRAY)
    noisy = DISTORTIONS["noise"](GRAY, 20)
    damaged = DISTORTIONS["jpeg"](noisy, 5)
    assert len(np.unique(damaged.reshape(-1, 3), axis=0)) < len(
        np.unique(noisy.reshape(-1, 3), axis=0)
    )


def test_occlude_covers_the_share_it_says_with_one_grey_block() -> None:
    white = np.full((100, 200, 3), 255, dtype=np.uint8)
    covered = (DISTORTIONS["occlude"](white, 0.25, seed=4) == GRAY_BLOCK).all(axis=2)
    assert covered.sum() == 50 * 100  # half of each side
    rows, columns = np.flatnonzero(covered.any(axis=1)), np.flatnonzero(covered.any(axis=0))
    assert (np.ptp(rows), np.ptp(columns)) == (49, 99)
    assert (DISTORTIONS["occlude"](white, 1) == GRAY_BLOCK).all()


def test_shuffle_keeps_every_pixel_and_every_tile_whole() -> None:
    y = DISTORTIONS["shuffle"](X, 3, seed=1)  # tiles of 8 x 10; column 30 stays
    assert Counter(map(tuple, y.reshape(-1, 3))) == Counter(map(tuple, X.reshape(-1, 3)))
    assert np.array_equal(y[:, 30], X[:, 30])

    def tiles(image: np.ndarray) -> list[bytes]:
        corners = [(r, c) for r in (0, 8, 16) for c in (0, 10, 20)]
        return sorted(image[r : r + 8, c : c + 10].tobytes() for r, c in corners)

    assert tiles(y) == tiles(X)


# --- errors ----------------------------------------------------------------------------------


@each
@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((4, 4), np.uint8), r"RGB of shape .* got \(4, 4\) uint8; load it with imglab"),
        (np.zeros((4, 4, 3)), r"RGB of shape .* got \(4, 4, 3\) float64"),
        (np.zeros((0, 4, 3), np.uint8), "at least one pixel"),
        (np.zeros((4, 4, 4), np.uint8), "must have shape"),
    ],
)
def test_what_is_no_rgb_picture_is_refused(key: str, image: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DISTORTIONS[key](image, DISTORTIONS[key].strengths[0])


@each
@pytest.mark.parametrize("strength", [math.nan, math.inf, -1e6])
def test_a_strength_out_of_range_is_refused(key: str, strength: float) -> None:
    with pytest.raises(
        ValueError, match=r"strength must be a .*number from .* to .*, got .*choose"
    ):
        DISTORTIONS[key](X, strength)


@pytest.mark.parametrize("key", ["shift", "mirror", "jpeg", "posterize", "shuffle"])
def test_a_strength_that_counts_must_be_whole(key: str) -> None:
    with pytest.raises(ValueError, match=r"a whole number from .*got \d\.5"):
        DISTORTIONS[key](X, 0.5 if key == "mirror" else 3.5)
