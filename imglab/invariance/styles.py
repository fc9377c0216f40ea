"""Drawings: one thing in two styles, so that meaning and look can be told apart.

Thirty emoji, drawn flat by one hand and in three dimensions by another. Is a
thing nearer to itself in the other style than to other things in that style,
and than to other things in its own? The first asks for the object, the second
for the meaning against the look.

The values are stored in ``data/drawings.json``, those of the metrics that need
torch in ``data/drawings_deep.json``.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from imglab import emoji, samples
from imglab.catalogue import DEEP_METRICS, METRICS
from imglab.image import resize
from imglab.invariance.measuring import DIGITS, Progress, as_array, as_json, value_of
from imglab.invariance.ranking import auc, interval, tied
from imglab.invariance.records import Cell, metric_of
from imglab.validation import ByteImage, FloatImage

FILE, DEEP_FILE = "drawings.json", "drawings_deep.json"
STYLES = ("noto", "fluent_3d")
DRAWINGS = 30
SIZE = 192  # pixels a side, enlarged from 64: multi-scale SSIM needs as many
STRANGERS = ("in the other style", "in the same style")


@dataclass(frozen=True)
class Drawings:
    """Every metric over drawings.

    Attributes
    ----------
    across : mapping of metric to ndarray of shape (things, things)
        Thing i in the first style against thing j in the second.
    within : mapping of metric to ndarray of shape (pairs,)
        Thing i against thing j > i, both in the first style.
    """

    across: Mapping[str, FloatImage]
    within: Mapping[str, FloatImage]

    def cell(self, metric: str, strangers: str) -> Cell:
        """Return how often a thing is nearer to itself in the other style than a stranger is.

        Parameters
        ----------
        metric : str
            Key of the catalogue.
        strangers : {"in the other style", "in the same style"}
            How the other things are drawn.

        Raises
        ------
        ValueError
            If there are no such strangers, or no such metric.
        """
        if metric not in self.across or strangers not in STRANGERS:
            known = ", ".join((*STRANGERS, *self.across))
            msg = f"metric and strangers must be known, got {metric!r} and {strangers!r}; "
            raise ValueError(msg + f"they are {known}")
        table = self.across[metric]
        alike, count = np.diag(table), len(table)
        if strangers == STRANGERS[0]:
            apart, pairs = (
                table[~np.eye(count, dtype=bool)],
                np.argwhere(~np.eye(count, dtype=bool)),
            )
        else:
            apart, pairs = self.within[metric], np.column_stack(np.triu_indices(count, 1))
        near, far = ~np.isnan(alike), ~np.isnan(apart)
        missing = int(np.sum(~near) + np.sum(~far))
        values, others = alike[near], apart[far]
        if not len(values) or not len(others):
            return Cell(None, None, None, 0.0, len(values), len(others), missing)
        direction = metric_of(metric).direction
        low, high = interval(
            values, others, direction=direction,
            alike_pictures=np.flatnonzero(near), apart_pictures=pairs[far],
        )  # fmt: skip
        area = auc(values, others, direction=direction)
        return Cell(area, low, high, tied(values, others), len(values), len(others), missing)


@cache
def drawing(place: int, style: str) -> ByteImage:
    """Return one of the things in one of the two styles, (192, 192, 3) uint8."""
    every = emoji.items("test")
    which = every[place * (len(every) // DRAWINGS)]
    return resize(emoji.picture(which, style), (SIZE, SIZE))


def measure_drawings(
    metrics: Iterable[str], things: Iterable[int] = range(DRAWINGS), *,
    progress: Progress | None = None,
) -> Drawings:  # fmt: skip
    """Compute metrics over drawings, from the pixels.

    Parameters
    ----------
    metrics : iterable of str
        Keys of the catalogue.
    things : iterable of int
        Which of the drawings.
    progress : callable, optional
        ``progress(done, of)`` after each thing.
    """
    keys, places = list(metrics), list(things)
    count = len(places)
    across = {key: np.empty((count, count)) for key in keys}
    within = {key: np.empty((count, count)) for key in keys}
    for i, first in enumerate(places):
        here = drawing(first, STYLES[0])
        for j, second in enumerate(places):
            for key in keys:
                across[key][i, j] = value_of(metric_of(key), here, drawing(second, STYLES[1]))
                if j > i:
                    other = drawing(second, STYLES[0])
                    within[key][i, j] = value_of(metric_of(key), here, other)
        if progress:
            progress(i + 1, count)
    upper: tuple[npt.NDArray[np.intp], ...] = np.triu_indices(count, 1)
    return Drawings(across, {key: within[key][upper] for key in keys})


def write_drawings(path: Path, *, deep: bool = False, progress: Progress | None = None) -> None:
    """Compute all metrics, or those that need torch, over the drawings; write them to `path`."""
    made = measure_drawings(DEEP_METRICS if deep else METRICS, progress=progress)
    rows = []
    for key, table in made.across.items():
        digits = min(DIGITS, metric_of(key).digits)
        lines = ",\n    ".join(as_json(row, digits) for row in table)
        within = as_json(made.within[key], digits)
        settings = json.dumps(metric_of(key).settings)
        rows.append(
            f'  {json.dumps(key)}: {{\n   "settings": {settings},\n   "within": {within},\n'
            f'   "across": [\n    {lines}\n   ]\n  }}'
        )
    text = '{\n "version": 1,\n "metrics": {\n' + ",\n".join(rows) + "\n }\n}\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def drawings(metrics: Iterable[str] | None = None) -> Drawings:
    """Read the stored values of the metrics, all by default.

    Raises
    ------
    ValueError
        If they were computed with other settings than today's.
    """
    files = [FILE, DEEP_FILE] if samples.data_path(DEEP_FILE).is_file() else [FILE]
    wanted = [*METRICS, *DEEP_METRICS] if metrics is None else list(metrics)
    stored = {key: d for file in files for key, d in _document(file)["metrics"].items()}
    keys = [key for key in wanted if key in stored]
    for key in keys:
        if stored[key]["settings"] != metric_of(key).settings:
            got = stored[key]["settings"]
            msg = f"the stored drawings must have today's settings of {key!r}, got {got!r}; "
            raise ValueError(msg + "run 'imglab matrix --recompute' and '--recompute --deep'")
    return Drawings(
        {key: as_array(stored[key]["across"]) for key in keys},
        {key: as_array(stored[key]["within"]) for key in keys},
    )


@cache
def _document(file: str) -> dict[str, Any]:
    return dict(json.loads(samples.data_path(file).read_text(encoding="utf-8")))
