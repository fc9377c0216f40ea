"""``imglab matrix``: which metric survives which change, here or in a folder."""

import argparse
import sys
import time
from pathlib import Path

from imglab.cli.statuses import BAD_INPUT, OK

BAR = 30  # characters


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command and its options."""
    matrix = commands.add_parser("matrix", help="which metric survives which change")
    matrix.add_argument(
        "folder", nargs="?", help="pictures of different things; left out: the bundled ones"
    )
    matrix.add_argument(
        "--metrics", metavar="KEY", nargs="+", help="some metrics only, such as ssim"
    )
    matrix.add_argument("--json", action="store_true", help="print JSON instead of a table")
    matrix.add_argument("--figure", metavar="FILE", type=Path, help="also draw it into this file")
    matrix.add_argument(
        "--recompute",
        action="store_true",
        help="measure matrix.json, screens.json and drawings.json in data/",
    )
    matrix.add_argument(
        "--deep",
        action="store_true",
        help="with torch: add its metrics to a folder's, or recompute theirs alone",
    )
    matrix.set_defaults(run=_matrix)


def _matrix(options: argparse.Namespace) -> int:
    from imglab import invariance, samples
    from imglab.catalogue import DEEP_METRICS, METRICS

    try:
        if options.recompute:
            files = (invariance.FILE, invariance.SCREENS_FILE, invariance.DRAWINGS_FILE)
            if options.deep:
                files = (
                    invariance.DEEP_FILE,
                    invariance.SCREENS_DEEP_FILE,
                    invariance.DRAWINGS_DEEP_FILE,
                )
            writers = (invariance.write, invariance.write_screens, invariance.write_drawings)
            for name, write in zip(files, writers, strict=True):
                write(samples.data_path(name), deep=options.deep, progress=Bar())
                print(f"wrote {name}")
            return OK
        bar = Bar() if options.folder else None
        keys = options.metrics
        if options.deep and keys is None:
            keys = [*METRICS, *DEEP_METRICS]
        found = invariance.matrix(options.folder, metrics=keys, progress=bar)
    except KeyboardInterrupt:
        print("\nStopped; nothing was written.", file=sys.stderr)
        return BAD_INPUT
    if options.figure:
        invariance.draw(found, options.figure)
    print(found.to_json() if options.json else found)
    return OK


class Bar:
    """A bar on stderr that grows; silent where stderr is no terminal."""

    def __init__(self) -> None:
        self._begun = self._drawn = time.monotonic()

    def __call__(self, done: int, of: int) -> None:
        """Draw the bar anew, at most ten times a second."""
        now = time.monotonic()
        if not sys.stderr.isatty() or (done < of and now - self._drawn < 0.1):
            return
        self._drawn = now
        left = round((now - self._begun) * (of - done) / done)
        full = BAR * done // of
        line = f"\r[{'#' * full}{'.' * (BAR - full)}] {done} of {of} pairs, {left} s left "
        print(line, end="\n" if done == of else "", file=sys.stderr, flush=True)
