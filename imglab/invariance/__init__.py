"""Which metric survives which change: every one against every other, as an area.

A metric survives a change if a picture is still nearer to its changed self
than other pictures are to each other. `matrix` counts how often that holds,
for the bundled pictures or for a folder; `auc` is the count, `interval` says
how much it depends on the pictures, `threshold` chooses a limit from pairs
that somebody accepted. `screens` asks the same of screenshots.

The values behind the matrix of the bundled pictures are stored in
``data/matrix.json``. ``imglab matrix --recompute`` computes them anew.
"""

from imglab.invariance.drawing import chart, draw
from imglab.invariance.measuring import CHANGES, FILE, SECOND_VIEW, matrix, measure, write
from imglab.invariance.ranking import auc, interval, threshold, tied
from imglab.invariance.records import Cell, Change, Matrix
from imglab.invariance.screenshots import FILE as SCREENS_FILE
from imglab.invariance.screenshots import Screens, measure_screens, screen, screens, write_screens

__all__ = [
    "CHANGES",
    "FILE",
    "SCREENS_FILE",
    "SECOND_VIEW",
    "Cell",
    "Change",
    "Matrix",
    "Screens",
    "auc",
    "chart",
    "draw",
    "interval",
    "matrix",
    "measure",
    "measure_screens",
    "screen",
    "screens",
    "threshold",
    "tied",
    "write",
    "write_screens",
]
