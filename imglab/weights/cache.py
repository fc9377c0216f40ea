"""From bytes to a file in the cache, and back, always by way of the SHA-256."""

import errno
import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
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
    name: str, *, table: Table = FILES, tell: Callable[[str], object] | None = None
) -> tuple[Path, ...]:
    """Download the files of one name into the cache, unless they are there.

    A file arrives under a temporary name and takes its own only after its
    SHA-256 was found right: whatever happens, no half file is left. A file in
    the cache that was changed is replaced.

    Parameters
    ----------
    name : str
        A key of `table`.
    table : mapping of str to tuple of Pinned
        `FILES` by default.
    tell : callable, optional
        Receives one sentence before each file, and one after it.

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
            _store(name, pinned, path)
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
    try:
        if not path.is_file():  # a pipe would block for ever
            wrong = f"there is no such file in '{path.parent}'"
            raise fault(file, wrong, cure, "missing", doing="use")
        data = path.read_bytes() if path.stat().st_size == pinned.size else b""
    except OSError as error:
        wrong = f"the system cannot read it ({error.strerror})"
        raise fault(file, wrong, cure, "not-readable", doing="use") from error
    if hashlib.sha256(data).hexdigest() != pinned.sha256:
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


def _store(name: str, pinned: Pinned, path: Path) -> None:
    digest = hashlib.sha256()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, part = tempfile.mkstemp(
            prefix=f"{pinned.file}.", suffix=".part", dir=path.parent
        )
        try:
            with os.fdopen(descriptor, "wb") as file, closing(chunks(name, pinned)) as coming:
                for chunk in coming:
                    digest.update(chunk)
                    file.write(chunk)
            if digest.hexdigest() != pinned.sha256:
                raise wrong_bytes(name, pinned)
            Path(part).replace(path)
        finally:
            Path(part).unlink(missing_ok=True)
    except OSError as error:
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None)):
            wrong = f"the disk is full, and it needs {pinned.size:,} bytes"
            cure = "Free some space, or set IMGLAB_CACHE to a folder on another disk"
            raise fault(pinned.file, wrong, cure, "disk-full") from error
        wrong = f"'{path.parent}' cannot be written to ({error.strerror})"
        cure = "Set IMGLAB_CACHE to a folder of yours"
        raise fault(pinned.file, wrong, cure, "not-writable") from error
