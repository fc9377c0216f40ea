"""The student's own copies of the lessons, in ``my-lessons``.

A copy belongs to the student: it is never written to again. A lesson that
changed since arrives beside it as ``NN_name.new.ipynb``; where that one was
edited too, the next arrives as ``NN_name.new-2.ipynb``.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from imglab.course import lessons
from imglab.language import tr

FOLDER = "my-lessons"

Notebook = dict[str, Any]


def given(project: Path) -> list[Path]:
    """List the built notebooks of a project, in the order of their lessons."""
    paths = [lessons.notebook_path(lesson) for lesson in lessons.find(project)]
    return [path for path in paths if path.exists()]


def own(project: Path, source: Path) -> Path:
    """Return where the student's copy of a built notebook lies."""
    return project / FOLDER / source.parent.name / source.name


def prepare(project: Path) -> list[str]:
    """Give the student a copy of every lesson, and touch nothing that is theirs.

    Parameters
    ----------
    project : Path
        The folder that holds ``notebooks``.

    Returns
    -------
    list of str
        One sentence for each thing that was done; none where all was there.
    """
    told, fresh = [], []
    for source in given(project):
        mine, new = own(project, source), _fresh(source)
        if not mine.exists():
            _write(mine, new)
            fresh.append(mine.name)
        elif _version_of(mine) != _version(new):
            told += _beside(mine, new)
    if fresh:
        names = fresh[0] if len(fresh) == 1 else tr("{count} lessons", count=len(fresh))
        told.insert(
            0, tr("{names} copied to {folder}: yours to change", names=names, folder=FOLDER)
        )
    return told


def reset(project: Path, wanted: Sequence[str]) -> list[str]:
    """Begin lessons anew, keeping the student's copies under another name.

    Parameters
    ----------
    project : Path
        The folder that holds ``notebooks``.
    wanted : sequence of str
        Numbers or names, such as ``"3"``, ``"03"`` or ``"03_ssim"``.

    Returns
    -------
    list of str
        One sentence for each lesson.

    Raises
    ------
    ValueError
        If one of them is no lesson; then nothing was done.
    """
    chosen = [lessons.notebook_path(lesson) for lesson in lessons.find(project, wanted)]
    told = []
    for source in (path for path in chosen if path.exists()):
        mine, new = own(project, source), _fresh(source)
        kept = ""
        if mine.exists():
            today = date.today().isoformat()  # noqa: DTZ011  (the student's own day)
            names = _numbered(mine, f".{today}", f".{today}-")
            aside = next(path for path in names if not path.exists())
            mine.rename(aside)
            kept = f"; {tr('your copy is kept as {name}', name=aside.name)}"
        for path in _arrivals(mine):
            if _is_untouched(path):
                path.unlink()
        _write(mine, new)
        told.append(f"{tr('{name} begins anew', name=mine.name)}{kept}")
    return told


def _fresh(source: Path) -> Notebook:
    """Read a built notebook and take away what a student should find out."""
    notebook: Notebook = json.loads(source.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["metadata"].pop("trusted", None)
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    notebook["metadata"]["imglab"] = {"lesson": source.stem, "version": _digest(notebook)}
    return notebook


def _digest(notebook: Notebook) -> str:
    cells = [(cell["cell_type"], "".join(cell["source"])) for cell in notebook["cells"]]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()[:16]


def _version(notebook: Notebook) -> str:
    return str(notebook["metadata"].get("imglab", {}).get("version", ""))


def _read(path: Path) -> Notebook | None:
    """Return what lies in a student's file, or None if it is no notebook."""
    try:
        notebook: Notebook = json.loads(path.read_text(encoding="utf-8"))
        _digest(notebook), _version(notebook)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return notebook


def _version_of(path: Path) -> str | None:
    """Return from which state of its lesson a copy was made, None if it does not say."""
    notebook = _read(path)
    return None if notebook is None else _version(notebook)


def _is_untouched(path: Path) -> bool:
    """Tell whether a copy is as it was given: no text changed, no cell run."""
    notebook = _read(path)
    return (
        notebook is not None
        and _digest(notebook) == _version(notebook)
        and not any(cell.get("outputs") for cell in notebook["cells"])
    )


def _numbered(mine: Path, first: str, more: str) -> Iterator[Path]:
    yield mine.with_name(f"{mine.stem}{first}.ipynb")
    for count in range(2, 1000):
        yield mine.with_name(f"{mine.stem}{more}{count}.ipynb")


def _arrivals(mine: Path) -> list[Path]:
    """List what arrived beside a copy, oldest first."""
    return [path for path in _numbered(mine, ".new", ".new-") if path.exists()]


def _beside(mine: Path, new: Notebook) -> list[str]:
    arrived = _arrivals(mine)
    if any(_version_of(path) == _version(new) for path in arrived):
        return []
    if arrived and _is_untouched(arrived[-1]):
        place = arrived[-1]
    else:
        place = next(path for path in _numbered(mine, ".new", ".new-") if path not in arrived)
    _write(place, new)
    return [
        tr(
            "{name} has changed: the new one lies beside yours as {place}",
            name=mine.name,
            place=place.name,
        )
    ]


def _write(path: Path, notebook: Notebook) -> None:
    """Write a copy whole, so that no half of a notebook is ever taken for one."""
    lessons.write_whole(path, json.dumps(notebook, ensure_ascii=False, indent=1) + "\n")
