"""Colour management: from the profile inside a file to sRGB."""

import io

import numpy as np
from PIL import Image, ImageCms

from imglab.image.wording import one_line
from imglab.validation import ByteImage

_SPACES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
_SAME = 2  # levels; two correct programs differ by as much on an sRGB profile


def profile_to_srgb(image: Image.Image, profile: bytes) -> tuple[Image.Image, list[str]]:
    """Convert colours from an ICC profile to sRGB, perceptual intent.

    A profile that changes no colour of a 17 x 17 x 17 lattice by more than two
    levels is sRGB, whatever it is called: then the pixels stay as they are.

    Parameters
    ----------
    image : PIL.Image.Image
        Of mode L, RGB or CMYK.
    profile : bytes
        As stored in the file; it may be damaged.

    Returns
    -------
    tuple of PIL.Image.Image and list of str
        The picture, in RGB if it was converted, and at most one note.
    """
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = _SPACES.get(source.profile.xcolor_space.strip())
        if space == "RGB" and image.mode == "L":
            image = image.convert("RGB")  # grey pixels with the profile of a colour scanner
        if space != image.mode:
            return image, ["colour profile made for other pixels, not used"]
        transform = ImageCms.buildTransform(
            source, ImageCms.createProfile("sRGB"), image.mode, "RGB"
        )
        if image.mode != "CMYK" and _is_srgb(transform, image.mode):
            return image, []
        name = one_line((source.profile.profile_description or "unnamed").strip(), 40)
        converted = ImageCms.applyTransform(image, transform)
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError, AttributeError):
        return image, ["colour profile damaged, colours taken as they are"]
    if converted is None:  # only when asked to work in place
        return image, []
    return converted, [f"colours converted from '{name}' to sRGB"]


def _is_srgb(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    levels = np.linspace(0, 255, 17).round().astype(np.uint8)
    lattice: ByteImage
    if mode == "RGB":
        lattice = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(17, -1, 3)
    else:
        lattice = np.arange(256, dtype=np.uint8).reshape(16, 16)
    probe = Image.fromarray(lattice)
    answer = ImageCms.applyTransform(probe, transform)
    if answer is None:
        return False
    change = np.asarray(answer).astype(int) - np.asarray(probe.convert("RGB")).astype(int)
    return bool(np.abs(change).max() <= _SAME)
