"""From whatever Pillow decoded to (H, W, 3) bytes in sRGB, with notes."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from imglab.image.profiles import profile_to_srgb
from imglab.image.wording import refusal
from imglab.validation import ByteImage

_SAVE_AS = "Save it as 8-bit PNG first"
_BAND = 256  # rows copied at a time, so that no third copy of a large picture exists
_DEEP_GREY = ("I;16", "I;16B", "I;16L", "I;16N")


@dataclass(frozen=True)
class Header:
    """What a file says of its numbers beyond Pillow's mode.

    Parameters
    ----------
    format : str
        Pillow's name of the format.
    bits : int
        Bits of one value as stored.
    signed : bool
        Whether values may be negative.
    inverted : bool
        Whether 0 is white (TIFF).
    tile : tuple of two int
        Width and height of one tile (TIFF); (1, 1) where there is none.
    """

    format: str
    bits: int
    signed: bool
    inverted: bool
    tile: tuple[int, int]


def to_srgb(name: str, image: Image.Image, header: Header) -> tuple[ByteImage, list[str]]:
    """Convert a decoded picture to 8-bit sRGB on white.

    Parameters
    ----------
    name : str
        What an error calls it.
    image : PIL.Image.Image
        Loaded and turned.
    header : Header
        What the file says of its numbers.

    Returns
    -------
    tuple of ndarray of shape (H, W, 3), uint8, and list of str
        An owned array, and what was done.

    Raises
    ------
    ImageInputError
        With code ``ambiguous-pixels`` where the numbers have no agreed
        meaning as light.
    """
    if header.signed:
        wrong = "its values are signed numbers, and no rule says which is black"
        raise refusal(name, wrong, _SAVE_AS, "ambiguous-pixels")
    colour, alpha, notes = _split(name, image, header)
    profile = image.info.get("icc_profile")
    if profile:
        colour, note = profile_to_srgb(colour, profile)
        notes += note
    elif colour.mode == "CMYK":
        notes.append("CMYK inks turned into RGB without a profile")
    if colour.mode != "RGB":
        colour = colour.convert("RGB")
    if alpha is not None and alpha.getextrema() != (255, 255):
        white = Image.new("RGB", colour.size, (255, 255, 255))
        white.paste(colour, mask=alpha)
        colour = white
        notes.append("alpha laid on white")
    return _to_array(colour), notes


def _split(
    name: str, image: Image.Image, header: Header
) -> tuple[Image.Image, Image.Image | None, list[str]]:
    """Return colour in L, RGB or CMYK of 8 bits, its alpha in L or None, and notes."""
    mode, transparency = image.mode, image.info.get("transparency")
    if mode in _DEEP_GREY or (mode == "I" and header.format == "PPM"):
        return _deep_grey(image, header, transparency)
    if mode == "F":
        colour, note = _float_grey(name, image, header)
        return colour, None, [note]
    if mode in ("I", "LAB", "HSV"):
        kind = "32-bit integers" if mode == "I" else f"{mode} colours"
        wrong = f"its values are {kind}, and their range is not known"
        raise refusal(name, wrong, _SAVE_AS, "ambiguous-pixels")

    notes = [f"{header.bits} bit reduced to 8"] if header.bits > 8 else []
    if isinstance(transparency, tuple) and header.bits == 16:
        image.info["transparency"] = tuple(value >> 8 for value in transparency)
    if mode in ("RGBa", "PA") or (mode in ("P", "RGB") and transparency is not None):
        image = image.convert("RGBA")
    elif mode == "La" or (mode in ("1", "L") and transparency is not None):
        image = image.convert("LA")
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    target = {"1": "L", "L": "L", "LA": "L", "CMYK": "CMYK"}.get(image.mode, "RGB")
    if alpha is not None:
        image.info.pop("transparency", None)
    return image if image.mode == target else image.convert(target), alpha, notes


def _deep_grey(
    image: Image.Image, header: Header, transparency: int | None
) -> tuple[Image.Image, Image.Image | None, list[str]]:
    """Scale by 65535 / 255 = 257 and round; Pillow's own conversion would clip."""
    values = np.asarray(image).astype(np.uint32)
    white = 2**header.bits - 1  # a 12-bit TIFF ends at 4095
    grey = (values * 255 + white // 2) // white
    alpha = None
    if isinstance(transparency, int):  # one grey value that means "nothing here"
        alpha = Image.fromarray(np.where(values == transparency, 0, 255).astype(np.uint8))
    if header.inverted:
        grey = 255 - grey
    return Image.fromarray(grey.astype(np.uint8)), alpha, [f"{header.bits} bit reduced to 8"]


def _float_grey(name: str, image: Image.Image, header: Header) -> tuple[Image.Image, str]:
    """Accept the three ranges that are in use; anything else would be a guess."""
    values: npt.NDArray[np.float32] = np.asarray(image)
    low, high = float(values.min()), float(values.max())
    white = next((top for top in (1, 255, 65535) if high <= top), None)
    if not np.isfinite([low, high]).all():  # a nan anywhere makes both nan
        wrong = "it holds values that are not numbers or infinite"
        raise refusal(name, wrong, "Replace them and save it again", "ambiguous-pixels")
    if low < 0 or white is None or header.inverted:
        wrong = f"its floats run from {low:.4g} to {high:.4g}, not in 0..1, 0..255 or 0..65535"
        if header.inverted:
            wrong = "its floats say that 0 is white, and no rule says what is black"
        raise refusal(name, wrong, "Scale them to 0..1 and save it again", "ambiguous-pixels")
    grey = np.rint(values * np.float32(255 / white)).astype(np.uint8)
    return Image.fromarray(grey), f"floats read as 0 to {white} and rounded to 8 bit"


def _to_array(image: Image.Image) -> ByteImage:
    width, height = image.size
    pixels = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, _BAND):
        bottom = min(top + _BAND, height)
        pixels[top:bottom] = np.asarray(image.crop((0, top, width, bottom)))
    return pixels
