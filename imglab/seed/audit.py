"""Each published figure, computed again beside what the quantity is."""

import math
import os

import cv2
import numpy as np

from imglab import histogram, keypoints, pixel, ssim, weights
from imglab.image import load_bytes, resize, to_gray
from imglab.seed.records import NAME, SeedFigure
from imglab.seed.scripts import (
    byte_squares,
    cross_checked_matches,
    opencv_gray,
    plain_cosine,
    single_precision_ncc,
    unequal_values,
)
from imglab.validation import ByteImage

SIDE = 800  # pixels; the scripts squashed both pictures to this square

EXACT = 0.0  # whole numbers, or one rounded operation at the end
ROUNDING = 1e-13  # sums of float64 in another order
SINGLE = 3e-6  # sums of 640,000 float32


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
            today=math.sqrt(np.sum(byte_squares(gray0, gray1))),
            true=pixel.euclidean_distance(gray0, gray1),
            why="squared in uint8, which wraps around: 20 * 20 is 144; most of it is lost",
            allowed=EXACT,
        ),
        _matches_figure(opencv_gray(rgb0), opencv_gray(rgb1)),
        _ssim_figure(rgb0, rgb1),
        SeedFigure(
            name="Different pixels",
            published="1914727",
            today=unequal_values(square0, square1),
            true=pixel.differing_pixels(square0, square1),
            why=f"channel values were counted, three to a pixel; there are {SIDE * SIDE} pixels",
            allowed=EXACT,
        ),
        SeedFigure(
            name="Cosine similarity",
            published="0.3194198872064478",
            today=plain_cosine(gray0, gray1),
            true=pixel.cosine_similarity(gray0, gray1),
            why="right; the order of the sums moves the last two digits",
            allowed=ROUNDING,
        ),
        *_error_figures(gray0, gray1),
        SeedFigure(
            name="NCC",
            published="-0.4248916506767273",
            today=single_precision_ncc(gray0, gray1),
            true=pixel.normalized_cross_correlation(gray0, gray1),
            why="float32 sums keep five digits here and differ between machines; true in float64",
            allowed=SINGLE,
        ),
    )


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
    found = keypoints.match(gray0, gray1, largest=None, seed=0)  # at the published size
    return SeedFigure(
        name="Number of matches",
        published="117",
        today=cross_checked_matches(gray0, gray1),
        true=found.distinct if found.sane else 0,
        why=(
            f"chance: after a ratio test {found.ratio} are left, {found.mutual_ratio} "
            f"if it must pass both ways; after RANSAC {found.inliers}"
        ),
        allowed=EXACT,
    )


def _ssim_figure(rgb0: ByteImage, rgb1: ByteImage) -> SeedFigure:
    # Not imglab's own resize: OpenCV's, bilinear and not antialiased, is part of this figure.
    gray0, gray1 = (opencv_gray(cv2.resize(rgb, (SIDE, SIDE))) for rgb in (rgb0, rgb1))
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
    mse = float(np.mean(byte_squares(gray0, gray1)))
    today = 20 * math.log10(255 / math.sqrt(mse))
    true = pixel.peak_signal_noise_ratio(gray0, gray1, data_range=255)
    return (
        SeedFigure(
            name="MSE",
            published="112.1342765625",
            today=mse,
            true=pixel.mean_squared_error(gray0, gray1),
            why="from the same squares, of which none is above 255",
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
