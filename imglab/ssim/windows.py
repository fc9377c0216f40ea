"""The windows of SSIM: their weights, and the moments of two pictures in each of them.

What is computed here is plain: local means of four fields. How it is walked
through is not: tile by tile, in arrays that are used again, so that nothing as
large as a picture comes into being.
"""

from collections.abc import Iterator
from functools import cache
from typing import Literal, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from imglab.bands import bands, tiles
from imglab.validation import (
    AnyImage,
    ByteImage,
    FloatImage,
    check_data_range,
    check_pair,
)

Window = Literal["gaussian", "flat"]
Place = tuple[slice, slice]
"""Rows and columns of a map."""

_Field = ByteImage | npt.NDArray[np.uint16] | FloatImage

K1, K2 = 0.01, 0.03  # keep the denominators away from 0
SIDES = {"gaussian": 11, "flat": 7}  # pixels a side of a window
SIGMA = 1.5  # standard deviation of the Gaussian window, in pixels
EXTREME = 1e50  # a product of two variances of a larger range could overflow
TILE = (120, 512)  # windows whose local means are taken at once
ROWS = 30  # of a tile, for the arithmetic between: arrays of 120 kB


class Moments(NamedTuple):
    """The moments of two pictures in some windows, arrays of one shape.

    Attributes
    ----------
    mu_x_mu_y : ndarray
        Product of the means (Eq. 14 of Wang et al.).
    gap : ndarray
        Squared difference of the means, so that mu_x^2 + mu_y^2 is
        2 mu_x mu_y + gap.
    sigma_xy : ndarray
        Covariance (Eq. 16).
    var_d : ndarray
        Variance of x - y, so that var_x + var_y is 2 sigma_xy + var_d; never
        negative, and exactly 0, like `gap`, where the windows are equal.
    """

    mu_x_mu_y: FloatImage
    gap: FloatImage
    sigma_xy: FloatImage
    var_d: FloatImage


def moments(
    x: AnyImage, y: AnyImage, window: Window, data_range: float
) -> Iterator[tuple[Place, Moments]]:
    """Yield the moments of all whole windows, some rows and columns at a time.

    Parameters
    ----------
    x, y : ndarray of shape (H, W)
        Of any accepted dtype and layout.
    window : {"gaussian", "flat"}
        Population moments, or those of a sample.
    data_range : float
        L: decides whether the values lie so far from 0 that E[xy] - E[x] E[y]
        would leave rounding alone. They are then brought around 0 first.

    Yields
    ------
    tuple of place and Moments
        Every place of the map of shape (H - side + 1, W - side + 1), once.
    """
    side = SIDES[window]
    shape = (x.shape[0] - side + 1, x.shape[1] - side + 1)
    offset = _offset(x, y, data_range)
    for (rows, cols), means in _local_means(x, y, shape, window, offset):
        for part in bands(rows.stop - rows.start, ROWS):
            place = slice(rows.start + part.start, rows.start + part.stop), cols
            yield place, _moments(means[:, part], window, offset)


def _moments(means: FloatImage, window: Window, offset: float) -> Moments:
    x, y, xy, dd = means
    mu_x_mu_y, gap = x * y, x - y
    gap *= gap
    sigma_xy, var_d = xy - mu_x_mu_y, dd - gap
    if window == "flat":  # of a sample: over N - 1
        samples = SIDES[window] ** 2
        sigma_xy *= samples / (samples - 1)
        var_d *= samples / (samples - 1)
    if offset:  # the variances do not see it, the means do
        mu_x_mu_y = (x + offset) * (y + offset)
    return Moments(mu_x_mu_y, gap, sigma_xy, np.maximum(var_d, 0, out=var_d))


def _local_means(
    x: AnyImage, y: AnyImage, shape: tuple[int, int], window: Window, offset: float
) -> Iterator[tuple[Place, FloatImage]]:
    """Yield the local means of x, y, x y and (x - y)^2, less the offset, tile by tile."""
    side = SIDES[window]
    radius = side // 2
    whole_numbers = window == "flat" and x.dtype == np.uint8 and not offset
    largest = min(shape[0], TILE[0]) + side - 1, min(shape[1], TILE[1]) + side - 1
    pixels = np.empty((3, *largest), np.uint8 if whole_numbers else np.float64)
    filtered = np.empty((4, *largest))
    for rows, cols in tiles(shape, TILE):
        seen = slice(rows.start, rows.stop + side - 1), slice(cols.start, cols.stop + side - 1)
        part = slice(0, seen[0].stop - rows.start), slice(0, seen[1].stop - cols.start)
        a, b, scratch = pixels[:, *part]
        for image, plane in ((x, a), (y, b)):  # of whatever dtype and layout: OpenCV needs rows
            np.copyto(plane, image[seen], casting="unsafe")
        if offset:
            pixels[:2] -= offset
        means = filtered[:, *part]
        fields = _byte_fields(a, b) if whole_numbers else _float_fields(a, b, scratch)
        for field, mean in zip(fields, means, strict=True):
            _average(field, window, mean)
        yield (rows, cols), means[:, radius:-radius, radius:-radius]  # whole windows only


def _byte_fields(a: ByteImage, b: ByteImage) -> Iterator[_Field]:
    """Yield the four fields in 8 and 16 bits, without a rounding."""
    yield a
    yield b
    yield np.multiply(a, b, dtype=np.uint16)
    apart = cv2.absdiff(a, b)
    yield np.multiply(apart, apart, dtype=np.uint16)


def _float_fields(a: FloatImage, b: FloatImage, scratch: FloatImage) -> Iterator[FloatImage]:
    """Yield the four fields; the third and the fourth lie in `scratch`."""
    yield a
    yield b
    yield np.multiply(a, b, out=scratch)
    apart = np.subtract(a, b, out=scratch)
    yield np.multiply(apart, apart, out=scratch)


def _average(field: _Field, window: Window, out: FloatImage) -> None:
    """Write the mean of the window around each pixel into `out`."""
    if field.dtype != np.float64:  # OpenCV adds up whole numbers, and divides once
        cv2.boxFilter(field, cv2.CV_64F, (SIDES[window],) * 2, dst=out)
        return
    weights = _weights(window)
    cv2.sepFilter2D(field, cv2.CV_64F, weights, weights, dst=out)


@cache
def _weights(window: Window) -> FloatImage:
    side = SIDES[window]
    away = np.arange(side) - side // 2  # pixels from the centre
    weights = np.exp(-0.5 * (away / SIGMA) ** 2) if window == "gaussian" else np.ones(side)
    return np.asarray(weights / weights.sum())


def _offset(x: AnyImage, y: AnyImage, data_range: float) -> float:
    """Return the middle of all values, or 0 where they lie no farther from it than L."""
    if x.dtype == np.uint8 and data_range >= np.iinfo(np.uint8).max:
        return 0.0
    low = min(float(x.min()), float(y.min()))
    high = max(float(x.max()), float(y.max()))
    return 0.0 if max(-low, high) <= data_range else (low + high) / 2


def check_window(window: Window) -> Window:
    """Refuse what is no name of a window."""
    if window not in SIDES:
        msg = f"window must be 'gaussian' or 'flat', got {window!r}; choose one of the two"
        raise ValueError(msg)
    return window


def check_channels(
    reference: npt.ArrayLike,
    distorted: npt.ArrayLike,
    data_range: float,
    min_side: int,
    *,
    gray: bool = False,
) -> list[tuple[AnyImage, AnyImage]]:
    """Return views of the pictures' channels, one pair for grey, three for RGB."""
    x, y = check_pair(
        reference, distorted, names=("reference", "distorted"), gray=gray, min_side=min_side
    )
    width = check_data_range(data_range, x, y)
    if not 1 / EXTREME <= width <= EXTREME:
        msg = (
            f"data_range must be {1 / EXTREME:g} to {EXTREME:g}, got {width:g}; "
            "scale the pictures and their range first"
        )
        raise ValueError(msg)
    if x.ndim == 2:
        return [(x, y)]
    return [(x[:, :, channel], y[:, :, channel]) for channel in range(3)]
