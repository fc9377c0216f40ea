"""Judging an attempt: run it on copies, compare, and say where it first differs.

An attempt may do anything: raise, print, warn, change its arguments, return
what nobody asked for. Nothing of that leaves this room but one sentence, and
no sentence tells the value that was expected.
"""

import contextlib
import copy
import dis
import hashlib
import io
import re
import types
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np

from imglab.course.exercises._comparing import LONGEST, described, difference, shown
from imglab.course.exercises._records import Exercise, Function
from imglab.language import tr


@dataclass(frozen=True)
class Verdict:
    """The judgement of one attempt.

    Attributes
    ----------
    kind : {"untouched", "wrong", "right"}
        Only a wrong attempt counts as a try.
    sentence : str
        What to tell the learner.
    fingerprint : str
        Equal for the same attempt run again.
    without_hint : str
        The sentence, less the hint of a known mistake; empty where no input
        was found on which a function differs.
    """

    kind: Literal["untouched", "wrong", "right"]
    sentence: str
    fingerprint: str = ""
    without_hint: str = ""


@dataclass(frozen=True)
class _Outcome:
    """What one call gave, or how it failed."""

    value: object = None
    error: BaseException | None = None


def judge(exercise: Exercise, attempt: object) -> Verdict:
    """Judge what a learner handed in, without ever raising because of it."""
    if attempt is None or attempt is ...:
        return Verdict("untouched", tr("not attempted yet"))
    if exercise.verifier is not None:
        return _judge_target(exercise.verifier, attempt)
    if not callable(attempt):
        what = described(attempt)
        sentence = tr(
            "hand in the function itself, its name without brackets; this is {what}", what=what
        )
        return Verdict("wrong", sentence, _digest(what))
    outcomes = [_run(attempt, arguments) for _, arguments in exercise.cases]
    if _is_untouched(attempt, outcomes):
        return Verdict("untouched", tr("not attempted yet"))
    mark = _digest(_code(attempt), *(_trace(outcome) for outcome in outcomes))
    expected = [_run(exercise.reference, arguments) for _, arguments in exercise.cases]
    for (label, _), outcome, truth in zip(exercise.cases, outcomes, expected, strict=True):
        fault = _fault(outcome, truth.value, exercise.tolerance)
        if fault is not None:
            differs = tr("for {label} {fault}.", label=tr(label), fault=fault)
            hint = _hint(exercise, outcomes)
            if not hint and _is_constant(outcomes, expected):
                differs += f" {tr('It gives the same for every input.')}"
            return Verdict("wrong", f"{differs} {hint}".rstrip(), mark, without_hint=differs)
    return Verdict("right", _agreement(len(exercise.cases)), mark)


def _judge_target(verifier: Function, attempt: object) -> Verdict:
    made = _run(attempt, ()) if callable(attempt) else _Outcome(attempt)
    parts = made.value if isinstance(made.value, (tuple, list)) else [made.value]
    if made.error is None and any(part is None or part is ... for part in parts):
        return Verdict("untouched", tr("not attempted yet"))
    mark = _digest(_code(attempt), _trace(made))
    if made.error is not None:
        return Verdict("wrong", f"{_raised(made.error)}.", mark)
    judged = _run(verifier, (made.value,), copies=False)
    if judged.error is not None:
        why = tr("this cannot be judged: {fault}.", fault=_raised(judged.error))
        return Verdict("wrong", why, mark)
    right, sentence = cast(tuple[bool, str], judged.value)
    return Verdict("right" if right else "wrong", f"{sentence.rstrip('.')}.", mark)


def _run(function: Function, arguments: tuple[object, ...], *, copies: bool = True) -> _Outcome:
    """Call on copies, with prints and warnings swallowed."""
    given = copy.deepcopy(arguments) if copies else arguments
    silent = io.StringIO()
    try:
        with (
            contextlib.redirect_stdout(silent),
            contextlib.redirect_stderr(silent),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            return _Outcome(function(*given))
    except (Exception, SystemExit) as error:  # noqa: BLE001  (an attempt may raise anything)
        return _Outcome(error=error)


def _is_untouched(attempt: object, outcomes: Sequence[_Outcome]) -> bool:
    """Recognise a stub: a body of ``...`` alone, or one that computes with ``...``."""
    if any(outcome.value is ... for outcome in outcomes):
        return True
    if all("ellipsis" in str(o.error).lower() for o in outcomes if o.error) and outcomes[0].error:
        return True
    nothing = all(o.value is None and o.error is None for o in outcomes)
    return nothing and _steps(attempt) in (_steps(_stub), [])


def _stub() -> None: ...


def _steps(function: object) -> list[str]:
    code = getattr(function, "__code__", None)
    if not isinstance(code, types.CodeType):
        return []
    return [step.opname for step in dis.get_instructions(code)]


def _fault(outcome: _Outcome, expected: object, tolerance: float) -> str | None:
    """Say how an outcome differs, or return None where it does not."""
    if outcome.error is not None:
        return _raised(outcome.error)
    return difference(outcome.value, expected, tolerance)


def _hint(exercise: Exercise, outcomes: Sequence[_Outcome]) -> str:
    """Return the hint of the known mistake that gives the very same."""
    for function, hint in exercise.misconceptions:
        wrong = [_run(function, arguments) for _, arguments in exercise.cases]
        if all(map(_agree, outcomes, wrong, [exercise.tolerance] * len(wrong))):
            return tr("Hint: {hint}.", hint=tr(hint).rstrip("."))
    return ""


def _is_constant(outcomes: Sequence[_Outcome], expected: Sequence[_Outcome]) -> bool:
    """Tell whether an attempt gives one value where different ones are asked for."""
    first = outcomes[0]
    same = len(outcomes) > 1 and all(_agree(outcome, first, 0.0) for outcome in outcomes)
    return same and first.error is None and not all(_agree(t, expected[0], 0.0) for t in expected)


def _agree(outcome: _Outcome, other: _Outcome, tolerance: float) -> bool:
    if outcome.error is not None or other.error is not None:
        return type(outcome.error) is type(other.error)
    return difference(outcome.value, other.value, tolerance) is None


def _raised(error: BaseException) -> str:
    message = re.sub("0x[0-9a-fA-F]+", "0x...", ascii(" ".join(str(error).split()))[1:-1])
    if len(message) > LONGEST:
        message = f"{message[: LONGEST - 3]}..."
    raised = tr("it raised {name}", name=type(error).__name__)
    return f"{raised} ({message})" if message else raised


def _agreement(inputs: int) -> str:
    if inputs == 1:
        return tr("it agrees with the tested solution on 1 input.")
    return tr("it agrees with the tested solution on {inputs} inputs.", inputs=inputs)


def _trace(outcome: _Outcome) -> str:
    if outcome.error is not None:
        return _raised(outcome.error)
    return _trace_of(outcome.value)


def _trace_of(value: object, depth: int = 0) -> str:
    if isinstance(value, np.ndarray) and value.dtype.kind != "O":
        return f"{described(value)} {hashlib.sha256(value.tobytes()).hexdigest()}"
    if isinstance(value, (tuple, list)) and depth < 3:
        parts = (_trace_of(part, depth + 1) for part in value[:100])
        return f"{described(value)} {' '.join(parts)}"
    if isinstance(value, float):
        return value.hex()
    return shown(value)


def _code(function: object) -> str:
    """Describe a function's code without what differs from run to run."""
    code = function if isinstance(function, types.CodeType) else None
    code = code or getattr(function, "__code__", None)
    if not isinstance(code, types.CodeType):
        return type(function).__name__
    constants = (_code(c) if isinstance(c, types.CodeType) else repr(c) for c in code.co_consts)
    return " ".join([code.co_code.hex(), *code.co_names, *constants])


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:16]
