"""One published figure, and all of them as a table or as JSON."""

import json
from dataclasses import asdict, dataclass

from imglab.weights import FILES

NAME = "seed"  # the pictures' key in `FILES`
JSON_VERSION = 1


@dataclass(frozen=True)
class SeedFigure:
    """One published number, as it was computed and as it should have been.

    Parameters
    ----------
    name : str
        What the script called it.
    published : str
        As the script printed it.
    today : float
        The script's computation, done again now.
    true : float
        What the quantity is.
    why : str
        One line: why the two differ, or that the figure is right.
    allowed : float
        How far `today` may lie from `published` by rounding alone; 0 where the
        last printed digit must agree.
    """

    name: str
    published: str
    today: float
    true: float
    why: str
    allowed: float

    @property
    def difference(self) -> float:
        """How far `today` lies from `published`."""
        return abs(self.today - float(self.published.split()[0]))

    @property
    def reproduced(self) -> bool:
        """Whether `today` is `published`, as far as arithmetic allows."""
        return self.difference <= self.allowed


@dataclass(frozen=True)
class RecordedFigure:
    """One published number that is not computed here.

    Parameters
    ----------
    name : str
        What was measured.
    published : str
        As it was printed.
    why : str
        How it was obtained, and what it cannot mean.
    """

    name: str
    published: str
    why: str


RECORDED = (
    RecordedFigure(
        name="ResNet-50 + cosine",
        published="0.7499",
        why="its floor is 0, not -1: only the values of unrelated pictures say what it means",
    ),
    RecordedFigure(
        name="CLIP ViT-B/32",
        published="0.4933",
        why="what unrelated pictures give to this network was not measured, so it has no place",
    ),
)


def table(computed: tuple[SeedFigure, ...]) -> str:
    """Set the figures as a table of at most 100 columns, for a terminal.

    Parameters
    ----------
    computed : tuple of SeedFigure
        From `figures`.

    Returns
    -------
    str
        Two lines for each figure, the recorded ones at the end.
    """
    header = ("", "published", "computed today", "off by", "true value")
    rows = [header]
    for one in computed:
        off = "0" if one.difference == 0 else f"{one.difference:.1e}"
        rows.append((one.name, one.published, f"{one.today!r}", off, f"{one.true:.10g}"))
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
    lines = []
    for number, row in enumerate(rows):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        lines.append("  ".join(cells).rstrip())
        if number:
            lines.append(f"    {computed[number - 1].why}")
    exact = sum(one.difference == 0 for one in computed)
    held = sum(one.reproduced for one in computed)
    sentence = f"{held} of {len(computed)} come out as published: {exact} to the last digit"
    sentence += f", {held - exact} as near as rounding allows."
    lines += ["", sentence, "", "Recorded by the user, not re-measured here:"]
    for recorded in RECORDED:
        lines.append(f"{recorded.name.ljust(widths[0])}  {recorded.published}")
        lines.append(f"    {recorded.why}")
    return "\n".join(lines)


def to_json(computed: tuple[SeedFigure, ...]) -> str:
    """Write the figures as JSON.

    Parameters
    ----------
    computed : tuple of SeedFigure
        From `figures`.

    Returns
    -------
    str
        An object with ``version``, ``figures`` and ``recorded``.
    """
    document = {
        "version": JSON_VERSION,
        "pictures": {one.file: one.sha256 for one in FILES[NAME]},
        "figures": [
            {**asdict(one), "difference": one.difference, "reproduced": one.reproduced}
            for one in computed
        ],
        "recorded": [asdict(one) for one in RECORDED],
    }
    return json.dumps(document, indent=2, allow_nan=False)
