"""Predictions: an answer given before the measurement, and compared with it.

What a learner recorded in an earlier session counts only where the question was
not asked again in this one, so that a run of a whole lesson depends on nothing
but the lesson.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from numbers import Real
from types import EllipsisType
from typing import SupportsFloat

from imglab.course import state
from imglab.course.lines import lesson_of, say
from imglab.language import tr

_NEAR = 0.1  # a predicted number is right within a tenth of the measured one

_Answer = str | float


@dataclass(frozen=True)
class _Asked:
    """A question as it was asked in this session, with its answer if one came."""

    options: tuple[str, ...] = ()
    unit: str = ""
    between: tuple[float, float] | None = None
    answer: _Answer | None = None


_asked: dict[str, _Asked] = {}
_revealed: dict[str, bool | None] = {}  # right, wrong, or None: nothing was predicted


def predict(  # noqa: PLR0913  (each is a part of one question)
    id: str,  # noqa: A002  (the word that lessons use)
    answer: object,
    *,
    question: str = "",
    options: Mapping[str, str] | None = None,
    unit: str | None = None,
    between: tuple[float, float] | None = None,
) -> None:
    """Record what the learner expects, before the lesson measures it.

    It never raises because of an answer: an answer that cannot be recorded
    gets one sentence. After `reveal` a recorded answer stands.

    Parameters
    ----------
    id : str
        Lesson and number, such as ``"pixel-p1"``.
    answer : object
        ``...`` for none yet; else a key of `options`, or a number.
    question : str
        Recorded beside the answer.
    options : mapping of str to str, optional
        Key to what it says. Without options the answer is a number.
    unit : str, optional
        Of a number, such as ``"levels"``.
    between : tuple of two float, optional
        The least and the greatest number that makes sense.

    Examples
    --------
    >>> choice = {"A": "the noisy copy", "B": "the shifted copy"}
    >>> predict("pixel-p99", ..., options=choice)
    no prediction yet: replace ... by one of A, B
    >>> predict("pixel-p99", "b", options=choice)
    prediction pixel-p99 recorded: B
    """
    lesson = lesson_of(id)
    before = _asked.get(id, _Asked()).answer
    asked = _Asked(tuple(options or ()), unit or "", between)
    _asked[id] = replace(asked, answer=before if _stands(id) else None)
    if isinstance(answer, EllipsisType):
        if _stands(id):
            _say_stands(id, asked, before)
        else:
            say(tr("no prediction yet: replace ... by {wanted}", wanted=_wanted(asked)))
        return
    chosen = _understood(answer, asked)
    if chosen is None:
        wrong = tr("{got} is not {wanted}; replace it", got=_quoted(answer), wanted=_wanted(asked))
        say(f"{id}: {wrong}")
    elif _stands(id) and chosen != before:
        _say_stands(id, asked, before)
    else:
        _asked[id] = replace(asked, answer=chosen)
        entry = {"answer": chosen, "question": question, "unit": asked.unit}
        state.update(lesson, "predictions", id, entry)
        say(tr("prediction {id} recorded: {answer}", id=id, answer=_shown(chosen, asked.unit)))


def reveal(id: str, correct: SupportsFloat | str, *, why: str = "") -> None:  # noqa: A002
    """Print the prediction beside what was measured.

    Parameters
    ----------
    id : str
        As given to `predict`.
    correct : str or float
        The key of the right option, or the measured number. A float prints
        with six significant digits; pass the text that `number` returns to
        print another count.
    why : str
        One sentence, printed after the verdict.

    Raises
    ------
    ValueError
        If `correct` is none of the options.

    Notes
    -----
    A predicted number counts as right within 10 % of the measured one.
    """
    asked = _asked.get(id) or _recorded(id)
    if asked.options and correct not in asked.options:
        msg = f"correct must be one of {', '.join(asked.options)}, got {correct!r}; name an option"
        raise ValueError(msg)
    truth = correct if isinstance(correct, str) else f"{float(correct):.6g}"
    measured = tr("the measurement says {truth}", truth=f"{truth}{_unit(asked.unit)}")
    answer, value = asked.answer, _float(truth)
    right: bool | None = None
    if isinstance(answer, str):
        right = answer == truth
        predicted = tr("You predicted {answer}", answer=answer)
        verdict = f". {tr('Right')}{':' if why else '.'}" if right else f"; {measured}."
        sentence = f"{predicted}{verdict}"
    elif answer is not None and value is not None:
        right = _is_near(answer, value)
        distance = _distance(answer, value, right=right)
        predicted = tr("You predicted {answer}", answer=_shown(answer, asked.unit))
        sentence = f"{predicted}; {measured}: {distance}."
    else:
        sentence = f"{tr('No prediction was recorded')}; {measured}."
    _revealed[id] = right
    say(f"{sentence} {tr(why) if why else ''}".rstrip())


def predictions_scored(lesson: str) -> None:
    """Print how many of the predictions revealed in this session were right.

    Parameters
    ----------
    lesson : str
        Such as ``"pixel"``.
    """
    verdicts = [right for name, right in _revealed.items() if lesson_of(name) == lesson]
    made = sum(right is not None for right in verdicts)
    right = sum(right is True for right in verdicts)
    if made:
        line = tr("{right} of {made} recorded predictions right", right=right, made=made)
    else:
        line = tr("no prediction was recorded in this session")
    say(f"{line} ({tr('{count} asked', count=len(verdicts))})")


def _stands(name: str) -> bool:
    return _revealed.get(name) is not None


def _say_stands(name: str, asked: _Asked, before: _Answer | None) -> None:
    shown = _shown(before if before is not None else tr("as recorded"), asked.unit)
    say(tr("prediction {name} stays {shown}: the answer was revealed", name=name, shown=shown))


def _recorded(name: str) -> _Asked:
    entry = state.read(lesson_of(name)).get("predictions", {}).get(name)
    if not isinstance(entry, Mapping):
        return _Asked()
    answer, unit = entry.get("answer"), entry.get("unit")
    known = answer if isinstance(answer, (str, float)) else None
    return _Asked(unit=unit if isinstance(unit, str) else "", answer=known)


def _wanted(asked: _Asked) -> str:
    if asked.options:
        return tr("one of {options}", options=", ".join(asked.options))
    unit = _unit(f"({asked.unit})" if asked.unit else "")
    if asked.between is None:
        return f"{tr('a number')}{unit}"
    low, high = (f"{end:g}" for end in asked.between)
    return tr("a number from {low} to {high}", low=low, high=high) + unit


def _understood(answer: object, asked: _Asked) -> _Answer | None:
    """Return the answer as it is recorded, or None if it is no answer."""
    if asked.options:
        text = str(answer).strip().casefold() if isinstance(answer, (str, int)) else ""
        return next((key for key in asked.options if key.casefold() == text), None)
    if isinstance(answer, bool) or not isinstance(answer, (str, Real)):
        return None
    value = _float(answer)
    low, high = asked.between or (-math.inf, math.inf)
    return value if value is not None and low <= value <= high else None  # nan is neither


def _float(value: str | SupportsFloat) -> float | None:
    try:
        return float(value)
    except (ValueError, OverflowError):  # "thirty", 10**400
        return None


def _quoted(answer: object) -> str:
    if isinstance(answer, (str, int, float)):
        return ascii(answer)[:40]
    return tr("a {kind}", kind=type(answer).__name__)


def _shown(answer: _Answer, unit: str) -> str:
    return answer if isinstance(answer, str) else f"{answer:.6g}{_unit(unit)}"


def _unit(unit: str) -> str:
    return f" {unit}" if unit else ""


def _is_near(answer: float, truth: float) -> bool:
    return answer == truth or abs(answer - truth) <= _NEAR * abs(truth) < math.inf


def _distance(answer: float, truth: float, *, right: bool) -> str:
    if answer == truth:
        return tr("exactly right")
    if right:
        return tr("right to within 10 %")
    side = tr("too high") if answer > truth else tr("too low")
    if math.isinf(answer) or math.isinf(truth):
        return side
    factor = max(answer / truth, truth / answer) if answer * truth > 0 else 0.0
    if factor >= 2:
        return tr("{side} by a factor of {factor}", side=side, factor=f"{factor:.2g}")
    return tr("{side} by {size}", side=side, size=f"{abs(answer - truth):.3g}")
