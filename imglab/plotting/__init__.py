"""Arrays in, figures out: the one room that imports matplotlib.

Every figure has an opaque white ground, one grey or colour scale for all its
pictures (values 0 to 255 unless said otherwise), colours that people with a
colour deficiency tell apart, and letters that stay legible when the figure is
shown 390 pixels wide. Nothing here computes a metric.

Inside: `grids` (pictures and tables side by side), `pairs` (two pictures and
what lies between them), `regions` (pictures and where in them a number comes
from), `graphs` (values on axes), `heat` (shaded tables), `ranges` (estimates
with intervals), `style` (what all share).
"""

from matplotlib.figure import Figure

from imglab.plotting.graphs import clouds, curves, histograms
from imglab.plotting.grids import numbers, pictures
from imglab.plotting.heat import shares
from imglab.plotting.pairs import difference, matches
from imglab.plotting.ranges import intervals
from imglab.plotting.regions import regions

__all__ = [
    "Figure",
    "clouds",
    "curves",
    "difference",
    "histograms",
    "intervals",
    "matches",
    "numbers",
    "pictures",
    "regions",
    "shares",
]
