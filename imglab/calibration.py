"""What a score means: its place among the scores of unrelated pictures.

A metric's value says little by itself. Here lie, for each metric, the values
over all unrelated pairs of the bundled pictures and over pairs that show the
same scene, all at one size. A new value is then placed: "nearer than 181 of
190 unrelated bundled pairs". Never finer than the count allows, and never
across sizes or settings.

The values are stored in ``data/calibration.json``. ``imglab calibrate``
computes them anew.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np

from imglab import samples
from imglab.catalogue import METRICS, Metric
from imglab.distortions import DISTORTIONS
from imglab.image import load, resize
from imglab.validation import ByteImage, FloatImage, ImageInputError, UndefinedMetric

SIZE = 256  # side of the square to which every picture of a cloud is resized, in pixels
FILE = "calibration.json"
NOT_THE_SAME_SCENE = ("shuffle",)  # tiles in another order show another thing
MOST_PICTURES = 40  # of a folder given as reference: 780 pairs


@dataclass(frozen=True)
class Clouds:
    """The values of one metric over pairs whose relation is known.

    Attributes
    ----------
    metric : Metric
        Whose values they are.
    size : int
        Side of the square pictures, in pixels.
    unrelated : ndarray of shape (n,), float64
        One value for each pair of `pairs`.
    same_scene : ndarray of shape (m,), float64
        A picture against its own changes of medium strength, and real second
        views. Empty for a folder of the reader's own.
    pairs : tuple of pairs of str
        The names behind `unrelated`.
    reference : str
        What the pairs are called in a sentence.
    """

    metric: Metric
    size: int
    unrelated: FloatImage
    same_scene: FloatImage
    pairs: tuple[tuple[str, str], ...]
    reference: str = "unrelated bundled pairs"

    def without(self, name0: str, name1: str) -> FloatImage:
        """Return the unrelated values except that of the pair (name0, name1)."""
        keep = [set(pair) != {name0, name1} for pair in self.pairs]
        return self.unrelated[np.array(keep, dtype=bool)]


@dataclass(frozen=True)
class Standing:
    """The place of one value among the unrelated pairs.

    Attributes
    ----------
    nearer_than, of : int
        The value is strictly nearer than `nearer_than` of `of` pairs.
    reference : str
        What the pairs are called.
    """

    nearer_than: int
    of: int
    reference: str

    def __str__(self) -> str:
        return f"nearer than {self.nearer_than} of {self.of} {self.reference}"


def clouds(key: str) -> Clouds:
    """Read the stored values of the metric `key` over the bundled pictures.

    Raises
    ------
    KeyError
        If the metric has no stored values.
    ValueError
        If they were computed with other settings than today's.
    """
    stored = _stored()["metrics"]
    if key not in stored:
        msg = f"no calibration for {key!r}; it has {', '.join(stored)}"
        raise KeyError(msg)
    metric = METRICS[key]
    if stored[key]["settings"] != metric.settings:
        msg = (
            f"calibration of {key!r} must have the settings {metric.settings!r}, "
            f"got {stored[key]['settings']!r}; run 'imglab calibrate'"
        )
        raise ValueError(msg)
    return Clouds(
        metric=metric,
        size=SIZE,
        unrelated=np.array(stored[key]["unrelated"], dtype=np.float64),
        same_scene=np.array(stored[key]["same_scene"], dtype=np.float64),
        pairs=samples.unrelated_pairs(),
    )


def standing(
    value: float, clouds: Clouds, *, leave_out: tuple[str, str] | None = None
) -> Standing:
    """Place a value among the unrelated pairs of its metric.

    Parameters
    ----------
    value : float
        A value of the same metric, settings and size as the clouds.
    clouds : Clouds
        From `clouds` or `folder_clouds`.
    leave_out : tuple of two str, optional
        The pair that the value itself came from: no pair stands in its own
        null distribution.

    Examples
    --------
    >>> str(standing(0.0, clouds("mean_squared_error")))  # an exact copy
    'nearer than 190 of 190 unrelated bundled pairs'
    """
    others = clouds.without(*leave_out) if leave_out else clouds.unrelated
    nearer = sum(clouds.metric.nearer(value, float(other)) for other in others)
    return Standing(nearer, len(others), clouds.reference)


def name_of(image: ByteImage) -> str | None:
    """Return the name of the bundled picture that `image` is, if it is one.

    Parameters
    ----------
    image : ndarray of shape (SIZE, SIZE, 3), uint8
        A picture at the size of the calibration.
    """
    names: dict[str, str] = _stored()["pixels"]
    return names.get(_digest(image))


def at_size(image: ByteImage) -> ByteImage:
    """Resize a picture to the calibration's square, proportions not kept."""
    return image if image.shape[:2] == (SIZE, SIZE) else resize(image, (SIZE, SIZE))


def folder_clouds(folder: Path, keys: Iterable[str]) -> tuple[dict[str, Clouds], list[str]]:
    """Compute clouds over all pairs of a folder's pictures, taken as unrelated.

    Parameters
    ----------
    folder : Path
        At least three usable pictures; the first 40 by name are taken.
    keys : iterable of str
        The metrics.

    Returns
    -------
    tuple of dict and list of str
        The clouds by metric, and a sentence for each file left out.

    Raises
    ------
    ImageInputError
        If the folder cannot be read or has fewer than three pictures.
    """
    try:
        files = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        msg = f"Cannot use '{folder.name}' as reference: it is no readable folder. Name a folder."
        raise ImageInputError(msg, code="not-a-file") from error
    pictures: dict[str, ByteImage] = {}
    left_out: list[str] = []
    for path in files:
        if len(pictures) == MOST_PICTURES:
            left_out.append(f"Only the first {MOST_PICTURES} pictures by name were taken.")
            break
        try:
            pictures[path.name] = at_size(load(path).pixels)
        except ImageInputError as error:
            left_out.append(str(error))
    if len(pictures) < 3:
        msg = (
            f"Cannot use '{folder.name}' as reference: it must hold at least 3 pictures, "
            f"got {len(pictures)}. Add unrelated pictures."
        )
        raise ImageInputError(msg, code="not-found")
    pairs = tuple(combinations(pictures, 2))
    reference = f"pairs of '{folder.name}'"
    result = {}
    for key in keys:
        values = [_value(METRICS[key], pictures[a], pictures[b]) for a, b in pairs]
        kept = [i for i, value in enumerate(values) if value is not None]
        result[key] = Clouds(
            metric=METRICS[key],
            size=SIZE,
            unrelated=np.array([values[i] for i in kept], dtype=np.float64),
            same_scene=np.empty(0),
            pairs=tuple(pairs[i] for i in kept),
            reference=reference,
        )
    return result, left_out


def same_scene_pairs() -> list[tuple[str, str, int]]:
    """List (picture, change or second view, seed) of every same-scene pair."""
    changes = [key for key in DISTORTIONS if key not in NOT_THE_SAME_SCENE]
    pairs = [(name, key, seed) for seed, name in enumerate(samples.names()) for key in changes]
    return pairs + [(first, second, 0) for first, second in samples.same_scene_pairs()]


def compute(
    key: str,
    unrelated: Sequence[tuple[str, str]],
    same_scene: Sequence[tuple[str, str, int]],
) -> tuple[list[float], list[float]]:
    """Compute a metric over given pairs of bundled pictures, from the pixels.

    Parameters
    ----------
    key : str
        The metric.
    unrelated : sequence of (name, name)
        Usually `samples.unrelated_pairs`.
    same_scene : sequence of (name, change or name, seed)
        Usually `same_scene_pairs`.
    """
    metric = METRICS[key]
    apart = [metric(_sample(a), _sample(b)) for a, b in unrelated]
    alike = [metric(_sample(name), _other_view(name, what, seed)) for name, what, seed in same_scene]
    return apart, alike


def write(path: Path) -> None:
    """Compute all clouds and write them to `path` as JSON (about a minute)."""
    metrics = {}
    for key, metric in METRICS.items():
        apart, alike = compute(key, samples.unrelated_pairs(), same_scene_pairs())
        metrics[key] = {
            "settings": metric.settings,
            "unrelated": [float(f"{value:.12g}") for value in apart],
            "same_scene": [float(f"{value:.12g}") for value in alike],
        }
    document = {
        "version": 1,
        "size": SIZE,
        "resize": "Pillow bicubic, proportions not kept",
        "pixels": {_digest(_sample(name)): name for name in samples.names()},
        "metrics": metrics,
    }
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8", newline="\n")


@cache
def _stored() -> dict[str, dict[str, object]] | dict[str, object]:
    return dict(json.loads(samples.data_path(FILE).read_text(encoding="utf-8")))


@cache
def _sample(name: str) -> ByteImage:
    return samples.load(name, size=SIZE)


@cache
def _other_view(name: str, what: str, seed: int) -> ByteImage:
    if what not in DISTORTIONS:
        return _sample(what)
    return DISTORTIONS[what](_sample(name), DISTORTIONS[what].strengths[1], seed=seed)


def _digest(image: ByteImage) -> str:
    return hashlib.sha256(np.ascontiguousarray(image).tobytes()).hexdigest()


def _value(metric: Metric, image0: ByteImage, image1: ByteImage) -> float | None:
    try:
        return metric(image0, image1)
    except UndefinedMetric:
        return None
