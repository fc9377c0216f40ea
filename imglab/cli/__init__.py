"""The command ``imglab``: it parses, calls, prints and sets the exit status.

The one door to both wings: the laboratory (`compare`, `calibrate`) and the
course (`lab`, `build` and others), whose rooms are imported when called.

Inside, one module for each group of commands: `comparing`, `data`, `matrix`,
`pairs`; each adds its words to the parser and runs them. `statuses` are the exit statuses.
"""

import argparse
import importlib
import sys
from collections.abc import Sequence

from imglab import __version__
from imglab.cli import comparing, data, matrix, pairs
from imglab.cli.statuses import BAD_INPUT

COURSE = {
    "lab": "open the lessons in JupyterLab, on working copies of your own",
    "doctor": "check this installation in ten lines",
    "build": "build the notebooks from the lessons",
    "slides": "write the slides of a lesson as one HTML page",
    "print": "write a lesson as one HTML page for paper",
    "pack": "pack the course and its packages for machines without a network",
}
COURSE_PACKAGES = (
    "IPython",
    "ipywidgets",
    "jupyterlab",
    "jupytext",
    "markdown_it",
    "mdit_py_plugins",
    "nbclient",
    "nbformat",
    "pygments",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with `arguments` (those of the process by default).

    Returns
    -------
    int
        0 where all went well, 2 for bad input or a download that failed; a
        course command returns its own status.
    """
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:  # a name that the console cannot show must not end the program
            reconfigure(errors="backslashreplace")
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and words[0] in COURSE:
        return _course(words[0], words[1:])
    options = _parser().parse_args(words)
    try:
        return int(options.run(options))
    except ValueError as error:  # ImageInputError is one
        print(error, file=sys.stderr)
    except ImportError as error:
        from imglab.validation import MissingPackage

        if not isinstance(error, MissingPackage):
            raise
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"Cannot write or read '{error.filename}': {error.strerror}.", file=sys.stderr)
    return BAD_INPUT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="imglab", description="How alike are two images?")
    parser.add_argument("--version", action="version", version=f"imglab {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    comparing.add(commands)
    data.add(commands)
    matrix.add(commands)
    pairs.add(commands)
    for name, what in COURSE.items():
        commands.add_parser(name, help=what)
    return parser


def _course(command: str, words: Sequence[str]) -> int:
    try:
        room = importlib.import_module(f"imglab.course.{command}")
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in COURSE_PACKAGES:
            raise
        print(
            f"imglab {command} needs the lessons' packages, {error.name} is missing; "
            "install them with: pip install 'imglab[course]'",
            file=sys.stderr,
        )
        return BAD_INPUT
    parser = argparse.ArgumentParser(prog=f"imglab {command}", description=COURSE[command])
    room.add_arguments(parser)
    return int(room.run(parser.parse_args(words)))
