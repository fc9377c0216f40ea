"""What is raced against what: one entry for each quantity and each peer.

A peer is a function of the same two uint8 arrays and returns a number or a
map; what it needs to turn them into its own form counts as its time. `note`
names what its definition differs in; where it is empty, the results must agree.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image
from skimage import metrics

from imglab import histogram, pixel, ssim

Bytes = npt.NDArray[np.uint8]
Function = Callable[[Bytes, Bytes], Any]

WANG = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}


@dataclass(frozen=True)
class Peer:
    """One library's way to a quantity.

    Attributes
    ----------
    name : str
        The library.
    function : callable
        Of two pictures.
    note : str
        What its definition or its precision differs in.
    colour : bool
        Whether it takes RGB.
    """

    name: str
    function: Function
    note: str = ""
    colour: bool = True


@dataclass(frozen=True)
class Contest:
    """A quantity: imglab's function and those of its peers."""

    name: str
    ours: Function
    peers: list[Peer] = field(default_factory=list)
    colour: bool = True


def scikit_ssim(x: Bytes, y: Bytes, *, margin: int, full: bool, **settings: Any) -> Any:  # noqa: ANN401
    """Return scikit-image's score, or its map without the border."""
    channel = 2 if x.ndim == 3 else None
    found = metrics.structural_similarity(
        x, y, data_range=255, full=full, channel_axis=channel, **settings
    )
    if not full:
        return found
    ssim_map = found[1] if x.ndim == 2 else found[1].mean(axis=2)
    return ssim_map[margin:-margin, margin:-margin]


def opencv_ssim(x: Bytes, y: Bytes) -> npt.NDArray[np.float32]:
    """Return the map as OpenCV's tutorial computes it: in float32, with its blurred border."""
    a, b = x.astype(np.float32), y.astype(np.float32)
    blur = partial(cv2.GaussianBlur, ksize=(11, 11), sigmaX=1.5)
    mu_a, mu_b = blur(a), blur(b)
    var_a, var_b, cov = blur(a * a) - mu_a**2, blur(b * b) - mu_b**2, blur(a * b) - mu_a * mu_b
    c1, c2 = 6.5025, 58.5225
    top = (2 * mu_a * mu_b + c1) * (2 * cov + c2)
    return top / ((mu_a**2 + mu_b**2 + c1) * (var_a + var_b + c2))


def cosine32(x: Bytes, y: Bytes) -> float:
    """Return the cosine as NumPy gives it in float32, through BLAS."""
    a, b = x.ravel().astype(np.float32), y.ravel().astype(np.float32)
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def opencv_histogram(x: Bytes, _: Bytes) -> npt.NDArray[np.float32]:
    """Return the counts of all channels, in float32."""
    channels = range(1 if x.ndim == 2 else 3)
    return np.concatenate([cv2.calcHist([x], [c], None, [256], [0, 256]).ravel() for c in channels])


def contests(*, torch: bool) -> list[Contest]:
    """List all contests, with or without the peers that need torch."""
    flat = {"margin": 3}
    gaussian = {"margin": 5, **WANG}
    ours = partial(partial, ssim.structural_similarity, data_range=255)
    our_map = partial(partial, ssim.structural_similarity_map, data_range=255)
    listed = [
        Contest(
            "SSIM map, flat window",
            our_map(window="flat"),
            [Peer("scikit-image", partial(scikit_ssim, full=True, **flat))],
        ),
        Contest(
            "SSIM, flat window",
            ours(window="flat"),
            [Peer("scikit-image", partial(scikit_ssim, full=False, **flat)), *fast_ssim_peers()],
        ),
        Contest(
            "SSIM map, Gaussian",
            our_map(),
            [
                Peer("scikit-image", partial(scikit_ssim, full=True, **gaussian)),
                Peer("OpenCV's tutorial", opencv_ssim, "float32, border blurred", colour=False),
            ],
        ),
        Contest(
            "SSIM, Gaussian",
            ours(),
            [
                Peer("scikit-image", partial(scikit_ssim, full=False, **gaussian)),
                *(torch_ssim_peers() if torch else []),
            ],
        ),
        Contest(
            "multi-scale SSIM",
            partial(ssim.multiscale_structural_similarity, data_range=255),
            torch_multiscale_peers() if torch else [],
        ),
        Contest(
            "Euclidean distance",
            pixel.euclidean_distance,
            [
                Peer("OpenCV", lambda x, y: cv2.norm(x, y, cv2.NORM_L2)),
                Peer("NumPy", lambda x, y: np.linalg.norm(x.astype(float).ravel() - y.ravel())),
            ],
        ),
        Contest(
            "MSE",
            pixel.mean_squared_error,
            [
                Peer("OpenCV", lambda x, y: cv2.norm(x, y, cv2.NORM_L2SQR) / x.size),
                Peer("scikit-image", metrics.mean_squared_error),
            ],
        ),
        Contest(
            "MAE",
            pixel.mean_absolute_error,
            [Peer("OpenCV", lambda x, y: cv2.norm(x, y, cv2.NORM_L1) / x.size)],
        ),
        Contest(
            "PSNR",
            partial(pixel.peak_signal_noise_ratio, data_range=255),
            [
                Peer("OpenCV", cv2.PSNR),
                Peer("scikit-image", metrics.peak_signal_noise_ratio),
            ],
        ),
        Contest(
            "NCC",
            pixel.normalized_cross_correlation,
            [Peer("NumPy corrcoef", lambda x, y: np.corrcoef(x.ravel(), y.ravel())[0, 1])],
        ),
        Contest("cosine", pixel.cosine_similarity, [Peer("NumPy float32", cosine32, "float32")]),
        Contest(
            "histogram",
            lambda x, _: histogram.counts(x),
            [
                Peer("OpenCV", opencv_histogram),
                Peer("Pillow", lambda x, _: np.array(Image.fromarray(x).histogram())),
            ],
        ),
    ]
    return [contest for contest in listed if contest.peers]


def fast_ssim_peers() -> list[Peer]:
    """Return Fast-SSIM, which has a compiled part of its own, if it is installed."""
    try:
        import fast_ssim
    except ImportError:
        return []
    note = "compiled, all cores, float32"
    return [Peer("Fast-SSIM", lambda x, y: fast_ssim.ssim(x, y, data_range=255), note)]


def _tensors(x: Bytes, y: Bytes, dtype: Any) -> list[Any]:  # noqa: ANN401
    import torch

    pairs = (z[None] if z.ndim == 2 else np.ascontiguousarray(z.transpose(2, 0, 1)) for z in (x, y))
    return [torch.from_numpy(z)[None].to(dtype) for z in pairs]


def torch_ssim_peers() -> list[Peer]:
    """Return piq, pytorch-msssim and frame-analytics, as far as they are installed."""
    import piq
    import pytorch_msssim
    import torch

    def by_piq(x: Bytes, y: Bytes) -> float:
        pair = _tensors(x, y, torch.float32)
        return float(piq.ssim(*pair, data_range=255.0, downsample=False))

    def by_msssim(x: Bytes, y: Bytes) -> float:
        return float(pytorch_msssim.ssim(*_tensors(x, y, torch.float32), data_range=255))

    peers = [Peer("piq", by_piq, "float32"), Peer("pytorch-msssim", by_msssim, "float32")]
    try:
        import frame_analytics
    except ImportError:
        return peers

    def by_frame_analytics(x: Bytes, y: Bytes) -> float:
        return float(frame_analytics.ssim(*_tensors(x, y, torch.uint8), data_range=255.0))

    return [*peers, Peer("frame-analytics", by_frame_analytics, "compiled, float32")]


def torch_multiscale_peers() -> list[Peer]:
    """Return the multi-scale SSIM of pytorch-msssim.

    frame-analytics would build its own with a C++ compiler at the first call.
    """
    import pytorch_msssim
    import torch

    def by_msssim(x: Bytes, y: Bytes) -> float:
        return float(pytorch_msssim.ms_ssim(*_tensors(x, y, torch.float32), data_range=255))

    return [Peer("pytorch-msssim", by_msssim, "float32, odd borders padded with 0")]
