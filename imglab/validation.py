"""What every metric asks of its arrays, and the three errors that imglab raises.

A metric never repairs its input: it never resizes, clips, converts or scales.
It says here, in one sentence, what must hold, what came and what to do.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import numpy as np
import numpy.typing as npt

_DTYPES = "integers or floats of at most 64 bits"

AnyImage = npt.NDArray[np.generic]
"""A picture of shape (H, W) or (H, W, 3) of any accepted dtype."""

ByteImage = npt.NDArray[np.uint8]
"""A picture of 8-bit code values, 0 to 255."""

FloatImage = npt.NDArray[np.float64]
"""A picture in float64, in the units of the picture it came from."""

LARGEST = 1e100  # the square of a larger float64 could overflow to infinity
LARGEST_INTEGER = 2**53  # float64 cannot tell a larger integer from its neighbour

InputCode = Literal[
    "not-found",
    "not-a-file",
    "not-readable",
    "empty",
    "too-many-bytes",
    "unsupported-format",
    "damaged",
    "too-many-pixels",
    "too-much-work",
    "ambiguous-pixels",
    "unknown-name",
]


class ImageInputError(ValueError):
    """A file or a name that cannot become a picture, said in one line.

    Parameters
    ----------
    message : str
        One line of at most 220 characters: what is wrong and what to do.
    code : str
        A stable word for programs, such as ``"damaged"``.
    """

    def __init__(self, message: str, *, code: InputCode) -> None:
        super().__init__(message)
        self.code = code


class UndefinedMetric(ValueError):
    """The quantity does not exist for this pair; the message says why."""


class MissingPackage(ImportError):
    """A package of the networks that is not installed; one sentence with the cure."""

    def _render_traceback_(self) -> list[str]:
        """Let a notebook show the sentence alone: there is no fault to trace."""
        return [str(self)]


@contextmanager
def needs_deep() -> Iterator[None]:
    """Import torch and its company inside; what is missing is said with the cure.

    Raises
    ------
    MissingPackage
        In place of a ModuleNotFoundError.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        msg = (
            f"Networks need the package {error.name}, which is not installed. "
            "Install it with: uv sync (in this project), or pip install 'imglab[deep]'."
        )
        raise MissingPackage(msg, name=error.name) from error


def check_rgb(image: npt.ArrayLike) -> ByteImage:
    """Return `image` as an array after checking that it is an RGB picture of bytes.

    Parameters
    ----------
    image : array_like of shape (H, W, 3), uint8
        An RGB picture.

    Returns
    -------
    ndarray
        The same values, not copied where `image` already is an array.

    Raises
    ------
    ValueError
        If shape or dtype are not as above.
    """
    x = check_image(image)
    if x.dtype != np.uint8 or x.ndim != 3:
        msg = (
            f"image must be RGB of shape (H, W, 3) and dtype uint8, got {x.shape} {x.dtype}; "
            "load it with imglab.load"
        )
        raise ValueError(msg)
    return np.asarray(x, dtype=np.uint8)


def check_image(image: npt.ArrayLike, *, name: str = "image") -> AnyImage:
    """Return `image` as an array after checking shape, dtype and values.

    Parameters
    ----------
    image : array_like of shape (H, W) or (H, W, 3)
        Integers of at most 2**53 or finite floats; at least one pixel.
    name : str
        What the error calls it.

    Returns
    -------
    ndarray
        The same values, not copied where `image` already is an array.

    Raises
    ------
    ValueError
        If shape, dtype or values are not as above.
    """
    if isinstance(image, np.ma.MaskedArray):
        msg = (
            f"{name} must be a plain array, got a masked one, whose hidden values would count; "
            "compare with mask=, or fill it with .filled first"
        )
        raise ValueError(msg)
    try:
        array = np.asarray(image)
    except ValueError as error:  # a list of rows of different lengths
        msg = f"{name} must have rows of one length, got {type(image).__name__}; pass an array"
        raise ValueError(msg) from error
    if array.dtype.kind not in "uif" or array.dtype.itemsize > 8:
        msg = f"{name} must hold {_DTYPES}, got {array.dtype}; convert it with .astype first"
        raise ValueError(msg)
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] != 3):
        msg = (
            f"{name} must have shape (H, W) or (H, W, 3), got {array.shape}; "
            "pass one grey or one RGB picture"
        )
        raise ValueError(msg)
    if array.size == 0:
        msg = f"{name} must have at least one pixel, got shape {array.shape}; pass a picture"
        raise ValueError(msg)
    if array.dtype.kind == "f":
        low, high = float(array.min()), float(array.max())  # nan if any value is
        extreme = max(-low, high)
        if not extreme <= LARGEST:  # also true for nan
            msg = (
                f"{name} must hold finite values of at most {LARGEST:g}, got {extreme:g}; "
                "replace or scale them first"
            )
            raise ValueError(msg)
    elif array.dtype.itemsize == 8:
        extreme = max(abs(int(array.min())), abs(int(array.max())))
        if extreme > LARGEST_INTEGER:
            msg = (
                f"{name} must hold integers of at most 2**53, which float64 holds exactly, "
                f"got {extreme}; scale them first"
            )
            raise ValueError(msg)
    return array


def check_pair(
    image0: npt.ArrayLike,
    image1: npt.ArrayLike,
    *,
    names: tuple[str, str] = ("image0", "image1"),
    gray: bool = False,
    min_side: int = 1,
) -> tuple[AnyImage, AnyImage]:
    """Return two pictures as arrays after checking that they can be compared.

    Parameters
    ----------
    image0, image1 : array_like of shape (H, W) or (H, W, 3)
        Equal shapes and equal dtypes, because 0.5 in [0, 1] and 128 in
        [0, 255] look alike to a program and mean different things.
    names : tuple of two str
        What the error calls them.
    gray : bool
        If true, only (H, W) is accepted.
    min_side : int
        The least height and width, in pixels.

    Returns
    -------
    tuple of two ndarray
        The same values, not copied, not converted.

    Raises
    ------
    ValueError
        If one of them is no picture, or the two differ in shape or dtype.

    Examples
    --------
    >>> import numpy as np
    >>> check_pair(np.zeros((16, 16)), np.zeros((16, 17)))
    Traceback (most recent call last):
    ...
    ValueError: image0 and image1 must have the same shape, got (16, 16) and (16, 17); resize or crop one of them first
    """  # noqa: E501  (the doctest shows the whole sentence)
    x = check_image(image0, name=names[0])
    y = check_image(image1, name=names[1])
    both = f"{names[0]} and {names[1]}"
    if x.shape != y.shape:
        msg = (
            f"{both} must have the same shape, got {x.shape} and {y.shape}; "
            "resize or crop one of them first"
        )
        raise ValueError(msg)
    if x.dtype != y.dtype:
        msg = (
            f"{both} must have the same dtype, got {x.dtype} and {y.dtype}; "
            "bring both to one scale and dtype first"
        )
        raise ValueError(msg)
    if gray and x.ndim != 2:
        msg = f"{both} must be grey, of shape (H, W), got {x.shape}; convert with to_gray first"
        raise ValueError(msg)
    if min(x.shape[:2]) < min_side:
        msg = (
            f"{both} must measure at least {min_side} pixels a side, got {x.shape}; "
            "use larger pictures"
        )
        raise ValueError(msg)
    return x, y


def check_data_range(data_range: float, *images: AnyImage) -> float:
    """Return `data_range` as a float after checking it against the pictures.

    Parameters
    ----------
    data_range : float
        Largest possible value minus smallest, in the units of the pictures:
        255 for 8-bit code values, 1.0 for floats in [0, 1].
    *images : ndarray
        Pictures whose values must fit, together, into a range of that width.
        A millionth more is let pass, for floats that were rounded.

    Raises
    ------
    ValueError
        If it is not finite and positive, or the pictures span more than it.
    """
    width = float(data_range)
    if not 0.0 < width <= LARGEST:
        msg = f"data_range must be positive and finite, got {data_range}; pass 255 for 8-bit values"
        raise ValueError(msg)
    if any(not _fits(image.dtype, width) for image in images):
        highest = max(float(image.max()) for image in images)
        span = highest - min(float(image.min()) for image in images)
        if span > width * (1 + 1e-6):
            msg = (
                f"values must span at most data_range {width:g}, got {span:g}; "
                "pass the range of the format, such as 255 for 8-bit values"
            )
            raise ValueError(msg)
    return width


def _fits(dtype: np.dtype[np.generic], width: float) -> bool:
    """Tell whether no picture of this dtype can span more: then none is searched."""
    return dtype.kind in "ui" and 2.0 ** (8 * dtype.itemsize) - 1 <= width
