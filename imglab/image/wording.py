"""The sentences of the gate: a name made safe to show, and one line of error."""

import re

from imglab.validation import ImageInputError, InputCode

LONGEST_NAME = 60  # leaves 160 characters of the 220 for what is wrong and the cure
LARGEST_BYTES = 64 * 2**20
LARGEST_SIDE = 30_000  # pixels
LARGEST_PIXELS = 64_000_000

_JOINER = "\u200d"  # not printable by itself, but the glue inside one emoji


def refusal(name: str, wrong: str, cure: str, code: InputCode) -> ImageInputError:
    """Make the error for a file that cannot become a picture.

    Parameters
    ----------
    name : str
        What `plain_name` returned.
    wrong, cure : str
        What is wrong and what to do, each one clause without its full stop.
    code : str
        The stable word for programs.

    Returns
    -------
    ImageInputError
        To be raised by the caller, ``from`` the cause if there is one.
    """
    return ImageInputError(f"Cannot use '{name}': {wrong}. {cure}.", code=code)


def plain_name(path: str) -> str:
    r"""Return the last part of a path, safe to print in one line.

    Examples
    --------
    >>> plain_name("/home/somebody/holiday/cat\n.jpg")
    'cat?.jpg'
    >>> plain_name("a" * 300 + ".jpg")
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...aaaaaaaaaaaaaa.jpg'
    """
    parts = [part for part in re.split(r"[\\/]", path) if part]
    return one_line(parts[-1] if parts else "(no name)", LONGEST_NAME)


def one_line(text: str, longest: int) -> str:
    """Replace what a terminal may not show by ``?`` and cut the middle out."""
    shown = "".join(c if c.isprintable() or c == _JOINER else "?" for c in text)
    if len(shown) <= longest:
        return shown
    tail = longest * 3 // 10
    return f"{shown[: longest - tail - 3]}...{shown[-tail:]}"
