"""The machinery of lessons; a lesson imports the names below from here.

Importing it imports none of its rooms: each comes when its name is first used.
"""

import importlib
from typing import TYPE_CHECKING

from imglab import language

if TYPE_CHECKING:
    from imglab.course.claims import claim as claim
    from imglab.course.claims import claims_held as claims_held
    from imglab.course.claims import number as number
    from imglab.course.exercises import bug_hunt as bug_hunt
    from imglab.course.exercises import check as check
    from imglab.course.exercises import solution as solution
    from imglab.course.figures import show as show
    from imglab.course.judging import Judge as Judge
    from imglab.course.playground import Playground as Playground
    from imglab.course.predictions import predict as predict
    from imglab.course.predictions import predictions_scored as predictions_scored
    from imglab.course.predictions import reveal as reveal
    from imglab.course.scorecards import scorecard as scorecard
    from imglab.course.widgets import Explorer as Explorer

language.use(language.of_folder())  # a lesson speaks the language of its folder

_NAMES = {
    "Explorer": "widgets",
    "Judge": "judging",
    "Playground": "playground",
    "bug_hunt": "exercises",
    "check": "exercises",
    "claim": "claims",
    "claims_held": "claims",
    "number": "claims",
    "predict": "predictions",
    "predictions_scored": "predictions",
    "reveal": "predictions",
    "scorecard": "scorecards",
    "show": "figures",
    "solution": "exercises",
}


def __getattr__(name: str) -> object:
    if name in _NAMES:
        return getattr(importlib.import_module(f"imglab.course.{_NAMES[name]}"), name)
    msg = f"module 'imglab.course' has no attribute {name!r}; it has {', '.join(__dir__())}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted(_NAMES)
