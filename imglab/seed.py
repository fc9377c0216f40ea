"""The figures that began this course, computed again and beside the true ones.

A text on comparing two pictures was published with eleven numbers for one
pair, `vermeer.jpg` and `amelie_lens.jpg`. Nine of them are computed here as
its scripts did, mistakes included, each beside what the quantity really is;
the two of deep networks stand as they were recorded.

The pictures are not bundled (the photograph's licence is not known): they
come from a folder, or from the cache after ``imglab fetch seed``.
"""

import json
import math
import os
from dataclasses import asdict, dataclass

import cv2
import numpy as np
import numpy.typing as npt

from imglab import histogram, keypoints, pixel, ssim, weights
from imglab.image import load_bytes, resize, to_gray
from imglab.validation import ByteImage

NAME = "seed"  # the pictures' key in `weights.FILES`
SIDE = 800  # pixels; the scripts squashed both pictures to this square
JSON_VERSION = 1

EXACT = 0.0  # whole numbers, or one rounded operation at the end
ROUNDING = 1e-13  # sums of float64 in another order
SINGLE = 3e-6  # sums of 640,000 float32


@dataclass(frozen=True)
class SeedFigure:
    """One published number, as it was computed and as it should have been.

    Parameters
    ----------
    name : str
        What the script called it.
    published : str
        As the script printed it.
    today : float
        The script's computation, done again now.
    true : float
        What the quantity is.
    why : str
        One line: why the two differ, or that the figure is right.
    allowed : float
        How far `today` may lie from `published` by rounding alone; 0 where the
        last printed digit must agree.
    """

    name: str
    published: str
    today: float
    true: float
    why: str
    allowed: float

    @property
    def difference(self) -> float:
        """How far `today` lies from `published`."""
        return abs(self.today - float(self.published.split()[0]))

    @property
    def reproduced(self) -> bool:
        """Whether `today` is `published`, as far as arithmetic allows."""
        return self.difference <= self.allowed


@dataclass(frozen=True)
class RecordedFigure:
    """One published number that is not computed here.

    Parameters
    ----------
    name : str
        What was measured.
    published : str
        As it was printed.
    why : str
        How it was obtained, and what it cannot mean.
    """

    name: str
    published: str
    why: str


RECORDED = (
    RecordedFigure(
        name="ResNet-50 + cosine",
        published="0.7499",
        why="a cosine of features that are never negative: unrelated pictures lie far above 0 too",
    ),
    RecordedFigure(
        name="CLIP ViT-B/32",
        published="0.4933",
        why="about what unrelated pictures give, so it does not mean half alike",
    ),
)


def figures(folder: str | os.PathLike[str] | None = None) -> tuple[SeedFigure, ...]:
    """Compute the nine classical figures as they were published, and truly.

    Parameters
    ----------
    folder : path, optional
        The folder that holds `vermeer.jpg` and `amelie_lens.jpg`. By default
        the one that the environment variable ``IMGLAB_SEED_DIR`` names, or
        else the cache of ``imglab fetch seed``.

    Returns
    -------
    tuple of SeedFigure
        In the order of the text, then of the scripts.

    Raises
    ------
    PinnedFileError
        If a picture is not there, or is not the published one (SHA-256).
    """
    rgb0, rgb1 = _pictures(folder)
    square0, square1 = (resize(rgb, (SIDE, SIDE)) for rgb in (rgb0, rgb1))  # bicubic
    gray0, gray1 = to_gray(square0), to_gray(square1)
    return (
        _histogram_figure(rgb0, rgb1),
        SeedFigure(
            name="Euclidean Distance",
            published="8471.4778521814",
            today=math.sqrt(np.sum(_byte_squares(gray0, gray1))),
            true=pixel.euclidean_distance(gray0, gray1),
            why="uint8 wraps around: 10 - 20 is 246, 20 * 20 is 144; most of the distance is lost",
            allowed=EXACT,
        ),
        _matches_figure(_opencv_gray(rgb0), _opencv_gray(rgb1)),
        _ssim_figure(rgb0, rgb1),
        SeedFigure(
            name="Different pixels",
            published="1914727",
            today=_unequal_values(square0, square1),
            true=pixel.differing_pixels(square0, square1),
            why=f"channel values were counted, three to a pixel; there are {SIDE * SIDE} pixels",
            allowed=EXACT,
        ),
        SeedFigure(
            name="Cosine similarity",
            published="0.3194198872064478",
            today=_plain_cosine(gray0, gray1),
            true=pixel.cosine_similarity(gray0, gray1),
            why="right; the order of the sums moves the last two digits",
            allowed=ROUNDING,
        ),
        *_error_figures(gray0, gray1),
        SeedFigure(
            name="NCC",
            published="-0.4248916506767273",
            today=_single_precision_ncc(gray0, gray1),
            true=pixel.normalized_cross_correlation(gray0, gray1),
            why="float32 sums keep five digits here and differ between machines; true in float64",
            allowed=SINGLE,
        ),
    )


def table(computed: tuple[SeedFigure, ...]) -> str:
    """Set the figures as a table of at most 100 columns, for a terminal.

    Parameters
    ----------
    computed : tuple of SeedFigure
        From `figures`.

    Returns
    -------
    str
        Two lines for each figure, the recorded ones at the end.
    """
    header = ("", "published", "computed today", "off by", "true value")
    rows = [header]
    for one in computed:
        off = "0" if one.difference == 0 else f"{one.difference:.1e}"
        rows.append((one.name, one.published, f"{one.today!r}", off, f"{one.true:.10g}"))
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
    lines = []
    for number, row in enumerate(rows):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        lines.append("  ".join(cells).rstrip())
        if number:
            lines.append(f"    {computed[number - 1].why}")
    exact = sum(one.difference == 0 for one in computed)
    held = sum(one.reproduced for one in computed)
    sentence = f"{held} of {len(computed)} come out as published: {exact} to the last digit"
    sentence += f", {held - exact} as near as rounding allows."
    lines += ["", sentence, "", "Recorded by the user, not re-measured here:"]
    for recorded in RECORDED:
        lines.append(f"{recorded.name.ljust(widths[0])}  {recorded.published}")
        lines.append(f"    {recorded.why}")
    return "\n".join(lines)


def to_json(computed: tuple[SeedFigure, ...]) -> str:
    """Write the figures as JSON.

    Parameters
    ----------
    computed : tuple of SeedFigure
        From `figures`.

    Returns
    -------
    str
        An object with ``version``, ``figures`` and ``recorded``.
    """
    document = {
        "version": JSON_VERSION,
        "pictures": {one.file: one.sha256 for one in weights.FILES[NAME]},
        "figures": [
            {**asdict(one), "difference": one.difference, "reproduced": one.reproduced}
            for one in computed
        ],
        "recorded": [asdict(one) for one in RECORDED],
    }
    return json.dumps(document, indent=2, allow_nan=False)


def _pictures(folder: str | os.PathLike[str] | None) -> tuple[ByteImage, ByteImage]:
    place = folder or os.environ.get("IMGLAB_SEED_DIR") or None
    files = [pinned.file for pinned in weights.FILES[NAME]]
    try:
        contents = [weights.read(NAME, file, folder=place) for file in files]
    except weights.PinnedFileError as error:
        if place is not None or error.code != "missing":
            raise
        msg = (
            f"The pictures {' and '.join(files)} are not here. Run 'imglab fetch {NAME}', "
            "name the folder that holds them, or set IMGLAB_SEED_DIR to it."
        )
        raise weights.PinnedFileError(msg, code="missing") from error
    reference, other = map(load_bytes, files, contents)
    return reference.pixels, other.pixels


def _histogram_figure(rgb0: ByteImage, rgb1: ByteImage) -> SeedFigure:
    return SeedFigure(
        name="RMS of histograms",
        published="20986.94605278233",
        today=histogram.root_mean_square(histogram.counts(rgb0), histogram.counts(rgb1)),
        true=histogram.root_mean_square(histogram.frequencies(rgb0), histogram.frequencies(rgb1)),
        why="counts grow with the picture, and the sizes differ; the true value compares shares",
        allowed=EXACT,
    )


def _matches_figure(gray0: ByteImage, gray1: ByteImage) -> SeedFigure:
    found = keypoints.match(gray0, gray1, seed=0)
    return SeedFigure(
        name="Number of matches",
        published="117",
        today=_cross_checked_matches(gray0, gray1),
        true=found.distinct if found.sane else 0,
        why=(
            f"chance: after a ratio test {found.ratio} are left, {found.mutual_ratio} "
            f"if it must pass both ways; after RANSAC {found.inliers}"
        ),
        allowed=EXACT,
    )


def _ssim_figure(rgb0: ByteImage, rgb1: ByteImage) -> SeedFigure:
    # Not imglab's own resize: OpenCV's, bilinear and not antialiased, is part of this figure.
    gray0, gray1 = (_opencv_gray(cv2.resize(rgb, (SIDE, SIDE))) for rgb in (rgb0, rgb1))
    flat = ssim.structural_similarity(gray0, gray1, data_range=255, window="flat")
    gaussian = ssim.structural_similarity(gray0, gray1, data_range=255)
    return SeedFigure(
        name="SSIM",
        published="0.09005005850167969",
        today=flat,
        true=flat,
        why=f"right for these settings (flat 7x7 window); with Wang's window it is {gaussian:.4f}",
        allowed=ROUNDING,
    )


def _error_figures(gray0: ByteImage, gray1: ByteImage) -> tuple[SeedFigure, SeedFigure]:
    mse = float(np.mean(_byte_squares(gray0, gray1)))
    today = 20 * math.log10(255 / math.sqrt(mse))
    true = pixel.peak_signal_noise_ratio(gray0, gray1, data_range=255)
    return (
        SeedFigure(
            name="MSE",
            published="112.1342765625",
            today=mse,
            true=pixel.mean_squared_error(gray0, gray1),
            why="squared in uint8, where no square is above 255",
            allowed=EXACT,
        ),
        SeedFigure(
            name="PSNR",
            published="27.63341975332988 dB",
            today=today,
            true=true,
            why=f"from that MSE: {today - true:.2f} dB too good",
            allowed=EXACT,
        ),
    )


def _opencv_gray(rgb: npt.ArrayLike) -> ByteImage:
    """Mix the channels as the scripts did: a few pixels differ by one level from `to_gray`."""
    gray = cv2.cvtColor(np.asarray(rgb, dtype=np.uint8), cv2.COLOR_RGB2GRAY)
    return np.asarray(gray, dtype=np.uint8)


def _byte_squares(gray0: ByteImage, gray1: ByteImage) -> ByteImage:
    difference = gray0 - gray1  # uint8: modulo 256
    return difference * difference  # once more


def _unequal_values(rgb0: ByteImage, rgb1: ByteImage) -> int:
    return int(np.count_nonzero(rgb0 != rgb1))  # of H * W * 3


def _cross_checked_matches(gray0: ByteImage, gray1: ByteImage) -> int:
    finder = cv2.ORB_create()  # type: ignore[attr-defined]
    _, descriptors0 = finder.detectAndCompute(gray0, None)
    _, descriptors1 = finder.detectAndCompute(gray1, None)
    return len(cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(descriptors0, descriptors1))


def _plain_cosine(gray0: ByteImage, gray1: ByteImage) -> float:
    x, y = (gray.ravel().astype(np.float64) for gray in (gray0, gray1))
    return float(np.dot(x, y) / (np.linalg.norm(x) * np.linalg.norm(y)))


def _single_precision_ncc(gray0: ByteImage, gray1: ByteImage) -> float:
    x, y = (gray.ravel().astype(np.float32) for gray in (gray0, gray1))
    x, y = x - x.mean(), y - y.mean()
    return float(np.sum(x * y) / np.sqrt(np.sum(x * x) * np.sum(y * y)))
