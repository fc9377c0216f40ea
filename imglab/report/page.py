"""From a comparison to HTML: a fragment to be put somewhere, or a whole page."""

import base64
import html
from collections.abc import Iterable, Sequence

import numpy as np

from imglab import __version__
from imglab.calibration import SIZE
from imglab.comparison import Comparison, Row
from imglab.image import Picture, encode_png
from imglab.masking import Mask
from imglab.report.figures import Shown, draw, fitted

# Colours of at least 4.5:1 on their ground; a table row becomes a card on a narrow screen.
STYLE = """
.imglab-report { background: #fff; color: #1a1a1a; font: 16px/1.5 system-ui, sans-serif;
  max-width: 70rem; margin: 0 auto; padding: .5rem; overflow-wrap: anywhere;
  container-type: inline-size; }
.imglab-report * { box-sizing: border-box; }
.imglab-report :is(h1, h2, h3, h4, h5) { font-size: 1.25rem; line-height: 1.25;
  margin: 2rem 0 .5rem; color: #1a1a1a; }
.imglab-report :is(h1, h2, h3, h4, h5):first-of-type { font-size: 1.5rem; margin-top: .5rem; }
.imglab-report img { max-width: 100%; height: auto; border: 1px solid #767676; }
.imglab-report figure { margin: 0; }
.imglab-report figcaption, .imglab-report .small { color: #4a4a4a; font-size: .9em; }
.imglab-report .pair { display: flex; flex-wrap: wrap; gap: 1rem; }
.imglab-report .pair figure { flex: 1 1 16rem; }
.imglab-report .verdict { border-left: 4px solid #0072b2; padding-left: .75rem; }
.imglab-report table { border-collapse: collapse; width: 100%; }
.imglab-report th, .imglab-report td { border-bottom: 1px solid #767676; padding: .4rem .6rem;
  text-align: left; vertical-align: top; background: #fff; color: #1a1a1a;
  overflow-wrap: break-word; white-space: normal; max-width: none; font-size: inherit; }
.imglab-report td.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
.imglab-report tbody th { font-weight: 600; }
.imglab-report .small { display: block; font-weight: 400; }
@container (max-width: 40rem) {
  .imglab-report thead { position: absolute; width: 1px; height: 1px; overflow: hidden;
    clip-path: inset(50%); }
  .imglab-report table, .imglab-report tbody { display: block; }
  .imglab-report tr { display: grid; column-gap: 1rem;
    grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
    border-bottom: 1px solid #767676; padding: .6rem 0; }
  .imglab-report th, .imglab-report td { display: block; border: 0; padding: .1rem 0;
    overflow-wrap: anywhere; }
  .imglab-report td.number { white-space: normal; }
  .imglab-report th, .imglab-report td.words { grid-column: 1 / -1; }
  .imglab-report td::before { content: attr(data-label) ": "; color: #4a4a4a; }
}
@page { margin: 15mm; }
@media print {
  .imglab-report { font-size: 10pt; padding: 0; }
  .imglab-report figure, .imglab-report tr { break-inside: avoid; }
  .imglab-report :is(h1, h2, h3, h4, h5) { break-after: avoid; }
  .imglab-report .between img { max-height: 12cm; }
}
"""
READ = (
    "A value alone says little: read it with its place among pictures that have nothing to do "
    "with each other."
)
SECURITY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def page(
    comparison: Comparison,
    picture0: Picture,
    picture1: Picture,
    *,
    outcomes: Sequence[str] = (),
) -> str:
    """Write a comparison as one HTML page that needs nothing else.

    Parameters
    ----------
    comparison : Comparison
        From `imglab.compare` of the two pictures.
    picture0, picture1 : Picture
        From `imglab.load`, or as `imglab.comparison.as_picture` makes them.
    outcomes : sequence of str
        Sentences on what was asked of the comparison.

    Returns
    -------
    str
        The page, in UTF-8 once encoded; it holds no date and no path, so the
        same pictures give the same page.
    """
    names = " and ".join(comparison.names)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{SECURITY}">\n'
        '<meta name="color-scheme" content="light">\n'
        f"<title>How alike are {html.escape(names)}?</title>\n"
        "<style>body { margin: 0; background: #fff; }</style>\n</head>\n<body>\n"
        f"{fragment(comparison, picture0, picture1, outcomes=outcomes, level=1)}\n"
        "</body>\n</html>\n"
    )


def fragment(
    comparison: Comparison,
    picture0: Picture,
    picture1: Picture,
    *,
    outcomes: Sequence[str] = (),
    level: int = 2,
) -> str:
    """Write a comparison as one element with its own style.

    Parameters
    ----------
    comparison, picture0, picture1, outcomes
        As for `page`.
    level : int
        Of its heading, 1 to 5: 1 for a page of its own.

    Returns
    -------
    str
        HTML in which every name is escaped.
    """
    notes = [f"note: {note}" for note in comparison.notes]
    if comparison.mask:
        notes.append("note: what is drawn below is of the whole pictures")
    parts = [
        f"<style>{STYLE}</style>",
        f"<h{level}>How alike are {_name(comparison, 0)} and {_name(comparison, 1)}?</h{level}>",
        _list([*outcomes, *notes]),
    ]
    if comparison.verdict:
        judged = html.escape(str(comparison.verdict))
        parts.append(f'<p class="verdict">By keypoints: {judged}.</p>')
    pictures = [_picture(comparison, place, p) for place, p in enumerate((picture0, picture1))]
    if comparison.mask:
        pictures.append(_mask(comparison.mask))
    parts += [
        f'<div class="pair">{"".join(pictures)}</div>',
        f"<h{level + 1}>Every metric</h{level + 1}>",
        _table(comparison),
        *(
            _between(shown, level + 1)
            for shown in draw(picture0, picture1, deep=_is_deep(comparison))
        ),
        f'<p class="small">Made by imglab {html.escape(__version__)}. {READ}</p>',
    ]
    body = "\n".join(part for part in parts if part)
    tag = "main" if level == 1 else "div"
    return f'<{tag} class="imglab-report">\n{body}\n</{tag}>'


def _is_deep(comparison: Comparison) -> bool:
    """Tell whether the network was asked, and had an answer."""
    return any(row.metric.key == "cnn_cosine" and row.standing for row in comparison.rows)


def _name(comparison: Comparison, place: int) -> str:
    """Return a name escaped, and kept from turning the text around it (right to left)."""
    return f"<bdi>{html.escape(comparison.names[place])}</bdi>"


def _list(sentences: Iterable[str]) -> str:
    entries = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in sentences)
    return f"<ul>{entries}</ul>" if entries else ""


def _picture(comparison: Comparison, place: int, picture: Picture) -> str:
    height, width = comparison.shapes[place]
    alt = f"{('First', 'Second')[place]} picture: {comparison.names[place]}"
    shown = fitted(picture.pixels)
    reduced = "" if shown.shape == picture.pixels.shape else ", drawn smaller"
    caption = f"{_name(comparison, place)}, {width}x{height} pixels{reduced}"
    image = _img(encode_png(shown), alt)
    return f"<figure>{image}<figcaption>{caption}</figcaption></figure>"


def _mask(mask: Mask) -> str:
    white = np.where(mask.inside, 255, 0).astype(np.uint8)
    caption = f"mask <bdi>{html.escape(mask.name)}</bdi>: white is compared"
    image = _img(encode_png(fitted(white)), f"Mask: {mask.name}")
    return f"<figure>{image}<figcaption>{caption}</figcaption></figure>"


def _between(shown: Shown, level: int) -> str:
    heading = f"<h{level}>{html.escape(shown.title)}</h{level}>"
    caption = html.escape(shown.reading)
    if not shown.png:
        return f"{heading}\n<p>{caption}</p>"
    image = _img(shown.png, shown.alt)
    return f'{heading}\n<figure class="between">{image}<figcaption>{caption}</figcaption></figure>'


def _img(png: bytes, alt: str) -> str:
    data = base64.b64encode(png).decode("ascii")
    return f'<img src="data:image/png;base64,{data}" alt="{html.escape(alt)}">'


def _table(comparison: Comparison) -> str:
    header, *rows = comparison.table()
    head = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in header)
    body = "".join(
        _row(header, cells, row) for cells, row in zip(rows, comparison.rows, strict=True)
    )
    caption = (
        f'<p class="small">value: of the pictures as they are; at {SIZE}x{SIZE}: after both were '
        "resized to that square, where values can be compared with those of other pairs; "
        "equal: what equal pictures give.</p>"
    )
    # The roles keep it a table for a screen reader where a narrow screen shows cards.
    return (
        f'{caption}\n<table role="table"><thead role="rowgroup"><tr role="row">{head}</tr></thead>'
        f'<tbody role="rowgroup">{body}</tbody></table>'
    )


def _row(header: Sequence[str], cells: Sequence[str], row: Row) -> str:
    metric = row.metric
    nearer = "less is nearer" if metric.direction == "distance" else "more is nearer"
    about = f"{nearer}; {metric.settings}; never for {metric.never_use_for}"
    title = (
        f'<th scope="row" role="rowheader">{html.escape(cells[0])}'
        f'<span class="small">{html.escape(about)}</span></th>'
    )
    others = "".join(
        f'<td role="cell" class="{"number" if place < len(cells) - 1 else "words"}" '
        f'data-label="{html.escape(header[place])}">{html.escape(cell)}</td>'
        for place, cell in enumerate(cells)
        if place
    )
    return f'<tr role="row">{title}{others}</tr>\n'
