"""Lesson 04: the same thing seen from elsewhere.

A keypoint is a spot that can be found again: ORB describes its surroundings
by 256 bits, SIFT by 128 numbers. Every descriptor has a nearest one in any
other picture, so the number of matches by itself says nothing. `match`
therefore counts after each step that throws chance away: nearest, mutual,
ratio, both, and at last those that one change of viewpoint explains.

Inside, from the picture to the record: `finding` (the keypoints of one
picture), `descriptors` (described and matched), `homography` (the change of
viewpoint, and whether it can be one) and `matching` (the record).

Positions are ``(row, col)`` in pixels, and a homography here maps
``(row, col, 1)``; OpenCV and most books put the column first.
"""

from imglab.keypoints.descriptors import Detector
from imglab.keypoints.finding import Keypoints, find, reduction
from imglab.keypoints.homography import find_homography, why_not_sane
from imglab.keypoints.matching import (
    KeypointMatches,
    count_verified,
    count_verified_of,
    match,
    match_keypoints,
)

__all__ = [
    "Detector",
    "KeypointMatches",
    "Keypoints",
    "count_verified",
    "count_verified_of",
    "find",
    "find_homography",
    "match",
    "match_keypoints",
    "reduction",
    "why_not_sane",
]
