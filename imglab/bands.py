"""Walk over a picture in small parts, so that work between stays in the processor's cache.

An array as large as a picture costs more to bring into being than to compute.
Whoever walks here makes small ones instead, and never more of them than a few.
"""

from collections.abc import Iterator

VALUES = 2**15  # of a part: a quarter of a megabyte in float64


def bands(length: int, most: int) -> Iterator[slice]:
    """Cut `length` rows or columns into slices of at most `most`.

    Parameters
    ----------
    length : int
        How many there are, 0 or more.
    most : int
        How many a slice holds, all but the last; at least 1.

    Yields
    ------
    slice
        From the first to the last, without a gap and without an overlap.

    Examples
    --------
    >>> list(bands(5, 2))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    for start in range(0, length, most):
        yield slice(start, min(start + most, length))


def rows_of(shape: tuple[int, ...], values: int = VALUES) -> Iterator[slice]:
    """Cut a picture into bands of whole rows that hold about `values` values.

    Parameters
    ----------
    shape : tuple of int
        (H, W) or (H, W, 3).
    values : int
        How many values a band may hold; it has one row at least.

    Yields
    ------
    slice
        Of rows.

    Examples
    --------
    >>> list(rows_of((3, 100), values=250))
    [slice(0, 2, None), slice(2, 3, None)]
    """
    height, *row = shape
    in_a_row = 1
    for side in row:
        in_a_row *= side
    yield from bands(height, max(1, values // in_a_row))


def tiles(shape: tuple[int, int], tile: tuple[int, int]) -> Iterator[tuple[slice, slice]]:
    """Cut a grid of (height, width) into tiles of at most `tile`, row by row.

    Yields
    ------
    tuple of two slice
        Rows and columns.

    Examples
    --------
    >>> [(r.stop, c.stop) for r, c in tiles((2, 5), (2, 3))]
    [(2, 3), (2, 5)]
    """
    for rows in bands(shape[0], tile[0]):
        for cols in bands(shape[1], tile[1]):
            yield rows, cols
