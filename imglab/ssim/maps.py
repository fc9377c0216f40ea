"""SSIM as one number, as a map, and as the three factors of the map."""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from imglab.ssim.windows import (
    K1,
    K2,
    SIDES,
    Moments,
    Window,
    check_channels,
    check_window,
    moments,
)
from imglab.validation import AnyImage, FloatImage

_Fraction = tuple[FloatImage, FloatImage]


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
    channels = check_channels(reference, distorted, data_range, SIDES[check_window(window)])
    scores = [
        math.fsum(
            float(_similarity(found, data_range).sum())
            for _, found in moments(x, y, window, data_range)
        )
        / math.prod(_map_shape(x, window))
        for x, y in channels
    ]
    return math.fsum(scores) / len(scores)


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
    channels = check_channels(reference, distorted, data_range, SIDES[check_window(window)])
    ssim_map = np.empty(_map_shape(channels[0][0], window))
    for number, (x, y) in enumerate(channels):
        for place, found in moments(x, y, window, data_range):
            if number:
                ssim_map[place] += _similarity(found, data_range)
            else:
                _similarity(found, data_range, out=ssim_map[place])
    if len(channels) > 1:
        ssim_map /= len(channels)  # the mean of the three channels' maps
    return ssim_map


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
    side = SIDES[check_window(window)]
    ((x, y),) = check_channels(reference, distorted, data_range, side, gray=True)
    c2 = stabilisers(data_range)[1]
    c3 = c2 / 2  # the one choice that makes contrast times structure a single fraction
    found = Components(*(np.empty(_map_shape(x, window)) for _ in range(3)))
    pairs = ((x, y), (x, x), (y, y))  # the covariance of a picture with itself is its variance
    walks = (moments(*pair, window, data_range) for pair in pairs)
    for (place, m), (_, of_x), (_, of_y) in zip(*walks, strict=True):
        var_x, var_y = np.maximum(of_x.sigma_xy, 0), np.maximum(of_y.sigma_xy, 0)
        sigma_x_sigma_y = np.sqrt(var_x * var_y)
        # Cauchy and Schwarz; rounding may leave it, and the factors [-1, 1], by 1e-16.
        sigma_xy = np.clip(m.sigma_xy, -sigma_x_sigma_y, sigma_x_sigma_y)
        found.luminance[place], _ = two_factors(m, data_range)
        found.contrast[place] = (2 * sigma_x_sigma_y + c2) / (var_x + var_y + c2)
        found.structure[place] = (sigma_xy + c3) / (sigma_x_sigma_y + c3)
    return Components(*(np.clip(factor, -1, 1, out=factor) for factor in found))


def two_factors(moments: Moments, data_range: float) -> tuple[FloatImage, FloatImage]:
    """Return luminance and contrast-structure, whose product is SSIM."""
    (a1, b1), (a2, b2) = _two_fractions(moments, data_range)
    return a1 / b1, a2 / b2


def _similarity(moments: Moments, data_range: float, out: FloatImage | None = None) -> FloatImage:
    """Return SSIM (Eq. 13 of Wang et al.), written into `out` where one is given."""
    (a1, b1), (a2, b2) = _two_fractions(moments, data_range)
    a1 *= a2
    b1 *= b2
    return np.divide(a1, b1, out=a1 if out is None else out)


def _two_fractions(moments: Moments, data_range: float) -> tuple[_Fraction, _Fraction]:
    """Return the numerators and denominators of luminance and contrast-structure.

    Each denominator is its numerator and what the pictures differ in. So equal
    windows give 1 to the last bit, and no rounding lifts one above it.
    """
    c1, c2 = stabilisers(data_range)
    a1, a2 = 2 * moments.mu_x_mu_y, 2 * moments.sigma_xy
    a1 += c1
    a2 += c2
    return (a1, a1 + moments.gap), (a2, a2 + moments.var_d)


def stabilisers(data_range: float) -> tuple[float, float]:
    """Return c1 and c2, which keep the denominators away from 0."""
    peak = float(data_range)
    return (K1 * peak) ** 2, (K2 * peak) ** 2


def _map_shape(x: AnyImage, window: Window) -> tuple[int, int]:
    return x.shape[0] - SIDES[window] + 1, x.shape[1] - SIDES[window] + 1
