"""The record of one metric."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from imglab.validation import ByteImage

Direction = Literal["distance", "similarity"]

GRAY = "grey by BT.601"


def as_it_is(image: ByteImage) -> ByteImage:
    """Prepare nothing."""
    return image


@dataclass(frozen=True)
class TwoSteps:
    """A metric's function, parted where the second picture comes in.

    Attributes
    ----------
    prepare : callable
        ``prepare(image)`` makes of one (H, W, 3) uint8 picture what does not
        depend on the other: its grey values, its histogram, its keypoints.
        Whoever compares a picture often calls it once.
    between : callable
        ``between(prepared0, prepared1) -> float``.
    """

    prepare: Callable[[ByteImage], Any]
    between: Callable[[Any, Any], float]

    def __call__(self, image0: ByteImage, image1: ByteImage) -> float:
        """Take both steps."""
        return self.between(self.prepare(image0), self.prepare(image1))


@dataclass(frozen=True)
class Metric:
    """One measure of likeness between two RGB pictures.

    Attributes
    ----------
    key : str
        Name in code, in calibration and in JSON.
    title : str
        Name in tables and figures.
    function : callable
        ``function(image0, image1) -> float`` for two (H, W, 3) uint8 pictures.
    formula : str
        LaTeX.
    low, high : float
        Range of the value for pictures; `high` may be infinite.
    ideal : float or None
        The value for equal pictures; None where it depends on the picture.
    direction : {"distance", "similarity"}
        A distance grows with the difference, a similarity with likeness.
    unit : str
        Unit of the value, empty for a pure number.
    colour : {"grey", "RGB"}
        What the pictures are turned into first.
    settings : str
        All that must be equal before two values may be compared.
    decimals : int
        How many decimals to print.
    needs_equal_size : bool
        Whether the two pictures must have one size.
    lesson : str
        The lesson that derives it.
    never_use_for : str
        The use it fails at.
    smallest : int
        The least height and width of a picture, in pixels.
    digits : int
        Significant digits of the value that every machine agrees on: to so
        many it is stored, and placed among stored ones.
    """

    key: str
    title: str
    function: Callable[[ByteImage, ByteImage], float]
    formula: str
    low: float
    high: float
    ideal: float | None
    direction: Direction
    unit: str
    colour: Literal["grey", "RGB"]
    settings: str
    decimals: int
    needs_equal_size: bool
    lesson: str
    never_use_for: str
    smallest: int = 1
    digits: int = 12

    def __call__(self, image0: ByteImage, image1: ByteImage) -> float:
        """Return the metric's value for two RGB pictures."""
        return self.function(image0, image1)

    @property
    def steps(self) -> TwoSteps:
        """Return the function in two steps; in one, nothing is prepared."""
        whole = self.function
        return whole if isinstance(whole, TwoSteps) else TwoSteps(as_it_is, whole)

    def nearer(self, value: float, other: float) -> bool:
        """Tell whether `value` means more alike than `other`."""
        return value < other if self.direction == "distance" else value > other
