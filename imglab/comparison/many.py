"""All pairs of a folder's pictures by one metric: each picture prepared once, on all cores."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import combinations, product
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from imglab.calibration import SIZE
from imglab.catalogue import DEEP_METRICS, METRICS, Metric
from imglab.comparison.keeping import Kept, Pair
from imglab.image import load, resize
from imglab.image.wording import plain_name, refusal
from imglab.validation import FloatImage, ImageInputError, UndefinedMetric

BLOCK = 16  # pictures on each side of what one task compares: at most 256 pairs
Progress = Callable[[int, int], None]
"""Called with the number of pairs that are known, and of all pairs."""


class Cluster(Protocol):
    """What lends an executor, as a ``dask.distributed.Client`` does."""

    def get_executor(self) -> Executor:
        """Return an executor of `concurrent.futures`."""


@dataclass(frozen=True, eq=False)
class Pairwise:
    """One metric over all pairs of pictures.

    Attributes
    ----------
    metric : Metric
        What was measured.
    names : tuple of str
        The pictures, by name.
    values : ndarray of shape (n, n), float64
        Symmetric: the value of two pictures in the order of their names. nan
        where the metric does not exist for the pair, and on the diagonal.
    left_out : tuple of str
        A sentence for each file that is no picture.
    """

    metric: Metric
    names: tuple[str, ...]
    values: FloatImage
    left_out: tuple[str, ...]

    def nearest(self, count: int = 10) -> list[tuple[str, str, float]]:
        """Return the pairs that are most alike, the nearest first."""
        rows, cols = np.triu_indices(len(self.names), k=1)
        kept = ~np.isnan(self.values[rows, cols])
        rows, cols = rows[kept], cols[kept]
        sign = 1 if self.metric.direction == "distance" else -1
        order = np.argsort(sign * self.values[rows, cols], kind="stable")[:count]
        return [
            (self.names[i], self.names[j], float(self.values[i, j]))
            for i, j in zip(rows[order], cols[order], strict=True)
        ]


def compare_folder(  # noqa: PLR0913 (each is a setting of the work)
    folder: str | os.PathLike[str],
    metric: str,
    *,
    size: int | None = SIZE,
    executor: Executor | Cluster | None = None,
    cache: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> Pairwise:
    """Measure how alike all pairs of a folder's pictures are by one metric.

    Parameters
    ----------
    folder : path
        Its pictures, not those of folders within.
    metric : str
        A key of the catalogue.
    size : int or None, default 256
        Side of the square to which all are resized, where the values can be
        placed by `imglab.calibration`; None leaves them as they are, and a
        metric that needs one size is then undefined for pairs of two.
    executor : concurrent.futures.Executor or dask.distributed.Client, optional
        Who does the work. By default as many threads as there are processors,
        which is enough where NumPy and OpenCV do the most of it; the caller
        closes an executor of their own.
    cache : path, optional
        A JSON file that keeps the values under the SHA-256 of both files, the
        metric's settings and the size: what it holds is not computed again.
        It is written also where the work is interrupted.
    progress : callable, optional
        ``progress(known, all)``, called as pairs become known.

    Returns
    -------
    Pairwise
        The matrix of the values.

    Raises
    ------
    ImageInputError
        If the folder cannot be read or holds fewer than two pictures.
    ValueError
        If the metric is unknown, or `cache` is no such file.
    """
    catalogue = METRICS | DEEP_METRICS
    if metric not in catalogue:
        known = ", ".join(catalogue)
        msg = f"metric must be a key of the catalogue, got {metric!r}; it has {known}"
        raise ValueError(msg)
    files = _files(Path(folder))
    kept = Kept(cache, f"{metric}|{catalogue[metric].settings}|{size}", files)
    with _pool(executor) as pool:
        new = [p for p in files if not all(kept.has(p, q) for q in files if q != p)]
        tasks = [pool.submit(_prepare, metric, str(p), size) for p in new]
        made = dict(zip(new, (task.result() for task in tasks), strict=True))
        left_out = tuple(found for found in made.values() if isinstance(found, str))
        usable = [p for p in files if not isinstance(made.get(p), str)]
        if len(usable) < 2:
            wrong = f"it must hold at least 2 pictures, got {len(usable)}"
            raise refusal(_called(Path(folder)), wrong, "Add some", "not-found")
        total = len(usable) * (len(usable) - 1) // 2
        missing = ([p for p in block if not kept.has(*p)] for block in _blocks(usable))
        blocks = [block for block in missing if block]
        done = total - sum(len(block) for block in blocks)
        _tell(progress, done, total)
        running = {pool.submit(_measure, metric, *_packed(block, made)): block for block in blocks}
        try:
            for task in as_completed(running):
                kept.put(running[task], task.result())
                done += len(running[task])
                _tell(progress, done, total)
        finally:
            for task in running:
                task.cancel()
            kept.write()
    names = tuple(path.name for path in usable)
    return Pairwise(catalogue[metric], names, kept.matrix(usable), left_out)


def _files(folder: Path) -> list[Path]:
    try:
        found = [path for path in folder.iterdir() if not path.name.startswith(".")]
    except OSError as error:
        wrong = "it is no readable folder of pictures"
        raise refusal(_called(folder), wrong, "Name a folder", "not-a-file") from error
    return sorted(path for path in found if path.is_file())


def _called(folder: Path) -> str:
    return plain_name(str(folder.absolute()))  # also "." has a name


def _pool(executor: Executor | Cluster | None) -> AbstractContextManager[Executor]:
    """Close only what was opened here."""
    if executor is None:
        return ThreadPoolExecutor(os.cpu_count())
    return nullcontext(executor if isinstance(executor, Executor) else executor.get_executor())


def _tell(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None and done:
        progress(done, total)


def _blocks(files: list[Path]) -> Iterator[list[Pair]]:
    """Cut all pairs into blocks of few pictures, so that a task carries few."""
    groups = [files[start : start + BLOCK] for start in range(0, len(files), BLOCK)]
    for i, left in enumerate(groups):
        yield list(combinations(left, 2))
        for right in groups[i + 1 :]:
            yield list(product(left, right))


def _packed(block: list[Pair], made: dict[Path, Any]) -> tuple[list[Any], list[tuple[int, int]]]:
    """Return what the pictures of a block were turned into, and the pairs as places in it."""
    paths = sorted({path for pair in block for path in pair})
    place = {path: i for i, path in enumerate(paths)}
    return [made[path] for path in paths], [(place[p], place[q]) for p, q in block]


def _prepare(key: str, path: str, size: int | None) -> Any:  # noqa: ANN401
    """Prepare one picture, or say why not: not every error comes back from a process."""
    try:
        pixels = load(path).pixels
    except ImageInputError as error:
        return str(error)
    square = pixels if size is None else resize(pixels, (size, size))
    return square.shape, (METRICS | DEEP_METRICS)[key].steps.prepare(square)


def _measure(key: str, prepared: list[Any], pairs: list[tuple[int, int]]) -> list[float | None]:
    """Compute a metric over some pairs; None where it does not exist."""
    metric = (METRICS | DEEP_METRICS)[key]
    values: list[float | None] = []
    for i, j in pairs:
        (shape0, made0), (shape1, made1) = prepared[i], prepared[j]
        if metric.needs_equal_size and shape0 != shape1:
            values.append(None)
            continue
        try:
            values.append(metric.steps.between(made0, made1))
        except UndefinedMetric:
            values.append(None)
    return values
