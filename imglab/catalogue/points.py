"""Lesson 04: points found again."""

import math
from functools import partial

from imglab import keypoints
from imglab.catalogue.records import GRAY, Metric
from imglab.image import to_gray
from imglab.validation import ByteImage


def _verified(detector: keypoints.Detector, image0: ByteImage, image1: ByteImage) -> float:
    return keypoints.count_verified(to_gray(image0), to_gray(image1), detector=detector)


METRICS = (
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
        settings=f"{GRAY}, ORB 500, mutual, ratio 0.75, RANSAC 3 pixels, seed 0",
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
        settings=f"{GRAY}, SIFT, mutual, ratio 0.75, RANSAC 3 pixels, seed 0",
        decimals=0,
        needs_equal_size=False,
        lesson="04",
        never_use_for="comparing counts between machines: they differ by a few",
    ),
)
