"""The computations as they were published, mistakes included; not for use.

Rewritten from a description of the scripts. The right ones are in `pixel`,
`keypoints`, `ssim` and `histogram`.
"""

import cv2
import numpy as np
import numpy.typing as npt

from imglab.validation import ByteImage


def opencv_gray(rgb: npt.ArrayLike) -> ByteImage:
    """Mix the channels by OpenCV: here and there a pixel is one level from `to_gray`.

    Examples
    --------
    >>> opencv_gray([[[255, 0, 0], [0, 255, 0]]])  # 0.299 * 255 = 76.2, 0.587 * 255 = 149.7
    array([[ 76, 150]], dtype=uint8)
    """
    gray = cv2.cvtColor(np.asarray(rgb, dtype=np.uint8), cv2.COLOR_RGB2GRAY)
    return np.asarray(gray, dtype=np.uint8)


def byte_squares(gray0: ByteImage, gray1: ByteImage) -> ByteImage:
    """Square the differences in uint8, modulo 256.

    Examples
    --------
    >>> byte_squares(np.uint8([[20]]), np.uint8([[0]]))  # 400 - 256
    array([[144]], dtype=uint8)
    """
    difference = gray0 - gray1  # modulo 256: 10 - 20 is 246; squaring would forgive this,
    return difference * difference  # but is itself modulo 256: 20 * 20 is 144


def unequal_values(rgb0: ByteImage, rgb1: ByteImage) -> int:
    """Count channel values that differ, up to three for each pixel.

    Examples
    --------
    >>> unequal_values(np.uint8([[[1, 2, 3]]]), np.uint8([[[1, 0, 0]]]))
    2
    """
    return int(np.count_nonzero(rgb0 != rgb1))  # of H * W * 3


def cross_checked_matches(gray0: ByteImage, gray1: ByteImage) -> int:
    """Count the ORB keypoints that are nearest to each other in both directions."""
    finder = cv2.ORB_create()  # type: ignore[attr-defined]
    _, descriptors0 = finder.detectAndCompute(gray0, None)
    _, descriptors1 = finder.detectAndCompute(gray1, None)
    return len(cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(descriptors0, descriptors1))


def plain_cosine(gray0: ByteImage, gray1: ByteImage) -> float:
    """Divide the product of two pictures as vectors by their lengths.

    Examples
    --------
    >>> round(plain_cosine(np.uint8([[3, 4]]), np.uint8([[4, 3]])), 12)  # (12 + 12) / (5 * 5)
    0.96
    """
    x, y = (gray.ravel().astype(np.float64) for gray in (gray0, gray1))
    return float(np.dot(x, y) / (np.linalg.norm(x) * np.linalg.norm(y)))


def single_precision_ncc(gray0: ByteImage, gray1: ByteImage) -> float:
    """Correlate two centred pictures in float32.

    Examples
    --------
    >>> single_precision_ncc(np.uint8([[0, 0, 0, 1]]), np.uint8([[0, 0, 1, 0]]))  # -1/3
    -0.3333333432674408
    """
    x, y = (gray.ravel().astype(np.float32) for gray in (gray0, gray1))
    x, y = x - x.mean(), y - y.mean()
    return float(np.sum(x * y) / np.sqrt(np.sum(x * x) * np.sum(y * y)))
