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
    calibrate.set_defaults(run=_calibrate)

    seed = commands.add_parser("seed", help="the published figures of two pictures, and the truth")
    seed.add_argument("folder", nargs="?", help="the folder that holds the two pictures")
    seed.add_argument("--json", action="store_true", help="print JSON instead of a table")
    seed.set_defaults(run=_seed)

    fetch = commands.add_parser("fetch", help="download files that imglab does not bring along")
    fetch.add_argument("name", nargs="?", help="what to fetch; left out: a list of what there is")
    fetch.set_defaults(run=_fetch)


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
