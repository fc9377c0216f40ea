r"""Pictures made to order: one error and another SSIM, or the other way round.

All pictures with the same mean squared error from a reference lie on a sphere
around it. `same_error` walks on that sphere, uphill or downhill in SSIM;
`same_similarity` walks where SSIM keeps its value, towards a smaller or a
larger error. Both keep to values from 0 to 255 at every step, so that the
picture that is shown is the picture that was scored. Both leave the outer ten
pixels as the reference has them: few windows hold those, and a walk uphill
would hide the whole error there.

``x`` is the reference, ``y`` the picture that walks, both in float64; the
window is Wang's Gaussian one of `imglab.ssim`.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from imglab.ssim import K1, K2, SIDES, SIGMA, structural_similarity
from imglab.validation import ByteImage, FloatImage, UndefinedMetric, check_data_range, check_pair

Direction = Literal["up", "down"]

SIDE = SIDES["gaussian"]
PEAK = 255.0  # the walks make pictures of bytes
FIRST_STEP = 0.5  # levels, root mean square over the picture
LAST_STEP = 0.01  # a walk whose steps have become smaller has arrived
LONGER, SHORTER = 1.1, 0.5  # the next step after one that helped, or did not
BISECTIONS = 40
FARTHEST = 16.0  # times the way from the reference to the start
FRAME = SIDE - 1  # pixels at the border that not all of their windows hold
SMALLEST = 3 * FRAME + 1  # so that the pixels inside the frame can carry the error
CORRECTIONS = 8
STRAY = 1e-4  # how far SSIM may be from the value to keep, before rounding to bytes


class Walk(NamedTuple):
    """Where a walk ended.

    Attributes
    ----------
    picture : ndarray of shape (H, W), uint8
        Rounded to bytes; `ssim` and `mse` are those of these bytes.
    ssim, mse : float
        Against the reference.
    steps : int
        How many steps helped.
    """

    picture: ByteImage
    ssim: float
    mse: float
    steps: int


def structural_similarity_gradient(
    reference: npt.ArrayLike, distorted: npt.ArrayLike, *, data_range: float
) -> tuple[float, FloatImage]:
    r"""Compute SSIM and how it changes with each pixel of `distorted`.

    .. math::
        \frac{\partial\,\mathrm{SSIM}}{\partial y_i} = \frac{2}{P} \sum_p w_{pi}
        \left( \alpha_p x_i + \beta_p y_i + \gamma_p \right)

    Parameters
    ----------
    reference, distorted : array_like of shape (H, W)
        Grey pictures of equal shape and dtype, at least 11 pixels a side.
    data_range : float
        As for `imglab.ssim.structural_similarity`.

    Returns
    -------
    tuple of float and ndarray of shape (H, W)
        SSIM in the Gaussian window, and its gradient, per level. For equal
        pictures SSIM is at its highest, 1, and the gradient is 0 but for
        rounding.

    Raises
    ------
    ValueError
        If the pictures cannot be compared, are smaller than one window or
        span more than `data_range`.

    Notes
    -----
    The mean is over the `P` whole windows alone, so pixels near the border,
    which few windows hold, have a small gradient. scikit-image's gradient
    counts the windows that overhang the border too.

    Examples
    --------
    >>> import numpy as np
    >>> dark, light = np.zeros((11, 11)), np.full((11, 11), 10.0)
    >>> value, gradient = structural_similarity_gradient(dark, light, data_range=255)
    >>> bool(np.all(gradient < 0))  # every level more takes SSIM down
    True
    """
    names = ("reference", "distorted")
    x, y = check_pair(reference, distorted, names=names, gray=True, min_side=SIDE)
    width = check_data_range(data_range, x, y)
    return _Windows(_float(x), width).gradient(_float(y))


def same_error(
    reference: npt.ArrayLike, start: npt.ArrayLike, *, direction: Direction, steps: int = 150
) -> Walk:
    """Walk from `start`, at its mean squared error, to a higher or lower SSIM.

    Parameters
    ----------
    reference, start : array_like of shape (H, W), uint8
        Two different pictures, at least 31 pixels a side. The error of
        `start` is kept.
    direction : {"up", "down"}
        Towards a higher or a lower SSIM.
    steps : int
        At most so many.

    Returns
    -------
    Walk
        Its error is that of `start` as nearly as whole levels allow.

    Raises
    ------
    ValueError
        If the pictures are not grey bytes of one shape, or `direction` is
        none of the two.
    UndefinedMetric
        If the pictures are equal, so that the sphere is a point, or if the
        pixels inside the frame cannot carry so large an error.

    Notes
    -----
    A walk finds a high or a low value, not the highest or lowest.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.add.outer(np.arange(40), 4 * np.arange(40)).astype(np.uint8)
    >>> start = x + np.uint8(15)
    >>> high = same_error(x, start, direction="up", steps=10)
    >>> low = same_error(x, start, direction="down", steps=10)
    >>> low.ssim < 0.6 < 0.8 < high.ssim, round(low.mse), round(high.mse)
    (True, 225, 225)
    """
    x, y, sign = _check(reference, start, direction)
    error = float(np.mean((x - y) ** 2))
    windows = _Windows(x, PEAK)
    inner = _inner(x)

    def tangent(y: FloatImage) -> tuple[float, FloatImage]:
        value, uphill = windows.gradient(y)
        outward = y - x  # the gradient of the error, but for a factor
        return sign * value, sign * _without(inner * uphill, outward)

    def is_near(y: FloatImage) -> bool:
        return bool(np.mean((y - x) ** 2) < error)

    y = _scaled(x, x + inner * (y - x), is_near)
    if is_near(y + 1e-3 * np.sign(y - x)):
        msg = (
            f"there is no such sphere: inside the frame of {FRAME} pixels no bytes in the start's "
            f"direction have the error {error:g}; take a larger picture or a nearer start"
        )
        raise UndefinedMetric(msg)
    y, helped = _walk(y, tangent, lambda y: _scaled(x, y, is_near), steps)
    return _arrived(x, _scaled(x, y, is_near, bytes_only=True), helped)


def same_similarity(
    reference: npt.ArrayLike, start: npt.ArrayLike, *, direction: Direction, steps: int = 150
) -> Walk:
    """Walk from `start`, at its SSIM, to a larger or smaller mean squared error.

    The mirror of `same_error`.

    Parameters
    ----------
    reference, start : array_like of shape (H, W), uint8
        Two different pictures, at least 31 pixels a side. The SSIM of `start`
        is kept.
    direction : {"up", "down"}
        Towards a larger or a smaller error.
    steps : int
        At most so many.

    Returns
    -------
    Walk
        Its SSIM is that of `start` as nearly as whole levels allow; where
        the picture is nearly flat that may be some hundredths.

    Raises
    ------
    ValueError, UndefinedMetric
        As for `same_error`.
    """
    x, y, sign = _check(reference, start, direction)
    windows = _Windows(x, PEAK)
    kept, _ = windows.gradient(y)
    inner = _inner(x)

    def tangent(y: FloatImage) -> tuple[float, FloatImage]:
        value, uphill = windows.gradient(y)
        outward = y - x
        strayed = abs(value - kept) > STRAY
        error = -np.inf if strayed else sign * float(np.mean(outward**2))
        return error, sign * _without(outward, inner * uphill)

    def back(y: FloatImage) -> FloatImage:
        for _ in range(CORRECTIONS):  # Newton's method along the gradient
            value, uphill = windows.gradient(y)
            if abs(value - kept) <= STRAY:
                break
            uphill = inner * uphill
            y = np.clip(y + (kept - value) / float(np.sum(uphill**2)) * uphill, 0, PEAK)
        return y

    def is_near(y: FloatImage) -> bool:
        return windows.gradient(y)[0] > kept

    y = back(_scaled(x, x + inner * (y - x), is_near))
    y, helped = _walk(y, tangent, back, steps)
    return _arrived(x, _scaled(x, y, is_near, bytes_only=True), helped)


class _Windows:
    """SSIM against one reference, with what does not change computed once."""

    def __init__(self, x: FloatImage, width: float) -> None:
        self.x = x
        self.c1, self.c2 = (K1 * width) ** 2, (K2 * width) ** 2
        self.mu_x = _filter(x)
        self.var_x = _filter(x * x) - self.mu_x**2

    def gradient(self, y: FloatImage) -> tuple[float, FloatImage]:
        """Return SSIM and its gradient; the letters are those of lesson 03."""
        x, mu_x = self.x, self.mu_x
        mu_y = _filter(y)
        var_y = _filter(y * y) - mu_y**2
        sigma_xy = _filter(x * y) - mu_x * mu_y
        a1, a2 = 2 * mu_x * mu_y + self.c1, 2 * sigma_xy + self.c2
        b1, b2 = mu_x**2 + mu_y**2 + self.c1, self.var_x + var_y + self.c2
        ssim = a1 * a2 / (b1 * b2)
        alpha = a1 / (b1 * b2)
        beta = -ssim / b2
        gamma = mu_x * (a2 - a1) / (b1 * b2) + mu_y * ssim * (1 / b2 - 1 / b1)
        spread = _spread(alpha) * x + _spread(beta) * y + _spread(gamma)
        return float(ssim.mean()), 2 / ssim.size * spread


def _filter(image: FloatImage) -> FloatImage:
    """Average each whole window: (H, W) -> (H - 10, W - 10)."""
    radius = SIDE // 2
    weights = np.exp(-0.5 * ((np.arange(SIDE) - radius) / SIGMA) ** 2)
    weights /= weights.sum()
    filtered: FloatImage = np.asarray(cv2.sepFilter2D(image, -1, weights, weights))
    return filtered[radius:-radius, radius:-radius]


def _spread(windows: FloatImage) -> FloatImage:
    """Give each pixel what its windows hold, weighted as in them: the transpose of `_filter`."""
    return _filter(np.pad(windows, SIDE - 1))  # (H - 10, W - 10) -> (H, W)


def _without(vector: FloatImage, direction: FloatImage) -> FloatImage:
    """Take away the part of `vector` that points along `direction`."""
    length = float(np.sum(direction**2))
    share = float(np.sum(vector * direction)) / length if length else 0.0
    return np.asarray(vector - share * direction)


def _walk(
    y: FloatImage,
    tangent: Callable[[FloatImage], tuple[float, FloatImage]],
    back: Callable[[FloatImage], FloatImage],
    steps: int,
) -> tuple[FloatImage, int]:
    """Step along the tangent, come back to what must be kept, and repeat while it helps."""
    value, uphill = tangent(y)
    length, helped = FIRST_STEP, 0
    for _ in range(steps):
        size = float(np.sqrt(np.mean(uphill**2)))
        if length < LAST_STEP or size == 0:
            break
        tried = back(y + length / size * uphill)
        tried_value, tried_uphill = tangent(tried)
        if tried_value > value:
            y, value, uphill = tried, tried_value, tried_uphill
            length, helped = length * LONGER, helped + 1
        else:
            length *= SHORTER
    return y, helped


def _arrived(x: FloatImage, y: FloatImage, steps: int) -> Walk:
    reference, picture = x.astype(np.uint8), y.astype(np.uint8)
    ssim = structural_similarity(reference, picture, data_range=PEAK)
    return Walk(picture, ssim, float(np.mean((x - picture) ** 2)), steps)


def _scaled(
    x: FloatImage,
    y: FloatImage,
    is_near: Callable[[FloatImage], bool],
    *,
    bytes_only: bool = False,
) -> FloatImage:
    """Scale y - x until, after clipping (and rounding), the picture just ceases to be near."""

    def made(scale: float) -> FloatImage:
        y_scaled = x + scale * (y - x)
        return np.asarray(np.clip(np.rint(y_scaled) if bytes_only else y_scaled, 0, PEAK))

    low, high = 0.0, FARTHEST
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if is_near(made(middle)) else (low, middle)
    return made(high)


def _inner(x: FloatImage) -> FloatImage:
    """Return 1 for the pixels that walk, 0 for the frame."""
    return np.pad(np.ones((x.shape[0] - 2 * FRAME, x.shape[1] - 2 * FRAME)), FRAME)


def _check(
    reference: npt.ArrayLike, start: npt.ArrayLike, direction: Direction
) -> tuple[FloatImage, FloatImage, int]:
    names = ("reference", "start")
    x, y = check_pair(reference, start, names=names, gray=True, min_side=SMALLEST)
    if x.dtype != np.uint8:
        msg = f"reference and start must hold bytes, got {x.dtype}; pass 8-bit code values"
        raise ValueError(msg)
    if direction not in ("up", "down"):
        msg = f"direction must be 'up' or 'down', got {direction!r}; choose one of the two"
        raise ValueError(msg)
    if np.array_equal(x, y):
        msg = (
            "there is nowhere to walk: reference and start are equal, and no other picture has "
            "this error or this SSIM; start from a changed copy"
        )
        raise UndefinedMetric(msg)
    return _float(x), _float(y), 1 if direction == "up" else -1


def _float(image: npt.ArrayLike) -> FloatImage:
    return np.ascontiguousarray(image, dtype=np.float64)
