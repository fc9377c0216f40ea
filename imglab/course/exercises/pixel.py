"""The exercises of lesson 02: what is asked, tested solutions, known mistakes.

The solutions carry no annotations: they are printed for a learner to paste.
"""

# mypy: allow-untyped-defs, allow-untyped-calls

import math

import numpy as np
import numpy.typing as npt

from imglab import image, pixel, samples
from imglab.course.exercises import Exercise
from imglab.language import tr


def _rgb(*pixels: tuple[int, int, int]) -> npt.NDArray[np.uint8]:
    """One row of pixels, (1, W, 3)."""
    return np.array([pixels], dtype=np.uint8)


def _gray(*values: int) -> npt.NDArray[np.uint8]:
    """One row of grey levels, (1, W)."""
    return np.array([values], dtype=np.uint8)


def differing(x, y, tolerance):
    d = np.abs(x.astype(int) - y.astype(int))
    differs = np.any(d > tolerance, axis=2)  # (H, W, 3) -> (H, W)
    return int(np.sum(differs))


def _changes(x, y):
    return np.abs(x.astype(int) - y.astype(int))


def _values_that_differ(x, y, tolerance):
    return int(np.sum(_changes(x, y) > tolerance))


def _share_that_differs(x, y, tolerance):
    return float(np.mean(np.any(_changes(x, y) > tolerance, axis=2)))


def _pixels_that_agree(x, y, tolerance):
    return int(np.sum(np.all(_changes(x, y) <= tolerance, axis=2)))


def _all_channels_differ(x, y, tolerance):
    return int(np.sum(np.all(_changes(x, y) > tolerance, axis=2)))


def _sums_that_differ(x, y, tolerance):
    sums = (z.astype(int).sum(axis=2) for z in (x, y))
    return int(np.sum(np.abs(np.subtract(*sums)) > tolerance))


def _sums_of_changes(x, y, tolerance):
    return int(np.sum(_changes(x, y).sum(axis=2) > tolerance))


def _changes_in_bytes(x, y, tolerance):
    return int(np.sum(np.any(np.abs(x - y) > tolerance, axis=2)))


def _tolerance_counts(x, y, tolerance):
    return int(np.sum(np.any(_changes(x, y) >= tolerance, axis=2)))


def _no_tolerance(x, y, _):
    return differing(x, y, 0)


def _brighter_only(x, y, tolerance):
    return int(np.sum(np.any(x.astype(int) - y.astype(int) > tolerance, axis=2)))


def psnr(x, y, data_range):
    mse = np.mean((x.astype(float) - y.astype(float)) ** 2)
    if mse == 0:
        return math.inf
    return float(10 * np.log10(data_range**2 / mse))


def _zero_for_equal(x, y, data_range):
    score = psnr(x, y, data_range)
    return 0.0 if math.isinf(score) else score


def _twenty_times(x, y, data_range):
    return 2 * psnr(x, y, data_range)


def _natural_logarithm(x, y, data_range):
    return psnr(x, y, data_range) * math.log(10)


def _range_of_the_picture(x, y, data_range):
    return psnr(x, y, float(np.max(x.astype(float))) or data_range)


def _in_bytes(x, y, data_range):
    mse = float(np.mean(np.square(np.subtract(x, y))))
    return math.inf if mse == 0 else 10 * math.log10(data_range**2 / mse)


def unrelated_but_close():
    best, names = -1.0, ("", "")
    for one, two in samples.unrelated_pairs():
        x, y = (image.to_gray(samples.load(name, size=256)) for name in (one, two))
        cosine = pixel.cosine_similarity(x, y)
        if cosine > best:
            best, names = cosine, (one, two)
    return names


def _verify_unrelated_but_close(made: object) -> tuple[bool, str]:
    if not (isinstance(made, tuple | list) and len(made) == 2):
        return False, tr("give a pair of names, such as ('coffee', 'grass')")
    if unknown := [name for name in made if name not in samples.names()]:
        wrong = tr("there is no bundled picture {name}; see samples.names()", name=repr(unknown[0]))
        return False, wrong
    one, two = made
    if (one, two) not in samples.unrelated_pairs() and (two, one) not in samples.unrelated_pairs():
        wrong = tr("{one} and {two} show the same thing; take two that do not", one=one, two=two)
        return False, wrong
    x, y = (image.to_gray(samples.load(name, size=256)) for name in (one, two))
    cosine = pixel.cosine_similarity(x, y)
    if cosine <= 0.93:
        return False, tr(
            "the cosine of {one} and {two} is {cosine}, not above 0.93",
            one=one,
            two=two,
            cosine=f"{cosine:.4f}",
        )
    return True, tr(
        "{one} and {two} show different things at a cosine of {cosine}",
        one=one,
        two=two,
        cosine=f"{cosine:.4f}",
    )


def mean_absolute_error(x, y):
    return float(np.mean(np.abs(x.astype(float) - y.astype(float))))


def _root_of_squares(x, y):
    return float(np.sqrt(np.mean((x.astype(float) - y.astype(float)) ** 2)))


def _cast_late(x, y):
    return float(np.mean(np.abs(np.subtract(x, y).astype(float))))


def _signs_cancel(x, y):
    return float(np.mean(x.astype(float) - y.astype(float)))


def _stops_at_zero(x, y):
    return float(np.mean(np.maximum(x.astype(float) - y.astype(float), 0)))


def _too_few_bits(x, y):
    return float(np.mean(np.abs(x.astype(np.int8) - y.astype(np.int8))))


EXERCISES = (
    Exercise(
        id="pixel-1",
        task="Count the pixels of two RGB pictures that differ by more than a tolerance.",
        reference=differing,
        cases=(
            (
                "two pixels, one of them changed in all channels, tolerance 0",
                (_rgb((1, 2, 3), (7, 7, 7)), _rgb((9, 8, 7), (7, 7, 7)), 0),
            ),
            (
                "two pixels, both changed in one channel, tolerance 0",
                (_rgb((1, 2, 3), (7, 7, 7)), _rgb((1, 2, 4), (7, 0, 7)), 0),
            ),
            ("equal pictures", (_rgb((1, 2, 3), (4, 5, 6)), _rgb((1, 2, 3), (4, 5, 6)), 0)),
            (
                "one pixel whose channels change by +1, -1 and 0, tolerance 0",
                (_rgb((10, 20, 30)), _rgb((11, 19, 30)), 0),
            ),
            (
                "one pixel whose channels change by 3, 3 and 3, tolerance 5",
                (_rgb((10, 20, 30)), _rgb((13, 23, 33)), 5),
            ),
            (
                "one pixel changed by 3 and one by 11, tolerance 10",
                (_rgb((10, 10, 10), (250, 0, 0)), _rgb((13, 10, 10), (239, 0, 0)), 10),
            ),
            (
                "one pixel changed by 10, tolerance 10",
                (_rgb((10, 10, 10)), _rgb((10, 20, 10)), 10),
            ),
            (
                "three rows of one pixel, changed by 0, 1 and 7, tolerance 1",
                (
                    np.array([[[5, 5, 5]], [[6, 6, 6]], [[7, 7, 7]]], dtype=np.uint8),
                    np.array([[[5, 5, 5]], [[6, 6, 5]], [[0, 7, 0]]], dtype=np.uint8),
                    1,
                ),
            ),
            (
                "black against white, 2 by 3 pixels, tolerance 254",
                (
                    np.zeros((2, 3, 3), dtype=np.uint8),
                    np.full((2, 3, 3), 255, dtype=np.uint8),
                    254,
                ),
            ),
        ),
        misconceptions=(
            (_values_that_differ, "a pixel with three changed channels is one pixel"),
            (_share_that_differs, "a number of pixels is asked, not a share"),
            (_pixels_that_agree, "you count the pixels that agree"),
            (_all_channels_differ, "one changed channel is enough"),
            (_sums_that_differ, "changes of opposite sign must not cancel"),
            (_sums_of_changes, "each channel by itself is held against the tolerance"),
            (_changes_in_bytes, "the subtraction wrapped around in bytes; cast first"),
            (_tolerance_counts, "a difference equal to the tolerance does not count"),
            (_no_tolerance, "differences up to the tolerance do not count"),
            (_brighter_only, "a level that rises differs, too: take absolute values"),
        ),
    ),
    Exercise(
        id="pixel-2",
        task="Write PSNR, also for equal pictures.",
        reference=psnr,
        cases=(
            ("one pixel, 0 against 255", (_gray(0), _gray(255), 255)),
            (
                "the four pixels worked by hand",
                (
                    np.array([[10, 20], [30, 40]], dtype=np.uint8),
                    np.array([[13, 16], [30, 40]], dtype=np.uint8),
                    255,
                ),
            ),
            ("a darker picture, 10 20 against 20 10", (_gray(10, 20), _gray(20, 10), 255)),
            ("floats in [0, 1]", (np.array([[0.0, 0.5]]), np.array([[0.1, 0.5]]), 1.0)),
            ("equal pictures", (_gray(3, 4), _gray(3, 4), 255)),
        ),
        tolerance=1e-9,
        misconceptions=(
            (_zero_for_equal, "0 dB is the score of the worst pair, not of a perfect copy"),
            (_twenty_times, "10 belongs to MSE; 20 belongs to RMSE"),
            (_natural_logarithm, "decibels take the logarithm to base 10"),
            (_range_of_the_picture, "L is the range of the format, not the largest pixel present"),
            (_in_bytes, "the subtraction wrapped around in bytes; cast first"),
        ),
    ),
    Exercise(
        id="pixel-3",
        task="Find two unrelated bundled pictures with a cosine similarity above 0.93.",
        reference=unrelated_but_close,
        kind="target",
        verifier=_verify_unrelated_but_close,
    ),
    Exercise(
        id="pixel-5",
        task="Repair a mean absolute error that is cast too late.",
        reference=mean_absolute_error,
        kind="bug",
        cases=(
            ("x = 20 20, y = 17 16", (_gray(20, 20), _gray(17, 16))),
            ("x = 10, y = 20", (_gray(10), _gray(20))),
            ("x = 0, y = 255", (_gray(0), _gray(255))),
            ("x = 255, y = 0", (_gray(255), _gray(0))),
            ("x = 200 100, y = 100 200", (_gray(200, 100), _gray(100, 200))),
        ),
        tolerance=1e-9,
        misconceptions=(
            (_cast_late, "the subtraction wraps around in bytes; a cast after it is too late"),
            (_root_of_squares, "that is the RMSE; (3) takes absolute values"),
            (_signs_cancel, "errors of opposite sign must not cancel; (3) takes absolute values"),
            (_stops_at_zero, "differences below 0 count as well"),
            (_too_few_bits, "8 bits with a sign end at 127; take a wider type"),
        ),
    ),
)
