"""The record of a comparison by keypoints, from two pictures to one number."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from imglab.keypoints.descriptors import Detector, Pairs, Stage, match_descriptors
from imglab.keypoints.finding import LARGEST, Keypoints, find
from imglab.keypoints.homography import find_homography, on_one_line, why_not_sane
from imglab.validation import ByteImage, FloatImage, UndefinedMetric

RATIO = 0.75  # of the distance to the second nearest, which a match must stay below
THRESHOLD = 3.0  # pixels that an inlier may lie off


@dataclass(frozen=True, eq=False)
class KeypointMatches:
    """What was measured while matching the keypoints of two pictures.

    The counts from `nearest` to `distinct` are measurements, not a verdict:
    what they mean, the distribution over unrelated pictures tells.

    Attributes
    ----------
    keypoints0, keypoints1 : int
        Keypoints found in each picture.
    nearest : int
        Matches to the nearest descriptor: one for each keypoint of image0,
        whatever image1 shows.
    mutual : int
        Those that are nearest to each other in both directions (cross-check).
    ratio : int
        Those of `nearest` that are clearly nearer than the second nearest.
        Many may point at one spot.
    mutual_ratio : int
        Mutual matches that pass the ratio test in both directions: no keypoint
        is used twice.
    inliers : int
        Those of `mutual_ratio` that one homography explains.
    distinct : int
        Distinct whole-pixel positions among the inliers, in the picture that
        has fewer of them. Four always fit.
    homography : ndarray of shape (3, 3) or None
        Maps (row, col, 1) of image0 to image1, up to scale; None without four
        usable matches.
    sane : bool
        Whether the homography could be a view of the same thing: nothing
        behind the camera, not mirrored, neither area nor shape collapsed.
    reason : str
        Why there is no sane homography, or the empty string.
    positions0, positions1 : ndarray of shape (n, 2), float64
        Keypoints as (row, col).
    pairs : mapping
        For each step the matches as indices into `positions0`, `positions1`.
    reduced0, reduced1 : int
        By which factor each picture was reduced before keypoints were sought
        in it; 1 where it was not. `threshold` and `distinct` count pixels of
        the reduced pictures; positions and homography belong to the pictures
        as they were given.
    """

    keypoints0: int
    keypoints1: int
    nearest: int
    mutual: int
    ratio: int
    mutual_ratio: int
    inliers: int
    distinct: int
    homography: FloatImage | None
    sane: bool
    reason: str
    positions0: FloatImage
    positions1: FloatImage
    pairs: Mapping[Stage, Pairs]
    reduced0: int = 1
    reduced1: int = 1

    def __repr__(self) -> str:
        """Return the counts, and where there are any, reductions and the reason."""
        reduced = [name for name in ("reduced0", "reduced1") if getattr(self, name) > 1]
        names = (*reduced, "keypoints0", "keypoints1", *self.pairs, "distinct", "sane")
        told = ", ".join(f"{name}={getattr(self, name)}" for name in names)
        return f"KeypointMatches({told}{f', reason={self.reason!r}' if self.reason else ''})"

    def points(self, stage: Stage = "inliers") -> tuple[FloatImage, FloatImage]:
        """Return the matched positions of one step, for drawing.

        Parameters
        ----------
        stage : {"nearest", "mutual", "ratio", "mutual_ratio", "inliers"}
            The step after which to look.

        Returns
        -------
        tuple of two ndarray of shape (n, 2)
            (row, col) in image0 and in image1, row by row a match.
        """
        if stage not in self.pairs:
            msg = f"stage must be one of {', '.join(self.pairs)}, got {stage!r}; choose one of them"
            raise ValueError(msg)
        chosen = self.pairs[stage]
        return self.positions0[chosen[:, 0]], self.positions1[chosen[:, 1]]


def match(  # noqa: PLR0913 (each is a setting of the measurement)
    image0: ByteImage,
    image1: ByteImage,
    *,
    detector: Detector = "orb",
    ratio: float = RATIO,
    threshold: float = THRESHOLD,
    largest: int | None = LARGEST,
    seed: int,
) -> KeypointMatches:
    """Match the keypoints of two grey pictures and count what is left.

    Use it to recognise a thing from another viewpoint; not for pictures of
    one kind (two faces, two forests), which share no single spot.

    Parameters
    ----------
    image0, image1 : ndarray of shape (H, W), uint8
        Grey pictures, of any two sizes. The time grows with their pixels and
        with the product of the numbers of keypoints.
    detector : {"orb", "sift"}
        OpenCV's, with its defaults: at most 500 keypoints for ORB, about
        20000 for SIFT, and at most 2**23 pixels (it needs 250 bytes for each).
        Counts of SIFT may differ a little between processors.
    ratio : float, default 0.75
        Above 0, at most 1. A match passes if its distance is less than this times the distance to
        the second nearest.
    threshold : float, default 3.0
        How many pixels of image1 an inlier may lie off.
    largest : int or None, default 2**19
        A picture of more pixels is first reduced by the least whole factor
        that brings it below: each new pixel is the mean of a square block. The
        record tells the factor. None: no picture is reduced.
    seed : int
        Order in which RANSAC sees the matches, 0 or more: its own random
        numbers always start alike, so the same seed gives the same answer.

    Returns
    -------
    KeypointMatches
        The counts, the homography and the matches. Equal pictures give no
        fixed number: usually all keypoints.

    Raises
    ------
    ValueError
        If a picture is not grey uint8, or a setting is outside its range.

    References
    ----------
    .. [1] D. G. Lowe, "Distinctive image features from scale-invariant
       keypoints", International Journal of Computer Vision 60(2), 2004.
    .. [2] E. Rublee, V. Rabaud, K. Konolige, G. Bradski, "ORB: an efficient
       alternative to SIFT or SURF", ICCV 2011.

    Examples
    --------
    >>> import numpy as np
    >>> flat = np.zeros((64, 64), dtype=np.uint8)
    >>> match(flat, flat, seed=0).reason
    'image0 has no keypoints'
    """
    found0 = find(image0, detector=detector, largest=largest, name="image0")
    found1 = find(image1, detector=detector, largest=largest, name="image1")
    return match_keypoints(found0, found1, ratio=ratio, threshold=threshold, seed=seed)


def match_keypoints(
    found0: Keypoints,
    found1: Keypoints,
    *,
    ratio: float = RATIO,
    threshold: float = THRESHOLD,
    seed: int,
) -> KeypointMatches:
    """Do as `match` with the keypoints of two pictures, found once for many comparisons.

    Parameters
    ----------
    found0, found1 : Keypoints
        From `find`, with one detector.
    ratio, threshold, seed
        As for `match`.

    Returns
    -------
    KeypointMatches
        What `match` returns for the two pictures.

    Raises
    ------
    ValueError
        If the detectors differ or a setting is outside its range.
    """
    _check_settings(ratio, threshold, seed)
    if found0.detector != found1.detector:
        msg = (
            f"found0 and found1 must be of one detector, got {found0.detector} and "
            f"{found1.detector}; find both with the same"
        )
        raise ValueError(msg)
    positions0, positions1 = found0.positions, found1.positions
    pairs = match_descriptors(found0.descriptors, found1.descriptors, found0.detector, ratio)
    one_to_one = pairs["mutual_ratio"]
    points0, points1 = positions0[one_to_one[:, 0]], positions1[one_to_one[:, 1]]
    homography, inlier = find_homography(points0, points1, threshold=threshold, seed=seed)
    pairs["inliers"] = one_to_one[inlier]
    if homography is None:
        reason = _why_none(len(positions0), len(positions1), points0, points1)
    else:
        reason = why_not_sane(homography, found0.shape)
    return KeypointMatches(
        keypoints0=len(positions0),
        keypoints1=len(positions1),
        nearest=len(pairs["nearest"]),
        mutual=len(pairs["mutual"]),
        ratio=len(pairs["ratio"]),
        mutual_ratio=len(one_to_one),
        inliers=len(pairs["inliers"]),
        distinct=min(_distinct(points0[inlier]), _distinct(points1[inlier])),
        homography=_enlarged(homography, found0.reduced, found1.reduced),
        sane=not reason,
        reason=reason,
        positions0=_in_full(positions0, found0.reduced),
        positions1=_in_full(positions1, found1.reduced),
        pairs=MappingProxyType(pairs),
        reduced0=found0.reduced,
        reduced1=found1.reduced,
    )


def count_verified(
    image0: ByteImage, image1: ByteImage, *, detector: Detector = "orb", seed: int = 0
) -> float:
    """Count the distinct inliers of a sane homography: `match` as one number.

    Parameters
    ----------
    image0, image1, detector, seed
        As for `match`.

    Returns
    -------
    float
        0 or more; 0 where no sane homography was found. Equal pictures give
        about as many as they have keypoints, which depends on the picture.

    Raises
    ------
    UndefinedMetric
        If a picture has no keypoints, as a flat one: nothing was compared.
    ValueError
        As for `match`.
    """
    found0 = find(image0, detector=detector, name="image0")
    found1 = find(image1, detector=detector, name="image1")
    return count_verified_of(found0, found1, seed=seed)


def count_verified_of(found0: Keypoints, found1: Keypoints, *, seed: int = 0) -> float:
    """Do as `count_verified` with keypoints found once for many comparisons.

    Parameters
    ----------
    found0, found1, seed
        As for `match_keypoints`.

    Returns
    -------
    float
        What `count_verified` returns for the two pictures.

    Raises
    ------
    UndefinedMetric, ValueError
        As for `count_verified`.
    """
    found = match_keypoints(found0, found1, seed=seed)
    if not found.keypoints0 or not found.keypoints1:
        name = found0.detector.upper()
        msg = f"{name} points found again do not exist for this pair: {found.reason}"
        raise UndefinedMetric(msg)
    return float(found.distinct if found.sane else 0)


def _why_none(keypoints0: int, keypoints1: int, points0: FloatImage, points1: FloatImage) -> str:
    for name, keypoints in (("image0", keypoints0), ("image1", keypoints1)):
        if keypoints == 0:
            return f"{name} has no keypoints"
    for name, keypoints in (("image0", keypoints0), ("image1", keypoints1)):
        if keypoints == 1:
            return f"{name} has one keypoint, so nothing is second nearest"
    matches = len(points0)
    if matches < 4:
        return f"{matches} one-to-one matches are left, and a homography needs 4"
    if on_one_line(points0) or on_one_line(points1):
        return f"the {matches} one-to-one matches lie on one line, which fixes no homography"
    return f"no homography explains four of the {matches} one-to-one matches"


def _distinct(points: FloatImage) -> int:
    return len(np.unique(np.round(points), axis=0))


def _in_full(positions: FloatImage, factor: int) -> FloatImage:
    """Map positions in a reduced picture to the picture: block 0 has its middle at (k - 1) / 2."""
    return positions * factor + (factor - 1) / 2 if factor > 1 else positions


def _enlarged(homography: FloatImage | None, factor0: int, factor1: int) -> FloatImage | None:
    if homography is None or factor0 == factor1 == 1:
        return homography
    full0, full1 = (
        np.array([[k, 0, (k - 1) / 2], [0, k, (k - 1) / 2], [0, 0, 1]]) for k in (factor0, factor1)
    )
    return np.asarray(full1 @ homography @ np.linalg.inv(full0))


def _check_settings(ratio: float, threshold: float, seed: int) -> None:
    if not 0 < ratio <= 1:
        msg = f"ratio must be above 0 and at most 1, got {ratio}; 0.75 is usual"
        raise ValueError(msg)
    if not 0 < threshold < np.inf:
        msg = f"threshold must be positive and finite, got {threshold}; pass pixels, such as 3.0"
        raise ValueError(msg)
    if seed < 0:
        msg = f"seed must be 0 or more, got {seed}; pass a whole number"
        raise ValueError(msg)
