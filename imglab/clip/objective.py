"""What a CLIP model is trained to make small: the symmetric cross-entropy of a batch."""

import math

import numpy as np
import numpy.typing as npt

from imglab.validation import FloatImage
from imglab.vectors import check_vectors


def softmax(scores: npt.ArrayLike, *, axis: int) -> FloatImage:
    r"""Turn scores into shares of 1 along an axis.

    .. math:: p_j = \frac{e^{s_j}}{\sum_k e^{s_k}}

    Parameters
    ----------
    scores : array_like of shape (n, m)
        Any finite numbers.
    axis : {0, 1}
        1: each row adds up to 1 (a picture chooses among texts); 0: each
        column (a text chooses among pictures).

    Returns
    -------
    ndarray of shape (n, m), float64
        In [0, 1].

    Raises
    ------
    ValueError
        If `scores` is no such array, or `axis` is neither 0 nor 1.

    Examples
    --------
    >>> import math
    >>> softmax([[0, math.log(3)]], axis=1).round(12).tolist()  # 1 and 3, of 4
    [[0.25, 0.75]]
    """
    s = check_vectors(scores, name="scores")
    if axis not in (0, 1):
        msg = f"axis must be 0 (columns) or 1 (rows), got {axis!r}; choose one"
        raise ValueError(msg)
    e = np.exp(s - s.max(axis=axis, keepdims=True))  # the largest is 1: nothing overflows
    return np.asarray(e / e.sum(axis=axis, keepdims=True))


def contrastive_loss(cosines: npt.ArrayLike, *, temperature: float) -> float:
    r"""Compute the symmetric cross-entropy of a batch of matched pairs.

    .. math::

        L = -\frac{1}{2n} \sum_{i=1}^{n} \left( \ln p_{ii} + \ln q_{ii} \right)

    with :math:`p` the softmax over the rows of :math:`s_{ij} = c_{ij} / \tau`
    (a picture among all texts) and :math:`q` that over the columns (a text
    among all pictures). Natural logarithms.

    Parameters
    ----------
    cosines : array_like of shape (n, n)
        Row i is picture i, column j is text j; matched pairs lie on the
        diagonal. In [-1, 1].
    temperature : float
        :math:`\tau`, positive.

    Returns
    -------
    float
        0 or more. A batch whose cosines are all equal gives ln n, as a guess
        does.

    Raises
    ------
    ValueError
        If `cosines` is no square of cosines or `temperature` is not positive.

    References
    ----------
    Radford et al. 2021, "Learning transferable visual models from natural
    language supervision", arXiv 2103.00020, figure 3.

    Examples
    --------
    >>> round(contrastive_loss([[0.5, 0.5], [0.5, 0.5]], temperature=0.1), 12)  # ln 2
    0.69314718056
    """
    c = check_vectors(cosines, name="cosines")
    n = c.shape[0]
    if c.shape != (n, n):
        msg = f"cosines must be square, got {c.shape}; pass as many texts as pictures"
        raise ValueError(msg)
    if np.abs(c).max() > 1 + 1e-9:
        msg = f"cosines must lie in [-1, 1], got {c.flat[np.abs(c).argmax()]:g}; do not scale them"
        raise ValueError(msg)
    if not 1e-6 <= temperature < math.inf:
        msg = f"temperature must be at least 1e-6 and finite, got {temperature}; 0.07 is usual"
        raise ValueError(msg)
    s = c / temperature
    return float(np.mean([_cross_entropy(s), _cross_entropy(s.T)]))


def _cross_entropy(s: FloatImage) -> float:
    """Average -ln of each row's share on the diagonal, without the detour by a tiny share."""
    largest = s.max(axis=1, keepdims=True)
    log_sums = largest[:, 0] + np.log(np.exp(s - largest).sum(axis=1))
    return float(np.mean(log_sums - np.diag(s)))
