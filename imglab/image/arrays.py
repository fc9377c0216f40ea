"""Small tools on arrays that came through the gate: grey, size, PNG bytes."""

import io
import operator

import numpy as np
from PIL import Image

from imglab.bands import rows_of
from imglab.image.wording import LARGEST_PIXELS, LARGEST_SIDE
from imglab.validation import ByteImage, check_image

# Shares of R, G and B in 65536ths, each row summing to 65536 so that white stays 255.
_WEIGHTS = {
    "bt601": (19595, 38470, 7471),  # 0.299, 0.587, 0.114
    "bt709": (13933, 46871, 4732),  # 0.2126, 0.7152, 0.0722
}
_FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


def to_gray(rgb: ByteImage, *, weights: str = "bt601") -> ByteImage:
    r"""Mix the three channels of a picture into one grey value.

    .. math:: Y = \lfloor (w_R R + w_G G + w_B B) / 65536 + 1/2 \rfloor

    Use it before a measure that is defined on grey pictures, and name the
    weights beside the number: two libraries may differ by 15 levels.

    Parameters
    ----------
    rgb : ndarray of shape (H, W, 3), uint8
        sRGB code values in the order red, green, blue.
    weights : {"bt601", "bt709"}
        ``bt601`` (0.299, 0.587, 0.114) is what Pillow's ``convert("L")`` and
        OpenCV use, to the last bit of Pillow's. ``bt709`` is (0.2126, 0.7152,
        0.0722), the weights of sRGB's own primaries.

    Returns
    -------
    ndarray of shape (H, W), uint8
        Grey code values, 0 to 255; a grey pixel keeps its value.

    Raises
    ------
    ValueError
        If `rgb` is no RGB picture of bytes or `weights` is not a known name.

    Notes
    -----
    The weights are applied to code values, not to light, as all these
    libraries do: a fine checkerboard of 0 and 255 has the mean 127.5 here,
    and looks like 187.5 from afar.

    Examples
    --------
    >>> import numpy as np
    >>> red = np.uint8([[[255, 0, 0]]])
    >>> to_gray(red)  # (19595 * 255 + 32768) // 65536
    array([[76]], dtype=uint8)
    """
    pixels = _as_bytes(rgb, name="rgb")
    if pixels.ndim != 3:
        msg = f"rgb must have shape (H, W, 3), got {pixels.shape}; a grey picture needs no to_gray"
        raise ValueError(msg)
    if weights not in _WEIGHTS:
        msg = f"weights must be one of {', '.join(_WEIGHTS)}, got {weights!r}; choose one of them"
        raise ValueError(msg)
    gray = np.empty(pixels.shape[:2], np.uint8)
    for rows in rows_of(pixels.shape):
        band = pixels[rows]
        total = np.full(band.shape[:2], 32768, np.uint32)  # one half, so that >> 16 rounds
        for channel, weight in enumerate(_WEIGHTS[weights]):
            # By name: a thread of NumPy 2.1.0 would take 8 bits for the product, and wrap around.
            total += np.multiply(band[:, :, channel], weight, dtype=np.uint32)
        gray[rows] = total >> 16
    return gray


def resize(
    image: ByteImage,
    shape: tuple[int, int],
    *,
    filter: str = "bicubic",  # noqa: A002  (the field's own word)
) -> ByteImage:
    """Resample a picture to a height and a width, antialiased.

    Use it, and only it, where pictures must have one size: libraries differ by
    up to 62 levels in this step. It squashes; crop first to keep proportions.

    Parameters
    ----------
    image : ndarray of shape (H, W) or (H, W, 3), uint8
        The picture.
    shape : tuple of two int
        Height and width of the result, each 1 to 30,000 and at most 64
        megapixels together.
    filter : {"nearest", "box", "bilinear", "bicubic", "lanczos"}
        Pillow's filter of that name. All but ``nearest`` average over the area
        that one new pixel covers.

    Returns
    -------
    ndarray of shape `shape` or (*shape, 3), uint8
        A new array, also where the size is the same (then an exact copy).

    Raises
    ------
    ValueError
        If the picture, the shape or the filter is not as above.

    Examples
    --------
    >>> import numpy as np
    >>> four = np.uint8([[0, 100], [50, 250]])
    >>> resize(four, (1, 1), filter="box")  # (0 + 100 + 50 + 250) / 4
    array([[100]], dtype=uint8)
    """
    pixels = _as_bytes(image, name="image")
    height, width = _as_shape(shape)
    if filter not in _FILTERS:
        msg = f"filter must be one of {', '.join(_FILTERS)}, got {filter!r}; choose one of them"
        raise ValueError(msg)
    resized = Image.fromarray(np.ascontiguousarray(pixels)).resize(
        (width, height), _FILTERS[filter], reducing_gap=None
    )
    return np.array(resized)


def encode_png(image: ByteImage) -> bytes:
    """Write a picture as the bytes of a PNG file, without loss.

    Use it to hand a picture to a widget, a page or a file.

    Parameters
    ----------
    image : ndarray of shape (H, W) or (H, W, 3), uint8
        The picture.

    Returns
    -------
    bytes
        A PNG file without date or other text; equal pictures give equal bytes
        under one version of Pillow.

    Raises
    ------
    ValueError
        If it is no picture of bytes.

    Examples
    --------
    >>> import numpy as np
    >>> encode_png(np.uint8([[0, 255]]))[1:4]
    b'PNG'
    """
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(_as_bytes(image, name="image"))).save(file, "PNG")
    return file.getvalue()


def encode_png_quickly(image: ByteImage) -> bytes:
    """Write a picture as the bytes of a PNG file, without loss, in the least time.

    Use it for a picture that is drawn again while someone waits, such as that
    of a widget; for a file that is kept `encode_png` makes a smaller one.

    Parameters
    ----------
    image : ndarray of shape (H, W) or (H, W, 3), uint8
        The picture.

    Returns
    -------
    bytes
        A PNG file: of a grey picture about as large as from `encode_png`, of
        an RGB one as large as its pixels, which are not compressed.

    Raises
    ------
    ValueError
        If it is no picture of bytes.

    Examples
    --------
    >>> import numpy as np
    >>> encode_png_quickly(np.uint8([[0, 255]]))[1:4]
    b'PNG'
    """
    import cv2

    pixels = np.ascontiguousarray(_as_bytes(image, name="image"))
    gray = pixels.ndim == 2
    settings = [
        *(cv2.IMWRITE_PNG_COMPRESSION, 1 if gray else 0),
        *(cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_HUFFMAN_ONLY),
    ]
    if hasattr(cv2, "IMWRITE_PNG_FILTER"):  # older ones try all filters on each row
        best = cv2.IMWRITE_PNG_FILTER_AVG if gray else cv2.IMWRITE_PNG_FILTER_NONE
        settings += [cv2.IMWRITE_PNG_FILTER, best]
    _, file = cv2.imencode(
        ".png", pixels if gray else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), settings
    )
    return file.tobytes()


def _as_bytes(image: ByteImage, *, name: str) -> ByteImage:
    array = check_image(image, name=name)
    if array.dtype == np.uint8:
        return array.astype(np.uint8, copy=False)
    msg = f"{name} must hold uint8 values, got {array.dtype}; scale to 0..255 and use .astype"
    raise ValueError(msg)


def _as_shape(shape: tuple[int, int]) -> tuple[int, int]:
    try:
        height, width = (operator.index(side) for side in shape)
    except (TypeError, ValueError) as error:
        msg = f"shape must be two whole numbers (height, width), got {shape!r}; pass such a pair"
        raise ValueError(msg) from error
    if min(height, width) < 1 or max(height, width) > LARGEST_SIDE:
        msg = (
            f"height and width must lie between 1 and {LARGEST_SIDE}, got ({height}, {width}); "
            "choose another size"
        )
        raise ValueError(msg)
    if height * width > LARGEST_PIXELS:
        msg = f"shape must hold at most {LARGEST_PIXELS} pixels, got {height * width}; go smaller"
        raise ValueError(msg)
    return height, width
