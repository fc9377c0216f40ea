"""``imglab build``: run every lesson and write its notebook, twice the same.

The written notebook holds what the repository alone decides: no times, no
random ids, no widget state, nothing that a learner recorded. A stored Explorer
keeps its picture and its text, and loses the live widget that a reader without
a kernel could not see.
"""

import argparse
import copy
import os
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from imglab.course import lessons
from imglab.course.lessons import differences
from imglab.course.saving import WIDGET_VIEW
from imglab.course.solutions import with_solutions

SECONDS = 300  # for one cell
ONE_THREAD = dict.fromkeys(("MKL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
# What a person's shell may hold and a stored output must not depend on.
FORGOTTEN = ("IMGLAB_SOLUTIONS", "IMGLAB_STATE", "MPLBACKEND", "PYTHONSTARTUP")


class BuildFailed(RuntimeError):
    """A lesson cannot be built; the message names the lesson, the cell and the reason."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the words that may follow ``imglab build``."""
    parser.add_argument("lessons", nargs="*", metavar="NN", help="lessons to build, all if none")
    parser.add_argument(
        "--check", action="store_true", help="run nothing: say which notebooks differ"
    )
    parser.add_argument("--edition", choices=["instructor", "student"], default="student")


def run(options: argparse.Namespace) -> int:
    """Build or check lessons; 0 where all went well, 1 where a lesson failed, 2 for bad input."""
    project = lessons.project_root()
    if project is None:
        print(
            "imglab build needs the lessons; run it in a clone of the repository", file=sys.stderr
        )
        return 2
    try:
        chosen = lessons.find(project, options.lessons)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    if options.check:
        return _check(chosen, options.edition)
    failed = 0
    for lesson in chosen:
        started = time.perf_counter()
        try:
            path = build(lesson, options.edition)
        except BuildFailed as error:
            print(error, file=sys.stderr)
            failed += 1
        except OSError as error:
            reason = (error.strerror or "it failed").lower()
            print(f"{lesson.stem} cannot be written ({reason}); make room first", file=sys.stderr)
            failed += 1
        else:
            seconds, kilobytes = time.perf_counter() - started, path.stat().st_size / 1000
            print(f"{lesson.stem}: {seconds:.1f} s, {kilobytes:.0f} kB", flush=True)
    return 1 if failed else 0


def build(lesson: Path, edition: str = "student") -> Path:
    """Run one lesson and write its notebook.

    Parameters
    ----------
    lesson : Path
        A file of ``lessons/<language>``.
    edition : str
        ``"student"`` or ``"instructor"``.

    Returns
    -------
    Path
        The written notebook. Where the lesson fails, the old one stays.

    Raises
    ------
    BuildFailed
        If a cell raises, takes too long, ends the kernel, or writes to stderr.
    """
    path = lessons.notebook_path(lesson, edition)
    path.parent.mkdir(parents=True, exist_ok=True)
    notebook = execute(unrun(lesson, edition), path.parent, lesson.stem)
    text = nbformat.writes(notebook).rstrip("\n") + "\n"
    lessons.write_whole(path, text)
    return path


def unrun(lesson: Path, edition: str) -> NotebookNode:
    """Return an edition's notebook before it is run; the instructor's has the solutions."""
    notebook = lessons.read(lesson, edition)
    return with_solutions(notebook) if edition == "instructor" else notebook


def execute(notebook: NotebookNode, folder: Path, name: str) -> NotebookNode:
    """Run a notebook in `folder` and leave in it only what may be stored.

    Parameters
    ----------
    notebook : NotebookNode
        Changed in place.
    folder : Path
        The working directory of its kernel.
    name : str
        What an error calls it.

    Raises
    ------
    BuildFailed
        As for `build`.
    """
    metadata = copy.deepcopy(notebook.metadata)  # the kernel adds the version of its Python
    begun = 0  # index of the cell that the kernel was given last

    def begin(*, cell: NotebookNode, cell_index: int) -> None:  # noqa: ARG001
        nonlocal begun
        begun = cell_index

    with tempfile.TemporaryDirectory(prefix="imglab-") as profile:
        environment = {key: os.environ[key] for key in os.environ if key not in FORGOTTEN}
        environment |= ONE_THREAD | {"IMGLAB_BUILD": "1", "IPYTHONDIR": profile}
        client = NotebookClient(
            notebook,
            timeout=SECONDS,
            kernel_name="python3",
            resources={"metadata": {"path": str(folder)}},
            extra_arguments=["--IPKernelApp.log_level=40"],  # errors, not advice on sockets
            record_timing=False,
            store_widget_state=False,
            coalesce_streams=True,
            on_cell_execute=begin,  # what a dying kernel answers may never arrive
        )
        try:
            client.execute(env=environment)
        except CellExecutionError as error:
            msg = f"{_where(name, notebook, begun)}: {error.ename}: {error.evalue}"
            raise BuildFailed(msg) from error
        except CellTimeoutError as error:
            where = _where(name, notebook, begun)
            msg = f"{where}: it ran longer than {SECONDS} s; make it shorter"
            raise BuildFailed(msg) from error
        except DeadKernelError as error:
            msg = f"{_where(name, notebook, begun)}: it ended the kernel"
            raise BuildFailed(msg) from error
    notebook.metadata = metadata
    _clean(notebook, name)
    return notebook


def _where(name: str, notebook: NotebookNode, index: int) -> str:
    source = notebook.cells[index].source.strip().partition("\n")[0]
    return f"{name}, cell {index + 1} ({source})"


def _clean(notebook: NotebookNode, name: str) -> None:
    for index, cell in enumerate(notebook.cells, 1):
        if cell.cell_type != "code":
            continue
        kept = []
        for output in cell.outputs:
            if output.output_type == "stream" and output.name == "stderr":
                line = output.text.strip().partition("\n")[0]
                msg = f"{name}, cell {index} writes to stderr, which no notebook may hold: {line}"
                raise BuildFailed(msg)
            if output.output_type == "error":  # let through by the tag raises-exception
                msg = f"{name}, cell {index} ends in {output.ename}: {output.evalue}"
                raise BuildFailed(msg)
            had_view = output.get("data", {}).pop(WIDGET_VIEW, None)
            if not had_view or output.data:
                kept.append(output)
        cell.outputs = kept
    nbformat.validate(notebook)


def _check(chosen: list[Path], edition: str) -> int:
    found = []
    for lesson in chosen:
        notebook = lessons.notebook_path(lesson, edition)
        found += differences(lesson, notebook, expected=unrun(lesson, edition))
    for sentence in found:
        print(sentence)
    if found:
        print("build them again: imglab build")
        return 1
    print(f"in step with their lessons: {len(chosen)} notebooks")
    return 0
