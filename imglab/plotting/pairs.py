"""Two pictures and what lies between them."""

from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from imglab.plotting.style import SERIES, STYLE, WIDTH, check_few


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


def matches(
    images: Mapping[str, npt.ArrayLike],
    groups: Mapping[str, tuple[npt.ArrayLike, npt.ArrayLike]],
) -> Figure:
    """Draw two grey pictures side by side, with lines between matched points.

    Parameters
    ----------
    images : mapping of two titles to array_like of shape (H, W)
        Left and right, on the scale 0 to 255, each pixel drawn equally large:
        enlarged by a whole factor, or reduced where both are too wide.
    groups : mapping of label to (points0, points1)
        Positions (row, col) of shape (n, 2), row by row a match. The label is
        completed by the number of lines. At most four groups; the first is
        drawn thicker, and over the others.
    """
    check_few("groups", groups, len(SERIES))
    if len(images) != 2:
        msg = f"images must be two, got {len(images)}; matches join one pair"
        raise ValueError(msg)
    arrays = [np.asarray(image, dtype=np.float64) for image in images.values()]
    gap = round(0.03 * sum(array.shape[1] for array in arrays))  # pixels of the pictures
    start = arrays[0].shape[1] + gap
    wide, tall = start + arrays[1].shape[1], max(array.shape[0] for array in arrays)
    below = 0.3 * len(groups) + 0.05  # inches
    factor = round(100 * WIDTH) // wide
    width = wide * factor / 100 if factor else WIDTH
    with mpl.rc_context(STYLE):
        height = width * tall / wide
        figure = Figure(figsize=(width, height + 0.3 + below))
        total = figure.get_figheight()
        ax = figure.add_axes((0, below / total, 1, height / total))
        ax.axis("off")
        ax.set(xlim=(-0.5, wide - 0.5), ylim=(tall - 0.5, -0.5))
        for left, title, array in zip((0, start), images, arrays, strict=True):
            h, w = array.shape
            box = (left - 0.5, left + w - 0.5, h - 0.5, -0.5)
            drawn = ax.imshow(array, cmap="gray", vmin=0, vmax=255, extent=box, aspect="auto")
            drawn.set_interpolation("nearest" if factor else "antialiased")
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
