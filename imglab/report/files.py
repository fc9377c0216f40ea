"""A page on the disk: whole, or not at all."""

import contextlib
import os
import secrets
from pathlib import Path

from imglab.image.wording import plain_name

SUFFIXES = (".html", ".htm")


def check_path(path: str | os.PathLike[str]) -> Path:
    """Return where a report will be written, after looking at the place.

    Use it before a long computation: it finds what `write` would find after.

    Parameters
    ----------
    path : path
        It must end in ``.html`` or ``.htm``, so that no picture is written
        over. A link is followed.

    Returns
    -------
    Path
        Absolute.

    Raises
    ------
    ValueError
        One sentence, if the name has another ending, a folder or a device has
        it, its folder is missing, or the file may not be written.
    """
    name = plain_name(os.fspath(path))
    if not name.lower().endswith(SUFFIXES):
        msg = f"a report must be named *.html, got '{name}'; choose such a name"
        raise ValueError(msg)
    try:
        place = Path(path).resolve()
        if place.is_symlink():  # from Python 3.13 on, a circle of links comes back as it is
            place.stat()
        exists, is_file, is_folder = place.exists(), place.is_file(), place.is_dir()
        in_folder = place.parent.is_dir()
        writable = os.access(place if exists else place.parent, os.W_OK)
    except (OSError, RuntimeError, ValueError) as error:  # a circle of links, a zero byte
        raise _refusal(name, "no file can have such a path", "Check the spelling") from error
    if not in_folder:
        wrong = f"there is no folder '{plain_name(str(place.parent))}'"
        raise _refusal(name, wrong, "Make it first")
    if exists and not is_file:
        wrong = f"{'a folder' if is_folder else 'a device or a pipe'} has this name"
        raise _refusal(name, wrong, "Choose another name")
    if not writable:
        wrong = "this account may not write there"
        raise _refusal(name, wrong, "Change the permissions or choose another folder")
    return place


def write(path: str | os.PathLike[str], text: str) -> Path:
    """Write a page whole, or leave what was there as it was.

    Parameters
    ----------
    path : path
        As for `check_path`. An older file is replaced.
    text : str
        The page.

    Returns
    -------
    Path
        Where it lies.

    Raises
    ------
    ValueError
        One sentence, if it cannot be written: as from `check_path`, or where
        the disk is full or read-only. No half page is left.
    """
    place = check_path(path)
    # In the same folder, or the last step would be a copy; os.open keeps the user's umask.
    half = place.with_name(f".imglab-{secrets.token_hex(4)}.tmp")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(half, flags, 0o666), "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        half.replace(place)
    except OSError as error:
        reason = (error.strerror or "it failed").lower()
        cure = "Make room or choose another folder"
        raise _refusal(place.name, f"the system says: {reason}", cure) from error
    finally:
        with contextlib.suppress(OSError):
            half.unlink()
    return place


def _refusal(name: str, wrong: str, cure: str) -> ValueError:
    return ValueError(f"Cannot write '{plain_name(name)}': {wrong}. {cure}.")
