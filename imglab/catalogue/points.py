"""Lesson 04: points found again."""

import math
from functools import partial

from imglab import keypoints
from imglab.catalogue.records import GRAY, Metric, TwoSteps
from imglab.image import to_gray
from imglab.validation import ByteImage


def _found(detector: keypoints.Detector, image: ByteImage) -> keypoints.Keypoints:
    return keypoints.find(to_gray(image), detector=detector)


METRICS = (
    Metric(
        key="orb_inliers",
        title="ORB points found again",
        function=TwoSteps(partial(_found, "orb"), keypoints.count_verified_of),
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
        function=TwoSteps(partial(_found, "sift"), keypoints.count_verified_of),
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
