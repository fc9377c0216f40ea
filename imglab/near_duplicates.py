"""A folder of copies whose truth is known: to try a finder of near-duplicates on.

Twenty scenes of the gallery, each as it is and three times changed: saved
again, lighter, noisy, cut, turned, mirrored, partly covered, or without
colours. Ten scenes are for choosing a limit, the other ten for judging it:
no scene is in both. The names of the files tell nothing.

Cosines between the vectors of a network are recorded in
``data/near_duplicates.json``; ``imglab calibrate --deep`` computes them anew,
with torch.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Literal

import numpy as np

from imglab import samples
from imglab.distortions import DISTORTIONS
from imglab.image import encode_png, resize
from imglab.validation import ByteImage, UndefinedMetric

Half = Literal["tuning", "judging"]
Pair = tuple[str, str]

FILE = "near_duplicates.json"
SIDE = 256  # the longer side of a file, in pixels
COPIES = 3  # changed copies of a scene
# A change and its strength; each is met by 7 or 8 of the 20 scenes.
CHANGES = (
    ("jpeg", 5),
    ("brightness", 30),
    ("noise", 20),
    ("crop", 0.15),
    ("rotate", 10),
    ("mirror", 1),
    ("occlude", 0.1),
    ("saturation", 0),
)


@dataclass(frozen=True)
class File:
    """What is known of one file.

    Attributes
    ----------
    name : str
        Such as ``"p07.png"``.
    scene : str
        The bundled picture that it shows.
    change : str
        What was done to it, a key of `imglab.distortions.DISTORTIONS`, or
        ``"original"``.
    """

    name: str
    scene: str
    change: str


@dataclass(frozen=True)
class Score:
    """How well found pairs agree with the true ones.

    Attributes
    ----------
    right : int
        Found pairs that are true.
    found, true : int
        How many pairs were found, and how many there are.
    """

    right: int
    found: int
    true: int

    @property
    def precision(self) -> float:
        """The share of the found pairs that are true, 0 to 1.

        Raises
        ------
        UndefinedMetric
            If no pair was found.
        """
        if not self.found:
            msg = "precision does not exist where no pair was found"
            raise UndefinedMetric(msg)
        return self.right / self.found

    @property
    def recall(self) -> float:
        """The share of the true pairs that were found, 0 to 1.

        Raises
        ------
        UndefinedMetric
            If there is no true pair.
        """
        if not self.true:
            msg = "recall does not exist where no pair is true"
            raise UndefinedMetric(msg)
        return self.right / self.true


@cache
def files(half: Half) -> tuple[File, ...]:
    """List the 40 files of one half, by name.

    Raises
    ------
    ValueError
        If `half` is neither ``"tuning"`` nor ``"judging"``.

    Examples
    --------
    >>> len(files("tuning")), files("tuning")[0].name
    (40, 'p01.png')
    """
    if half not in ("tuning", "judging"):
        msg = f"half must be 'tuning' or 'judging', got {half!r}; choose one of the two"
        raise ValueError(msg)
    start = ("tuning", "judging").index(half)
    scenes = list(enumerate(samples.names()[:20]))[start::2]
    contents = []
    for place, scene in scenes:
        chosen = [CHANGES[(place + 3 * step) % len(CHANGES)][0] for step in range(COPIES)]
        contents += [(scene, change) for change in ("original", *chosen)]
    order = np.random.default_rng(start).permutation(len(contents))
    return tuple(File(f"p{n:02}.png", *contents[i]) for n, i in enumerate(order, 1))


def pictures(half: Half) -> dict[str, ByteImage]:
    """Make the pictures of one half.

    Returns
    -------
    dict of str to ndarray of shape (H, W, 3), uint8
        Name of the file to its pixels; the longer side has 256 of them.
    """
    return {file.name: _picture(file).copy() for file in files(half)}


def write_pictures(folder: Path, half: Half) -> list[Path]:
    """Write the pictures of one half as PNG files.

    Parameters
    ----------
    folder : Path
        An existing folder, best an empty one.
    half : {"tuning", "judging"}
        Which.

    Returns
    -------
    list of Path
        The 40 files, by name.
    """
    paths = []
    for name, pixels in pictures(half).items():
        paths.append(folder / name)
        paths[-1].write_bytes(encode_png(pixels))
    return paths


def true_pairs(half: Half) -> frozenset[Pair]:
    """List the pairs of files that show one scene.

    Returns
    -------
    frozenset of (str, str)
        60 pairs, each in the order of the alphabet: 6 for each of 10 scenes.

    Examples
    --------
    >>> len(true_pairs("judging"))  # 10 scenes * (4 * 3 / 2)
    60
    """
    scene = {file.name: file.scene for file in files(half)}
    return frozenset((a, b) for a, b in combinations(sorted(scene), 2) if scene[a] == scene[b])


def score(found: Iterable[Iterable[str]], true: Iterable[Pair]) -> Score:
    """Count the found pairs that are true.

    Parameters
    ----------
    found : iterable of pairs of str
        In any order; a pair that is named twice counts once.
    true : iterable of pairs of str
        Such as from `true_pairs`.

    Returns
    -------
    Score
        Counts, with `precision` and `recall`.

    Raises
    ------
    ValueError
        If something found is no pair of two names.

    Examples
    --------
    >>> found = [("a", "b"), ("c", "d"), ("b", "a")]
    >>> result = score(found, [("a", "b"), ("a", "c")])
    >>> result.precision, result.recall  # one of two found, one of two true
    (0.5, 0.5)
    """
    names = {_as_pair(pair) for pair in found}
    wanted = {_as_pair(pair) for pair in true}
    return Score(right=len(names & wanted), found=len(names), true=len(wanted))


def cosines(half: Half) -> dict[Pair, float]:
    """Read the recorded cosines between the pictures of one half.

    Returns
    -------
    dict of pair to float
        Each of the 780 pairs, in the order of the alphabet: the cosine of the
        vectors of `imglab.cnn` (EfficientNet-Lite0), 0 to 1, three decimals.
    """
    recorded = json.loads(samples.data_path(FILE).read_text(encoding="utf-8"))["cosines"][half]
    names = sorted(file.name for file in files(half))
    return dict(zip(combinations(names, 2), recorded, strict=True))


def write(path: Path) -> None:
    """Compute the cosines with torch and write them to `path` as JSON."""
    document = {
        "network": "EfficientNet-Lite0, ImageNet weights, imglab.cnn.embed",
        "cosines": {half: _computed(half) for half in ("tuning", "judging")},
    }
    text = json.dumps(document, allow_nan=False).replace("[", "\n[").replace('], "', '],\n "')
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def _computed(half: Half) -> list[float]:
    from imglab import cnn

    made = dict(sorted(pictures(half).items()))
    vectors = dict(zip(made, cnn.embed(made.values()), strict=True))
    return [round(cnn.cosine(vectors[a], vectors[b]), 3) for a, b in combinations(vectors, 2)]


@cache
def _picture(file: File) -> ByteImage:
    pixels = samples.load(file.scene)
    factor = SIDE / max(pixels.shape[:2])
    height, width = (round(side * factor) for side in pixels.shape[:2])
    reduced = resize(pixels, (height, width))
    if file.change == "original":
        return reduced
    seed = samples.names().index(file.scene)
    return DISTORTIONS[file.change](reduced, dict(CHANGES)[file.change], seed=seed)


def _as_pair(pair: Iterable[str]) -> Pair:
    names = list(pair) if isinstance(pair, tuple | list | set | frozenset) else []
    if len(names) != 2 or not all(isinstance(name, str) for name in names):
        msg = f"a found pair must be two names, got {str(pair)[:60]}; hand in tuples of two texts"
        raise ValueError(msg)
    first, second = sorted(names)
    if first == second:
        msg = f"a found pair must be two different files, got {first} twice; leave such pairs out"
        raise ValueError(msg)
    return first, second
