"""Pillow's settings and noises, which belong to the whole process, held for one load."""

import logging
import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, ImageFile

from imglab.image.wording import LARGEST_PIXELS

_one_at_a_time = threading.Lock()
_STDERR = 2


@contextmanager
def quiet_pillow() -> Iterator[None]:
    """Hold Pillow's settings as the gate needs them, then put them back.

    Cut files are errors, not half grey pictures; more than twice the pixels
    that the gate accepts is an error already while opening; Python's warnings
    and Pillow's log of damaged TIFF files are not shown.
    """
    logger = logging.getLogger("PIL.TiffImagePlugin")
    with _one_at_a_time, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kept = ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS, logger.disabled
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        Image.MAX_IMAGE_PIXELS = LARGEST_PIXELS
        logger.disabled = True
        try:
            yield
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS, logger.disabled = kept


@contextmanager
def quiet_libtiff() -> Iterator[None]:
    """Send what libtiff prints past Python to nowhere: it would end up in a notebook."""
    try:
        kept = os.dup(_STDERR)
    except OSError:  # a program without a stderr
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, _STDERR)
        yield
    finally:
        os.dup2(kept, _STDERR)
        os.close(nowhere)
        os.close(kept)
