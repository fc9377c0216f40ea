"""What all figures share: width, colours, letters."""

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes

WIDTH = 6.4  # inches; 640 pixels at 100 dpi
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


def check_few(name: str, entries: Mapping[str, object], most: int) -> None:
    """Refuse more entries than colours or lines tell apart."""
    if len(entries) > most:
        msg = f"{name} must be at most {most}, got {len(entries)}; draw two figures"
        raise ValueError(msg)


def legend(ax: Axes, entries: int) -> None:
    """Name the entries where there are several."""
    if entries > 1:
        ax.legend(frameon=False)
