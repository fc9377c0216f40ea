"""The bundled pictures, by name.

Twenty scenes that have nothing to do with each other, and a second view of one
of them. Titles, authors and licences are in ``data/pictures.json``; a picture
whose bytes are not those it was published with is refused.
"""

import functools
import hashlib
import itertools
import json
import operator
from dataclasses import dataclass, fields
from pathlib import Path

from imglab import image
from imglab.validation import ByteImage, ImageInputError

LARGEST_SIZE = 4096  # pixels a side; four times as much memory for twice the side


@dataclass(frozen=True)
class Sample:
    """What is known of one bundled picture.

    Parameters
    ----------
    name : str
        What `load` calls it.
    file : str
        Its path below the data folder, with forward slashes.
    title, author : str
        What it shows and who made it.
    licence : str
        ``"Public domain"`` or an SPDX identifier.
    url : str
        Where the original stands, or is described.
    sha256 : str
        Digest of the file, 64 hexadecimal digits.
    scene : str
        Pictures with equal `scene` show the same thing.
    """

    name: str
    file: str
    title: str
    author: str
    licence: str
    url: str
    sha256: str
    scene: str


def names() -> tuple[str, ...]:
    """List the names of the bundled pictures.

    Returns
    -------
    tuple of str
        First one picture of each scene, then the second views; always in the
        same order.

    Examples
    --------
    >>> names()[:2]
    ('astronaut', 'hopper')
    """
    return tuple(sample.name for sample in _samples())


def source(name: str) -> Sample:
    """Look up what is known of a bundled picture.

    Parameters
    ----------
    name : str
        One of `names`.

    Returns
    -------
    Sample
        Title, author, licence, origin and the file's SHA-256.

    Raises
    ------
    ImageInputError
        With the code ``"unknown-name"`` if no picture has this name.

    Examples
    --------
    >>> source("starry_night").author
    'Vincent van Gogh (1853-1890)'
    """
    for sample in _samples():
        if sample.name == name:
            return sample
    asked = repr(name)
    if len(asked) > 24:  # so that one line still holds all the choices
        asked = f"{asked[:20]}..."
    msg = f"No picture is named {asked}. Choose: {' '.join(names())}"
    raise ImageInputError(msg, code="unknown-name")


def load(name: str, *, size: int | None = None) -> ByteImage:
    """Load a bundled picture after checking its SHA-256.

    Parameters
    ----------
    name : str
        One of `names`.
    size : int, optional
        Squash the picture to this height and width, in pixels, 1 to 4096, by
        `imglab.image.resize`. Proportions are not kept.

    Returns
    -------
    ndarray of shape (H, W, 3) and dtype uint8
        A copy of its own: writing into it changes no later load. Grey
        originals have three equal channels.

    Raises
    ------
    ImageInputError
        If no picture has this name, or its file is missing or changed.
    ValueError
        If `size` is not a whole number of 1 to 4096.

    Examples
    --------
    >>> load("astronaut").shape
    (384, 384, 3)
    >>> load("roofs", size=64).shape
    (64, 64, 3)
    """
    side = None if size is None else _as_side(size)
    sample = source(name)
    return _decode(sample.file, read_data(sample.file, sample.sha256), side).copy()


def unrelated_pairs() -> tuple[tuple[str, str], ...]:
    """List every pair of scenes, each scene by its first picture.

    Second views are left out: a scene that took part twice would weigh twice
    in a distribution over the pairs.

    Returns
    -------
    tuple of (str, str)
        n * (n - 1) / 2 pairs of names for n scenes: 190 for 20.

    Examples
    --------
    >>> len(unrelated_pairs())  # 20 * 19 / 2
    190
    """
    first = {sample.scene: sample.name for sample in reversed(_samples())}
    gallery = [name for name in names() if name in first.values()]
    return tuple(itertools.combinations(gallery, 2))


def same_scene_pairs() -> tuple[tuple[str, str], ...]:
    """List the pairs of pictures that show one scene.

    Returns
    -------
    tuple of (str, str)
        Pairs of names whose scene is the same.

    Examples
    --------
    >>> same_scene_pairs()
    (('roofs', 'roofs_again'),)
    """
    pairs = itertools.combinations(_samples(), 2)
    return tuple((a.name, b.name) for a, b in pairs if a.scene == b.scene)


def data_path(relative: str) -> Path:
    """Find a file that imglab brings along.

    It lies in the installed package or, in a checkout, beside it. The working
    directory plays no part.

    Parameters
    ----------
    relative : str
        Path below the data folder, with forward slashes.

    Returns
    -------
    Path
        Absolute; the file need not exist.

    Examples
    --------
    >>> data_path("pictures.json").is_file()
    True
    """
    package = Path(__file__).resolve().parent
    inside = package / "data"  # in a wheel; looked for first: site-packages may hold a stray "data"
    root = inside if inside.is_dir() else package.parent / "data"
    return root / relative


def _as_side(size: int) -> int:
    try:
        side = operator.index(size)  # NumPy's whole numbers too
    except TypeError:
        side = 0
    if not 1 <= side <= LARGEST_SIZE:
        msg = f"size must be a whole number of 1 to {LARGEST_SIZE} pixels, got {size!r}; pass 256"
        raise ValueError(msg)
    return side


def _samples() -> tuple[Sample, ...]:
    return _parse(data_path("pictures.json"))


@functools.cache
def _parse(path: Path) -> tuple[Sample, ...]:
    wanted = [field.name for field in fields(Sample)]
    records = json.loads(path.read_text(encoding="utf-8"))
    return tuple(Sample(**{key: record[key] for key in wanted}) for record in records)


def read_data(file: str, sha256: str) -> bytes:
    """Read one of imglab's own files, and only its published bytes.

    Parameters
    ----------
    file : str
        Its name, relative to ``data/``.
    sha256 : str
        The digest of its bytes, in hexadecimal digits.

    Returns
    -------
    bytes
        All of them.

    Raises
    ------
    ImageInputError
        If it cannot be read, or holds other bytes.
    """
    path = data_path(file)
    cure = "Install imglab again, or check its folder 'data' out again."
    try:
        data = path.read_bytes()
    except OSError as error:
        msg = f"Cannot use '{path.name}': it cannot be read from imglab's own data. {cure}"
        raise ImageInputError(msg, code="not-found") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        msg = f"Cannot use '{path.name}': its bytes are not the published ones (SHA-256). {cure}"
        raise ImageInputError(msg, code="damaged")
    return data


@functools.lru_cache(maxsize=64)
def _decode(file: str, data: bytes, side: int | None) -> ByteImage:
    """Decode once for each content and size; `load` hands out copies."""
    pixels = image.load_bytes(file, data).pixels
    return pixels if side is None else image.resize(pixels, (side, side))
