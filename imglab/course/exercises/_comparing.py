"""Comparing: what a function gave with what its reference gives, in words.

The words tell what came, and the kind, the shape or the dtype that is asked
for; never the value.
"""

import math
from numbers import Integral, Real

import numpy as np

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
        return "it gave None (is the return missing?)"
    if isinstance(expected, tuple):
        return _difference_of_tuples(got, expected, tolerance)
    if isinstance(expected, np.ndarray) and expected.shape:
        return _difference_of_arrays(got, expected, tolerance)
    if isinstance(got, np.ndarray) and not got.shape:
        got = got.item()
    wanted = _wanted(expected)
    if not _is_of_kind(got, expected):
        return f"it gave {described(got)}, where {wanted} is asked for"
    if isinstance(expected, Real) and isinstance(got, Real):
        same = _is_near(got, expected, tolerance)
    else:
        same = bool(got == expected)
    return None if same else f"it gave {shown(got)}"


def _difference_of_tuples(
    got: object, expected: tuple[object, ...], tolerance: float
) -> str | None:
    if not isinstance(got, (tuple, list)) or len(got) != len(expected):
        return f"it gave {described(got)}, where a tuple of {len(expected)} is asked for"
    for index, (part, truth) in enumerate(zip(got, expected, strict=True)):
        fault = difference(part, truth, tolerance)
        if fault is not None:
            return f"in place {index} of its tuple {fault}"
    return None


def _difference_of_arrays(
    got: object, expected: np.ndarray[tuple[int, ...], np.dtype[np.generic]], tolerance: float
) -> str | None:
    if not isinstance(got, np.ndarray):
        return f"it gave {described(got)}, where an array is asked for"
    if got.shape != expected.shape:
        return f"it gave an array of shape {got.shape}, where {expected.shape} is asked for"
    kind = expected.dtype.kind
    if got.dtype.kind != kind or (kind != "i" and got.dtype.itemsize != expected.dtype.itemsize):
        return f"it gave an array of {got.dtype}, where {expected.dtype} is asked for"
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
    return f"it gave {shown(got[place])} at {list(place)}"


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
        return "True or False"
    if isinstance(expected, Integral):
        return "an integer"
    if isinstance(expected, Real):
        return "a float of 64 bits"
    return f"a {type(expected).__name__}"


def described(value: object) -> str:
    """Name a value by its kind, with its size or number."""
    if value is None or isinstance(value, (bool, np.bool_)):
        return str(value)
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype} of shape {value.shape}"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, Integral):
        return f"an integer ({shown(value)})"
    name = type(value).__name__
    return f"a {name} ({shown(value)})" if isinstance(value, Real) else f"a {name}"


def shown(value: object) -> str:
    """Write a number or a text in a few characters, anything else by its kind."""
    if isinstance(value, (bool, np.bool_)):
        return str(value)
    if isinstance(value, Integral):
        return str(int(value)) if abs(int(value)) < 10**15 else "an integer of over 15 digits"
    if isinstance(value, Real):
        return f"{float(value):.6g}"
    if isinstance(value, str):
        return ascii(value[:LONGEST])
    return described(value)
