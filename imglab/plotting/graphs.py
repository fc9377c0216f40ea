"""Values on axes."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from imglab import language
from imglab.plotting.style import LINES, SERIES, STYLE, WIDTH, check_few, legend, said


def clouds(
    groups: Mapping[str, npt.ArrayLike],
    marks: Mapping[str, float],
    *,
    xlabel: str,
    log: bool = False,
    medians: bool = False,
) -> Figure:
    """Draw groups of values as rows of points, with single values across them.

    Parameters
    ----------
    groups : mapping of label to array_like of shape (n,)
        From top to bottom; the label is completed by the number of values.
        An infinite value is counted and not drawn.
    marks : mapping of label to float
        Vertical lines through all rows, such as today's pair; at most three.
    xlabel : str
        Quantity and unit.
    log : bool
        Logarithmic scale, where values span several powers of ten.
    medians : bool
        Whether each row has a bar at its median, for rows so dense that no
        eye finds their middle.
    """
    check_few("marks", marks, len(LINES))
    groups, marks = said(groups), said(marks)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 0.85 * len(groups) + 1.3), layout="constrained")
        ax = figure.subplots()
        labels = []
        for row, (label, group) in enumerate(groups.items()):
            values = np.asarray(group, dtype=np.float64)
            color, marker, _ = SERIES[row % len(SERIES)]
            spread = np.linspace(-0.3, 0.3, 7)[np.arange(len(values)) * 3 % 7]  # fixed jitter
            ax.plot(values, row + spread, marker, color=color, alpha=0.55, markersize=4)
            labels.append(f"{label}\n({len(values)})")
            if medians:
                middle = [float(np.median(values))] * 2
                ax.plot(middle, [row - 0.4, row + 0.4], "w-", linewidth=6)
                ax.plot(middle, [row - 0.4, row + 0.4], "k-", linewidth=3)
        for (label, value), style in zip(marks.items(), LINES, strict=False):
            ax.axvline(value, color="black", linewidth=1.5, linestyle=style, label=label)
        ax.set_yticks(range(len(labels)), labels=labels)
        ax.set_ylim(len(labels) - 0.5, -0.5)
        ax.set_xlabel(language.label(xlabel))
        if log:
            ax.set_xscale("log")
        if marks:
            beside = sum(len(label) + 6 for label in marks) < 60  # else they would be clipped
            columns = len(marks) if beside else 1
            figure.legend(loc="outside upper right", frameon=False, ncols=columns)
    return figure


def curves(
    x: Sequence[float],
    series: Mapping[str, npt.ArrayLike],
    *,
    xlabel: str,
    ylabel: str,
    log_y: bool = False,
) -> Figure:
    """Draw curves over one factor, each with its spread.

    Parameters
    ----------
    x : sequence of float
        The factor's values.
    series : mapping of label to array_like of shape (len(x),) or (k, len(x))
        With k rows, the median is drawn and the band from the least to the
        greatest is shaded. At most four series.
    xlabel, ylabel : str
        Quantities and units.
    log_y : bool
        Logarithmic vertical axis.
    """
    check_few("series", series, len(SERIES))
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 3.6), layout="constrained")
        ax = figure.subplots()
        for (label, values), (color, marker, line) in zip(
            said(series).items(), SERIES, strict=False
        ):
            rows = np.atleast_2d(np.asarray(values, dtype=np.float64))  # (k, len(x))
            ax.plot(x, np.median(rows, axis=0), line, color=color, marker=marker, label=label)
            if len(rows) > 1:
                ax.fill_between(x, rows.min(axis=0), rows.max(axis=0), color=color, alpha=0.18)
        ax.set_xlabel(language.label(xlabel))
        ax.set_ylabel(language.label(ylabel))
        if log_y:
            ax.set_yscale("log")
        legend(ax, len(series))
    return figure


def histograms(
    rows: Mapping[str, Mapping[str, npt.ArrayLike]], *, xlabel: str, ylabel: str
) -> Figure:
    """Draw histograms as steps, those of a row over each other, all on one scale.

    Parameters
    ----------
    rows : mapping of title to mapping of label to array_like of shape (n,)
        From top to bottom; at most four histograms in a row, the first filled.
        All have the same number of bins.
    xlabel, ylabel : str
        What a bin is and what is counted, with units.
    """
    arrays = [np.asarray(h) for series in rows.values() for h in series.values()]
    if len({array.shape for array in arrays}) != 1 or arrays[0].ndim != 1:
        shapes = sorted({array.shape for array in arrays})
        msg = f"histograms must have one shape (n,), got {shapes}; use the same bins for all"
        raise ValueError(msg)
    edges = np.arange(len(arrays[0]) + 1) - 0.5
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 1.9 * len(rows) + 0.6), layout="constrained")
        axes = figure.subplots(len(rows), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
        for ax, (title, series) in zip(axes, rows.items(), strict=True):
            check_few("histograms of a row", series, len(SERIES))
            for place, (label, h) in enumerate(said(series).items()):
                color, _, line = SERIES[place]
                ax.stairs(
                    np.asarray(h), edges, color=color, fill=not place, alpha=1 if place else 0.45,
                    label=label, linestyle=line, linewidth=1.6,
                )  # fmt: skip
            ax.set_title(language.label(title), fontsize=12)
            ax.set_ylabel(language.label(ylabel))
            ax.set_xlim(edges[0], edges[-1])
            legend(ax, len(series))
        axes[-1].set_xlabel(language.label(xlabel))
    return figure
