"""Vectors of pictures and texts, their cosines, and names for pictures."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from imglab.clip.models import DEFAULT, Model, load_model, official
from imglab.clip.objective import softmax
from imglab.clip.words import MARKS, check_texts, numbers_of, unknown_words
from imglab.validation import ByteImage, FloatImage, check_image
from imglab.vectors import FloatVectors, cosine_similarities

LONGEST_SIDE = 99  # times the shorter one: of a longer picture only the middle is resized
TEXTS = 64  # that are embedded at once
KEPT = 1024  # vectors that `cosine_similarity` remembers
_kept: dict[tuple[str, tuple[int, ...], bytes], FloatVectors] = {}


@dataclass(frozen=True)
class ZeroShot:
    """What a model takes pictures for, among texts that it is given.

    Attributes
    ----------
    texts : tuple of str
        The choices.
    cosines : ndarray of shape (n, m), float64
        Picture i against text j.
    shares : ndarray of shape (n, m), float64
        Softmax of the cosines over the model's temperature: a choice among
        these texts alone, each row adds up to 1. No probability of likeness:
        with other texts beside it, a text's share is another.
    notes : tuple of str
        What is to be known of the texts, in sentences.
    """

    texts: tuple[str, ...]
    cosines: FloatImage
    shares: FloatImage
    notes: tuple[str, ...] = ()

    @property
    def best(self) -> tuple[str, ...]:
        """The nearest text of each picture; the first of several that are level."""
        return tuple(self.texts[j] for j in self.cosines.argmax(axis=1))


def embed_pictures(pictures: Iterable[ByteImage], model: Model) -> FloatVectors:
    """Turn pictures into vectors.

    One picture at a time, so that a vector does not depend on its company.

    Parameters
    ----------
    pictures : iterable of ndarray of shape (H, W, 3), uint8
        RGB pictures of any sizes; what lies outside the middle square is not
        seen.
    model : Model
        From `load_model`.

    Returns
    -------
    ndarray of shape (n, d), float64
        One row for each picture, as the network gives it: not of length 1.

    Raises
    ------
    ValueError
        If a picture is not as above, or there is none.
    """
    listed = _check_pictures(pictures)
    import torch

    with torch.inference_mode():
        rows = [
            model.network.encode_image(model.preprocess(Image.fromarray(picture))[None])[0]  # type: ignore[operator]
            for picture in listed
        ]
        return np.asarray(torch.stack(rows).double().numpy())


def embed_texts(texts: Iterable[str], model: Model) -> FloatVectors:
    """Turn texts into vectors.

    Parameters
    ----------
    texts : iterable of str
        Each of at most 75 pieces (see `pieces`). Words that the model never
        saw get an answer that means nothing: see `unknown_words`.
    model : Model
        From `load_model`.

    Returns
    -------
    ndarray of shape (n, d), float64
        One row for each text, as the network gives it: not of length 1.

    Raises
    ------
    ValueError
        If a text is no text, empty or too long, or there is none.
    """
    listed = check_texts(texts)
    encoder = official().clip._tokenizer.encoder  # noqa: SLF001
    begin, end = (encoder[mark] for mark in MARKS)
    room = model.longest - 2
    table = np.zeros((len(listed), model.longest), dtype=np.int64)
    for place, text in enumerate(listed):
        numbers = numbers_of(text, f"texts[{place}]")
        if len(numbers) > room:
            msg = f"texts[{place}] must have at most {room} pieces, got {len(numbers)}; shorten it"
            raise ValueError(msg)
        table[place, : len(numbers) + 2] = [begin, *numbers, end]
    import torch

    with torch.inference_mode():
        tokens = torch.from_numpy(table)
        parts = [tokens[first : first + TEXTS] for first in range(0, len(tokens), TEXTS)]
        rows = [model.network.encode_text(part) for part in parts]  # type: ignore[operator]
        return np.asarray(torch.cat(rows).double().numpy())


def cosine_similarity(image0: ByteImage, image1: ByteImage, *, model: str = DEFAULT) -> float:
    """Compute the cosine of the vectors that a model makes of two pictures.

    Vectors are kept, so that a picture that is compared often is computed once.

    Parameters
    ----------
    image0, image1 : ndarray of shape (H, W, 3), uint8
        RGB pictures of any sizes.
    model : str
        For `load_model`.

    Returns
    -------
    float
        In [-1, 1]; equal pictures give exactly 1. What a value means depends
        on the model: see `imglab.calibration`.

    Raises
    ------
    ValueError
        If a picture is not as above.
    """
    vectors = [_vector(picture, model) for picture in _check_pictures((image0, image1))]
    return float(cosine_similarities(vectors[:1], vectors[1:])[0, 0])


def zero_shot(pictures: Iterable[ByteImage], texts: Iterable[str], model: Model) -> ZeroShot:
    """Choose for each picture among texts that the model was not trained to choose among.

    Parameters
    ----------
    pictures, texts, model
        As for `embed_pictures` and `embed_texts`.

    Returns
    -------
    ZeroShot
        Cosines, shares, the nearest texts, and notes.
    """
    listed = check_texts(texts)
    cosines = cosine_similarities(embed_pictures(pictures, model), embed_texts(listed, model))
    shares = softmax(cosines / model.temperature, axis=1)
    unknown = unknown_words(listed, model)
    return ZeroShot(tuple(listed), cosines, shares, _notes(unknown, model))


def _notes(unknown: Sequence[str], model: Model) -> tuple[str, ...]:
    if not unknown:
        return ()
    words = ", ".join(unknown[:10]) + (" and more" if len(unknown) > 10 else "")
    return (f"{model.name} met no such word in training, so it means nothing to it: {words}",)


def _vector(picture: ByteImage, model: str) -> FloatVectors:
    key = (model, picture.shape, hashlib.sha256(picture.tobytes()).digest())
    if key not in _kept:
        if len(_kept) >= KEPT:
            _kept.clear()
        _kept[key] = embed_pictures([picture], load_model(model))[0]
    return _kept[key]


def _check_pictures(pictures: object) -> list[ByteImage]:
    single = isinstance(pictures, np.ndarray) and pictures.ndim != 4
    if single or not isinstance(pictures, Iterable):
        kind = getattr(pictures, "shape", type(pictures).__name__)
        msg = f"pictures must be a list of arrays, got {kind}; put one picture in brackets"
        raise ValueError(msg)
    listed = list(pictures)
    if not listed:
        msg = "pictures must hold at least one picture, got none; pass a list of arrays"
        raise ValueError(msg)
    for place, picture in enumerate(listed):
        array = check_image(picture, name=f"pictures[{place}]")
        if array.dtype != np.uint8 or array.ndim != 3:
            msg = (
                f"pictures[{place}] must be RGB of shape (H, W, 3) and dtype uint8, "
                f"got {array.shape} {array.dtype}; load a file with imglab.load"
            )
            raise ValueError(msg)
        listed[place] = np.ascontiguousarray(_middle(array.astype(np.uint8, copy=False)))
    return listed


def _middle(picture: ByteImage) -> ByteImage:
    """Cut off far ends, which no model sees and which would be resized for nothing."""
    height, width = picture.shape[:2]
    longest = LONGEST_SIDE * min(height, width)
    top, left = max(0, (height - longest) // 2), max(0, (width - longest) // 2)
    return picture[top : top + longest, left : left + longest]
