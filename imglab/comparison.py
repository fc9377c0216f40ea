"""Every metric of two pictures in one table, each with what its number means."""

import html
import json
import math
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from imglab import calibration, samples, verdict
from imglab.calibration import SIZE, Clouds, Standing
from imglab.catalogue import METRICS, Metric
from imglab.image import Picture, load
from imglab.validation import ByteImage, check_image
from imglab.verdict import Verdict

JSON_VERSION = 1

Source = str | os.PathLike[str] | Picture | npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Row:
    """One metric's result.

    Attributes
    ----------
    metric : Metric
        What was measured.
    value : float or None
        The value of the two pictures as they are; None where their sizes
        differ and the metric needs one size, or where it is undefined. A
        picture may be constant only once it was resized: then `value` alone
        stands.
    calibrated : float or None
        The value at the calibration's size; None where undefined.
    standing : Standing or None
        The place of `calibrated` among unrelated pairs.
    undefined : str
        Why the quantity does not exist for this pair; empty where it does.
    """

    metric: Metric
    value: float | None
    calibrated: float | None
    standing: Standing | None
    undefined: str = ""


@dataclass(frozen=True)
class Comparison:
    """All metrics of two pictures; a table in a terminal and in a notebook.

    Attributes
    ----------
    names : tuple of two str
        What the pictures are called.
    shapes : tuple of two (height, width)
        Their sizes, in pixels.
    notes : tuple of str
        What was done to the pictures before they could be compared.
    rows : tuple of Row
        One for each metric.
    verdict : Verdict or None
        The same thing or not, by the keypoints found again.
    """

    names: tuple[str, str]
    shapes: tuple[tuple[int, int], tuple[int, int]]
    notes: tuple[str, ...]
    rows: tuple[Row, ...] = field(default=())

    @property
    def verdict(self) -> Verdict | None:
        """Judge by keypoints; None where they were not or could not be counted."""
        counted = [row.calibrated for row in self.rows if row.metric.key == verdict.METRIC]
        return verdict.judge(counted[0]) if counted and counted[0] is not None else None

    def __getitem__(self, key: str) -> Row:
        """Return the row of the metric `key`."""
        for row in self.rows:
            if row.metric.key == key:
                return row
        known = ", ".join(row.metric.key for row in self.rows)
        msg = f"no metric {key!r} in this table; it has {known}"
        raise KeyError(msg)

    def table(self) -> list[tuple[str, ...]]:
        """Return the table as rows of text, the header first."""
        header = ("metric", "value", f"at {SIZE}x{SIZE}", "range", "equal", "meaning")
        return [header, *(_cells(row) for row in self.rows)]

    def heading(self) -> str:
        """Return one line with both names and sizes."""
        pictures = zip(self.names, self.shapes, strict=True)
        return " and ".join(f"{name} ({w}x{h})" for name, (h, w) in pictures)

    def __str__(self) -> str:
        lines = [self.heading(), *(f"  note: {note}" for note in self.notes), ""]
        table = self.table()
        widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
        for row in table:
            cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
            lines.append("  ".join(cells).rstrip())
        if self.verdict:
            lines += ["", f"by keypoints: {self.verdict}"]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        header, *body = self.table()
        notes = "".join(f"<br>note: {html.escape(note)}" for note in self.notes)
        rows = [_html_row("th", header), *(_html_row("td", row) for row in body)]
        heading = f"<p><b>{html.escape(self.heading())}</b>{notes}</p>"
        judged = f"<p>by keypoints: {self.verdict}</p>" if self.verdict else ""
        return f"{heading}<table>{''.join(rows)}</table>{judged}"

    def to_json(self) -> str:
        """Return the comparison as JSON; infinite values are the text ``"inf"``."""
        document = {
            "version": JSON_VERSION,
            "pictures": [
                {"name": name, "height": height, "width": width}
                for name, (height, width) in zip(self.names, self.shapes, strict=True)
            ],
            "notes": list(self.notes),
            "calibration_size": SIZE,
            "metrics": [_as_record(row) for row in self.rows],
            "verdict": asdict(self.verdict) if self.verdict else None,
        }
        return json.dumps(document, indent=2, allow_nan=False)


def compare(
    source0: Source,
    source1: Source,
    *,
    metrics: Iterable[str] | None = None,
    against: str | os.PathLike[str] | None = None,
) -> Comparison:
    """Measure how alike two pictures are by every metric of the catalogue.

    Each metric is computed twice: on the pictures as they are, if their sizes
    agree, and after both were resized to the calibration's square, where the
    value can be placed among unrelated pairs. A pair of the reference itself
    is left out of its own null distribution.

    Parameters
    ----------
    source0, source1 : path, bundled name, Picture or array (H, W, 3) of uint8
        The two pictures. A text that is no existing file and names a bundled
        picture means that picture.
    metrics : iterable of str, optional
        Keys of the catalogue; all by default.
    against : path, optional
        A folder whose pictures, taken as unrelated, serve as reference
        instead of the bundled ones.

    Returns
    -------
    Comparison
        Prints as a table.

    Raises
    ------
    ImageInputError
        If a picture or the folder cannot be used.
    ValueError
        If an array is no RGB picture of uint8, or a key is unknown.
    """
    keys = list(METRICS) if metrics is None else list(metrics)
    if unknown := [key for key in keys if key not in METRICS]:
        known = ", ".join(METRICS)
        msg = f"metrics must be keys of the catalogue, got {unknown[0]!r}; it has {known}"
        raise ValueError(msg)
    picture0, picture1 = _as_picture(source0, "image0"), _as_picture(source1, "image1")
    notes = [f"{p.name}: {note}" for p in (picture0, picture1) for note in p.notes]
    shape0, shape1 = (p.pixels.shape[:2] for p in (picture0, picture1))
    if shape0 != shape1:
        notes.append(
            f"sizes differ: both are resized to {SIZE}x{SIZE} (Pillow bicubic, antialiased, "
            "proportions not kept); the value column needs one size"
        )
    square0, square1 = (calibration.at_size(p.pixels) for p in (picture0, picture1))
    if against is None:
        clouds = {key: calibration.clouds(key) for key in keys}
    else:
        clouds, left_out = calibration.folder_clouds(Path(against), keys)
        notes.extend(left_out)
    rows = []
    for key in keys:
        same_size = shape0 == shape1 or not METRICS[key].needs_equal_size
        pixels = (picture0.pixels, picture1.pixels) if same_size else None
        rows.append(_row(METRICS[key], pixels, (square0, square1), clouds[key]))
    return Comparison(
        names=(picture0.name, picture1.name),
        shapes=((shape0[0], shape0[1]), (shape1[0], shape1[1])),
        notes=tuple(notes),
        rows=tuple(rows),
    )


def _as_picture(source: Source, name: str) -> Picture:
    if isinstance(source, Picture):
        return source
    if isinstance(source, np.ndarray):
        array = check_image(source, name=name)
        if array.dtype != np.uint8 or array.ndim != 3:
            msg = (
                f"{name} must be RGB of shape (H, W, 3) and dtype uint8, got {array.shape} "
                f"{array.dtype}; load a file with imglab.load"
            )
            raise ValueError(msg)
        return Picture(pixels=np.array(array, order="C"), name=name, notes=())
    if isinstance(source, str) and source in samples.names() and not Path(source).is_file():
        return Picture(pixels=samples.load(source), name=source, notes=())
    return load(source)


def _row(
    metric: Metric,
    pixels: tuple[ByteImage, ByteImage] | None,
    squares: tuple[ByteImage, ByteImage],
    clouds: Clouds,
) -> Row:
    value = None
    try:
        value = metric(*pixels) if pixels else None
        calibrated = metric(*squares)
    except ValueError as reason:  # also where a picture is too small for a metric's window
        return Row(metric, value, None, None, undefined=str(reason))
    name0, name1 = (calibration.name_of(square, clouds) for square in squares)
    leave_out = (name0, name1) if name0 and name1 else None
    place = calibration.standing(calibrated, clouds, leave_out=leave_out)
    return Row(metric, value, calibrated, place)


def _text(value: float | None, decimals: int) -> str:
    return "-" if value is None else f"{value:.{decimals}f}"


def _range(metric: Metric) -> str:
    low, high = f"{metric.low:g}", f"{round(metric.high, 4):g}"
    return f"{low} or more" if math.isinf(metric.high) else f"{low} to {high}"


def _cells(row: Row) -> tuple[str, ...]:
    metric = row.metric
    shown = f"{metric.title} [{metric.unit}]" if metric.unit else metric.title
    where = "undefined" if row.value is None else f"undefined at {SIZE}x{SIZE}"
    meaning = f"{where}: {row.undefined}" if row.undefined else str(row.standing)
    return (
        shown,
        _text(row.value, metric.decimals),
        _text(row.calibrated, metric.decimals),
        _range(metric),
        "-" if metric.ideal is None else f"{metric.ideal:g}",
        meaning,
    )


def _html_row(tag: str, cells: Iterable[str]) -> str:
    style = "style='text-align:left'"
    return f"<tr>{''.join(f'<{tag} {style}>{html.escape(c)}</{tag}>' for c in cells)}</tr>"


def _as_record(row: Row) -> dict[str, object]:
    def finite(value: float | None) -> float | str | None:
        return "inf" if value == math.inf else value

    metric, place = row.metric, row.standing
    return {
        "metric": metric.key,
        "value": finite(row.value),
        "value_at_calibration_size": finite(row.calibrated),
        "undefined": row.undefined or None,
        "range": [metric.low, finite(metric.high)],
        "equal_pictures_give": finite(metric.ideal),
        "direction": metric.direction,
        "unit": metric.unit,
        "settings": metric.settings,
        "nearer_than": place.nearer_than if place else None,
        "of": place.of if place else None,
        "level_with": place.level_with if place else None,
        "reference": place.reference if place else None,
    }
