"""A course and a laboratory on one question: how alike are two images.

The laboratory has one room for each family of measures: `histogram`, `pixel`,
`ssim`, `keypoints`, `cnn`, `clip`; and those around them: `image` (the one way in
for a file), `samples` (bundled pictures), `emoji` (one thing in five styles),
`distortions`, `catalogue` (the measures as data), `calibration` (what a score
means), `comparison` (all of them in one table) and `plotting`.
The course's machinery lives in `imglab.course`.

Importing imglab imports nothing else; a room is imported when first used.

>>> import imglab
>>> imglab.pixel.mean_squared_error([[10, 20]], [[13, 16]])
12.5
"""

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from imglab.comparison import compare as compare
    from imglab.image import load as load
    from imglab.image import load_bytes as load_bytes
    from imglab.image import resize as resize
    from imglab.image import to_gray as to_gray

_ROOMS = (
    "calibration",
    "catalogue",
    "clip",
    "cnn",
    "comparison",
    "conditions",
    "distortions",
    "emoji",
    "histogram",
    "image",
    "invariance",
    "keypoints",
    "masking",
    "near_duplicates",
    "pixel",
    "plotting",
    "report",
    "samples",
    "seed",
    "ssim",
    "synthesis",
    "validation",
    "vectors",
    "weights",
)
_NAMES = {
    "compare": "comparison",
    "load": "image",
    "load_bytes": "image",
    "resize": "image",
    "to_gray": "image",
}


def __getattr__(name: str) -> object:
    if name in _ROOMS:
        return importlib.import_module(f"imglab.{name}")
    if name in _NAMES:
        return getattr(importlib.import_module(f"imglab.{_NAMES[name]}"), name)
    msg = f"module 'imglab' has no attribute {name!r}; it has {', '.join(__dir__())}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted([*_ROOMS, *_NAMES, "__version__"])
