"""What a learner reads, in the learner's language.

English stands in the code and is the key; ``languages/<name>.json`` says what
another language has instead. A language is chosen by the folder in which a
lesson lies, ``lessons/ru`` or ``my-lessons/ru``; everywhere else it is English.
"""

import json
import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

ENGLISH = "en"
_CATALOGUES = Path(__file__).with_name("languages")
_NUMBER = re.compile(r"[\s\d.,:+-]*$")  # what a label may end with
_WORD = re.compile(r"[A-Za-z]{2}")

_chosen = {"language": ENGLISH}


def languages() -> tuple[str, ...]:
    """Return the names of all languages, English first."""
    return (ENGLISH, *sorted(path.stem for path in _CATALOGUES.glob("*.json")))


def current() -> str:
    """Return the name of the language in use."""
    return _chosen["language"]


def use(language: str) -> None:
    """Speak another language from now on.

    Raises
    ------
    ValueError
        If there is no catalogue of it.
    """
    if language not in languages():
        known = ", ".join(languages())
        msg = f"language must be one of {known}, got {language!r}; choose one of them"
        raise ValueError(msg)
    _chosen["language"] = language


def of_folder(folder: Path | None = None) -> str:
    """Return the language of the lessons in `folder`, English where it names none.

    Parameters
    ----------
    folder : Path, optional
        The working folder by default.
    """
    try:
        name = (folder or Path.cwd()).name
    except OSError:  # the working folder was taken away
        return ENGLISH
    return name if name in languages() else ENGLISH


def tr(text: str, /, **values: object) -> str:
    """Say `text` in the language in use, with `values` in its named holes.

    Parameters
    ----------
    text : str
        English, such as ``"{count} inputs"``.
    **values : object
        What stands in the holes; without any, braces are text.

    Raises
    ------
    ValueError
        While a lesson is built in another language, if the catalogue lacks the
        text. A learner gets the English one.

    Examples
    --------
    >>> tr("it agrees on {count} inputs", count=3)
    'it agrees on 3 inputs'
    """
    said = _said(text)
    return said.format(**values) if values else said


def later(text: str) -> str:
    """Return `text` as it is: it stands in the catalogue, and is said where it is shown.

    An Explorer says its title, its controls and its numbers itself.

    Examples
    --------
    >>> later("nearer")
    'nearer'
    """
    return text


def label(text: str) -> str:
    """Say a label of a figure, line by line; a number at the end of a line stays.

    Examples
    --------
    >>> label("noisy copy, MSE 12.5")
    'noisy copy, MSE 12.5'
    """
    return "\n".join(map(_line, text.split("\n")))


def _line(text: str) -> str:
    if not _WORD.search(text):
        return text
    number = _NUMBER.search(text)
    end = number.start() if number and text not in _catalogue(current()) else len(text)
    return _said(text[:end]) + text[end:]


def _said(text: str) -> str:
    catalogue = _catalogue(current())
    if text not in catalogue and current() != ENGLISH and os.environ.get("IMGLAB_BUILD"):
        msg = (
            f"every text must have its translation, got none for {text!r}; "
            f"add it to imglab/languages/{current()}.json"
        )
        raise ValueError(msg)
    return catalogue.get(text, text)


@cache
def _catalogue(language: str) -> Mapping[str, str]:
    """Merge the parts of a catalogue: the words of imglab, and of each lesson."""
    if language == ENGLISH:
        return {}
    parts = json.loads((_CATALOGUES / f"{language}.json").read_text(encoding="utf-8"))
    return {text: said for part in parts.values() for text, said in part.items()}
