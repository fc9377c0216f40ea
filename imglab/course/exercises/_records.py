"""What an exercise is: data that a lesson's module lists, and nothing that runs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Function = Callable[..., object]

Case = tuple[str, tuple[Any, ...]]
"""A label that completes "for ...", and the arguments."""


@dataclass(frozen=True)
class Exercise:
    """One exercise, with its tested solution and what is known to go wrong.

    Attributes
    ----------
    id : str
        Lesson and number, such as ``"pixel-1"``.
    task : str
        One sentence.
    reference : callable
        The tested solution, whose source `solution` prints: it stands alone,
        and for a target it takes no argument and makes one.
    cases : tuple of (label, arguments)
        Inputs of a function or a bug hunt, the plainest first; a label reads
        well after "for", such as ``"black against white"``, and tells no
        result.
    tolerance : float
        How far a number may be from the reference's; 0 asks for equality.
    misconceptions : tuple of (function, hint)
        Known wrong functions, each with the sentence that helps.
    kind : {"function", "target", "bug"}
        Write a function, make something, or repair a function.
    verifier : callable, optional
        For a target: what was made to (is it right, one sentence).
    """

    id: str
    task: str
    reference: Function
    cases: tuple[Case, ...] = ()
    tolerance: float = 0.0
    misconceptions: tuple[tuple[Function, str], ...] = ()
    kind: Literal["function", "target", "bug"] = "function"
    verifier: Callable[[Any], tuple[bool, str]] | None = None

    def __post_init__(self) -> None:
        """Refuse a record that could not be judged."""
        if (self.kind == "target") != (self.verifier is not None):
            msg = f"{self.id} must have a verifier exactly if it is a target, got {self.kind}"
            raise ValueError(msg)
        if (self.kind == "target") == bool(self.cases):
            msg = f"{self.id} must have cases unless it is a target, got {len(self.cases)}"
            raise ValueError(msg)
