"""Lesson 01: what colours a picture has, not where.

A histogram counts how many pixels fall into each bin of brightness. Two
histograms are then compared bin by bin. Everything about *where* a pixel lies
is gone: any rearrangement of the pixels leaves the histogram as it was.
"""

import numpy as np
import numpy.typing as npt

from imglab.validation import LARGEST, FloatImage, check_image

LEVELS = 256  # code values of an 8-bit picture


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
    if not 1 <= bins <= LEVELS or bins != int(bins):
        msg = f"bins must be a whole number from 1 to {LEVELS}, got {bins}; choose one"
        raise ValueError(msg)
    channels = x.reshape(-1, 1) if x.ndim == 2 else x.reshape(-1, 3)  # (H * W, channels)
    bin_of = np.arange(LEVELS) * int(bins) // LEVELS  # (256,): the bin of each code value
    return np.concatenate([np.bincount(bin_of[c], minlength=int(bins)) for c in channels.T])


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


def _check_histograms(
    histogram0: npt.ArrayLike, histogram1: npt.ArrayLike
) -> tuple[FloatImage, FloatImage]:
    h1, h2 = _as_floats(histogram0), _as_floats(histogram1)
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
