"""Lesson 03: structure, window by window."""

from functools import partial

from imglab import ssim
from imglab.catalogue.records import GRAY, Metric, TwoSteps
from imglab.image import to_gray

METRICS = (
    Metric(
        key="ssim",
        title="SSIM",
        function=TwoSteps(to_gray, partial(ssim.structural_similarity, data_range=255)),
        formula=r"\frac{(2\mu_x\mu_y+C_1)(2\sigma_{xy}+C_2)}"
        r"{(\mu_x^2+\mu_y^2+C_1)(\sigma_x^2+\sigma_y^2+C_2)}",
        low=-1.0,
        high=1.0,
        ideal=1.0,
        direction="similarity",
        unit="",
        colour="grey",
        settings=f"{GRAY}, L = 255, Gaussian 11 x 11, sigma 1.5, whole windows",
        decimals=4,
        needs_equal_size=True,
        lesson="03",
        never_use_for="pictures that may be shifted",
        smallest=ssim.SIDES["gaussian"],
    ),
    Metric(
        key="ssim_flat",
        title="SSIM, flat window",
        function=TwoSteps(
            to_gray, partial(ssim.structural_similarity, data_range=255, window="flat")
        ),
        formula=r"\frac{(2\mu_x\mu_y+C_1)(2\sigma_{xy}+C_2)}"
        r"{(\mu_x^2+\mu_y^2+C_1)(\sigma_x^2+\sigma_y^2+C_2)}",
        low=-1.0,
        high=1.0,
        ideal=1.0,
        direction="similarity",
        unit="",
        colour="grey",
        settings=f"{GRAY}, L = 255, flat 7 x 7, sample covariance, whole windows",
        decimals=4,
        needs_equal_size=True,
        lesson="03",
        never_use_for="comparing with SSIM of another window",
        smallest=ssim.SIDES["flat"],
    ),
    Metric(
        key="ms_ssim",
        title="multi-scale SSIM",
        function=TwoSteps(to_gray, partial(ssim.multiscale_structural_similarity, data_range=255)),
        formula=r"\overline{l_5 c_5 s_5}^{\,w_5}\prod_{j=1}^{4}\overline{c_j s_j}^{\,w_j}",
        low=0.0,
        high=1.0,
        ideal=1.0,
        direction="similarity",
        unit="",
        colour="grey",
        settings=f"{GRAY}, L = 255, 5 scales, Gaussian 11 x 11, sigma 1.5",
        decimals=4,
        needs_equal_size=True,
        lesson="03",
        never_use_for="unrelated pictures, where it may not exist",
        smallest=ssim.SMALLEST,
    ),
)
