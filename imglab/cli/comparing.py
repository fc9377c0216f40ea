"""``imglab compare``: two pictures, every metric; a table, JSON, a page, a status for a script."""

import argparse
import sys

from imglab.cli.statuses import BAD_INPUT, HOLDS, OK

STATUSES = """\
exit status:
  0  done; no condition of --fail-if is true
  1  at least one condition of --fail-if is true
  2  bad input, or a condition that could not be decided: a value that does not
     exist never counts as passed

conditions: METRIC<NUMBER with <, <=, > or >=. "ssim<0.98" asks for the value of
the pictures as they are, "ssim@256<0.98" for that at 256x256, which exists for
pictures of different sizes, too. The names of the metrics are those of --json.
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command and its options."""
    compare = commands.add_parser(
        "compare",
        help="all metrics of two pictures, with their meaning",
        epilog=STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    compare.add_argument("image0", help="a file, or the name of a bundled picture")
    compare.add_argument("image1", help="a file, or the name of a bundled picture")
    compare.add_argument("--json", action="store_true", help="print JSON instead of a table")
    compare.add_argument(
        "--against", metavar="FOLDER", help="take the pairs of this folder's pictures as reference"
    )
    compare.add_argument(
        "--mask", metavar="FILE", help="compare only where this picture of the same size is white"
    )
    compare.add_argument(
        "--report", metavar="FILE.html", help="write one HTML page with pictures and maps, too"
    )
    compare.add_argument(
        "--fail-if",
        metavar="CONDITION",
        action="append",
        default=[],
        help='exit with 1 if it is true, such as "ssim<0.98"; may be given several times',
    )
    compare.add_argument(
        "--deep", action="store_true", help="add the metrics of networks, which need torch"
    )
    compare.set_defaults(run=_compare)


def _compare(options: argparse.Namespace) -> int:
    from imglab import conditions, report
    from imglab.catalogue import DEEP_METRICS, METRICS
    from imglab.comparison import as_picture, compare

    asked = [conditions.parse(text) for text in options.fail_if]
    if options.report is not None:
        report.check_path(options.report)  # before the work, not after it
    pictures = as_picture(options.image0, "image0"), as_picture(options.image1, "image1")
    metrics = [*METRICS, *(DEEP_METRICS if options.deep else ())]
    comparison = compare(*pictures, metrics=metrics, against=options.against, mask=options.mask)
    outcomes = [conditions.judge(condition, comparison) for condition in asked]
    print(comparison.to_json() if options.json else comparison)
    for outcome in outcomes:
        print(outcome.sentence, file=sys.stderr)
    if options.report is not None:
        said = [outcome.sentence for outcome in outcomes]
        report.write(options.report, report.page(comparison, *pictures, outcomes=said))
    if any(outcome.holds is None for outcome in outcomes):
        return BAD_INPUT
    return HOLDS if any(outcome.holds for outcome in outcomes) else OK
