"""The cosine between vectors of one network, worked by hand and against SciPy."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from imglab.validation import UndefinedMetric
from imglab.vectors import check_vectors, cosine_similarities


def seeded(n, d, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d))


def test_cosines_worked_by_hand():
    # (3, 4) and (5, 12): 15 + 48 = 63 over 5 * 13 = 65; (3, 4) and (-4, 3): -12 + 12 = 0;
    # (1, 0) and (5, 12): 5 over 13; (1, 0) and (-4, 3): -4 over 5.
    found = cosine_similarities([[3, 4], [1, 0]], [[5, 12], [-4, 3]])
    assert found == pytest.approx(np.array([[63 / 65, 0.0], [5 / 13, -0.8]]), abs=1e-15)


def test_cosines_agree_with_scipy():
    u, v = seeded(7, 130), seeded(5, 130, seed=1)
    assert cosine_similarities(u, v) == pytest.approx(1 - cdist(u, v, "cosine"), abs=1e-12)


@given(st.integers(1, 9), st.integers(1, 700), st.integers(0, 10**6))
def test_equal_vectors_give_exactly_1_and_opposite_ones_exactly_minus_1(n, d, seed):
    u = seeded(n, d, seed)
    assert np.all(np.diag(cosine_similarities(u, u)) == 1)
    assert np.all(np.diag(cosine_similarities(u, -u)) == -1)
    assert np.all(np.abs(cosine_similarities(u, u)) <= 1)


def test_the_last_digit_of_a_sum_does_not_part_equal_vectors():
    # 0.1 + 0.2 is 0.30000000000000004: (0.1 + 0.2, 0.4) and (0.3, 0.4) are one direction.
    assert cosine_similarities([[0.1 + 0.2, 0.4]], [[0.3, 0.4]])[0, 0] == 1
    u = seeded(300, 77, seed=5)
    assert np.all(np.diag(cosine_similarities(u, u * 3)) == 1)  # three times a value is rounded


@given(st.integers(0, 10**6), st.floats(1e-150, 1e80), st.floats(1e-150, 1e80))
def test_a_cosine_does_not_depend_on_lengths(seed, a, b):
    u, v = seeded(2, 2, seed)[:, None]
    assert cosine_similarities(a * u, b * v) == pytest.approx(cosine_similarities(u, v), abs=1e-12)


def test_float32_is_widened_before_it_is_summed():
    u = np.full((1, 3), 0.1, dtype=np.float32)
    assert cosine_similarities(u, u).dtype == np.float64
    assert check_vectors(u).dtype == np.float64


def test_a_vector_of_zeros_has_no_cosine():
    with pytest.raises(UndefinedMetric, match="does not exist for a vector that is 0 everywhere"):
        cosine_similarities([[0, 0]], [[1, 0]])
    with pytest.raises(UndefinedMetric, match="0 everywhere"):
        cosine_similarities([[1, 0]], [[1, 0], [0, 0]])


@pytest.mark.parametrize(
    ("vectors", "sentence"),
    [
        ([1.0, 2.0], r"vectors must have shape \(n, d\).*got \(2,\); put a single vector in br"),
        (np.zeros((0, 4)), r"got \(0, 4\)"),
        ([[1, 2], [3]], "rows of one length"),
        ([["a"]], "must hold numbers, got <U1"),
        ([[1j]], "must hold numbers, got complex128"),
        ([[True]], "must hold numbers, got bool"),
        ([[math.nan]], "finite values of at most 1e\\+100, got nan"),
        ([[math.inf]], "got inf"),
        ([[1e101]], "got 1e\\+101; scale them"),
    ],
)
def test_what_are_no_vectors_is_refused_in_one_sentence(vectors, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        check_vectors(vectors)
    assert "\n" not in str(caught.value)


def test_vectors_of_two_networks_cannot_be_compared():
    with pytest.raises(ValueError, match="one length, got 2 and 3; take both from one network"):
        cosine_similarities([[1, 2]], [[1, 2, 3]])
