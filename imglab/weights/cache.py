"""From bytes to a file in the cache, and back, always by way of the SHA-256."""

import errno
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
from io import BufferedRandom
from pathlib import Path

from imglab.weights.network import chunks, wrong_bytes
from imglab.weights.pins import FILES, Pinned, PinnedFileError, Table, fault, look_up


def cache_folder() -> Path:
    """Say where fetched files lie; nothing is created.

    Returns
    -------
    Path
        The environment variable ``IMGLAB_CACHE``, or a folder ``imglab`` in
        the system's place for caches: ``LOCALAPPDATA`` on Windows,
        ``~/Library/Caches`` on macOS, else ``XDG_CACHE_HOME`` or ``~/.cache``.
    """
    return _cache_folder(sys.platform, os.environ)


def fetch(
    name: str,
    *,
    table: Table = FILES,
    tell: Callable[[str], object] | None = None,
    progress: Callable[[str, int, int], object] | None = None,
) -> tuple[Path, ...]:
    """Download the files of one name into the cache, unless they are there.

    A file arrives under a temporary name and takes its own only after its
    SHA-256 was found right: whatever happens, no half file has its name. What
    came before an interruption is kept as ``FILE.part``, and the next call
    goes on from there. A file in the cache that was changed is replaced.

    Parameters
    ----------
    name : str
        A key of `table`.
    table : mapping of str to tuple of Pinned
        `FILES` by default.
    tell : callable, optional
        Receives one sentence before each file, and one after it.
    progress : callable, optional
        ``progress(file, received, size)`` after each piece, in bytes.

    Returns
    -------
    tuple of Path
        The files, each with the right SHA-256 at that moment.

    Raises
    ------
    PinnedFileError
        With code ``unknown-name``, ``unreachable``, ``refused``,
        ``interrupted``, ``wrong-bytes``, ``disk-full`` or ``not-writable``.
    """
    say = tell or (lambda _: None)
    paths = []
    for pinned in look_up(name, table):
        path = cache_folder() / name / pinned.file
        if _is_right(path, pinned):
            say(f"{pinned.file} is in the cache already, its SHA-256 is right.")
        else:
            say(f"Fetching {pinned.file} ({pinned.size:,} bytes; {pinned.licence}).")
            _store(name, pinned, path, progress or (lambda *_: None))
            say(f"{pinned.file} is in the cache, its SHA-256 is right.")
        paths.append(path)
    return tuple(paths)


def read(
    name: str, file: str, *, folder: str | os.PathLike[str] | None = None, table: Table = FILES
) -> bytes:
    """Read a pinned file after checking its SHA-256; never uses the network.

    Parameters
    ----------
    name, file : str
        A key of `table` and the base name of one of its files.
    folder : path, optional
        A folder of the user's that holds the file; by default the cache.
    table : mapping of str to tuple of Pinned
        `FILES` by default.

    Returns
    -------
    bytes
        The bytes that were hashed, and no others.

    Raises
    ------
    PinnedFileError
        With code ``unknown-name``, ``missing``, ``not-readable`` or
        ``changed``.
    """
    pinned = next((one for one in look_up(name, table) if one.file == file), None)
    if pinned is None:
        known = ", ".join(one.file for one in table[name])
        msg = f"'{name}' has no file {file!r}; it has {known}"
        raise PinnedFileError(msg, code="unknown-name")
    if folder is None:
        path, cure = cache_folder() / name / file, f"Run 'imglab fetch {name}'"
    else:
        path, cure = Path(folder) / file, "Copy the published file there"
    return _read_checked(path, pinned.sha256, pinned.size, cure)


def read_checked(path: Path, sha256: str, *, cure: str) -> bytes:
    """Read a file that an installed package brought, after checking its SHA-256.

    Parameters
    ----------
    path : Path
        Where it lies.
    sha256 : str
        What it must have.
    cure : str
        What to do where it is missing or changed, without a full stop.

    Raises
    ------
    PinnedFileError
        With code ``missing``, ``not-readable`` or ``changed``.
    """
    return _read_checked(path, sha256, None, cure)


def _read_checked(path: Path, sha256: str, size: int | None, cure: str) -> bytes:
    file = path.name
    try:
        if not path.is_file():  # a pipe would block for ever
            wrong = f"there is no such file in '{path.parent}'"
            raise fault(file, wrong, cure, "missing", doing="use")
        as_long = size in (None, path.stat().st_size)
        data = path.read_bytes() if as_long else b""
    except OSError as error:
        wrong = f"the system cannot read it ({error.strerror})"
        raise fault(file, wrong, cure, "not-readable", doing="use") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        wrong = "its bytes are not the published ones (SHA-256)"
        raise fault(file, wrong, f"{cure} again", "changed", doing="use")
    return data


def _cache_folder(platform: str, environment: Mapping[str, str]) -> Path:
    if chosen := environment.get("IMGLAB_CACHE"):
        return Path(chosen).expanduser().absolute()
    try:
        home = Path.home()
    except RuntimeError as error:
        msg = "There is no home folder for the cache. Set IMGLAB_CACHE to a folder of yours."
        raise PinnedFileError(msg, code="not-writable") from error
    if platform == "win32":
        caches = Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif platform == "darwin":
        caches = home / "Library" / "Caches"
    else:
        stated = Path(environment.get("XDG_CACHE_HOME", ""))
        caches = stated if stated.is_absolute() else home / ".cache"
    return caches / "imglab"


def _is_right(path: Path, pinned: Pinned) -> bool:
    try:
        if not path.is_file() or path.stat().st_size != pinned.size:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == pinned.sha256
    except OSError:
        return False  # then the download says what is wrong with the place


def _store(
    name: str, pinned: Pinned, path: Path, progress: Callable[[str, int, int], object]
) -> None:
    kept = path.with_name(f"{pinned.file}.part")  # of an earlier call
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(
            prefix=f"{pinned.file}.", suffix=".part", dir=path.parent
        )
        part = Path(temporary)
        try:
            with os.fdopen(descriptor, "r+b") as file:
                _take_over(kept, file)
                _receive(name, pinned, file, progress)
            part.replace(path)
        except (KeyboardInterrupt, PinnedFileError) as stopped:
            goes_on = not isinstance(stopped, PinnedFileError) or stopped.code != "wrong-bytes"
            if goes_on and part.stat().st_size:
                part.replace(kept)
            raise
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None)):
            wrong = f"the disk is full, and it needs {pinned.size:,} bytes"
            cure = "Free some space, or set IMGLAB_CACHE to a folder on another disk"
            raise fault(pinned.file, wrong, cure, "disk-full") from error
        wrong = f"'{path.parent}' cannot be written to ({error.strerror})"
        cure = "Set IMGLAB_CACHE to a folder of yours"
        raise fault(pinned.file, wrong, cure, "not-writable") from error


def _take_over(kept: Path, file: BufferedRandom) -> None:
    """Move what an earlier call received into this call's own file: two calls never share one."""
    try:
        with kept.open("rb") as earlier:
            shutil.copyfileobj(earlier, file)
    except FileNotFoundError:
        return
    kept.unlink(missing_ok=True)


def _receive(
    name: str, pinned: Pinned, file: BufferedRandom, progress: Callable[[str, int, int], object]
) -> None:
    """Bring the rest of a file, and check the whole."""
    held = file.tell()
    if held >= pinned.size:  # not a part of this file
        held = 0
    with closing(chunks(name, pinned, held)) as coming:
        for position, chunk in coming:
            file.seek(position)
            file.write(chunk)
            progress(pinned.file, position + len(chunk), pinned.size)
    file.truncate()
    file.seek(0)
    if hashlib.file_digest(file, "sha256").hexdigest() != pinned.sha256:
        raise wrong_bytes(name, pinned)
