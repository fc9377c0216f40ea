"""How much work a file may ask for: small files exist that keep a decoder busy for hours.

Pixels are limited before decoding (`decoding`). Here are the other ways to cost time: thousands
of pieces, each read by itself; JPEG scans that go over the whole picture again and again; plain
text, which Pillow reads digit by digit.
"""

import io
import re

from PIL import Image

from imglab.image.wording import refusal

MOST_READS = 1_000_000  # a sound GIF of 61 MB was seen to need 478,000, a PNG 23,000
MOST_SCANS = 100  # a progressive JPEG has about ten
MOST_PAGES = 1000  # of a TIFF are counted; Pillow counts in quadratic time
PLAIN_BYTES = 8 * 2**20
PLAIN_COMMENTS = 1000
_SAVE_AGAIN = "Save it again as PNG"
# A marker of JPEG: not a stuffed zero, not a restart between two parts of one scan.
_MARKER = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])")
_BARE, _END, _SCAN = b"\x01\xd8", 0xD9, 0xDA


class TooManyReads(OSError):
    """A decoder asked for more pieces of a file than any sound file has."""


class CountedBytes(io.BytesIO):
    """The bytes of a file, which end a decoder that would read them piece by piece for ever."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as `io.BytesIO` does, at most `MOST_READS` times."""
        self._reads += 1
        if self._reads > MOST_READS:
            raise TooManyReads
        return super().read(size)


def check_effort(name: str, image: Image.Image, data: bytes) -> None:
    """Refuse a picture that would take far longer to decode than its pixels need.

    Parameters
    ----------
    name : str
        What an error calls it.
    image : PIL.Image.Image
        Opened, not loaded.
    data : bytes
        The whole file.

    Raises
    ------
    ImageInputError
        With code ``too-much-work``.
    """
    if image.format in ("JPEG", "MPO"):
        scans = _count_scans(data)
        if scans > MOST_SCANS:
            wrong = f"it goes over its pixels in more than {MOST_SCANS} scans"
            raise refusal(name, wrong, _SAVE_AGAIN, "too-much-work")
    plain = data[:2] in (b"P1", b"P2", b"P3")
    if plain and (len(data) > PLAIN_BYTES or data.count(b"#") > PLAIN_COMMENTS):
        wrong = (
            f"it is a text of numbers with over {PLAIN_BYTES >> 20} MiB "
            f"or {PLAIN_COMMENTS} comments"
        )
        raise refusal(name, wrong, _SAVE_AGAIN, "too-much-work")


def frames_note(image: Image.Image) -> list[str]:
    """Say how many frames there are, if more than one; the first one stays open."""
    if image.format != "TIFF":
        frames = int(getattr(image, "n_frames", 1))
        return [f"first of {frames} frames"] if frames > 1 else []
    frames = 1
    try:
        while frames <= MOST_PAGES:
            image.seek(frames)
            frames += 1
    except EOFError:
        pass
    image.seek(0)
    told = frames if frames <= MOST_PAGES else f"more than {MOST_PAGES}"
    return [f"first of {told} frames"] if frames > 1 else []


def _count_scans(data: bytes) -> int:
    """Count the scans of the first picture in a JPEG file, at most one more than allowed."""
    scans, place = 0, 2
    while scans <= MOST_SCANS and (found := _MARKER.search(data, place)):
        marker, place = found[1][0], found.end()
        if marker == _END:
            break
        scans += marker == _SCAN
        if marker not in _BARE:
            place += int.from_bytes(data[place : place + 2], "big")
    return scans
