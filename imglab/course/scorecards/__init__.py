"""Score cards: what a metric promises and what it does, measured on the spot.

The promises come from `imglab.catalogue`, the clouds from `imglab.calibration`;
every property is computed on bundled pictures when the card is made, so that
no card can say what the code does not do.
"""

import math
from collections.abc import Callable, Sequence
from itertools import combinations, permutations

import numpy as np
import numpy.typing as npt

from imglab import calibration, samples
from imglab.catalogue import DEEP_METRICS, METRICS, Direction, Metric
from imglab.course.scorecards._promises import (
    ScoreCard,
    direction,
    settings,
    sizes,
    value_range,
    value_text,
)
from imglab.language import tr
from imglab.validation import ByteImage, UndefinedMetric

PICTURES = 6  # spread over the gallery: 15 pairs, 60 triples of pictures, 15 by way of a blend
SIDE, STEP = (
    128,
    16,
)  # side of a picture, in pixels; the next multiple of STEP where it is too small
_ROUNDING = 1e-9  # by how much two orders of summation may differ, as a share


def scorecard(key: str) -> ScoreCard:
    """Measure a metric's properties and lay them out with what it promises.

    Parameters
    ----------
    key : str
        Of `imglab.catalogue`, such as ``"mean_squared_error"``.

    Returns
    -------
    ScoreCard
        The same on every machine and in every run, but for SIFT: its counts
        differ by a few points between machines.

    Raises
    ------
    ValueError
        If there is no such metric.
    """
    catalogue = METRICS | DEEP_METRICS
    if key not in catalogue:
        msg = f"key must name a metric, got {key!r}; choose one of {', '.join(catalogue)}"
        raise ValueError(msg)
    metric = catalogue[key]
    gallery = samples.names()
    names = gallery[:: max(1, len(gallery) // PICTURES)][:PICTURES]  # textures among them
    side = max(SIDE, -(-metric.smallest // STEP) * STEP)
    small = {name: samples.load(name, size=side) for name in names}
    table = {
        (a, b): _value(metric, small[a], small[b]) for a in names for b in names
    }  # every ordered pair
    rows = (
        (tr("derived in"), tr("lesson {number}", number=metric.lesson)),
        (tr("range"), value_range(metric)),
        (tr("direction"), direction(metric)),
        (tr("unit"), tr(metric.unit) if metric.unit else tr("none, a pure number")),
        (tr("computed on"), settings(metric)),
        (tr("sizes"), sizes(metric)),
        (tr("equal pictures"), _identity(metric, table, names)),
        (tr("symmetry"), _symmetry(table, names)),
        (tr("triangle inequality"), _triangle(metric, table, small)),
        (
            tr("at {large} over at {small} px", large=2 * side, small=side),
            _size_dependence(metric, table, names, 2 * side),
        ),
        *_invariances(metric, small),
        *_clouds(metric),
        (tr("never use it for"), tr(metric.never_use_for)),
    )
    return ScoreCard(tr(metric.title), rows)


def _value(metric: Metric, image0: ByteImage, image1: ByteImage) -> float | None:
    """Return the metric's value, or None where it does not exist."""
    try:
        return metric.function(image0, image1)
    except UndefinedMetric:
        return None


_Table = dict[tuple[str, str], float | None]


def _identity(metric: Metric, table: _Table, names: Sequence[str]) -> str:
    if metric.ideal is None:
        values = [value for name in names if (value := table[name, name]) is not None]
        if not values:
            return tr("undefined")
        low, high = value_text(metric, min(values)), value_text(metric, max(values))
        return tr("from {low} to {high}", low=low, high=high)
    exact = sum(table[name, name] == metric.ideal for name in names)
    return tr(
        "exactly {value} for {count} of {total} pictures",
        value=f"{metric.ideal:g}",
        count=exact,
        total=len(names),
    )


def _symmetry(table: _Table, names: Sequence[str]) -> str:
    pairs = list(combinations(names, 2))
    same = sum(_are_close(table[a, b], table[b, a]) for a, b in pairs)
    return tr("the same in both orders for {count} of {total} pairs", count=same, total=len(pairs))


def _triangle(metric: Metric, table: _Table, small: dict[str, ByteImage]) -> str:
    """Look for a detour that is shorter than the direct way."""
    if metric.ideal is None or math.isinf(metric.ideal):
        return tr("does not apply: no finite value stands for equal")
    distance = _distance(metric.ideal, metric.direction)
    label = ""
    if metric.direction != "distance":
        label = f", {tr('for {ideal} - value', ideal=f'{metric.ideal:g}')}"
    ways = [(a, b, c) for a, b, c in permutations(small, 3) if a < c]
    found = 0
    for a, b, c in ways:
        legs = [distance(table[pair]) for pair in ((a, c), (a, b), (b, c))]
        if _is_shorter(legs):
            return _counterexample(metric, (a, b, c), legs, label)
        found += not any(map(math.isnan, legs))
    for a, c in combinations(small, 2):
        middle = ((small[a].astype(np.uint16) + small[c]) // 2).astype(np.uint8)
        legs = [distance(table[a, c])]
        legs += [
            distance(_value(metric, x, y)) for x, y in ((small[a], middle), (middle, small[c]))
        ]
        if _is_shorter(legs):
            return _counterexample(metric, (a, tr("their average"), c), legs, label)
        found += not any(map(math.isnan, legs))
    return f"{tr('no counterexample in {count} triples', count=found)}{label}"


def _distance(ideal: float, direction: Direction) -> Callable[[float | None], float]:
    def distance(value: float | None) -> float:
        if value is None:
            return math.nan
        return value if direction == "distance" else ideal - value

    return distance


def _is_shorter(legs: Sequence[float]) -> bool:
    direct, first, second = legs
    return direct > (first + second) * (1 + _ROUNDING) + 1e-12


def _counterexample(
    metric: Metric, way: tuple[str, str, str], legs: Sequence[float], label: str
) -> str:
    direct, first, second = (value_text(metric, leg) for leg in legs)
    fails = tr(
        "fails: {a} to {c} {direct} > {first} + {second} by {b}",
        a=way[0],
        b=way[1],
        c=way[2],
        direct=direct,
        first=first,
        second=second,
    )
    return f"{fails}{label}"


def _size_dependence(metric: Metric, table: _Table, names: Sequence[str], side: int) -> str:
    large = {name: samples.load(name, size=side) for name in names}
    ratios = []
    for a, b in combinations(names, 2):
        over, under = _value(metric, large[a], large[b]), table[a, b]
        if over is not None and under:  # neither undefined nor divided by 0
            ratios.append(over / under)
    if not ratios:
        return tr("undefined")
    low, middle, high = (f"{ratio:.2f}" for ratio in np.percentile(ratios, [0, 50, 100]))
    return tr(
        "{middle} times (from {low} to {high}, {count} unrelated pairs)",
        middle=middle,
        low=low,
        high=high,
        count=len(ratios),
    )


def _invariances(metric: Metric, small: dict[str, ByteImage]) -> list[tuple[str, str]]:
    """Compare each picture with its own change; no change here clips a value."""
    dim = [(image * 0.8).round().astype(np.uint8) for image in small.values()]  # at most 204
    changes: list[tuple[str, Callable[[ByteImage], tuple[ByteImage, ByteImage]]]] = [
        (tr("itself at 1.2 x the gain"), lambda x: (x, (x * 1.2).round().astype(np.uint8))),
        (tr("itself + 20 levels"), lambda x: (x, x + np.uint8(20))),
        (tr("itself 1 pixel shifted"), lambda x: (x[:, 1:], x[:, :-1])),
        (tr("itself mirrored"), lambda x: (x, x[:, ::-1])),
    ]
    rows = [
        (name, _spread(metric, [_value(metric, *map(_owned, change(x))) for x in dim]))
        for name, change in changes
    ]
    pairs = list(combinations(small.values(), 2))
    same = sum(
        _are_close(_value(metric, x, y), _value(metric, _owned(x[:, ::-1]), _owned(y[:, ::-1])))
        for x, y in pairs
    )
    kept = tr("the same for {count} of {total} pairs", count=same, total=len(pairs))
    return [*rows, (tr("both mirrored"), kept)]


def _spread(metric: Metric, values: Sequence[float | None]) -> str:
    known = sorted(value for value in values if value is not None)
    if not known:
        return tr("undefined")
    if metric.ideal is not None and all(_are_close(value, metric.ideal) for value in known):
        ideal = f"{metric.ideal:g}"
        return tr("{value} for all {count}: blind to it", value=ideal, count=len(known))
    low, middle, high = known[0], float(np.median(known)), known[-1]
    span = tr("from {low} to {high}", low=value_text(metric, low), high=value_text(metric, high))
    return f"{value_text(metric, middle)} ({span})"


def _clouds(metric: Metric) -> list[tuple[str, str]]:
    clouds = calibration.clouds(metric.key)
    return [
        (f"{name}, {clouds.size} px", _cloud(metric, values))
        for name, values in (
            (tr("unrelated"), clouds.unrelated),
            (tr("same scene"), clouds.same_scene),
        )
    ]


def _cloud(metric: Metric, values: npt.NDArray[np.float64]) -> str:
    if not len(values):
        return tr("no pairs")
    shares = [5, 50, 95]
    if metric.decimals and np.isfinite(values).all():
        ends = np.percentile(values, shares)  # as the lessons print them
    else:  # a value that occurred: no half of a point, and no inf - inf
        ends = np.percentile(values, shares, method="nearest")
    texts = [value_text(metric, float(value)) for value in ends]
    return f"5-50-95 %: {' / '.join(texts)} ({tr('{count} pairs', count=len(values))})"


def _are_close(value: float | None, other: float | None) -> bool:
    if value is None or other is None:
        return value is other
    return value == other or math.isclose(value, other, rel_tol=_ROUNDING, abs_tol=1e-12)


def _owned(image: ByteImage) -> ByteImage:
    return np.ascontiguousarray(image)
