"""The captions that the small CLIPs learn from, and their words as numbers."""

import functools
import warnings

import numpy as np
import torch

from imglab import emoji

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message="pkg_resources is deprecated", category=UserWarning)
    from clip.clip import _tokenizer

CONTEXT = 40  # numbers in the longest caption that is trained on; CLIP's own limit is 77
START = _tokenizer.encoder["<|startoftext|>"]
END = _tokenizer.encoder["<|endoftext|>"]

# One of these is drawn for each picture of a batch.
WITH_STYLE = (
    "a {style} drawing of {words}",
    "a {style} drawing of {words}",
    "a {style} picture of {words}",
    "{words}, {style}",
)
WITHOUT_STYLE = (
    "a drawing of {words}",
    "a drawing of {words}",
    "a picture of {words}",
    "{words}",
)


def draw_caption(item: emoji.Emoji, style: str | None, rng: np.random.Generator) -> str:
    """Draw a caption: a template, and the name, some keywords, or both.

    Parameters
    ----------
    item : Emoji
        What the picture shows.
    style : str or None
        The style that is mentioned, or None: no style is mentioned.
    rng : numpy.random.Generator
        Where the choice comes from.

    Returns
    -------
    str
        Such as ``"a 3d picture of red apple, fruit"``.
    """
    keywords = rng.permutation(np.array(item.keywords, dtype=object)).tolist()
    keywords = keywords[: rng.integers(len(keywords) + 1)]
    words = keywords if keywords and rng.random() < 0.25 else [item.name, *keywords]
    templates = WITHOUT_STYLE if style is None else WITH_STYLE
    template = templates[rng.integers(len(templates))]
    return template.format(style=style and emoji.STYLES[style], words=", ".join(words))


ALWAYS_SAID = {"a", "of", "drawing", "picture", *emoji.STYLES.values()}


@functools.cache
def _encode_word(word: str) -> tuple[int, ...]:
    return tuple(_tokenizer.encode(word))


def encode(text: str) -> list[int]:
    """Return the numbers of a text in CLIP's own vocabulary, without start and end."""
    # The tokenizer never joins what a space divides, so words can be remembered one by one.
    return [number for word in text.split() for number in _encode_word(word)]


def tokenize(texts: list[str], context: int = CONTEXT) -> torch.Tensor:
    """Do what ``clip.tokenize(texts, truncate=True)`` does, in less time: (N, context)."""
    table = torch.zeros(len(texts), context, dtype=torch.long)
    for row, text in enumerate(texts):
        numbers = [START, *encode(text)[: context - 2], END]
        table[row, : len(numbers)] = torch.tensor(numbers)
    return table


def hide(texts: list[str], rng: np.random.Generator, share: float) -> np.ndarray:
    """Draw which numbers of `tokenize` are hidden, so that unseen words cost less later.

    A word that training never shows has a row of zeros in the table of words.
    The network gets used to such rows when some words are hidden behind them.

    Parameters
    ----------
    texts : list of str
        Captions.
    rng : numpy.random.Generator
        Where the choice comes from.
    share : float
        Of the words that say what is shown; the template and the style stay.

    Returns
    -------
    ndarray of shape (N, CONTEXT), bool
        True where a number is hidden.
    """
    hidden = np.zeros((len(texts), CONTEXT), bool)
    for row, text in enumerate(texts):
        marks = [False]  # the start
        for word in text.split():
            gone = word.strip(",") not in ALWAYS_SAID and rng.random() < share
            marks += [gone] * len(_encode_word(word))
        marks = marks[: CONTEXT - 1]  # the end is never hidden
        hidden[row, : len(marks)] = marks
    return hidden


def vocabulary(items: tuple[emoji.Emoji, ...], *, styles: bool) -> list[int]:
    """List every number that a caption of these emoji can hold, ascending."""
    fixed = WITH_STYLE if styles else WITHOUT_STYLE
    texts = [template.format(style="", words="") for template in fixed]
    texts += list(emoji.STYLES.values()) if styles else []
    texts += [f"{text}," for item in items for text in (item.name, *item.keywords)]
    texts += [text for item in items for text in (item.name, *item.keywords)]
    return sorted({0, START, END} | {number for text in texts for number in encode(text)})
