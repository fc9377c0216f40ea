"""Which metric survives which change: every one against every other, as an area.

A metric survives a change if a picture is still nearer to its changed self
than other pictures are to each other. `matrix` counts how often that holds,
for the bundled pictures or for a folder; `auc` is the count, `interval` says
how much it depends on the pictures, `threshold` chooses a limit from pairs
that somebody accepted. `screens` asks the same of screenshots, `drawings` of
one thing in two styles.

The values behind the matrix of the bundled pictures are stored in
``data/matrix.json``, those of the metrics that need torch in
``data/matrix_deep.json``. ``imglab matrix --recompute`` computes the first
anew, ``imglab matrix --recompute --deep`` the second.
"""

from imglab.invariance.drawing import chart, draw
from imglab.invariance.measuring import (
    CHANGES,
    DEEP_FILE,
    FILE,
    SECOND_VIEW,
    matrix,
    measure,
    write,
)
from imglab.invariance.ranking import auc, interval, threshold, tied
from imglab.invariance.records import Cell, Change, Matrix
from imglab.invariance.screenshots import DEEP_FILE as SCREENS_DEEP_FILE
from imglab.invariance.screenshots import FILE as SCREENS_FILE
from imglab.invariance.screenshots import Screens, measure_screens, screen, screens, write_screens
from imglab.invariance.styles import DEEP_FILE as DRAWINGS_DEEP_FILE
from imglab.invariance.styles import FILE as DRAWINGS_FILE
from imglab.invariance.styles import Drawings, drawing, drawings, measure_drawings, write_drawings

__all__ = [
    "CHANGES",
    "DEEP_FILE",
    "DRAWINGS_DEEP_FILE",
    "DRAWINGS_FILE",
    "FILE",
    "SCREENS_DEEP_FILE",
    "SCREENS_FILE",
    "SECOND_VIEW",
    "Cell",
    "Change",
    "Drawings",
    "Matrix",
    "Screens",
    "auc",
    "chart",
    "draw",
    "drawing",
    "drawings",
    "interval",
    "matrix",
    "measure",
    "measure_drawings",
    "measure_screens",
    "screen",
    "screens",
    "threshold",
    "tied",
    "write",
    "write_drawings",
    "write_screens",
]
