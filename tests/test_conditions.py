"""Conditions: how they are read, when they hold, and when nothing is decided."""

import math

import numpy as np
import pytest

from imglab.comparison import compare
from imglab.conditions import Condition, judge, parse

TEN, TWENTY = (np.full((20, 30, 3), level, dtype=np.uint8) for level in (10, 20))
SMALL = np.full((15, 30, 3), 10, dtype=np.uint8)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ssim<0.98", Condition("ssim", False, "<", 0.98)),
        ("ssim @256 <= .5", Condition("ssim", True, "<=", 0.5)),
        (" hellinger>1e-3 ", Condition("hellinger", False, ">", 0.001)),
        (
            "normalized_cross_correlation>=-0.5",
            Condition("normalized_cross_correlation", False, ">=", -0.5),
        ),
        ("peak_signal_noise_ratio<inf", Condition("peak_signal_noise_ratio", False, "<", math.inf)),
    ],
)
def test_a_condition_is_a_metric_a_relation_and_a_number(text: str, expected: Condition) -> None:
    assert parse(text) == expected
    assert parse(str(expected)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "ssim", "ssim<", "<0.9", "ssim<0.9<1", "ssim=0.9", "ssim==1", "ssim!=1", "ssim<nan",
        "ssim<high", "ssim@128<0.9", "ssim@<0.9", "0.9>ssim", "ssim<0.9 and hellinger>1",
        "__import__('os')<1", "ssim<0.9;", "SSIM<0.9", "x" * 500,
    ],
)  # fmt: skip
def test_anything_else_is_one_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"^a condition must be a metric.* write for example") as e:
        parse(text)
    assert len(str(e.value)) < 250
    assert "\n" not in str(e.value)


def test_an_unknown_metric_is_answered_by_those_there_are() -> None:
    with pytest.raises(
        ValueError, match=r"must name a metric, got 'mssim'; there is histogram_rms"
    ):
        parse("mssim<0.9")


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        # every pixel is 10 off: an error of 10 levels, of 100 squared
        ("mean_absolute_error<10", False),
        ("mean_absolute_error<=10", True),
        ("mean_absolute_error>10", False),
        ("mean_absolute_error>=10", True),
        ("mean_squared_error@256>99.9", True),
        ("mean_squared_error@256>100", False),
    ],
)
def test_a_condition_holds_as_its_relation_says(text: str, holds: bool) -> None:
    outcome = judge(parse(text), compare(TEN, TWENTY))
    assert outcome.holds is holds
    said = "true" if holds else "false"
    value = "100" if "squared" in text else "10"
    assert outcome.sentence == f"{text}: {said}, the value is {value}"


def test_the_value_that_is_compared_is_not_the_rounded_one() -> None:
    # one level in one of 600 pixels: 1 / 600 = 0.001666..., printed as 0.0017
    other = TEN.copy()
    other[0, 0] = 11
    table = compare(TEN, other, metrics=["mean_absolute_error"])
    assert judge(parse("mean_absolute_error<0.0017"), table).holds is True


def test_the_two_values_of_a_metric_are_told_apart() -> None:
    # at 256 each pixel is repeated many times, and a sum over pixels grows
    table = compare(TEN, TWENTY, metrics=["euclidean_distance"])
    bound = 10 * math.sqrt(600)  # as they are; at 256 it is 10 * 256 = 2560
    assert judge(parse(f"euclidean_distance>{bound + 1}"), table).holds is False
    assert judge(parse("euclidean_distance@256>2559.9"), table).holds is True


def undecided(text: str, *pictures: np.ndarray, **options: object) -> str:
    outcome = judge(parse(text), compare(*pictures, **options))
    assert outcome.holds is None
    assert outcome.sentence.startswith(f"{text}: not decided, ")
    return outcome.sentence


def test_a_value_that_does_not_exist_decides_nothing() -> None:
    assert undecided("ssim<0.98", TEN, SMALL).endswith("the sizes differ; ask for ssim@256")
    assert "constant" in undecided("normalized_cross_correlation<1", TEN, TWENTY)
    assert "no keypoints" in undecided("orb_inliers@256<8", TEN, TWENTY)
    assert undecided("ssim<0.98", TEN, TWENTY, metrics=["hellinger"]).endswith("not computed")
    assert undecided("cnn_cosine<0.9", TEN, TWENTY).endswith("ask for it with --deep")
    white = np.full_like(TEN, 255)
    assert "a masked value is not computed at" in undecided("ssim@256<1", TEN, TWENTY, mask=white)
    assert "with a mask" in undecided("orb_inliers<8", TEN, TWENTY, mask=white)
    judged = judge(parse("ssim@256<0.98"), compare(TEN, SMALL))
    assert judged.holds is False  # one colour, two sizes
