"""SSIM at five scales, in one number."""

import numpy as np
import numpy.typing as npt

from imglab.bands import rows_of
from imglab.ssim.maps import two_factors
from imglab.ssim.windows import check_channels, moments
from imglab.validation import AnyImage, FloatImage, UndefinedMetric

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # exponents of the five scales, finest first
SMALLEST = 161  # halved four times, rounding up: 81, 41, 21, 11, one window


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
    channels = check_channels(reference, distorted, data_range, SMALLEST)
    return float(np.mean([_multiscale(x, y, data_range) for x, y in channels]))


def _multiscale(x: AnyImage, y: AnyImage, data_range: float) -> float:
    score = 1.0
    for scale, weight in enumerate(WEIGHTS, start=1):
        mean = _mean_factor(x, y, data_range, coarsest=scale == len(WEIGHTS))
        if mean < 0:
            msg = (
                f"multi-scale SSIM does not exist for this pair: at scale {scale} of 5 the mean "
                f"structure is negative ({mean:.4f}), and it has no real power {weight}"
            )
            raise UndefinedMetric(msg)
        score *= mean**weight
        x, y = _halve(x), _halve(y)
    return score


def _mean_factor(x: AnyImage, y: AnyImage, data_range: float, *, coarsest: bool) -> float:
    """Average contrast-structure over all windows, at the coarsest scale SSIM itself."""
    windows, total = 0, 0.0
    for _, found in moments(x, y, "gaussian", data_range):
        luminance, contrast_structure = two_factors(found, data_range)
        factor = luminance * contrast_structure if coarsest else contrast_structure
        windows, total = windows + factor.size, total + float(factor.sum())
    return total / windows


def _halve(image: AnyImage) -> FloatImage:
    """Average blocks of 2 x 2 pixels; the last row or column of an odd side counts twice."""
    height, width = image.shape
    half = np.empty(((height + 1) // 2, (width + 1) // 2))
    for rows in rows_of(half.shape):
        top = slice(2 * rows.start, min(2 * rows.stop, height))
        pixels = image[top].astype(np.float64)
        even = np.pad(pixels, [(0, len(pixels) % 2), (0, width % 2)], mode="edge")
        two_rows = even[0::2] + even[1::2]  # (H / 2, W)
        half[rows] = (two_rows[:, 0::2] + two_rows[:, 1::2]) / 4
    return half
