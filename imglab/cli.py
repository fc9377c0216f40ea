"""The command ``imglab``: it parses, calls, prints and sets the exit status.

The one door to both wings: the laboratory (`compare`, `calibrate`) and the
course (`lab`, `doctor`, `build`), whose rooms are imported when called.
"""

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from imglab import __version__

OK, BAD_INPUT = 0, 2
COURSE = {
    "lab": "open the lessons in JupyterLab, on working copies of your own",
    "doctor": "check this installation in ten lines",
    "build": "build the notebooks from the lessons",
}
COURSE_PACKAGES = ("IPython", "ipywidgets", "jupyterlab", "jupytext", "nbclient", "nbformat")


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
    except OSError as error:
        print(f"Cannot write or read '{error.filename}': {error.strerror}.", file=sys.stderr)
    return BAD_INPUT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="imglab", description="How alike are two images?")
    parser.add_argument("--version", action="version", version=f"imglab {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    compare = commands.add_parser("compare", help="all metrics of two pictures, with their meaning")
    compare.add_argument("image0", help="a file, or the name of a bundled picture")
    compare.add_argument("image1", help="a file, or the name of a bundled picture")
    compare.add_argument("--json", action="store_true", help="print JSON instead of a table")
    compare.add_argument(
        "--against", metavar="FOLDER", help="take the pairs of this folder's pictures as reference"
    )
    compare.set_defaults(run=_compare)

    calibrate = commands.add_parser(
        "calibrate", help="recompute calibration.json and verdict.json in data/"
    )
    calibrate.add_argument(
        "--output", type=Path, help="write the first to this file, not the second"
    )
    calibrate.set_defaults(run=_calibrate)

    seed = commands.add_parser("seed", help="the published figures of two pictures, and the truth")
    seed.add_argument("folder", nargs="?", help="the folder that holds the two pictures")
    seed.add_argument("--json", action="store_true", help="print JSON instead of a table")
    seed.set_defaults(run=_seed)

    fetch = commands.add_parser("fetch", help="download files that imglab does not bring along")
    fetch.add_argument("name", nargs="?", help="what to fetch; left out: a list of what there is")
    fetch.set_defaults(run=_fetch)

    for name, what in COURSE.items():
        commands.add_parser(name, help=what)
    return parser


def _compare(options: argparse.Namespace) -> int:
    from imglab.comparison import compare

    comparison = compare(options.image0, options.image1, against=options.against)
    print(comparison.to_json() if options.json else comparison)
    return OK


def _calibrate(options: argparse.Namespace) -> int:
    from imglab import calibration, samples, verdict

    path = options.output or samples.data_path(calibration.FILE)
    calibration.write(path)
    print(f"wrote {path.name}")
    if not options.output:
        verdict.write(samples.data_path(verdict.FILE))
        print(f"wrote {verdict.FILE}")
    return OK


def _seed(options: argparse.Namespace) -> int:
    from imglab import seed

    computed = seed.figures(options.folder)
    print(seed.to_json(computed) if options.json else seed.table(computed))
    return OK


def _fetch(options: argparse.Namespace) -> int:
    from imglab import weights

    if options.name is None:
        for name, files in weights.FILES.items():
            print(f"{name}: {', '.join(f'{one.file} ({one.size:,} bytes)' for one in files)}")
        return OK
    try:
        weights.fetch(options.name, tell=print)
    except KeyboardInterrupt:
        again = f"Run 'imglab fetch {options.name}' again"
        print(f"Stopped; no half file is left. {again}.", file=sys.stderr)
        return BAD_INPUT
    return OK


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


if __name__ == "__main__":
    sys.exit(main())
