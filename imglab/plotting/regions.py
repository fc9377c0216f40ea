"""Pictures, and where in them a number comes from."""

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from imglab.language import label as in_language
from imglab.plotting.heat import HEAT
from imglab.plotting.style import GAP, LINE, PIXELS, STYLE
from imglab.validation import ByteImage

THROUGH = 0.62  # how much of a region's colour hides the grey picture below


def regions(
    rows: Sequence[tuple[str, ByteImage, npt.ArrayLike]], *, label: str, limit: float
) -> Figure:
    """Draw pictures above, and below each its regions, shaded by their values.

    Parameters
    ----------
    rows : sequence of (title, picture, values)
        Square pictures of shape (S, S, 3), and for each an array (h, w) of
        what its regions contribute. From two to four.
    label : str
        Quantity, under the scale.
    limit : float
        The value drawn brightest; 0 is darkest. Values beyond are clipped in
        the drawing, so choose none smaller than the largest.
    """
    if not 2 <= len(rows) <= 4:
        msg = f"rows must be from two to four, got {len(rows)}; draw several figures"
        raise ValueError(msg)
    cell = (PIXELS - (len(rows) - 1) * GAP) // len(rows)
    bar = 56  # pixels for the scale and its letters
    total = LINE + 6 + 2 * cell + GAP + bar
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(PIXELS / 100, total / 100))
        for place, (title, picture, values) in enumerate(rows):
            left, gray = place * (cell + GAP), np.asarray(picture).mean(axis=2)
            for top, image in ((LINE + 6, picture), (LINE + 6 + cell + GAP, gray)):
                box = (left / PIXELS, 1 - (top + cell) / total, cell / PIXELS, cell / total)
                ax = figure.add_axes(box)
                ax.imshow(image, cmap="gray", vmin=0, vmax=255, interpolation="antialiased")
                ax.axis("off")
                if image is picture:
                    ax.set_title(in_language(title), fontsize=12, pad=4)
            side: Any = (-0.5, picture.shape[1] - 0.5, picture.shape[0] - 0.5, -0.5)
            shades = ax.imshow(
                np.asarray(values, dtype=np.float64), cmap=HEAT, vmin=0, vmax=limit,
                alpha=THROUGH, extent=side, interpolation="nearest",
            )  # fmt: skip
        scale = figure.add_axes((0.2, 34 / total, 0.6, 14 / total))
        drawn = figure.colorbar(shades, cax=scale, orientation="horizontal")
        drawn.set_ticks([0, limit], labels=["0", f"{limit:g}"])
        drawn.ax.tick_params(labelsize=12, length=0)
        drawn.ax.set_xlabel(in_language(label), fontsize=12, labelpad=-14)
    return figure
