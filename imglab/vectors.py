"""Vectors that stand for pictures or texts, and the cosine between them.

A network turns a picture or a text into one vector. What is asked of such
vectors, and how they are compared, is the same for every network, so it lies
below the rooms that hold the networks.
"""

import numpy as np
import numpy.typing as npt

from imglab.validation import LARGEST, UndefinedMetric

NEAR = 1e-14  # by which sums in another order may miss

FloatVectors = npt.NDArray[np.float64]
"""Vectors as rows, shape (n, d), in float64."""


def check_vectors(vectors: npt.ArrayLike, *, name: str = "vectors") -> FloatVectors:
    """Return vectors as rows in float64 after checking shape, dtype and values.

    Parameters
    ----------
    vectors : array_like of shape (n, d)
        Finite numbers of at most 1e100; at least one row and one column.
    name : str
        What the error calls them.

    Raises
    ------
    ValueError
        If shape, dtype or values are not as above.
    """
    try:
        array = np.asarray(vectors)
    except ValueError as error:  # rows of different lengths
        msg = f"{name} must have rows of one length, got {type(vectors).__name__}; pass an array"
        raise ValueError(msg) from error
    if array.dtype.kind not in "uif":
        msg = f"{name} must hold numbers, got {array.dtype}; convert with .astype first"
        raise ValueError(msg)
    if array.ndim != 2 or array.size == 0:
        msg = (
            f"{name} must have shape (n, d), one vector in each row, got {array.shape}; "
            "put a single vector in brackets"
        )
        raise ValueError(msg)
    array = array.astype(np.float64)
    extreme = float(np.max(np.abs(array)))
    if not extreme <= LARGEST:  # also true for nan
        msg = f"{name} must hold finite values of at most {LARGEST:g}, got {extreme:g}; scale them"
        raise ValueError(msg)
    return array


def cosine_similarities(vectors0: npt.ArrayLike, vectors1: npt.ArrayLike) -> FloatVectors:
    r"""Compute the cosine of the angle between every two vectors of two sets.

    .. math:: \cos(u, v) = \frac{\sum_k u_k v_k}{\sqrt{\sum_k u_k^2}\sqrt{\sum_k v_k^2}}

    Use it for vectors of one network. Between networks, cosines are not
    comparable: each has its own value for pictures that share nothing.

    Parameters
    ----------
    vectors0 : array_like of shape (n, d)
        One vector in each row.
    vectors1 : array_like of shape (m, d)
        Likewise, of the same length d.

    Returns
    -------
    ndarray of shape (n, m), float64
        In [-1, 1]. Equal vectors give exactly 1.

    Raises
    ------
    UndefinedMetric
        If a vector is 0 everywhere: it has no direction.
    ValueError
        If the vectors cannot be compared.

    Examples
    --------
    >>> cosine_similarities([[3, 4]], [[3, 4], [4, 3], [-4, 3]]).tolist()  # 25, 24 and 0 of 25
    [[1.0, 0.96, 0.0]]
    """
    u = check_vectors(vectors0, name="vectors0")  # (n, d)
    v = check_vectors(vectors1, name="vectors1")  # (m, d)
    if u.shape[1] != v.shape[1]:
        msg = (
            f"vectors0 and vectors1 must have one length, got {u.shape[1]} and {v.shape[1]}; "
            "take both from one network"
        )
        raise ValueError(msg)
    if not (u.any(axis=1).all() and v.any(axis=1).all()):
        msg = "cosine similarity does not exist for a vector that is 0 everywhere"
        raise UndefinedMetric(msg)
    u = u / np.abs(u).max(axis=1, keepdims=True)  # the angle stays; tiny squares would vanish
    v = v / np.abs(v).max(axis=1, keepdims=True)
    # Row by row and without BLAS, which is slow beside a busy process.
    dots = np.array([np.sum(row * v, axis=1) for row in u])  # (n, m)
    squares = np.outer(np.sum(u * u, axis=1), np.sum(v * v, axis=1))  # (n, m)
    cosines = dots / np.sqrt(squares)
    # Two sums of the same products may differ in their last digit: nearer to 1 than that is 1.
    return np.where(np.abs(cosines) > 1 - NEAR, np.sign(cosines), cosines)
