"""Estimates with their intervals, in rows."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
from matplotlib.figure import Figure

from imglab.plotting.style import LINES, SERIES, STYLE, WIDTH, check_few

APART = 0.18  # of a row, between two estimates


def intervals(
    rows: Mapping[str, Sequence[tuple[float, float, float]]],
    marks: Mapping[str, float],
    *,
    xlabel: str,
) -> Figure:
    """Draw estimates as points with their intervals, those of a row below each other.

    Parameters
    ----------
    rows : mapping of label to sequence of (low, estimate, high)
        From top to bottom; at most five estimates in a row.
    marks : mapping of label to float
        Vertical lines through all rows, such as "no effect"; at most three.
    xlabel : str
        Quantity and unit.

    Raises
    ------
    ValueError
        If an estimate lies outside its interval, or there are too many marks.
    """
    check_few("marks", marks, len(LINES))
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 0.8 * len(rows) + 1.3), layout="constrained")
        ax = figure.subplots()
        for place, (label, estimates) in enumerate(rows.items()):
            color, marker, _ = SERIES[place % len(SERIES)]
            for number, (low, value, high) in enumerate(estimates):
                if not low <= value <= high:
                    msg = f"{label!r} must lie in its interval, got {value} and [{low}, {high}]"
                    raise ValueError(msg)
                y = place + APART * (number - (len(estimates) - 1) / 2)
                ax.plot([low, high], [y, y], "-", color=color, linewidth=2)
                ax.plot([value], [y], marker, color=color, markersize=6)
        for (label, value), style in zip(marks.items(), LINES, strict=False):
            ax.axvline(value, color="black", linewidth=1.2, linestyle=style, label=label)
        ax.set_yticks(range(len(rows)), labels=list(rows))
        ax.set_ylim(len(rows) - 0.5, -0.5)
        ax.set_xlabel(xlabel)
        if marks:
            beside = sum(len(label) + 6 for label in marks) < 60  # else they would be clipped
            columns = len(marks) if beside else 1
            figure.legend(loc="outside upper right", frameon=False, ncols=columns)
    return figure
