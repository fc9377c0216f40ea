"""``imglab print``: a lesson as one HTML page for paper.

Any browser prints it, or keeps it as PDF, without a network. Formulas are drawn,
figures have their sentence under them, and nothing is said by colour of text.
"""

import argparse
import re
import sys
from pathlib import Path

from imglab.course import lessons, pages
from imglab.course.pages import Cell

# A link to a file is of no use on paper, and leads elsewhere from this page.
_TO_FILE = re.compile(r"\[([^\]]*)\]\((?!https?:|#)[^)]*\)")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the words that may follow ``imglab print``."""
    parser.add_argument("lessons", nargs="*", metavar="NN", help="lessons to print, all if none")
    parser.add_argument(
        "--edition",
        choices=["student", "instructor"],
        default="student",
        help="the second holds the notes for the instructor, too",
    )


def run(options: argparse.Namespace) -> int:
    """Write the pages; 0 where all went well, 2 for bad input."""
    project = lessons.project_root()
    if project is None:
        print("imglab print needs the lessons; run it in a clone", file=sys.stderr)
        return 2
    folder = project / "build" / "print" / options.edition
    try:
        for lesson in lessons.find(project, options.lessons):
            path = folder / lesson.parent.name / f"{lesson.stem}.html"
            path.parent.mkdir(parents=True, exist_ok=True)
            text = page(lesson, pages.built(lesson, options.edition))
            path.write_text(text, encoding="utf-8", newline="\n")
            print(path.relative_to(project).as_posix())
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    print("open a page in a browser and print it; the dialogue can also keep it as PDF")
    return 0


def page(lesson: Path, cells: list[Cell]) -> str:
    """Return a lesson as one HTML page."""
    title = next(
        line.lstrip("# ")
        for cell in cells
        for line in cell["source"].splitlines()
        if line.startswith("# ")
    )
    body = f"<main>\n{''.join(map(_cell, cells))}</main>\n"
    return pages.document(title, pages.vendored("print.css"), body, language=lesson.parent.name)


def _cell(cell: Cell) -> str:
    if cell["cell_type"] == "markdown":
        html = pages.words(_TO_FILE.sub(r"\1", cell["source"]))
        notes = "instructor" in pages.tags(cell)
        return f'<aside class="instructor">{html}</aside>\n' if notes else html
    return pages.code(cell["source"]) + pages.shown(cell)
