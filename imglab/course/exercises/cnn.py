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


def folded(w, mean, variance, gamma, beta):
    factor = gamma / np.sqrt(variance + 1e-3)
    return factor[:, None, None, None] * w, beta - factor * mean


def _kernels_as_they_were(w, mean, variance, gamma, beta):
    return w, folded(w, mean, variance, gamma, beta)[1]


def _no_root_in_the_factor(w, mean, variance, gamma, beta):
    return folded(w, mean, (variance + 1e-3) ** 2 - 1e-3, gamma, beta)


def _no_epsilon(w, mean, variance, gamma, beta):
    return folded(w, mean, variance - 1e-3, gamma, beta)


def _epsilon_after_the_root(w, mean, variance, gamma, beta):
    return folded(w, mean, (np.sqrt(variance) + 1e-3) ** 2 - 1e-3, gamma, beta)


def _gamma_forgotten(w, mean, variance, gamma, beta):
    return folded(w, mean, variance, np.ones_like(gamma), beta)


def _beta_alone(w, mean, variance, gamma, beta):
    return folded(w, mean, variance, gamma, beta)[0], beta


def _mean_not_scaled(w, mean, variance, gamma, beta):
    return folded(w, mean, variance, gamma, beta)[0], beta - mean


def _mean_added(w, mean, variance, gamma, beta):
    return folded(w, -mean, variance, gamma, beta)


def _beta_scaled(w, mean, variance, gamma, beta):
    kernels, offsets = folded(w, mean, variance, gamma, 0 * beta)
    return kernels, offsets + gamma / np.sqrt(variance + 1e-3) * beta


def _along_the_channels_fed(w, mean, variance, gamma, beta):
    kernels, offsets = folded(w.swapaxes(0, 1), mean, variance, gamma, beta)
    return kernels.swapaxes(0, 1), offsets


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
_KERNEL = np.array([[1.0, -1.0], [2.0, 0.0]])
_F = np.array([[[0.0, 5.0], [7.0, 0.0]], [[5.0, 0.0], [6.0, 5.0]]])
_G = np.array([[[3.0, 4.0], [4.0, 1.0]], [[9.0, 0.0], [0.0, 0.0]]])
_MAPS = np.maximum(_RNG.normal(size=(2, 6, 3, 4)), 0)
_SQUARE, _WEIGHTS = _RNG.normal(size=(2, 2, 2, 2)), _RNG.normal(size=(3, 2, 3, 2))
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
        task="Fold a batch normalisation into the kernels before it.",
        reference=folded,
        cases=(
            # factor 4 / sqrt(3.999 + 0.001) = 2; offset 1 - 2 * 3 = -5
            (
                "one kernel: mean 3, variance 3.999, gamma 4, beta 1",
                (
                    _KERNEL[None, None],
                    np.array([3.0]),
                    np.array([3.999]),
                    np.array([4.0]),
                    np.array([1.0]),
                ),
            ),
            (
                "two channels in, two kernels",
                (_SQUARE, _MEAN[:2], _VARIANCE[:2], _GAMMA[:2], _BETA[:2]),
            ),
            (
                "two channels in, three kernels of 3 by 2",
                (_WEIGHTS, _MEAN, _VARIANCE, _GAMMA, _BETA),
            ),
            (
                "channels that hardly varied in training",
                (_WEIGHTS, _MEAN, _VARIANCE * 1e-4, _GAMMA, _BETA),
            ),
        ),
        tolerance=1e-9,
        misconceptions=(
            (_kernels_as_they_were, "the factor of (2) multiplies the kernels, too"),
            (_no_root_in_the_factor, "divide by the root of the variance"),
            (_no_epsilon, "the variance plus 0.001 stands under the root"),
            (_epsilon_after_the_root, "0.001 is added under the root, not after it"),
            (_gamma_forgotten, "gamma is a part of the factor"),
            (_beta_alone, "the mean that (2) takes away belongs to the offset, times the factor"),
            (_mean_not_scaled, "in (2) the factor multiplies the mean as well"),
            (_mean_added, "the mean is taken away, not added"),
            (_beta_scaled, "beta is added last, and no factor touches it"),
            (_along_the_channels_fed, "each factor belongs to one kernel: the first axis"),
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
