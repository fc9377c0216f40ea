"""What a score means: its place among the scores of unrelated pictures.

A metric's value says little by itself. Here lie, for each metric, the values
over all unrelated pairs of the bundled pictures and over pairs that show the
same scene, all at one size. A new value is then placed: "nearer than 181 of
190 unrelated bundled pairs". Never finer than the count allows, and never
across sizes or settings.

The values are stored in ``data/calibration.json``, those of the metrics that
need torch in ``data/calibration_deep.json``. ``imglab calibrate`` computes the
first anew, ``imglab calibrate --deep`` the second.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from imglab import samples
from imglab.catalogue import DEEP_METRICS, METRICS, Metric
from imglab.distortions import DISTORTIONS
from imglab.image import load, resize
from imglab.image.wording import plain_name, refusal
from imglab.language import tr
from imglab.validation import ByteImage, FloatImage, ImageInputError, UndefinedMetric

SIZE = 256  # side of the square to which every picture of a cloud is resized, in pixels
FILE = "calibration.json"
BUNDLED = "unrelated bundled pairs"  # what a sentence calls the pairs of the gallery
DEEP_FILE = "calibration_deep.json"
NOT_THE_SAME_SCENE = ("shuffle",)  # tiles in another order show another thing
MOST_PICTURES = 40  # of a folder given as reference: 780 pairs
MOST_NOTES = 5  # of a folder's files that were left out


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
        A picture against its own changes of medium strength, where they change
        it (a grey picture has no colours to fade), and real second views.
        Empty for a folder of the reader's own.
    pairs : tuple of pairs of str
        The names behind `unrelated`.
    reference : str
        What the pairs are called in a sentence.
    digests : mapping of str to str
        From the SHA-256 of a picture's pixels to its name in `pairs`.
    """

    metric: Metric
    size: int
    unrelated: FloatImage
    same_scene: FloatImage
    pairs: tuple[tuple[str, str], ...]
    reference: str = BUNDLED
    digests: Mapping[str, str] = field(default_factory=dict, repr=False)

    def without(self, name0: str, name1: str) -> FloatImage:
        """Return the unrelated values except that of the pair (name0, name1)."""
        keep = [set(pair) != {name0, name1} for pair in self.pairs]
        return np.asarray(self.unrelated[np.array(keep, dtype=bool)])


@dataclass(frozen=True)
class Standing:
    """The place of one value among the unrelated pairs.

    Attributes
    ----------
    nearer_than, of : int
        The value is strictly nearer than `nearer_than` of `of` pairs.
    level_with : int
        How many of the pairs have the very same value.
    reference : str
        What the pairs are called.
    """

    nearer_than: int
    of: int
    reference: str
    level_with: int = 0

    def __str__(self) -> str:
        if not self.of:
            return tr(
                "no place: the quantity does not exist for the {reference}",
                reference=self._named(),
            )
        place = tr(
            "nearer than {nearer_than} of {of} {reference}",
            nearer_than=self.nearer_than,
            of=self.of,
            reference=self._named(),
        )
        level = f" ({tr('level with {count}', count=self.level_with)})" if self.level_with else ""
        return f"{place}{level}"

    def _named(self) -> str:
        return tr(self.reference) if self.reference == BUNDLED else self.reference


def clouds(key: str) -> Clouds:
    """Read the stored values of the metric `key` over the bundled pictures.

    Raises
    ------
    KeyError
        If the metric has no stored values.
    ValueError
        If they were computed with other settings than today's.
    """
    document = _stored(DEEP_FILE if key in DEEP_METRICS else FILE)
    stored = document["metrics"]
    if key not in stored:
        msg = f"no calibration for {key!r}; it has {', '.join(stored)}"
        raise KeyError(msg)
    metric, pairs = (METRICS | DEEP_METRICS)[key], samples.unrelated_pairs()
    command = "imglab calibrate --deep" if key in DEEP_METRICS else "imglab calibrate"
    for what, wanted, got in (
        ("settings", metric.settings, stored[key]["settings"]),
        ("size", SIZE, document["size"]),
        ("number of pairs", len(pairs), len(stored[key]["unrelated"])),
    ):
        if wanted != got:
            msg = (
                f"calibration of {key!r} must have the {what} {wanted!r}, got {got!r}; "
                f"run '{command}'"
            )
            raise ValueError(msg)
    apart, alike = (
        np.array(stored[key][cloud], dtype=np.float64)  # null, where undefined, becomes nan
        for cloud in ("unrelated", "same_scene")
    )
    return Clouds(
        metric=metric,
        size=SIZE,
        unrelated=apart[~np.isnan(apart)],
        same_scene=alike[~np.isnan(alike)],
        pairs=tuple(pair for pair, value in zip(pairs, apart, strict=True) if not np.isnan(value)),
        digests=document["pixels"],
    )


def standing(value: float, clouds: Clouds, *, leave_out: tuple[str, str] | None = None) -> Standing:
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
    rounded = _rounded(value, clouds.metric)  # as the others are: a tie is never nearer
    nearer = sum(clouds.metric.nearer(rounded, float(other)) for other in others)
    level = int(np.count_nonzero(others == rounded))
    return Standing(nearer, len(others), clouds.reference, level)


def name_of(image: ByteImage, clouds: Clouds) -> str | None:
    """Return the name of the picture of `clouds` that `image` is, if it is one.

    Parameters
    ----------
    image : ndarray of shape (SIZE, SIZE, 3), uint8
        A picture at the size of the calibration.
    clouds : Clouds
        From `clouds` or `folder_clouds`.
    """
    return clouds.digests.get(_digest(image))


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
    pictures, left_out = read_folder(folder)
    called = plain_name(str(folder.absolute()))  # also "." has a name
    pairs = tuple(combinations(pictures, 2))
    digests = {_digest(image): name for name, image in pictures.items()}
    result = {}
    for key in keys:
        metric = (METRICS | DEEP_METRICS)[key]
        values = {(a, b): _value(metric, pictures[a], pictures[b]) for a, b in pairs}
        known = {pair: _rounded(v, metric) for pair, v in values.items() if v is not None}
        result[key] = Clouds(
            metric=metric,
            size=SIZE,
            unrelated=np.array(list(known.values()), dtype=np.float64),
            same_scene=np.empty(0),
            pairs=tuple(known),
            reference=f"pairs of '{called}'",
            digests=digests,
        )
    return result, left_out


def read_folder(folder: Path) -> tuple[dict[str, ByteImage], list[str]]:
    """Read a folder's pictures at the calibration's size.

    Parameters
    ----------
    folder : Path
        At least three usable pictures; the first 40 by name are taken.

    Returns
    -------
    tuple of dict and list of str
        The pictures by file name, and a sentence for each file left out.

    Raises
    ------
    ImageInputError
        If the folder cannot be read or has fewer than three pictures.
    """
    called = plain_name(str(folder.absolute()))  # also "." has a name
    try:
        files = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        wrong = "it is no readable folder of reference pictures"
        raise refusal(called, wrong, "Name a folder", "not-a-file") from error
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
        wrong = f"as reference it must hold at least 3 pictures, got {len(pictures)}"
        raise refusal(called, wrong, "Add unrelated pictures", "not-found")
    if len(left_out) > MOST_NOTES:
        more = len(left_out) - MOST_NOTES
        left_out = [*left_out[:MOST_NOTES], f"{more} more files of '{called}' were left out."]
    return pictures, left_out


def same_scene_pairs() -> list[tuple[str, str, int]]:
    """List (picture, change or second view, seed) of every same-scene pair.

    A change that leaves a picture as it is makes no pair.
    """
    changes = [key for key in DISTORTIONS if key not in NOT_THE_SAME_SCENE]
    pairs = [(name, key, seed) for seed, name in enumerate(samples.names()) for key in changes]
    pairs = [p for p in pairs if not np.array_equal(_sample(p[0]), _other_view(*p))]
    return pairs + [(first, second, 0) for first, second in samples.same_scene_pairs()]


def compute(
    key: str,
    unrelated: Sequence[tuple[str, str]],
    same_scene: Sequence[tuple[str, str, int]],
) -> tuple[list[float | None], list[float | None]]:
    """Compute a metric over given pairs of bundled pictures, from the pixels.

    None stands where the metric is undefined for a pair.

    Parameters
    ----------
    key : str
        The metric.
    unrelated : sequence of (name, name)
        Usually `samples.unrelated_pairs`.
    same_scene : sequence of (name, change or name, seed)
        Usually `same_scene_pairs`.
    """
    metric = (METRICS | DEEP_METRICS)[key]
    apart = [_value(metric, _sample(a), _sample(b)) for a, b in unrelated]
    alike = [
        _value(metric, _sample(name), _other_view(name, what, seed))
        for name, what, seed in same_scene
    ]
    return apart, alike


def write(path: Path, *, deep: bool = False) -> None:
    """Compute all clouds and write them to `path` as JSON (about a minute).

    Parameters
    ----------
    path : Path
        Usually `FILE` or `DEEP_FILE` in ``data``.
    deep : bool
        Whether the clouds are those of the metrics that need torch.
    """
    metrics = {}
    unrelated, same_scene = samples.unrelated_pairs(), same_scene_pairs()
    for key, metric in (DEEP_METRICS if deep else METRICS).items():
        clouds = zip(("unrelated", "same_scene"), compute(key, unrelated, same_scene), strict=True)
        metrics[key] = {"settings": metric.settings} | {
            name: [None if value is None else _rounded(value, metric) for value in values]
            for name, values in clouds
        }
    document = {
        "version": 1,
        "size": SIZE,
        "resize": "Pillow bicubic, proportions not kept",
        "pixels": {_digest(_sample(name)): name for name in samples.names()},
        "metrics": metrics,
    }
    text = json.dumps(document, indent=1, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


@cache
def _stored(file: str) -> dict[str, Any]:
    return dict(json.loads(samples.data_path(file).read_text(encoding="utf-8")))


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


def _rounded(value: float, metric: Metric) -> float:
    return float(f"{value:.{metric.digits}g}")


def _value(metric: Metric, image0: ByteImage, image1: ByteImage) -> float | None:
    try:
        return metric(image0, image1)
    except UndefinedMetric:
        return None
