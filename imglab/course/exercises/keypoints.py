"""The exercises of lesson 04: what is asked, tested solutions, known mistakes.

The solutions carry no annotations: they are printed for a learner to paste.
"""

# mypy: allow-untyped-defs, allow-untyped-calls

import math
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


def trials(share, confidence):
    all_four = share**4
    if all_four == 1:
        return 1
    return math.ceil(math.log(1 - confidence) / math.log(1 - all_four))


def _three_points(share, confidence):
    return math.ceil(math.log(1 - confidence) / math.log(1 - share**3)) if share < 1 else 1


def _one_point(share, confidence):
    return math.ceil(math.log(1 - confidence) / math.log(1 - share)) if share < 1 else 1


def _rounded(share, confidence):
    return round(_not_rounded(share, confidence))


def _share_of_wrong(share, confidence):
    return trials(1 - share, confidence) if share < 1 else 1


def _not_rounded(share, confidence):
    return math.log(1 - confidence) / math.log(1 - share**4) if share < 1 else 1.0


def _rounded_down(share, confidence):
    return math.floor(_not_rounded(share, confidence))


def _sure_of_failure(share, confidence):
    return trials(share, 1 - confidence)


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
        task="Compute how many trials RANSAC needs.",
        reference=trials,
        cases=(
            ("half of the matches right, 99 %", (0.5, 0.99)),
            ("one in five right, 99 %", (0.2, 0.99)),
            ("nine in ten right, 99.9 %", (0.9, 0.999)),
            ("three in ten right, 50 %", (0.3, 0.5)),
            ("all matches right", (1.0, 0.99)),
        ),
        misconceptions=(
            (_three_points, "a homography needs four matches, not three"),
            (_one_point, "all four must be right"),
            (_rounded, "rounded to the nearest, the confidence may be missed; round up"),
            (_share_of_wrong, "the share is that of the right matches"),
            (_not_rounded, "a number of trials is whole; round up"),
            (_rounded_down, "rounded down, the confidence is not reached; round up"),
            (_sure_of_failure, "1 - confidence is the risk that every trial fails"),
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
