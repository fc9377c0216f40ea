"""The exercises of lesson 06: what is asked, tested solutions, known mistakes.

The solutions carry no annotations: they are printed for a learner to paste.
"""

# mypy: allow-untyped-defs, allow-untyped-calls

import numpy as np
import numpy.typing as npt

from imglab.course.exercises import Exercise


def loss_of_cosines(c, tau):
    e = np.exp(c / tau)
    p = e / e.sum(axis=1, keepdims=True)
    q = e / e.sum(axis=0, keepdims=True)
    return float(-np.mean(np.log(np.diag(p)) + np.log(np.diag(q))) / 2)


def _pictures_alone(c, tau):
    e = np.exp(c / tau)
    return float(-np.mean(np.log(np.diag(e / e.sum(axis=1, keepdims=True)))))


def _texts_alone(c, tau):
    return _pictures_alone(c.T, tau)


def _both_added(c, tau):
    return 2 * loss_of_cosines(c, tau)


def _summed_over_the_batch(c, tau):
    return len(c) * loss_of_cosines(c, tau)


def _multiplied_by_tau(c, tau):
    return loss_of_cosines(c * tau, 1)


def _without_tau(c, _):
    return loss_of_cosines(c, 1)


def _in_bits(c, tau):
    return float(loss_of_cosines(c, tau) / np.log(2))


def _without_minus(c, tau):
    return -loss_of_cosines(c, tau)


def _over_the_whole_table(c, tau):
    e = np.exp(c / tau)
    return float(-np.mean(np.log(np.diag(e / e.sum()))))


def _sum_without_the_pair(c, tau):
    e = np.exp(c / tau)
    rest = e - np.diag(np.diag(e))
    with np.errstate(divide="ignore"):
        rows = np.log(np.diag(e) / rest.sum(axis=1))
        columns = np.log(np.diag(e) / rest.sum(axis=0))
    return float(-np.mean(rows + columns) / 2)


def gradient_of_cosines(c, tau):
    n = len(c)
    e = np.exp(c / tau)
    p = e / e.sum(axis=1, keepdims=True)
    q = e / e.sum(axis=0, keepdims=True)
    return (p + q - 2 * np.eye(n)) / (2 * n * tau)


def _of_the_scores(c, tau):
    return gradient_of_cosines(c, tau) * tau


def _tau_on_top(c, tau):
    return gradient_of_cosines(c, tau) * tau**2


def _without_the_batch(c, tau):
    return gradient_of_cosines(c, tau) * len(c)


def _without_the_diagonal(c, tau):
    return gradient_of_cosines(c, tau) + np.eye(len(c)) / (len(c) * tau)


def _once_the_diagonal(c, tau):
    return gradient_of_cosines(c, tau) + np.eye(len(c)) / (2 * len(c) * tau)


def _of_pictures_alone(c, tau):
    e = np.exp(c / tau)
    return (e / e.sum(axis=1, keepdims=True) - np.eye(len(c))) / (len(c) * tau)


def _uphill_turned(c, tau):
    return -gradient_of_cosines(c, tau)


def one_sided_batch():
    return np.array([[0.9, 0.1, 0.1], [0.8, 0.85, 0.1], [0.95, 0.1, 0.99]])


def _verify_one_sided_batch(made: object) -> tuple[bool, str]:
    try:
        c = np.asarray(made, dtype=np.float64)
    except (TypeError, ValueError):
        return False, "give an array of 3 rows and 3 columns"
    if c.shape != (3, 3):
        return False, f"give an array of 3 rows and 3 columns, not of shape {c.shape}"
    if not np.all(np.abs(c) <= 1):
        return False, "cosines lie between -1 and 1"
    others = c - 3 * np.eye(3)  # the pair itself out of the way
    lost = [i for i in range(3) if c[i, i] <= others[i].max()]
    if lost:
        return False, f"picture {lost[0]} does not choose its own text"
    misled = [j for j in range(3) if c[j, j] < others[:, j].max()]
    if not misled:
        return False, "every text still chooses its own picture"
    return True, f"every picture chooses its own text, and text {misled[0]} chooses a stranger"


def nearest_text(picture, texts):
    lengths = np.sqrt(np.sum(texts**2, axis=1))
    return int(np.argmax(texts @ picture / lengths))


def _by_dot_product(picture, texts):
    return int(np.argmax(texts @ picture))


def _over_the_wrong_axis(picture, texts):
    return int(np.argmax(texts / np.sqrt(np.sum(texts**2, axis=0)) @ picture))


def _by_distance(picture, texts):
    return int(np.argmin(np.sum((texts - picture) ** 2, axis=1)))


def _by_size_of_the_cosine(picture, texts):
    lengths = np.sqrt(np.sum(texts**2, axis=1))
    return int(np.argmax(np.abs(texts @ picture / lengths)))


def _by_squared_length(picture, texts):
    return int(np.argmax(texts @ picture / np.sum(texts**2, axis=1)))


def _floats(*rows: list[float]) -> npt.NDArray[np.float64]:
    """Make an array of a few rows."""
    return np.array(rows, dtype=np.float64)


_RNG = np.random.default_rng(6)
_BY_HAND = _floats([0.6, 0.3], [0.2, 0.4])
_FIVE = _RNG.uniform(-1, 1, (5, 5))
_EAST = np.array([2.0, 0.0, 0.0])

EXERCISES = (
    Exercise(
        id="clip-1",
        task="Compute the loss of a batch from its cosines.",
        reference=loss_of_cosines,
        cases=(
            ("the two pairs worked by hand", (_BY_HAND, 0.1 / np.log(2))),
            ("three pairs, each as near as its strangers", (np.full((3, 3), 0.5), 0.1)),
            ("a single pair", (_floats([0.3]), 0.1)),
            ("random cosines of five pairs", (_FIVE, 0.5)),
            ("the same at a low temperature", (_FIVE, 0.05)),
            ("pictures and texts exchanged", (_FIVE.T.copy(), 0.5)),
        ),
        tolerance=1e-9,
        misconceptions=(
            (_pictures_alone, "this is half of it: the texts choose among pictures too"),
            (_texts_alone, "this is half of it: the pictures choose among texts too"),
            (_both_added, "take the mean of the two directions, not their sum"),
            (_summed_over_the_batch, "a mean over the pairs is asked, not a sum"),
            (_multiplied_by_tau, "cosines are divided by tau, not multiplied"),
            (_without_tau, "tau is not used: divide the cosines by it first"),
            (_in_bits, "ln is the natural logarithm"),
            (_without_minus, "logarithms of shares are negative: the loss has a minus"),
            (_over_the_whole_table, "each row adds up to 1 and each column: not the table"),
            (_sum_without_the_pair, "the pair itself stands in the sum of its row too"),
        ),
    ),
    Exercise(
        id="clip-2",
        task="Compute how the loss changes with each cosine of a batch.",
        reference=gradient_of_cosines,
        cases=(
            ("the two pairs worked by hand", (_BY_HAND, 0.1 / np.log(2))),
            ("a single pair", (_floats([0.3]), 0.1)),
            ("three pairs, each as near as its strangers", (np.full((3, 3), 0.5), 0.1)),
            ("random cosines of five pairs", (_FIVE, 0.5)),
            ("the same at a low temperature", (_FIVE, 0.05)),
        ),
        tolerance=1e-9,
        misconceptions=(
            (_of_the_scores, "the slope by a score is right; a score is a cosine over tau"),
            (_tau_on_top, "a score is c / tau, so its slope by c is 1 / tau"),
            (_without_the_batch, "the loss is a mean over n pairs"),
            (_without_the_diagonal, "the pairs themselves pull: something is taken away there"),
            (_once_the_diagonal, "a pair stands in its row and in its column: take 1 away twice"),
            (_of_pictures_alone, "the texts choose too: q is missing"),
            (_uphill_turned, "the sign is turned: a stranger's cosine raises the loss"),
        ),
    ),
    Exercise(
        id="clip-3",
        task="Make a batch whose pictures all choose right, while a text chooses a stranger.",
        reference=one_sided_batch,
        kind="target",
        verifier=_verify_one_sided_batch,
    ),
    Exercise(
        id="clip-5",
        task="Repair the choice of the text that is nearest to a picture.",
        reference=nearest_text,
        kind="bug",
        cases=(
            ("a long text beside a near one", (_EAST, _floats([1, 0.1, 0], [4, 4, 0]))),
            ("two texts of one length", (_EAST, _floats([0, 1, 0], [1, 0, 0]))),
            ("a short text that points the same way", (_EAST, _floats([1, 1, 0], [0.1, 0, 0]))),
            ("a text that points the other way", (_EAST, _floats([-1, 0, 0], [0.1, 0.9, 0]))),
            ("an axis in which all texts are long", (_EAST, _floats([9, 30, 0], [1, 0.5, 9]))),
            (
                "three texts of different lengths",
                (np.array([1.0, 1.0, 0.0]), _floats([3, 0, 0], [2, 2.2, 0.1], [0.1, 0.05, 0])),
            ),
        ),
        misconceptions=(
            (_over_the_wrong_axis, "each text has a length of its own: add up along its row"),
            (_by_distance, "a distance feels lengths too; only the angle is asked"),
            (_by_size_of_the_cosine, "a cosine of -1 is the farthest, not the nearest"),
            (_by_squared_length, "divide by the length, not by its square"),
            (
                _by_dot_product,
                "a long text wins by its length; the picture's is the same for all",
            ),
        ),
    ),
)
