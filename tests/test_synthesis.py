"""Pictures made to order keep what they must keep, and go where they were sent."""

import numpy as np
import pytest

from imglab import image, pixel, samples, ssim
from imglab.synthesis import same_error, same_similarity, structural_similarity_gradient
from imglab.validation import UndefinedMetric


def crop(name="astronaut", height=80, width=96):
    return image.to_gray(samples.load(name, size=128))[20 : 20 + height, 20 : 20 + width].copy()


def noisy(x, sigma=15):
    noise = np.random.default_rng(0).normal(0, sigma, x.shape)
    return np.clip(np.rint(x + noise), 0, 255).astype(np.uint8)


def score(x, y):
    return ssim.structural_similarity(x, y, data_range=255)


def test_the_gradient_of_two_flat_pictures_is_the_one_worked_by_hand():
    # L = 100: c1 = (0.01 * 100)^2 = 1. x = 0 and y = 1 everywhere: SSIM = (0 + 1) / (0 + 1 + 1).
    # d/dy of 1 / (y^2 + 1) is -2 y / (y^2 + 1)^2 = -2 / 4, when all pixels rise together.
    dark, light = np.zeros((12, 15)), np.ones((12, 15))
    value, gradient = structural_similarity_gradient(dark, light, data_range=100)
    assert value == pytest.approx(0.5, abs=1e-12)
    assert gradient.sum() == pytest.approx(-0.5, abs=1e-12)


@pytest.mark.parametrize("shape", [(11, 11), (14, 17), (23, 12)])
def test_the_gradient_agrees_with_finite_differences_at_every_pixel(shape):
    x, y = np.random.default_rng(1).integers(20, 236, (2, *shape)).astype(float)
    value, gradient = structural_similarity_gradient(x, y, data_range=255)
    assert value == pytest.approx(score(x, y), abs=1e-12)
    step = 1e-3
    for place in np.ndindex(*shape):
        more, less = y.copy(), y.copy()
        more[place] += step
        less[place] -= step
        slope = (score(x, more) - score(x, less)) / (2 * step)
        assert gradient[place] == pytest.approx(slope, abs=1e-10)


def test_at_equal_pictures_no_pixel_can_raise_ssim():
    x = crop().astype(float)
    value, gradient = structural_similarity_gradient(x, x, data_range=255)
    assert value == pytest.approx(1, abs=1e-12)
    assert np.abs(gradient).max() < 1e-12


@pytest.mark.parametrize("name", ["astronaut", "text", "retina"])
def test_walks_keep_the_error_of_the_bytes_and_part_in_ssim(name):
    x = crop(name)
    start = np.clip(x.astype(int) + 15, 0, 255).astype(np.uint8)
    error = pixel.mean_squared_error(x, start)
    high = same_error(x, start, direction="up", steps=60)
    low = same_error(x, start, direction="down", steps=60)
    for walk in (high, low):
        assert walk.picture.dtype == np.uint8
        assert walk.mse == pytest.approx(error, rel=0.005)
        assert walk.mse == pytest.approx(pixel.mean_squared_error(x, walk.picture), rel=1e-12)
        assert walk.ssim == pytest.approx(score(x, walk.picture), abs=1e-12)
        assert walk.steps > 20
    assert low.ssim < score(x, start) - 0.3
    assert high.ssim > low.ssim + 0.3


def test_walks_keep_ssim_and_part_in_error():
    x = crop()
    start = noisy(x)
    high = same_similarity(x, start, direction="up", steps=60)
    low = same_similarity(x, start, direction="down", steps=60)
    for walk in (high, low):
        assert walk.ssim == pytest.approx(score(x, start), abs=0.005)
        assert walk.ssim == pytest.approx(score(x, walk.picture), abs=1e-12)
        assert walk.mse == pytest.approx(pixel.mean_squared_error(x, walk.picture), rel=1e-12)
    error = pixel.mean_squared_error(x, start)
    assert high.mse > 4 * error
    assert low.mse < error / 2


def test_a_start_beside_black_and_white_keeps_its_error_in_spite_of_clipping():
    x = np.where(np.indices((48, 60)).sum(axis=0) // 6 % 2, 250, 5).astype(np.uint8)
    start = noisy(x, 25)  # half of the noise is clipped, and more of every step
    for direction in ("up", "down"):
        walk = same_error(x, start, direction=direction, steps=40)
        made = pixel.mean_squared_error(x, walk.picture)
        assert made == pytest.approx(pixel.mean_squared_error(x, start), rel=0.005)


def test_a_walk_of_no_steps_stays_where_it_starts():
    x = crop()
    start = noisy(x)
    walk = same_error(x, start, direction="up", steps=0)
    assert walk.steps == 0
    inside = np.s_[10:-10, 10:-10]  # there the start, farther out, so that the error is the same
    moved = walk.picture[inside].astype(float) - x[inside]
    assert (
        np.corrcoef(moved.ravel(), (start[inside].astype(float) - x[inside]).ravel())[0, 1] > 0.95
    )


def test_the_frame_that_few_windows_hold_stays_as_in_the_reference():
    x = crop()
    for walk in (
        same_error(x, noisy(x), direction="up", steps=10),
        same_similarity(x, noisy(x), direction="down", steps=10),
    ):
        changed = walk.picture != x
        assert changed[10:-10, 10:-10].any()
        changed[10:-10, 10:-10] = False
        assert not changed.any()


def test_neither_picture_is_changed():
    x, start = crop(), noisy(crop())
    before = x.copy(), start.copy()
    same_error(x, start, direction="down", steps=5)
    same_similarity(x, start, direction="up", steps=5)
    assert np.array_equal(x, before[0])
    assert np.array_equal(start, before[1])


@pytest.mark.parametrize("walk", [same_error, same_similarity])
def test_what_cannot_be_walked_is_refused_with_a_cure(walk):
    x = crop()
    with pytest.raises(UndefinedMetric, match=r"equal.*start from a changed copy"):
        walk(x, x, direction="up")
    with pytest.raises(ValueError, match="must hold bytes, got float64; pass 8-bit"):
        walk(x / 255, noisy(x) / 255, direction="up")
    with pytest.raises(ValueError, match="'up' or 'down', got 'left'; choose"):
        walk(x, noisy(x), direction="left")
    with pytest.raises(ValueError, match="at least 31 pixels a side"):
        walk(x[:30], noisy(x)[:30], direction="up")
    with pytest.raises(ValueError, match="must be grey"):
        walk(*[np.stack([picture] * 3, axis=2) for picture in (x, noisy(x))], direction="up")


def test_an_error_that_the_inner_pixels_cannot_carry_is_refused():
    black, white = np.zeros((40, 40), dtype=np.uint8), np.full((40, 40), 255, dtype=np.uint8)
    with pytest.raises(UndefinedMetric, match=r"no such sphere.*take a larger picture") as caught:
        same_error(black, white, direction="up")
    assert "65025" in str(caught.value)
