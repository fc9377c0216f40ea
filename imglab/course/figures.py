"""Figures as a lesson shows them: a picture, and its sentence under it.

JupyterLab never shows the alternative text of a picture, so the sentence that
carries it stands as text below the picture too, where a test compares it.
"""

import io
import re
import sys
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from imglab.course.lines import say
from imglab.image import encode_png
from imglab.language import tr

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DPI = 100


def show(figure: "Figure", alt: str) -> None:
    """Display a figure on opaque white, print its sentence and close it.

    Outside a notebook only the sentence is printed.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        It cannot be shown a second time by matplotlib itself.
    alt : str
        One sentence that says what is to be seen, for those who cannot see
        it. It may hold numbers, written by `number`.

    Raises
    ------
    ValueError
        If `alt` is empty or longer than one line.
    """
    sentence = alt.strip()
    if not sentence or len(sentence.splitlines()) != 1:
        msg = f"alt must be one sentence in one line, got {alt!r}; say what is to be seen"
        raise ValueError(msg)
    sentence = tr(sentence)
    line = tr("Figure: {sentence}", sentence=sentence)
    png = _png(figure)
    _close(figure)
    _display(png, sentence, line)


def _png(figure: "Figure") -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=_DPI, transparent=False, facecolor="white")
    with Image.open(buffer) as drawn:
        pixels = np.array(drawn.convert("RGB"))
    gray = (pixels == pixels[..., :1]).all()  # one channel of a grey figure is a third of the file
    return encode_png(np.ascontiguousarray(pixels[..., 0]) if gray else pixels)


def _close(figure: "Figure") -> None:
    """Take the figure from pyplot, if pyplot has it, or the cell shows it twice."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close(figure)


def _display(png: bytes, alt: str, line: str) -> None:
    shell = sys.modules.get("IPython")  # loaded in every notebook, and only asked for there
    if shell is None or shell.get_ipython() is None:
        say(line)
        return
    from IPython.display import display  # a notebook has it

    picture = {"image/png": png, "text/plain": line}
    display(picture, raw=True, metadata={"image/png": {"alt": alt}})  # type: ignore[no-untyped-call]
    literal = re.sub(r"([\\`*_{}\[\]<>#$|~])", r"\\\1", line)
    sentence = {"text/markdown": f"*{literal}*", "text/plain": line}
    display(sentence, raw=True)  # type: ignore[no-untyped-call]
