"""Lesson 06: pictures and texts in one space.

CLIP trains two networks at once, one for pictures and one for texts, so that a
picture and its caption point the same way and all other pairs do not. After
that, pictures can be compared with pictures, texts with texts, and both with
each other. Inside: `models` (which models there are, and how they are read),
`words` (from a text to the pieces that a model knows), `embedding` (vectors,
cosines, and naming a picture without training for the names), `objective`
(what such a model is trained to make small) and `towers` (two small ones that
learn in seconds). The networks are OpenAI's own code; torch is imported when a
function first needs it.
"""

from imglab.clip.embedding import (
    ZeroShot,
    cosine_similarity,
    embed_pictures,
    embed_texts,
    zero_shot,
)
from imglab.clip.models import NAMES, Model, load_model
from imglab.clip.objective import contrastive_loss, softmax
from imglab.clip.towers import Towers, train_towers
from imglab.clip.words import pieces, unknown_words

__all__ = [
    "NAMES",
    "Model",
    "Towers",
    "ZeroShot",
    "contrastive_loss",
    "cosine_similarity",
    "embed_pictures",
    "embed_texts",
    "load_model",
    "pieces",
    "softmax",
    "train_towers",
    "unknown_words",
    "zero_shot",
]
