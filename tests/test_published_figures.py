"""The eleven published numbers of lesson 00 are those that `imglab seed` holds."""

import math
import os
from pathlib import Path

import pytest

from imglab import seed

ROOT = Path(__file__).parents[1]
FOLDER = Path(os.environ.get("IMGLAB_SEED_DIR") or ROOT.parent / "shared" / "seed")
ROWS = {  # the lesson's name of a row, and that of the record
    "RMS of histograms": "RMS of histograms",
    "Euclidean distance": "Euclidean Distance",
    "number of matches": "Number of matches",
    "SSIM": "SSIM",
    "different pixels": "Different pixels",
    "cosine similarity": "Cosine similarity",
    "MSE": "MSE",
    "PSNR": "PSNR",
    "NCC": "NCC",
    "ResNet-50, cosine": "ResNet-50 + cosine",
    "CLIP, cosine": "CLIP ViT-B/32",
}


def rows():
    text = (ROOT / "lessons/en/00_two_pictures.md").read_text(encoding="utf-8")
    table = text.partition("## The list, audited")[2].partition("| printed by the scripts ")[2]
    table = table.partition("\n\n")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    return {name: (published, true) for name, published, true, *_ in cells[2:]}


def rounded_alike(text, value):
    """Whether `text`, a number and perhaps a unit, is `value` to the digits that it shows."""
    shown = text.split()[0]
    step = 10.0 ** -len(shown.partition(".")[2])
    return math.isclose(float(shown), value, abs_tol=step * 0.5000001, rel_tol=0)


def test_the_lesson_lists_all_eleven():
    assert list(rows()) == list(ROWS)


def test_the_recorded_two_stand_as_recorded():
    recorded = {figure.name: figure.published for figure in seed.RECORDED}
    assert rows()["ResNet-50, cosine"] == (recorded["ResNet-50 + cosine"], "not measured here")
    assert rows()["CLIP, cosine"] == (recorded["CLIP ViT-B/32"], "not measured here")


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the two published pictures are not here")
def test_the_nine_classical_ones_are_published_and_true_as_the_lesson_says():
    figures = {figure.name: figure for figure in seed.figures(FOLDER)}
    for name, (published, true) in list(rows().items())[:9]:
        figure = figures[ROWS[name]]
        assert rounded_alike(published, float(figure.published.split()[0])), name
        assert rounded_alike(true, figure.true), name
