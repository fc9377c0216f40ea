"""Bytes from the disk: opened once, looked at before they are read, never written."""

import errno
import os
import stat

from imglab.image.wording import LARGEST_BYTES, plain_name, refusal
from imglab.validation import ImageInputError

# O_NONBLOCK: a pipe without a writer would block for ever. Windows lacks it and
# needs O_BINARY instead, or line ends inside a picture would be translated.
_FLAGS = os.O_RDONLY
for _flag in ("O_NONBLOCK", "O_BINARY", "O_CLOEXEC", "O_NOCTTY"):
    _FLAGS |= getattr(os, _flag, 0)


def read_file(path: str) -> bytes:
    """Read a whole file after checking that it is one, and not too large.

    Parameters
    ----------
    path : str
        A path of the file system; it is opened for reading only.

    Returns
    -------
    bytes
        1 byte to 64 MiB.

    Raises
    ------
    ImageInputError
        With code ``not-found``, ``not-a-file``, ``not-readable``, ``empty`` or
        ``too-many-bytes``.
    """
    name = plain_name(path)
    try:
        descriptor = os.open(path, _FLAGS)
    except (OSError, ValueError) as error:  # ValueError: a zero byte inside the path
        raise _explain(path, name, error) from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise _not_a_file(name, folder=stat.S_ISDIR(status.st_mode))
        check_size(name, status.st_size)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(LARGEST_BYTES + 1)  # it may have grown since
    except OSError as error:
        raise _explain(path, name, error) from error
    finally:
        os.close(descriptor)
    check_size(name, len(data))
    return data


def check_size(name: str, size: int) -> None:
    """Refuse nothing at all and more than 64 MiB."""
    if size == 0:
        raise refusal(name, "the file is empty", "Save or copy it again", "empty")
    if size > LARGEST_BYTES:
        wrong = f"it has {size / 2**20:,.1f} MiB, and at most {LARGEST_BYTES >> 20} are read"
        raise refusal(name, wrong, "Save it smaller or as JPEG", "too-many-bytes")


def _not_a_file(name: str, *, folder: bool) -> ImageInputError:
    if folder:
        return refusal(name, "it is a folder", "Name one picture file inside it", "not-a-file")
    wrong = "it is a pipe, a device or a socket, not a file"
    return refusal(name, wrong, "Copy the picture into a file first", "not-a-file")


def _explain(path: str, name: str, error: OSError | ValueError) -> ImageInputError:
    if not isinstance(error, OSError) or error.errno == errno.ENAMETOOLONG:
        wrong = "no file can have such a name"
        return refusal(name, wrong, "Check the spelling", "not-found")
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        wrong = "there is no such file"
        return refusal(name, wrong, "Check the folder and the spelling", "not-found")
    # os.path answers False where pathlib would raise: inside a folder that may not be entered.
    if os.path.exists(path) and not os.path.isfile(path):  # noqa: PTH110, PTH113
        # Windows opens no folder, Linux no socket.
        return _not_a_file(name, folder=os.path.isdir(path))  # noqa: PTH112
    if isinstance(error, PermissionError):
        wrong = "this account may not read it"
        return refusal(name, wrong, "Change its permissions or copy it", "not-readable")
    wrong = f"the system cannot read it ({error.strerror or type(error).__name__})"
    return refusal(name, wrong, "Copy it to a local disk and try again", "not-readable")
