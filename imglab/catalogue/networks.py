"""Lessons 05 and 06: vectors of networks. What is measured here needs torch."""

from functools import partial

from imglab import clip, cnn
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
    *(
        Metric(
            key=f"clip_{captions}",
            title=f"CLIP cosine, {what}",
            function=partial(clip.cosine_similarity, model=f"emoji_{captions}"),
            formula=r"\cos(u, v)",
            low=-1.0,
            high=1.0,
            ideal=1.0,
            direction="similarity",
            unit="",
            colour="RGB",
            settings=f"emoji_{captions}, middle square at 64 px, bicubic",
            decimals=3,
            needs_equal_size=False,
            lesson="06",
            never_use_for="photographs: it learned from drawings alone; or as a share of likeness",
            digits=SAME_ON_ALL,
        )
        for captions, what in (("names", "names"), ("styles", "names and styles"))
    ),
)
