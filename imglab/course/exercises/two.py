"""The exercises of lesson 00: what is asked, tested solutions, known mistakes.

The solutions carry no annotations: they are printed for a learner to paste.
"""

# mypy: allow-untyped-defs, allow-untyped-calls

import numpy as np
import numpy.typing as npt

from imglab import image, keypoints, samples
from imglab.course.exercises import Exercise
from imglab.language import tr

MATCHES = 160  # reached by pairs of textures alone


def _gray(*values: int) -> npt.NDArray[np.uint8]:
    """One row of grey levels, (1, W)."""
    return np.array([values], dtype=np.uint8)


def euclidean(x, y):
    d = x.astype(float) - y.astype(float)
    return float(np.sqrt(np.sum(d**2)))


def _all_in_bytes(x, y):
    return float(np.sqrt(np.sum(np.subtract(x, y) ** 2)))


def _cast_late(x, y):
    return float(np.sqrt(np.sum(np.subtract(x, y).astype(float) ** 2)))


def _too_few_bits(x, y):
    d = x.astype(np.int16) - y.astype(np.int16)
    with np.errstate(invalid="ignore"):
        return float(np.sqrt(np.sum(d * d)))


def _sum_of_sizes(x, y):
    return float(np.sum(np.abs(x.astype(float) - y.astype(float))))


def _no_root(x, y):
    return euclidean(x, y) ** 2


def _mean_instead_of_sum(x, y):
    return euclidean(x, y) / float(np.sqrt(x.size))


def histogram_rms(x, y):
    h1 = np.bincount(x.ravel(), minlength=256) / x.size
    h2 = np.bincount(y.ravel(), minlength=256) / y.size
    return float(np.sqrt(np.mean((h1 - h2) ** 2)))


def _counts(x, y):
    h1, h2 = np.bincount(x.ravel(), minlength=256), np.bincount(y.ravel(), minlength=256)
    return float(np.sqrt(np.mean((h1 - h2) ** 2)))


def _one_size_for_both(x, y):
    return _counts(x, y) / x.size


def strangers_with_matches():
    def matches(pair):
        one, two = (image.to_gray(samples.load(name, size=256)) for name in pair)
        return keypoints.match(one, two, seed=0).mutual

    return max(samples.unrelated_pairs(), key=matches)  # two textures: many corners


def _verify_strangers_with_matches(made: object) -> tuple[bool, str]:
    if not (isinstance(made, tuple | list) and len(made) == 2):
        return False, tr("give a pair of names, such as ('coffee', 'grass')")
    if unknown := [name for name in made if name not in samples.names()]:
        wrong = tr("there is no bundled picture {name}; see samples.names()", name=repr(unknown[0]))
        return False, wrong
    one, two = made
    if (one, two) not in samples.unrelated_pairs() and (two, one) not in samples.unrelated_pairs():
        wrong = tr("{one} and {two} show the same thing; take two that do not", one=one, two=two)
        return False, wrong
    x, y = (image.to_gray(samples.load(name, size=256)) for name in (one, two))
    matches = keypoints.match(x, y, seed=0).mutual
    if matches <= MATCHES:
        return False, tr(
            "{one} and {two} have {matches} cross-checked matches, not more than 160",
            one=one,
            two=two,
            matches=matches,
        )
    return True, tr(
        "{one} and {two} have nothing in common but {matches} matches",
        one=one,
        two=two,
        matches=matches,
    )


EXERCISES = (
    Exercise(
        id="two-1",
        task="Write the Euclidean distance of two grey pictures of bytes.",
        reference=euclidean,
        cases=(
            ("x = 13 26, y = 10 10", (_gray(13, 26), _gray(10, 10))),
            ("x = 10 10, y = 13 14", (_gray(10, 10), _gray(13, 14))),
            ("black against white", (_gray(0, 0), _gray(255, 255))),
            ("equal pictures", (_gray(7, 8), _gray(7, 8))),
            (
                "two rows of two pixels",
                (
                    np.array([[200, 0], [0, 90]], dtype=np.uint8),
                    np.array([[100, 50], [9, 255]], dtype=np.uint8),
                ),
            ),
        ),
        tolerance=1e-9,
        misconceptions=(
            (_all_in_bytes, "difference and square wrapped around; cast both pictures first"),
            (_cast_late, "the cast comes after the damage: the subtraction wrapped"),
            (_too_few_bits, "255 squared does not fit into 16 bits with a sign"),
            (_sum_of_sizes, "D adds up squares, and takes the root of the sum"),
            (_no_root, "the root is missing"),
            (_mean_instead_of_sum, "D sums over the pixels, it does not average"),
        ),
    ),
    Exercise(
        id="two-2",
        task="Make the histogram RMS compare shares, for pictures of any size.",
        reference=histogram_rms,
        kind="bug",
        cases=(
            ("two pixels each, 0 1 and 0 2", (_gray(0, 1), _gray(0, 2))),
            ("one white pixel and three", (_gray(255), _gray(255, 255, 255))),
            ("four pixels and two", (_gray(0, 0, 255, 255), _gray(0, 9))),
            ("equal pictures", (_gray(4, 5), _gray(4, 5))),
        ),
        tolerance=1e-12,
        misconceptions=(
            (_counts, "these are counts; divide each histogram by its number of pixels"),
            (_one_size_for_both, "each histogram has its own number of pixels"),
        ),
    ),
    Exercise(
        id="two-3",
        task="Find two unrelated bundled pictures with more than 160 cross-checked matches.",
        reference=strangers_with_matches,
        kind="target",
        verifier=_verify_strangers_with_matches,
    ),
)
