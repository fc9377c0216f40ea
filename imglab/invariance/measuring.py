"""Measuring a matrix, and the stored one of the bundled pictures."""

import json
import math
import os
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from imglab import calibration, samples
from imglab.calibration import SIZE
from imglab.catalogue import DEEP_METRICS, METRICS, Metric
from imglab.distortions import DISTORTIONS
from imglab.invariance.records import Change, Matrix, metric_of
from imglab.validation import ByteImage, FloatImage, UndefinedMetric

FILE, DEEP_FILE = "matrix.json", "matrix_deep.json"
SECOND_VIEW = "second_view"
DIGITS = 9  # significant, of a stored value

Progress = Callable[[int, int], None]
"""Called with the pairs done and their number."""

SECOND = Change(SECOND_VIEW, "second view", 1, "real photograph")
CHANGES = tuple(
    Change(d.key, d.title, strength, d.unit)
    for d in DISTORTIONS.values()
    for strength in dict.fromkeys(d.strengths)  # a mirror has one strength
)
"""Every distortion at its strengths."""


def matrix(
    folder: str | os.PathLike[str] | None = None,
    *,
    metrics: Iterable[str] | None = None,
    progress: Progress | None = None,
) -> Matrix:
    """Hold every metric against every change, over the bundled pictures or a folder's.

    Parameters
    ----------
    folder : path, optional
        At least three usable pictures of different things; the first 40 by
        name are taken. By default the stored matrix of the bundled pictures
        is read, which takes no time.
    metrics : iterable of str, optional
        Keys of the catalogue. By default all that are stored; for a folder,
        all that need no torch.
    progress : callable, optional
        ``progress(done, of)`` after each pair of a folder.

    Returns
    -------
    Matrix
        Prints as a table.

    Raises
    ------
    ImageInputError
        If the folder cannot be read or has fewer than three pictures.
    ValueError
        If a key is unknown, or the stored matrix was made with other settings.
    MissingPackage
        If a metric for a folder needs torch, and it is not installed.
    """
    every = [*METRICS, *DEEP_METRICS]
    keys = (every if folder is None else list(METRICS)) if metrics is None else list(metrics)
    if unknown := [key for key in keys if key not in every]:
        msg = f"metrics must be keys of the catalogue, got {unknown[0]!r}; it has "
        raise ValueError(msg + ", ".join(every))
    if folder is None:
        return stored(keys)
    pictures, notes = calibration.read_folder(Path(folder))
    return measure(pictures, keys, notes=notes, progress=progress)


def measure(
    pictures: Mapping[str, ByteImage],
    metrics: Iterable[str],
    *,
    second_views: Mapping[str, ByteImage] | None = None,
    notes: Iterable[str] = (),
    progress: Progress | None = None,
) -> Matrix:
    """Compute a matrix from pictures of one size.

    Parameters
    ----------
    pictures : mapping of name to ndarray of shape (H, W, 3), uint8
        One picture of each scene.
    metrics : iterable of str
        Keys of the catalogue.
    second_views : mapping of name to ndarray, optional
        Another photograph of the scene of that name.
    notes : iterable of str
        Kept with the matrix.
    progress : callable, optional
        ``progress(done, of)`` after each pair.

    Raises
    ------
    ValueError
        If there are fewer than two pictures.
    """
    if len(pictures) < 2:
        msg = f"pictures must be at least two, got {len(pictures)}; add unrelated ones"
        raise ValueError(msg)
    keys, names, views = list(metrics), tuple(pictures), second_views or {}
    changes = (*CHANGES, SECOND) if views else CHANGES
    pairs = list(combinations(names, 2))
    shape = (len(changes), len(names))
    altered = np.zeros(shape, dtype=bool)
    apart = {key: np.empty(len(pairs)) for key in keys}
    alike = {key: np.full(shape, math.nan) for key in keys}
    steps, done = len(pairs) + altered.size, 0
    for place, (a, b) in enumerate(pairs):
        for key in keys:
            apart[key][place] = value_of(metric_of(key), pictures[a], pictures[b])
        done += 1
        if progress:
            progress(done, steps)
    for row, change in enumerate(changes):
        for col, name in enumerate(names):
            other = changed(pictures[name], change, seed=col, second_view=views.get(name))
            altered[row, col] = other is not None
            if other is not None:
                for key in keys:
                    alike[key][row, col] = value_of(metric_of(key), pictures[name], other)
            done += 1
            if progress:
                progress(done, steps)
    side = next(iter(pictures.values())).shape[0]
    return Matrix(names, side, changes, altered, apart, alike, tuple(notes))


def changed(
    picture: ByteImage, change: Change, *, seed: int, second_view: ByteImage | None = None
) -> ByteImage | None:
    """Apply a change; None where it leaves the picture as it is, or there is no second view."""
    if change.key == SECOND_VIEW:
        return second_view
    other = DISTORTIONS[change.key](picture, change.strength, seed=seed)
    return None if np.array_equal(other, picture) else other


def gallery() -> tuple[dict[str, ByteImage], dict[str, ByteImage]]:
    """Load one bundled picture of each scene, and the second views by its name."""
    names = dict.fromkeys(name for pair in samples.unrelated_pairs() for name in pair)
    pictures = {name: samples.load(name, size=SIZE) for name in names}
    views = {a: samples.load(b, size=SIZE) for a, b in samples.same_scene_pairs()}
    return pictures, views


def write(path: Path, *, deep: bool = False, progress: Progress | None = None) -> None:
    """Measure the bundled pictures and write the values to `path` (about five minutes).

    Parameters
    ----------
    path : Path
        Usually `FILE` or `DEEP_FILE` in ``data``.
    deep : bool
        Whether the metrics are those that need torch.
    progress : callable, optional
        ``progress(done, of)`` after each pair.
    """
    pictures, views = gallery()
    keys = DEEP_METRICS if deep else METRICS
    made = measure(pictures, keys, second_views=views, progress=progress)
    lines = [
        ' "version": 1',
        f' "size": {made.size}',
        f' "pictures": {json.dumps(made.pictures)}',
        f' "changes": {json.dumps([[c.key, c.strength] for c in made.changes])}',
        f' "altered": {json.dumps(made.altered.astype(int).tolist())}',
    ]
    rows = []
    for key in made.metrics:
        digits = min(DIGITS, metric_of(key).digits)
        alike = ",\n    ".join(as_json(row, digits) for row in made.alike[key])
        settings = json.dumps(metric_of(key).settings)
        apart = as_json(made.apart[key], digits)
        rows.append(
            f'  {json.dumps(key)}: {{\n   "settings": {settings},\n   "apart": {apart},\n'
            f'   "alike": [\n    {alike}\n   ]\n  }}'
        )
    lines.append(' "metrics": {\n' + ",\n".join(rows) + "\n }")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8", newline="\n")


def stored(metrics: Iterable[str]) -> Matrix:
    """Read the stored matrix of the bundled pictures.

    Raises
    ------
    ValueError
        If it was made with other settings than today's.
    """
    files = [FILE, DEEP_FILE] if samples.data_path(DEEP_FILE).is_file() else [FILE]
    documents = [_document(file) for file in files]
    first, known = documents[0], {(c.key, c.strength): c for c in (*CHANGES, SECOND)}
    wanted = list(metrics)
    found = {key: d["metrics"][key] for d in documents for key in wanted if key in d["metrics"]}
    for document in documents:
        _check("changes", [list(column) for column in known], document["changes"])
        _check("size", SIZE, document["size"])
        _check("pictures", first["pictures"], document["pictures"])
    keys = [key for key in wanted if key in found]
    for key in keys:
        _check(f"settings of {key!r}", metric_of(key).settings, found[key]["settings"])
    return Matrix(
        pictures=tuple(first["pictures"]),
        size=first["size"],
        changes=tuple(known.values()),
        altered=np.array(first["altered"], dtype=bool),
        apart={key: as_array(found[key]["apart"]) for key in keys},
        alike={key: as_array(found[key]["alike"]) for key in keys},
    )


def _check(what: str, wanted: object, got: object) -> None:
    if wanted != got:
        msg = f"the stored matrix must have the {what} {wanted!r}, got {got!r}; run "
        raise ValueError(msg + "'imglab matrix --recompute' and '--recompute --deep'")


@cache
def _document(file: str) -> dict[str, Any]:
    return dict(json.loads(samples.data_path(file).read_text(encoding="utf-8")))


def value_of(metric: Metric, image0: ByteImage, image1: ByteImage) -> float:
    """Return the metric's value, nan where it does not exist."""
    try:
        return metric(image0, image1)
    except UndefinedMetric:
        return math.nan


def as_json(values: Iterable[float], digits: int = DIGITS) -> str:
    """Write numbers; null stands for an undefined one, the text "inf" for infinity."""
    texts = []
    for value in values:
        number = float(f"{value:.{digits}g}")
        texts.append("null" if math.isnan(number) else '"inf"' if math.isinf(number) else number)
    return f"[{', '.join(map(str, texts))}]"


def as_array(values: list[Any]) -> FloatImage:
    """Read what `as_json` wrote."""
    return np.array(values, dtype=object).astype(np.float64)  # None becomes nan, "inf" infinity
