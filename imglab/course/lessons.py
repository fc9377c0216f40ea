"""Where lessons and notebooks lie, and what a lesson's notebook must hold.

A lesson is written in ``lessons/<language>/NN_name.md``. Its notebook in
``notebooks/<language>/NN_name.ipynb`` is built from it (`imglab.course.build`).
This room reads the first and says where the second differs.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbformat import NotebookNode

EDITIONS = {
    "student": frozenset({"instructor", "solution", "slide-only"}),
    "instructor": frozenset({"slide-only"}),
    "slides": frozenset({"solution"}),
}
"""Edition to the tags of the cells that it leaves out."""

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def project_root() -> Path | None:
    """Return the folder that holds the lessons, or None in an installed package."""
    root = Path(__file__).resolve().parents[2]
    return root if (root / "lessons").is_dir() else None


def find(project: Path, wanted: Sequence[str] = ()) -> list[Path]:
    """List the lessons of a project in their order.

    Parameters
    ----------
    project : Path
        The folder that holds ``lessons``.
    wanted : sequence of str
        Numbers or names, such as ``"2"``, ``"02"`` or ``"02_pixel"``; all
        lessons where it is empty.

    Raises
    ------
    ValueError
        If one of them is no lesson.
    """
    lessons = sorted((project / "lessons").glob("*/[0-9][0-9]_*.md"))
    chosen: set[Path] = set()
    for word in wanted:
        of_word = [path for path in lessons if word.zfill(2) in (path.stem, path.stem[:2])]
        if not of_word:
            have = ", ".join(path.stem for path in lessons) or "no lesson"
            msg = f"a lesson must be named by its number or name, got {word!r}; there is {have}"
            raise ValueError(msg)
        chosen.update(of_word)
    return sorted(chosen) if wanted else lessons


def notebook_path(lesson: Path, edition: str = "student") -> Path:
    """Return where the notebook of a lesson lies: the student's in git, others in ``build``."""
    project, language = lesson.parents[2], lesson.parent.name
    folder = project / "notebooks" if edition == "student" else project / "build" / edition
    return folder / language / f"{lesson.stem}.ipynb"


def read(lesson: Path, edition: str = "student") -> "NotebookNode":
    """Read a lesson as a notebook that has not been run.

    Parameters
    ----------
    lesson : Path
        A MyST Markdown file.
    edition : str
        A key of `EDITIONS`.

    Returns
    -------
    NotebookNode
        Cell ids are a hash of the lesson's name, the cell's kind and text and
        the count of equal cells before it: they depend on nothing else.
    """
    import jupytext
    import nbformat

    source = jupytext.reads(lesson.read_text(encoding="utf-8"), fmt="md:myst")
    left_out, seen, cells = EDITIONS[edition], dict[str, int](), []
    for cell in source.cells:
        if left_out.isdisjoint(cell.metadata.get("tags", [])):
            text = f"{lesson.stem}\n{cell.cell_type}\n{cell.source}"
            seen[text] = seen.get(text, 0) + 1
            cell.id = hashlib.sha256(f"{text}\n{seen[text]}".encode()).hexdigest()[:12]
            cells.append(cell)
    origin = lesson.relative_to(lesson.parents[2]).as_posix()
    metadata = {
        "imglab": {
            **source.metadata.get("imglab", {}),
            "generated": f"from {origin} by `imglab build`; do not edit",
        },
        "kernelspec": KERNEL,
        "language_info": {"name": "python"},
    }
    notebook: NotebookNode = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    notebook.nbformat_minor = 5
    return notebook


def write_whole(path: Path, text: str) -> None:
    """Write a file beside its place and rename it: what was there is replaced whole or stays.

    Parameters
    ----------
    path : Path
        Its folder is made where it is missing.
    text : str
        Written as UTF-8, with lines that end in LF.

    Raises
    ------
    OSError
        If the disk fails; no half file is left.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8", newline="\n")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def differences(
    lesson: Path, notebook: Path, *, expected: "NotebookNode | None" = None
) -> list[str]:
    """Say where a notebook is not what its lesson would build, without running it.

    Parameters
    ----------
    lesson, notebook : Path
        The Markdown file and the built file.
    expected : NotebookNode, optional
        What the lesson builds; the student's edition where it is left out.

    Returns
    -------
    list of str
        One sentence per difference, none where the two are in step: equal
        cells in equal order, each code cell run once, in order.
    """
    try:
        built = json.loads(notebook.read_text(encoding="utf-8"))
        cells, metadata = [_bare(cell) for cell in built["cells"]], built["metadata"]
    except FileNotFoundError:
        return [f"{notebook.name} has not been built"]
    except (ValueError, KeyError, TypeError):
        return [f"{notebook.name} is no notebook"]
    expected = read(lesson) if expected is None else expected
    wanted = [_bare(cell) for cell in expected.cells]
    found = [] if metadata == expected.metadata else [f"{notebook.name} has other metadata"]
    for index, (want, have) in enumerate(zip(wanted, cells, strict=False), 1):
        if want != have:
            found.append(f"{notebook.name}, cell {index} is not the lesson's: {_first(want)}")
            break  # all after an added or removed cell would differ too
    else:
        if len(wanted) != len(cells):
            found.append(f"{notebook.name} has {len(cells)} cells, its lesson {len(wanted)}")
    code = [cell for cell in built["cells"] if cell["cell_type"] == "code"]
    for count, cell in enumerate(code, 1):
        if cell.get("execution_count") != count:
            found.append(f"{notebook.name}, code cell {count} was not run in order: {_first(cell)}")
            break
    return found


def _bare(cell: dict[str, Any]) -> dict[str, Any]:
    """Keep of a cell what its lesson decides."""
    return {
        "id": cell.get("id"),
        "cell_type": cell["cell_type"],
        "source": "".join(cell["source"]),  # a file holds lines, a notebook in memory one text
        "metadata": cell["metadata"],
    }


def _first(cell: dict[str, Any]) -> str:
    line = "".join(cell["source"]).strip().partition("\n")[0]
    return line if len(line) <= 60 else f"{line[:57]}..."
