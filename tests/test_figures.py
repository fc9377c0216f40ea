"""A shown figure leaves a picture, its sentence, and nothing open."""

import io
import sys

import matplotlib as mpl
import nbformat
import numpy as np
import pytest
from matplotlib.figure import Figure
from nbclient import NotebookClient
from PIL import Image

from imglab.course.figures import show

mpl.use("agg")


def a_figure(**options):
    figure = Figure(figsize=(4, 3), **options)
    figure.subplots().plot([0, 1], [0, 1])
    return figure


@pytest.fixture
def displayed(monkeypatch):
    """Stand in for a notebook: collect what is displayed."""
    import IPython.display

    shown = []
    monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda: "a shell")
    monkeypatch.setattr(
        IPython.display, "display", lambda *data, **more: shown.append((data, more))
    )
    return shown


def test_the_sentence_stands_in_the_metadata_and_as_text(displayed):
    show(a_figure(), " the error grows with the shift, to 16.54. ")
    ((bundle,), options) = displayed[0]
    line = "Figure: the error grows with the shift, to 16.54."
    assert displayed[1][0][0] == {"text/markdown": f"*{line}*", "text/plain": line}
    assert bundle["text/plain"] == line
    assert options["metadata"] == {"image/png": {"alt": line.removeprefix("Figure: ")}}


def test_the_picture_has_100_dots_an_inch_on_opaque_white(displayed):
    show(a_figure(facecolor="none"), "a line.")
    with Image.open(io.BytesIO(displayed[0][0][0]["image/png"])) as image:
        assert image.format == "PNG"
        assert image.size == (400, 300)  # 4 by 3 inches
        pixels = np.array(image.convert("RGBA"))
    assert pixels[0, 0].tolist() == [255, 255, 255, 255]
    assert pixels[..., 3].min() == 255


def test_the_same_figure_is_the_same_file_and_names_no_version(displayed):
    show(a_figure(), "a line.")
    show(a_figure(), "a line.")
    first, second = (entry[0][0]["image/png"] for entry in displayed[::2])
    assert first == second
    assert b"matplotlib" not in first.lower()


def test_signs_of_markdown_in_the_sentence_are_shown_as_they_are(displayed):
    show(a_figure(), "x*y [levels]")
    assert displayed[1][0][0]["text/markdown"] == r"*Figure: x\*y \[levels\]*"


def test_a_grey_figure_is_stored_in_one_channel(displayed):
    grey, coloured = Figure(figsize=(1, 1)), Figure(figsize=(1, 1))
    coloured.text(0.5, 0.5, "x", color="red")
    for figure in (grey, coloured):
        show(figure, "a figure.")
    modes = [Image.open(io.BytesIO(entry[0][0]["image/png"])).mode for entry in displayed[::2]]
    assert modes == ["L", "RGB"]


def test_outside_a_notebook_only_the_sentence_is_printed(capsys):
    show(a_figure(), "a line.")
    assert capsys.readouterr().out == "Figure: a line.\n"


def test_a_figure_of_pyplot_is_closed():
    import matplotlib.pyplot as plt

    figure, _ = plt.subplots()
    assert plt.fignum_exists(figure.number)
    show(figure, "an empty frame.")
    assert not plt.fignum_exists(figure.number)


@pytest.mark.parametrize("alt", ["", "  ", "two\nlines"])
def test_a_figure_without_one_sentence_is_refused(alt):
    with pytest.raises(ValueError, match="alt must be one sentence in one line, got"):
        show(a_figure(), alt)


def test_a_notebook_stores_one_picture_and_its_line_and_an_explorer_its_own(tmp_path):
    figure_cell = """
import matplotlib.pyplot as plt, numpy as np, ipywidgets
from imglab.course import show, Explorer
figure, axes = plt.subplots()
show(figure, 'an empty frame.')"""
    explorer_cell = """
dark = np.zeros((2, 2), dtype=np.uint8)
explorer = Explorer('T', {'k': ipywidgets.IntSlider()}, lambda k: (dark, {'k': str(k)}))
explorer"""
    cells = [figure_cell, explorer_cell, "explorer.controls['k'].value = 5\nexplorer"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        store_widget_state=False,
        resources={"metadata": {"path": str(tmp_path)}},
    )
    client.execute()
    figure, first, second = (cell.outputs for cell in notebook.cells)
    assert [output.output_type for output in figure] == ["display_data", "display_data"]
    assert figure[0].metadata["image/png"]["alt"] == "an empty frame."
    assert figure[0].data["image/png"].startswith("iVBORw0KGgo")  # PNG in base 64
    assert figure[1].data["text/plain"] == "Figure: an empty frame."
    for outputs, k in ((first, 0), (second, 5)):
        (output,) = outputs
        assert output.data["text/plain"] == f"Explorer(k={k}) -> k {k}"
        assert output.data["image/png"].startswith("iVBORw0KGgo")
