"""Shares in tables whose cells are shaded, with the number printed in each."""

import math
from collections.abc import Collection, Mapping, Sequence

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from imglab.plotting.style import GAP, LINE, PIXELS, STYLE, text_width

HEAT = "cividis"  # its lightness rises evenly: it stays a scale in grey, and for all eyes
LETTERS = (12, 11, 10, 9)  # sizes tried, in points; 9 is legible at 390 pixels
WIDEST = 64  # pixels of a cell
PALE, DARK = "#ffffff", "#000000"
BRIGHT = 0.45  # luminance from which letters are dark


def shares(
    panels: Mapping[str, Mapping[str, npt.ArrayLike]],
    columns: Sequence[str],
    *,
    doubtful: Collection[tuple[str, str]] = (),
    low: float = 0.5,
    widest: int = PIXELS,
) -> Figure:
    """Draw shares of 0 to 1 as shaded tables with printed hundredths.

    A light cell is a large share. The scale of shades begins at `low`; a cell
    below it is hatched, and one without a value is white and hatched. 1 and 0
    are printed for exactly all and none, .99 and .01 for nearly so.

    Parameters
    ----------
    panels : mapping of title to mapping of label to array_like of shape (len(columns),)
        Tables from top to bottom, and their rows; nan where there is no value.
        An empty title takes no room.
    columns : sequence of str
        Labels of the columns of all tables, written upwards above the first.
    doubtful : collection of (row label, column label)
        Cells whose number is underlined.
    low : float
        Where the scale of shades begins; it ends at 1.
    widest : int
        Pixels that the figure may take; more than 640 are no figure for a phone.

    Raises
    ------
    ValueError
        If a row has another length, or there are too many columns.
    """
    tables = {title: _table(rows, columns) for title, rows in panels.items()}
    labels = [label for rows in panels.values() for label in rows]
    size, left, cell, row = _fit(labels, len(columns), widest)
    head = max(text_width(column, size) for column in columns) + GAP
    titled = [LINE if title else GAP // 2 for title in panels]
    width = left + cell * len(columns) + 2
    height = head + sum(titled) + row * len(labels) + 2
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width / 100, height / 100))
        top = head
        for place, (title, table) in enumerate(tables.items()):
            top += titled[place]
            high, wide = row * len(table), cell * len(columns)
            box = (left / width, 1 - (top + high) / height, wide / width, high / height)
            ax = figure.add_axes(box)
            ax.imshow(
                _shades(table, low), cmap=HEAT, vmin=0, vmax=1, aspect="auto",
                interpolation="nearest",
            )  # fmt: skip
            _print(ax, table, low, size)
            rows = list(panels[title])
            for i, j in np.ndindex(table.shape):
                if (rows[i], columns[j]) in doubtful:
                    color = _ink(float(table[i, j]), low)
                    ax.plot([j - 0.25, j + 0.25], [i + 0.36] * 2, color=color, linewidth=1.2)
            _frame(ax, rows, columns if place == 0 else (), size)
            figure.text(2 / width, 1 - (top - 4) / height, title, fontsize=size, weight="bold")
            top += high
    return figure


def _table(rows: Mapping[str, npt.ArrayLike], columns: Sequence[str]) -> npt.NDArray[np.float64]:
    arrays = [np.asarray(values, dtype=np.float64) for values in rows.values()]
    if wrong := [array.shape for array in arrays if array.shape != (len(columns),)]:
        msg = f"rows must have one value for each of {len(columns)} columns, got {wrong[0]}; "
        raise ValueError(msg + "name every column")
    return np.array(arrays)


def _fit(rows: Sequence[str], columns: int, widest: int) -> tuple[int, int, int, int]:
    """Choose the size of the letters, the room for labels, and a cell's width and height."""
    for size in LETTERS:
        left = max(text_width(row, size) for row in rows) + GAP
        cell = min(WIDEST, (widest - left - 2) // columns)
        if cell >= text_width(".99", size) + 2:
            return size, left, cell, 2 * size + 1
    msg = f"columns must fit beside the labels of their rows, got {columns}; draw two figures"
    raise ValueError(msg)


def _shades(table: npt.NDArray[np.float64], low: float) -> npt.NDArray[np.float64]:
    return np.asarray(np.clip((table - low) / (1 - low), 0, 1))


def _ink(share: float, low: float) -> str:
    """Choose letters that stand out from a cell."""
    if math.isnan(share):
        return DARK
    red, green, blue = mpl.colormaps[HEAT](float(np.clip((share - low) / (1 - low), 0, 1)))[:3]
    return DARK if 0.299 * red + 0.587 * green + 0.114 * blue > BRIGHT else PALE


def _print(ax: Axes, table: npt.NDArray[np.float64], low: float, size: int) -> None:
    for (i, j), share in np.ndenumerate(table):
        if math.isnan(share) or share < low:
            edge = "#999999" if math.isnan(share) else "#7f8db3"
            face = PALE if math.isnan(share) else "none"
            corner = (j - 0.5, i - 0.5)
            ax.add_patch(
                Rectangle(corner, 1, 1, hatch="////", linewidth=0, facecolor=face, edgecolor=edge)
            )
        if not math.isnan(share):
            ax.text(
                j, i, _hundredths(share), ha="center", va="center", fontsize=size,
                color=_ink(share, low), weight="bold" if share < low else "normal",
            )  # fmt: skip


def _hundredths(share: float) -> str:
    if share in (0.0, 1.0):
        return f"{share:.0f}"
    return f"{min(max(share, 0.01), 0.99):.2f}"[1:]


def _frame(ax: Axes, rows: Sequence[str], columns: Sequence[str], size: int) -> None:
    ax.set_yticks(range(len(rows)), labels=rows, fontsize=size)
    ax.set_xticks(range(len(columns)), labels=columns, rotation=90, fontsize=size)
    ax.tick_params(length=0, labeltop=True, labelbottom=False, pad=3)
    for edge in np.arange(0.5, len(rows) - 1):
        ax.axhline(edge, color=PALE, linewidth=1)
    wide = ax.get_xlim()[1] - 0.5
    for edge in np.arange(0.5, wide):
        ax.axvline(edge, color=PALE, linewidth=1)
    for spine in ax.spines.values():
        spine.set_visible(False)
