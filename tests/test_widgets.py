"""An Explorer is driven from code as a reader drives it by hand."""

import base64
import io
import re

import ipywidgets
import numpy as np
import pytest
from PIL import Image

from imglab.course.widgets import Explorer
from imglab.image import encode_png, encode_png_quickly


class Drawing:
    """A draw function that counts its calls and can be told to fail."""

    def __init__(self):
        self.calls = []

    def __call__(self, shift, kind):
        self.calls.append((shift, kind))
        if shift == 9:
            msg = "a shift of 9 <leaves> the picture"
            raise ValueError(msg)
        picture = np.zeros((2, 4), dtype=np.uint8)
        picture[:, shift % 4] = 255
        return picture, {"MSE": f"{shift:.3f}", "PSNR": "<43.36>"}


@pytest.fixture
def draw(monkeypatch):
    monkeypatch.delenv("IMGLAB_BUILD", raising=False)
    return Drawing()


def explorer(draw, **options):
    controls = {
        "shift": ipywidgets.IntSlider(value=1, min=0, max=9),
        "kind": ipywidgets.Dropdown(options=["left", "right"], description="Which way"),
    }
    return Explorer("Shift & <see>", controls, draw, **options)


def decoded(png):
    with Image.open(io.BytesIO(png)) as image:
        return np.array(image)


def image_of(made):
    (image,) = (child for child in made.children if isinstance(child, ipywidgets.Image))
    return image


def line_of(made):
    return made.children[-1].value


def test_it_draws_once_when_made(draw):
    made = explorer(draw)
    assert draw.calls == [(1, "left")]
    assert repr(made) == "Explorer(shift=1, kind=left) -> MSE 1.000, PSNR <43.36>"


def test_a_change_from_code_draws_once_and_no_change_not_at_all(draw):
    made = explorer(draw)
    made.controls["shift"].value = 2
    made.controls["shift"].value = 2
    assert draw.calls[1:] == [(2, "left")]
    assert made.picture.tolist() == [[0, 0, 255, 0]] * 2
    assert repr(made) == "Explorer(shift=2, kind=left) -> MSE 2.000, PSNR <43.36>"


def test_several_controls_set_together_draw_once(draw):
    made = explorer(draw)
    made.set(shift=3, kind="right")
    assert draw.calls[1:] == [(3, "right")]
    with pytest.raises(ValueError, match="set must name controls, got shfit; they are shift, kind"):
        made.set(shfit=3)


def test_a_small_picture_is_enlarged_by_a_whole_factor_without_blur(draw):
    # 4 pixels wide: 320 / 4 = 80 screen pixels for each
    shown = decoded(image_of(explorer(draw)).value)
    assert shown.shape == (160, 320)
    assert np.array_equal(shown[::80, ::80], [[0, 255, 0, 0]] * 2)
    assert np.array_equal(shown[79::80, 79::80], [[0, 255, 0, 0]] * 2)
    assert decoded(image_of(explorer(draw, zoom=100)).value).shape == (200, 400)


@pytest.mark.parametrize(("width", "factor"), [(160, 2), (161, 1), (320, 1), (512, 1)])
def test_an_enlarged_picture_never_passes_320_pixels(width, factor):
    picture = np.zeros((3, width), dtype=np.uint8)
    made = Explorer("Wide", {}, lambda: (picture, {}))
    assert decoded(image_of(made).value).shape == (3 * factor, width * factor)


@pytest.mark.parametrize("zoom", [0, 1.5, -1])
def test_a_zoom_that_would_blur_is_refused(draw, zoom):
    with pytest.raises(ValueError, match="zoom must be a whole number of at least 1, got"):
        explorer(draw, zoom=zoom)


def test_a_grey_picture_in_three_channels_is_packed_in_one_and_a_coloured_one_in_three():
    gray = np.dstack([np.arange(6, dtype=np.uint8).reshape(2, 3)] * 3)
    coloured = gray.copy()
    coloured[1, 2, 0] = 200
    for picture, channels in ((gray, ()), (coloured, (3,))):
        made = Explorer("Grey", {"n": ipywidgets.IntSlider()}, lambda n, p=picture: (p, {}))
        packed = decoded(image_of(made).value)
        assert packed.shape == (212, 318, *channels)  # 320 // 3 = 106 screen pixels a pixel
        assert (packed[::106, ::106] == (picture if channels else picture[..., 0])).all()
        assert made.picture is picture


def test_every_text_is_escaped(draw):
    made = explorer(draw)
    assert made.children[0].value == "<b>Shift &amp; &lt;see&gt;</b>"
    said = re.findall(r">(.*?)</span>", line_of(made))
    assert said == ["MSE <b>1.000</b>", "PSNR <b>&lt;43.36&gt;</b>"]


def test_every_control_is_labelled_and_fits_a_phone(draw):
    controls = explorer(draw).controls
    assert [c.description for c in controls.values()] == ["shift", "Which way"]
    for control in controls.values():
        assert control.style.description_width == "initial"
        assert (control.layout.width, control.layout.max_width) == ("95%", "480px")
    assert image_of(explorer(draw)).layout.max_width == "calc(100% - 4px)"


def test_a_failing_draw_becomes_a_sentence_and_the_next_change_works(draw):
    made = explorer(draw)
    before = image_of(made).value
    made.controls["shift"].value = 9
    sentence = "Nothing could be drawn here: a shift of 9 <leaves> the picture (ValueError)."
    assert line_of(made) == sentence.replace("<leaves>", "&lt;leaves&gt;")
    assert repr(made) == f"Explorer(shift=9, kind=left) -> {sentence}"
    assert image_of(made).value == before
    made.controls["shift"].value = 2
    assert repr(made) == "Explorer(shift=2, kind=left) -> MSE 2.000, PSNR <43.36>"


def test_a_draw_that_fails_at_once_still_makes_a_widget(draw):
    made = Explorer("None", {}, lambda: 1 / 0)
    assert repr(made) == (
        "Explorer() -> Nothing could be drawn here: division by zero (ZeroDivisionError)."
    )
    assert made._repr_mimebundle_()["image/png"]


def test_while_building_a_failing_draw_stops_the_build(draw, monkeypatch):
    made = explorer(draw)
    monkeypatch.setenv("IMGLAB_BUILD", "1")
    with pytest.raises(ValueError, match="a shift of 9"):
        made.controls["shift"].value = 9


def test_what_is_stored_is_the_picture_the_text_and_the_live_view(draw):
    made = explorer(draw)
    bundle = made._repr_mimebundle_()
    assert set(bundle) == {
        "application/vnd.jupyter.widget-view+json",
        "image/png",
        "text/plain",
    }
    assert bundle["text/plain"] == repr(made)
    assert base64.b64decode(bundle["image/png"]) == image_of(made).value


@pytest.mark.parametrize("shape", [(40, 400), (40, 400, 3)], ids=["grey", "RGB"])
def test_a_picture_that_is_not_enlarged_is_sent_quickly_and_stored_small(shape):
    picture = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    made = Explorer("Wide", {}, lambda: (picture, {}))
    assert image_of(made).value == encode_png_quickly(picture)
    assert base64.b64decode(made._repr_mimebundle_()["image/png"]) == encode_png(picture)


def test_a_long_text_is_stored_whole():
    made = Explorer("Long", {}, lambda: (np.zeros((2, 2), dtype=np.uint8), {"n": "9" * 200}))
    assert made._repr_mimebundle_()["text/plain"] == f"Explorer() -> n {'9' * 200}"


def test_floats_in_the_text_do_not_show_their_rounding():
    slider = ipywidgets.FloatSlider(value=0.1 + 0.2, max=1)
    made = Explorer(
        "Float", {"sigma": slider}, lambda sigma: (np.zeros((2, 2), dtype=np.uint8), {})
    )
    assert repr(made).startswith("Explorer(sigma=0.3) ->")


def test_a_named_picture_has_what_the_browser_asks_for_before_a_tooltip():
    # ipywidgets' script reads the length of a description, and fails where there is none
    made = Explorer("Long", {}, lambda: (np.zeros((2, 2), dtype=np.uint8), {}))
    state = image_of(made).get_state()
    assert (state["tooltip"], state["description"]) == ("Long", "")
