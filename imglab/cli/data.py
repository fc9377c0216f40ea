"""``imglab calibrate``, ``seed`` and ``fetch``: the data that imglab holds, checks and gets."""

import argparse
import sys
from pathlib import Path

from imglab.cli.statuses import BAD_INPUT, OK


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands and their options."""
    calibrate = commands.add_parser(
        "calibrate", help="recompute calibration.json and verdict.json in data/"
    )
    calibrate.add_argument(
        "--output", type=Path, help="write the first to this file, not the second"
    )
    calibrate.add_argument(
        "--deep", action="store_true", help="recompute those that need torch instead"
    )
    calibrate.set_defaults(run=_calibrate)

    seed = commands.add_parser("seed", help="the published figures of two pictures, and the truth")
    seed.add_argument("folder", nargs="?", help="the folder that holds the two pictures")
    seed.add_argument("--json", action="store_true", help="print JSON instead of a table")
    seed.set_defaults(run=_seed)

    fetch = commands.add_parser("fetch", help="download files that imglab does not bring along")
    fetch.add_argument(
        "names", nargs="*", metavar="NAME", help="what to fetch; none: a list of what there is"
    )
    fetch.set_defaults(run=_fetch)


def _calibrate(options: argparse.Namespace) -> int:
    from imglab import calibration, near_duplicates, samples, verdict

    file = calibration.DEEP_FILE if options.deep else calibration.FILE
    path = options.output or samples.data_path(file)
    calibration.write(path, deep=options.deep)
    print(f"wrote {path.name}")
    if options.output:
        return OK
    other = near_duplicates if options.deep else verdict
    other.write(samples.data_path(other.FILE))
    print(f"wrote {other.FILE}")
    return OK


def _seed(options: argparse.Namespace) -> int:
    from imglab import seed

    computed = seed.figures(options.folder)
    print(seed.to_json(computed) if options.json else seed.table(computed))
    return OK


def _fetch(options: argparse.Namespace) -> int:
    from imglab import weights

    if not options.names:
        for name, files in weights.FILES.items():
            print(f"{name}: {', '.join(f'{one.file} ({one.size:,} bytes)' for one in files)}")
        return OK
    for name in options.names:  # a slip in the last is said before the first is fetched
        weights.look_up(name, weights.FILES)
    for name in options.names:
        try:
            weights.fetch(name, tell=print, progress=_progress if sys.stderr.isatty() else None)
        except KeyboardInterrupt:
            goes_on = f"'imglab fetch {name}' goes on from there"
            print(f"Stopped; what came so far is kept, and {goes_on}.", file=sys.stderr)
            return BAD_INPUT
    return OK


def _progress(file: str, received: int, size: int) -> None:
    """Draw one line that is written over, as wide as it always is; the last ends it."""
    done = received * 30 // size
    bar, end = "#" * done + "." * (30 - done), "\n" if received == size else ""
    million = f"{received / 1e6:.1f} of {size / 1e6:.1f} MB"
    print(f"\r{file} [{bar}] {million:>20}", end=end, file=sys.stderr, flush=True)
