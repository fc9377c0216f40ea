"""What all figures share: width, colours, letters."""

import math
import re
from collections.abc import Mapping
from typing import Any, TypeVar

from matplotlib.axes import Axes
from matplotlib.cbook import is_math_text
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

from imglab.language import label

T = TypeVar("T")

WIDTH = 6.4  # inches
PIXELS = 640  # the same width at 100 dpi
GAP, LINE = 8, 21  # pixels between pictures, and of a line of a title
BLUE, ORANGE, GREEN, PINK = "#0072B2", "#D55E00", "#009E73", "#CC79A7"  # Okabe and Ito
SERIES = ((BLUE, "o", "-"), (ORANGE, "s", "--"), (GREEN, "^", "-."), (PINK, "D", ":"))
LINES = ("-", "--", ":")
STYLE: dict[Any, Any] = {
    "figure.dpi": 100,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "axes.facecolor": "white",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "font.family": "DejaVu Sans",
    "font.size": 12,
    "svg.hashsalt": "imglab",
}
BETWEEN_WORDS = r" (?=(?:[^$]*\$[^$]*\$)*[^$]*$)"  # a space that stands in no formula
_MEASURE = TextToPath()


def text_width(text: str, size: float) -> int:
    """Return how many pixels the longest line of a text needs at 100 dpi."""
    font = FontProperties(family=STYLE["font.family"], size=size)
    widths = [
        _MEASURE.get_text_width_height_descent(line, font, ismath=is_math_text(line))[
            0
        ]  # in points
        for line in text.split("\n")
    ]
    return math.ceil(max(widths) * 100 / 72 * 1.02) + 2  # letters are moved to whole pixels


def wrapped(text: str, width: int, size: float) -> str:
    """Break a text between words so that its lines fit, and a word that fits no line."""
    widest = width + GAP  # a word alone may come nearer to its neighbour
    lines = []
    for line in text.split("\n"):
        kept = ""
        for word in re.split(BETWEEN_WORDS, line):
            if kept and text_width(f"{kept} {word}", size) > width:
                lines.append(kept)
                kept = ""
            kept = f"{kept} {word}" if kept else word
            while "$" not in kept and len(kept) > 1 and text_width(kept, size) > widest:
                fits = len(kept) - 1
                while fits > 1 and text_width(kept[:fits], size) > widest:
                    fits -= 1
                lines.append(kept[:fits])
                kept = kept[fits:]
        lines.append(kept)
    return "\n".join(lines)


def said(entries: Mapping[str, T]) -> dict[str, T]:
    """Say the labels of entries in the language in use."""
    return {label(name): entry for name, entry in entries.items()}


def check_few(name: str, entries: Mapping[str, object], most: int) -> None:
    """Refuse more entries than colours or lines tell apart."""
    if len(entries) > most:
        msg = f"{name} must be at most {most}, got {len(entries)}; draw two figures"
        raise ValueError(msg)


def legend(ax: Axes, entries: int) -> None:
    """Name the entries where there are several."""
    if entries > 1:
        ax.legend(frameon=False)
