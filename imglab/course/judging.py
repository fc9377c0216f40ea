"""You are the ground truth: which of two copies is nearer, and which metric agrees.

Twenty trials, the same for everybody, each on another picture: the picture
above, two changed copies below. Ten pairs of changes come twice, the second
time on another picture with the sides swapped, so that a hand that prefers one
side helps no metric. Answers are kept as soon as they are given.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from imglab import samples
from imglab.catalogue import DEEP_METRICS, METRICS
from imglab.course import state
from imglab.course.widgets import Drawn, Explorer, buttons, steps
from imglab.distortions import DISTORTIONS
from imglab.language import later, tr
from imglab.validation import ByteImage, FloatImage, UndefinedMetric

Side = Literal["left", "right"]
Choice = Literal["left", "right", "tie", "none"]

LESSON, SECTION = "choosing", "judgements"
SIZE = 192  # pixels a side of a picture
GAP = 16  # pixels between pictures
Z = 1.959964  # of a normal distribution: 95 % lie within as many standard deviations

# Two changes each, so strong that neither copy is plainly the nearer one.
PAIRS = (
    (("shift", 4), ("blur", 1.5)),
    (("brightness", 35), ("jpeg", 8)),
    (("rotate", 2), ("noise", 25)),
    (("contrast", 0.6), ("blur", 2)),
    (("gamma", 1.6), ("salt_and_pepper", 0.03)),
    (("scale", 1.06), ("posterize", 6)),
    (("saturation", 0.2), ("noise", 15)),
    (("crop", 0.05), ("jpeg", 10)),
    (("occlude", 0.04), ("blur", 1.2)),
    (("viewpoint", 0.1), ("brightness", -30)),
)


@dataclass(frozen=True)
class Trial:
    """One question.

    Attributes
    ----------
    picture : str
        Name of the bundled picture.
    left, right : tuple of str and float
        A change of `distortions.DISTORTIONS` and its strength.
    """

    picture: str
    left: tuple[str, float]
    right: tuple[str, float]


@dataclass(frozen=True)
class Agreement:
    """How often a metric chose as an observer did.

    Attributes
    ----------
    metric : str
        Key of the catalogue.
    same : float
        Trials answered alike; a metric that found both copies equally near,
        or had no value, counts half.
    of : int
        Trials that the observer answered.
    low, high : float
        95 % interval of the share, by Wilson's formula.
    """

    metric: str
    same: float
    of: int
    low: float
    high: float

    def __str__(self) -> str:
        """Return the share with its interval and the chance of as many by coin."""
        return f"{self.same:g} of {self.of} ({self.low:.2f} to {self.high:.2f})"


@cache
def trials() -> tuple[Trial, ...]:
    """List the trials, in the order in which they are asked."""
    rng = np.random.default_rng(20)
    names = [name for name in samples.names() if name not in samples.same_scene_pairs()[0][1:]]
    pictures = [str(name) for name in rng.permutation(names)]
    first = [Trial(name, a, b) for name, (a, b) in zip(pictures, PAIRS, strict=False)]
    second = [Trial(n, b, a) for n, (a, b) in zip(pictures[len(PAIRS) :], PAIRS, strict=False)]
    asked = [*first, *second]
    return tuple(asked[i] for i in rng.permutation(len(asked)))


@cache
def pictures(number: int) -> tuple[ByteImage, ByteImage, ByteImage]:
    """Return the picture and the two copies of a trial, numbered from 1."""
    trial = trials()[number - 1]
    reference = samples.load(trial.picture, size=SIZE)
    left, right = (
        DISTORTIONS[change](reference, strength, seed=number)
        for change, strength in (trial.left, trial.right)
    )
    return reference, left, right


def distances(metric: str) -> FloatImage:
    """Compute a metric between each picture and its two copies.

    Parameters
    ----------
    metric : str
        Key of the catalogue.

    Returns
    -------
    ndarray of shape (trials, 2)
        Of the left and the right copy, nan where undefined.
    """
    return np.array([_two(metric, number) for number in range(1, len(trials()) + 1)])


def choices(metric: str) -> tuple[Choice, ...]:
    """Tell which copy a metric finds nearer, trial by trial."""
    return tuple(_chosen(metric, left, right) for left, right in distances(metric))


def agreement(answers: Mapping[int, Side], metrics: Iterable[str]) -> list[Agreement]:
    """Count how often each metric chose as an observer did, best first.

    Parameters
    ----------
    answers : mapping of int to {"left", "right"}
        Number of a trial, from 1, to the copy found nearer.
    metrics : iterable of str
        Keys of the catalogue.

    Notes
    -----
    Wilson's interval holds for one metric that was named beforehand. The best
    of many is partly the luckiest.

    References
    ----------
    E. B. Wilson, "Probable inference, the law of succession, and statistical
    inference", Journal of the American Statistical Association 22, 1927,
    209-212.
    """
    rows = []
    for metric in metrics:
        chosen = choices(metric)
        points = [_point(chosen[number - 1], side) for number, side in sorted(answers.items())]
        rows.append(Agreement(metric, sum(points), len(points), *wilson(sum(points), len(points))))
    return sorted(rows, key=lambda row: -row.same)


def wilson(same: float, of: int) -> tuple[float, float]:
    """Return the 95 % interval of a share by Wilson's formula; 0 to 1 without trials.

    Examples
    --------
    >>> [round(end, 3) for end in wilson(10, 20)]
    [0.299, 0.701]
    """
    if of == 0:
        return 0.0, 1.0
    share, square = same / of, Z**2 / of
    middle = (share + square / 2) / (1 + square)
    half = Z * math.sqrt(share * (1 - share) / of + square / (4 * of)) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)


def by_chance(same: int, of: int) -> float:
    """Return the probability that a coin agrees at least `same` times of `of`.

    Examples
    --------
    >>> by_chance(2, 2)
    0.25
    """
    return sum(math.comb(of, count) for count in range(same, of + 1)) / 2.0**of


def simulated(seed: int = 0) -> dict[int, Side]:
    """Answer all trials as an observer that is a formula: no person.

    It looks at both pictures through a blur, forgives a shift of up to four
    pixels and any change of the mean, and errs at random where the two copies
    are about equally far.

    Parameters
    ----------
    seed : int
        Of its errors.
    """
    rng = np.random.default_rng(seed)
    answers: dict[int, Side] = {}
    for number in range(1, len(trials()) + 1):
        reference, left, right = (_seen(picture) for picture in pictures(number))
        left_error, right_error = (_forgiving(reference, copy) for copy in (left, right))
        surplus = math.log(right_error / left_error)  # above 0: the left copy is nearer
        answers[number] = "left" if rng.random() < 1 / (1 + math.exp(-4 * surplus)) else "right"
    return answers


class Judge(Explorer):
    """The trials, to be answered by mouse or keyboard: Tab, arrows, Space.

    Parameters
    ----------
    answers : mapping of int to {"left", "right"}, optional
        Given before. By default what the learner recorded, and only then are
        further answers recorded.

    Attributes
    ----------
    answers : dict of int to {"left", "right"}
        Number of a trial to the copy found nearer.
    """

    def __init__(self, answers: Mapping[int, Side] | None = None) -> None:
        self.answers = dict(recorded() if answers is None else answers)
        self._records = answers is None
        nearer = buttons(later("nearer"), {tr("left"): "left", tr("right"): "right"})
        self._trial = steps(later("trial"), len(trials()))
        self._trial.value = self._next()
        nearer.value = self.answers.get(self._trial.value)
        title = later("Which of the two below is nearer to the picture above?")
        super().__init__(title, {"trial": self._trial, "nearer": nearer}, self._show)
        self._trial.observe(self._turned, names="value")
        nearer.observe(self._answered, names="value")

    def answer(self, side: Side) -> None:
        """Answer the trial that is shown, as a press of a button does."""
        self.controls["nearer"].value = side

    def _show(self, trial: int, nearer: Side | None) -> Drawn:
        given = tr("none") if nearer is None else tr(nearer)
        count = len(trials())
        said = {
            later("trial"): f"{trial}/{count}",
            later("your answer"): given,
            later("answered"): f"{len(self.answers)}/{count}",
        }
        return sheet(trial), said

    def _turned(self, _change: object) -> None:
        self.controls["nearer"].value = self.answers.get(self._trial.value)

    def _answered(self, _change: object) -> None:
        number, side = self._trial.value, self.controls["nearer"].value
        if side is None or self.answers.get(number) == side:
            return
        self.answers[number] = side
        if self._records:
            state.update(LESSON, SECTION, f"trial-{number:02}", side)
        number = self._next()
        self.set(trial=number, nearer=self.answers.get(number))

    def _next(self) -> int:
        """Return the first trial without an answer, from the present one on, or the present."""
        here, count = int(self._trial.value), len(trials())
        order = [(here - 1 + step) % count + 1 for step in range(count)]
        return next((number for number in order if number not in self.answers), here)


def recorded() -> dict[int, Side]:
    """Read the answers that the learner recorded; what is no answer is left out."""
    section = state.read(LESSON).get(SECTION, {})
    found = ((number, section.get(f"trial-{number:02}")) for number in range(1, len(trials()) + 1))
    return {number: side for number, side in found if side == "left" or side == "right"}  # noqa: PLR1714


def sheet(number: int) -> ByteImage:
    """Lay out a trial: the picture above, the copies below, on white."""
    reference, left, right = pictures(number)
    page = np.full((2 * SIZE + GAP, 2 * SIZE + GAP, 3), 255, dtype=np.uint8)
    middle = (SIZE + GAP) // 2
    page[:SIZE, middle : middle + SIZE] = reference
    page[SIZE + GAP :, :SIZE] = left
    page[SIZE + GAP :, SIZE + GAP :] = right
    return page


@cache
def _two(metric: str, number: int) -> tuple[float, float]:
    reference, left, right = pictures(number)
    return _value(metric, reference, left), _value(metric, reference, right)


def _value(metric: str, image0: ByteImage, image1: ByteImage) -> float:
    try:
        return (METRICS | DEEP_METRICS)[metric](image0, image1)
    except UndefinedMetric:
        return math.nan


def _chosen(metric: str, left: float, right: float) -> Choice:
    if math.isnan(left) or math.isnan(right):
        return "none"
    if left == right:
        return "tie"
    return "left" if (METRICS | DEEP_METRICS)[metric].nearer(left, right) else "right"


def _point(choice: Choice, side: Side) -> float:
    return 0.5 if choice in ("tie", "none") else float(choice == side)


def _seen(picture: ByteImage) -> FloatImage:
    """Look through a blur of four pixels: means of blocks, (SIZE / 4, SIZE / 4, 3)."""
    blocks = picture.reshape(SIZE // 4, 4, SIZE // 4, 4, 3).astype(np.float64)
    return np.asarray(blocks.mean(axis=(1, 3)))


def _forgiving(reference: FloatImage, copy: FloatImage) -> float:
    """Return the least error over shifts of one block, after the means were taken away."""
    inner = reference[1:-1, 1:-1]
    return min(
        1.0 + float(np.sqrt(np.mean((moved - inner - np.mean(moved - inner)) ** 2)))
        for moved in _moved(copy)
    )


def _moved(copy: FloatImage) -> Iterator[FloatImage]:
    height, width = copy.shape[:2]
    for row in range(3):
        for col in range(3):
            yield copy[row : height - 2 + row, col : width - 2 + col]
