"""The exercises of lesson 05: what is asked, tested solutions, known mistakes.

All of them work on NumPy arrays and on stored values: none needs torch. The
solutions carry no annotations: they are printed for a learner to paste.
"""

# mypy: allow-untyped-defs, allow-untyped-calls

import numpy as np

from imglab import calibration
from imglab.course.exercises import Exercise


def cosine_of_maps(features0, features1):
    g, h = features0.mean(axis=(1, 2)), features1.mean(axis=(1, 2))
    return float(np.sum(g * h) / np.sqrt(np.sum(g**2) * np.sum(h**2)))


def _place_by_place(features0, features1):
    return float(
        np.sum(features0 * features1) / np.sqrt(np.sum(features0**2) * np.sum(features1**2))
    )


def _largest_of_each(features0, features1):
    g, h = features0.max(axis=(1, 2)), features1.max(axis=(1, 2))
    return float(np.sum(g * h) / np.sqrt(np.sum(g**2) * np.sum(h**2)))


def _over_the_channels(features0, features1):
    return _place_by_place(features0.mean(axis=0)[None], features1.mean(axis=0)[None])


def _without_means(features0, features1):
    g, h = features0.mean(axis=(1, 2)), features1.mean(axis=(1, 2))
    g, h = g - g.mean(), h - h.mean()
    length = np.sqrt(np.sum(g**2) * np.sum(h**2))
    return float(np.sum(g * h) / length) if length else 0.0


def _dot_product(features0, features1):
    return float(np.sum(features0.mean(axis=(1, 2)) * features1.mean(axis=(1, 2))))


def _squared_lengths(features0, features1):
    g, h = features0.mean(axis=(1, 2)), features1.mean(axis=(1, 2))
    return float(np.sum(g * h) / (np.sum(g**2) * np.sum(h**2)))


def _angle(features0, features1):
    return float(np.arccos(np.clip(cosine_of_maps(features0, features1), -1, 1)))


def convolve_plane(x, w, stride):
    m, n = w.shape
    height, width = (x.shape[0] - m) // stride + 1, (x.shape[1] - n) // stride + 1
    y = np.zeros((height, width))
    for i in range(height):
        for j in range(width):
            y[i, j] = np.sum(w * x[stride * i : stride * i + m, stride * j : stride * j + n])
    return y


def _kernel_turned(x, w, stride):
    return convolve_plane(x, w[::-1, ::-1], stride)


def _kernel_transposed(x, w, stride):
    return convolve_plane(x, w.T, stride)


def _stride_forgotten(x, w, _):
    return convolve_plane(x, w, 1)


def _padded(x, w, stride):
    m, n = w.shape
    return convolve_plane(np.pad(x, ((m // 2, m // 2), (n // 2, n // 2))), w, stride)


def _in_bytes(x, w, stride):
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape)[::stride, ::stride]
    return np.sum(windows * w.astype(x.dtype), axis=(2, 3), dtype=x.dtype).astype(float)


def _mean_for_sum(x, w, stride):
    return convolve_plane(x, w, stride) / w.size


def _rows_alone(x, w, stride):
    return convolve_plane(x, w, 1)[::stride]


def far_from_itself():
    clouds = calibration.clouds("cnn_cosine")
    buildings = clouds.unrelated[clouds.pairs.index(("temple", "castle"))]
    for value, pair in zip(clouds.same_scene, calibration.same_scene_pairs(), strict=True):
        if value < buildings:
            return pair[:2]
    return None


def _verify_far_from_itself(made: object) -> tuple[bool, str]:
    if not (isinstance(made, tuple | list) and len(made) == 2):
        return False, "give a picture and a change: ('coffee', 'mirror')"
    clouds = calibration.clouds("cnn_cosine")
    pairs = [(name, change) for name, change, _ in calibration.same_scene_pairs()]
    known = dict(zip(pairs, clouds.same_scene.tolist(), strict=True))
    if not all(isinstance(one, str) for one in made) or tuple(made) not in known:
        return False, "that is no stored pair; see calibration.same_scene_pairs()"
    value, buildings = (
        known[tuple(made)],
        clouds.unrelated[clouds.pairs.index(("temple", "castle"))],
    )
    far = bool(value < buildings)
    than = "farther from itself" if far else "still nearer to itself"
    told = f"a cosine of {value:.3f}, castle and temple have {buildings:.3f}"
    return far, f"{made[0]} after {made[1]} is {than} than castle is from temple: {told}"


def batch_norm(x, mean, variance, gamma, beta):
    mean, variance, gamma, beta = (v[:, None, None] for v in (mean, variance, gamma, beta))
    return gamma * (x - mean) / np.sqrt(variance + 1e-3) + beta


def _of_the_batch(x, mean, variance, gamma, beta):
    mean, variance = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
    return batch_norm(x, mean, variance, gamma, beta)


def _of_each_picture(x, mean, variance, gamma, beta):
    return np.concatenate([_of_the_batch(one[None], mean, variance, gamma, beta) for one in x])


def _mean_of_the_batch(x, _, variance, gamma, beta):
    return batch_norm(x, x.mean(axis=(0, 2, 3)), variance, gamma, beta)


def _variance_of_the_batch(x, mean, _, gamma, beta):
    return batch_norm(x, mean, x.var(axis=(0, 2, 3)), gamma, beta)


def _no_root(x, mean, variance, gamma, beta):
    return batch_norm(x, mean, (variance + 1e-3) ** 2 - 1e-3, gamma, beta)


def _beta_inside(x, mean, variance, gamma, beta):
    return batch_norm(x + (beta / gamma)[:, None, None], mean, variance, gamma, 0 * beta)


_RNG = np.random.default_rng(5)
_TOY = np.array([[1.0, 3.0, 0.0], [0.0, 1.0, 3.0], [4.0, 0.0, 1.0]])
_KERNEL = np.array([[1.0, -1.0], [2.0, 0.0]])
_F = np.array([[[0.0, 5.0], [7.0, 0.0]], [[5.0, 0.0], [6.0, 5.0]]])
_G = np.array([[[3.0, 4.0], [4.0, 1.0]], [[9.0, 0.0], [0.0, 0.0]]])
_MAPS = np.maximum(_RNG.normal(size=(2, 6, 3, 4)), 0)
_BYTES = _RNG.integers(0, 256, (7, 9)).astype(np.uint8)
_WIDE = _RNG.normal(size=(3, 2))
_BATCH = _RNG.normal(size=(2, 3, 4, 5)) * 2 + 1
_MEAN, _VARIANCE = _RNG.normal(size=3), _RNG.random(3) + 0.5
_GAMMA, _BETA = _RNG.random(3) + 0.5, _RNG.normal(size=3)

EXERCISES = (
    Exercise(
        id="cnn-1",
        task="Pool two feature maps to vectors and compute their cosine.",
        reference=cosine_of_maps,
        cases=(
            ("the two maps worked by hand", (_F, _G)),
            ("a map and itself", (_F, _F)),
            ("a map and itself, mirrored", (_F, _F[:, :, ::-1])),
            ("a map and its double", (_F, 2 * _F)),
            ("maps that have no channel in common", (_F * [[[1]], [[0]]], _G * [[[0]], [[1]]])),
            ("random maps of 6 channels, 3 by 4", (_MAPS[0], _MAPS[1])),
        ),
        tolerance=1e-9,
        misconceptions=(
            (_place_by_place, "pool first: where a channel answers must not count"),
            (_largest_of_each, "the mean of each channel is asked, not its largest value"),
            (_over_the_channels, "take the mean over rows and columns and keep the channels"),
            (_without_means, "the cosine takes no mean away; that would be NCC"),
            (_dot_product, "divide by both lengths, or twice the map is twice as alike"),
            (_squared_lengths, "a length is the root of a sum of squares"),
            (_angle, "the cosine is asked, not the angle"),
        ),
    ),
    Exercise(
        id="cnn-2",
        task="Slide one kernel over one channel, in steps of a stride, whole windows only.",
        reference=convolve_plane,
        cases=(
            ("the picture and the kernel worked by hand, stride 1", (_TOY, _KERNEL, 1)),
            ("bytes, 7 by 9, and a kernel of 3 by 2, stride 1", (_BYTES, _WIDE, 1)),
            ("bytes, 7 by 9, and a kernel of 3 by 2, stride 2", (_BYTES, _WIDE, 2)),
            ("bytes, 7 by 9, and a kernel of whole numbers", (_BYTES, np.full((3, 3), 2), 2)),
            ("a kernel as large as its picture, stride 3", (_TOY, _TOY, 3)),
        ),
        tolerance=1e-9,
        misconceptions=(
            (_in_bytes, "a byte holds no negative number and none above 255: use floats"),
            (_kernel_turned, "a network does not turn the kernel round"),
            (_kernel_transposed, "rows of the kernel meet rows of the picture"),
            (_stride_forgotten, "with a stride of s, only every s-th window counts"),
            (_padded, "whole windows only: none may hang over the border"),
            (_mean_for_sum, "(1) is a sum, not a mean"),
            (_rows_alone, "the stride holds for columns, too"),
        ),
    ),
    Exercise(
        id="cnn-3",
        task="Find a picture and a change that move it farther from itself than castle and temple.",
        reference=far_from_itself,
        kind="target",
        verifier=_verify_far_from_itself,
    ),
    Exercise(
        id="cnn-5",
        task="Repair a batch normalisation whose result depends on the company of a picture.",
        reference=batch_norm,
        kind="bug",
        cases=(
            ("two pictures of three channels", (_BATCH, _MEAN, _VARIANCE, _GAMMA, _BETA)),
            ("the first of them alone", (_BATCH[:1], _MEAN, _VARIANCE, _GAMMA, _BETA)),
            ("one even picture", (_BATCH[:1] * 0 + 2, _MEAN, _VARIANCE, _GAMMA, _BETA)),
            (
                "a channel that hardly varied in training",
                (_BATCH, _MEAN, _VARIANCE * 1e-4, _GAMMA, _BETA),
            ),
        ),
        tolerance=1e-9,
        misconceptions=(
            (_of_each_picture, "each picture by itself is not what was learnt, either"),
            (_mean_of_the_batch, "the mean is still the batch's, not the one that was learnt"),
            (_variance_of_the_batch, "the variance is still the batch's"),
            (_no_root, "divide by the root of the variance"),
            (_beta_inside, "beta is added last, after the division"),
            (_of_the_batch, "mean and variance of this batch are not those that were learnt"),
        ),
    ),
)
