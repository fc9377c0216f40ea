"""The record of a comparison, as a table, as HTML and as JSON."""

import html
import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

from imglab import verdict
from imglab.calibration import SIZE, Standing
from imglab.catalogue import Metric
from imglab.language import tr
from imglab.masking import Mask
from imglab.verdict import Verdict

JSON_VERSION = 1


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
        The value at the calibration's size; None where undefined or masked.
    standing : Standing or None
        The place of `calibrated` among unrelated pairs; None for a part.
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
    mask : Mask or None
        The part that was compared, where not all of both pictures was.
    verdict : Verdict or None
        The same thing or not, by the keypoints found again.
    """

    names: tuple[str, str]
    shapes: tuple[tuple[int, int], tuple[int, int]]
    notes: tuple[str, ...]
    rows: tuple[Row, ...] = field(default=())
    mask: Mask | None = None

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
        at_size = tr("at {size}x{size}", size=SIZE)
        header = (tr("metric"), tr("value"), at_size, tr("range"), tr("equal"), tr("meaning"))
        return [header, *(_cells(row) for row in self.rows)]

    def heading(self) -> str:
        """Return one line with both names and sizes."""
        pictures = zip(self.names, self.shapes, strict=True)
        return tr(" and ").join(f"{name} ({w}x{h})" for name, (h, w) in pictures)

    def __str__(self) -> str:
        lines = [self.heading(), *(f"  note: {note}" for note in self.notes), ""]
        table = self.table()
        widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
        for row in table:
            cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
            lines.append("  ".join(cells).rstrip())
        if self.verdict:
            lines += ["", tr("by keypoints: {verdict}", verdict=self.verdict)]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        header, *body = self.table()
        notes = "".join(f"<br>note: {html.escape(note)}" for note in self.notes)
        rows = [_html_row("th", header), *(_html_row("td", row) for row in body)]
        heading = f"<p><b>{html.escape(self.heading())}</b>{notes}</p>"
        judged = tr("by keypoints: {verdict}", verdict=self.verdict) if self.verdict else ""
        judged = f"<p>{html.escape(judged)}</p>" if judged else ""
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
            "mask": _mask_record(self.mask) if self.mask else None,
            "calibration_size": SIZE,
            "metrics": [_as_record(row) for row in self.rows],
            "verdict": asdict(self.verdict) if self.verdict else None,
        }
        return json.dumps(document, indent=2, allow_nan=False)


def _text(value: float | None, decimals: int) -> str:
    return "-" if value is None else f"{value:.{decimals}f}"


def _range(metric: Metric) -> str:
    low, high = f"{metric.low:g}", f"{round(metric.high, 4):g}"
    if math.isinf(metric.high):
        return tr("{low} or more", low=low)
    return tr("{low} to {high}", low=low, high=high)


def _cells(row: Row) -> tuple[str, ...]:
    metric = row.metric
    shown = f"{tr(metric.title)} [{tr(metric.unit)}]" if metric.unit else tr(metric.title)
    if row.undefined:
        at_size = "" if row.value is None else f" {tr('at {size}x{size}', size=SIZE)}"
        meaning = f"{tr('undefined')}{at_size}: {row.undefined}"
    else:
        meaning = str(row.standing or tr("masked"))
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


def _mask_record(mask: Mask) -> dict[str, object]:
    return {"name": mask.name, "pixels": mask.pixels, "of": mask.inside.size}


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
