"""From two groups of values to one number: how often the right one is nearer.

The area under the ROC curve, as a count (Mann and Whitney 1947): of all
comparisons of a value of `alike` with a value of `apart`, the share in which
the first is nearer, a tie counting half.
"""

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from imglab.catalogue import Direction
from imglab.validation import FloatImage

RESAMPLES = 1000


def auc(alike: npt.ArrayLike, apart: npt.ArrayLike, *, direction: Direction) -> float:
    """Return the share of comparisons in which the alike pair is the nearer one.

    Use it to ask whether a metric ranks two kinds of pairs; not to ask how far
    apart it puts them, nor to choose a threshold.

    Parameters
    ----------
    alike, apart : array_like of shape (n,) and (m,)
        Values of one metric over pairs that should be near, and over pairs
        that should not. Infinite values are values; nan is not.
    direction : {"distance", "similarity"}
        Whether a small or a large value means near.

    Returns
    -------
    float
        0 to 1; 0.5 where the two groups have one distribution, 1 where every
        alike pair is nearer than every other. A tie counts half.

    Raises
    ------
    ValueError
        If a group is empty or holds nan, or the direction has another name.

    Notes
    -----
    Computed from ranks, in n log n steps.

    References
    ----------
    H. B. Mann and D. R. Whitney, "On a test of whether one of two random
    variables is stochastically larger than the other", Annals of Mathematical
    Statistics 18(1), 1947: the count. J. A. Hanley and B. J. McNeil, "The
    meaning and use of the area under a receiver operating characteristic (ROC)
    curve", Radiology 143(1), 1982: that it is the area.

    Examples
    --------
    >>> auc([1, 4], [2, 3], direction="distance")  # 1 < 2, 1 < 3; 4 beats nothing: 2 of 4
    0.5
    """
    near, far = _near(alike, direction, "alike"), np.sort(_near(apart, direction, "apart"))
    below = np.searchsorted(far, near, side="left")
    level = np.searchsorted(far, near, side="right") - below
    return float((below.sum() + level.sum() / 2) / (len(near) * len(far)))


def tied(alike: npt.ArrayLike, apart: npt.ArrayLike) -> float:
    """Return the share of comparisons that no metric value decides: the ties.

    Parameters
    ----------
    alike, apart : array_like of shape (n,) and (m,)
        As for `auc`.

    Examples
    --------
    >>> tied([0, 0, 3], [0, 1])  # two of six
    0.3333333333333333
    """
    near, far = _near(alike, "similarity", "alike"), _near(apart, "similarity", "apart")
    return float(np.mean(near[:, None] == far[None, :]))


def interval(  # noqa: PLR0913  (two groups, whose pictures they are, and how to draw)
    alike: npt.ArrayLike,
    apart: npt.ArrayLike,
    *,
    direction: Direction,
    alike_pictures: npt.ArrayLike,
    apart_pictures: npt.ArrayLike,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> tuple[float, float]:
    """Return an interval of `auc` by resampling pictures.

    A picture takes part in many pairs, so the pairs are not independent, and
    resampling them would count one picture's luck many times over. Here the
    pictures are drawn with replacement; a pair weighs as often as its
    pictures were drawn.

    Parameters
    ----------
    alike, apart : array_like of shape (n,) and (m,)
        As for `auc`.
    direction : {"distance", "similarity"}
        As for `auc`.
    alike_pictures, apart_pictures : array_like of shape (n,), (m,) or (m, 2)
        The pictures behind each value, numbered from 0: one, or two.
    level : float
        Share of the resamples inside the interval.
    resamples, seed : int
        How many times to draw, and the seed.

    Returns
    -------
    tuple of two float
        Percentiles of the resampled areas. Where `auc` is exactly 0 or 1 the
        interval has no width, which says nothing of pictures not seen.

    Raises
    ------
    ValueError
        As `auc`, and if no resample holds both pictures of any pair.
    """
    near, far = _near(alike, direction, "alike"), _near(apart, direction, "apart")
    won = (near[:, None] > far[None, :]) + 0.5 * (near[:, None] == far[None, :])  # (n, m)
    first, second = (
        np.asarray(owners, dtype=np.intp).reshape(size, -1)  # (n, 1) or (n, 2)
        for owners, size in ((alike_pictures, len(near)), (apart_pictures, len(far)))
    )
    count = 1 + int(max(first.max(), second.max()))
    weights0 = _weights(count, first.tobytes(), first.shape[1], resamples, seed)  # (resamples, n)
    weights1 = _weights(count, second.tobytes(), second.shape[1], resamples, seed)
    total = weights0.sum(axis=1) * weights1.sum(axis=1)
    kept = total > 0
    if not kept.any():
        msg = f"no resample holds both pictures of a pair, of {count} pictures; measure more"
        raise ValueError(msg)
    areas = np.einsum("bm,bm->b", weights0 @ won, weights1)[kept] / total[kept]
    low, high = np.quantile(areas, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


@lru_cache(maxsize=16)  # the cells of a matrix share their pictures
def _weights(count: int, owners: bytes, columns: int, resamples: int, seed: int) -> FloatImage:
    """Draw `count` pictures with replacement; say how often each pair was, (resamples, pairs)."""
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(count, np.full(count, 1 / count), size=resamples)
    pairs = np.frombuffer(owners, dtype=np.intp).reshape(-1, columns)
    return np.asarray(np.prod([drawn[:, one] for one in pairs.T], axis=0), dtype=np.float64)


def threshold(accepted: npt.ArrayLike, *, direction: Direction, beyond: int = 0) -> float:
    """Return the limit that all accepted pairs keep, but for the `beyond` farthest.

    Use it with pairs of your own that you looked at and accepted. Measure its
    errors on other pairs than these.

    Parameters
    ----------
    accepted : array_like of shape (n,)
        Values of one metric over accepted pairs.
    direction : {"distance", "similarity"}
        Whether a small or a large value means near.
    beyond : int
        How many of the accepted pairs may fail.

    Returns
    -------
    float
        A pair is accepted if its value is this or nearer.

    Raises
    ------
    ValueError
        If there are not more than `beyond` values, or one is nan.

    Notes
    -----
    If the next pair is drawn as these n were, it fails with a probability of
    at most (beyond + 1) / (n + 1): each of the n + 1 values is equally likely
    to be among the beyond + 1 farthest.

    Examples
    --------
    >>> threshold([3, 1, 2], direction="distance")
    3.0
    >>> threshold([0.9, 0.8, 0.99], direction="similarity", beyond=1)
    0.9
    """
    near = np.sort(_near(accepted, direction, "accepted"))
    if not 0 <= beyond < len(near):
        msg = f"beyond must be 0 to {len(near) - 1} for {len(near)} values, got {beyond}; lower it"
        raise ValueError(msg)
    limit = float(near[beyond])
    return -limit if direction == "distance" else limit


def _near(values: npt.ArrayLike, direction: Direction, name: str) -> FloatImage:
    """Return the values so that larger is nearer."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or not array.size:
        msg = f"{name} must have shape (n,) with n of at least 1, got {array.shape}; add pairs"
        raise ValueError(msg)
    if math.isnan(float(array.max())):  # max of an array with a nan is nan
        msg = (
            f"{name} must hold numbers, got nan; leave out pairs for which the metric is undefined"
        )
        raise ValueError(msg)
    if direction not in ("distance", "similarity"):
        msg = f"direction must be 'distance' or 'similarity', got {direction!r}; choose one"
        raise ValueError(msg)
    return -array if direction == "distance" else array
