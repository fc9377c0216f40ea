"""Claims: sentences of a lesson that carry a number or an ordering, checked.

A claim prints one line when it holds and raises when it does not, so that a
lesson whose prose has become false can neither be built nor pass its test.
"""

import math
import operator
from collections.abc import Callable
from typing import Literal, SupportsFloat

from imglab.course.lines import building, lesson_of, number, say
from imglab.language import tr

__all__ = ["ClaimFailed", "Relation", "claim", "claims_held", "number"]

Relation = Literal["<", "<=", ">", ">=", "==", "!=", "~="]

_Number = float | int | bool

_RELATIONS: dict[str, Callable[[_Number, _Number], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}

_tally: dict[str, tuple[str, bool]] = {}  # identifier -> statement, whether it held last


class ClaimFailed(AssertionError):
    """A sentence of the lesson is not true here; the message is that sentence."""


def claim(  # noqa: PLR0913  (a sentence, its three-part relation, two ways to write it)
    id: str,  # noqa: A002  (the word that lessons use)
    statement: str,
    left: SupportsFloat,
    relation: Relation,
    right: SupportsFloat,
    *,
    decimals: int = 4,
    atol: float = 0.0,
) -> None:
    """Check one sentence of a lesson, and print it with its two numbers.

    Parameters
    ----------
    id : str
        Lesson and number, such as ``"pixel-03"``; the prose names it.
    statement : str
        What is claimed, without a full stop.
    left, right : number
        Integers and bools print exactly; a round bound such as 1e-9 as such.
    relation : {'<', '<=', '>', '>=', '==', '!=', '~='}
        ``~=`` means: no farther apart than `atol`.
    decimals : int, default 4
        Digits after the point of printed floats.
    atol : float
        For ``~=`` alone.

    Raises
    ------
    ClaimFailed
        If the relation does not hold, or a side is nan.
    ValueError
        If the claim itself is malformed. While building, also if its line
        could differ between machines, shows one text on both sides of an
        inequality, or has the id of another claim.

    Examples
    --------
    >>> claim("pixel-99", "three is more than two", 3, ">", 2.5, decimals=1)
    pixel-99 holds: three is more than two (3 > 2.5)
    """
    lesson_of(id)
    _check_relation(relation, atol)
    x, y = _plain(left), _plain(right)
    missing = math.isnan(x) or math.isnan(y)
    if relation == "~=":
        holds = x == y or abs(x - y) <= atol
    else:
        holds = not missing and _RELATIONS[relation](x, y)
    texts = [_text(x, decimals), _bound(y, decimals)]
    comparison = f"{texts[0]} {relation} {texts[1]}"
    if relation == "~=":
        comparison = tr("{comparison} within {atol}", comparison=comparison, atol=f"{atol:g}")
    if building():
        _check_line(id, statement, comparison, same=relation in "<>!=" and texts[0] == texts[1])
    _tally[id] = (statement, holds)
    verdict = tr("holds") if holds else tr("does not hold")
    line = f"{id} {verdict}: {tr(statement)} ({comparison})"
    if not holds:
        raise ClaimFailed(line)
    say(line)


def claims_held(lesson: str) -> None:
    """Print how many claims of a lesson hold, of those that were run.

    Parameters
    ----------
    lesson : str
        Such as ``"pixel"``. A claim that was run twice counts once.
    """
    held = {name: holds for name, (_, holds) in _tally.items() if lesson_of(name) == lesson}
    failed = [name for name, holds in held.items() if not holds]
    line = tr("{count} of {total} claims hold", count=len(held) - len(failed), total=len(held))
    say(tr("{line}; not {names}", line=line, names=", ".join(failed)) if failed else line)


def _check_relation(relation: str, atol: float) -> None:
    if relation != "~=" and relation not in _RELATIONS:
        msg = f"relation must be one of {' '.join(_RELATIONS)} ~=, got {relation!r}; choose one"
        raise ValueError(msg)
    if (relation != "~=" and atol != 0) or not 0 <= atol < math.inf:
        msg = f"atol must be 0 or more, and belongs to ~= alone, got {atol} with {relation}"
        raise ValueError(msg)


def _check_line(name: str, statement: str, comparison: str, *, same: bool) -> None:
    """Ask of an author what a learner, who may edit and run again, is not asked."""
    if same:
        msg = f"{name} must show its difference, got ({comparison}); give it more decimals"
        raise ValueError(msg)
    before = _tally.get(name, (statement, True))[0]
    if before != statement:
        msg = f"{name} must name one claim, got {before!r} and {statement!r}; number one anew"
        raise ValueError(msg)


def _plain(value: SupportsFloat) -> _Number:
    """Return NumPy's numbers as Python's, and refuse what is not a number."""
    item = getattr(value, "item", None)
    plain = value if item is None else item()
    if not isinstance(plain, (bool, int, float)):
        msg = f"a claim must compare two numbers, got a {type(value).__name__}; reduce it first"
        raise TypeError(msg)
    return plain


def _text(value: _Number, decimals: int) -> str:
    if isinstance(value, (bool, int)) or math.isnan(value):
        return str(value)
    return number(value, decimals)


def _bound(value: _Number, decimals: int) -> str:
    """Write 1e-9 so, and not as 0.0000; nothing measured is so round."""
    if isinstance(value, float) and 0 < abs(value) < 0.5 * 10.0**-decimals:
        short = f"{value:.0e}"
        if float(short) == value:
            return short
    return _text(value, decimals)
