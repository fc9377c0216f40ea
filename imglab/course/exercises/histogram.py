"""The exercises of lesson 01: what is asked, tested solutions, known mistakes.

The solutions carry no annotations: they are printed for a learner to paste.
"""

# mypy: allow-untyped-defs, allow-untyped-calls

import numpy as np
import numpy.typing as npt

from imglab import histogram, image, samples
from imglab.course.exercises import Exercise

_NOISE = 0.3  # below this, neighbouring pixels have little to do with each other
_SAME = 0.7  # above this, one picture is the other, moved, turned or mirrored
_SMALLEST = 32  # pixels a side


def _gray(*values: int) -> npt.NDArray[np.uint8]:
    """One row of grey levels, (1, W)."""
    return np.array([values], dtype=np.uint8)


def emd(x, y, bins):
    p = np.bincount(x.ravel().astype(int) * bins // 256, minlength=bins) / x.size
    q = np.bincount(y.ravel().astype(int) * bins // 256, minlength=bins) / y.size
    carried = np.cumsum(p - q)
    return float(np.sum(np.abs(carried[:-1])))


def _binned(x, bins):
    return np.bincount(x.ravel().astype(int) * bins // 256, minlength=bins)


def _carried(p, q):
    return float(np.sum(np.abs(np.cumsum(p - q)[:-1])))


def _of_counts(x, y, bins):
    return _carried(_binned(x, bins), _binned(y, bins))


def _divided_by_the_first(x, y, bins):
    return _of_counts(x, y, bins) / x.size


def _bin_by_bin(x, y, bins):
    return float(np.sum(np.abs(_binned(x, bins) / x.size - _binned(y, bins) / y.size)))


def _running(x, y, bins):
    return np.cumsum(_binned(x, bins) / x.size - _binned(y, bins) / y.size)


def _signs_cancel(x, y, bins):
    return float(np.abs(np.sum(_running(x, y, bins))))


def _largest_only(x, y, bins):
    return float(np.max(np.abs(_running(x, y, bins))))


def _mean_over_bins(x, y, bins):
    return emd(x, y, bins) / bins


def _in_bytes(x, y, bins):
    p = np.bincount((x * bins // 256).ravel(), minlength=bins) / x.size
    q = np.bincount((y * bins // 256).ravel(), minlength=bins) / y.size
    return _carried(p, q)


def _own_range(x, y, bins):
    p, q = (np.histogram(z, bins=bins)[0] / z.size for z in (x, y))
    return _carried(p, q)


def _range_to_255(x, y, bins):
    p, q = (np.histogram(z, bins=bins, range=(0, 255))[0] / z.size for z in (x, y))
    return _carried(p, q)


def emd_on_circle(h1, h2):
    c = np.cumsum(h1 / h1.sum() - h2 / h2.sum())
    k = np.median(c)  # the constant from which the distances to all c are least
    return float(np.sum(np.abs(c - k)))


def _on_the_line(h1, h2):
    return float(np.sum(np.abs(np.cumsum(h1 / h1.sum() - h2 / h2.sum()))))


def _one_border_free(h1, h2):
    c = np.cumsum(h1 / h1.sum() - h2 / h2.sum())
    return float(np.sum(np.abs(c - np.median(c))[:-1]))


def _less_the_mean(h1, h2):
    c = np.cumsum(h1 / h1.sum() - h2 / h2.sum())
    return float(np.sum(np.abs(c - np.mean(c))))


def _counts_on_circle(h1, h2):
    c = np.cumsum(h1 - h2)
    return float(np.sum(np.abs(c - np.median(c))))


def same_levels_another_picture():
    x = image.to_gray(samples.load("astronaut", size=256))
    wanted = image.to_gray(samples.load("hopper", size=256))
    y = np.empty_like(x.ravel())
    y[np.argsort(wanted.ravel(), kind="stable")] = np.sort(x.ravel())
    return x, y.reshape(x.shape)


def _correlation(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> float:
    """Return the correlation, 0 where one of the two is even."""
    a, b = x - x.mean(), y - y.mean()
    length = float(np.sqrt(np.sum(a**2) * np.sum(b**2)))
    return float(np.sum(a * b)) / length if length else 0.0


def _best_overlay(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> float:
    """Return the greatest correlation of x with y moved in a circle, turned or mirrored."""
    a = np.fft.rfft2(x - x.mean())
    turns = [np.rot90(z, k) for z in (y, y[:, ::-1]) for k in range(4)]
    peaks = [
        float(np.fft.irfft2(a * np.conj(np.fft.rfft2(z - z.mean())), s=x.shape).max())
        for z in turns
        if z.shape == x.shape
    ]
    return max(peaks) / float(np.sqrt(np.sum((x - x.mean()) ** 2) * np.sum((y - y.mean()) ** 2)))


def _verify_same_levels(made: object) -> tuple[bool, str]:
    wrong = _wrong_form(made)
    if wrong:
        return False, wrong
    x, y = np.asarray(made)
    moved = int(np.abs(histogram.counts(x) - histogram.counts(y)).sum()) // 2
    if moved:
        return False, f"{moved} pixels of the one have no partner of their level in the other"
    if x.min() == x.max():
        return False, "they are one even grey"
    reals = [z.astype(np.float64) for z in (x, y)]
    for place, z in zip(("first", "second"), reals, strict=True):
        beside, below = _correlation(z[:, 1:], z[:, :-1]), _correlation(z[1:], z[:-1])
        if max(beside, below) < _NOISE:
            return False, f"the {place} picture is noise: a child would see nothing in it"
    if _best_overlay(reals[0], reals[1]) > _SAME:
        return False, "a child would say: the same picture, perhaps moved, turned or mirrored"
    return True, "the distance is exactly 0, and no child would call them the same"


def _wrong_form(made: object) -> str:
    if not (isinstance(made, tuple | list) and len(made) == 2):
        return "give a pair of grey pictures, such as (x, y)"
    for z in made:
        good = isinstance(z, np.ndarray) and z.dtype == np.uint8 and z.ndim == 2
        if not (good and min(z.shape) >= _SMALLEST):
            wanted = f"of bytes, of shape (H, W), with at least {_SMALLEST} pixels a side"
            return f"both pictures must be arrays {wanted}"
    if made[0].shape != made[1].shape:
        return f"both must have one shape, got {made[0].shape} and {made[1].shape}"
    return ""


def intersection(x, y):
    p = np.histogram(x, bins=16, range=(0, 256))[0] / x.size
    q = np.histogram(y, bins=16, range=(0, 256))[0] / y.size
    return float(np.sum(np.minimum(p, q)))


def _range_of_the_pair(x, y):
    both = (min(x.min(), y.min()), max(x.max(), y.max()))
    p, q = (np.histogram(z, bins=16, range=both)[0] / z.size for z in (x, y))
    return float(np.sum(np.minimum(p, q)))


def _range_of_the_first(x, y):
    edges = np.histogram(x, bins=16)[1]
    p, q = (np.histogram(z, bins=edges)[0] / z.size for z in (x, y))
    return float(np.sum(np.minimum(p, q)))


def _common_counts(x, y):
    p, q = (np.histogram(z, bins=16, range=(0, 256))[0] for z in (x, y))
    return float(np.sum(np.minimum(p, q)))


EXERCISES = (
    Exercise(
        id="histogram-1",
        task="Write the earth mover's distance of two grey pictures of any size.",
        reference=emd,
        cases=(
            ("1 by 2 pixels, 0 255 and 0 0, in two bins", (_gray(0, 255), _gray(0, 0), 2)),
            (
                "two rows of two pixels and one row of eight, in four bins",
                (
                    np.array([[0, 63], [64, 255]], dtype=np.uint8),
                    _gray(0, 63, 64, 127, 128, 191, 192, 255),
                    4,
                ),
            ),
            (
                "levels 100 to 103 and 100 100 100 103, in 256 bins",
                (_gray(100, 101, 102, 103), _gray(100, 100, 100, 103), 256),
            ),
            (
                "levels 85 86 170 171 and 85 85 170 170, in three bins",
                (_gray(85, 86, 170, 171), _gray(85, 85, 170, 170), 3),
            ),
            ("10 20 30 and 10 10 20, in four bins", (_gray(10, 20, 30), _gray(10, 10, 20), 4)),
            (
                "0 0 255 255 and 100 100 150 150, in eight bins",
                (_gray(0, 0, 255, 255), _gray(100, 100, 150, 150), 8),
            ),
            ("one picture with itself", (_gray(7, 9, 250), _gray(7, 9, 250), 8)),
            (
                "one picture and itself, twice as wide",
                (_gray(7, 9, 250), _gray(7, 7, 9, 9, 250, 250), 8),
            ),
        ),
        tolerance=1e-9,
        misconceptions=(
            (_of_counts, "those are counts; divide each histogram by its own number of pixels"),
            (_divided_by_the_first, "each histogram has its own number of pixels"),
            (
                _bin_by_bin,
                "that compares bin by bin; earth is carried on, so add up as you go",
            ),
            (_signs_cancel, "work is done in both directions: take absolute values before the sum"),
            (_largest_only, "every border that is crossed costs, not only the busiest"),
            (_mean_over_bins, "(7) is a sum over the borders, not a mean"),
            (_in_bytes, "bytes cannot hold x * bins; cast first"),
            (
                _own_range,
                "NumPy spreads the bins over the levels that occur; take all 256 levels",
            ),
            (_range_to_255, "n bins cover the levels from 0 up to 256: yours are a bit narrow"),
        ),
    ),
    Exercise(
        id="histogram-2",
        task="Write the least work between two histograms whose bins lie on a circle.",
        reference=emd_on_circle,
        cases=(
            ("1 0 0 0 and 0 0 0 1", (np.array([1, 0, 0, 0]), np.array([0, 0, 0, 1]))),
            ("1 0 0 0 0 and 0 0 5 0 0", (np.array([1, 0, 0, 0, 0]), np.array([0, 0, 5, 0, 0]))),
            ("9 1 0 0 and 4 4 1 1", (np.array([9, 1, 0, 0]), np.array([4, 4, 1, 1]))),
            (
                "1 0 0 0 0 1 and 0 1 1 0 0 0",
                (np.array([1, 0, 0, 0, 0, 1]), np.array([0, 1, 1, 0, 0, 0])),
            ),
            ("2 3 4 and 6 4 8, counts of other sizes", (np.array([2, 3, 4]), np.array([6, 4, 8]))),
            ("equal shares", (np.array([1, 0, 2]), np.array([3, 0, 6]))),
        ),
        tolerance=1e-9,
        misconceptions=(
            (_on_the_line, "that is the way on the line; on the circle earth may go round"),
            (_one_border_free, "the border between the last bin and the first costs, too"),
            (_less_the_mean, "the mean makes squares least; which constant makes this sum least?"),
            (_counts_on_circle, "divide each histogram by its own sum"),
        ),
    ),
    Exercise(
        id="histogram-3",
        task="Make two grey pictures that a child calls different, with equal histograms.",
        reference=same_levels_another_picture,
        kind="target",
        verifier=_verify_same_levels,
    ),
    Exercise(
        id="histogram-5",
        task="Repair an intersection whose bins depend on the picture.",
        reference=intersection,
        kind="bug",
        cases=(
            ("0 255 and 10 240", (_gray(0, 255), _gray(10, 240))),
            ("0 100 and 100 200", (_gray(0, 100), _gray(100, 200))),
            ("10 11 12 and 200 201 202", (_gray(10, 11, 12), _gray(200, 201, 202))),
            ("40 50 60 70 and 40 50 200", (_gray(40, 50, 60, 70), _gray(40, 50, 200))),
            ("100 104 and 100 100 0", (_gray(100, 104), _gray(100, 100, 0))),
            ("100 101 and 103 110", (_gray(100, 101), _gray(103, 110))),
        ),
        tolerance=1e-9,
        misconceptions=(
            (_range_of_the_pair, "one pair's bins are now alike, but another pair has other bins"),
            (_range_of_the_first, "levels of the second outside the first's range are lost"),
            (_common_counts, "shares are asked, not counts"),
        ),
    ),
)
