"""What a learner recorded, in one JSON file per lesson.

Files are read and written only in the folder that the environment variable
``IMGLAB_STATE`` names, which `imglab lab` sets. Without it nothing is read and
nothing is written, so that stored outputs never depend on a learner.

Two kernels that record for one lesson in the same instant may lose one of the
two entries; neither can leave half a file behind.
"""

import json
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from imglab.course.lines import say
from imglab.language import tr

Record = dict[str, dict[str, object]]
"""Of one lesson: section, such as ``"predictions"``, to key to JSON value."""

_told: set[Path] = set()  # folders of which was said that they cannot be written


def folder() -> Path | None:
    """Return the folder of recorded work, or None where nothing is recorded."""
    name = os.environ.get("IMGLAB_STATE", "")
    return Path(name) if name else None


def read(lesson: str) -> Record:
    """Read what was recorded for one lesson.

    A damaged file is set aside under another name, with one printed sentence.

    Parameters
    ----------
    lesson : str
        Such as ``"pixel"``.

    Returns
    -------
    dict
        Section to key to value; empty where nothing is recorded.

    Raises
    ------
    ValueError
        If `lesson` is no name of a lesson.
    """
    path = _path(lesson)
    if path is None:
        return {}
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        say(
            tr(
                "what was recorded in {name} cannot be read ({why}); going on without",
                name=path.name,
                why=_reason(error),
            )
        )
        return {}
    try:
        return _record(json.loads(text))
    except (ValueError, RecursionError):  # not UTF-8, not JSON, or not of the form above
        _set_aside(path)
        return {}


def update(lesson: str, section: str, key: str, value: object) -> None:
    """Record one value, leaving everything else that is recorded.

    Where the folder cannot be written, one sentence says so, once a session.

    Parameters
    ----------
    lesson : str
        Such as ``"pixel"``.
    section, key : str
        Where it belongs, such as ``"predictions"`` and ``"pixel-p1"``.
    value : object
        Anything that JSON can hold.

    Raises
    ------
    ValueError
        If `lesson` is no name of a lesson.
    """
    path = _path(lesson)
    if path is None:
        return
    record = read(lesson)
    record.setdefault(section, {})[key] = value
    text = json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, text)
    except OSError as error:
        if path.parent not in _told:
            _told.add(path.parent)
            say(
                tr(
                    "your work cannot be recorded ({why}); it counts until you restart",
                    why=_reason(error),
                )
            )


def _path(lesson: str) -> Path | None:
    if re.fullmatch("[a-z][a-z0-9_]*", lesson) is None:
        msg = f"lesson must be the name of a lesson, got {lesson!r}; write for example 'pixel'"
        raise ValueError(msg)
    place = folder()
    return None if place is None else place / f"{lesson}.json"


def _record(content: object) -> Record:
    if not isinstance(content, Mapping) or not all(
        isinstance(section, Mapping) for section in content.values()
    ):
        msg = "a record must hold sections"
        raise ValueError(msg)
    return {str(name): dict(section) for name, section in content.items()}


def _replace(path: Path, text: str) -> None:
    """Write beside the file and rename: a reader sees the old or the new, never half."""
    handle, temporary = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)  # noqa: PTH105  (the name of this step in every manual)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise


def _set_aside(path: Path) -> None:
    aside = path.with_name(f"{path.name}.damaged")
    count = 1
    while aside.exists():
        count += 1
        aside = path.with_name(f"{path.name}.damaged-{count}")
    try:
        path.rename(aside)
    except OSError as error:
        say(
            tr(
                "{name} is damaged and cannot be set aside ({why}); going on without",
                name=path.name,
                why=_reason(error),
            )
        )
        return
    say(
        tr(
            "{name} was damaged; it is kept as {aside}, and a new record was begun",
            name=path.name,
            aside=aside.name,
        )
    )


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
