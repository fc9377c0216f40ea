"""Files that imglab does not bring along: pinned downloads.

Some files are too large or not ours to ship. Each stands here with its address
and its SHA-256, lies in a cache folder of the user's once `fetch` has brought
it, and is hashed again at every `read`: what was changed is never used.

The only room that uses the network, and only in `fetch`, which only
``imglab fetch NAME`` calls.
"""

import errno
import hashlib
import http.client
import os
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

CHUNK = 2**20  # bytes hashed and written at a time
TIMEOUT = 30.0  # seconds without a byte from the other side

FaultCode = Literal[
    "unknown-name",
    "missing",
    "not-readable",
    "changed",
    "unreachable",
    "refused",
    "interrupted",
    "wrong-bytes",
    "disk-full",
    "not-writable",
]


@dataclass(frozen=True)
class Pinned:
    """One file as it was published.

    Parameters
    ----------
    file : str
        Its base name.
    url : str
        Where it is downloaded from.
    sha256 : str
        Digest of the file, 64 hexadecimal digits.
    size : int
        Its length, in bytes.
    licence : str
        What is known of its licence.
    """

    file: str
    url: str
    sha256: str
    size: int
    licence: str


Table = Mapping[str, tuple[Pinned, ...]]

_SEED = "https://raw.githubusercontent.com/tonypithony/compare_2images/refs/heads/main"
_CLIP_DIGEST = "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af"

FILES: Table = MappingProxyType(
    {
        "seed": (
            Pinned(
                file="vermeer.jpg",
                url=f"{_SEED}/vermeer.jpg",
                sha256="01d17c5c716619e5ea0973eb230076723f4366fecfc57352c2f7f9fd33538809",
                size=69_757,
                licence="a painting of about 1665; the licence of this reproduction is not known",
            ),
            Pinned(
                file="amelie_lens.jpg",
                url=f"{_SEED}/amelie_lens.jpg",
                sha256="0f63c1185a5c973ad47a4cd36d5bc113ed56ca9a32005f87d5b2a979e0ca0993",
                size=321_336,
                licence="a photograph, licence not known: for your own use, do not pass it on",
            ),
        ),
        "clip-vit-b32": (
            Pinned(
                file="ViT-B-32.pt",
                url=f"https://openaipublic.azureedge.net/clip/models/{_CLIP_DIGEST}/ViT-B-32.pt",
                sha256=_CLIP_DIGEST,
                size=353_976_522,
                licence="published by OpenAI with its CLIP code, which is under MIT",
            ),
        ),
    }
)
"""What may be fetched. A file stands here only with its whole SHA-256."""


class PinnedFileError(ValueError):
    """A pinned file that cannot be fetched or used, said in one line.

    Parameters
    ----------
    message : str
        What is wrong and what to do.
    code : str
        A stable word for programs, such as ``"unreachable"``.
    """

    def __init__(self, message: str, *, code: FaultCode) -> None:
        super().__init__(message)
        self.code = code


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
    for pinned in _look_up(name, table):
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
    pinned = next((one for one in _look_up(name, table) if one.file == file), None)
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
            raise _fault(file, wrong, cure, "missing", doing="use")
        data = path.read_bytes() if path.stat().st_size == pinned.size else b""
    except OSError as error:
        wrong = f"the system cannot read it ({error.strerror})"
        raise _fault(file, wrong, cure, "not-readable", doing="use") from error
    if hashlib.sha256(data).hexdigest() != pinned.sha256:
        wrong = "its bytes are not the published ones (SHA-256)"
        raise _fault(file, wrong, f"{cure} again", "changed", doing="use")
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


def _look_up(name: str, table: Table) -> tuple[Pinned, ...]:
    if name not in table:
        msg = f"Nothing to fetch is named {name!r}. Choose: {' '.join(table)}"
        raise PinnedFileError(msg, code="unknown-name")
    return table[name]


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
            with os.fdopen(descriptor, "wb") as file, closing(_chunks(name, pinned)) as chunks:
                for chunk in chunks:
                    digest.update(chunk)
                    file.write(chunk)
            if digest.hexdigest() != pinned.sha256:
                raise _wrong_bytes(name, pinned)
            Path(part).replace(path)
        finally:
            Path(part).unlink(missing_ok=True)
    except OSError as error:
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None)):
            wrong = f"the disk is full, and it needs {pinned.size:,} bytes"
            cure = "Free some space, or set IMGLAB_CACHE to a folder on another disk"
            raise _fault(pinned.file, wrong, cure, "disk-full") from error
        wrong = f"'{path.parent}' cannot be written to ({error.strerror})"
        cure = "Set IMGLAB_CACHE to a folder of yours"
        raise _fault(pinned.file, wrong, cure, "not-writable") from error


def _chunks(name: str, pinned: Pinned) -> Generator[bytes, None, None]:
    """Yield the bytes of a download, no more than its size; each fault is one sentence."""
    host = urllib.parse.urlsplit(pinned.url).hostname
    again = f"Run 'imglab fetch {name}' again"
    received = -1  # not connected yet
    try:
        with urllib.request.urlopen(pinned.url, timeout=TIMEOUT) as answer:
            received = 0
            while chunk := answer.read(CHUNK):
                received += len(chunk)
                if received > pinned.size:
                    raise _wrong_bytes(name, pinned)
                yield chunk
            if answer.length:  # bytes that were announced and did not come
                raise http.client.IncompleteRead(chunk, answer.length)
    except urllib.error.HTTPError as error:
        error.close()
        wrong = f"{host} answers {error.code} {error.reason}"
        cure = f"Try again later, or copy the file into '{cache_folder() / name}'"
        raise _fault(pinned.file, wrong, cure, "refused") from error
    except (OSError, http.client.HTTPException) as error:
        if received < 0:
            wrong = f"{host} cannot be reached ({_reason(error)})"
            cure = f"Check the network and run 'imglab fetch {name}' again"
            raise _fault(pinned.file, wrong, cure, "unreachable") from error
        wrong = f"the connection ended after {received:,} of {pinned.size:,} bytes"
        raise _fault(pinned.file, wrong, again, "interrupted") from error


def _reason(error: Exception) -> str:
    reason = getattr(error, "reason", error)
    text = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    return " ".join(str(text).split())[:80]


def _wrong_bytes(name: str, pinned: Pinned) -> PinnedFileError:
    wrong = "what came is not the published file (SHA-256), and was thrown away"
    cure = f"Run 'imglab fetch {name}' again; if it stays so, the file has changed at its address"
    return _fault(pinned.file, wrong, cure, "wrong-bytes")


def _fault(
    file: str, wrong: str, cure: str, code: FaultCode, *, doing: str = "fetch"
) -> PinnedFileError:
    return PinnedFileError(f"Cannot {doing} '{file}': {wrong}. {cure}.", code=code)
