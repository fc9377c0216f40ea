"""A matrix as a chart for the wall."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from imglab.invariance.measuring import SECOND_VIEW
from imglab.invariance.records import Matrix, metric_of

if TYPE_CHECKING:
    from imglab.plotting import Figure

GROUPS = {
    "geometry": ("shift", "rotate", "scale", "crop", "mirror", "viewpoint", SECOND_VIEW),
    "light": ("brightness", "contrast", "gamma", "saturation"),
    "damage": (),  # all others
    "other order": ("shuffle",),
}
WALL = 1600  # pixels, for a file; a lesson has 640


def chart(
    matrix: Matrix,
    metrics: Iterable[str] | None = None,
    *,
    middle: bool = False,
    widest: int | None = None,
) -> "Figure":
    """Draw a matrix: a row for each change, a column for each metric.

    Parameters
    ----------
    matrix : Matrix
        What was measured.
    metrics : iterable of str, optional
        The columns; all by default.
    middle : bool
        Draw each change at its middle strength alone.
    widest : int, optional
        Pixels; 640 by default, where about 16 metrics fit.
    """
    from imglab import plotting

    keys = list(matrix.metrics if metrics is None else metrics)
    titles = [metric_of(key).title for key in keys]
    of_group = {change: group for group, changes in GROUPS.items() for change in changes}
    places = list(range(len(matrix.changes)))
    if middle:
        places = [i for i in places if matrix.column(matrix.changes[i].key) == i]
    panels: dict[str, dict[str, list[float]]] = {group: {} for group in GROUPS}
    doubtful = set()
    for place in places:
        change = matrix.changes[place]
        label = change.title if change.key in ("mirror", SECOND_VIEW) else str(change)
        rows = panels[of_group.get(change.key, "damage")]
        rows[label] = matrix.areas(keys, [place])[:, 0].tolist()
        reached = matrix.chance(keys, [place])[:, 0]
        doubtful |= {(label, t) for t, is_chance in zip(titles, reached, strict=True) if is_chance}
    filled = {group: rows for group, rows in panels.items() if rows}
    wide = {} if widest is None else {"widest": widest}
    return plotting.shares(filled, titles, doubtful=doubtful, **wide)


def draw(matrix: Matrix, path: Path) -> None:
    """Draw a whole matrix into a file; its name's end says which kind.

    Raises
    ------
    ValueError
        If no such kind of picture can be written.
    """
    chart(matrix, widest=WALL).savefig(path, dpi=150)
