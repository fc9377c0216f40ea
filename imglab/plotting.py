"""Arrays in, figures out: the one room that imports matplotlib.

Every figure has an opaque white ground, one grey or colour scale for all its
pictures (values 0 to 255 unless said otherwise), colours that people with a
colour deficiency tell apart, and letters that stay legible when the figure is
shown 390 pixels wide. Nothing here computes a metric.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from imglab.validation import check_image

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


def pictures(
    images: Mapping[str, npt.ArrayLike],
    *,
    columns: int = 3,
    data_range: tuple[float, float] = (0, 255),
) -> Figure:
    """Draw pictures side by side, all on one scale.

    Parameters
    ----------
    images : mapping of title to array_like of shape (H, W) or (H, W, 3)
        Titles stand above the pictures; a line break in a title is kept. A
        small picture is enlarged by a whole factor, so that its pixels stay
        pixels.
    columns : int
        Pictures in a row, at most.
    data_range : tuple of float
        The values drawn black and white. Values beyond are clipped in the
        drawing, so keep to what was scored.
    """
    low, high = data_range
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    arrays = [check_image(image) for image in images.values()]
    cell = (round(100 * WIDTH) - (columns - 1) * GAP) // columns
    shapes = [_drawn_shape(array.shape[0], array.shape[1], cell) for array in arrays]
    wide, high_px = max(w for _, w in shapes), max(h for h, _ in shapes)
    title = LINE * max(title.count("\n") + 1 for title in images) + 6
    total = np.array([columns * (wide + GAP) - GAP, rows * (high_px + title)])  # width, height
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=tuple(total / 100))
        for place, (name, array) in enumerate(zip(images, arrays, strict=True)):
            row, col = divmod(place, columns)
            height, width = shapes[place]
            left = col * (wide + GAP) + (wide - width) // 2
            bottom = total[1] - (row + 1) * (high_px + title)
            box = (left / total[0], bottom / total[1], width / total[0], height / total[1])
            ax = figure.add_axes(box)
            ax.axis("off")
            unit = np.clip((array.astype(np.float64) - low) / (high - low), 0, 1)
            smooth = "nearest" if width % array.shape[1] == 0 else "antialiased"
            ax.imshow(unit, cmap="gray", vmin=0, vmax=1, interpolation=smooth, aspect="auto")
            ax.set_title(name, fontsize=12 if columns < 4 else 11, pad=4)
    return figure


def _drawn_shape(height: int, width: int, cell: int) -> tuple[int, int]:
    """Return the size in pixels at which a picture is drawn: a whole factor where it fits."""
    if width > cell:
        return round(height * cell / width), cell
    return height * (cell // width), width * (cell // width)


def numbers(arrays: Mapping[str, npt.ArrayLike], *, decimals: int = 0) -> Figure:
    """Draw small arrays as tables of their values, for arithmetic on paper.

    Parameters
    ----------
    arrays : mapping of title to array_like of shape (H, W)
        Of one shape.
    decimals : int
        Decimals printed in a cell.
    """
    tables = {title: np.atleast_2d(np.asarray(a, dtype=np.float64)) for title, a in arrays.items()}
    shapes = {table.shape for table in tables.values()}
    if len(shapes) != 1:
        msg = f"arrays must have one shape, got {sorted(shapes)}; draw them in two figures"
        raise ValueError(msg)
    height, width = shapes.pop()
    side = WIDTH / len(tables)
    texts = [f"{value:.{decimals}f}" for table in tables.values() for value in table.flat]
    letter = 72 * side / width / (max(map(len, texts)) + 1)  # points of width for each
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, side * height / width + 0.41), layout="constrained")
        axes = figure.subplots(1, len(tables), squeeze=False)[0]
        for ax, (title, table) in zip(axes, tables.items(), strict=True):
            ax.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5), aspect="equal")
            for (row, col), value in np.ndenumerate(table):
                text = f"{value:.{decimals}f}"
                size = min(15, letter / 0.62)  # a digit is 0.62 as wide as its size
                ax.text(col, row, text, ha="center", va="center", fontsize=size)
            ax.set_title(title)
            ax.set_xticks(np.arange(-0.5, width), labels=[])
            ax.set_yticks(np.arange(-0.5, height), labels=[])
            ax.grid(color="black", linewidth=1)
            ax.tick_params(length=0)
            for spine in ax.spines.values():
                spine.set_visible(True)
    return figure


def difference(
    image0: npt.ArrayLike, image1: npt.ArrayLike, *, titles: tuple[str, str], limit: float = 255
) -> Figure:
    """Draw two grey pictures and, between -limit and limit, their signed difference.

    Parameters
    ----------
    image0, image1 : array_like of shape (H, W)
        Drawn on the scale 0 to 255.
    titles : tuple of two str
        Above the pictures; the third is titled with their difference.
    limit : float
        The difference drawn in full colour, in levels: orange where `image0`
        is lighter, purple where `image1` is.
    """
    x, y = (np.asarray(image, dtype=np.float64) for image in (image0, image1))
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, WIDTH / 3 * x.shape[0] / x.shape[1] + 0.75))
        grid = figure.add_gridspec(1, 3, left=0.01, right=0.99, bottom=0.2, top=0.88, wspace=0.04)
        axes = [figure.add_subplot(grid[0, i]) for i in range(3)]
        for ax, image, title in zip(axes, (x, y), titles, strict=False):
            ax.imshow(image, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
            ax.set_title(title)
        drawn = axes[2].imshow(
            x - y, cmap="PuOr_r", vmin=-limit, vmax=limit, interpolation="nearest"
        )
        axes[2].set_title("difference")
        for ax in axes:
            ax.axis("off")
        scale = figure.add_axes((0.7, 0.13, 0.26, 0.04))
        bar = figure.colorbar(drawn, cax=scale, orientation="horizontal")
        bar.set_ticks([-limit, 0, limit], labels=[f"{-limit:g}", "0", f"{limit:g}"])
        bar.ax.tick_params(labelsize=11)
    return figure


def clouds(
    groups: Mapping[str, npt.ArrayLike],
    marks: Mapping[str, float],
    *,
    xlabel: str,
    log: bool = False,
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
    """
    _check_few("marks", marks, len(LINES))
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
        for (label, value), style in zip(marks.items(), LINES, strict=False):
            ax.axvline(value, color="black", linewidth=1.5, linestyle=style, label=label)
        ax.set_yticks(range(len(labels)), labels=labels)
        ax.set_ylim(len(labels) - 0.5, -0.5)
        ax.set_xlabel(xlabel)
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
    _check_few("series", series, len(SERIES))
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 3.6), layout="constrained")
        ax = figure.subplots()
        for (label, values), (color, marker, line) in zip(series.items(), SERIES, strict=False):
            rows = np.atleast_2d(np.asarray(values, dtype=np.float64))  # (k, len(x))
            ax.plot(x, np.median(rows, axis=0), line, color=color, marker=marker, label=label)
            if len(rows) > 1:
                ax.fill_between(x, rows.min(axis=0), rows.max(axis=0), color=color, alpha=0.18)
        ax.set_xlabel(xlabel)
        ax.set_ylabel(ylabel)
        if log_y:
            ax.set_yscale("log")
        _legend(ax, len(series))
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
            _check_few("histograms of a row", series, len(SERIES))
            for place, (label, h) in enumerate(series.items()):
                color, _, line = SERIES[place]
                ax.stairs(
                    np.asarray(h), edges, color=color, fill=not place, alpha=1 if place else 0.45,
                    label=label, linestyle=line, linewidth=1.6,
                )  # fmt: skip
            ax.set_title(title, fontsize=12)
            ax.set_ylabel(ylabel)
            ax.set_xlim(edges[0], edges[-1])
            _legend(ax, len(series))
        axes[-1].set_xlabel(xlabel)
    return figure


def matches(
    images: Mapping[str, npt.ArrayLike],
    groups: Mapping[str, tuple[npt.ArrayLike, npt.ArrayLike]],
) -> Figure:
    """Draw two grey pictures side by side, with lines between matched points.

    Parameters
    ----------
    images : mapping of two titles to array_like of shape (H, W)
        Left and right, on the scale 0 to 255 and drawn equally large for each
        pixel.
    groups : mapping of label to (points0, points1)
        Positions (row, col) of shape (n, 2), row by row a match. The label is
        completed by the number of lines. At most four groups; the first is
        drawn thicker, and over the others.
    """
    _check_few("groups", groups, len(SERIES))
    if len(images) != 2:
        msg = f"images must be two, got {len(images)}; matches join one pair"
        raise ValueError(msg)
    arrays = [np.asarray(image, dtype=np.float64) for image in images.values()]
    gap = round(0.03 * sum(array.shape[1] for array in arrays))  # pixels of the pictures
    start = arrays[0].shape[1] + gap
    wide, tall = start + arrays[1].shape[1], max(array.shape[0] for array in arrays)
    below = 0.3 * len(groups) + 0.05  # inches
    with mpl.rc_context(STYLE):
        height = WIDTH * tall / wide
        figure = Figure(figsize=(WIDTH, height + 0.3 + below))
        total = figure.get_figheight()
        ax = figure.add_axes((0, below / total, 1, height / total))
        ax.axis("off")
        ax.set(xlim=(-0.5, wide - 0.5), ylim=(tall - 0.5, -0.5))
        for left, title, array in zip((0, start), images, arrays, strict=True):
            h, w = array.shape
            box = (left - 0.5, left + w - 0.5, h - 0.5, -0.5)
            ax.imshow(array, cmap="gray", vmin=0, vmax=255, extent=box, aspect="auto")
            ax.text(left + w / 2, -0.02 * tall, title, ha="center", va="bottom")
        for place, (label, pair) in enumerate(groups.items()):
            color, _, line = SERIES[place]
            style: dict[str, Any] = {
                "color": color,
                "zorder": 9 - place,
                "linewidth": 0.8 if place else 1.6,
            }
            p0, p1 = (np.asarray(points, dtype=np.float64).reshape(-1, 2) for points in pair)
            ends = np.stack([p0[:, 1], p1[:, 1] + start]), np.stack([p0[:, 0], p1[:, 0]])
            ax.plot(*ends, linestyle=line, alpha=0.5 if place else 1, **style)
            ax.plot(*(end.ravel() for end in ends), "o", markersize=3, **style)
            ax.plot([], [], line, color=color, linewidth=2, label=f"{label} ({len(p0)})")
        figure.legend(loc="lower center", frameon=False, ncols=1, borderpad=0)
    return figure


def _check_few(name: str, entries: Mapping[str, object], most: int) -> None:
    if len(entries) > most:
        msg = f"{name} must be at most {most}, got {len(entries)}; draw two figures"
        raise ValueError(msg)


def _legend(ax: Axes, entries: int) -> None:
    if entries > 1:
        ax.legend(frameon=False)
