"""Lesson 01: what colours, not where."""

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt

from imglab import histogram
from imglab.catalogue.records import GRAY, Metric, TwoSteps
from imglab.image import to_gray
from imglab.validation import ByteImage

_Counts = npt.NDArray[np.int64]
_Compare = Callable[[npt.ArrayLike, npt.ArrayLike], float]

SHARES = f"{GRAY}, frequencies, 256 bins"


def _gray_counts(image: ByteImage) -> _Counts:
    return histogram.counts(to_gray(image))


def _on_frequencies(function: _Compare, counts0: _Counts, counts1: _Counts) -> float:
    return function(counts0 / counts0.sum(), counts1 / counts1.sum())


def _on_whole_shares(function: _Compare, counts0: _Counts, counts1: _Counts) -> float:
    """Do as with frequencies, over one common denominator: only so is 1 exactly 1."""
    n0, n1 = int(counts0.sum()), int(counts1.sum())
    whole = math.lcm(n0, n1)  # frequencies are multiples of 1 / whole
    return function(counts0 * (whole // n0), counts1 * (whole // n1)) / whole


METRICS = (
    Metric(
        key="histogram_rms",
        title="histogram RMS",
        function=TwoSteps(histogram.frequencies, histogram.root_mean_square),
        formula=r"\sqrt{\frac{1}{n}\sum_i (h_1[i]-h_2[i])^2}",
        low=0.0,
        high=math.sqrt(2 / histogram.LEVELS),  # all of a channel in one bin, then in another
        ideal=0.0,
        direction="distance",
        unit="share of the pixels",
        colour="RGB",
        settings="frequencies, 3 x 256 bins",
        decimals=4,
        needs_equal_size=False,
        lesson="01",
        never_use_for="anything that depends on where things are",
    ),
    Metric(
        key="histogram_intersection",
        title="histogram intersection",
        function=TwoSteps(_gray_counts, partial(_on_whole_shares, histogram.intersection)),
        formula=r"\sum_i \min(h_1[i], h_2[i])",
        low=0.0,
        high=1.0,
        ideal=1.0,
        direction="similarity",
        unit="share of the pixels",
        colour="grey",
        settings=SHARES,
        decimals=4,
        needs_equal_size=False,
        lesson="01",
        never_use_for="pictures of different brightness",
    ),
    Metric(
        key="chi_square_symmetric",
        title="chi-square, symmetric",
        function=TwoSteps(_gray_counts, partial(_on_whole_shares, histogram.chi_square_symmetric)),
        formula=r"2\sum_i \frac{(h_1[i]-h_2[i])^2}{h_1[i]+h_2[i]}",
        low=0.0,
        high=4.0,
        ideal=0.0,
        direction="distance",
        unit="",
        colour="grey",
        settings=f"{SHARES}, factor 2",
        decimals=4,
        needs_equal_size=False,
        lesson="01",
        never_use_for="comparing with a source that has another factor",
    ),
    Metric(
        key="hellinger",
        title="Hellinger distance",
        function=TwoSteps(_gray_counts, partial(_on_frequencies, histogram.hellinger)),
        formula=r"\sqrt{1-\sum_i\sqrt{p_i q_i}}",
        low=0.0,
        high=1.0,
        ideal=0.0,
        direction="distance",
        unit="",
        colour="grey",
        settings=SHARES,
        decimals=4,
        needs_equal_size=False,
        lesson="01",
        never_use_for="pictures of different brightness",
    ),
    Metric(
        key="earth_movers",
        title="earth mover's distance",
        function=TwoSteps(_gray_counts, partial(_on_frequencies, histogram.earth_movers)),
        formula=r"\sum_i\left|\sum_{j\le i}(p_j-q_j)\right|",
        low=0.0,
        high=255.0,
        ideal=0.0,
        direction="distance",
        unit="levels",
        colour="grey",
        settings=SHARES,
        decimals=4,
        needs_equal_size=False,
        lesson="01",
        never_use_for="anything that depends on where things are",
    ),
)
