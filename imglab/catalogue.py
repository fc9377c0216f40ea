"""The metrics as data: what each one is, what it needs, what its number can be.

Everything that compares "all metrics" reads this table: the comparison, the
calibration, the score cards. A metric's function here takes two RGB pictures
of 8-bit code values and does its own stated conversion to grey, so that all
of them can be called alike.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from imglab import histogram, keypoints, pixel, ssim
from imglab.image import to_gray
from imglab.validation import ByteImage, FloatImage

Direction = Literal["distance", "similarity"]


@dataclass(frozen=True)
class Metric:
    """One measure of likeness between two RGB pictures.

    Attributes
    ----------
    key : str
        Name in code, in calibration and in JSON.
    title : str
        Name in tables and figures.
    function : callable
        ``function(image0, image1) -> float`` for two (H, W, 3) uint8 pictures.
    formula : str
        LaTeX.
    low, high : float
        Range of the value for pictures; `high` may be infinite.
    ideal : float or None
        The value for equal pictures; None where it depends on the picture.
    direction : {"distance", "similarity"}
        A distance grows with the difference, a similarity with likeness.
    unit : str
        Unit of the value, empty for a pure number.
    colour : {"grey", "RGB"}
        What the pictures are turned into first.
    settings : str
        All that must be equal before two values may be compared.
    decimals : int
        How many decimals to print.
    needs_equal_size : bool
        Whether the two pictures must have one size.
    lesson : str
        The lesson that derives it.
    never_use_for : str
        The use it fails at.
    """

    key: str
    title: str
    function: Callable[[ByteImage, ByteImage], float]
    formula: str
    low: float
    high: float
    ideal: float | None
    direction: Direction
    unit: str
    colour: Literal["grey", "RGB"]
    settings: str
    decimals: int
    needs_equal_size: bool
    lesson: str
    never_use_for: str

    def __call__(self, image0: ByteImage, image1: ByteImage) -> float:
        """Return the metric's value for two RGB pictures."""
        return self.function(image0, image1)

    def nearer(self, value: float, other: float) -> bool:
        """Tell whether `value` means more alike than `other`."""
        return value < other if self.direction == "distance" else value > other


def _histogram_rms(image0: ByteImage, image1: ByteImage) -> float:
    return histogram.root_mean_square(histogram.frequencies(image0), histogram.frequencies(image1))


def _on_gray(
    function: Callable[[ByteImage, ByteImage], float], image0: ByteImage, image1: ByteImage
) -> float:
    return function(to_gray(image0), to_gray(image1))


def _on_frequencies(
    function: Callable[[FloatImage, FloatImage], float], image0: ByteImage, image1: ByteImage
) -> float:
    h1, h2 = (histogram.frequencies(to_gray(image)) for image in (image0, image1))
    return function(h1, h2)


def _verified(detector: keypoints.Detector, image0: ByteImage, image1: ByteImage) -> float:
    return keypoints.count_verified(to_gray(image0), to_gray(image1), detector=detector)


_GRAY = "grey by BT.601"
_SHARES = f"{_GRAY}, frequencies, 256 bins"

METRICS: dict[str, Metric] = {
    metric.key: metric
    for metric in (
        Metric(
            key="histogram_rms",
            title="histogram RMS",
            function=_histogram_rms,
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
            function=partial(_on_frequencies, histogram.intersection),
            formula=r"\sum_i \min(h_1[i], h_2[i])",
            low=0.0,
            high=1.0,
            ideal=1.0,
            direction="similarity",
            unit="share of the pixels",
            colour="grey",
            settings=_SHARES,
            decimals=4,
            needs_equal_size=False,
            lesson="01",
            never_use_for="pictures of different brightness",
        ),
        Metric(
            key="chi_square_symmetric",
            title="chi-square, symmetric",
            function=partial(_on_frequencies, histogram.chi_square_symmetric),
            formula=r"2\sum_i \frac{(h_1[i]-h_2[i])^2}{h_1[i]+h_2[i]}",
            low=0.0,
            high=4.0,
            ideal=0.0,
            direction="distance",
            unit="",
            colour="grey",
            settings=f"{_SHARES}, factor 2",
            decimals=4,
            needs_equal_size=False,
            lesson="01",
            never_use_for="comparing with a source that has another factor",
        ),
        Metric(
            key="hellinger",
            title="Hellinger distance",
            function=partial(_on_frequencies, histogram.hellinger),
            formula=r"\sqrt{1-\sum_i\sqrt{p_i q_i}}",
            low=0.0,
            high=1.0,
            ideal=0.0,
            direction="distance",
            unit="",
            colour="grey",
            settings=_SHARES,
            decimals=4,
            needs_equal_size=False,
            lesson="01",
            never_use_for="pictures of different brightness",
        ),
        Metric(
            key="earth_movers",
            title="earth mover's distance",
            function=partial(_on_frequencies, histogram.earth_movers),
            formula=r"\sum_i\left|\sum_{j\le i}(p_j-q_j)\right|",
            low=0.0,
            high=255.0,
            ideal=0.0,
            direction="distance",
            unit="levels",
            colour="grey",
            settings=_SHARES,
            decimals=4,
            needs_equal_size=False,
            lesson="01",
            never_use_for="anything that depends on where things are",
        ),
        Metric(
            key="differing_fraction",
            title="differing pixels",
            function=pixel.differing_fraction,
            formula=r"\frac{1}{HW}\,\#\{p : x_p \ne y_p\}",
            low=0.0,
            high=1.0,
            ideal=0.0,
            direction="distance",
            unit="share of the pixels",
            colour="RGB",
            settings="tolerance 0, any channel",
            decimals=4,
            needs_equal_size=True,
            lesson="02",
            never_use_for="how much two pictures differ",
        ),
        Metric(
            key="euclidean_distance",
            title="Euclidean distance",
            function=partial(_on_gray, pixel.euclidean_distance),
            formula=r"\sqrt{\sum_i (x_i-y_i)^2}",
            low=0.0,
            high=math.inf,
            ideal=0.0,
            direction="distance",
            unit="levels",
            colour="grey",
            settings=_GRAY,
            decimals=4,
            needs_equal_size=True,
            lesson="02",
            never_use_for="comparing pairs of different sizes",
        ),
        Metric(
            key="mean_absolute_error",
            title="mean absolute error",
            function=partial(_on_gray, pixel.mean_absolute_error),
            formula=r"\frac{1}{n}\sum_i |x_i-y_i|",
            low=0.0,
            high=255.0,
            ideal=0.0,
            direction="distance",
            unit="levels",
            colour="grey",
            settings=_GRAY,
            decimals=4,
            needs_equal_size=True,
            lesson="02",
            never_use_for="pictures that may be shifted",
        ),
        Metric(
            key="mean_squared_error",
            title="mean squared error",
            function=partial(_on_gray, pixel.mean_squared_error),
            formula=r"\frac{1}{n}\sum_i (x_i-y_i)^2",
            low=0.0,
            high=255.0**2,
            ideal=0.0,
            direction="distance",
            unit="levels squared",
            colour="grey",
            settings=_GRAY,
            decimals=4,
            needs_equal_size=True,
            lesson="02",
            never_use_for="telling a visible damage from an invisible one",
        ),
        Metric(
            key="root_mean_squared_error",
            title="root mean squared error",
            function=partial(_on_gray, pixel.root_mean_squared_error),
            formula=r"\sqrt{\frac{1}{n}\sum_i (x_i-y_i)^2}",
            low=0.0,
            high=255.0,
            ideal=0.0,
            direction="distance",
            unit="levels",
            colour="grey",
            settings=_GRAY,
            decimals=4,
            needs_equal_size=True,
            lesson="02",
            never_use_for="pictures that may be shifted",
        ),
        Metric(
            key="peak_signal_noise_ratio",
            title="peak signal-to-noise ratio",
            function=partial(_on_gray, partial(pixel.peak_signal_noise_ratio, data_range=255)),
            formula=r"10\log_{10}(L^2/\mathrm{MSE})",
            low=0.0,
            high=math.inf,
            ideal=math.inf,
            direction="similarity",
            unit="dB",
            colour="grey",
            settings=f"{_GRAY}, L = 255",
            decimals=2,
            needs_equal_size=True,
            lesson="02",
            never_use_for="ranking pairs with different contents",
        ),
        Metric(
            key="cosine_similarity",
            title="cosine similarity",
            function=partial(_on_gray, pixel.cosine_similarity),
            formula=r"\frac{\sum_i x_i y_i}{\sqrt{\sum_i x_i^2}\sqrt{\sum_i y_i^2}}",
            low=0.0,
            high=1.0,
            ideal=1.0,
            direction="similarity",
            unit="",
            colour="grey",
            settings=_GRAY,
            decimals=4,
            needs_equal_size=True,
            lesson="02",
            never_use_for="reading 0.8 as 80 % alike",
        ),
        Metric(
            key="normalized_cross_correlation",
            title="normalised cross-correlation",
            function=partial(_on_gray, pixel.normalized_cross_correlation),
            formula=r"\cos(x-\mu_x,\;y-\mu_y)",
            low=-1.0,
            high=1.0,
            ideal=1.0,
            direction="similarity",
            unit="",
            colour="grey",
            settings=_GRAY,
            decimals=4,
            needs_equal_size=True,
            lesson="02",
            never_use_for="pictures that may be shifted or turned",
        ),
        Metric(
            key="ssim",
            title="SSIM",
            function=partial(_on_gray, partial(ssim.structural_similarity, data_range=255)),
            formula=r"\frac{(2\mu_x\mu_y+C_1)(2\sigma_{xy}+C_2)}"
            r"{(\mu_x^2+\mu_y^2+C_1)(\sigma_x^2+\sigma_y^2+C_2)}",
            low=-1.0,
            high=1.0,
            ideal=1.0,
            direction="similarity",
            unit="",
            colour="grey",
            settings=f"{_GRAY}, L = 255, Gaussian 11 x 11, sigma 1.5, whole windows",
            decimals=4,
            needs_equal_size=True,
            lesson="03",
            never_use_for="pictures that may be shifted",
        ),
        Metric(
            key="ssim_flat",
            title="SSIM, flat window",
            function=partial(
                _on_gray, partial(ssim.structural_similarity, data_range=255, window="flat")
            ),
            formula=r"\frac{(2\mu_x\mu_y+C_1)(2\sigma_{xy}+C_2)}"
            r"{(\mu_x^2+\mu_y^2+C_1)(\sigma_x^2+\sigma_y^2+C_2)}",
            low=-1.0,
            high=1.0,
            ideal=1.0,
            direction="similarity",
            unit="",
            colour="grey",
            settings=f"{_GRAY}, L = 255, flat 7 x 7, sample covariance, whole windows",
            decimals=4,
            needs_equal_size=True,
            lesson="03",
            never_use_for="comparing with SSIM of another window",
        ),
        Metric(
            key="ms_ssim",
            title="multi-scale SSIM",
            function=partial(
                _on_gray, partial(ssim.multiscale_structural_similarity, data_range=255)
            ),
            formula=r"\overline{l_5 c_5 s_5}^{\,w_5}\prod_{j=1}^{4}\overline{c_j s_j}^{\,w_j}",
            low=0.0,
            high=1.0,
            ideal=1.0,
            direction="similarity",
            unit="",
            colour="grey",
            settings=f"{_GRAY}, L = 255, 5 scales, Gaussian 11 x 11, sigma 1.5",
            decimals=4,
            needs_equal_size=True,
            lesson="03",
            never_use_for="unrelated pictures, where it may not exist",
        ),
        Metric(
            key="orb_inliers",
            title="ORB points found again",
            function=partial(_verified, "orb"),
            formula=r"\#\{\text{distinct inliers of a sane homography}\}",
            low=0.0,
            high=math.inf,
            ideal=None,
            direction="similarity",
            unit="points",
            colour="grey",
            settings=f"{_GRAY}, ORB 500, mutual, ratio 0.75, RANSAC 3 pixels, seed 0",
            decimals=0,
            needs_equal_size=False,
            lesson="04",
            never_use_for="pictures without texture, or two things of one kind",
        ),
        Metric(
            key="sift_inliers",
            title="SIFT points found again",
            function=partial(_verified, "sift"),
            formula=r"\#\{\text{distinct inliers of a sane homography}\}",
            low=0.0,
            high=math.inf,
            ideal=None,
            direction="similarity",
            unit="points",
            colour="grey",
            settings=f"{_GRAY}, SIFT, mutual, ratio 0.75, RANSAC 3 pixels, seed 0",
            decimals=0,
            needs_equal_size=False,
            lesson="04",
            never_use_for="comparing counts between machines: they differ by a few",
        ),
    )
}
"""Every metric by its key, in the order of the lessons."""
