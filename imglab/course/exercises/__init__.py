"""Exercises: a local check with a hint, and a solution after two wrong tries.

Each lesson's exercises lie as data in the module of its name beside this one,
as a tuple ``EXERCISES`` of `Exercise`: ``check("pixel-1", ...)`` looks into
``pixel.py``.
"""

import importlib
import inspect
import os
import pkgutil
import textwrap

from imglab.course import state
from imglab.course.exercises._judging import Verdict, judge
from imglab.course.exercises._records import Case, Exercise
from imglab.course.lines import say
from imglab.language import tr

__all__ = ["Case", "Exercise", "bug_hunt", "check", "every_exercise", "lessons", "solution"]

_TRIES = 2  # different wrong attempts before the solution is shown

_tries: dict[str, set[str]] = {}  # of this session: exercise to fingerprints of wrong attempts
_solved: set[str] = set()


def check(id: str, attempt: object) -> None:  # noqa: A002
    """Tell whether an attempt is right, or the first input on which it differs.

    It never raises and never shows what is expected. The attempt works on
    copies of the inputs; what it prints and its warnings are swallowed.

    Parameters
    ----------
    id : str
        Such as ``"pixel-1"``.
    attempt : object
        The learner's function, or for a target what the learner made; ``...``
        and None are no attempt.

    Notes
    -----
    An attempt that loops for ever cannot be stopped from here: interrupt the
    kernel.
    """
    exercise = _find(id)
    if exercise is None:
        return
    if exercise.kind == "bug":
        say(f'{id}: {tr("this is a bug hunt; call")} bug_hunt("{id}", ...)')
        return
    verdict = judge(exercise, attempt)
    _remember(exercise, verdict)
    opening = {"untouched": "", "wrong": tr("not right yet: "), "right": tr("right: ")}
    say(f"{id}: {opening[verdict.kind]}{verdict.sentence}")


def bug_hunt(id: str, attempt: object) -> None:  # noqa: A002
    """Tell whether a function that a lesson shows broken is repaired.

    As `check`, it never raises and never shows what is expected.

    Parameters
    ----------
    id : str
        Such as ``"pixel-5"``.
    attempt : object
        The function, as found or as repaired.
    """
    exercise = _find(id)
    if exercise is None:
        return
    if exercise.kind != "bug":
        say(f'{id}: {tr("this is no bug hunt; call")} check("{id}", ...)')
        return
    verdict = judge(exercise, attempt)
    _remember(exercise, verdict)
    if verdict.kind == "right":
        say(f"{id}: {tr('repaired: ')}{verdict.sentence}")
    elif verdict.kind == "untouched":
        say(f"{id}: {tr('not repaired yet: ')}{tr('there is no function to judge')}")
    else:
        opening = tr("first difference: ") if verdict.without_hint else ""
        first = len(_tries_of(exercise)) == 1  # the bug as found: look yourself, without a hint
        sentence = (first and verdict.without_hint) or verdict.sentence
        say(f"{id}: {tr('not repaired yet: ')}{opening}{sentence}")


def solution(id: str) -> None:  # noqa: A002
    """Print the tested solution, once two different wrong attempts were made.

    Also shown once solved. A class can switch solutions off by the environment
    variable ``IMGLAB_SOLUTIONS=off`` or by a file ``solutions-off`` in the
    folder of recorded work.

    Parameters
    ----------
    id : str
        Such as ``"pixel-1"``.
    """
    exercise = _find(id)
    if exercise is None:
        return
    needed = _TRIES + (exercise.kind == "bug")  # the bug as found is the first
    tries = len(_tries_of(exercise))
    if _are_off():
        say(f"{id}: {tr('solutions are switched off in this class')}")
    elif tries >= needed or _is_solved(exercise):
        for line in textwrap.dedent(inspect.getsource(exercise.reference)).splitlines():
            say(line)
    else:
        line = tr(
            "{tries} of {needed} different wrong tries so far; then the solution is shown",
            tries=tries,
            needed=needed,
        )
        say(f"{id}: {line}")


def every_exercise(lesson: str) -> tuple[Exercise, ...]:
    """Return the exercises of one lesson, none where it has no module.

    Parameters
    ----------
    lesson : str
        Such as ``"pixel"``.
    """
    name = f"{__name__}.{lesson}"
    if not lesson.isidentifier() or lesson.startswith("_"):
        return ()
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        return ()
    return tuple(module.EXERCISES)


def lessons() -> tuple[str, ...]:
    """Return the names of all lessons that have exercises."""
    found = (module.name for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(name for name in found if not name.startswith("_")))


def _find(name: str) -> Exercise | None:
    """Return the exercise, or print what there is instead."""
    known = {exercise.id: exercise for exercise in every_exercise(str(name).partition("-")[0])}
    exercise = known.get(str(name))
    if exercise is not None:
        return exercise
    instead = tr("write for example 'pixel-1'")
    if known:
        instead = tr("the lesson has {names}", names=", ".join(known))
    say(tr("there is no exercise {name}; {instead}", name=ascii(name)[:40], instead=instead))
    return None


def _remember(exercise: Exercise, verdict: Verdict) -> None:
    lesson = _lesson(exercise)
    if verdict.kind == "right":
        _solved.add(exercise.id)
        if not _is_recorded_as_solved(exercise):
            state.update(lesson, "solved", exercise.id, value=True)
    elif verdict.kind == "wrong":
        before = _tries_of(exercise)
        _tries.setdefault(exercise.id, set()).add(verdict.fingerprint)
        if verdict.fingerprint not in before:
            state.update(lesson, "tries", exercise.id, sorted(before | {verdict.fingerprint}))


def _tries_of(exercise: Exercise) -> set[str]:
    recorded = state.read(_lesson(exercise)).get("tries", {}).get(exercise.id)
    earlier = {str(mark) for mark in recorded} if isinstance(recorded, list) else set()
    return earlier | _tries.get(exercise.id, set())


def _is_solved(exercise: Exercise) -> bool:
    return exercise.id in _solved or _is_recorded_as_solved(exercise)


def _is_recorded_as_solved(exercise: Exercise) -> bool:
    return state.read(_lesson(exercise)).get("solved", {}).get(exercise.id) is True


def _lesson(exercise: Exercise) -> str:
    return exercise.id.partition("-")[0]


def _are_off() -> bool:
    place = state.folder()
    switched = os.environ.get("IMGLAB_SOLUTIONS", "").strip().lower() == "off"
    return switched or (place is not None and (place / "solutions-off").exists())
