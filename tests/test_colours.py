"""Colours of figures, as three kinds of colour-blind eyes see them.

The matrices are those of G. M. Machado, M. M. Oliveira and L. A. F. Fernandes,
"A physiologically-based model for simulation of color vision deficiency", IEEE
Transactions on Visualization and Computer Graphics 15(6), 2009, for severity 1,
applied to linear RGB; here as many programs quote them.
"""

import itertools

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from skimage.color import rgb2lab

from imglab.plotting import heat, style

EYES = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
TOLD_APART = 10  # CIELAB units; about 2 is the least that is seen side by side
each_eye = pytest.mark.parametrize("eye", EYES)


def linear(rgb: np.ndarray) -> np.ndarray:
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def seen(rgb: np.ndarray, eye: str) -> np.ndarray:
    """Return sRGB colours, shape (n, 3), in CIELAB as an eye sees them."""
    light = np.clip(linear(rgb) @ EYES[eye].T, 0, 1)
    coded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return rgb2lab(coded[None])[0]


def contrast(one: str, two: str) -> float:
    """Return the contrast ratio of WCAG 2.2."""
    weights = np.array([0.2126, 0.7152, 0.0722])
    low, high = sorted(float(linear(np.array(to_rgb(c))) @ weights) for c in (one, two))
    return (high + 0.05) / (low + 0.05)


def test_the_simulation_leaves_grey_grey_and_joins_red_with_green_for_two_eyes() -> None:
    # Each row of a matrix adds up to 1, so black, grey and white stay as they are.
    for matrix in EYES.values():
        np.testing.assert_allclose(matrix.sum(axis=1), 1, atol=2e-6)
    # Two leaves of equal lightness, one red and one green: far apart, then hardly.
    red_green = np.array([[0.80, 0.40, 0.30], [0.55, 0.55, 0.20]])
    apart = {eye: np.linalg.norm(np.diff(seen(red_green, eye), axis=0)) for eye in EYES}
    assert apart["usual"] > 40
    assert apart["deuteranopia"] < apart["usual"] / 2
    assert apart["tritanopia"] > apart["usual"] / 2


@each_eye
def test_every_two_series_can_be_told_apart(eye: str) -> None:
    colours = np.array([to_rgb(colour) for colour, *_ in style.SERIES])
    lab = seen(colours, eye)
    for one, two in itertools.combinations(range(len(lab)), 2):
        assert np.linalg.norm(lab[one] - lab[two]) > TOLD_APART, (eye, one, two)


def test_every_series_has_a_mark_and_a_line_of_its_own() -> None:
    for part in zip(*style.SERIES, strict=True):
        assert len(set(part)) == len(style.SERIES)


@each_eye
def test_a_heat_map_grows_lighter_or_darker_all_the_way(eye: str) -> None:
    lightness = seen(mpl.colormaps[heat.HEAT](np.linspace(0, 1, 33))[:, :3], eye)[:, 0]
    steps = np.diff(lightness)
    assert (steps > 0.3).all() or (steps < -0.3).all(), steps
    assert abs(lightness[-1] - lightness[0]) > 50


@each_eye
def test_more_and_less_are_two_colours_around_a_pale_middle(eye: str) -> None:
    less, middle, more = seen(mpl.colormaps["PuOr_r"]([0.1, 0.5, 0.9])[:, :3], eye)
    assert np.linalg.norm(less - more) > 2 * TOLD_APART
    assert middle[0] > max(less[0], more[0]) + TOLD_APART


def test_words_of_slides_and_paper_stand_out_from_their_ground() -> None:
    import re

    from imglab.course import pages

    for name in ("slides.css", "print.css"):
        css = pages.vendored(name)
        inks = re.findall(r"(?<![-\w])color: (#\w+)", css)
        assert inks, name
        assert [ink for ink in inks if contrast(ink, "#ffffff") < 4.5] == []
