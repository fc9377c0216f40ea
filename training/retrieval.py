"""From pictures and texts to vectors, and how well the ones find the others."""

import numpy as np
import torch
from captions import tokenize
from clip.model import CLIP
from networks import IMAGE_MEAN, IMAGE_STD, TOWER

from imglab import emoji

STYLES = tuple(emoji.STYLES)


def unit(vectors: np.ndarray) -> np.ndarray:
    """Divide vectors by their lengths."""
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


@torch.no_grad()
def picture_vectors(model: CLIP, items: tuple[emoji.Emoji, ...]) -> np.ndarray:
    """Return the unit vector of every picture: (5, N, D), styles first."""
    rows = []
    for style in STYLES:
        tiles = np.stack([emoji.picture(item, style) for item in items])
        batch = torch.from_numpy(tiles).permute(0, 3, 1, 2) / 255
        rows.append(model.encode_image((batch - IMAGE_MEAN) / IMAGE_STD).double().numpy())
    return unit(np.stack(rows))


@torch.no_grad()
def text_vectors(model: CLIP, texts: list[str], *, known_only: bool = False) -> np.ndarray:
    """Return the unit vector of every text: (N, D).

    With `known_only`, pieces of words that training never showed are left out;
    their rows in the table of words are zero.
    """
    numbers = tokenize(texts, TOWER["context_length"])
    if known_only:
        known = model.token_embedding.weight.abs().sum(dim=1) > 0
        for row, kept in enumerate((numbers > 0) & known[numbers]):
            left = numbers[row][kept].clone()
            numbers[row] = 0
            numbers[row, : len(left)] = left
    return unit(model.encode_text(numbers).double().numpy())


def ranks(queries: np.ndarray, gallery: np.ndarray) -> np.ndarray:
    """Return the place of the right answer, from 1, for each query: row i wants row i."""
    cosines = queries @ gallery.T
    return 1 + (cosines > np.diag(cosines)[:, None]).sum(axis=1)


def recall(places: np.ndarray) -> dict[str, float]:
    """Return how many right answers, in per cent, are among the first 1, 5 and 10."""
    return {f"recall_at_{k}": round(100 * float(np.mean(places <= k)), 2) for k in (1, 5, 10)}


def captions_of(
    items: tuple[emoji.Emoji, ...], *, styles: bool, keywords: bool = True
) -> list[list[str]]:
    """Return the caption of every emoji for each of the five styles."""
    return [
        [emoji.caption(item, style if styles else None, keywords=keywords) for item in items]
        for style in STYLES
    ]


def search(
    model: CLIP, seen: np.ndarray, captions: list[list[str]], *, known_only: bool = False
) -> np.ndarray:
    """Look in each style for every emoji by its caption: the places of the right ones, (5, N)."""
    return np.array(
        [
            ranks(text_vectors(model, texts, known_only=known_only), gallery)
            for texts, gallery in zip(captions, seen, strict=True)
        ]
    )


def scores(model: CLIP, items: tuple[emoji.Emoji, ...], *, styles: bool) -> dict:
    """Try a CLIP on emoji: find pictures by text, and name the style.

    Parameters
    ----------
    model : CLIP
        In evaluation mode.
    items : tuple of Emoji
        The gallery: one picture of each in every style.
    styles : bool
        Whether the captions mention the style.

    Returns
    -------
    dict
        In per cent: recall at 1, 5 and 10 within a style, with and without
        keywords in the caption; the former style by style too; style named
        right, told what the picture shows or not.
    """
    seen = picture_vectors(model, items)
    places = search(model, seen, captions_of(items, styles=styles))
    found = {
        "caption": recall(places),
        "by_style": dict(zip(STYLES, map(recall, places), strict=True)),
        "name_alone": recall(
            search(model, seen, captions_of(items, styles=styles, keywords=False))
        ),
    }
    if styles:
        found["style_named"] = {
            "told_what": named_right(model, items, seen, told=True),
            "not_told": named_right(model, items, seen, told=False),
        }
    return found


def named_right(
    model: CLIP, items: tuple[emoji.Emoji, ...], seen: np.ndarray, *, told: bool
) -> float:
    """Return how many pictures, in per cent, are nearest to the caption of their style.

    Told what a picture shows, the five captions hold its name and keywords and
    differ in the style's word. Not told, each style stands for the mean of its
    captions of all training emoji.
    """
    if told:
        texts = [[emoji.caption(item, style) for item in items] for style in STYLES]
        labels = np.stack([text_vectors(model, one) for one in texts])  # (5, N, D)
        answers = np.einsum("snd,tnd->snt", seen, labels).argmax(axis=2)  # (5, N)
    else:
        others = emoji.items("train")
        texts = [[emoji.caption(o, style, keywords=False) for o in others] for style in STYLES]
        means = unit(np.stack([text_vectors(model, one).mean(axis=0) for one in texts]))
        answers = (seen @ means.T).argmax(axis=2)
    right = answers == np.arange(len(STYLES))[:, None]
    return round(100 * float(right.mean()), 2)
