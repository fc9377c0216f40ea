"""The emoji set: the same things, each drawn in five styles.

Five sheets of tiles lie in ``data/emoji``, and ``emoji.json`` beside them says
what each tile shows and who drew it. The set is what the course's small CLIP
learned from; ``training/`` holds the scripts that drew it and trained on it.
Skin tones are left out, and no emoji of the test split has a twin in another
gender in training.
"""

import functools
import json
import operator
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from imglab import image, samples
from imglab.validation import ByteImage, ImageInputError

Split = Literal["train", "validation", "test"]
TILE = 64  # pixels a side

STYLES: Mapping[str, str] = MappingProxyType(
    {
        "noto": "noto",
        "twemoji": "twemoji",
        "fluent_flat": "flat",
        "fluent_high_contrast": "monochrome",
        "fluent_3d": "3d",
    }
)
"""The name of each style, and the word that stands for it in a caption."""


@dataclass(frozen=True)
class Emoji:
    """What is known of one emoji of the set.

    Parameters
    ----------
    index : int
        Its place on every sheet, row by row, from 0.
    character : str
        The emoji itself.
    name : str
        Unicode's English name of it, in small letters.
    keywords : tuple of str
        Further English words for it and its kind, in alphabetical order.
    group : str
        Such as ``"food and drink"``.
    split : str
        ``"train"``, ``"validation"`` or ``"test"``.
    """

    index: int
    character: str
    name: str
    keywords: tuple[str, ...]
    group: str
    split: Split


def items(split: Split | None = None) -> tuple[Emoji, ...]:
    """List the emoji of the set, or those of one split.

    Parameters
    ----------
    split : str, optional
        ``"train"``, ``"validation"`` or ``"test"``; by default all.

    Returns
    -------
    tuple of Emoji
        In the order of the sheets.

    Raises
    ------
    ValueError
        If there is no such split.

    Examples
    --------
    >>> items()[0].name
    'grinning face'
    >>> len(items("test"))
    155
    """
    every = _set().items
    if split is None:
        return every
    if split not in get_args(Split):
        msg = f"split must be one of {', '.join(get_args(Split))}, got {split!r}"
        raise ValueError(msg)
    return tuple(item for item in every if item.split == split)


def find(which: str | int | Emoji) -> Emoji:
    """Look up one emoji.

    Parameters
    ----------
    which : str, int or Emoji
        Its name, its character or its index.

    Returns
    -------
    Emoji
        Its record.

    Raises
    ------
    ImageInputError
        With the code ``"unknown-name"`` if the set does not hold it.

    Examples
    --------
    >>> find("red apple").group
    'food and drink'
    """
    if isinstance(which, Emoji):
        return which
    known = _set()
    if isinstance(which, str):
        index = known.by_text.get(which)
    else:
        try:
            index = operator.index(which)
        except TypeError:
            index = None
    if index is None or not 0 <= index < len(known.items):
        asked = repr(which)
        asked = asked if len(asked) <= 40 else f"{asked[:36]}..."
        msg = (
            f"No emoji of the set is {asked}; give a name such as 'red apple', a character "
            f"or an index from 0 to {len(known.items) - 1}"
        )
        raise ImageInputError(msg, code="unknown-name")
    return known.items[index]


def picture(which: str | int | Emoji, style: str) -> ByteImage:
    """Cut one tile out of a style's sheet, after checking the sheet's SHA-256.

    Parameters
    ----------
    which : str, int or Emoji
        The emoji's name, its character or its index.
    style : str
        One of `STYLES`.

    Returns
    -------
    ndarray of shape (64, 64, 3) and dtype uint8
        RGB on white; a copy of its own.

    Raises
    ------
    ImageInputError
        If the set does not hold the emoji, or the sheet is missing or changed.
    ValueError
        If there is no such style.

    Examples
    --------
    >>> picture("red apple", "fluent_3d").shape
    (64, 64, 3)
    """
    item = find(which)
    known = _set()
    top, left = (TILE * place for place in divmod(item.index, known.columns))
    return _sheet(style)[top : top + TILE, left : left + TILE].copy()


def caption(which: str | int | Emoji, style: str | None = None, *, keywords: bool = True) -> str:
    """Describe a tile as the captions of the training did.

    Parameters
    ----------
    which : str, int or Emoji
        The emoji's name, its character or its index.
    style : str, optional
        One of `STYLES`: its word is put in. By default no style is mentioned.
    keywords : bool
        Whether the emoji's keywords follow its name.

    Returns
    -------
    str
        Such as ``"a flat drawing of red apple"``, then the keywords after commas.

    Raises
    ------
    ImageInputError
        If the set does not hold the emoji.
    ValueError
        If there is no such style.

    Examples
    --------
    >>> caption("red apple", "fluent_flat", keywords=False)
    'a flat drawing of red apple'
    >>> caption("red apple", keywords=False)
    'a drawing of red apple'
    """
    item = find(which)
    word = "" if style is None else f"{STYLES[_as_style(style)]} "
    words = (item.name, *item.keywords) if keywords else (item.name,)
    return f"a {word}drawing of {', '.join(words)}"


@dataclass(frozen=True)
class _Set:
    items: tuple[Emoji, ...]
    by_text: Mapping[str, int]  # name or character -> index
    columns: int
    sheets: Mapping[str, Mapping[str, Any]]


def _set() -> _Set:
    return _parse(samples.data_path("emoji/emoji.json"))


@functools.cache
def _parse(path: Path) -> _Set:
    record = json.loads(path.read_text(encoding="utf-8"))
    wanted = ("index", "character", "name", "group", "split")
    every = tuple(
        Emoji(**{key: one[key] for key in wanted}, keywords=tuple(one["keywords"]))
        for one in record["items"]
    )
    by_text = {text: item.index for item in every for text in (item.name, item.character)}
    sheets = {sheet["style"]: sheet for sheet in record["sheets"]}
    return _Set(every, by_text, record["columns"], sheets)


def _as_style(style: str) -> str:
    if style not in STYLES:
        msg = f"style must be one of {', '.join(STYLES)}, got {style!r}"
        raise ValueError(msg)
    return style


def _sheet(style: str) -> ByteImage:
    about = _set().sheets[_as_style(style)]
    return _decode(about["file"], samples.read_data(about["file"], about["sha256"]))


@functools.lru_cache(maxsize=len(STYLES))
def _decode(name: str, data: bytes) -> ByteImage:
    pixels = image.load_bytes(name, data).pixels
    pixels.flags.writeable = False
    return pixels
