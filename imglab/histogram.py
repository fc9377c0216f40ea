"""Lesson 01: what colours a picture has, not where.

A histogram counts how many pixels fall into each bin of brightness. Two
histograms are then compared bin by bin. Everything about *where* a pixel lies
is gone: any rearrangement of the pixels leaves the histogram as it was.
"""

import numpy as np
import numpy.typing as npt

from imglab.bands import rows_of, tiles
from imglab.validation import (
    LARGEST,
    ByteImage,
    FloatImage,
    UndefinedMetric,
    check_image,
    check_rgb,
)

LEVELS = 256  # code values of an 8-bit picture
EXACT = 2**20  # pixels that OpenCV counts at once; from 2**24 on its counts would be rounded
JOINT = 64  # bins of a channel in a joint histogram: 262,144 in all
EMPTY = float(np.finfo(np.float64).eps)  # `chi_square` skips the bins that hold no more at first


def counts(image: npt.ArrayLike, *, bins: int = LEVELS) -> npt.NDArray[np.int64]:
    """Count the pixels of each bin of brightness, channel by channel.

    Counts grow with the picture: compare them only between pictures of one
    size, or use `frequencies`.

    Parameters
    ----------
    image : array_like of shape (H, W) or (H, W, 3), uint8
        Code values 0 to 255.
    bins : int, default 256
        Number of bins of equal width, 1 to 256; value v falls into bin
        ``v * bins // 256``.

    Returns
    -------
    ndarray of shape (bins,) or (3 * bins,), int64
        For RGB the bins of red, then green, then blue: the order of Pillow's
        ``Image.histogram``. Each channel's bins add up to H * W.

    Raises
    ------
    ValueError
        If `image` is not uint8 or `bins` is no whole number from 1 to 256.

    Examples
    --------
    >>> import numpy as np
    >>> counts(np.array([[0, 0, 70, 255]], dtype=np.uint8), bins=4).tolist()
    [2, 1, 0, 1]
    """
    x = check_image(image)
    if x.dtype != np.uint8:
        msg = f"image must hold uint8 code values, got {x.dtype}; convert it to 0..255 first"
        raise ValueError(msg)
    bins = _check_bins(bins, LEVELS)
    levels = _count_levels(x.astype(np.uint8, copy=False))  # (channels, 256)
    if bins == LEVELS:
        return levels.ravel()
    bin_of = np.arange(LEVELS) * bins // LEVELS  # (256,): the bin of each code value
    binned = [np.bincount(bin_of, weights=channel, minlength=bins) for channel in levels]
    return np.concatenate(binned).astype(np.int64)


def frequencies(image: npt.ArrayLike, *, bins: int = LEVELS) -> FloatImage:
    """Compute the share of the pixels in each bin, channel by channel.

    Parameters
    ----------
    image, bins
        As for `counts`.

    Returns
    -------
    ndarray of shape (bins,) or (3 * bins,), float64
        `counts` over H * W; each channel's bins add up to 1.

    Raises
    ------
    ValueError
        As for `counts`.

    Examples
    --------
    >>> import numpy as np
    >>> frequencies(np.array([[0, 0, 70, 255]], dtype=np.uint8), bins=4).tolist()
    [0.5, 0.25, 0.0, 0.25]
    """
    x = check_image(image)
    pixels = x.shape[0] * x.shape[1]
    return np.asarray(counts(x, bins=bins) / pixels, dtype=np.float64)


def joint_counts(image: npt.ArrayLike, *, bins: int = 8) -> npt.NDArray[np.int64]:
    """Count the colours of a picture: one bin for each triple of red, green and blue.

    `counts` keeps three histograms and forgets which red went with which
    green; two pictures may agree in all three and share no colour. Here they
    differ. There is no order along these bins: do not pass them to
    `earth_movers`.

    Parameters
    ----------
    image : array_like of shape (H, W, 3), uint8
        Code values 0 to 255.
    bins : int, default 8
        Bins of each channel, 1 to 64.

    Returns
    -------
    ndarray of shape (bins**3,), int64
        The bin of a pixel is ``(red * bins + green) * bins + blue`` of its
        three bins. The sum is H * W.

    Raises
    ------
    ValueError
        If `image` is not RGB of uint8 or `bins` is no whole number from 1 to 64.

    Examples
    --------
    >>> import numpy as np
    >>> red_and_cyan = np.array([[[255, 0, 0], [0, 255, 255]]], dtype=np.uint8)
    >>> joint_counts(red_and_cyan, bins=2).tolist()  # cyan is 011, red is 100
    [0, 0, 0, 1, 1, 0, 0, 0]
    """
    x = check_rgb(image)
    bins = _check_bins(bins, JOINT)
    total = np.zeros(bins**3, dtype=np.int64)
    for rows in rows_of(x.shape):
        red, green, blue = np.moveaxis(x[rows].astype(np.int64) * bins // LEVELS, 2, 0)
        colour = (red * bins + green) * bins + blue  # (rows, W)
        total += np.bincount(colour.ravel(), minlength=bins**3)
    return total


def hsv_counts(image: npt.ArrayLike, *, bins: int = 16) -> npt.NDArray[np.int64]:
    r"""Count the pixels of each bin of hue, then of saturation, then of value.

    .. math::
        V = \max(R, G, B), \quad S = (V - \min(R, G, B)) / V, \quad
        6 H = \begin{cases}
            (G - B) / \Delta \bmod 6 & V = R \\
            (B - R) / \Delta + 2 & V = G \\
            (R - G) / \Delta + 4 & V = B
        \end{cases}

    with :math:`\Delta = V - \min(R, G, B)`. Where all three are equal there is
    no hue, and 0, which is red, is counted; black has the saturation 0. Hue
    lies on a circle, whose last bin touches its first: `earth_movers` does not
    know that.

    Parameters
    ----------
    image : array_like of shape (H, W, 3), uint8
        Code values 0 to 255.
    bins : int, default 16
        Bins of each of the three, 1 to 256. The ranges are 0 to 1 (without 1)
        for hue, 0 to 1 for saturation and 0 to 255 for value.

    Returns
    -------
    ndarray of shape (3 * bins,), int64
        Each third adds up to H * W.

    Raises
    ------
    ValueError
        If `image` is not RGB of uint8 or `bins` is no whole number from 1 to 256.

    Notes
    -----
    Computed in whole numbers: no rounding puts a colour into the next bin.

    Examples
    --------
    >>> import numpy as np
    >>> green = np.array([[[0, 200, 0]]], dtype=np.uint8)
    >>> hsv_counts(green, bins=3).tolist()  # a third of the circle; full; 200 * 3 // 256 = 2
    [0, 1, 0, 0, 0, 1, 0, 0, 1]
    """
    x = check_rgb(image)
    bins = _check_bins(bins, LEVELS)
    return sum((_hsv(x[rows], bins) for rows in rows_of(x.shape)), np.zeros(3 * bins, np.int64))


def _hsv(x: ByteImage, bins: int) -> npt.NDArray[np.int64]:
    red, green, blue = np.moveaxis(x.astype(np.int64), 2, 0)
    most = x.max(axis=2).astype(np.int64)
    delta = most - x.min(axis=2)
    sixths = np.select(  # 6 H, times delta
        [delta == 0, most == red, most == green],
        [0, (green - blue) % np.maximum(6 * delta, 1), blue - red + 2 * delta],
        red - green + 4 * delta,
    )
    hue = sixths * bins // np.maximum(6 * delta, 1)
    saturation = np.minimum(delta * bins // np.maximum(most, 1), bins - 1)
    value = most * bins // LEVELS
    planes = (hue, saturation, value)
    return np.concatenate([np.bincount(plane.ravel(), minlength=bins) for plane in planes])


def root_mean_square(histogram0: npt.ArrayLike, histogram1: npt.ArrayLike) -> float:
    r"""Compute the root of the mean squared difference of two histograms.

    .. math:: \mathrm{RMS} = \sqrt{\frac{1}{n} \sum_{i=1}^{n} (h_1[i] - h_2[i])^2}

    Each bin is compared with itself alone: a picture made a little brighter
    may be as far away as another picture.

    Parameters
    ----------
    histogram0, histogram1 : array_like of shape (n,)
        Both `counts` or both `frequencies`, with the same bins.

    Returns
    -------
    float
        0 or more: pixels for counts, a share (at most 1 for one channel) for
        frequencies. Equal histograms give 0.

    Raises
    ------
    ValueError
        If the shapes differ or are not (n,), or a value is negative or not finite.

    Examples
    --------
    >>> root_mean_square([2, 1, 0, 1], [0, 1, 2, 1])  # sqrt((4 + 0 + 4 + 0) / 4)
    1.4142135623730951
    """
    h1, h2 = _check_histograms(histogram0, histogram1)
    return float(np.sqrt(np.mean((h1 - h2) ** 2)))


def intersection(histogram0: npt.ArrayLike, histogram1: npt.ArrayLike) -> float:
    r"""Sum what two histograms have in common.

    .. math:: \sum_{i=1}^{n} \min(h_1[i], h_2[i])

    Parameters
    ----------
    histogram0, histogram1 : array_like of shape (n,)
        Both `counts` of pictures of one size or both `frequencies`, with the
        same bins. Nothing is normalised here: of two pictures of different
        sizes, counts tell little.

    Returns
    -------
    float
        A similarity. For frequencies 0 (no common bin) to the number of
        channels; equal histograms give their sum, 1 for each channel.

    Raises
    ------
    ValueError
        As for `root_mean_square`.

    Notes
    -----
    OpenCV's ``HISTCMP_INTERSECT``. Swain and Ballard divide by the pixels of
    the second histogram; for frequencies of one channel that divides by 1.

    References
    ----------
    .. [1] M. J. Swain, D. H. Ballard, "Color indexing", International Journal
       of Computer Vision 7(1), 1991.

    Examples
    --------
    >>> intersection([0.5, 0.25, 0.25], [0.25, 0.75, 0.0])  # 0.25 + 0.25 + 0
    0.5
    """
    h1, h2 = _check_histograms(histogram0, histogram1)
    return float(np.sum(np.minimum(h1, h2)))


def chi_square(histogram0: npt.ArrayLike, histogram1: npt.ArrayLike) -> float:
    r"""Compare what came with what the first histogram expects.

    .. math:: \sum_{i:\, h_1[i] > 0} \frac{(h_1[i] - h_2[i])^2}{h_1[i]}

    Not symmetric, and blind to every bin that the first histogram leaves
    empty: two unlike pictures may be at distance 0 or at any distance at all.
    `chi_square_symmetric` has neither fault.

    Parameters
    ----------
    histogram0, histogram1 : array_like of shape (n,)
        The expected and the found one, both `counts` or both `frequencies`,
        with the same bins. Nothing is normalised here.

    Returns
    -------
    float
        0 or more, without a bound. Equal histograms give 0.

    Raises
    ------
    ValueError
        As for `root_mean_square`.

    Notes
    -----
    OpenCV's ``HISTCMP_CHISQR``, which skips the bins where the first histogram
    holds 2.2e-16 or less.

    Examples
    --------
    >>> chi_square([0.5, 0.5, 0.0], [0.25, 0.5, 0.25])  # 0.0625 / 0.5; the last bin is skipped
    0.125
    >>> chi_square([0.25, 0.5, 0.25], [0.5, 0.5, 0.0])  # 0.0625 / 0.25 + 0.0625 / 0.25
    0.5
    """
    h1, h2 = _check_histograms(histogram0, histogram1)
    filled = h1 > EMPTY
    return float(np.sum((h1 - h2)[filled] ** 2 / h1[filled]))


def chi_square_symmetric(histogram0: npt.ArrayLike, histogram1: npt.ArrayLike) -> float:
    r"""Weigh each squared difference of two histograms by what both hold there.

    .. math:: 2 \sum_{i=1}^{n} \frac{(h_1[i] - h_2[i])^2}{h_1[i] + h_2[i]}

    A difference of one percent counts for more in a bin that is nearly empty
    than in a bin that is full. A bin that is empty in both counts as 0.

    Parameters
    ----------
    histogram0, histogram1 : array_like of shape (n,)
        Both `counts` of pictures of one size or both `frequencies`, with the
        same bins. Nothing is normalised here.

    Returns
    -------
    float
        For frequencies 0 to 4 for each channel, 4 where no bin is shared.
        Equal histograms give 0.

    Raises
    ------
    ValueError
        As for `root_mean_square`.

    Notes
    -----
    OpenCV's ``HISTCMP_CHISQR_ALT``. Other sources have 1 or 1/2 in place of
    the factor 2: divide by 2 or by 4 before comparing with them.

    Examples
    --------
    >>> chi_square_symmetric([0.75, 0.25, 0.0], [0.25, 0.75, 0.0])  # 2 * (0.25 + 0.25)
    1.0
    """
    h1, h2 = _check_histograms(histogram0, histogram1)
    filled = h1 + h2 > 0
    difference, total = (h1 - h2)[filled], (h1 + h2)[filled]
    return float(2 * np.sum(difference * (difference / total)))  # no square to underflow


def hellinger(histogram0: npt.ArrayLike, histogram1: npt.ArrayLike) -> float:
    r"""Compare the square roots of two histograms of shares.

    .. math::
        H = \sqrt{\tfrac{1}{2} \sum_i (\sqrt{p_i} - \sqrt{q_i})^2}
          = \sqrt{1 - \sum_i \sqrt{p_i q_i}}

    with :math:`p = h_1 / \sum h_1` and :math:`q = h_2 / \sum h_2`. A metric in
    the mathematical sense, and bounded.

    Parameters
    ----------
    histogram0, histogram1 : array_like of shape (n,)
        With the same bins. Each is divided by its own sum, so counts of
        pictures of different sizes may be compared.

    Returns
    -------
    float
        In [0, 1]; 1 where no bin is shared. Equal histograms give 0.

    Raises
    ------
    UndefinedMetric
        If a histogram is empty: it has no shares.
    ValueError
        As for `root_mean_square`.

    Notes
    -----
    What OpenCV calls ``HISTCMP_BHATTACHARYYA``. The first form is computed:
    the second loses half of the digits where the histograms are nearly equal.
    For the three channels of an RGB picture it is the root of the mean of the
    three squared distances.

    Examples
    --------
    >>> hellinger([1, 0, 0, 0], [1, 1, 1, 1])  # sqrt(1 - sqrt(1 * 1/4))
    0.7071067811865476
    """
    h1, h2 = _check_histograms(histogram0, histogram1)
    p, q = _shares(h1, "the Hellinger distance"), _shares(h2, "the Hellinger distance")
    return min(1.0, float(np.sqrt(np.sum((np.sqrt(p) - np.sqrt(q)) ** 2) / 2)))


def earth_movers(histogram0: npt.ArrayLike, histogram1: npt.ArrayLike) -> float:
    r"""Compute how far the pixels must move along the bins, on average.

    .. math:: \sum_{i=1}^{n} \left| \sum_{j \le i} (p_j - q_j) \right|

    Read the histograms as heaps of earth. What the first i bins of one hold
    more than those of the other must cross from bin i to bin i + 1; the sum
    of all that crosses is the least work. Unlike the distances bin by bin, it
    calls a picture made a little brighter a near one.

    Parameters
    ----------
    histogram0, histogram1 : array_like of shape (n,)
        With the same bins, in order of brightness. Each is divided by its own
        sum, so counts of pictures of different sizes may be compared. For RGB,
        three channels one after the other, the result is the mean over the
        channels: they hold equally many pixels, so nothing crosses from one
        channel into the next.

    Returns
    -------
    float
        0 to n - 1 for one channel, in widths of a bin: levels for 256 bins.
        Equal histograms give 0.

    Raises
    ------
    UndefinedMetric
        If a histogram is empty: there is nothing to move.
    ValueError
        As for `root_mean_square`.

    References
    ----------
    .. [1] Y. Rubner, C. Tomasi, L. J. Guibas, "The earth mover's distance as a
       metric for image retrieval", International Journal of Computer Vision
       40(2), 2000.

    Examples
    --------
    >>> earth_movers([1, 0, 0, 0], [0, 0, 0, 1])  # everything moves three bins
    3.0
    """
    h1, h2 = _check_histograms(histogram0, histogram1)
    p, q = _shares(h1, "the earth mover's distance"), _shares(h2, "the earth mover's distance")
    return float(np.sum(np.abs(np.cumsum(p - q)[:-1])))  # nothing crosses the last border


def _count_levels(x: ByteImage) -> npt.NDArray[np.int64]:
    """Count each code value of each channel, (channels, 256)."""
    import cv2

    channels = 1 if x.ndim == 2 else 3
    levels = np.zeros((channels, LEVELS), dtype=np.int64)
    height, width = x.shape[:2]
    for rows, cols in tiles((height, width), (max(1, EXACT // width), EXACT)):
        part = np.ascontiguousarray(x[rows, cols])
        for channel in range(channels):
            counted = cv2.calcHist([part], [channel], None, [LEVELS], [0, LEVELS])  # in float32
            levels[channel] += counted.ravel().astype(np.int64)
    return levels


def _check_bins(bins: int, most: int) -> int:
    if not 1 <= bins <= most or bins != int(bins):
        msg = f"bins must be a whole number from 1 to {most}, got {bins}; choose one"
        raise ValueError(msg)
    return int(bins)


def _shares(histogram: FloatImage, metric: str) -> FloatImage:
    total = histogram.sum()
    if total == 0:
        msg = f"{metric} does not exist for a histogram without pixels"
        raise UndefinedMetric(msg)
    return np.asarray(histogram / total, dtype=np.float64)


def _check_histograms(
    histogram0: npt.ArrayLike, histogram1: npt.ArrayLike
) -> tuple[FloatImage, FloatImage]:
    h1, h2 = _as_floats(histogram0), _as_floats(histogram1)
    if h1.ndim == h2.ndim >= 2:
        msg = (
            f"histograms must have one shape (n,), got {h1.shape} and {h2.shape}; "
            "pass counts or frequencies of the pictures"
        )
        raise ValueError(msg)
    if h1.ndim != 1 or h1.shape != h2.shape or h1.size == 0:
        msg = (
            f"histograms must have one shape (n,), got {h1.shape} and {h2.shape}; "
            "use the same bins and channels for both"
        )
        raise ValueError(msg)
    for h in (h1, h2):
        least, most = float(h.min()), float(h.max())
        if not 0 <= least <= most <= LARGEST:  # also true for nan
            msg = (
                f"histograms must hold numbers from 0 to {LARGEST:g}, got {least:g} to {most:g}; "
                "pass counts or frequencies"
            )
            raise ValueError(msg)
    return h1, h2


def _as_floats(histogram: npt.ArrayLike) -> FloatImage:
    try:
        h = np.asarray(histogram)
    except ValueError:  # rows of different lengths
        h = np.asarray(None)
    if h.dtype.kind not in "uif":
        msg = f"histograms must hold real numbers, got {h.dtype}; pass counts or frequencies"
        raise ValueError(msg)
    return h.astype(np.float64)
