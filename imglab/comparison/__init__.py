"""Every metric of two pictures in one table, each with what its number means.

Inside, `measuring` computes the rows, `tables` holds and shows them.
"""

from imglab.comparison.measuring import Source, as_picture, compare
from imglab.comparison.tables import JSON_VERSION, Comparison, Row

__all__ = ["JSON_VERSION", "Comparison", "Row", "Source", "as_picture", "compare"]
