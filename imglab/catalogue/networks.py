"""Lessons 05 and 06: vectors of networks. What is measured here needs torch."""

from imglab import cnn
from imglab.catalogue.records import Metric

SAME_ON_ALL = 4  # significant digits: float32 sums differ by machine and threads after these

METRICS = (
    Metric(
        key="cnn_cosine",
        title="CNN cosine",
        function=cnn.cosine_similarity,
        formula=r"\cos(g, h),\quad g_k = \frac{1}{49}\sum_p F_{kp}",
        low=0.0,
        high=1.0,
        ideal=1.0,
        direction="similarity",
        unit="",
        colour="RGB",
        settings="EfficientNet-Lite0, ImageNet weights, middle 224 of 256, pooled last map",
        decimals=3,
        needs_equal_size=False,
        lesson="05",
        never_use_for="reading 0.4 as 40 % alike, or comparing with another network's cosine",
        digits=SAME_ON_ALL,
    ),
)
