"""Bytes to Pillow's picture: known formats, limits before decoding, no side effects."""

import struct
import zlib

from PIL import Image, ImageCms, ImageFile, UnidentifiedImageError

from imglab.image.converting import Header, to_srgb
from imglab.image.effort import CountedBytes, TooManyReads, check_effort, frames_note
from imglab.image.quiet import quiet_libtiff, quiet_pillow
from imglab.image.wording import LARGEST_PIXELS, LARGEST_SIDE, refusal
from imglab.validation import ByteImage, ImageInputError

# EPS is left out because Pillow starts another program for it; the rest because
# nobody compares cursors and faxes. MPO, two JPEGs in one file, comes in as JPEG.
_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF", "PPM")
_SAVE_AS = "Save it as PNG or JPEG first"

# Where the format says so, and what it says: (offset, bytes, format).
_OURS = (
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"\x89PNG", "PNG"),
    (0, b"GIF8", "GIF"),
    (8, b"WEBP", "WebP"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (0, b"BM", "BMP"),
    (4, b"ftypavif", "AVIF"),
    (4, b"ftypavis", "AVIF"),
)
_OTHERS = (
    (0, b"%!PS", "a PostScript drawing"),
    (0, b"%PDF", "a PDF document"),
    (0, b"8BPS", "a Photoshop document"),
    (0, b"PK\x03\x04", "a ZIP archive or an office document"),
    (4, b"ftyphei", "a HEIC photograph"),
    (4, b"ftypmif1", "a HEIC photograph"),
    (4, b"ftyp", "a film"),
    (4, b"jP  ", "a JPEG 2000 picture"),
    (0, b"\xff\x0a", "a JPEG XL picture"),
    (4, b"JXL ", "a JPEG XL picture"),
)
# What Pillow's decoders have been seen to raise on damaged bytes.
_DECODER_ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    ImageCms.PyCMSError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION = 0x0112  # tags of EXIF and TIFF
_BITS, _PHOTOMETRIC, _SAMPLE_FORMAT = 258, 262, 339
_TILE_SIDES = (322, 323)


def decode(name: str, data: bytes) -> tuple[ByteImage, tuple[str, ...]]:
    """Decode the first frame of a picture file into sRGB bytes.

    Parameters
    ----------
    name : str
        What an error calls it, already safe to print.
    data : bytes
        The whole file.

    Returns
    -------
    tuple of ndarray of shape (H, W, 3), uint8, and tuple of str
        The pixels, and the notes of what was done.

    Raises
    ------
    ImageInputError
        With code ``unsupported-format``, ``damaged``, ``too-many-pixels`` or
        ``ambiguous-pixels``.
    """
    with quiet_pillow():
        try:
            return _decode(name, data)
        except ImageInputError:
            raise
        except (Image.DecompressionBombError, MemoryError) as error:
            wrong = "its pixels do not fit into memory"
            raise refusal(name, wrong, "Make it smaller first", "too-many-pixels") from error
        except TooManyReads as error:
            wrong = "it is cut into more pieces than any sound file"
            raise refusal(name, wrong, "Save it again as PNG", "too-much-work") from error
        except UnidentifiedImageError as error:
            raise _unidentified(name, data) from error
        except _DECODER_ERRORS as error:
            wrong = "the file is damaged or incomplete"
            cure = "Copy or download it again"
            raise refusal(name, wrong, cure, "damaged") from error


def _decode(name: str, data: bytes) -> tuple[ByteImage, tuple[str, ...]]:
    with Image.open(CountedBytes(data), formats=_FORMATS) as image:
        header = _header(image, data)
        sides = [image.size, header.tile]
        if any(max(side) > LARGEST_SIDE or side[0] * side[1] > LARGEST_PIXELS for side in sides):
            width, height = image.size
            wrong = (
                f"it declares {width:,} x {height:,} pixels, and at most {LARGEST_SIDE:,} a side "
                f"and {LARGEST_PIXELS // 10**6} megapixels are read"
            )
            raise refusal(name, wrong, "Make it smaller first", "too-many-pixels")
        if image.format == "PNG":  # decoding skips the checksums that PNG has
            with Image.open(CountedBytes(data), formats=("PNG",)) as twin:
                twin.verify()
        check_effort(name, image, data)
        notes = frames_note(image)
        if image.format == "TIFF":  # Pillow turns a TIFF while loading it
            orientation, unread = _orientation(image)
            with quiet_libtiff():
                image.load()
            upright: Image.Image = image
        else:
            image.load()
            orientation, unread = _orientation(image)
            turn = _TURNS.get(orientation)
            upright = image if turn is None else image.transpose(turn)
        notes += unread
        if orientation in _TURNS:
            notes.append("turned as its EXIF says")
        pixels, more = to_srgb(name, upright, header)
    return pixels, (*notes, *more)


def _orientation(image: Image.Image) -> tuple[int, list[str]]:
    try:
        return image.getexif().get(_ORIENTATION, 1), []
    except _DECODER_ERRORS:  # the pixels are sound, only their description is not
        return 1, ["EXIF damaged, not turned"]


def _header(image: ImageFile.ImageFile, data: bytes) -> Header:
    """Collect what the file says of its numbers, which Pillow's mode does not keep."""
    bits, signed, inverted, tile = 8, False, False, (1, 1)
    if image.format == "PNG":
        bits = data[24]  # signature 8, length 4, "IHDR" 4, width 4, height 4, then the depth
    elif image.format == "PPM" and image.tile:
        args = image.tile[0].args  # (mode, largest value) unless the bytes are taken as they are
        deep = isinstance(args, tuple) and len(args) == 2 and args[1] > 255
        bits = 16 if deep or image.mode == "I" else 8
    elif image.format == "TIFF":
        tags = image.getexif()
        bits = max(_numbers(tags.get(_BITS, 1)))
        signed = 2 in _numbers(tags.get(_SAMPLE_FORMAT, 1))
        inverted = tags.get(_PHOTOMETRIC) == 0
        tile = (tags.get(_TILE_SIDES[0], 1), tags.get(_TILE_SIDES[1], 1))
    return Header(image.format or "", bits, signed, inverted, tile)


def _numbers(value: object) -> tuple[int, ...]:
    return value if isinstance(value, tuple) else (int(str(value)),)


def _unidentified(name: str, data: bytes) -> ImageInputError:
    for offset, magic, kind in _OURS:
        if data.startswith(magic, offset):
            wrong = f"it starts like {kind}, but is damaged or of a rare kind"
            return refusal(name, wrong, "Copy it again or save it as PNG", "damaged")
    for offset, magic, kind in _OTHERS:
        if data.startswith(magic, offset):
            return refusal(name, f"it is {kind}", _SAVE_AS, "unsupported-format")
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in start:
        return refusal(name, "it is an SVG drawing", _SAVE_AS, "unsupported-format")
    if start.startswith((b"<!doctype html", b"<html")):
        cure = "Download the picture itself"
        return refusal(name, "it is a web page", cure, "unsupported-format")
    wrong = "it is not JPEG, PNG, GIF, WebP, TIFF, BMP, AVIF or PPM, whatever its name says"
    return refusal(name, wrong, _SAVE_AS, "unsupported-format")
