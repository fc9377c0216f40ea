"""How the course prints: one line at a time, in texts that do not change.

Stored outputs are compared word for word, so every line here is the same on
every machine, and reaches a console of any encoding without an error.
"""

import math
import os
import re
import sys
from typing import SupportsFloat

_IDENTIFIER = re.compile(r"([a-z][a-z0-9_]*)-[a-z0-9]+")


def say(line: str) -> None:
    """Print one line, with an escape for what the console cannot show.

    Parameters
    ----------
    line : str
        Text; imglab's own words are ASCII, a lesson's need not be.

    Examples
    --------
    >>> say("pixel-1: right")
    pixel-1: right
    """
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    print(line.encode(encoding, "backslashreplace").decode(encoding))


def lesson_of(identifier: str) -> str:
    """Return the lesson to which a claim, a prediction or an exercise belongs.

    Parameters
    ----------
    identifier : str
        Such as ``"pixel-03"``, ``"pixel-p1"`` or ``"pixel-1"``.

    Returns
    -------
    str
        What stands before the hyphen.

    Raises
    ------
    ValueError
        If `identifier` has another form.

    Examples
    --------
    >>> lesson_of("pixel-p1")
    'pixel'
    """
    match = _IDENTIFIER.fullmatch(identifier)
    if match is None:
        msg = (
            f"an identifier must be a lesson, a hyphen and a number, got {identifier!r}; "
            "write for example 'pixel-03'"
        )
        raise ValueError(msg)
    return match[1]


def building() -> bool:
    """Tell whether a lesson is being built, which asks more of its author."""
    return bool(os.environ.get("IMGLAB_BUILD"))


def number(value: SupportsFloat, decimals: int, atol: float = 1e-9) -> str:
    """Write a number with a fixed count of decimals, for a compared output.

    While a lesson is built (``IMGLAB_BUILD`` is set) a number is refused whose
    last decimal could come out differently on another machine.

    Parameters
    ----------
    value : float
        Any number but nan.
    decimals : int
        Digits after the point, 0 or more.
    atol : float, default 1e-9
        By how much `value` may differ between machines.

    Returns
    -------
    str
        The text, ``"inf"`` for infinity, never ``"-0.00"``.

    Raises
    ------
    ValueError
        If `value` is nan; while building, if value - atol and value + atol
        have different texts.

    Examples
    --------
    >>> number(3.14159, 2)
    '3.14'
    >>> number(-0.00001, 3)
    '0.000'
    """
    exact = float(value)
    if math.isnan(exact):
        msg = "a printed number must exist, got nan; find out where it comes from"
        raise ValueError(msg)
    low, text, high = (_fixed(x, decimals) for x in (exact - atol, exact, exact + atol))
    if building() and low != high:
        msg = (
            f"a printed number must not hang on its last digit, got {exact!r}, which may print "
            f"as {low} or {high}; print fewer decimals than {decimals}, or an inequality"
        )
        raise ValueError(msg)
    return text


def _fixed(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if not text.strip("-0.") else text
