"""Two pictures of your own: chosen by upload or by path, compared at once.

What cannot be a picture is answered by one sentence, and the pictures that were
compared before stay. Nothing is printed from a callback, and what a cell stores
does not depend on any upload: a bundled pair stands in.
"""

import html
import os
from pathlib import Path
from typing import Any

import ipywidgets

from imglab import report
from imglab.comparison import Comparison, as_picture, compare
from imglab.image import Picture, load, load_bytes
from imglab.language import tr

MEGABYTES = 8  # JupyterLab drops an upload of more than about 10 without a word
REPORT = "my-comparison.html"


class Playground(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """Two pictures, every metric, and what lies between them.

    Parameters
    ----------
    first, second : str
        Names of bundled pictures, compared until others are chosen.
    folder : path, optional
        Where the report is saved; by default the working directory, in which
        a notebook lies.

    Attributes
    ----------
    pictures : list of two Picture
        What is compared now.
    comparison : Comparison
        Every metric of the two.
    said : list of three str
        What is said of the first picture, of the second, and of the report.
    """

    def __init__(
        self, first: str, second: str, *, folder: str | os.PathLike[str] | None = None
    ) -> None:
        self.pictures: list[Picture] = [as_picture(first, ""), as_picture(second, "")]
        self.comparison: Comparison
        self.said = [tr("bundled"), tr("bundled"), ""]
        self._folder = folder
        self.uploads, self.paths, self._lines = [], [], []
        chosen = []
        for place, label in enumerate((tr("First picture"), tr("Second picture"))):
            upload = ipywidgets.FileUpload(description=tr("{label}: choose a file", label=label))
            upload.layout = ipywidgets.Layout(width="95%", max_width="300px")
            upload.tooltip = tr("at most {size} MB; larger ones by their path", size=MEGABYTES)
            path = ipywidgets.Text(
                description=tr("or its path"),
                placeholder=tr("for files of more than {size} MB", size=MEGABYTES),
                continuous_update=False,
                style={"description_width": "initial"},
                layout=ipywidgets.Layout(width="95%", max_width="480px"),
            )
            line = ipywidgets.HTML()
            upload.observe(lambda change, at=place: self._uploaded(at, change["new"]), "value")
            path.observe(lambda change, at=place: self._named(at, change["new"]), "value")
            self.uploads.append(upload)
            self.paths.append(path)
            self._lines.append(line)
            chosen += [upload, path, line]
        self.button = ipywidgets.Button(
            description=tr("Save the report"), layout=ipywidgets.Layout(width="auto")
        )
        self.button.on_click(lambda _: self.save())
        self._lines.append(ipywidgets.HTML())
        self._result = ipywidgets.HTML(layout=ipywidgets.Layout(width="calc(100% - 4px)"))
        super().__init__([*chosen, self.button, self._lines[2], self._result])
        self._compare()

    def save(self) -> Path | None:
        """Write the report as one file, and say where, or why it cannot be written.

        Returns
        -------
        Path or None
            Where it lies; None where it could not be written.
        """
        place = Path(self._folder or Path.cwd()) / REPORT
        try:
            written = report.write(place, report.page(self.comparison, *self.pictures))
        except (OSError, ValueError) as error:
            self._say(2, _sentence(error))
            return None
        self._say(2, tr("Saved as {name}, beside this notebook.", name=written.name))
        return written

    def __repr__(self) -> str:
        """Return both pictures and the verdict: what a stored output is compared by."""
        judged = str(self.comparison.verdict or tr("no keypoints to judge by"))
        return f"Playground({self.comparison.heading()}) -> {judged}"

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, Any]:
        """Return the live widget, and a line for a reader who has no kernel."""
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs)
        heading = html.escape(self.comparison.heading())
        again = html.escape(tr("Run this cell to choose two pictures of your own."))
        return {
            **bundle,
            "text/html": f"<p><b>{heading}</b><br>{again}</p>",
            "text/plain": repr(self),
        }

    def _uploaded(self, place: int, files: tuple[dict[str, Any], ...]) -> None:
        if files:
            file = files[-1]
            self._try(place, lambda: load_bytes(str(file["name"]), file["content"]))

    def _named(self, place: int, path: str) -> None:
        if path.strip():
            named = Path(path.strip().strip("\"'"))  # Windows copies a path in quotes
            self._try(place, lambda: load(named.expanduser()))

    def _try(self, place: int, take: Any) -> None:  # noqa: ANN401  (a function without arguments)
        """Take another picture, or keep the one there is and say why."""
        before = self.pictures[place]
        try:
            self.pictures[place] = take()
            self._say(place, tr("Comparing ..."))
            self._compare()
        except Exception as error:  # noqa: BLE001  (whatever comes, the notebook goes on)
            self.pictures[place] = before
            kept = tr("Still compared: {name}.", name=before.name)
            self._say(place, f"{_sentence(error)} {kept}")

    def _compare(self) -> None:
        self.comparison = compare(*self.pictures)
        self._result.value = report.fragment(self.comparison, *self.pictures, level=3)
        for place, picture in enumerate(self.pictures):
            height, width = picture.pixels.shape[:2]
            self._say(place, f"{picture.name}, {width}x{height}")
        self._say(2, "")

    def _say(self, place: int, sentence: str) -> None:
        self.said[place] = sentence
        self._lines[place].value = html.escape(sentence)


def _sentence(error: BaseException) -> str:
    """Return one line of an error that says something, or its kind."""
    return " ".join(str(error).split()) or type(error).__name__
