"""Comparing: what a function gave with what its reference gives, in words.

The words tell what came, and the kind, the shape or the dtype that is asked
for; never the value.
"""

import math
from numbers import Integral, Real

import numpy as np

from imglab.language import tr

LONGEST = 100  # characters of anything quoted


def difference(got: object, expected: object, tolerance: float) -> str | None:
    """Say how a value differs from the expected one, or return None if it does not.

    Parameters
    ----------
    got, expected : object
        Numbers, bools, texts, arrays, or tuples of them.
    tolerance : float
        How far numbers may be apart; 0 asks for equality.

    Returns
    -------
    str or None
        Such as ``"it gave 4 at [0, 1]"``.

    Examples
    --------
    >>> difference(5.0, 4.0, tolerance=0.5)
    'it gave 5'
    >>> difference("4", 4.0, tolerance=0.5)
    'it gave a str, where a float of 64 bits is asked for'
    """
    if got is None and expected is not None:
        return tr("it gave None (is the return missing?)")
    if isinstance(expected, tuple):
        return _difference_of_tuples(got, expected, tolerance)
    if isinstance(expected, np.ndarray) and expected.shape:
        return _difference_of_arrays(got, expected, tolerance)
    if isinstance(got, np.ndarray) and not got.shape:
        got = got.item()
    if not _is_of_kind(got, expected):
        return _other_kind(described(got), _wanted(expected))
    if isinstance(expected, Real) and isinstance(got, Real):
        same = _is_near(got, expected, tolerance)
    else:
        same = bool(got == expected)
    return None if same else tr("it gave {got}", got=shown(got))


def _other_kind(got: object, wanted: object) -> str:
    return tr("it gave {got}, where {wanted} is asked for", got=got, wanted=wanted)


def _difference_of_tuples(
    got: object, expected: tuple[object, ...], tolerance: float
) -> str | None:
    if not isinstance(got, (tuple, list)) or len(got) != len(expected):
        return _other_kind(described(got), tr("a tuple of {count}", count=len(expected)))
    for index, (part, truth) in enumerate(zip(got, expected, strict=True)):
        fault = difference(part, truth, tolerance)
        if fault is not None:
            return tr("in place {index} of its tuple {fault}", index=index, fault=fault)
    return None


def _difference_of_arrays(
    got: object, expected: np.ndarray[tuple[int, ...], np.dtype[np.generic]], tolerance: float
) -> str | None:
    if not isinstance(got, np.ndarray):
        return _other_kind(described(got), tr("an array"))
    if got.shape != expected.shape:
        return _other_kind(tr("an array of shape {shape}", shape=got.shape), expected.shape)
    kind = expected.dtype.kind
    if got.dtype.kind != kind or (kind != "i" and got.dtype.itemsize != expected.dtype.itemsize):
        return _other_kind(tr("an array of {dtype}", dtype=got.dtype), expected.dtype)
    with np.errstate(invalid="ignore"):
        wrong = got != expected
        if kind == "f":
            distance = np.abs(np.subtract(got, expected, dtype=np.float64))
            both_nan = np.isnan(got) & np.isnan(expected)
            wrong &= ~(distance <= tolerance) & ~both_nan
    places = np.argwhere(wrong)
    if not len(places):
        return None
    place = tuple(int(index) for index in places[0])
    return tr("it gave {got} at {place}", got=shown(got[place]), place=list(place))


def _is_of_kind(got: object, expected: object) -> bool:
    """Compare kinds of scalars: 2.0 is no count, and float32 has lost digits."""
    truth = isinstance(got, (bool, np.bool_))
    if isinstance(expected, (bool, np.bool_)):
        return truth
    if isinstance(expected, Integral):
        return isinstance(got, Integral) and not truth
    if isinstance(expected, Real):
        return isinstance(got, Real) and not truth and not isinstance(got, (np.float32, np.float16))
    return isinstance(got, type(expected))


def _is_near(got: Real, expected: Real, tolerance: float) -> bool:
    if got == expected:
        return True
    try:
        x, y = float(got), float(expected)
    except OverflowError:  # 10**400
        return False
    if math.isnan(x) or math.isnan(y):
        return math.isnan(x) and math.isnan(y)
    return tolerance > 0 and abs(x - y) <= tolerance


def _wanted(expected: object) -> str:
    if isinstance(expected, (bool, np.bool_)):
        return tr("True or False")
    if isinstance(expected, Integral):
        return tr("an integer")
    if isinstance(expected, Real):
        return tr("a float of 64 bits")
    return tr("a {kind}", kind=type(expected).__name__)


def described(value: object) -> str:
    """Name a value by its kind, with its size or number."""
    if value is None or isinstance(value, (bool, np.bool_)):
        return str(value)
    if isinstance(value, np.ndarray):
        return tr("an array of {dtype} of shape {shape}", dtype=value.dtype, shape=value.shape)
    if isinstance(value, (tuple, list)):
        return tr("a {kind} of {count}", kind=type(value).__name__, count=len(value))
    if isinstance(value, Integral):
        return f"{tr('an integer')} ({shown(value)})"
    name = tr("a {kind}", kind=type(value).__name__)
    return f"{name} ({shown(value)})" if isinstance(value, Real) else name


def shown(value: object) -> str:
    """Write a number or a text in a few characters, anything else by its kind."""
    if isinstance(value, (bool, np.bool_)):
        return str(value)
    if isinstance(value, Integral):
        return str(int(value)) if abs(int(value)) < 10**15 else tr("an integer of over 15 digits")
    if isinstance(value, Real):
        return f"{float(value):.6g}"
    if isinstance(value, str):
        return ascii(value[:LONGEST])
    return described(value)
