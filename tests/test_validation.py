"""What the checks let through, and the one sentence they say otherwise."""

import numpy as np
import pytest

from imglab.validation import (
    LARGEST,
    ImageInputError,
    UndefinedMetric,
    check_data_range,
    check_image,
    check_pair,
)


@pytest.mark.parametrize("dtype", ["u1", "u2", "i1", "i2", "i4", "i8", "f2", "f4", "f8"])
def test_every_real_dtype_of_at_most_64_bits_passes_unconverted(dtype: str) -> None:
    image = np.ones((2, 3), dtype=dtype)
    assert check_image(image) is image


def test_a_list_of_rows_becomes_an_array() -> None:
    assert check_image([[1, 2, 3]]).shape == (1, 3)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((2, 2), dtype=bool), "image must hold integers or floats.*got bool.*astype"),
        (np.zeros((2, 2), dtype=complex), "image must hold integers or floats.*got complex128"),
        (np.array([["a"]]), "image must hold integers or floats.*got <U1"),
        (None, "image must hold integers or floats.*got object"),
        ([[2**70]], "image must hold integers or floats.*got object"),
        ([[1, 2], [3]], "image must have rows of one length, got list; pass an array"),
        (np.zeros(5), r"image must have shape \(H, W\) or \(H, W, 3\), got \(5,\); pass one"),
        (np.zeros((2, 2, 1)), r"must have shape .*got \(2, 2, 1\)"),
        (np.zeros((2, 2, 4)), r"must have shape .*got \(2, 2, 4\)"),
        (np.zeros((1, 2, 2, 3)), r"must have shape .*got \(1, 2, 2, 3\)"),
        (np.zeros((0, 4)), r"at least one pixel, got shape \(0, 4\); pass a picture"),
        (np.zeros((4, 0, 3)), r"at least one pixel, got shape \(4, 0, 3\)"),
        (np.array([[0, np.nan]]), r"finite values of at most 1e\+100, got nan; replace or scale"),
        (np.array([[0, -np.inf]]), "finite values .*got inf"),
        (np.array([[0, 1.1e100]]), r"finite values .*got 1\.1e\+100"),
        (np.array([[2**53 + 1]]), r"integers of at most 2\*\*53.*got 9007199254740993; scale"),
        (np.array([[-(2**63)]]), "integers of at most .*got 9223372036854775808"),
        (
            np.array([[2**64 - 1]], dtype=np.uint64),
            "integers of at most .*got 18446744073709551615",
        ),
    ],
)
def test_what_is_no_picture_is_refused_in_one_sentence(image: object, message: str) -> None:
    with pytest.raises(ValueError, match=message) as error:
        check_image(image)
    assert "\n" not in str(error.value)


def test_the_largest_values_allowed_pass() -> None:
    check_image(np.array([[LARGEST, -LARGEST]]))
    check_image(np.array([[2**53, -(2**53)]]))


def test_the_error_calls_the_picture_by_the_name_given() -> None:
    with pytest.raises(ValueError, match=r"^before must have shape"):
        check_image(np.zeros(3), name="before")


def test_a_pair_of_one_shape_and_dtype_passes_uncopied() -> None:
    x, y = np.zeros((2, 3), dtype=np.uint8), np.ones((2, 3), dtype=np.uint8)
    x_out, y_out = check_pair(x, y)
    assert x_out is x
    assert y_out is y


@pytest.mark.parametrize(
    ("image0", "image1", "options", "message"),
    [
        (np.zeros((2, 3)), np.zeros((3, 2)), {}, r"a and b must have the same shape, got \(2, 3\)"),
        (np.zeros((1, 3)), np.zeros((2, 3)), {}, "same shape"),  # NumPy would broadcast it
        (np.zeros((3, 3)), np.zeros((3, 3, 3)), {}, "same shape"),
        (np.zeros((2, 2), "u1"), np.zeros((2, 2)), {}, "same dtype, got uint8 and float64; bring"),
        (np.zeros((2, 2), "f4"), np.zeros((2, 2)), {}, "same dtype, got float32 and float64"),
        (np.zeros((2, 2, 3)), np.zeros((2, 2, 3)), {"gray": True}, "must be grey.*to_gray first"),
        (np.zeros((9, 10)), np.zeros((9, 10)), {"min_side": 10}, r"at least 10 pixels .*\(9, 10\)"),
        (np.zeros((2, 2)), np.zeros(2), {}, "^b must have shape"),
    ],
)
def test_a_pair_that_cannot_be_compared_is_refused(
    image0: np.ndarray, image1: np.ndarray, options: dict[str, bool], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        check_pair(image0, image1, names=("a", "b"), **options)


def test_the_least_side_itself_is_enough() -> None:
    check_pair(np.zeros((10, 11)), np.zeros((10, 11)), min_side=10)


@pytest.mark.parametrize("data_range", [0, -1, float("nan"), float("inf"), 2e100])
def test_a_data_range_that_is_no_width_is_refused(data_range: float) -> None:
    with pytest.raises(ValueError, match="data_range must be positive and finite, got"):
        check_data_range(data_range)


def test_a_data_range_narrower_than_a_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="at most data_range 1, got 255; pass the range"):
        check_data_range(1.0, np.array([[0, 255]], dtype=np.uint8))


def test_a_data_range_narrower_than_the_two_pictures_together_is_refused() -> None:
    # each spans 1 alone; together they reach from 0 to 201
    with pytest.raises(ValueError, match="at most data_range 1, got 201"):
        check_data_range(1.0, np.array([[0.0, 1.0]]), np.array([[200.0, 201.0]]))


def test_a_rounded_float_may_leave_the_range_by_a_millionth() -> None:
    assert check_data_range(1, np.array([[0.0, 1.0000005]])) == 1.0
    with pytest.raises(ValueError, match="must span"):
        check_data_range(1, np.array([[0.0, 1.000002]]))


def test_both_errors_are_value_errors_and_the_gate_adds_a_code() -> None:
    assert issubclass(ImageInputError, ValueError)
    assert issubclass(UndefinedMetric, ValueError)
    error = ImageInputError("Cannot use 'a.png'.", code="damaged")
    assert (str(error), error.code) == ("Cannot use 'a.png'.", "damaged")
