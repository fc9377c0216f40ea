"""Lesson 02: difference, point by point.

Eight ways to compare the value at each position of one picture with the value
at the same position of another. Nothing here looks at a neighbour.

Throughout, ``x`` and ``y`` are the two pictures and ``n`` counts their values:
pixels for a grey picture, three times the pixels for RGB. Sums over pictures of
bytes are exact, because they are sums of whole numbers, which OpenCV adds up as
fast as memory gives them. All other pictures are widened to float64, a band of
rows at a time: nothing here makes an array as large as a picture.
"""

import math
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from imglab.bands import rows_of
from imglab.validation import (
    AnyImage,
    FloatImage,
    UndefinedMetric,
    check_data_range,
    check_pair,
)


def differing_pixels(
    image0: npt.ArrayLike, image1: npt.ArrayLike, *, tolerance: float = 0.0
) -> int:
    """Count the positions at which two pictures differ.

    Use it to tell an exact copy from anything else. One changed compression
    setting changes almost every pixel, so the count says nothing of how much.

    Parameters
    ----------
    image0, image1 : array_like of shape (H, W) or (H, W, 3)
        Equal shapes and dtypes.
    tolerance : float, default 0
        A pixel differs when any of its channels differs by more than this, in
        the units of the pictures.

    Returns
    -------
    int
        Number of pixels, not of channel values: 0 to H * W. Equal pictures
        give 0.

    Raises
    ------
    ValueError
        If the pictures cannot be compared or `tolerance` is negative.

    Examples
    --------
    >>> red, dark_red = [[[9, 0, 0], [9, 0, 0]]], [[[9, 0, 0], [8, 0, 1]]]
    >>> differing_pixels(red, dark_red)  # two channels of one pixel
    1
    >>> differing_pixels(red, dark_red, tolerance=1)
    0
    """
    x, y = check_pair(image0, image1)
    if not tolerance >= 0:
        msg = f"tolerance must be 0 or more, got {tolerance}; pass a number of levels"
        raise ValueError(msg)
    differing = 0
    for apart in _apart(x, y, tolerance):
        pixels = apart if apart.ndim == 2 else apart[:, :, 0] | apart[:, :, 1] | apart[:, :, 2]
        differing += int(np.count_nonzero(pixels))  # of shape (rows, W): a pixel counts once
    return differing


def differing_fraction(
    image0: npt.ArrayLike, image1: npt.ArrayLike, *, tolerance: float = 0.0
) -> float:
    """Compute the share of positions at which two pictures differ.

    Parameters
    ----------
    image0, image1, tolerance
        As for `differing_pixels`.

    Returns
    -------
    float
        `differing_pixels` over H * W, in [0, 1]. Equal pictures give 0.

    Raises
    ------
    ValueError
        As for `differing_pixels`.

    Examples
    --------
    >>> differing_fraction([[1, 2], [3, 4]], [[1, 2], [3, 5]])
    0.25
    """
    x, _ = check_pair(image0, image1)
    pixels = math.prod(x.shape[:2])
    return differing_pixels(image0, image1, tolerance=tolerance) / pixels


def euclidean_distance(image0: npt.ArrayLike, image1: npt.ArrayLike) -> float:
    r"""Compute the straight-line distance between two pictures as vectors.

    .. math:: D = \sqrt{\sum_{i=1}^{n} (x_i - y_i)^2}

    A metric in the mathematical sense. It grows with the number of pixels
    (doubles with the side), so compare it only at one size.

    Parameters
    ----------
    image0, image1 : array_like of shape (H, W) or (H, W, 3)
        Equal shapes and dtypes.

    Returns
    -------
    float
        0 or more, in the units of the pictures. Equal pictures give 0.

    Raises
    ------
    ValueError
        If the pictures cannot be compared.

    Examples
    --------
    >>> euclidean_distance([[10, 20]], [[13, 16]])  # sqrt(3**2 + 4**2)
    5.0
    """
    x, y = check_pair(image0, image1)
    squares, unit = _sum_of_squares(x, y)
    return unit * math.sqrt(squares)


def mean_absolute_error(image0: npt.ArrayLike, image1: npt.ArrayLike) -> float:
    r"""Compute the average size of a difference.

    .. math:: \mathrm{MAE} = \frac{1}{n} \sum_{i=1}^{n} |x_i - y_i|

    Parameters
    ----------
    image0, image1 : array_like of shape (H, W) or (H, W, 3)
        Equal shapes and dtypes.

    Returns
    -------
    float
        0 or more, in the units of the pictures (levels). Equal pictures give 0.

    Raises
    ------
    ValueError
        If the pictures cannot be compared.

    Examples
    --------
    >>> mean_absolute_error([[10, 20]], [[13, 16]])  # (3 + 4) / 2
    3.5
    """
    x, y = check_pair(image0, image1)
    return _sum_of_absolutes(x, y) / x.size


def mean_squared_error(image0: npt.ArrayLike, image1: npt.ArrayLike) -> float:
    r"""Compute the average of the squared differences.

    .. math:: \mathrm{MSE} = \frac{1}{n} \sum_{i=1}^{n} (x_i - y_i)^2

    Squaring makes one difference of 20 weigh as much as four of 10. Not a
    metric in the mathematical sense: the triangle inequality fails.

    Parameters
    ----------
    image0, image1 : array_like of shape (H, W) or (H, W, 3)
        Equal shapes and dtypes.

    Returns
    -------
    float
        0 or more, in squared units of the pictures. Equal pictures give 0.

    Raises
    ------
    ValueError
        If the pictures cannot be compared.

    Examples
    --------
    >>> mean_squared_error([[10, 20]], [[13, 16]])  # (9 + 16) / 2
    12.5
    """
    x, y = check_pair(image0, image1)
    squares, unit = _sum_of_squares(x, y)
    return unit**2 * (squares / x.size)


def root_mean_squared_error(image0: npt.ArrayLike, image1: npt.ArrayLike) -> float:
    r"""Compute the root of the mean squared error, in levels again.

    .. math:: \mathrm{RMSE} = \sqrt{\mathrm{MSE}} = D / \sqrt{n}

    A metric in the mathematical sense, and comparable between sizes.

    Parameters
    ----------
    image0, image1 : array_like of shape (H, W) or (H, W, 3)
        Equal shapes and dtypes.

    Returns
    -------
    float
        0 or more, in the units of the pictures. Equal pictures give 0.

    Raises
    ------
    ValueError
        If the pictures cannot be compared.

    Examples
    --------
    >>> root_mean_squared_error([[0, 0, 0, 0]], [[2, 2, 2, 2]])
    2.0
    """
    x, y = check_pair(image0, image1)
    squares, unit = _sum_of_squares(x, y)
    return unit * math.sqrt(squares / x.size)


def peak_signal_noise_ratio(
    reference: npt.ArrayLike, distorted: npt.ArrayLike, *, data_range: float
) -> float:
    r"""Express the mean squared error in decibels below the largest possible.

    .. math:: \mathrm{PSNR} = 10 \log_{10} \frac{L^2}{\mathrm{MSE}}
        = 20 \log_{10} \frac{L}{\mathrm{RMSE}}

    Use it to rank codecs on one picture; between pictures it ranks little.

    Parameters
    ----------
    reference, distorted : array_like of shape (H, W) or (H, W, 3)
        Equal shapes and dtypes.
    data_range : float
        L, the largest possible value minus the smallest: 255 for 8-bit code
        values. There is no default, because a wrong guess changes the answer
        without a warning.

    Returns
    -------
    float
        Decibels, 0 or more. Equal pictures give ``inf``: their error is 0, and
        no finite number of decibels says so.

    Raises
    ------
    ValueError
        If the pictures cannot be compared, or span more than `data_range`.

    Examples
    --------
    >>> black, white = [[0, 0]], [[255, 255]]
    >>> peak_signal_noise_ratio(black, white, data_range=255)  # L**2 / MSE is 1
    0.0
    >>> peak_signal_noise_ratio(black, black, data_range=255)
    inf
    """
    x, y = check_pair(reference, distorted, names=("reference", "distorted"))
    peak = check_data_range(data_range, x, y)
    rmse = root_mean_squared_error(x, y)
    if rmse == 0:
        return math.inf
    return 20 * (math.log10(peak) - math.log10(rmse))  # a quotient of extremes could overflow


def cosine_similarity(image0: npt.ArrayLike, image1: npt.ArrayLike) -> float:
    r"""Compute the cosine of the angle between two pictures as vectors.

    .. math:: \cos(x, y) = \frac{\sum_i x_i y_i}{\sqrt{\sum_i x_i^2}\sqrt{\sum_i y_i^2}}

    Blind to gain (a brighter exposure), not to an offset. Pictures have no
    negative values, so two unrelated ones already point the same way.

    Parameters
    ----------
    image0, image1 : array_like of shape (H, W) or (H, W, 3)
        Equal shapes and dtypes.

    Returns
    -------
    float
        In [-1, 1], in [0, 1] for pictures without negative values. Equal
        pictures give exactly 1.

    Raises
    ------
    UndefinedMetric
        If one picture is 0 everywhere: it has no direction.
    ValueError
        If the pictures cannot be compared.

    Examples
    --------
    >>> round(cosine_similarity([[3, 4]], [[4, 3]]), 12)  # (12 + 12) / (5 * 5)
    0.96
    """
    x, y = check_pair(image0, image1)
    sums = _sums_of_products(x, y)
    if not sums.xx or not sums.yy:
        msg = "cosine similarity does not exist for a picture that is 0 everywhere"
        raise UndefinedMetric(msg)
    return _cosine(sums)


def normalized_cross_correlation(image0: npt.ArrayLike, image1: npt.ArrayLike) -> float:
    r"""Compute the cosine similarity after taking each picture's mean away.

    .. math:: \mathrm{NCC} = \cos(x - \mu_x, \; y - \mu_y)

    Pearson's correlation of the two lists of values. Blind to gain and to
    offset; -1 for a picture and its negative.

    Parameters
    ----------
    image0, image1 : array_like of shape (H, W) or (H, W, 3)
        Equal shapes and dtypes. One mean is taken over all values of a
        picture, also over the channels of an RGB picture.

    Returns
    -------
    float
        In [-1, 1]. Equal pictures give exactly 1.

    Raises
    ------
    UndefinedMetric
        If one picture is constant: nothing is left after centring.
    ValueError
        If the pictures cannot be compared.

    Examples
    --------
    >>> normalized_cross_correlation([[1, 2, 3]], [[5, 4, 3]])  # exactly opposed
    -1.0
    """
    x, y = check_pair(image0, image1)
    sums = _sums_of_products(x, y, centred=True)
    if not sums.xx or not sums.yy:
        msg = "normalised cross-correlation does not exist for a constant picture"
        raise UndefinedMetric(msg)
    return _cosine(sums)


def _apart(x: AnyImage, y: AnyImage, tolerance: float) -> Iterator[npt.NDArray[np.bool_]]:
    """Tell, band by band, which values differ by more than the tolerance."""
    if tolerance == 0:
        yield from (x[rows] != y[rows] for rows in rows_of(x.shape))
        return
    for difference in _absolute_differences(x, y):
        yield difference > tolerance


class _Products(NamedTuple):
    """Sums over two pictures, each multiplied by any positive number: the cosine stays."""

    xy: float
    xx: float
    yy: float


def _cosine(sums: _Products) -> float:
    cosine = sums.xy / math.sqrt(sums.xx * sums.yy)
    return min(1.0, max(-1.0, cosine))  # rounding may leave [-1, 1] by 1e-16


def _sum_of_squares(x: AnyImage, y: AnyImage) -> tuple[float, float]:
    """Return the sum of ((x - y) / unit)^2, and the unit.

    The unit is a power of two near the largest difference, 1 for bytes.
    Dividing by it is exact and keeps the squares of tiny floats from vanishing:
    two pictures that differ never get the distance 0.
    """
    if x.dtype == np.uint8:
        return _byte_norm("NORM_L2SQR", x, y), 1.0
    largest = max(float(difference.max()) for difference in _absolute_differences(x, y))
    _, exponent = math.frexp(largest)
    unit = math.ldexp(1.0, max(exponent, -1000))
    squares = ((difference / unit) ** 2 for difference in _absolute_differences(x, y))
    return math.fsum(float(np.sum(band)) for band in squares), unit


def _sum_of_absolutes(x: AnyImage, y: AnyImage) -> float:
    if x.dtype == np.uint8:
        return _byte_norm("NORM_L1", x, y)
    return math.fsum(float(np.sum(band)) for band in _absolute_differences(x, y))


def _sums_of_products(x: AnyImage, y: AnyImage, *, centred: bool = False) -> _Products:
    """Return the sums of x y, x x and y y, also after taking each picture's mean away."""
    if x.dtype == np.uint8:
        return _byte_products(x, y, centred=centred)
    (mu_x, scale_x), (mu_y, scale_y) = (_centre_and_scale(z, centred=centred) for z in (x, y))
    sums: list[list[float]] = [[], [], []]
    for wide_x, wide_y in _float_bands(x, y):
        a, b = (wide_x - mu_x) / scale_x, (wide_y - mu_y) / scale_y
        for kept, product in zip(sums, (a * b, a * a, b * b), strict=True):
            kept.append(float(np.sum(product)))  # no BLAS: it is slow beside a busy process
    return _Products(*map(math.fsum, sums))


def _byte_products(x: AnyImage, y: AnyImage, *, centred: bool) -> _Products:
    """Do so in whole numbers: x y is half of x^2 + y^2 - (x - y)^2."""
    xx, yy, dd = (int(_byte_norm("NORM_L2SQR", *pair)) for pair in ((x,), (y,), (x, y)))
    xy = (xx + yy - dd) // 2
    if not centred:
        return _Products(float(xy), float(xx), float(yy))
    n, sum_x, sum_y = x.size, int(_byte_norm("NORM_L1", x)), int(_byte_norm("NORM_L1", y))
    # n times the sum of (x - mu_x) (y - mu_y) is n sum x y - sum x sum y.
    return _Products(
        float(n * xy - sum_x * sum_y), float(n * xx - sum_x**2), float(n * yy - sum_y**2)
    )


def _byte_norm(kind: Literal["NORM_L1", "NORM_L2SQR"], x: AnyImage, *other: AnyImage) -> float:
    """Return OpenCV's norm of a picture of bytes or of a difference: a whole number."""
    import cv2

    images = [image.astype(np.uint8, copy=False) for image in (x, *other)]
    together = all(image.flags.c_contiguous for image in images)
    parts = [slice(None)] if together else rows_of(x.shape)  # OpenCV copies what it cannot walk
    norm: Callable[..., float] = cv2.norm
    code = getattr(cv2, kind)
    return float(sum(round(norm(*[image[part] for image in images], code)) for part in parts))


def _centre_and_scale(image: AnyImage, *, centred: bool) -> tuple[float, float]:
    """Return the mean, or 0, and the largest distance from it: squares of it cannot vanish."""
    low, high = float(image.min()), float(image.max())
    if low == high and centred:
        return low, 1.0  # a mean might be inexact
    total = math.fsum(float(np.sum(a)) for a, _ in _float_bands(image, image)) if centred else 0.0
    mean = total / image.size
    return mean, max(high - mean, mean - low) or 1.0


def _float_bands(x: AnyImage, y: AnyImage) -> Iterator[tuple[FloatImage, FloatImage]]:
    """Widen a pair band by band: 10 - 20 is -10 in float64 and 246 in uint8."""
    for rows in rows_of(x.shape):
        yield x[rows].astype(np.float64), y[rows].astype(np.float64)


def _absolute_differences(x: AnyImage, y: AnyImage) -> Iterator[FloatImage]:
    for wide_x, wide_y in _float_bands(x, y):
        yield np.abs(wide_x - wide_y)
