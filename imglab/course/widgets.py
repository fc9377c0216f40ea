"""The one interactive form of the course: controls, a picture, a line of numbers.

The only room that imports ipywidgets. Nothing is printed or plotted from a
callback, so what a cell stores is what a test sees.
"""

import base64
import html
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import ipywidgets
import numpy as np
import traitlets

from imglab.course.lines import building
from imglab.image import encode_png, encode_png_quickly
from imglab.language import label, tr
from imglab.validation import ByteImage

Drawn = tuple[ByteImage, dict[str, str]]
"""A grey or RGB picture, and what to say of it: name to number, as text."""

_SMALL = 320  # pixels; a narrower picture is enlarged, and still fits a phone

# A name and its number stay together where the line is broken.
_WHOLE = (
    '<span style="display: inline-block; line-height: 1.4; margin-right: 1em">{} <b>{}</b></span>'
)


class Explorer(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """Controls above a picture that is drawn again at every change.

    Setting ``explorer.controls["shift"].value = 2`` in a cell draws again at
    once, so that the whole chain is tested without a browser.

    Parameters
    ----------
    title : str
        Stands above the controls.
    controls : mapping of str to widget
        Name of an argument of `draw` to a widget with a value. A control
        without a description is labelled with its name.
    draw : callable
        ``draw(**values)`` returns a grey or RGB uint8 picture and a dict of
        texts. If it raises, the line below the picture says so (while a lesson
        is built, the error passes on).
    zoom : int, default 1
        How many screen pixels a pixel takes at least. A picture narrower than
        320 pixels is enlarged by a whole factor anyway, so that its pixels can
        be inspected.

    Attributes
    ----------
    controls : dict of str to widget
        As given.
    picture : ndarray
        The picture last drawn, not enlarged.
    numbers : dict of str to str
        What was last said of it.
    """

    def __init__(
        self,
        title: str,
        controls: Mapping[str, ipywidgets.Widget],
        draw: Callable[..., Drawn],
        *,
        zoom: int = 1,
    ) -> None:
        if zoom < 1 or zoom != int(zoom):
            msg = f"zoom must be a whole number of at least 1, got {zoom}; pass 1 or leave it out"
            raise ValueError(msg)
        self.controls = dict(controls)
        self.picture: ByteImage = np.full((1, 1), 255, dtype=np.uint8)
        self.numbers: dict[str, str] = {}
        self._shown = self.picture  # as it was drawn on the screen
        self._draw, self._zoom, self._error, self._held = draw, int(zoom), "", False
        for name, control in self.controls.items():
            _lay_out(control, name)
        # Less the margin of 2 px on both sides, or a phone scrolls sideways by as much.
        width = "calc(100% - 4px)"
        layout = ipywidgets.Layout(max_width=width, height="auto", align_self="flex-start")
        self._image = ipywidgets.Image(
            value=encode_png(self.picture),
            format="png",
            layout=layout,
            tooltip=tr(title),  # a picture needs a name for those who do not see it
        )
        # Before it shows a tooltip, the browser asks for a description, which an Image lacks.
        self._image.add_traits(description=traitlets.Unicode("").tag(sync=True))
        self._line = ipywidgets.HTML()
        heading = ipywidgets.HTML(f"<b>{html.escape(tr(title))}</b>")
        super().__init__([heading, *self.controls.values(), self._image, self._line])
        self._redraw()
        for control in self.controls.values():
            control.observe(self._redraw, names="value")

    def set(self, **values: object) -> None:
        """Set several controls and draw once.

        Parameters
        ----------
        **values : object
            Name of a control to its new value.

        Raises
        ------
        ValueError
            If there is no such control.
        """
        unknown = values.keys() - self.controls.keys()
        if unknown:
            msg = (
                f"set must name controls, got {', '.join(sorted(unknown))}; "
                f"they are {', '.join(self.controls)}"
            )
            raise ValueError(msg)
        with self._one_drawing():
            for name, value in values.items():
                self.controls[name].value = value

    def __repr__(self) -> str:
        """Return the state and the numbers: what a stored output is compared by."""
        values = ", ".join(f"{name}={_short(c.value)}" for name, c in self.controls.items())
        numbers = ", ".join(f"{name} {text}" for name, text in self.numbers.items())
        return f"Explorer({values}) -> {self._error or numbers}"

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, Any]:
        """Return the live widget, and the picture and text that outlive the kernel."""
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs)
        png = base64.b64encode(encode_png(self._shown)).decode("ascii")
        return {**bundle, "image/png": png, "text/plain": repr(self)}

    @contextmanager
    def _one_drawing(self) -> Iterator[None]:
        self._held = True
        try:
            yield
        finally:
            self._held = False
            self._redraw()

    def _redraw(self, _change: object = None) -> None:
        if self._held:
            return
        values = {name: control.value for name, control in self.controls.items()}
        try:
            picture, numbers = self._draw(**values)
            plain = _plain(picture)
            shown = _enlarged(plain, self._zoom)
            # What was enlarged repeats itself, and is soon made small.
            png = encode_png_quickly(shown) if shown is plain else encode_png(shown)
        except Exception as error:
            if building():
                raise
            self._error = _sentence(error)
        else:
            self.picture, self.numbers, self._error = picture, dict(numbers), ""
            self._shown, self._image.value = shown, png
        named = ((label(name), text) for name, text in self.numbers.items())
        said = [_WHOLE.format(name, text) for name, text in map(_escaped, named)]
        self._line.value = html.escape(self._error) or " ".join(said)


def steps(description: str, most: int) -> ipywidgets.IntSlider:
    """Make a slider from 1 to `most`."""
    return ipywidgets.IntSlider(value=1, min=1, max=most, description=description)


def buttons(description: str, options: Mapping[str, str]) -> ipywidgets.ToggleButtons:
    """Make buttons of which one, or none, is pressed: label to value."""
    return ipywidgets.ToggleButtons(
        options=list(options.items()), value=None, description=description
    )


def _lay_out(control: ipywidgets.Widget, name: str) -> None:
    """Label a control, and let neither its label nor itself be cut on a phone."""
    control.description = label(control.description or name.replace("_", " "))
    control.style.description_width = "initial"
    control.layout.width = "95%"
    control.layout.max_width = "480px"


def _plain(picture: ByteImage) -> ByteImage:
    """Keep one channel of a grey picture: to pack three takes most of a step's time."""
    if picture.ndim == 2:
        return picture
    red, green, blue = np.moveaxis(picture, 2, 0)
    gray = np.array_equal(red, green) and np.array_equal(red, blue)
    return np.ascontiguousarray(red) if gray else picture


def _enlarged(picture: ByteImage, zoom: int) -> ByteImage:
    factor = max(zoom, _SMALL // picture.shape[1])
    return picture if factor == 1 else picture.repeat(factor, axis=0).repeat(factor, axis=1)


def _escaped(item: tuple[str, str]) -> tuple[str, str]:
    return html.escape(item[0]), html.escape(item[1])


def _sentence(error: Exception) -> str:
    message = " ".join(str(error).split()) or tr("no more is known")
    why = f"{message} ({type(error).__name__})"
    return tr("Nothing could be drawn here: {why}.", why=why)


def _short(value: object) -> str:
    if isinstance(value, float) and math.isfinite(value):
        return f"{value:g}"
    return str(value)
