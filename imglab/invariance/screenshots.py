"""Screenshots: what should pass, what should not, and whether a metric can tell.

Small screens of words and numbers are drawn with Pillow's built-in bitmap
font alone, so that they are the same pixels everywhere. Three changes are
harmless: text drawn a quarter of a pixel further (as another antialiasing
does), lines that moved down by one pixel, a caret. Two are faults: one digit
is another, a button is gone. The cells ask how often the harmless change is
the nearer one.

The values are stored in ``data/screens.json``, those of the metrics that need
torch in ``data/screens_deep.json``.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from imglab import samples
from imglab.catalogue import DEEP_METRICS, METRICS
from imglab.invariance.measuring import DIGITS, Progress, as_array, as_json, value_of
from imglab.invariance.ranking import auc, interval, tied
from imglab.invariance.records import Cell, metric_of
from imglab.validation import ByteImage, FloatImage

FILE, DEEP_FILE = "screens.json", "screens_deep.json"
HARMLESS = ("antialiasing", "reflow", "caret")
FAULTS = ("digit", "button")
SCREENS = 20
HEIGHT, WIDTH = 192, 256  # pixels
FINE = 4  # a pixel is drawn as FINE x FINE and averaged
LINE, ROWS = 15, 7  # pixels from line to line, and lines of the table
WORDS = (
    "total", "paid", "open", "tax", "rent", "food", "water", "power", "phone", "travel",
    "books", "music", "sport", "gifts", "other", "saved", "fees", "bonus", "wages", "loans",
)  # fmt: skip


def screen(seed: int, change: str = "") -> ByteImage:
    """Draw a screen, or the same screen with one change.

    Parameters
    ----------
    seed : int
        Chooses words, numbers and colours.
    change : str
        One of `HARMLESS` or `FAULTS`; by default none.

    Returns
    -------
    ndarray of shape (192, 256, 3), uint8

    Raises
    ------
    ValueError
        If there is no such change.
    """
    if change not in ("", *HARMLESS, *FAULTS):
        known = ", ".join((*HARMLESS, *FAULTS))
        msg = f"change must be one of {known}, got {change!r}; choose one or leave it out"
        raise ValueError(msg)
    rng = np.random.default_rng(seed)
    dark = bool(rng.integers(2))
    paper, ink = ((32, 34, 40), (225, 225, 225)) if dark else ((250, 250, 248), (25, 25, 30))
    accent = tuple(int(v) for v in rng.integers(40, 170, 3))
    words = rng.permutation(WORDS)
    numbers = [f"{n:4d}" for n in rng.integers(1000, 10_000, ROWS)]
    row, place = int(rng.integers(ROWS)), int(rng.integers(4))
    other = int(rng.integers(1, 10))
    split = int(rng.integers(1, ROWS - 1))  # the line from which a reflow moves all
    if change == "digit":
        old = numbers[row]
        new = str((int(old[place]) + other) % 10)
        numbers[row] = old[:place] + new + old[place + 1 :]
    canvas = Image.new("RGB", (WIDTH * FINE, HEIGHT * FINE), paper)
    aside = 1 if change == "antialiasing" else 0  # of FINE: a quarter of a pixel

    def text(x: int, y: int, words: str, color: tuple[int, ...]) -> None:
        letters = _letters(words)
        canvas.paste(color, (x * FINE + aside, y * FINE), letters)

    def box(x0: int, y0: int, x1: int, y1: int, color: tuple[int, ...]) -> None:
        corners = (x0 * FINE, y0 * FINE, x1 * FINE - 1, y1 * FINE - 1)
        ImageDraw.Draw(canvas).rectangle(corners, fill=color)

    box(0, 0, WIDTH, 20, accent)
    text(8, 5, f"account {seed + 1}: {words[0]} and {words[1]}", (255, 255, 255))
    for line in range(ROWS):
        y = 30 + line * LINE + (1 if change == "reflow" and line >= split else 0)
        text(12, y, str(words[line + 2]), ink)
        text(150, y, numbers[line], ink)
    y = 30 + ROWS * LINE + (1 if change == "reflow" else 0) + 6
    box(12, y, 150, y + 20, accent)
    box(13, y + 1, 149, y + 19, paper)
    text(18, y + 5, str(words[10]), ink)
    if change == "caret":
        box(20 + 6 * len(words[10]), y + 4, 21 + 6 * len(words[10]), y + 16, ink)
    if change != "button":
        box(176, y, 236, y + 20, accent)
        text(194, y + 5, "send", (255, 255, 255))
    return np.array(canvas.reduce(FINE), dtype=np.uint8)


@cache
def _letters(words: str) -> Image.Image:
    """Return a mask of the words, each pixel of the built-in font FINE x FINE."""
    font = ImageFont.load_default_imagefont()
    _, _, wide, high = font.getbbox(words)
    mask = Image.new("1", (int(wide), int(high)))
    ImageDraw.Draw(mask).text((0, 0), words, fill=1, font=font)
    large = (mask.width * FINE, mask.height * FINE)
    return mask.convert("L").resize(large, Image.Resampling.NEAREST)


@dataclass(frozen=True)
class Screens:
    """Every metric over screens and their changes.

    Attributes
    ----------
    values : mapping of metric to ndarray of shape (changes, screens)
        A screen against itself with each of `HARMLESS` and `FAULTS`; nan where
        undefined.
    """

    values: Mapping[str, FloatImage]

    def of(self, metric: str, change: str) -> FloatImage:
        """Return the values of one metric and one change, screen by screen."""
        if metric not in self.values or change not in (*HARMLESS, *FAULTS):
            msg = f"metric and change must be in the table, got {metric!r} and {change!r}; "
            raise ValueError(msg + f"it has {', '.join((*self.values, *HARMLESS, *FAULTS))}")
        return np.asarray(self.values[metric][(*HARMLESS, *FAULTS).index(change)])

    def cell(self, metric: str, harmless: str, fault: str) -> Cell:
        """Return how often a harmless change is nearer than a fault, over all screens."""
        near, far = self.of(metric, harmless), self.of(metric, fault)
        here, there = np.flatnonzero(~np.isnan(near)), np.flatnonzero(~np.isnan(far))
        missing = len(near) + len(far) - len(here) - len(there)
        if not len(here) or not len(there):
            return Cell(None, None, None, 0.0, len(here), len(there), missing)
        alike, apart, direction = near[here], far[there], metric_of(metric).direction
        low, high = interval(
            alike, apart, direction=direction, alike_pictures=here, apart_pictures=there
        )
        area = auc(alike, apart, direction=direction)
        return Cell(area, low, high, tied(alike, apart), len(here), len(there), missing)


def measure_screens(
    metrics: Iterable[str],
    seeds: Iterable[int] = range(SCREENS),
    *,
    progress: Progress | None = None,
) -> Screens:
    """Compute metrics over screens and their changes, from the pixels.

    Parameters
    ----------
    metrics : iterable of str
        Keys of the catalogue.
    seeds : iterable of int
        Of the screens.
    progress : callable, optional
        ``progress(done, of)`` after each pair.
    """
    keys, numbers, changes = list(metrics), list(seeds), (*HARMLESS, *FAULTS)
    values = {key: np.empty((len(changes), len(numbers))) for key in keys}
    for row, change in enumerate(changes):
        for col, number in enumerate(numbers):
            pair = screen(number), screen(number, change)
            for key in keys:
                values[key][row, col] = value_of(metric_of(key), *pair)
            if progress:
                progress(row * len(numbers) + col + 1, len(changes) * len(numbers))
    return Screens(values)


def write_screens(path: Path, *, deep: bool = False, progress: Progress | None = None) -> None:
    """Compute all metrics, or those that need torch, over the screens; write them to `path`."""
    made = measure_screens(DEEP_METRICS if deep else METRICS, progress=progress)
    rows = []
    for key, table in made.values.items():
        lines = ",\n    ".join(as_json(row, min(DIGITS, metric_of(key).digits)) for row in table)
        settings = json.dumps(metric_of(key).settings)
        rows.append(
            f'  {json.dumps(key)}: {{\n   "settings": {settings},\n   "values": [\n    {lines}\n'
            "   ]\n  }"
        )
    changes = json.dumps([*HARMLESS, *FAULTS])
    text = f'{{\n "version": 1,\n "changes": {changes},\n "metrics": {{\n' + ",\n".join(rows)
    path.write_text(text + "\n }\n}\n", encoding="utf-8", newline="\n")


def screens(metrics: Iterable[str] | None = None) -> Screens:
    """Read the stored values of the metrics, all by default.

    Raises
    ------
    ValueError
        If they were computed with other settings than today's.
    """
    files = [FILE, DEEP_FILE] if samples.data_path(DEEP_FILE).is_file() else [FILE]
    documents = [_document(file) for file in files]
    wanted = [*METRICS, *DEEP_METRICS] if metrics is None else list(metrics)
    found = {}
    for document in documents:
        for key in wanted:
            if key not in document["metrics"]:
                continue
            got = document["metrics"][key]["settings"]
            if got != metric_of(key).settings or document["changes"] != [*HARMLESS, *FAULTS]:
                msg = f"the stored screens must have today's settings of {key!r}, got {got!r}; "
                raise ValueError(msg + "run 'imglab matrix --recompute' and '--recompute --deep'")
            found[key] = as_array(document["metrics"][key]["values"])
    return Screens({key: found[key] for key in wanted if key in found})


@cache
def _document(file: str) -> dict[str, Any]:
    return dict(json.loads(samples.data_path(file).read_text(encoding="utf-8")))
