"""Keypoints with their descriptors, and which of them belong together."""

from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from imglab.validation import ByteImage, FloatImage

Detector = Literal["orb", "sift"]
Stage = Literal["nearest", "mutual", "ratio", "mutual_ratio", "inliers"]
Pairs = npt.NDArray[np.int64]
Descriptors = npt.NDArray[np.uint8] | npt.NDArray[np.float32]

ORB_FEATURES = 500  # OpenCV's default
ORB_BORDER = 31  # ORB looks for no keypoint nearer to the border than this
SIFT_FEATURES = 20_000  # OpenCV's matcher takes no more than 2**18 descriptors


def describe(image: ByteImage, detector: Detector) -> tuple[FloatImage, Descriptors]:
    """Return the positions (row, col) of the keypoints and their descriptors."""
    nothing = np.zeros((0, 2)), np.zeros((0, 0), dtype=np.uint8)
    if detector == "orb" and min(image.shape) <= 2 * ORB_BORDER:
        return nothing  # no room for a keypoint; OpenCV raises on a line of pixels
    finder = (
        cv2.ORB_create(nfeatures=ORB_FEATURES)  # type: ignore[attr-defined]
        if detector == "orb"
        else cv2.SIFT_create(nfeatures=SIFT_FEATURES)  # type: ignore[attr-defined]
    )
    keypoints, descriptors = finder.detectAndCompute(image, None)
    if descriptors is None or not len(keypoints):
        return nothing
    return np.array([k.pt[::-1] for k in keypoints], dtype=np.float64), descriptors


def match_descriptors(
    descriptors0: Descriptors,
    descriptors1: Descriptors,
    detector: Detector,
    ratio: float,
) -> dict[Stage, Pairs]:
    """Return the pairs of indices that are left after each step but the last."""
    if not len(descriptors0) or not len(descriptors1):
        none = np.zeros((0, 2), dtype=np.int64)
        return {"nearest": none, "mutual": none, "ratio": none, "mutual_ratio": none}
    nearest01, clear01 = _two_nearest(descriptors0, descriptors1, detector, ratio)
    nearest10, clear10 = _two_nearest(descriptors1, descriptors0, detector, ratio)
    index = np.arange(len(nearest01))
    mutual = nearest10[nearest01] == index
    every = np.column_stack([index, nearest01])
    return {
        "nearest": every,
        "mutual": every[mutual],
        "ratio": every[clear01],
        "mutual_ratio": every[mutual & clear01 & clear10[nearest01]],
    }


def _two_nearest(
    queries: Descriptors,
    targets: Descriptors,
    detector: Detector,
    ratio: float,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return each query's nearest target, and whether it passes the ratio test.

    Where there is one target only, nothing is second nearest and none passes.
    """
    norm = cv2.NORM_HAMMING if detector == "orb" else cv2.NORM_L2
    found = cv2.BFMatcher(norm).knnMatch(queries, targets, k=2)
    nearest = np.array([best[0].trainIdx for best in found], dtype=np.int64)
    clear = [len(best) == 2 and best[0].distance < ratio * best[1].distance for best in found]
    return nearest, np.array(clear, dtype=bool)
