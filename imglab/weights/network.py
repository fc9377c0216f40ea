"""From an address to bytes; every fault of the network becomes one sentence."""

import http.client
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Generator

from imglab.weights.pins import Pinned, PinnedFileError, fault

CHUNK = 2**16  # bytes at a time
TIMEOUT = 30.0  # seconds without a byte from the other side


def chunks(name: str, pinned: Pinned, held: int = 0) -> Generator[tuple[int, bytes], None, None]:
    """Yield the bytes of a download, no more than its size, each piece with its position.

    Parameters
    ----------
    name, pinned
        What is fetched.
    held : int
        How many bytes are there already. A server that cannot go on from
        there begins again at 0.

    Raises
    ------
    PinnedFileError
        Each fault is one sentence.
    """
    host = urllib.parse.urlsplit(pinned.url).hostname
    again = f"Run 'imglab fetch {name}' again"
    received = -1  # not connected yet
    request = urllib.request.Request(pinned.url)
    if held:
        request.add_header("Range", f"bytes={held}-")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            received = held if _goes_on(answer, held) else 0
            while chunk := answer.read(CHUNK):
                received += len(chunk)
                if received > pinned.size:
                    raise wrong_bytes(name, pinned)
                yield received - len(chunk), chunk
            if answer.length:  # bytes that were announced and did not come
                raise http.client.IncompleteRead(chunk, answer.length)
    except urllib.error.HTTPError as error:
        error.close()
        wrong = f"{host} answers {error.code} {http.client.responses.get(error.code, '')}".rstrip()
        cure = f"{again} later; if it stays so, the file is gone from its address"
        raise fault(pinned.file, wrong, cure, "refused") from error
    except (OSError, http.client.HTTPException) as error:
        if received < 0:
            wrong = f"{host} cannot be reached ({_reason(error)})"
            cure = f"Check the network and run 'imglab fetch {name}' again"
            raise fault(pinned.file, wrong, cure, "unreachable") from error
        wrong = f"the connection ended after {received:,} of {pinned.size:,} bytes"
        raise fault(pinned.file, wrong, f"{again} to go on", "interrupted") from error


def _goes_on(answer: http.client.HTTPResponse, held: int) -> bool:
    begins = (answer.headers.get("Content-Range") or "").startswith(f"bytes {held}-")
    return answer.status == http.HTTPStatus.PARTIAL_CONTENT and begins


def wrong_bytes(name: str, pinned: Pinned) -> PinnedFileError:
    """Make the error for bytes that are not the published ones."""
    wrong = "what came is not the published file (SHA-256), and was thrown away"
    cure = f"Run 'imglab fetch {name}' again; if it stays so, the file has changed at its address"
    return fault(pinned.file, wrong, cure, "wrong-bytes")


def _reason(error: Exception) -> str:
    reason = getattr(error, "reason", error)
    text = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    return "".join(c if c.isprintable() else "?" for c in str(text))[:80]
