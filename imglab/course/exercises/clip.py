"""The exercises of lesson 06: what is asked, tested solutions, known mistakes.

The solutions carry no annotations: they are printed for a learner to paste.
"""

# mypy: allow-untyped-defs, allow-untyped-calls

import numpy as np
import numpy.typing as npt

from imglab.course.exercises import Exercise


def loss_of_cosines(c, tau, own):
    i = np.arange(len(c))
    e = np.exp(c / tau)
    p = e / e.sum(axis=1, keepdims=True)
    q = e / e.sum(axis=0, keepdims=True)
    return float(-np.mean(np.log(p[i, own]) + np.log(q[i, own])) / 2)


def _pictures_alone(c, tau, own):
    e = np.exp(c / tau)
    p = e / e.sum(axis=1, keepdims=True)
    return float(-np.mean(np.log(p[np.arange(len(c)), own])))


def _texts_alone(c, tau, own):
    return _pictures_alone(c.T, tau, np.argsort(own))


def _diagonal(c, tau, own):
    return loss_of_cosines(c, tau, np.arange(len(own)))


def _own_the_other_way_round(c, tau, own):
    return loss_of_cosines(c, tau, np.argsort(own))


def _own_turned_for_texts(c, tau, own):
    i = np.arange(len(c))
    e = np.exp(c / tau)
    p = e / e.sum(axis=1, keepdims=True)
    q = e / e.sum(axis=0, keepdims=True)
    return float(-np.mean(np.log(p[i, own]) + np.log(q[own, i])) / 2)


def _every_pair_of_columns(c, tau, own):
    e = np.exp(c / tau)
    p = e / e.sum(axis=1, keepdims=True)
    q = e / e.sum(axis=0, keepdims=True)
    return float(-np.mean(np.log(p[:, own]) + np.log(q[:, own])) / 2)


def _both_added(c, tau, own):
    return 2 * loss_of_cosines(c, tau, own)


def _summed_over_the_batch(c, tau, own):
    return len(c) * loss_of_cosines(c, tau, own)


def _multiplied_by_tau(c, tau, own):
    return loss_of_cosines(c * tau, 1, own)


def _without_tau(c, _, own):
    return loss_of_cosines(c, 1, own)


def _in_bits(c, tau, own):
    return float(loss_of_cosines(c, tau, own) / np.log(2))


def _by_log_to_ten(c, tau, own):
    return float(loss_of_cosines(c, tau, own) / np.log(10))


def _without_minus(c, tau, own):
    return -loss_of_cosines(c, tau, own)


def _over_the_whole_table(c, tau, own):
    e = np.exp(c / tau)
    return float(-np.mean(np.log(e[np.arange(len(c)), own] / e.sum())))


def _sum_without_the_pair(c, tau, own):
    i = np.arange(len(c))
    e = np.exp(c / tau)
    rest = e.copy()
    rest[i, own] = 0
    with np.errstate(divide="ignore"):
        rows = np.log(e[i, own] / rest.sum(axis=1))
        columns = np.log(e[i, own] / rest.sum(axis=0)[own])
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
    return _one_sided(c)


def _one_sided(c: npt.NDArray[np.float64]) -> tuple[bool, str]:
    own, others = np.diag(c), c - 3 * np.eye(3)  # the pair itself out of the way
    by_row, by_column = others.max(axis=1), others.max(axis=0)
    if np.any(own < by_row):
        return False, f"picture {_first(own < by_row)} does not choose its own text"
    if np.any(own == by_row):
        return False, f"picture {_first(own == by_row)} is level between its own text and another"
    if np.any(own < by_column):
        misled = _first(own < by_column)
        return True, f"every picture chooses its own text, and text {misled} chooses a stranger"
    if np.any(own == by_column):
        level = _first(own == by_column)
        return False, f"text {level} is level between its own picture and another: decide it"
    return False, "every text still chooses its own picture"


def _first(which: npt.NDArray[np.bool_]) -> int:
    """Return the place of the first that is true, counted from 1."""
    return 1 + int(np.argmax(which))


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
_OWN = np.array([2, 0, 4, 1, 3])  # moves each, and is not its own inverse
_EAST = np.array([2.0, 0.0, 0.0])

EXERCISES = (
    Exercise(
        id="clip-1",
        task="Compute the loss of a batch whose texts stand in another order; return a float.",
        reference=loss_of_cosines,
        cases=(
            (
                "the two pairs worked by hand, texts exchanged",
                (_BY_HAND[:, ::-1].copy(), 0.1 / np.log(2), np.array([1, 0])),
            ),
            (
                "three pairs, each as near as its strangers",
                (np.full((3, 3), 0.5), 0.1, np.array([1, 2, 0])),
            ),
            ("a single pair", (_floats([0.3]), 0.1, np.array([0]))),
            ("random cosines of five pairs", (_FIVE, 0.5, _OWN)),
            ("the same at a low temperature", (_FIVE, 0.05, _OWN)),
            ("texts in the order of the pictures", (_FIVE.T.copy(), 0.5, np.arange(5))),
        ),
        tolerance=1e-9,
        misconceptions=(
            (_pictures_alone, "this is half of it: the texts choose among pictures too"),
            (_texts_alone, "this is half of it: the pictures choose among texts too"),
            (_diagonal, "the text of picture i is text own[i]: not the diagonal"),
            (_own_the_other_way_round, "own[i] is a text: it numbers a column, and i the row"),
            (_own_turned_for_texts, "q has pictures in its rows too: take q[i, own[i]]"),
            (_every_pair_of_columns, "this takes whole columns: go along the rows with own"),
            (_both_added, "take the mean of the two directions, not their sum"),
            (_summed_over_the_batch, "a mean over the pairs is asked, not a sum"),
            (_multiplied_by_tau, "cosines are divided by tau, not multiplied"),
            (_without_tau, "tau is not used: divide the cosines by it first"),
            (_in_bits, "ln is the natural logarithm, not the one to base 2"),
            (_by_log_to_ten, "ln is the natural logarithm, not the one to base 10"),
            (_without_minus, "logarithms of shares are negative: the loss has a minus"),
            (_over_the_whole_table, "each row adds up to 1 and each column: not the table"),
            (_sum_without_the_pair, "the pair itself stands in the sum of its row too"),
        ),
    ),
    Exercise(
        id="clip-2",
        task="Compute by (7) how the loss changes with each cosine, to within 1e-9.",
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
                "a long text wins by its length: divide each text by its own",
            ),
        ),
    ),
)
