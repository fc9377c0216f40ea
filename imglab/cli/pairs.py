"""``imglab pairs``: which pictures of a folder are most alike by one metric."""

import argparse
import sys
from pathlib import Path

from imglab.cli.matrix import Bar
from imglab.cli.statuses import BAD_INPUT, OK


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command and its options."""
    pairs = commands.add_parser("pairs", help="all pairs of a folder's pictures by one metric")
    pairs.add_argument("folder", help="the pictures")
    pairs.add_argument("--metric", default="ssim", metavar="KEY", help="ssim if left out")
    pairs.add_argument("--nearest", type=int, default=10, metavar="N", help="how many to print")
    pairs.add_argument(
        "--as-they-are", action="store_true", help="compare without resizing to 256x256"
    )
    pairs.add_argument(
        "--cache", metavar="FILE", type=Path, help="keep the values in this file for the next time"
    )
    pairs.set_defaults(run=_pairs)


def _pairs(options: argparse.Namespace) -> int:
    from imglab.calibration import SIZE
    from imglab.comparison import compare_folder

    size = None if options.as_they_are else SIZE
    try:
        found = compare_folder(
            options.folder, options.metric, size=size, cache=options.cache, progress=Bar()
        )
    except KeyboardInterrupt:
        kept = f"; what is known is kept in {options.cache.name}" if options.cache else ""
        print(f"\nStopped{kept}.", file=sys.stderr)
        return BAD_INPUT
    for sentence in found.left_out:
        print(f"note: {sentence}")
    for name0, name1, value in found.nearest(options.nearest):
        print(f"{value:.{found.metric.decimals}f}  {name0}  {name1}")
    return OK
