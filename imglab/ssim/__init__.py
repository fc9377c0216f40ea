r"""Lesson 03: structure, window by window.

SSIM asks of each small window of two pictures: are they equally bright, do
they vary equally much, and do they vary together? Two conventions are named
here. Wang's Gaussian window weighs 11 x 11 pixels and takes the moments of the
whole window; the flat window averages 7 x 7 pixels and takes the moments of a
sample (N - 1), as scikit-image does unless told otherwise. Both leave out the
windows that would overhang the border.

Inside, `windows` takes the moments of each window, `maps` makes SSIM of them
and `multiscale` goes on to coarser scales. ``x`` and ``y`` are the two
pictures, ``mu`` local means, ``sigma_xy`` the local covariance and ``L`` the
data range.
"""

from imglab.ssim.maps import (
    Components,
    structural_similarity,
    structural_similarity_components,
    structural_similarity_map,
)
from imglab.ssim.multiscale import SMALLEST, multiscale_structural_similarity
from imglab.ssim.windows import K1, K2, SIDES, SIGMA, Window

__all__ = [
    "K1",
    "K2",
    "SIDES",
    "SIGMA",
    "SMALLEST",
    "Components",
    "Window",
    "multiscale_structural_similarity",
    "structural_similarity",
    "structural_similarity_components",
    "structural_similarity_map",
]
