"""The same thing or not: a count of keypoints, judged against unrelated pairs.

The number of matches is no answer, because a nearest descriptor always
exists. The points that are found again, one to one, under one sane change of
viewpoint can be: over pairs of unrelated pictures they hardly ever appear.
`judge` turns their number into one of three answers, and `rates` tells how
often each rule, from the raw count to this one, is wrong on the gallery.

The counts are stored in ``data/verdict.json``. ``imglab calibrate`` computes
them anew.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from imglab import keypoints, samples
from imglab.calibration import NOT_THE_SAME_SCENE, SIZE
from imglab.catalogue import METRICS
from imglab.distortions import DISTORTIONS
from imglab.image import to_gray
from imglab.language import tr
from imglab.validation import ByteImage

FILE = "verdict.json"
METRIC = "orb_inliers"  # of the catalogue: the count that is judged
RULES = ("raw count", "cross-check", "ratio", "ratio + RANSAC", "verdict")
ALWAYS_FIT = 4  # pairs of points: a homography has eight degrees of freedom
CLOUDS = ("unrelated", "unrelated_changed", "same_scene")

Answer = Literal["the same thing", "undecided", "nothing found in common"]
Case = tuple[str, str, str, int]
"""Two names, and the change of the second with the place of its strength: or "" and 0."""


@dataclass(frozen=True)
class Verdict:
    """What the number of keypoints found again says of two pictures.

    Attributes
    ----------
    answer : str
        "the same thing", "undecided" or "nothing found in common". The last
        is no proof of two different things.
    points : int
        Keypoints found again: `keypoints.count_verified` with ORB, both
        pictures at the size of the calibration.
    needed : int
        From how many on the answer is "the same thing".
    most, of : int
        The most that any unrelated pair gave, and of how many pairs: those of
        the gallery, plain and with the second picture changed.
    """

    answer: Answer
    points: int
    needed: int
    most: int
    of: int

    def __str__(self) -> str:
        """Return one sentence."""
        most = tr("none") if self.most == 0 else tr("at most {count}", count=self.most)
        return tr(
            "{answer} ({points} keypoints found again; {needed} are needed, "
            "{of} unrelated pairs gave {most})",
            answer=tr(self.answer),
            points=self.points,
            needed=self.needed,
            of=self.of,
            most=most,
        )


@dataclass(frozen=True)
class Rates:
    """How often a rule is wrong.

    Attributes
    ----------
    needed : int
        From how many matches on the rule says "the same thing".
    false_alarms, unrelated : int
        Unrelated pairs, plain and with the second picture changed, that the
        rule takes for the same thing, and of how many.
    misses, same_scene : int
        Same-scene pairs that it does not, and of how many.
    """

    needed: int
    false_alarms: int
    unrelated: int
    misses: int
    same_scene: int


def judge(points: float) -> Verdict:
    """Judge how many keypoints were found again.

    Use it to recognise a picture that was turned, scaled, cropped, relit or
    taken from another place; not for a mirrored or strongly blurred one, which
    is missed, and not to show that two pictures differ.

    Parameters
    ----------
    points : float
        The metric `orb_inliers` of two pictures at the calibration's size.

    Returns
    -------
    Verdict
        "The same thing" from `needed` points on: twice the most that an
        unrelated pair gave, and at least twice the four that always fit.

    Raises
    ------
    ValueError
        If the count is no whole number from 0 on.

    Notes
    -----
    Of 3,230 unrelated pairs (190 plain, 3,040 with the second picture changed
    at medium strength) none is taken for the same thing. Of 952 pictures
    against changed copies of themselves (all changes but shuffled tiles, all
    strengths) and the real second view, 80 are missed: 8.4 %, without the
    mirrored ones 6.6 %. The pairs share 20 pictures and are not independent.

    Examples
    --------
    >>> judge(120).answer
    'the same thing'
    >>> judge(5).answer
    'undecided'
    """
    if not (np.isfinite(points) and points >= 0 and points == int(points)):
        msg = f"points must be a whole number from 0 on, got {points}; count keypoints"
        raise ValueError(msg)
    apart = strangers()[:, -1]
    most = int(apart.max())
    needed = 2 * max(ALWAYS_FIT, most)
    answer: Answer = "undecided"
    if points >= needed:
        answer = "the same thing"
    elif points == 0:
        answer = "nothing found in common"
    return Verdict(answer, int(points), needed, most, len(apart))


def rates(rule: str, needed: int, *, without: Iterable[str] = ()) -> Rates:
    """Count how often a rule is wrong on the gallery.

    Parameters
    ----------
    rule : {"raw count", "cross-check", "ratio", "ratio + RANSAC", "verdict"}
        Which count is held against `needed`; "verdict" is that of `judge`.
    needed : int
        From how many on the rule says "the same thing".
    without : iterable of str
        Changes to leave out, such as ``["mirror"]``.

    Raises
    ------
    ValueError
        If there is no such rule.
    """
    if rule not in RULES:
        msg = f"rule must be one of {', '.join(RULES)}, got {rule!r}; choose one of them"
        raise ValueError(msg)
    column, left_out = RULES.index(rule), set(without)
    apart = strangers()[:, column]
    kept = np.array([change not in left_out for _, _, change, _ in cases("same_scene")])
    alike = counts("same_scene")[kept, column]
    alarms, missed = int(np.sum(apart >= needed)), int(np.sum(alike < needed))
    return Rates(needed, alarms, len(apart), missed, len(alike))


def strangers() -> npt.NDArray[np.int64]:
    """Return the counts of all pairs of different things, plain and changed, (n, 5)."""
    return np.concatenate([counts("unrelated"), counts("unrelated_changed")])


def counts(cloud: str) -> npt.NDArray[np.int64]:
    """Return the stored counts of one cloud, one row for each of its `cases`.

    Parameters
    ----------
    cloud : {"unrelated", "unrelated_changed", "same_scene"}
        Every unrelated pair; the same with the second picture changed at
        medium strength; every picture against its own changes of all
        strengths, and the real second view.

    Returns
    -------
    ndarray of shape (cases, 5), int64
        Its columns are `RULES`.

    Raises
    ------
    ValueError
        If the stored counts were made with other settings than today's.
    """
    document = _stored()
    for what, wanted in (("settings", METRICS[METRIC].settings), ("size", SIZE)):
        if document[what] != wanted:
            msg = (
                f"the stored counts must have the {what} {wanted!r}, got {document[what]!r}; "
                "run 'imglab calibrate'"
            )
            raise ValueError(msg)
    return np.array(document[cloud], dtype=np.int64)


@cache
def cases(cloud: str) -> tuple[Case, ...]:
    """List what the rows of `counts` are.

    Each is (name, name, change of the second or "", place of its strength).
    """
    changes = [key for key in DISTORTIONS if key not in NOT_THE_SAME_SCENE]
    if cloud == "unrelated":
        return tuple((a, b, "", 0) for a, b in samples.unrelated_pairs())
    if cloud == "unrelated_changed":
        return tuple((a, b, key, 1) for a, b in samples.unrelated_pairs() for key in changes)
    own = [
        (name, name, key, place)
        for name in samples.names()
        for key in changes
        for place, strength in enumerate(DISTORTIONS[key].strengths)
        if strength not in DISTORTIONS[key].strengths[:place]  # a mirror has one strength
    ]
    own = [case for case in own if not np.array_equal(_sample(case[0]), _changed(*case[1:]))]
    return (*own, *((a, b, "", 0) for a, b in samples.same_scene_pairs()))


def compute(case: Case) -> tuple[int, ...]:
    """Count the matches of one case by all `RULES`, from the pixels."""
    name0, *second = case
    found = keypoints.match(to_gray(_sample(name0)), to_gray(_changed(*second)), seed=0)
    _, explained = keypoints.find_homography(*found.points("ratio"), seed=0)
    verified = found.distinct if found.sane else 0
    return found.nearest, found.mutual, found.ratio, int(explained.sum()), verified


def write(path: Path) -> None:
    """Count the matches of all cases and write them to `path` (about a minute)."""
    document: dict[str, object] = {
        "version": 1,
        "size": SIZE,
        "settings": METRICS[METRIC].settings,
        "columns": list(RULES),
    }
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in document.items()]
    for cloud in CLOUDS:
        rows = ",\n".join(f"  {json.dumps(compute(case))}" for case in cases(cloud))
        lines.append(f" {json.dumps(cloud)}: [\n{rows}\n ]")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8", newline="\n")


@cache
def _stored() -> dict[str, Any]:
    return dict(json.loads(samples.data_path(FILE).read_text(encoding="utf-8")))


@cache
def _sample(name: str) -> ByteImage:
    return samples.load(name, size=SIZE)


@cache
def _changed(name: str, change: str, place: int) -> ByteImage:
    if not change:
        return _sample(name)
    distortion, seed = DISTORTIONS[change], samples.names().index(name)
    return distortion(_sample(name), distortion.strengths[place], seed=seed)
