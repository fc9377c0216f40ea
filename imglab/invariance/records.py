"""What a matrix is: the values behind it, and a cell made of them."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import numpy.typing as npt

from imglab.catalogue import DEEP_METRICS, METRICS, Metric
from imglab.invariance.ranking import auc, interval, tied
from imglab.validation import FloatImage

FEWEST = 5  # pictures, below which no interval is given
CHANCE = 0.5
HEADING = "The same scene, changed, against another picture"
KEY = "AUC: 1 is always nearer, .50 is a coin; in brackets where the 95 % interval reaches .50."


def metric_of(key: str) -> Metric:
    """Return the metric of a key, of those that need torch too."""
    return METRICS[key] if key in METRICS else DEEP_METRICS[key]


@dataclass(frozen=True)
class Change:
    """A column of a matrix.

    Attributes
    ----------
    key, title : str
        Of the distortion, or ``"second_view"``.
    strength : float
        How strong; 1 for a second view.
    unit : str
        What the strength counts.
    """

    key: str
    title: str
    strength: float
    unit: str

    def __str__(self) -> str:
        return f"{self.title} {self.strength:g}"


@dataclass(frozen=True)
class Cell:
    """One metric against one change.

    Attributes
    ----------
    auc : float or None
        Share of comparisons in which the changed picture is nearer than
        another picture; None where nothing could be compared.
    low, high : float or None
        95 % interval over pictures; None for fewer than `FEWEST` of them.
    tied : float
        Share of the comparisons that are ties, each counted half in `auc`.
    alike, apart : int
        Pairs compared: pictures that the change alters, and unrelated pairs.
    undefined : int
        Pairs for which the metric does not exist, left out of both.
    """

    auc: float | None
    low: float | None
    high: float | None
    tied: float
    alike: int
    apart: int
    undefined: int

    @property
    def is_chance(self) -> bool:
        """Whether the interval reaches 0.5, or there is none."""
        return self.low is None or self.high is None or self.low <= CHANCE <= self.high

    def __str__(self) -> str:
        if self.auc is None:
            return "nothing to compare"
        span = "no interval" if self.low is None else f"{self.low:.2f} to {self.high:.2f}"
        share = f"{self.tied:.0%}" if self.tied >= 0.01 else "under 1%"
        ties = f", {share} ties" if self.tied else ""
        left_out = f", undefined for {self.undefined}" if self.undefined else ""
        return f"{self.auc:.2f} ({span}, {self.alike} x {self.apart} pairs{ties}{left_out})"


@dataclass(frozen=True)
class Matrix:
    """Every metric against every change; a cell is an area under the ROC curve.

    Attributes
    ----------
    pictures : tuple of str
        The pictures' names, each of another scene.
    size : int
        Side of the squares to which they were resized, in pixels.
    changes : tuple of Change
        The columns.
    altered : ndarray of shape (changes, pictures), bool
        Whether the change alters the picture at all.
    apart : mapping of metric to ndarray of shape (pairs,)
        Values over all pairs of different pictures; nan where undefined.
    alike : mapping of metric to ndarray of shape (changes, pictures)
        Values of each picture against its changed self; nan where undefined.
    notes : tuple of str
        What was left out of a folder.
    """

    pictures: tuple[str, ...]
    size: int
    changes: tuple[Change, ...]
    altered: npt.NDArray[np.bool_]
    apart: Mapping[str, FloatImage]
    alike: Mapping[str, FloatImage]
    notes: tuple[str, ...] = ()

    @property
    def metrics(self) -> tuple[str, ...]:
        """The rows, as keys of the catalogue."""
        return tuple(self.apart)

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """The places of the two pictures behind each value of `apart`."""
        return tuple(combinations(range(len(self.pictures)), 2))

    def column(self, change: str, strength: float | None = None) -> int:
        """Return the place of a change; its middle strength where none is named.

        Raises
        ------
        ValueError
            If the matrix has no such change or strength.
        """
        places = [i for i, c in enumerate(self.changes) if c.key == change]
        if not places:
            known = ", ".join(dict.fromkeys(c.key for c in self.changes))
            msg = f"change must be in the matrix, got {change!r}; it has {known}"
            raise ValueError(msg)
        if strength is None:
            return places[len(places) // 2]
        for place in places:
            if self.changes[place].strength == strength:
                return place
        known = ", ".join(f"{self.changes[i].strength:g}" for i in places)
        msg = f"strength of {change!r} must be in the matrix, got {strength}; it has {known}"
        raise ValueError(msg)

    def values(
        self, metric: str, change: str, strength: float | None = None
    ) -> tuple[FloatImage, FloatImage]:
        """Return the defined values behind a cell: alike, and apart."""
        alike, apart, _, _ = self._groups(metric, self.column(change, strength))
        return alike, apart

    def cell(self, metric: str, change: str, strength: float | None = None) -> Cell:
        """Return one cell.

        Parameters
        ----------
        metric : str
            Key of the catalogue.
        change : str
            Key of a distortion, or ``"second_view"``.
        strength : float, optional
            One of the matrix; the middle one by default.

        Raises
        ------
        ValueError
            If the matrix has no such row or column.
        """
        return self._cell(metric, self.column(change, strength))

    def areas(self, metrics: Iterable[str], columns: Iterable[int]) -> FloatImage:
        """Return the areas of some rows and columns, nan where there is none."""
        places = list(columns)
        rows = [[self._cell(metric, i).auc for i in places] for metric in metrics]
        return np.array(
            [[math.nan if area is None else area for area in row] for row in rows],
            dtype=np.float64,
        )

    def chance(self, metrics: Iterable[str], columns: Iterable[int]) -> npt.NDArray[np.bool_]:
        """Tell, for some rows and columns, which intervals reach 0.5."""
        places = list(columns)
        rows = [[self._cell(metric, i).is_chance for i in places] for metric in metrics]
        return np.array(rows, dtype=bool)

    def to_json(self) -> str:
        """Return all cells as JSON."""
        cells = [
            {
                "metric": metric,
                "change": change.key,
                "strength": change.strength,
                **vars(self._cell(metric, place)),
            }
            for metric in self.metrics
            for place, change in enumerate(self.changes)
        ]
        document = {
            "version": 1,
            "size": self.size,
            "pictures": list(self.pictures),
            "notes": list(self.notes),
            "cells": cells,
        }
        return json.dumps(document, indent=1, allow_nan=False)

    def __str__(self) -> str:
        """Return a table: a row for each change, a lettered column for each metric."""
        letters = [chr(ord("a") + i) if i < 26 else f"z{i - 25}" for i in range(len(self.metrics))]
        titles = [metric_of(metric).title for metric in self.metrics]
        heads = [f"  {letter}  {title}" for letter, title in zip(letters, titles, strict=True)]
        wide = max(len(str(change)) for change in self.changes)
        lines = [
            f"{HEADING}: {len(self.pictures)} pictures, {len(self.pairs)} unrelated pairs.",
            f"Pictures at {self.size}x{self.size}. {KEY}",
            *self.notes,
            *heads,
            "",
            " ".join([" " * wide, *(f"{letter:>5}" for letter in letters)]),
        ]
        for place, change in enumerate(self.changes):
            cells = [_short(self._cell(metric, place)) for metric in self.metrics]
            lines.append(" ".join([f"{change!s:<{wide}}", *(f"{cell:>5}" for cell in cells)]))
        return "\n".join(lines)

    __repr__ = __str__

    def _groups(
        self, metric: str, place: int
    ) -> tuple[FloatImage, FloatImage, npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Return the defined values of one cell, and the pictures behind them."""
        if metric not in self.apart:
            msg = f"metric must be in the matrix, got {metric!r}; it has {', '.join(self.metrics)}"
            raise ValueError(msg)
        alike, apart = self.alike[metric][place], self.apart[metric]
        near = self.altered[place] & ~np.isnan(alike)
        far = ~np.isnan(apart)
        pairs = np.array(self.pairs, dtype=np.intp).reshape(-1, 2)
        return alike[near], apart[far], np.flatnonzero(near), pairs[far]

    @cached_property
    def _known(self) -> dict[tuple[str, int], Cell]:
        return {}

    def _cell(self, metric: str, place: int) -> Cell:
        if (metric, place) not in self._known:
            self._known[metric, place] = self._made(metric, place)
        return self._known[metric, place]

    def _made(self, metric: str, place: int) -> Cell:
        alike, apart, near, far = self._groups(metric, place)
        undefined = int(self.altered[place].sum()) - len(alike) + len(self.pairs) - len(apart)
        if not len(alike) or not len(apart):
            return Cell(None, None, None, 0.0, len(alike), len(apart), undefined)
        direction = metric_of(metric).direction
        low = high = None
        if len(alike) >= FEWEST:
            low, high = interval(
                alike, apart, direction=direction, alike_pictures=near, apart_pictures=far
            )
        area = auc(alike, apart, direction=direction)
        return Cell(area, low, high, tied(alike, apart), len(alike), len(apart), undefined)


def _short(cell: Cell) -> str:
    """Write an area in two digits; 1 and 0 stand only for all and none."""
    if cell.auc is None:
        return "-"
    whole = cell.auc in (0.0, 1.0)
    text = f"{cell.auc:.0f}" if whole else f"{min(max(cell.auc, 0.01), 0.99):.2f}"[1:]
    return f"({text})" if cell.is_chance else text
