"""From a picture to what a network is fed with; part of the metric, so it is stated."""

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from imglab.image import resize
from imglab.validation import ByteImage, check_image

Fit = Literal["crop", "squash"]

FITS: tuple[Fit, ...] = get_args(Fit)
SIDE = 224  # of what a network sees, in pixels: what all networks here were trained on
SHORT_SIDE = 256  # to which a picture is brought before its middle is cut out


def seen(image: ByteImage, *, fit: Fit = "crop", filter: str = "bicubic") -> ByteImage:  # noqa: A002
    """Bring a picture to the square that a network sees.

    Parameters
    ----------
    image : ndarray of shape (H, W, 3), uint8
        An RGB picture of any size.
    fit : {"crop", "squash"}
        ``"crop"``: the middle square is resized to 256 pixels a side and its
        inner 224 are kept; proportions stay, the margin is lost (of a square
        picture 23 % of the area). ``"squash"``: the whole picture is resized
        to 224 by 224; nothing is lost, proportions are.
    filter : str
        Of `imglab.image.resize`, antialiased.

    Returns
    -------
    ndarray of shape (224, 224, 3), uint8
        What is left of the picture.

    Raises
    ------
    ValueError
        If the picture is no RGB picture of bytes, or `fit` is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> seen(np.zeros((300, 500, 3), np.uint8)).shape
    (224, 224, 3)
    """
    checked = check_image(image, name="image")
    if checked.dtype != np.uint8 or checked.ndim != 3:
        msg = (
            f"image must be RGB of shape (H, W, 3) and dtype uint8, got {checked.shape} "
            f"{checked.dtype}; load a file with imglab.load"
        )
        raise ValueError(msg)
    if fit not in FITS:
        msg = f"fit must be one of {', '.join(FITS)}, got {fit!r}; choose one of them"
        raise ValueError(msg)
    pixels = np.asarray(checked, dtype=np.uint8)
    if fit == "squash":
        return resize(pixels, (SIDE, SIDE), filter=filter)
    height, width = pixels.shape[:2]
    side, margin = min(height, width), (SHORT_SIDE - SIDE) // 2
    top, left = (height - side) // 2, (width - side) // 2
    square = resize(
        pixels[top : top + side, left : left + side], (SHORT_SIDE, SHORT_SIDE), filter=filter
    )
    return np.ascontiguousarray(square[margin:-margin, margin:-margin])


def normalized(
    square: ByteImage, mean: tuple[float, ...], std: tuple[float, ...]
) -> npt.NDArray[np.float32]:
    """Scale bytes as a network had them in training, channels first.

    Parameters
    ----------
    square : ndarray of shape (S, S, 3), uint8
        From `seen`.
    mean, std : tuple of three float
        Of each channel, for values scaled to [0, 1].

    Returns
    -------
    ndarray of shape (3, S, S), float32
        ``(square / 255 - mean) / std``.

    Examples
    --------
    >>> import numpy as np
    >>> black = np.zeros((1, 1, 3), np.uint8)
    >>> normalized(black, (0.5, 0.5, 0.5), (0.5, 0.25, 0.5)).ravel().tolist()
    [-1.0, -2.0, -1.0]
    """
    scaled = (square / 255.0 - np.array(mean)) / np.array(std)
    return np.ascontiguousarray(scaled.transpose(2, 0, 1), dtype=np.float32)
