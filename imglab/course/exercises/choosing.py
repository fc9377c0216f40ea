"""The exercises of lesson 07: what is asked, tested solutions, known mistakes.

The solutions carry no annotations: they are printed for a learner to paste.
"""

# mypy: allow-untyped-defs, allow-untyped-calls

import numpy as np

from imglab import invariance
from imglab.catalogue import METRICS
from imglab.course.exercises import Exercise

SURVIVES, FAILS = 0.95, 0.6  # areas


def area_of_similarities(alike, apart):
    won = 0.0
    for s in alike:
        for other in apart:
            if s > other:
                won += 1
            elif s == other:
                won += 0.5
    return won / (len(alike) * len(apart))


def _smaller_is_nearer(alike, apart):
    return 1 - area_of_similarities(alike, apart)


def _ties_lost(alike, apart):
    return float(np.mean([s > other for s in alike for other in apart]))


def _ties_won(alike, apart):
    return float(np.mean([s >= other for s in alike for other in apart]))


def _side_by_side(alike, apart):
    return float(np.mean([(s > o) + 0.5 * (s == o) for s, o in zip(alike, apart, strict=False)]))


def _against_the_mean(alike, apart):
    return float(np.mean(np.asarray(alike) > np.mean(apart)))


def _not_divided(alike, apart):
    return area_of_similarities(alike, apart) * len(alike) * len(apart)


def _lists_as_wholes(alike, apart):
    return float(np.mean((alike > apart) + 0.5 * (alike == apart)))


def _lists_as_wholes_reversed(alike, apart):
    return float(np.mean((alike < apart) + 0.5 * (alike == apart)))


def limit_for(accepted, risk):
    beyond = int(risk * (len(accepted) + 1)) - 1  # the largest k with (k + 1)/(m + 1) <= risk
    if beyond < 0:
        return float("inf")
    return float(sorted(accepted)[len(accepted) - 1 - beyond])


def _one_too_loose(accepted, risk):
    return float(sorted(accepted)[max(len(accepted) - 1 - int(risk * len(accepted)), 0)])


def _none_is_too_few(accepted, risk):
    beyond = max(int(risk * (len(accepted) + 1)) - 1, 0)
    return float(sorted(accepted)[len(accepted) - 1 - beyond])


def _from_the_near_end(accepted, risk):
    beyond = int(risk * (len(accepted) + 1)) - 1
    return float(sorted(accepted)[beyond]) if beyond >= 0 else float("inf")


def _always_all(accepted, _):
    return float(max(accepted))


def _too_few_or_all(accepted, risk):
    return float(max(accepted)) if risk * (len(accepted) + 1) >= 1 else float("inf")


def _in_between(accepted, risk):
    return float(np.quantile(accepted, 1 - risk))


def _two_deviations(accepted, _):
    return float(np.mean(accepted) + 2 * np.std(accepted))


def two_that_need_each_other():
    return "histogram_rms", "mirror", "orb_inliers", "brightness"


def _verify_two_that_need_each_other(made: object) -> tuple[bool, str]:
    if not (isinstance(made, tuple | list) and len(made) == 4):
        return (
            False,
            "give a measure, a change, a measure, a change: ('ssim', 'blur', 'ssim', 'jpeg')",
        )
    first, change, second, other = made
    chart = invariance.matrix()
    changes = sorted({one.key for one in chart.changes} - {"shuffle", "second_view"})
    for metric in (first, second):
        if metric not in METRICS:
            return False, f"there is no measure {metric!r:.40}; see list(METRICS)"
    for one in (change, other):
        if one not in changes:
            return False, f"there is no change {one!r:.40} here; take one of {', '.join(changes)}"
    areas = {(m, c): chart.cell(m, c).auc or 0.0 for m in (first, second) for c in (change, other)}
    own, crossed = ((first, change), (second, other)), ((first, other), (second, change))
    for metric, one in own:
        if areas[metric, one] < SURVIVES:
            found = f"{areas[metric, one]:.2f}, not {SURVIVES} or more"
            return False, f"{metric} does not survive {one}: {found}"
    for metric, one in crossed:
        if areas[metric, one] > FAILS:
            found = f"{areas[metric, one]:.2f}, not {FAILS} or less"
            return False, f"{metric} does not fail at {one}: {found}"
    good, bad = min(areas[cell] for cell in own), max(areas[cell] for cell in crossed)
    return True, f"each survives ({good:.2f} or more) where the other fails ({bad:.2f} or less)"


def area_by_walk(alike, apart):
    found, total = 0, 0.0
    for score in sorted({*alike, *apart}, reverse=True):
        here, strangers = list(alike).count(score), list(apart).count(score)
        total += strangers * (found + here / 2)
        found += here
    return total / (len(alike) * len(apart))


def _walk(alike, apart, order):
    scored = sorted([(s, 1) for s in alike] + [(s, 0) for s in apart], key=order)
    found, total = 0, 0
    for _, is_alike in scored:
        if is_alike:
            found += 1
        else:
            total += found
    return total / (len(alike) * len(apart))


def _alike_first(alike, apart):
    return _walk(alike, apart, lambda pair: (-pair[0], -pair[1]))


def _strangers_first(alike, apart):
    return _walk(alike, apart, lambda pair: (-pair[0], pair[1]))


def _upwards(alike, apart):
    return 1 - area_by_walk(alike, apart)


_RNG = np.random.default_rng(7)
_NEAR, _FAR = _RNG.normal(1, 1, 12), _RNG.normal(2, 1, 30)
_FEW = _RNG.integers(0, 5, 9).astype(float)
_MANY = _RNG.integers(1, 7, 14).astype(float)
_WHOLE_LISTS = "< and > between two lists compare them as wholes: compare value with value"

EXERCISES = (
    Exercise(
        id="choosing-1",
        task="Compute the area of two groups of similarities.",
        reference=area_of_similarities,
        cases=(
            ("0.9, 0.5, 0.4 against 0.6, 0.4, 0.2", ([0.9, 0.5, 0.4], [0.6, 0.4, 0.2])),
            ("one against one, the stranger nearer", ([0.1], [0.2])),
            ("one against two", ([0.2], [0.1, 0.3])),
            ("two groups of one value", ([0.4, 0.4], [0.4, 0.4, 0.4])),
            ("12 against 30 random similarities", (_NEAR.tolist(), _FAR.tolist())),
            ("9 against 14 whole numbers", (_FEW.tolist(), _MANY.tolist())),
        ),
        tolerance=1e-9,
        misconceptions=(
            (_smaller_is_nearer, "these are similarities: the larger one is nearer"),
            (_ties_lost, "a tie is half a win, not a loss"),
            (_ties_won, "a tie is half a win, not a whole one"),
            (_side_by_side, "compare every alike value with every other, not position by position"),
            (_against_the_mean, "compare with each stranger, not with their mean"),
            (_not_divided, "divide by the number of comparisons"),
            (_lists_as_wholes, _WHOLE_LISTS),
            (_lists_as_wholes_reversed, _WHOLE_LISTS),
        ),
    ),
    Exercise(
        id="choosing-2",
        task="Find the least limit that the next accepted pair breaks with at most this risk.",
        reference=limit_for,
        cases=(
            ("3, 1, 2 and a risk of 1/4", ([3.0, 1.0, 2.0], 0.25)),
            ("3, 1, 2 and a risk of 1/2", ([3.0, 1.0, 2.0], 0.5)),
            ("3, 1, 2 and a risk of 1/8", ([3.0, 1.0, 2.0], 0.125)),
            ("five distances, two of them equal, 3/8", ([4.0, 9.0, 9.0, 1.0, 5.0], 0.375)),
            ("a single distance, 1/2", ([0.5], 0.5)),
            ("30 random distances, 1/8", (_FAR, 0.125)),
        ),
        tolerance=1e-12,
        misconceptions=(
            (_one_too_loose, "the next pair is one more: (k + 1)/(m + 1), not k/m"),
            (_none_is_too_few, "with so few pairs no limit keeps the promise: math.inf"),
            (_from_the_near_end, "leave out the farthest ones, not the nearest"),
            (_always_all, "the risk says how many may lie beyond, and whether the pairs suffice"),
            (_too_few_or_all, "a larger risk lets the farthest k lie outside; find the largest k"),
            (_in_between, "take one of the accepted distances, nothing in between"),
            (_two_deviations, "count; nothing says that distances are normally distributed"),
        ),
    ),
    Exercise(
        id="choosing-3",
        task="Find two measures that need each other: each survives where the other fails.",
        reference=two_that_need_each_other,
        kind="target",
        verifier=_verify_two_that_need_each_other,
    ),
    Exercise(
        id="choosing-5",
        task="Repair an area under the ROC curve of similarities, with ties.",
        reference=area_by_walk,
        kind="bug",
        cases=(
            ("0.9 and 0.4 against 0.6 and 0.1", ([0.9, 0.4], [0.6, 0.1])),
            ("0.5 against 0.5", ([0.5], [0.5])),
            ("counts of points, most of them 0", ([0, 0, 31, 0], [0, 5, 0])),
            ("strangers that are always nearer", ([0.1, 0.2], [0.8, 0.9])),
            ("9 against 14 whole numbers", (_FEW.tolist(), _MANY.tolist())),
        ),
        tolerance=1e-9,
        misconceptions=(
            (_alike_first, "of equal scores, the alike ones are walked past first: ties all won"),
            (_strangers_first, "now the strangers of equal scores come first: ties all lost"),
            (_upwards, "a large similarity is near: walk from the largest score down"),
        ),
    ),
)
