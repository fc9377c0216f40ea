"""Every metric of two pictures in one table, each with what its number means.

Inside, `measuring` computes the rows, `tables` holds and shows them; `many`
measures all pairs of a folder by one metric, and `keeping` keeps what is known.
"""

from imglab.comparison.many import Pairwise, compare_folder
from imglab.comparison.measuring import Source, as_picture, compare
from imglab.comparison.tables import JSON_VERSION, Comparison, Row

__all__ = [
    "JSON_VERSION",
    "Comparison",
    "Pairwise",
    "Row",
    "Source",
    "as_picture",
    "compare",
    "compare_folder",
]
