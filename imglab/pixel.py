"""Lesson 02: difference, point by point.

Eight ways to compare the value at each position of one picture with the value
at the same position of another. Nothing here looks at a neighbour.

Throughout, ``x`` and ``y`` are the two pictures in float64 and ``n`` counts
their values: pixels for a grey picture, three times the pixels for RGB.
"""

import math

import numpy as np
import numpy.typing as npt

from imglab.validation import FloatImage, UndefinedMetric, check_data_range, check_pair


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
    x, y = _as_floats(image0, image1)
    if not tolerance >= 0:
        msg = f"tolerance must be 0 or more, got {tolerance}; pass a number of levels"
        raise ValueError(msg)
    difference = np.abs(x - y)
    if difference.ndim == 3:
        difference = difference.max(axis=2)  # (H, W, 3) -> (H, W): a pixel counts once
    return int(np.count_nonzero(difference > tolerance))


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
    x, y = _as_floats(image0, image1)
    unit = _unit(x - y)
    return unit * math.sqrt(float(np.sum(((x - y) / unit) ** 2)))


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
    x, y = _as_floats(image0, image1)
    return float(np.mean(np.abs(x - y)))


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
    x, y = _as_floats(image0, image1)
    return float(np.mean((x - y) ** 2))


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
    x, y = _as_floats(image0, image1)
    unit = _unit(x - y)
    return unit * math.sqrt(float(np.mean(((x - y) / unit) ** 2)))


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
    x, y = _as_floats(image0, image1)
    if not x.any() or not y.any():
        msg = "cosine similarity does not exist for a picture that is 0 everywhere"
        raise UndefinedMetric(msg)
    return _cosine(x, y)


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
    x, y = _as_floats(image0, image1)
    if x.min() == x.max() or y.min() == y.max():
        msg = "normalised cross-correlation does not exist for a constant picture"
        raise UndefinedMetric(msg)
    mu_x, mu_y = x.mean(), y.mean()
    return _cosine(x - mu_x, y - mu_y)


def _as_floats(image0: npt.ArrayLike, image1: npt.ArrayLike) -> tuple[FloatImage, FloatImage]:
    """Check a pair and widen it: 10 - 20 is -10 in float64 and 246 in uint8."""
    x, y = check_pair(image0, image1)
    return x.astype(np.float64), y.astype(np.float64)


def _unit(difference: FloatImage) -> float:
    """Return a power of two near the largest difference.

    Dividing by it is exact and keeps the squares of tiny floats from vanishing:
    two pictures that differ never get the distance 0.
    """
    _, exponent = math.frexp(float(np.abs(difference).max()))
    return math.ldexp(1.0, max(exponent, -1000))


def _cosine(x: FloatImage, y: FloatImage) -> float:
    x = x / np.abs(x).max()  # the angle stays; squares of tiny floats would vanish
    y = y / np.abs(y).max()
    dot, square_x, square_y = (float(np.sum(product)) for product in (x * y, x * x, y * y))
    cosine = dot / math.sqrt(square_x * square_y)  # no BLAS: it is slow beside a busy process
    return min(1.0, max(-1.0, cosine))  # rounding may leave [-1, 1] by 1e-16
