"""Cells of a built lesson as one HTML page that opens from disk, without a network.

Words, formulas, code and figures of a lesson's slides and print edition. What a
page needs lies in it: pictures as data, MathJax and reveal.js as their files
beside this module (VENDORED.md says where they come from).
"""

import html
import json
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imglab.course import lessons

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_HERE = Path(__file__).parent
_MATHJAX = ("core", "tex-base", "ams", "svg", "svg-font", "assistive-mml")
# Only what stands in an element of the class `math` is a formula; nothing is loaded later.
_CONFIGURATION = {
    "tex": {"packages": ["base", "ams"]},
    "options": {"ignoreHtmlClass": "page", "processHtmlClass": "math"},
    "svg": {"fontCache": "local"},
    "loader": {"load": []},
}
_LOADED = ("core", "input/tex-base", "[tex]/ams", "output/svg", "output/svg/fonts/tex")
# A formula wider than its column is drawn smaller, down to half its size.
_FIT = """MathJax.startup.promise.then(() => {
  for (const box of document.querySelectorAll('.math.display'))
    if (box.clientWidth && box.scrollWidth > box.clientWidth)
      box.firstElementChild.style.fontSize =
        `${Math.max(50, Math.floor(98 * box.clientWidth / box.scrollWidth))}%`;
  document.body.dataset.formulas = 'drawn';
});"""

Cell = dict[str, Any]


def built(lesson: Path, edition: str) -> list[Cell]:
    """Return the cells of an edition with the outputs that its notebook stores.

    Parameters
    ----------
    lesson : Path
        A file of ``lessons/<language>``.
    edition : str
        A key of `imglab.course.lessons.EDITIONS`.

    Raises
    ------
    ValueError
        If the notebook in git is not in step with the lesson.
    """
    notebook = lessons.notebook_path(lesson)
    found = lessons.differences(lesson, notebook)
    if found:
        msg = f"{found[0]}; build it first: imglab build {lesson.stem[:2]}"
        raise ValueError(msg)
    stored = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    outputs = {cell["id"]: cell.get("outputs", []) for cell in stored}
    cells: list[Cell] = [dict(cell) for cell in lessons.read(lesson, edition).cells]
    for cell in cells:
        cell["outputs"] = outputs.get(cell["id"], [])
    return cells


def tags(cell: Cell) -> list[str]:
    """Return the tags of a cell."""
    names: list[str] = cell["metadata"].get("tags", [])
    return names


def words(text: str) -> str:
    """Turn Markdown with formulas into HTML."""
    return str(_markdown().render(text))


def code(source: str) -> str:
    """Colour nothing: keywords stand in bold, comments in italics, readable in grey."""
    from pygments import highlight
    from pygments.formatters.html import HtmlFormatter
    from pygments.lexers.python import PythonLexer

    formatter = HtmlFormatter(nowrap=True, noclasses=True, style="bw")
    # A long line scrolls on a narrow screen: by keyboard too, so it takes the focus.
    drawn = highlight(source, PythonLexer(), formatter).replace("#BBB", "#555")
    return f'<pre class="code" tabindex="0">{drawn}</pre>\n'


def shown(cell: Cell, *, captions: bool = True) -> str:
    """Turn what a cell printed and drew into HTML.

    Parameters
    ----------
    cell : dict
        A code cell with its outputs.
    captions : bool, default True
        Whether the sentence of a figure stands under it; it is its alternative
        text anyway.
    """
    drawn = {sentence for _, sentence, _ in pictures(cell)}  # said once more, for JupyterLab
    return "".join(
        _output(output, captions=captions)
        for output in cell["outputs"]
        if "image/png" in output.get("data", {}) or _sentence(output) not in drawn
    )


def pictures(cell: Cell) -> Iterator[tuple[str, str, str]]:
    """Yield the PNG data (base64), the sentence and the alternative text of each figure."""
    for output in cell["outputs"]:
        png = "".join(output.get("data", {}).get("image/png", ""))
        if png:
            sentence = _sentence(output)
            alt = output.get("metadata", {}).get("image/png", {}).get("alt", sentence)
            yield png.replace("\n", ""), sentence, alt


def figure(png: str, sentence: str, alt: str, *, caption: bool) -> str:
    """Draw one figure, with its sentence under it or as alternative text alone."""
    under = f"<figcaption>{html.escape(sentence)}</figcaption>" if caption else ""
    source = f"data:image/png;base64,{png}"
    return f'<figure><img src="{source}" alt="{html.escape(alt)}">{under}</figure>\n'


def document(title: str, style: str, body: str, *, language: str, scripts: str = "") -> str:
    """Return a whole page, with its formulas drawn when it opens."""
    mathjax = _mathjax() if 'class="math' in body else ""
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>\n{style}</style>\n</head>\n"
        f'<body class="page">\n{body}{mathjax}{scripts}</body>\n</html>\n'
    )


def vendored(name: str) -> str:
    """Return a file that lies beside this module, such as ``"reveal/reveal.js"``."""
    return (_HERE / name).read_text(encoding="utf-8")


def script(text: str) -> str:
    """Put JavaScript into a page."""
    return f"<script>{text.replace('</script', chr(60) + chr(92) + '/script')}</script>\n"


def _mathjax() -> str:
    """Return MathJax: formulas are drawn as paths, with MathML for those who listen."""
    before = f"window.MathJax = {json.dumps(_CONFIGURATION)}; MathJax.startup = {{ ready() {{}} }};"
    loaded = json.dumps([*_LOADED, "a11y/assistive-mml"])
    parts = [script(before), script(vendored("mathjax/startup.js"))]
    parts.append(script(f"MathJax.loader.preLoad(...{loaded});"))
    parts += [script(vendored(f"mathjax/{part}.js")) for part in _MATHJAX]
    parts.append(script(f"MathJax.startup.defaultReady(); {_FIT}"))
    return "".join(parts)


@cache
def _markdown() -> "MarkdownIt":
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    parser = MarkdownIt("commonmark").enable("table")
    dollarmath_plugin(parser, double_inline=True)
    for kind in ("math_inline", "math_inline_double", "math_block"):
        parser.add_render_rule(kind, _formula)
    parser.add_render_rule("fence", _fence)
    return parser


def _formula(_renderer: object, tokens: "Sequence[Token]", index: int, *_: object) -> str:
    token = tokens[index]
    text = html.escape(token.content.strip())
    if token.type == "math_inline":
        return f'<span class="math">\\({text}\\)</span>'
    element = "div" if token.type == "math_block" else "span"
    return f'<{element} class="math display" tabindex="0">\\[{text}\\]</{element}>\n'


def _fence(_renderer: object, tokens: "Sequence[Token]", index: int, *_: object) -> str:
    return code(tokens[index].content)


def _output(output: dict[str, Any], *, captions: bool) -> str:
    data = output.get("data", {})
    for picture in pictures({"outputs": [output]}):
        return figure(*picture, caption=captions)
    if "text/html" in data:
        return "".join(data["text/html"])
    text = "".join(output.get("text") or data.get("text/plain") or "")
    return f'<pre class="printed" tabindex="0">{html.escape(text.rstrip())}</pre>\n' if text else ""


def _sentence(output: dict[str, Any]) -> str:
    return " ".join("".join(output.get("data", {}).get("text/plain", "")).split())
