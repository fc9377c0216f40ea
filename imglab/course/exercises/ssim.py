"""The exercises of lesson 03: what is asked, tested solutions, known mistakes.

The solutions carry no annotations: they are printed for a learner to paste.
"""

# mypy: allow-untyped-defs, allow-untyped-calls

import cv2
import numpy as np
import numpy.typing as npt

from imglab import image, samples, ssim
from imglab.course.exercises import Exercise


def _bytes(*rows: list[int]) -> npt.NDArray[np.uint8]:
    """Make a grey picture of a few rows."""
    return np.array(rows, dtype=np.uint8)


def ssim_of_window(x, y, data_range):
    x, y = x.astype(float), y.astype(float)
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    mu_x, mu_y = x.mean(), y.mean()
    var_x, var_y = np.mean((x - mu_x) ** 2), np.mean((y - mu_y) ** 2)
    sigma_xy = np.mean((x - mu_x) * (y - mu_y))
    luminance = (2 * mu_x * mu_y + c1) / (mu_x**2 + mu_y**2 + c1)
    contrast_structure = (2 * sigma_xy + c2) / (var_x + var_y + c2)
    return float(luminance * contrast_structure)


def _window(x, y, c1, c2, without=""):
    """Compute SSIM of a window with one known mistake."""
    x, y = x.astype(float), y.astype(float)
    mu_x, mu_y = x.mean(), y.mean()
    sample = x.size / (x.size - 1) if without == "plain means" else 1
    var_x, var_y = sample * x.var(), sample * y.var()
    sigma_xy = sample * np.mean((x - mu_x) * (y - mu_y))
    if without == "sign":
        sigma_xy = abs(sigma_xy)
    luminance = (2 * mu_x * mu_y + c1) / (mu_x**2 + mu_y**2 + c1)
    if without == "luminance":
        luminance = 1.0
    if without == "structure":
        sigma_xy = np.sqrt(var_x * var_y)
    return float(luminance * (2 * sigma_xy + c2) / (var_x + var_y + c2))


def _constants_not_squared(x, y, data_range):
    return _window(x, y, 0.01 * data_range, 0.03 * data_range)


def _constants_swapped(x, y, data_range):
    return _window(x, y, (0.03 * data_range) ** 2, (0.01 * data_range) ** 2)


def _no_constants(x, y, _):
    return _window(x, y, 0.0, 0.0)


def _constants_of_255(x, y, _):
    return _window(x, y, (0.01 * 255) ** 2, (0.03 * 255) ** 2)


def _of_a_sample(x, y, data_range):
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    return _window(x, y, c1, c2, without="plain means")


def _without_sign(x, y, data_range):
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    return _window(x, y, c1, c2, without="sign")


def _without_luminance(x, y, data_range):
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    return _window(x, y, c1, c2, without="luminance")


def _without_structure(x, y, data_range):
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    return _window(x, y, c1, c2, without="structure")


def _products_in_bytes(x, y, data_range):
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    mu_x, mu_y = x.mean(), y.mean()
    var_x, var_y = np.mean(x * x) - mu_x**2, np.mean(y * y) - mu_y**2
    sigma_xy = np.mean(x * y) - mu_x * mu_y
    luminance = (2 * mu_x * mu_y + c1) / (mu_x**2 + mu_y**2 + c1)
    return float(luminance * (2 * sigma_xy + c2) / (var_x + var_y + c2))


def _covariance_in_bytes(x, y, data_range):
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    mu_x, mu_y = x.mean(), y.mean()
    sigma_xy = np.mean(x * y) - mu_x * mu_y
    luminance = (2 * mu_x * mu_y + c1) / (mu_x**2 + mu_y**2 + c1)
    return float(luminance * (2 * sigma_xy + c2) / (x.var() + y.var() + c2))


def local_variance(x, side):
    x = x.astype(float)
    windows = np.lib.stride_tricks.sliding_window_view(x, (side, side))
    mean = windows.mean(axis=(2, 3))
    mean_of_squares = (windows**2).mean(axis=(2, 3))
    return mean_of_squares - mean**2


def _windows_of(x, side):
    return np.lib.stride_tricks.sliding_window_view(x, (side, side))


def _squares_in_bytes(x, side):
    mean = _windows_of(x, side).mean(axis=(2, 3))
    return _windows_of(x * x, side).mean(axis=(2, 3)) - mean**2


def _variance_of_a_sample(x, side):
    return local_variance(x, side) * side**2 / max(side**2 - 1, 1)


def _deviation(x, side):
    return np.sqrt(np.maximum(local_variance(x, side), 0))


def _mean_not_squared(x, side):
    windows = _windows_of(x.astype(float), side)
    return (windows**2).mean(axis=(2, 3)) - windows.mean(axis=(2, 3))


def _over_the_border(x, side):
    return local_variance(np.pad(x, side // 2, mode="reflect"), side)


def _half_a_side_cut_off(x, side):
    x, half = x.astype(float), side // 2
    variance = cv2.blur(x * x, (side, side)) - cv2.blur(x, (side, side)) ** 2
    return variance[half:-half, half:-half]


def moved_below_a_stranger():
    pairs = samples.unrelated_pairs()
    for name, other in (*pairs, *(pair[::-1] for pair in pairs)):
        if name in ("grass", "gravel"):
            continue
        x, stranger = (image.to_gray(samples.load(n, size=256)) for n in (name, other))
        unrelated = ssim.structural_similarity(x, stranger, data_range=255)
        for pixels in (3, 8):
            moved = np.roll(x, pixels, axis=1)
            if ssim.structural_similarity(x, moved, data_range=255) < unrelated:
                return name, pixels, other
    return None


def _verify_moved_below_a_stranger(made: object) -> tuple[bool, str]:
    if not (isinstance(made, tuple | list) and len(made) == 3):
        return False, "give a name, a number of pixels, another name: ('coffee', 4, 'camera')"
    name, pixels, other = made
    if unknown := [one for one in (name, other) if one not in samples.names()]:
        return False, f"there is no bundled picture {unknown[0]!r}; see samples.names()"
    if type(pixels) is bool or pixels not in range(1, 9):
        return False, "the shift must be a whole number of 1 to 8 pixels"
    if name in ("grass", "gravel"):
        return False, f"{name} moved is known to lose; move another picture"
    if not {(name, other), (other, name)} & set(samples.unrelated_pairs()):
        return False, f"{name} and {other} show the same thing; take two that do not"
    x, stranger = (image.to_gray(samples.load(n, size=256)) for n in (name, other))
    moved = ssim.structural_similarity(x, np.roll(x, pixels, axis=1), data_range=255)
    unrelated = ssim.structural_similarity(x, stranger, data_range=255)
    scores = f"moved by {pixels} it has {moved:.4f}, {other} has {unrelated:.4f}"
    nearer = f"nearer to {other} than to itself" if moved < unrelated else "still nearer to itself"
    return moved < unrelated, f"{name} is {nearer}: {scores}"


def similarity(x, y):
    data_range = 255
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    x, y = x.astype(float), y.astype(float)
    mu_x, mu_y = x.mean(), y.mean()
    sigma_xy = np.mean((x - mu_x) * (y - mu_y))
    luminance = (2 * mu_x * mu_y + c1) / (mu_x**2 + mu_y**2 + c1)
    return float(luminance * (2 * sigma_xy + c2) / (x.var() + y.var() + c2))


def _range_of_the_damaged(x, y):
    return ssim_of_window(x, y, float(y.max()) - float(y.min()))


def _range_of_the_reference(x, y):
    return ssim_of_window(x, y, float(x.max()) - float(x.min()))


def _range_of_both(x, y):
    top, bottom = max(x.max(), y.max()), min(x.min(), y.min())
    return ssim_of_window(x, y, float(top) - float(bottom))


def _largest_value(x, y):
    return ssim_of_window(x, y, float(max(x.max(), y.max())))


def _number_of_levels(x, y):
    return ssim_of_window(x, y, 256)


def _range_of_floats(x, y):
    return ssim_of_window(x, y, 1)


_RAMP = np.arange(64, dtype=np.uint8).reshape(8, 8)
_SEEDED = np.random.default_rng(3).integers(0, 256, (2, 7, 9)).astype(np.uint8)

EXERCISES = (
    Exercise(
        id="ssim-1",
        task="Compute SSIM of one window in which all pixels weigh alike.",
        reference=ssim_of_window,
        cases=(
            (
                "the four pixels worked by hand, L = 100",
                (_bytes([10, 20], [30, 40]), _bytes([44, 42], [48, 46]), 100),
            ),
            ("two flat windows, 100 and 110, L = 255", (_RAMP * 0 + 100, _RAMP * 0 + 110, 255)),
            ("black against black", (_RAMP * 0, _RAMP * 0, 255)),
            ("a ramp against itself, lighter by 20", (_RAMP, _RAMP + 20, 255)),
            ("a ramp against its negative", (_RAMP, 63 - _RAMP, 255)),
            ("random bytes, 7 by 9", (_SEEDED[0], _SEEDED[1], 255)),
            ("random floats from 0 to 1", (_SEEDED[0] / 255, _SEEDED[1] / 255, 1.0)),
        ),
        tolerance=1e-9,
        misconceptions=(
            (_products_in_bytes, "20 * 20 is no byte: cast before you square or multiply"),
            (_covariance_in_bytes, "x * y of bytes wraps around: cast before you multiply"),
            (_constants_not_squared, "c1 and c2 are squares: (0.01 L)^2 and (0.03 L)^2"),
            (_constants_swapped, "0.01 belongs to the means, 0.03 to the variances"),
            (_no_constants, "without c1 and c2 a flat or black window divides by 0"),
            (_constants_of_255, "c1 and c2 depend on data_range, which is not always 255"),
            (_of_a_sample, "take plain means; n - 1 belongs to the moments of a sample"),
            (_without_sign, "a negative covariance stays negative"),
            (_without_luminance, "the factor of the means is missing"),
            (_without_structure, "sigma_xy is the covariance, not sigma_x sigma_y"),
        ),
    ),
    Exercise(
        id="ssim-2",
        task="Compute the variance in each whole window of a picture.",
        reference=local_variance,
        cases=(
            ("a ramp of 8 by 8 bytes in windows of 3", (_RAMP, 3)),
            ("random bytes, 7 by 9, in windows of 3", (_SEEDED[0], 3)),
            ("random bytes, 7 by 9, in windows of 5", (_SEEDED[1], 5)),
            ("one window that fills its picture", (_SEEDED[0][:, :7].copy(), 7)),
            ("random bytes, 7 by 9, in windows of 4", (_SEEDED[0], 4)),
            ("windows of a single pixel", (_SEEDED[1], 1)),
        ),
        tolerance=1e-6,
        misconceptions=(
            (_squares_in_bytes, "20 * 20 is no byte: cast before you square"),
            (_variance_of_a_sample, "divide by the number of pixels, not by one less"),
            (_deviation, "a variance is asked, not its root"),
            (_mean_not_squared, "the mean is squared before it is taken away"),
            (_over_the_border, "only whole windows: none may hang over the border"),
            (_half_a_side_cut_off, "a side of 4 leaves H - 3 rows, not H - 4; a side of 1, all"),
        ),
    ),
    Exercise(
        id="ssim-3",
        task="Move a picture, not grass or gravel, so that for SSIM a stranger is nearer to it.",
        reference=moved_below_a_stranger,
        kind="target",
        verifier=_verify_moved_below_a_stranger,
    ),
    Exercise(
        id="ssim-5",
        task="Repair an SSIM of two grey pictures of bytes, in one window.",
        reference=similarity,
        kind="bug",
        cases=(
            ("a ramp and its copy with less contrast", (_RAMP * 2 + 20, _RAMP + 60)),
            ("one row of a ramp and random bytes", (_RAMP[:1], _SEEDED[0][:1, :8])),
            ("random bytes", (_SEEDED[0], _SEEDED[1])),
            ("a ramp and a flat picture", (_RAMP, _RAMP * 0 + 32)),
            ("two dim pictures", (_RAMP // 8, _RAMP // 4)),
        ),
        tolerance=1e-9,
        misconceptions=(
            (_range_of_the_reference, "L is what bytes can span, not what this picture spans"),
            (_range_of_both, "L is what bytes can span, not what these two happen to span"),
            (_largest_value, "the largest value present is no property of the format"),
            (_number_of_levels, "256 is the number of levels; largest minus smallest is one less"),
            (_range_of_floats, "1 is the range of floats from 0 to 1; these are bytes"),
            (_range_of_the_damaged, "each damaged picture still brings its own c1 and c2"),
        ),
    ),
)
