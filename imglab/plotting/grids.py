"""Pictures, and tables of numbers, side by side."""

from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from imglab.plotting.style import GAP, LINE, STYLE, WIDTH
from imglab.validation import check_image


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
