"""From a text to the pieces of words that a model knows."""

from collections.abc import Iterable

from imglab.clip.models import Model, official

LONGEST = 2000  # characters of a text; 75 pieces never need as many
MARKS = ("<|startoftext|>", "<|endoftext|>")  # begin and end, which the tokenizer adds itself


def pieces(text: str) -> tuple[str, ...]:
    """Cut a text into the pieces that CLIP reads, by byte-pair encoding.

    The text is put in lower case; pieces that end a word end in ``</w>``. A
    frequent word is one piece, a rare one several.

    Parameters
    ----------
    text : str
        At most 2,000 characters.

    Returns
    -------
    tuple of str
        Without the marks of begin and end. Letters that are not ASCII are
        written as their bytes.

    Raises
    ------
    ValueError
        If `text` is no such text.
    MissingPackage
        If OpenAI's code is not installed.
    """
    tokenizer = official().clip._tokenizer  # noqa: SLF001  (the one its tokenize uses)
    return tuple(tokenizer.decoder[number] for number in numbers_of(text, "text"))


def unknown_words(texts: Iterable[str], model: Model) -> tuple[str, ...]:
    """List the words of which a model never saw a piece in training.

    Such a piece has a row of zeros in the model's table: it still gets an
    answer, and the answer means nothing.

    Parameters
    ----------
    texts : iterable of str
        As for `embed_texts`.
    model : Model
        From `load_model`.

    Returns
    -------
    tuple of str
        Each word once, in the order of their first use.
    """
    words = [word for text in check_texts(texts) for word in text.split()]
    unknown = [w for w in words if not model.known.issuperset(numbers_of(w, "word"))]
    return tuple(dict.fromkeys(unknown))


def check_texts(texts: object) -> list[str]:
    """Return texts as a list after checking that there is at least one, each a text."""
    if isinstance(texts, str) or not isinstance(texts, Iterable):
        kind = type(texts).__name__
        msg = f"texts must be a list of texts, got one {kind}; put it in brackets"
        raise ValueError(msg)
    listed = list(texts)
    if not listed:
        msg = "texts must hold at least one text, got none; pass a list"
        raise ValueError(msg)
    return listed


def numbers_of(text: object, name: str) -> list[int]:
    """Return the numbers of a text's pieces after checking that it is one."""
    if not isinstance(text, str):
        msg = f"{name} must be a text, got {type(text).__name__}; write it in quotes"
        raise ValueError(msg)
    if len(text) > LONGEST:
        msg = f"{name} must have at most {LONGEST} characters, got {len(text)}; shorten it"
        raise ValueError(msg)
    tokenizer = official().clip._tokenizer  # noqa: SLF001
    found = [int(number) for number in tokenizer.encode(text)]
    if not found:
        msg = f"{name} must hold at least one word, got {ascii(text)[:40]}; write one"
        raise ValueError(msg)
    if {tokenizer.encoder[mark] for mark in MARKS}.intersection(found):
        both = " and ".join(MARKS)
        msg = f"{name} must not hold {both}, which are added to it; remove them"
        raise ValueError(msg)
    return found
