"""Pictures, and tables of numbers, side by side."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from imglab.plotting.style import GAP, LINE, PIXELS, STYLE, said, text_width, wrapped
from imglab.validation import check_image

CELL = 90  # pixels a side of a cell of a table, at most
TITLE = 12  # size of its letters


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
        Titles stand above the pictures and are broken where they do not fit;
        a line break in a title is kept. A small picture is enlarged by a
        whole factor, so that its pixels stay pixels.
    columns : int
        Pictures in a row, at most.
    data_range : tuple of float
        The values drawn black and white. Values beyond are clipped in the
        drawing, so keep to what was scored.
    """
    low, high = data_range
    columns = min(columns, len(images))
    arrays = [check_image(image) for image in images.values()]
    cell = (PIXELS - (columns - 1) * GAP) // columns
    size = TITLE if columns < 4 else TITLE - 1
    titles = [wrapped(title, cell - GAP, size) for title in said(images)]
    shapes = [_drawn_shape(array.shape[0], array.shape[1], cell) for array in arrays]
    wide = max([w for _, w in shapes] + [min(cell, text_width(t, size)) for t in titles])
    tops = [range(len(images))[i : i + columns] for i in range(0, len(images), columns)]
    heads = [LINE * max(titles[i].count("\n") + 1 for i in row) + 6 for row in tops]
    bodies = [max(shapes[i][0] for i in row) for row in tops]
    total = (columns * (wide + GAP) - GAP, sum(heads) + sum(bodies))  # width, height
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(total[0] / 100, total[1] / 100))
        top = 0  # pixels above the pictures of a row
        for row, head, body in zip(tops, heads, bodies, strict=True):
            top += head
            for col, place in enumerate(row):
                (height, width), array = shapes[place], arrays[place]
                left = col * (wide + GAP) + (wide - width) // 2
                ax = _add_axes(figure, total, (left, top, width, height))
                ax.axis("off")
                unit = np.clip((array.astype(np.float64) - low) / (high - low), 0, 1)
                smooth = "nearest" if width % array.shape[1] == 0 else "antialiased"
                ax.imshow(unit, cmap="gray", vmin=0, vmax=1, interpolation=smooth, aspect="auto")
                ax.set_title(titles[place], fontsize=size, pad=4)
            top += body
    return figure


def _drawn_shape(height: int, width: int, cell: int) -> tuple[int, int]:
    """Return the size in pixels at which a picture is drawn: a whole factor where it fits."""
    factor = min(cell / width, PIXELS / height)
    factor = int(factor) if factor >= 1 else factor
    return max(1, round(height * factor)), max(1, round(width * factor))


def _add_axes(figure: Figure, total: tuple[int, int], box: tuple[int, int, int, int]) -> Axes:
    """Add axes at (left, top, width, height) pixels of a figure of `total` (width, height)."""
    left, top, width, height = box
    across, down = total
    return figure.add_axes(
        (left / across, 1 - (top + height) / down, width / across, height / down)
    )


def numbers(arrays: Mapping[str, npt.ArrayLike], *, decimals: int | Sequence[int] = 0) -> Figure:
    """Draw small arrays as tables of their values, for arithmetic on paper.

    Parameters
    ----------
    arrays : mapping of title to array_like of shape (H, W)
        Of one shape.
    decimals : int or sequence of int
        Decimals printed in a cell, of all tables or of each.
    """
    tables = {title: np.atleast_2d(np.asarray(a, dtype=np.float64)) for title, a in arrays.items()}
    shapes = {table.shape for table in tables.values()}
    if len(shapes) != 1:
        msg = f"arrays must have one shape, got {sorted(shapes)}; draw them in two figures"
        raise ValueError(msg)
    height, width = shapes.pop()
    count, margin = len(tables), 2  # pixels for the outer lines
    cell = (PIXELS - 2 * margin - (count - 1) * 2 * GAP) // count  # for one table
    titles = [wrapped(title, cell - GAP, TITLE) for title in said(tables)]
    side = min(CELL, cell // width, PIXELS // height)
    each = [decimals] * count if isinstance(decimals, int) else list(decimals)
    cells = [
        {place: f"{value:.{few}f}" for place, value in np.ndenumerate(table)}
        for table, few in zip(tables.values(), each, strict=True)
    ]
    texts = [text for table in cells for text in table.values()]
    size = min(15, 0.9 * 15 * side / max(text_width(text, 15) for text in texts))
    wide = max([width * side] + [min(cell, text_width(title, TITLE)) for title in titles])
    head = LINE * max(title.count("\n") + 1 for title in titles) + 6
    total = (count * (wide + 2 * GAP) - 2 * GAP + 2 * margin, head + height * side + margin)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(total[0] / 100, total[1] / 100))
        for place, (title, table) in enumerate(zip(titles, cells, strict=True)):
            left = margin + place * (wide + 2 * GAP) + (wide - width * side) // 2
            ax = _add_axes(figure, total, (left, head, width * side, height * side))
            ax.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
            for (row, col), text in table.items():
                ax.text(col, row, text, ha="center", va="center", fontsize=size)
            ax.set_title(title, fontsize=TITLE, pad=4)
            ax.set_xticks(np.arange(-0.5, width), labels=[])
            ax.set_yticks(np.arange(-0.5, height), labels=[])
            ax.grid(color="black", linewidth=1)
            ax.tick_params(length=0)
            for spine in ax.spines.values():
                spine.set_visible(True)
    return figure
