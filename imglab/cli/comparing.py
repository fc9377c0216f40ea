"""``imglab compare``: two pictures, every metric, a table or JSON."""

import argparse

from imglab.cli.statuses import OK


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command and its options."""
    compare = commands.add_parser("compare", help="all metrics of two pictures, with their meaning")
    compare.add_argument("image0", help="a file, or the name of a bundled picture")
    compare.add_argument("image1", help="a file, or the name of a bundled picture")
    compare.add_argument("--json", action="store_true", help="print JSON instead of a table")
    compare.add_argument(
        "--against", metavar="FOLDER", help="take the pairs of this folder's pictures as reference"
    )
    compare.set_defaults(run=_compare)


def _compare(options: argparse.Namespace) -> int:
    from imglab.comparison import compare

    comparison = compare(options.image0, options.image1, against=options.against)
    print(comparison.to_json() if options.json else comparison)
    return OK
