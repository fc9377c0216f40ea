"""The exercises of lesson 08: what is asked, tested solutions, known mistakes.

The solutions carry no annotations: they are printed for a learner to paste.
"""

# mypy: allow-untyped-defs, allow-untyped-calls

import itertools
from collections.abc import Iterable

import imagehash
import numpy as np
import numpy.typing as npt
from PIL import Image

from imglab import distortions, image, keypoints, near_duplicates, samples
from imglab.course.exercises import Exercise


def precision_recall(found, true):
    found = {frozenset(pair) for pair in found}
    true = {frozenset(pair) for pair in true}
    right = len(found & true)
    return right / len(found), right / len(true)


def _the_other_way_round(found, true):
    return precision_recall(found, true)[::-1]


def _order_counts(found, true):
    right = len(set(found) & set(true))
    return right / len(set(found)), right / len(set(true))


def _twice_counts_twice(found, true):
    right = sum(frozenset(pair) in {frozenset(other) for other in true} for pair in found)
    return right / len(found), right / len(true)


def _one_for_both(found, true):
    right = precision_recall(found, true)[0]
    return right, right


def _over_all(found, true):
    either = {frozenset(pair) for pair in [*found, *true]}
    share = len({frozenset(p) for p in found} & {frozenset(p) for p in true}) / len(either)
    return share, share


def near_pairs(bits, t):
    return [
        (i, j)
        for i in range(len(bits))
        for j in range(i + 1, len(bits))
        if np.sum(bits[i] != bits[j]) < t
    ]


def _pairs_where(bits, near):
    return [
        (i, j) for i, j in itertools.combinations(range(len(bits)), 2) if near(bits[i], bits[j])
    ]


def _equal_alone(bits, t):  # noqa: ARG001
    return _pairs_where(bits, lambda b, c: bool((b == c).all()))


def _bits_that_agree(bits, t):
    return _pairs_where(bits, lambda b, c: np.sum(b == c) < t)


def _limit_included(bits, t):
    return _pairs_where(bits, lambda b, c: np.sum(b != c) <= t)


def _how_many_are_set(bits, t):
    return _pairs_where(bits, lambda b, c: abs(int(b.sum()) - int(c.sum())) < t)


def _as_a_share(bits, t):
    return _pairs_where(bits, lambda b, c: np.mean(b != c) < t)


def _with_itself(bits, t):
    return [(i, j) for i in range(len(bits)) for j in range(i, len(bits))
            if np.sum(bits[i] != bits[j]) < t]  # fmt: skip


def _hash(*rows: str) -> npt.NDArray[np.bool_]:
    return np.array([[letter == "1" for letter in row] for row in rows])


VISIBLE, SHARE = 60, 0.02  # levels, and of the pixels


def changed_but_the_same_hash():
    return "macaw", "noise", 60


def _verify_same_hash(made: object) -> tuple[bool, str]:  # noqa: PLR0911
    wanted = "give a name, a change and a strength, such as ('coffee', 'noise', 5)"
    if not (isinstance(made, tuple | list) and len(made) == 3):
        return False, wanted
    name, change, strength = made
    if name not in samples.names():
        return False, f"there is no bundled picture {str(name)[:40]!r}; see samples.names()"
    if change not in distortions.DISTORTIONS:
        return False, f"there is no change {str(change)[:40]!r}; see distortions.DISTORTIONS"
    if isinstance(strength, bool) or not isinstance(strength, int | float):
        return False, wanted
    x = samples.load(name, size=256)
    y = distortions.DISTORTIONS[change](x, strength)  # its own sentence for a wrong strength
    away = np.abs(image.to_gray(x).astype(int) - image.to_gray(y)) > VISIBLE
    if away.mean() < SHARE:
        return False, f"only {100 * away.mean():.1f} % of the pixels move by more than {VISIBLE}"
    bits = imagehash.average_hash(Image.fromarray(x)) - imagehash.average_hash(Image.fromarray(y))
    if bits:
        return False, f"{bits} bits of the average hash differ"
    return True, f"{100 * away.mean():.0f} % of the pixels moved far, and no bit"


LEAST_PRECISION, LEAST_RECALL = 0.95, 0.7


def find_copies_of_both():
    def kept(pictures):
        return {
            name: (
                [imagehash.dhash(Image.fromarray(x)), imagehash.dhash(Image.fromarray(x[:, ::-1]))],
                image.to_gray(image.resize(x, (128, 128))),
            )
            for name, x in pictures.items()
        }

    def measured(pictures):  # pair to (bits, as it is or mirrored; points found again)
        things, values = kept(pictures), {}
        for a, b in itertools.combinations(things, 2):
            (hash_a, _), gray_a = things[a]
            (hash_b, mirrored_b), gray_b = things[b]
            found = keypoints.match(gray_a, gray_b, seed=0)
            points = found.distinct if found.sane else 0
            values[a, b] = min(hash_a - hash_b, hash_a - mirrored_b), points
        return values

    known = measured(near_duplicates.pictures("tuning"))
    true = near_duplicates.true_pairs("tuning")
    strangers = [value for pair, value in known.items() if pair not in true]
    nearest = min(bits for bits, _ in strangers)  # 19
    most = max(points for _, points in strangers)  # 0
    hidden = measured(near_duplicates.pictures("judging"))
    return tuple(
        [pair for pair, (bits, points) in half.items() if bits < nearest or points > most]
        for half in (known, hidden)
    )


def _verify_copies(made: object) -> tuple[bool, str]:  # noqa: PLR0911
    if not (isinstance(made, tuple | list) and len(made) == 2 and all(map(_is_many, made))):
        return False, "hand in two lists of pairs: what you find in `known`, and in `hidden`"
    for half, pairs in zip(("tuning", "judging"), made, strict=True):
        names = {file.name for file in near_duplicates.files(half)}
        if unknown := sorted({str(name) for pair in pairs for name in pair} - names):
            return False, f"there is no file {unknown[0][:40]!r} in the {half} half"
    known, hidden = made
    score = near_duplicates.score(known, near_duplicates.true_pairs("tuning"))
    if not score.found:
        return False, "no pair was found in the tuning half; loosen the limit"
    told = f"tuning half: precision {score.precision:.3f}, recall {score.recall:.3f}"
    faults = []
    if score.precision < LEAST_PRECISION:
        wrong = {tuple(sorted(pair)) for pair in known} - near_duplicates.true_pairs("tuning")
        faults.append(f"{' and '.join(min(wrong))} show two scenes: one limit is too loose")
    if score.recall < LEAST_RECALL:
        faults.append(
            f"the change missed most is {_missed_most(known)!r}: add what sees through it"
        )
    if faults:
        return False, f"{told}; {'; '.join(faults)}"
    judged = near_duplicates.score(hidden, near_duplicates.true_pairs("judging"))
    if not judged.found:
        return False, f"{told}: good; but no pair was found in the other half"
    there = f"the half you did not tune on: precision {judged.precision:.3f}, recall "
    there += f"{judged.recall:.3f}"
    if judged.precision < LEAST_PRECISION or judged.recall < LEAST_RECALL:
        return False, f"{told}: good; {there}: the limits fit the tuning half too closely"
    return True, f"{told}; {there}"


def _is_many(pairs: object) -> bool:
    return isinstance(pairs, list | tuple | set | frozenset)


def _missed_most(found: Iterable[tuple[str, str]]) -> str:
    change = {file.name: file.change for file in near_duplicates.files("tuning")}
    left = near_duplicates.true_pairs("tuning") - {tuple(sorted(pair)) for pair in found}
    missed = [change[name] for pair in left for name in pair if change[name] != "original"]
    return max(sorted(set(missed)), key=missed.count)


EXERCISES = (
    Exercise(
        id="playground-1",
        task="Compute precision and recall of found pairs.",
        reference=precision_recall,
        cases=(
            (
                "one right pair of two",
                ([("a", "b"), ("c", "d")], [("a", "b"), ("e", "f"), ("c", "e")]),
            ),
            (
                "a pair in the other order",
                ([("b", "a"), ("c", "d")], [("a", "b"), ("c", "e"), ("a", "f")]),
            ),
            ("a pair named twice", ([("a", "b"), ("b", "a"), ("c", "d")], [("a", "b")])),
            ("nothing right", ([("a", "b")], [("c", "d"), ("a", "c")])),
            ("all right", ([("a", "b"), ("c", "d")], [("a", "b"), ("c", "d")])),
        ),
        tolerance=1e-12,
        misconceptions=(
            (_the_other_way_round, "precision divides by what was found, recall by what is true"),
            (_order_counts, "(a, b) and (b, a) are one pair"),
            (_twice_counts_twice, "a pair that is named twice is one pair"),
            (_one_for_both, "recall divides by the number of true pairs"),
            (_over_all, "divide by the found for precision, by the true for recall"),
        ),
    ),
    Exercise(
        id="playground-2",
        task="Repair a finder that compares hashes by equality.",
        reference=near_pairs,
        kind="bug",
        cases=(
            ("three hashes, one bit apart", (_hash("1100", "1101", "0011"), 2)),
            ("two equal hashes and a stranger", (_hash("1010", "1010", "0101"), 1)),
            ("a distance of exactly the limit", (_hash("1111", "1100", "1110"), 2)),
            ("equally many bits set", (_hash("1100", "0011", "1010"), 3)),
            ("no pair below the limit", (_hash("1111", "0000"), 1)),
        ),
        misconceptions=(
            (_equal_alone, "one changed bit makes two hashes unequal; count the bits that differ"),
            (_bits_that_agree, "you count the bits that agree"),
            (_limit_included, "found is what is nearer than the limit, not level with it"),
            (_how_many_are_set, "how many bits are set is not which bits are set"),
            (_as_a_share, "the limit is a number of bits, not a share of them"),
            (_with_itself, "a picture is no copy of itself"),
        ),
    ),
    Exercise(
        id="playground-3",
        task="Change a bundled picture so that anybody sees it and the average hash does not.",
        reference=changed_but_the_same_hash,
        kind="target",
        verifier=_verify_same_hash,
    ),
    Exercise(
        id="playground-4",
        task="Find the copies in a folder, with few false alarms.",
        reference=find_copies_of_both,
        kind="target",
        verifier=_verify_copies,
    ),
)
