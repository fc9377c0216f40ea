"""Vectors of pictures, how alike they point, and where in the picture that comes from."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from imglab.cnn.networks import DEFAULT, Network, labels, load_model
from imglab.cnn.preprocessing import Fit, normalized, seen
from imglab.validation import ByteImage, FloatImage, check_image
from imglab.vectors import cosine_similarities

if TYPE_CHECKING:
    import torch

Vector = npt.NDArray[np.float64]

KEPT = 1024  # vectors that `cosine_similarity` remembers: of 1,280 values, 10 MB
_kept: dict[tuple[str, str, tuple[int, ...], str, bytes], Vector] = {}


def layers(
    image: ByteImage, model: str | Network = DEFAULT, *, fit: Fit = "crop"
) -> dict[str, npt.NDArray[np.float32]]:
    """Compute what each stage of a network makes of a picture.

    Parameters
    ----------
    image : ndarray of shape (H, W, 3), uint8
        An RGB picture of any size.
    model : str or Network
        For `load_model`, or what it returned.
    fit : {"crop", "squash"}
        See `seen`.

    Returns
    -------
    dict of str to ndarray of shape (C, h, w), float32
        In order; the last is the last feature map.
    """
    network = load_model(model) if isinstance(model, str) else model
    return {name: stage[0].numpy() for name, stage in _stages(image, network, fit)}


def feature_map(image: ByteImage, model: str | Network = DEFAULT, *, fit: Fit = "crop") -> Vector:
    """Compute the last feature map: a vector for each region of the picture.

    Parameters
    ----------
    image, model, fit
        As for `layers`.

    Returns
    -------
    ndarray of shape (C, 7, 7), float64
        Of EfficientNet-Lite0 1,280 channels in [0, 6], because its last step
        is ReLU6; of ResNet-50 2,048 channels of 0 or more.
    """
    network = load_model(model) if isinstance(model, str) else model
    last = None
    for _, last in _stages(image, network, fit):  # noqa: B007  (the last one is wanted)
        pass
    assert last is not None  # a network has stages
    return np.asarray(last[0].numpy(), dtype=np.float64)


def embed(
    pictures: Iterable[ByteImage], model: str | Network = DEFAULT, *, fit: Fit = "crop"
) -> Vector:
    """Turn pictures into vectors: the mean of the last feature map over its regions.

    One picture at a time, so that a vector does not depend on its company; on
    other machines, and with other numbers of threads, the last digits of
    float32 may differ.

    Parameters
    ----------
    pictures : iterable of ndarray of shape (H, W, 3), uint8
        RGB pictures of any sizes.
    model, fit
        As for `layers`.

    Returns
    -------
    ndarray of shape (n, C), float64
        One row for each picture.
    """
    rows = [feature_map(image, model, fit=fit).mean(axis=(1, 2)) for image in pictures]
    if not rows:
        msg = "pictures must hold at least one picture, got none; pass a list of arrays"
        raise ValueError(msg)
    return np.stack(rows)


def cosine(vector0: npt.ArrayLike, vector1: npt.ArrayLike) -> float:
    r"""Compute the cosine of the angle between two vectors, in float64.

    .. math:: \cos(g, h) = \frac{\sum_k g_k h_k}{\sqrt{\sum_k g_k^2}\sqrt{\sum_k h_k^2}}

    Parameters
    ----------
    vector0, vector1 : array_like of shape (C,)
        Of one network.

    Returns
    -------
    float
        In [-1, 1]; equal vectors give exactly 1. In [0, 1] where no value is
        negative, as after a ReLU.

    Raises
    ------
    UndefinedMetric
        If a vector is 0 everywhere.

    Examples
    --------
    >>> round(cosine([3.0, 4.0], [4.0, 3.0]), 12)  # (12 + 12) / (5 * 5)
    0.96
    """
    return float(cosine_similarities(np.atleast_2d(vector0), np.atleast_2d(vector1))[0, 0])


def cosine_similarity(
    image0: ByteImage, image1: ByteImage, *, model: str = DEFAULT, fit: Fit = "crop"
) -> float:
    """Compute the cosine of the vectors that a network makes of two pictures.

    Vectors are kept, so that a picture that is compared often is computed once.

    Parameters
    ----------
    image0, image1 : ndarray of shape (H, W, 3), uint8
        RGB pictures of any sizes.
    model : str
        For `load_model`.
    fit : {"crop", "squash"}
        See `seen`.

    Returns
    -------
    float
        In [0, 1] for the networks here, whose features are never negative;
        equal pictures give exactly 1. What a value means depends on network
        and preprocessing: see `imglab.calibration`.

    Raises
    ------
    UndefinedMetric
        If the network answers a picture with 0 everywhere.
    """
    return cosine(*(_vector(image, model, fit) for image in (image0, image1)))


def similarity_maps(
    image0: ByteImage, image1: ByteImage, model: str | Network = DEFAULT, *, fit: Fit = "crop"
) -> tuple[FloatImage, FloatImage]:
    r"""Take a cosine apart into the regions that it comes from.

    The vector :math:`g` of a picture is the mean of the vectors :math:`F_p` of
    its regions, so the cosine with the other picture's :math:`h` is the mean of

    .. math:: m_p = \frac{\sum_k F_{kp} h_k}{\lVert g \rVert \, \lVert h \rVert}

    Parameters
    ----------
    image0, image1, model, fit
        As for `cosine_similarity`; a loaded network is welcome too.

    Returns
    -------
    tuple of two ndarray of shape (7, 7), float64
        For each picture, what its regions contribute; the mean of each is the
        cosine. A region lies in what the network saw (`seen`), and its vector
        has looked at pixels beyond it.

    Raises
    ------
    UndefinedMetric
        If the network answers a picture with 0 everywhere.
    """
    maps = [feature_map(image, model, fit=fit) for image in (image0, image1)]
    g, h = (one.mean(axis=(1, 2)) for one in maps)
    cosine(g, h)  # refuses a vector without a direction
    lengths = float(np.sqrt(np.sum(g**2)) * np.sqrt(np.sum(h**2)))
    first, second = (
        np.tensordot(other, one, axes=1) / lengths  # (C,) with (C, 7, 7)
        for other, one in ((h, maps[0]), (g, maps[1]))
    )
    return first, second


def classify(
    image: ByteImage, model: str | Network = DEFAULT, *, most: int = 5, fit: Fit = "crop"
) -> list[tuple[str, float]]:
    """Name what a network takes a picture for.

    Parameters
    ----------
    image, model, fit
        As for `layers`.
    most : int
        How many names.

    Returns
    -------
    list of (str, float)
        ImageNet's names and their shares (softmax of the scores), the greatest
        first. There are 1,000 names, and one of them always wins.
    """
    import torch

    network = load_model(model) if isinstance(model, str) else model
    g = embed([image], network, fit=fit)
    with torch.inference_mode():
        scores = network.classifier(torch.from_numpy(g.astype(np.float32)))[0]
        shares = torch.softmax(scores, dim=0).numpy()
    best = np.argsort(-shares, kind="stable")[:most]
    return [(labels()[i], float(shares[i])) for i in best]


def _stages(image: ByteImage, network: Network, fit: Fit) -> "Iterator[tuple[str, torch.Tensor]]":
    """Yield each stage's output, a tensor (1, C, h, w)."""
    import torch

    square = seen(image, fit=fit, filter=network.filter)
    with torch.inference_mode():
        x = torch.from_numpy(normalized(square, network.mean, network.std))[None]
        for name, stage in network.stages.items():
            x = stage(x)
            yield name, x


def _vector(image: ByteImage, model: str, fit: Fit) -> Vector:
    pixels = check_image(image)
    digest = hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).digest()
    key = (model, fit, pixels.shape, pixels.dtype.str, digest)
    if key not in _kept:
        vector = embed([image], model, fit=fit)[0]
        if len(_kept) >= KEPT:
            _kept.clear()
        _kept[key] = vector
    return _kept[key]
