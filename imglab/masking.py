"""Compare a part of two pictures: the pixels that are white in a third one.

Three kinds of metrics, three answers. A metric that looks at each pixel by
itself (lessons 01 and 02) is computed over the marked pixels alone. SSIM is the
mean over the windows that lie wholly inside the mask. All others look beyond
any mask: they are not computed, and say so. Calibration holds for whole
pictures, so no masked value has a place among unrelated pairs.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from imglab import ssim
from imglab.catalogue import Metric
from imglab.image import Picture, to_gray
from imglab.validation import ByteImage, UndefinedMetric, check_pair

WHITE = 128  # from this grey level on a pixel of a mask counts as white
PIXEL_LESSONS = ("01", "02")  # their metrics look at each pixel by itself
WINDOWS: dict[str, ssim.Window] = {"ssim": "gaussian", "ssim_flat": "flat"}


@dataclass(frozen=True, eq=False)
class Mask:
    """Which pixels of two pictures are compared.

    Attributes
    ----------
    name : str
        What the picture of the mask is called.
    inside : ndarray of shape (H, W), bool
        True where pixels are compared; at least once.
    notes : tuple of str
        What was done to the picture before it could mark anything.
    """

    name: str
    inside: npt.NDArray[np.bool_]
    notes: tuple[str, ...] = ()

    @property
    def pixels(self) -> int:
        """Count the pixels that are compared."""
        return int(np.count_nonzero(self.inside))

    def __str__(self) -> str:
        """Return the sentence that stands beside every masked value."""
        return (
            f"mask {self.name}: {self.pixels} of {self.inside.size} pixels are compared; "
            "calibration is of whole pictures, so no value has a place"
        )


def read_mask(picture: Picture, shape: tuple[int, int]) -> Mask:
    """Turn a picture into a mask: white is compared, black is not.

    Parameters
    ----------
    picture : Picture
        As it came through the gate. Its grey level (BT.601) of 128 or more
        counts as white; a note says so where it is not all black and white.
    shape : tuple of int
        Height and width of the pictures to be compared.

    Raises
    ------
    ValueError
        If the sizes differ or nothing is white.

    Examples
    --------
    >>> half = np.zeros((1, 2, 3), dtype=np.uint8)
    >>> half[0, 1] = 255
    >>> read_mask(Picture(half, "half.png", ()), (1, 2)).inside
    array([[False,  True]])
    """
    gray = to_gray(picture.pixels)
    if gray.shape != shape:
        (height, width), (tall, wide) = shape, gray.shape
        msg = (
            f"the mask must have the size of the pictures, {width}x{height}, got {wide}x{tall}; "
            "make it from one of them"
        )
        raise ValueError(msg)
    notes = [f"{picture.name}: {note}" for note in picture.notes]
    if not np.isin(gray, (0, 255)).all():
        notes.append(f"{picture.name}: levels of {WHITE} and more count as white, others as black")
    mask = Mask(picture.name, gray >= WHITE, tuple(notes))
    if not mask.pixels:
        msg = "the mask must have white pixels, which mark what is compared, got none; paint some"
        raise ValueError(msg)
    return mask


def masked_value(metric: Metric, image0: ByteImage, image1: ByteImage, mask: Mask) -> float:
    """Compute a metric over the part of two pictures that a mask marks.

    Parameters
    ----------
    metric : Metric
        Of the catalogue.
    image0, image1 : ndarray of shape (H, W, 3), uint8
        Of the mask's size.
    mask : Mask
        From `read_mask`. One that is white all over changes no value by more
        than rounding.

    Returns
    -------
    float
        In the metric's range. A Euclidean distance grows with the number of
        marked pixels, as it does with a picture.

    Raises
    ------
    UndefinedMetric
        If the metric cannot be masked, no window lies inside the mask, or the
        quantity does not exist for the marked pixels.
    ValueError
        If the pictures cannot be compared.
    """
    x, y = check_pair(image0, image1)
    if metric.lesson in PIXEL_LESSONS:
        # (H, W, 3) -> (1, n, 3): the places are lost, and such a metric never asks for them
        return metric(x[mask.inside][None].astype(np.uint8), y[mask.inside][None].astype(np.uint8))
    if metric.key not in WINDOWS:
        msg = f"{metric.title} is not computed with a mask, because it looks beyond it"
        raise UndefinedMetric(msg)
    window = WINDOWS[metric.key]
    whole = windows_inside(mask.inside, ssim.SIDES[window])
    if not whole.any():
        side = ssim.SIDES[window]
        msg = f"{metric.title} does not exist: no window of {side}x{side} lies inside the mask"
        raise UndefinedMetric(msg)
    gray0, gray1 = to_gray(image0), to_gray(image1)
    ssim_map = ssim.structural_similarity_map(gray0, gray1, data_range=255, window=window)
    return float(ssim_map[whole].mean())


def windows_inside(inside: npt.NDArray[np.bool_], side: int) -> npt.NDArray[np.bool_]:
    """Tell which windows of `side` by `side` pixels hold marked pixels alone.

    Parameters
    ----------
    inside : ndarray of shape (H, W), bool
        The mask.
    side : int
        Height and width of a window, in pixels.

    Returns
    -------
    ndarray of shape (H - side + 1, W - side + 1), bool
        Empty where no window fits into the picture.

    Examples
    --------
    >>> windows_inside(np.array([[True, True, False], [True, True, True]]), 2)
    array([[ True, False]])
    """
    height, width = inside.shape
    if min(height, width) < side:
        return np.zeros((max(0, height - side + 1), max(0, width - side + 1)), dtype=bool)
    sums = np.pad(inside, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)  # (H + 1, W + 1)
    counts = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    return np.asarray(counts == side * side)
