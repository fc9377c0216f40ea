"""Lesson 05: what a classifier sees.

A network that was trained to name things turns a picture into a vector; two
pictures are as alike as their vectors point the same way. Inside: `networks`
(which networks there are, and how their weights are read), `preprocessing`
(from a picture to what a network is fed with: a part of the metric) and
`features` (vectors, cosines, the map of where a cosine comes from, class
names). torch is imported when a function first needs it.
"""

from imglab.cnn.features import (
    classify,
    cosine,
    cosine_similarity,
    embed,
    feature_map,
    layers,
    similarity_maps,
)
from imglab.cnn.networks import NAMES, Network, labels, load_model
from imglab.cnn.preprocessing import FITS, normalized, seen

__all__ = [
    "FITS",
    "NAMES",
    "Network",
    "classify",
    "cosine",
    "cosine_similarity",
    "embed",
    "feature_map",
    "labels",
    "layers",
    "load_model",
    "normalized",
    "seen",
    "similarity_maps",
]
