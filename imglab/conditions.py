"""Conditions on a comparison, for programs that must fail where pictures differ.

``ssim<0.98`` asks for the value of the pictures as they are, ``ssim@256<0.98``
for the value after both were resized to the calibration's square. A value that
does not exist decides nothing, and that is never taken for "all is well".
"""

import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

from imglab.calibration import SIZE
from imglab.catalogue import DEEP_METRICS, METRICS
from imglab.comparison import Comparison

RELATIONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_FORM = re.compile(r"\s*([a-z0-9_]+)\s*(?:@\s*([0-9]+)\s*)?(<=|>=|<|>)\s*(\S+)\s*", re.ASCII)


@dataclass(frozen=True)
class Condition:
    """One relation between a metric's value and a bound.

    Attributes
    ----------
    key : str
        The metric.
    at_size : bool
        Whether the value at the calibration's size is meant, instead of that
        of the pictures as they are.
    relation : {"<", "<=", ">", ">="}
        How the value must stand to the bound.
    bound : float
        May be infinite: ``peak_signal_noise_ratio<inf`` holds for any two
        pictures that are not equal.
    """

    key: str
    at_size: bool
    relation: str
    bound: float

    def __str__(self) -> str:
        """Return the condition as it is written."""
        return f"{self.key}{f'@{SIZE}' if self.at_size else ''}{self.relation}{self.bound:.12g}"


@dataclass(frozen=True)
class Outcome:
    """What became of a condition.

    Attributes
    ----------
    condition : Condition
        Which.
    holds : bool or None
        None where the value does not exist, so that nothing was decided.
    sentence : str
        One line that says so, with the value.
    """

    condition: Condition
    holds: bool | None
    sentence: str


def parse(text: str) -> Condition:
    """Read a condition such as ``ssim<0.98`` or ``ssim@256<0.98``.

    Parameters
    ----------
    text : str
        A metric's key, perhaps ``@256``, one of ``<``, ``<=``, ``>``, ``>=``,
        and a number.

    Raises
    ------
    ValueError
        One sentence, if it has another form or names no metric.

    Examples
    --------
    >>> parse("mean_squared_error @256 >= 1e2")
    Condition(key='mean_squared_error', at_size=True, relation='>=', bound=100.0)
    """
    found = _FORM.fullmatch(text)
    bound = _number(found[4]) if found else math.nan
    if not found or math.isnan(bound) or found[2] not in (None, str(SIZE)):
        shown = ascii(text) if len(text) <= 60 else f"{text[:60]!a}..."
        msg = (
            f"a condition must be a metric, perhaps @{SIZE}, one of {' '.join(RELATIONS)} and a "
            f"number, got {shown}; write for example 'ssim<0.98' or 'ssim@{SIZE}<0.98'"
        )
        raise ValueError(msg)
    if found[1] not in (known := METRICS | DEEP_METRICS):
        msg = f"a condition must name a metric, got {found[1][:60]!r}; there is {', '.join(known)}"
        raise ValueError(msg)
    return Condition(found[1], found[2] is not None, found[3], bound)


def judge(condition: Condition, comparison: Comparison) -> Outcome:
    """Say whether a condition holds for a comparison.

    Parameters
    ----------
    condition : Condition
        From `parse`.
    comparison : Comparison
        That computed the condition's metric, or nothing is decided.

    Returns
    -------
    Outcome
        Its `holds` is None where the value does not exist: the sizes differ,
        the quantity is undefined or cannot be masked, or was not computed. The
        value compared is the computed one, not the rounded one of the table.
    """
    rows = [row for row in comparison.rows if row.metric.key == condition.key]
    if not rows:
        cure = "; ask for it with --deep" if condition.key in DEEP_METRICS else ""
        return Outcome(condition, None, f"{condition}: not decided, it was not computed{cure}")
    row = rows[0]
    value = row.calibrated if condition.at_size else row.value
    if value is None:
        return Outcome(condition, None, f"{condition}: not decided, {_why(condition, comparison)}")
    holds = RELATIONS[condition.relation](value, condition.bound)
    said = "true" if holds else "false"
    return Outcome(condition, holds, f"{condition}: {said}, the value is {value:.12g}")


def _why(condition: Condition, comparison: Comparison) -> str:
    reason = comparison[condition.key].undefined
    if reason:
        return reason
    if condition.at_size:
        return f"a masked value is not computed at {SIZE}x{SIZE}"
    return f"the sizes differ; ask for {condition.key}@{SIZE}"


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
