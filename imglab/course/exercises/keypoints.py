"""The exercises of lesson 04: what is asked, tested solutions, known mistakes.

The solutions carry no annotations: they are printed for a learner to paste.
"""

# mypy: allow-untyped-defs, allow-untyped-calls

from typing import Any

import numpy as np
import numpy.typing as npt

from imglab import image, keypoints, pixel, samples, verdict
from imglab.course.exercises import Exercise
from imglab.distortions import DISTORTIONS


class _Table(np.ndarray[Any, np.dtype[np.float64]]):
    """A table whose copies are read-only, so that no attempt spoils its caller's."""

    def __deepcopy__(self, memo: object) -> npt.NDArray[np.float64]:  # type: ignore[override]
        table = np.array(self, dtype=np.float64)
        table.flags.writeable = False
        return table


def _distances(*rows: tuple[float, ...]) -> npt.NDArray[np.float64]:
    return np.array(rows, dtype=np.float64).view(_Table)


def _bytes(*values: int) -> npt.NDArray[np.uint8]:
    return np.array(values, dtype=np.uint8)


def one_to_one(distances, ratio):
    pairs = []
    for i, row in enumerate(distances):
        j = int(np.argmin(row))
        column = distances[:, j]
        second_in_row = np.min(np.delete(row, j))
        second_in_column = np.min(np.delete(column, i))
        mutual = int(np.argmin(column)) == i
        if mutual and row[j] < ratio * min(second_in_row, second_in_column):
            pairs.append((i, j))
    return pairs


def _cross_check_alone(distances, ratio):  # noqa: ARG001
    nearest, back = np.argmin(distances, axis=1), np.argmin(distances, axis=0)
    return [(i, int(j)) for i, j in enumerate(nearest) if back[j] == i]


def _every_row(distances, ratio):  # noqa: ARG001
    return [(i, int(j)) for i, j in enumerate(np.argmin(distances, axis=1))]


def _ratio_alone(distances, ratio):
    first, second = np.sort(distances, axis=1)[:, :2].T
    nearest = np.argmin(distances, axis=1)
    return [(i, int(nearest[i])) for i in range(len(distances)) if first[i] < ratio * second[i]]


def _ratio_one_way(distances, ratio):
    return [p for p in _ratio_alone(distances, ratio) if p in _cross_check_alone(distances, ratio)]


def _ratio_upside_down(distances, ratio):
    first, second = np.sort(distances, axis=1)[:, :2].T
    kept = _cross_check_alone(distances, ratio)
    return [(i, j) for i, j in kept if first[i] > ratio * second[i]]


def _up_to_the_ratio(distances, ratio):
    return one_to_one(distances, np.nextafter(ratio, 1))


def _always_the_same_ratio(distances, ratio):  # noqa: ARG001
    return one_to_one(distances, 0.75)


def _whole_distances(distances, ratio):
    return one_to_one(distances.astype(int), ratio)


def _columns_first(distances, ratio):
    return [(j, i) for i, j in one_to_one(distances, ratio)]


def best_shift(p0, p1, threshold):
    shifts = p1 - p0
    off = np.linalg.norm(shifts[:, None] - shifts, axis=2)
    agreeing = np.sum(off <= threshold, axis=1)
    return shifts[np.argmax(agreeing)]


def _mean_shift(p0, p1, threshold):  # noqa: ARG001
    return np.mean(p1 - p0, axis=0)


def _median_shift(p0, p1, threshold):  # noqa: ARG001
    return np.median(p1 - p0, axis=0)


def _first_shift(p0, p1, threshold):  # noqa: ARG001
    return (p1 - p0)[0]


def _mean_of_those_that_agree(p0, p1, threshold):
    shifts = p1 - p0
    off = np.linalg.norm(shifts - best_shift(p0, p1, threshold), axis=1)
    return shifts[off <= threshold].mean(axis=0)


def _threshold_excluded(p0, p1, threshold):
    return best_shift(p0, p1, np.nextafter(threshold, 0))


def _each_direction(p0, p1, threshold):
    shifts = p1 - p0
    off = np.abs(shifts[:, None] - shifts).max(axis=2)
    return shifts[np.argmax(np.sum(off <= threshold, axis=1))]


def _squared_distance(p0, p1, threshold):
    return best_shift(p0, p1, np.sqrt(threshold))


def _equal_shifts_alone(p0, p1, threshold):  # noqa: ARG001
    return best_shift(p0, p1, 0)


def _last_of_the_best(p0, p1, threshold):
    return best_shift(p0[::-1], p1[::-1], threshold)


def _back_to_the_first(p0, p1, threshold):
    return best_shift(p1, p0, threshold)


def _columns_and_rows(p0, p1, threshold):
    return best_shift(p0, p1, threshold)[::-1]


def _matches(*shifts: tuple[float, float]) -> tuple[npt.NDArray[np.float64], ...]:
    """Make positions of both pictures whose matches have these shifts."""
    p0 = np.array([(7 * n % 50, 11 * n % 40) for n in range(len(shifts))], dtype=np.float64)
    return p0, p0 + np.array(shifts, dtype=np.float64)


LEAST_LIKENESS = 0.9  # NCC: every pixel still rises and falls with the original
RELIT = ("brightness", "contrast", "gamma", "noise")


def the_same_but_missed():
    return "gravel", "contrast", 0.05


def _verify_missed(made: object) -> tuple[bool, str]:  # noqa: PLR0911
    wanted = "give a name, a change and a strength, such as ('coffee', 'contrast', 0.5)"
    if not (isinstance(made, tuple | list) and len(made) == 3):
        return False, wanted
    name, change, strength = made
    if name not in samples.names():
        return False, f"there is no bundled picture {name!r}; see samples.names()"
    if change not in RELIT:
        return False, f"the change must be one of {', '.join(RELIT)}, not {change!r}"
    if isinstance(strength, bool) or not isinstance(strength, int | float):
        return False, wanted
    x = samples.load(name, size=256)
    changed = DISTORTIONS[change](x, strength)  # its own sentence for a strength out of range
    gray, other = image.to_gray(x), image.to_gray(changed)
    if int(other.max()) - int(other.min()) < 8:
        return False, "fewer than 8 levels are left; nobody could see a picture there"
    likeness = pixel.normalized_cross_correlation(gray, other)
    if likeness < LEAST_LIKENESS:
        return False, f"its NCC with the original is {likeness:.2f}, below {LEAST_LIKENESS}"
    found = keypoints.match(gray, other, seed=0)
    judged = verdict.judge(found.distinct if found.sane else 0)
    if judged.answer == "the same thing":
        return False, f"the verdict sees it: {judged}"
    return True, f"at an NCC of {likeness:.2f} the verdict says: {judged.answer}"


def hamming(d0, d1):
    return int(np.sum(np.unpackbits(d0 ^ d1)))


def _sum_of_xor(d0, d1):
    return int(np.sum(d0 ^ d1))


def _sum_of_differences(d0, d1):
    return int(np.sum(np.abs(d0.astype(int) - d1)))


def _bits_that_agree(d0, d1):
    return 8 * len(d0) - hamming(d0, d1)


def _counted_in_a_byte(d0, d1):
    return int(np.unpackbits(d0 ^ d1).sum(dtype=np.uint8))


def _difference_of_bit_counts(d0, d1):
    return abs(int(np.unpackbits(d0).sum()) - int(np.unpackbits(d1).sum()))


EXERCISES = (
    Exercise(
        id="keypoints-1",
        task="List the one-to-one matches of a table of distances.",
        reference=one_to_one,
        cases=(
            (
                "the 3 by 3 table of the lesson",
                (_distances((1, 4, 6), (5, 2, 3), (9, 2.5, 8)), 0.75),
            ),
            ("two clear pairs, crossed", (_distances((9, 1), (1, 9)), 0.75)),
            ("a row with two good answers", (_distances((1, 1.1, 9), (9, 9, 1)), 0.75)),
            (
                "two rows that want one column",
                (_distances((1, 9), (1.2, 9), (8, 2)), 0.75),
            ),
            ("2 rows, 4 columns", (_distances((9, 9, 9, 1), (9, 2, 9, 9)), 0.75)),
            ("4 rows, 2 columns", (_distances((9, 9), (1, 9), (9, 9), (9, 2)), 0.75)),
            ("a ratio of 0.5", (_distances((2, 3), (3, 1)), 0.5)),
            ("distances below 1", (_distances((0.4, 0.9), (0.9, 0.6)), 0.75)),
            ("distances with fractions", (_distances((2.9, 3.8), (9, 1)), 0.75)),
            ("exactly the ratio", (_distances((3, 4), (4, 2)), 0.75)),
        ),
        misconceptions=(
            (_cross_check_alone, "you check in both directions, but never against the second best"),
            (_ratio_alone, "several rows may still choose one column; ask the column, too"),
            (_ratio_one_way, "the second best counts in the column as it does in the row"),
            (_ratio_upside_down, "the best distance must be the small one: less than ratio times"),
            (_every_row, "every row has a nearest column; ask the column back"),
            (_up_to_the_ratio, "exactly the ratio is not below it"),
            (_always_the_same_ratio, "take the ratio that is handed in"),
            (_whole_distances, "distances may be fractions; do not cut them off"),
            (_columns_first, "a pair is (row, column)"),
        ),
    ),
    Exercise(
        id="keypoints-2",
        task="Find the shift that most matches agree on.",
        reference=best_shift,
        cases=(
            # (2, 3) has two neighbours at distance 1; they lie a root of 2 from each other
            (
                "four matches, the first of them wild",
                (*_matches((40, -7), (2, 3), (2, 4), (1, 3)), 1.0),
            ),
            ("one match", (*_matches((3, 4)), 2.0)),
            (
                "more wild matches than right ones",
                (*_matches((50, 40), (5, 5), (60, 20), (5, 5), (70, -60)), 2.0),
            ),
            # from (0, 0) to (3, 4) it is 5: both pairs have two, and the first is asked
            (
                "a match that lies exactly the threshold off",
                (*_matches((0, 0), (3, 4), (20, 20), (20, 20)), 5.0),
            ),
            # from (0, 0) to (4, 4) it is 5.66
            (
                "a match that is off along rows and along columns",
                (*_matches((0, 0), (4, 4), (30, 1), (30, 2)), 5.0),
            ),
            # from (0, 0) to (0, 3) it is 3, within 4; its square is not
            (
                "shifts with fractions",
                (*_matches((9.5, 9.5), (0, 0.5), (0, 3.5), (-20, 8)), 4.0),
            ),
        ),
        tolerance=1e-9,
        misconceptions=(
            (_mean_shift, "one wild match drags a mean along; let the matches vote"),
            (_median_shift, "with more wild matches than right ones a median is wild, too"),
            (_first_shift, "ask every match for its shift, and count who agrees with it"),
            (_mean_of_those_that_agree, "the shift of one match is asked, not a mean of several"),
            (_threshold_excluded, "who is exactly the threshold off still agrees"),
            (_each_direction, "measure along the straight line, not rows and columns apart"),
            (_squared_distance, "take the root before you compare with the threshold"),
            (_equal_shifts_alone, "matches agree up to the threshold, not only exactly"),
            (_last_of_the_best, "of equally good shifts the first is asked"),
            (_back_to_the_first, "the shift leads from p0 to p1"),
            (_columns_and_rows, "a position is (row, column), and so is a shift"),
        ),
    ),
    Exercise(
        id="keypoints-3",
        task="Find a change of light or noise that a child sees through and the verdict does not.",
        reference=the_same_but_missed,
        kind="target",
        verifier=_verify_missed,
    ),
    Exercise(
        id="keypoints-5",
        task="Repair a Hamming distance of packed bits.",
        reference=hamming,
        kind="bug",
        cases=(
            ("two bytes of which one differs in all bits", (_bytes(255, 7), _bytes(0, 7))),
            ("equal descriptors", (_bytes(3, 200), _bytes(3, 200))),
            ("one bit in each of two bytes", (_bytes(0, 0), _bytes(128, 1))),
            ("bytes with equally many bits set", (_bytes(3), _bytes(12))),
            ("32 bytes, all bits differ", (_bytes(*[0] * 32), _bytes(*[255] * 32))),
            ("32 bytes, as ORB has", (_bytes(*range(32)), _bytes(*range(100, 132)))),
        ),
        misconceptions=(
            (_sum_of_xor, "^ marks the bits that differ; count them, do not add their values"),
            (_sum_of_differences, "a byte is a row of eight answers, not a number to subtract"),
            (_bits_that_agree, "you count the bits that agree"),
            (_counted_in_a_byte, "256 bits may differ, and a byte counts only to 255"),
            (_difference_of_bit_counts, "how many bits are set is not which bits are set"),
        ),
    ),
)
