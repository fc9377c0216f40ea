"""The figures that began this course, computed again and beside the true ones.

A text on comparing two pictures was published with eleven numbers for one
pair, `vermeer.jpg` and `amelie_lens.jpg`. Nine of them are computed here as
its scripts did, mistakes included, each beside what the quantity really is;
the two of deep networks stand as they were recorded.

The pictures are not bundled (the photograph's licence is not known): they
come from a folder, or from the cache after ``imglab fetch seed``.

Inside: `audit` (each figure beside the truth), `scripts` (the computations as
they were published) and `records` (one figure, the table, JSON).
"""

from imglab.seed.audit import figures
from imglab.seed.records import RECORDED, RecordedFigure, SeedFigure, table, to_json

__all__ = ["RECORDED", "RecordedFigure", "SeedFigure", "figures", "table", "to_json"]
