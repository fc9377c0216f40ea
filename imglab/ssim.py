r"""Lesson 03: structure, window by window.

SSIM asks of each small window of two pictures: are they equally bright, do
they vary equally much, and do they vary together? Two conventions are named
here. Wang's Gaussian window weighs 11 x 11 pixels and takes the moments of the
whole window; the flat window averages 7 x 7 pixels and takes the moments of a
sample (N - 1), as scikit-image does unless told otherwise. Both leave out the
windows that would overhang the border.

``x`` and ``y`` are the two pictures in float64, ``mu`` local means,
``sigma_xy`` the local covariance and ``L`` the data range.
"""

from typing import Literal, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from imglab.validation import AnyImage, FloatImage, UndefinedMetric, check_data_range, check_pair

Window = Literal["gaussian", "flat"]

K1, K2 = 0.01, 0.03  # keep the denominators away from 0
SIDES = {"gaussian": 11, "flat": 7}  # pixels a side of a window
SIGMA = 1.5  # standard deviation of the Gaussian window, in pixels
WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # exponents of the five scales, finest first
SMALLEST = 161  # halved four times, rounding up: 81, 41, 21, 11, one window
EXTREME = 1e50  # a product of two variances of a larger range could overflow


class Components(NamedTuple):
    """The three factors of SSIM around each pixel, maps of one shape.

    Attributes
    ----------
    luminance : ndarray
        Likeness of the local means, in (-1, 1]; not negative for pictures
        without negative values.
    contrast : ndarray
        Likeness of the local standard deviations, in (0, 1].
    structure : ndarray
        Local correlation, kept finite in flat windows, in [-1, 1].
    """

    luminance: FloatImage
    contrast: FloatImage
    structure: FloatImage


class _Moments(NamedTuple):
    mu_x: FloatImage
    mu_y: FloatImage
    var_x: FloatImage
    var_y: FloatImage
    sigma_xy: FloatImage
    sigma_x_sigma_y: FloatImage


def structural_similarity(
    reference: npt.ArrayLike,
    distorted: npt.ArrayLike,
    *,
    data_range: float,
    window: Window = "gaussian",
) -> float:
    """Compute the mean of `structural_similarity_map`.

    Use it to rank damages of one picture. It is no share of likeness: a shift
    of one pixel costs much, and unrelated pictures may get 0.3.

    Parameters
    ----------
    reference, distorted, data_range, window
        As for `structural_similarity_map`.

    Returns
    -------
    float
        In [-1, 1], also for an RGB picture: the mean of its three channels'
        scores. Equal pictures give exactly 1.

    Raises
    ------
    ValueError
        As for `structural_similarity_map`.

    Notes
    -----
    Values of the two windows must not be compared with each other, and so not
    with those of a library whose window, border or downsampling differs.

    Examples
    --------
    >>> import numpy as np
    >>> black, white = np.zeros((11, 11)), np.ones((11, 11))
    >>> structural_similarity(black, black, data_range=1.0)
    1.0
    >>> round(structural_similarity(black, white, data_range=1.0), 6)  # 0.0001 / 1.0001
    0.0001
    """
    ssim_map = structural_similarity_map(reference, distorted, data_range=data_range, window=window)
    return float(ssim_map.mean())


def structural_similarity_map(
    reference: npt.ArrayLike,
    distorted: npt.ArrayLike,
    *,
    data_range: float,
    window: Window = "gaussian",
) -> FloatImage:
    r"""Compute SSIM in the window around each pixel.

    .. math::
        \mathrm{SSIM} = \frac{(2\mu_x\mu_y + c_1)(2\sigma_{xy} + c_2)}
        {(\mu_x^2 + \mu_y^2 + c_1)(\sigma_x^2 + \sigma_y^2 + c_2)},
        \quad c_1 = (0.01 L)^2, \; c_2 = (0.03 L)^2

    Parameters
    ----------
    reference, distorted : array_like of shape (H, W) or (H, W, 3)
        Equal shapes and dtypes; H and W at least one window.
    data_range : float
        L, the largest possible value minus the smallest: 255 for 8-bit code
        values. There is no default, because a wrong guess changes the answer
        without a warning.
    window : {"gaussian", "flat"}
        Wang's 11 x 11 pixels with weights of standard deviation 1.5 that add
        up to 1, population moments; or 7 x 7 equal weights, sample moments.

    Returns
    -------
    ndarray of shape (H - 10, W - 10), or (H - 6, W - 6) for the flat window
        SSIM in [-1, 1], float64; position (0, 0) belongs to the pixel (5, 5),
        or (3, 3). For RGB the mean of the three channels' maps. Equal windows
        give exactly 1.

    Raises
    ------
    ValueError
        If the pictures cannot be compared, are smaller than one window or
        span more than `data_range`; if `window` is neither of the two.

    References
    ----------
    .. [1] Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image quality
       assessment: from error visibility to structural similarity", IEEE
       Transactions on Image Processing 13(4), 2004, section III.

    Examples
    --------
    >>> import numpy as np
    >>> ramp = np.arange(400).reshape(20, 20)
    >>> structural_similarity_map(ramp, ramp, data_range=399).shape
    (10, 10)
    """
    channels = _check(reference, distorted, data_range, SIDES[_check_window(window)])
    maps = []
    for x, y in channels:
        luminance, contrast_structure = _two_factors(_moments(x, y, window), data_range)
        maps.append(luminance * contrast_structure)
    return np.asarray(np.mean(maps, axis=0))  # (channels, H - 10, W - 10) -> (H - 10, W - 10)


def structural_similarity_components(
    reference: npt.ArrayLike,
    distorted: npt.ArrayLike,
    *,
    data_range: float,
    window: Window = "gaussian",
) -> Components:
    r"""Compute luminance, contrast and structure around each pixel.

    .. math::
        l = \frac{2\mu_x\mu_y + c_1}{\mu_x^2 + \mu_y^2 + c_1}, \quad
        c = \frac{2\sigma_x\sigma_y + c_2}{\sigma_x^2 + \sigma_y^2 + c_2}, \quad
        s = \frac{\sigma_{xy} + c_3}{\sigma_x\sigma_y + c_3}, \quad c_3 = c_2 / 2

    Parameters
    ----------
    reference, distorted : array_like of shape (H, W)
        Grey pictures: the mean over channels of a product is not the product
        of the means, so there is no such triple for RGB.
    data_range, window
        As for `structural_similarity_map`.

    Returns
    -------
    Components
        Three maps, in this order, of the shape of `structural_similarity_map`,
        whose product is that map. Equal windows give exactly 1 in each.

    Raises
    ------
    ValueError
        As for `structural_similarity_map`, or if the pictures are not grey.

    Examples
    --------
    >>> import numpy as np
    >>> dark, light = np.full((11, 11), 100), np.full((11, 11), 110)
    >>> luminance, contrast, structure = structural_similarity_components(
    ...     dark, light, data_range=255
    ... )
    >>> contrast.item(), structure.item()  # two flat windows differ in brightness alone
    (1.0, 1.0)
    """
    side = SIDES[_check_window(window)]
    ((x, y),) = _check(reference, distorted, data_range, side, gray=True)
    m = _moments(x, y, window)
    luminance, _ = _two_factors(m, data_range)
    _, c2 = _stabilisers(data_range)
    c3 = c2 / 2  # the one choice that makes contrast times structure a single fraction
    contrast = (2 * m.sigma_x_sigma_y + c2) / (m.var_x + m.var_y + c2)
    structure = (m.sigma_xy + c3) / (m.sigma_x_sigma_y + c3)
    return Components(luminance, _clamp(contrast), _clamp(structure))


def multiscale_structural_similarity(
    reference: npt.ArrayLike, distorted: npt.ArrayLike, *, data_range: float
) -> float:
    r"""Combine the structure of five scales with the luminance of the coarsest.

    .. math::
        \overline{l_5 \, c_5 s_5}^{\,w_5} \prod_{j=1}^{4} \overline{c_j s_j}^{\,w_j}

    A bar is a mean over the windows of one scale. From one scale to the next
    blocks of 2 x 2 pixels are averaged.

    Parameters
    ----------
    reference, distorted : array_like of shape (H, W) or (H, W, 3)
        Equal shapes and dtypes; H and W at least 161, so that one window fits
        into the coarsest scale.
    data_range : float
        As for `structural_similarity_map`.

    Returns
    -------
    float
        In [0, 1]; for RGB the mean of the three channels' scores. Equal
        pictures give exactly 1.

    Raises
    ------
    UndefinedMetric
        If the mean of a scale is negative: a fractional power of it is no
        real number. It happens to unrelated or inverted pictures. Libraries put 0
        there or return nan.
    ValueError
        If the pictures cannot be compared, are too small or span more than
        `data_range`.

    Notes
    -----
    Wang's Gaussian window at each scale, the weights 0.0448, 0.2856, 0.3001,
    0.2363, 0.1333 of the paper. At an odd border the last row or column counts
    twice, as in implementations that mirror it.

    References
    ----------
    .. [1] Z. Wang, E. P. Simoncelli, A. C. Bovik, "Multi-scale structural
       similarity for image quality assessment", 37th Asilomar Conference on
       Signals, Systems and Computers, 2003.

    Examples
    --------
    >>> import numpy as np
    >>> ramp = np.add.outer(np.arange(161), np.arange(200))
    >>> multiscale_structural_similarity(ramp, ramp, data_range=359)
    1.0
    """
    channels = _check(reference, distorted, data_range, SMALLEST)
    return float(np.mean([_multiscale(x, y, data_range) for x, y in channels]))


def _multiscale(x: FloatImage, y: FloatImage, data_range: float) -> float:
    score = 1.0
    for scale, weight in enumerate(WEIGHTS, start=1):
        luminance, contrast_structure = _two_factors(_moments(x, y, "gaussian"), data_range)
        coarsest = scale == len(WEIGHTS)
        factor = luminance * contrast_structure if coarsest else contrast_structure
        mean = float(factor.mean())
        if mean < 0:
            msg = (
                f"multi-scale SSIM does not exist for this pair: at scale {scale} of 5 the mean "
                f"structure is negative ({mean:.4f}), and it has no real power {weight}"
            )
            raise UndefinedMetric(msg)
        score *= mean**weight
        x, y = _halve(x), _halve(y)
    return score


def _two_factors(moments: _Moments, data_range: float) -> tuple[FloatImage, FloatImage]:
    mu_x, mu_y, var_x, var_y, sigma_xy, _ = moments
    c1, c2 = _stabilisers(data_range)
    luminance = (2 * mu_x * mu_y + c1) / (mu_x**2 + mu_y**2 + c1)
    contrast_structure = (2 * sigma_xy + c2) / (var_x + var_y + c2)
    return _clamp(luminance), _clamp(contrast_structure)  # their product is Eq. 13 of Wang et al.


def _stabilisers(data_range: float) -> tuple[float, float]:
    peak = float(data_range)
    return (K1 * peak) ** 2, (K2 * peak) ** 2


def _moments(x: FloatImage, y: FloatImage, window: Window) -> _Moments:
    """Take the moments of each window (Eqs. 14 to 16 of Wang et al.).

    A variance does not see an offset, so each picture is first brought around
    0: E[x^2] - E[x]^2 of large, nearly equal values would leave rounding alone.
    """
    offset_x, offset_y = _middle(x), _middle(y)
    x, y = x - offset_x, y - offset_y
    mean_x, mean_y = _filter(x, window), _filter(y, window)
    samples = SIDES[window] ** 2
    sample = samples / (samples - 1) if window == "flat" else 1.0
    var_x = np.maximum(sample * (_filter(x * x, window) - mean_x**2), 0)
    var_y = np.maximum(sample * (_filter(y * y, window) - mean_y**2), 0)
    sigma_xy = sample * (_filter(x * y, window) - mean_x * mean_y)
    limit = np.sqrt(var_x * var_y)  # Cauchy-Schwarz; rounding may leave it, and 0, by 1e-16
    sigma_xy = np.clip(sigma_xy, -limit, limit)
    return _Moments(mean_x + offset_x, mean_y + offset_y, var_x, var_y, sigma_xy, limit)


def _filter(image: FloatImage, window: Window) -> FloatImage:
    side = SIDES[window]
    radius = side // 2
    away = np.arange(side) - radius  # pixels from the centre
    weights = np.exp(-0.5 * (away / SIGMA) ** 2) if window == "gaussian" else np.ones(side)
    weights = weights / weights.sum()
    filtered: FloatImage = np.asarray(cv2.sepFilter2D(image, -1, weights, weights))
    return filtered[radius:-radius, radius:-radius]  # whole windows only


def _halve(image: FloatImage) -> FloatImage:
    height, width = image.shape
    even = np.pad(image, [(0, height % 2), (0, width % 2)], mode="edge")
    rows = even[0::2] + even[1::2]  # (H / 2, W)
    return (rows[:, 0::2] + rows[:, 1::2]) / 4


def _middle(image: FloatImage) -> float:
    return (float(image.min()) + float(image.max())) / 2


def _clamp(factor: FloatImage) -> FloatImage:
    return np.clip(factor, -1, 1)  # rounding may leave [-1, 1] by 1e-16


def _check_window(window: Window) -> Window:
    if window not in SIDES:
        msg = f"window must be 'gaussian' or 'flat', got {window!r}; choose one of the two"
        raise ValueError(msg)
    return window


def _check(
    reference: npt.ArrayLike,
    distorted: npt.ArrayLike,
    data_range: float,
    min_side: int,
    *,
    gray: bool = False,
) -> list[tuple[FloatImage, FloatImage]]:
    """Return the pictures' channels in float64, one pair for grey, three for RGB."""
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
    return list(zip(_channels(x), _channels(y), strict=True))


def _channels(image: AnyImage) -> list[FloatImage]:
    planes = [image] if image.ndim == 2 else [image[:, :, channel] for channel in range(3)]
    return [np.ascontiguousarray(plane, dtype=np.float64) for plane in planes]  # for OpenCV
