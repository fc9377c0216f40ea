"""`load` and `load_bytes`: a file or its bytes in, one `Picture` out."""

import os
from dataclasses import dataclass

from imglab.image.decoding import decode
from imglab.image.reading import check_size, read_file
from imglab.image.wording import plain_name
from imglab.validation import ByteImage


@dataclass(frozen=True, eq=False, repr=False)
class Picture:
    """A picture that came through the gate.

    Parameters
    ----------
    pixels : ndarray of shape (H, W, 3), uint8
        sRGB code values; contiguous, writable, shared with nothing.
    name : str
        The file's base name, safe to print in one line (not escaped for HTML).
    notes : tuple of str
        What was done on the way, in plain words; empty if nothing was.
    """

    pixels: ByteImage
    name: str
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        height, width = self.pixels.shape[:2]
        notes = "; ".join(self.notes) or "nothing changed"
        return f"Picture('{self.name}', height {height}, width {width}: {notes})"


def load(source: str | os.PathLike[str]) -> Picture:
    """Read a picture file into an array of sRGB bytes.

    Use it for every file: it turns as EXIF says, brings colours to sRGB and
    16 bits to 8, lays transparency on white, and refuses what it would have
    to guess. Of an animation it takes the first frame.

    Parameters
    ----------
    source : str or os.PathLike
        A JPEG, PNG, GIF, WebP, TIFF, BMP, AVIF or PPM file of at most 64 MiB,
        64 megapixels and 30,000 pixels a side. It is only read.

    Returns
    -------
    Picture
        Its ``pixels`` have shape (H, W, 3), uint8, also for a grey file.

    Raises
    ------
    ImageInputError
        One line of at most 220 characters, with a stable ``code``.
    TypeError
        If `source` is no path.

    Notes
    -----
    JPEG, WebP and BMP carry no checksum: damage inside them may go unseen.
    Decoding happens in this process and cannot be stopped by a timeout.
    Colour is managed by ICC profiles alone; PNG's gAMA and cHRM are ignored.
    """
    path: object = os.fspath(source)
    if not isinstance(path, str):
        msg = f"source must be a str or a pathlib.Path, got {type(path).__name__}; use os.fsdecode"
        raise TypeError(msg)
    data = read_file(path)
    return load_bytes(path, data)


def load_bytes(name: str, data: bytes | bytearray | memoryview) -> Picture:
    """Turn the bytes of a picture file into an array of sRGB bytes.

    Use it for what an upload or an archive gives; for a path use `load`.

    Parameters
    ----------
    name : str
        What errors and reports call it; only the part after the last slash is
        used.
    data : bytes
        The whole file, at most 64 MiB.

    Returns
    -------
    Picture
        As from `load`.

    Raises
    ------
    ImageInputError
        As from `load`.
    """
    plain = plain_name(name)
    check_size(plain, memoryview(data).nbytes)
    pixels, notes = decode(plain, bytes(data))
    return Picture(pixels, plain, notes)
