"""Parts of a picture: each place once, in order, none too large."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from imglab.bands import bands, rows_of, tiles

FEW = settings(max_examples=50, deadline=None, derandomize=True, database=None)


@FEW
@given(length=st.integers(0, 50), most=st.integers(1, 60))
def test_slices_follow_one_another_from_the_first_row_to_the_last(length: int, most: int) -> None:
    cut = list(bands(length, most))
    assert [row for part in cut for row in range(part.start, part.stop)] == list(range(length))
    assert all(1 <= part.stop - part.start <= most for part in cut)


def test_a_band_holds_whole_rows_and_at_least_one() -> None:
    # 10 x 3 values a row: 100 values hold 3 rows, and a row of 3000 is not cut
    assert [r.stop - r.start for r in rows_of((7, 10, 3), values=100)] == [3, 3, 1]
    assert [r.stop - r.start for r in rows_of((2, 1000, 3), values=100)] == [1, 1]


@FEW
@given(shape=st.tuples(st.integers(0, 9), st.integers(0, 9)), tile=st.integers(1, 4))
def test_tiles_hold_each_place_once(shape: tuple[int, int], tile: int) -> None:
    times = np.zeros(shape, dtype=int)
    for rows, cols in tiles(shape, (tile, tile + 1)):
        assert times[rows, cols].size <= tile * (tile + 1)
        times[rows, cols] += 1
    assert (times == 1).all()
