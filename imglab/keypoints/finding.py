"""The keypoints of one picture, sought in it or in a smaller copy of it."""

from dataclasses import dataclass

import numpy as np

from imglab.keypoints.descriptors import Descriptors, Detector, describe
from imglab.validation import ByteImage, FloatImage, check_image

LARGEST = 2**19  # pixels in which keypoints are sought: two pictures of any size take a second
SIFT_PIXELS = 2**23  # about 2 GB while it works


@dataclass(frozen=True, eq=False)
class Keypoints:
    """The keypoints of one picture, to be matched with those of many others.

    Attributes
    ----------
    detector : {"orb", "sift"}
        Who found them.
    positions : ndarray of shape (n, 2), float64
        (row, col) in the picture in which they were sought.
    descriptors : ndarray of shape (n, 32) uint8 or (n, 128) float32
        What their surroundings look like.
    shape : tuple of two int
        Height and width of the picture in which they were sought.
    reduced : int
        By which factor that is smaller than the picture given; 1 where it is
        that picture.
    """

    detector: Detector
    positions: FloatImage
    descriptors: Descriptors
    shape: tuple[int, int]
    reduced: int


def find(
    image: ByteImage,
    *,
    detector: Detector = "orb",
    largest: int | None = LARGEST,
    name: str = "image",
) -> Keypoints:
    """Find the keypoints of a grey picture and describe their surroundings.

    Parameters
    ----------
    image : ndarray of shape (H, W), uint8
        A grey picture.
    detector, largest
        As for `match`.
    name : str
        What an error calls the picture.

    Returns
    -------
    Keypoints
        None at all in a flat picture.

    Raises
    ------
    ValueError
        If the picture is not grey uint8, or a setting is outside its range.

    Examples
    --------
    >>> import numpy as np
    >>> flat = np.zeros((64, 64), dtype=np.uint8)
    >>> len(find(flat).positions)
    0
    """
    if detector not in ("orb", "sift"):
        msg = f"detector must be 'orb' or 'sift', got {detector!r}; choose one of the two"
        raise ValueError(msg)
    if largest is not None and not largest >= 1:
        msg = f"largest must be at least 1, got {largest}; pass a number of pixels, or None"
        raise ValueError(msg)
    x = check_image(image, name=name)
    if x.ndim != 2 or x.dtype != np.uint8:
        msg = f"{name} must be grey uint8 of shape (H, W), got {x.dtype} {x.shape}; use to_gray"
        raise ValueError(msg)
    sought_in, factor = _reduced(np.asarray(x, dtype=np.uint8), largest)
    if detector == "sift" and sought_in.size > SIFT_PIXELS:
        msg = f"{name} must have at most {SIFT_PIXELS} pixels for SIFT, got {x.size}; resize it"
        raise ValueError(msg)
    height, width = sought_in.shape
    return Keypoints(detector, *describe(sought_in, detector), (height, width), factor)


def reduction(shape: tuple[int, ...], largest: int | None = LARGEST) -> int:
    """Return the least whole factor that brings a picture to at most `largest` pixels.

    Parameters
    ----------
    shape : tuple of int
        (H, W) or (H, W, 3).
    largest : int or None
        As for `match`.

    Examples
    --------
    >>> reduction((512, 512))
    1
    >>> reduction((3000, 4000))  # 600 x 800 = 480,000 pixels; 750 x 1000 are too many
    5
    """
    height, width = shape[:2]
    factor = 1
    while largest is not None and -(-height // factor) * -(-width // factor) > largest:
        factor += 1
    return factor


def _reduced(image: ByteImage, largest: int | None) -> tuple[ByteImage, int]:
    factor = reduction(image.shape, largest)
    if factor == 1:
        return image, 1
    from PIL import Image

    return np.array(Image.fromarray(np.ascontiguousarray(image)).reduce(factor)), factor
