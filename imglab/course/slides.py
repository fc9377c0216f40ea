"""``imglab slides``: a deck for the class from the cells that a lesson marks for it.

A lesson marks its slides by tags. A text cell tagged ``slide`` or ``slide-only``
begins one; the second is left out of the notebooks, and what follows a line
``Note:`` in it is for the speaker alone. A code cell tagged ``slide`` adds to the
slide before it: its figures; or, if it drew none, what it printed; or, if it
printed nothing, its code. Cells for the instructor become notes of the slide
before them.
"""

import argparse
import base64
import re
import struct
import sys
from dataclasses import dataclass, field
from pathlib import Path

from imglab.course import lessons, pages
from imglab.course.pages import Cell

BEGINS = {"slide", "slide-only"}
_NOTE = re.compile(r"^Note:\s*", re.MULTILINE)
# Lines for a reader: claims, a state, and what is said where no prediction was made.
_CLAIM = re.compile(r"^(?:[a-z0-9]+-\d\d holds: |No prediction was |Explorer\().*\n?", re.MULTILINE)
_TALL = 1.4  # a figure less wide than so many heights stands beside the words
_LONG = 68  # characters of a printed line that fit in the usual size
_START = (
    "Reveal.initialize({ width: 1280, height: 720, margin: 0.02, center: false, hash: true,"
    ' slideNumber: "c/t", transition: "none", plugins: [RevealNotes] });'
)


@dataclass
class Slide:
    """One slide: Markdown, the code cells whose results it shows, and notes."""

    words: str
    shown: list[Cell] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the words that may follow ``imglab slides``."""
    parser.add_argument("lessons", nargs="*", metavar="NN", help="lessons to show, all if none")


def run(options: argparse.Namespace) -> int:
    """Write the decks; 0 where all went well, 2 for bad input."""
    project = lessons.project_root()
    if project is None:
        print("imglab slides needs the lessons; run it in a clone", file=sys.stderr)
        return 2
    try:
        for lesson in lessons.find(project, options.lessons):
            slides = slides_of(pages.built(lesson, "slides"))
            if not slides:
                print(f"{lesson.stem} has no cell marked for slides")
                continue
            path = project / "build" / "slides" / lesson.parent.name / f"{lesson.stem}.html"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(deck(lesson, slides), encoding="utf-8", newline="\n")
            print(f"{path.relative_to(project).as_posix()}: {len(slides)} slides")
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    print("open a deck in a browser; the key S opens the notes, ? lists the other keys")
    return 0


def slides_of(cells: list[Cell]) -> list[Slide]:
    """Gather the slides of a lesson's cells, in their order."""
    slides: list[Slide] = []
    early: list[str] = []  # notes before the first slide
    for cell in cells:
        marked, is_text = set(pages.tags(cell)), cell["cell_type"] == "markdown"
        if "instructor" in marked:
            (slides[-1].notes if slides else early).append(cell["source"])
        elif is_text and marked & BEGINS:
            said, *note = _NOTE.split(cell["source"], maxsplit=1)
            slides.append(Slide(said.strip(), notes=[*note, *early]))
            early = []
        elif marked & BEGINS and slides:
            slides[-1].shown.append(cell)
    return slides


def deck(lesson: Path, slides: list[Slide]) -> str:
    """Return the whole deck as one HTML page."""
    sections = "".join(_section(slide) for slide in slides)
    body = f'<div class="reveal"><main class="slides">\n{sections}</main></div>\n'
    style = pages.vendored("reveal/reveal.css") + pages.vendored("slides.css")
    scripts = [pages.vendored("reveal/reveal.js"), pages.vendored("reveal/notes.js"), _START]
    title = slides[0].words.partition("\n")[0].lstrip("# ")
    return pages.document(
        title,
        style,
        body,
        language=lesson.parent.name,
        scripts="".join(map(pages.script, scripts)),
    )


def _section(slide: Slide) -> str:
    drawn = [picture for cell in slide.shown for picture in pages.pictures(cell)]
    beside = drawn and all(_width_over_height(png) < _TALL for png, *_ in drawn)
    figures = "".join(pages.figure(*picture, caption=False) for picture in drawn)
    others = "".join(_other(cell) for cell in slide.shown if not any(pages.pictures(cell)))
    shown = f'<div class="shown">{figures}{others}</div>' if slide.shown else ""
    layout = "beside" if beside else "below"
    notes = "".join(pages.words(note) for note in slide.notes)
    notes += "".join(pages.words(f"*{_literal(sentence)}*") for _, sentence, _ in drawn)
    return (
        f'<section><div class="frame {layout}"><div class="words">{pages.words(slide.words)}</div>'
        f'{shown}</div><aside class="notes">{notes}</aside></section>\n'
    )


def _other(cell: Cell) -> str:
    """Show what a cell without a figure printed, less its claims; or its code."""
    html = pages.shown(cell)
    kept = _CLAIM.sub("", "".join("".join(o.get("text", "")) for o in cell["outputs"]))
    if not html:
        return pages.code(cell["source"])
    if "<table" in html:
        return html
    printed = pages.shown({**cell, "outputs": [{"text": kept}]})
    wide = max(map(len, kept.splitlines()), default=0) > _LONG
    return printed.replace('class="printed"', 'class="printed long"', 1) if wide else printed


def _literal(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>#$|~])", r"\\\1", text)


def _width_over_height(png: str) -> float:
    width, height = struct.unpack(">II", base64.b64decode(png[:32])[16:24])
    return float(width / height)
