"""The change of viewpoint between two pictures, and whether it can be one."""

import cv2
import numpy as np
import numpy.typing as npt

from imglab.validation import FloatImage

MOST_AREA_CHANGE = 25.0  # five times as large or as small a side
MOST_STRETCH = 10.0  # longest over shortest direction at the picture's centre


def find_homography(
    points0: npt.ArrayLike, points1: npt.ArrayLike, *, threshold: float = 3.0, seed: int
) -> tuple[FloatImage | None, npt.NDArray[np.bool_]]:
    """Find the change of viewpoint that explains most matches (RANSAC).

    Parameters
    ----------
    points0, points1 : array_like of shape (n, 2)
        Matched positions (row, col).
    threshold, seed
        As for `match`.

    Returns
    -------
    homography : ndarray of shape (3, 3) or None
        Maps (row, col, 1) of image0 to image1; None where fewer than four
        matches are given or no four of them span an area in both pictures.
    inlier : ndarray of shape (n,), bool
        Which matches it explains; all false without a homography.

    Raises
    ------
    ValueError
        If the points have other shapes or are not finite.

    Examples
    --------
    >>> square = [[0, 0], [0, 9], [9, 9], [9, 0]]
    >>> shifted = [[2, 0], [2, 9], [11, 9], [11, 0]]
    >>> homography, inlier = find_homography(square, shifted, seed=0)
    >>> inlier.tolist()
    [True, True, True, True]
    >>> find_homography(square[:3], shifted[:3], seed=0)[0] is None
    True
    """
    p0, p1 = np.asarray(points0, dtype=np.float64), np.asarray(points1, dtype=np.float64)
    if p0.ndim != 2 or p0.shape[1] != 2 or p0.shape != p1.shape:
        msg = f"points must have one shape (n, 2), got {p0.shape} and {p1.shape}; pass matches"
        raise ValueError(msg)
    if not (np.isfinite(p0).all() and np.isfinite(p1).all()):
        msg = "points must be finite, got nan or inf; leave those matches out"
        raise ValueError(msg)
    nothing = np.zeros(len(p0), dtype=bool)
    if len(p0) < 4 or on_one_line(p0) or on_one_line(p1):
        return None, nothing
    order = np.random.default_rng(seed).permutation(len(p0))
    found, mask = cv2.findHomography(p0[order], p1[order], cv2.RANSAC, threshold)
    homography = np.asarray(found, dtype=np.float64)  # OpenCV's None becomes nan
    if not np.isfinite(homography).all():
        return None, nothing
    inlier = nothing.copy()
    inlier[order] = mask.ravel().astype(bool)
    return homography, inlier


def why_not_sane(homography: npt.ArrayLike, shape: tuple[int, int]) -> str:
    """Say why a homography cannot be another view of a picture of this shape.

    Parameters
    ----------
    homography : array_like of shape (3, 3)
        Maps (row, col, 1).
    shape : tuple of int
        Height and width of the picture that it maps.

    Returns
    -------
    str
        The first of four faults, or the empty string: part of the picture lies
        behind the camera; it is mirrored; its area changes more than 25 times;
        it is stretched more than 10 times in one direction. A picture wholly
        before the camera stays a convex quadrilateral.

    Examples
    --------
    >>> why_not_sane([[1, 0, 5], [0, 1, 0], [0, 0, 1]], (100, 200))  # five rows down
    ''
    >>> why_not_sane([[1, 0, 0], [0, -1, 199], [0, 0, 1]], (100, 200))
    'the homography mirrors the picture'
    """
    h = np.asarray(homography, dtype=np.float64)
    height, width = shape
    corners = np.array([[0, 0, 1], [0, width, 1], [height, width, 1], [height, 0, 1]])
    mapped = corners @ h.T  # (4, 3)
    depth = mapped[:, 2]
    if not (np.all(depth > 0) or np.all(depth < 0)):
        return "the homography puts part of the picture behind the camera"
    row, col = (mapped[:, :2] / depth[:, None]).T
    area = 0.5 * float(np.sum(col * np.roll(row, -1) - row * np.roll(col, -1)))  # shoelace
    growth = area / (height * width)
    if growth <= 0:
        return "the homography mirrors the picture"
    if not 1 / MOST_AREA_CHANGE <= growth <= MOST_AREA_CHANGE:
        return f"the homography changes the area by a factor of {growth:.2g}"
    w = h[2] @ (height / 2, width / 2, 1)
    centre = (h[:2] @ (height / 2, width / 2, 1)) / w
    jacobian = (h[:2, :2] - np.outer(centre, h[2, :2])) / w  # the affine map nearest at the centre
    longest, shortest = np.linalg.svd(jacobian, compute_uv=False)
    if longest > MOST_STRETCH * shortest:
        return "the homography squeezes the picture into a strip"
    return ""


def on_one_line(points: FloatImage) -> bool:
    """Tell whether all points lie within half a pixel of one line."""
    centred = points - points.mean(axis=0)
    _, singular, directions = np.linalg.svd(centred, full_matrices=False)
    return bool(singular[0] == 0 or np.abs(centred @ directions[1]).max() <= 0.5)
