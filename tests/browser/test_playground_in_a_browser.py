"""The playground and its report as a student has them: chosen files, in Chromium."""

import io
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import student
from PIL import Image

from imglab import image, report, samples
from imglab.catalogue import METRICS
from imglab.comparison import as_picture, compare

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

pytestmark = pytest.mark.browser

LESSON = "en/08_playground.ipynb"
GOOD = image.encode_png(samples.load("coffee", size=128))
HEADER = b"IHDR" + (9_000).to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0"
HOSTILE = {
    "empty.png": b"",
    "letter.jpg": b"Dear reader, this is no picture.",
    "page.png": b"<!doctype html><title>404</title>",
    "paper.pdf": b"%PDF-1.7",
    "phone.heic": b"\0\0\0\x18ftypheic\0\0\0\0",
    "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "cut.png": GOOD[: len(GOOD) // 2],
    "huge.png": GOOD[:12] + HEADER + zlib.crc32(HEADER).to_bytes(4, "big") + GOOD[33:],
    "портрет <b>.png": b"?",
}


@pytest.fixture(scope="module")
def desk(context: "BrowserContext", address: str) -> Iterator[student.Desk]:
    """Return the lesson with its set-up and its playground run."""
    desk = student.Desk(context, address, LESSON)
    for index in (setup_of(desk), playground_of(desk)):
        desk.run(index)
    yield desk
    desk.leave()


def setup_of(desk: student.Desk) -> int:
    cells = enumerate(desk.cells())
    return next(i for i, cell in cells if "setup" in cell["metadata"].get("tags", []))


def playground_of(desk: student.Desk) -> int:
    return desk.calls("Playground")[0][0]


def lines(desk: student.Desk) -> list[str]:
    """Return what the playground says of its pictures and of its report."""
    cell = desk.cell(playground_of(desk))
    found: list[str] = cell.locator(".widget-vbox > .widget-html").all_inner_texts()
    return [" ".join(line.split()) for line in found[:3]]


def choose(desk: student.Desk, place: int, name: str, data: bytes, *, by_key: bool = False) -> str:
    """Choose a file by a button, and return what is said of it."""
    button = desk.cell(playground_of(desk)).locator("button.widget-upload").nth(place)
    with desk.page.expect_file_chooser() as opened:
        if by_key:
            button.focus()
            desk.page.keyboard.press("Enter")
        else:
            button.click()
    opened.value.set_files({"name": name, "mimeType": "", "buffer": data})
    for _ in range(student.RUN * 5):
        desk.page.wait_for_timeout(200)
        said = lines(desk)[place]
        if name.partition(".")[0] in said and "..." not in said:
            break
    return said


def test_two_bundled_pictures_stand_in(desk: student.Desk) -> None:
    assert lines(desk) == ["temple, 512x342", "colosseum, 512x333", ""]
    images = desk.cell(playground_of(desk)).locator(".imglab-report img")
    assert images.count() >= 4
    for picture in images.all():
        assert picture.evaluate("node => node.complete && node.naturalWidth > 0")
        assert picture.get_attribute("alt")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_bad_file_gets_its_sentence(desk: student.Desk, name: str) -> None:
    said = choose(desk, 0, name, HOSTILE[name])
    assert said.startswith(f"Cannot use '{name}': ")
    assert said.endswith("Still compared: temple.")


def test_after_them_the_notebook_is_usable(desk: student.Desk) -> None:
    assert choose(desk, 0, "mine.png", GOOD, by_key=True) == "mine.png, 128x128"
    assert choose(desk, 1, "yours.png", GOOD) == "yours.png, 128x128"
    text = desk.cell(playground_of(desk)).locator(".imglab-report").inner_text()
    assert "How alike are mine.png and yours.png?" in text
    after = next(i for i, c in enumerate(desk.cells()) if "playground.pictures" in c["source"])
    assert desk.run(after).startswith("mine.png (128x128) and yours.png (128x128)\n")


def test_what_is_promised_comes_through(desk: student.Desk) -> None:
    flat = np.full((1_600, 1_740, 3), 200, dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(flat).save(file, "BMP")
    data = file.getvalue()
    assert 7.9 * 2**20 < len(data) <= 8 * 2**20
    assert choose(desk, 1, "large.bmp", data) == "large.bmp, 1740x1600"


def test_a_path_is_typed_and_a_report_saved_by_the_keyboard(desk: student.Desk) -> None:
    cell = desk.cell(playground_of(desk))
    field = cell.locator("input[type=text]").nth(1)
    field.fill("nowhere/at all.png")
    field.press("Enter")
    desk.wait_for_kernel()
    desk.page.wait_for_timeout(300)
    assert "there is no such file" in lines(desk)[1]
    button = cell.locator("button", has_text="Save the report")
    button.focus()
    desk.page.keyboard.press("Enter")
    desk.wait_for_kernel()
    desk.page.wait_for_timeout(300)
    assert lines(desk)[2] == "Saved as my-comparison.html, beside this notebook."


def test_nothing_went_wrong_and_nothing_left_the_machine(desk: student.Desk) -> None:
    for cell in desk.cells():
        assert not [o for o in cell.get("outputs", []) if o["output_type"] == "error"]
    assert desk.foreign_requests() == []
    assert desk.console == []


FAINT = """
const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255)
  .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b };
const faint = [];
for (const node of document.querySelectorAll('main *')) {
  if (![...node.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
  const ratio = 1.05 / (light(getComputedStyle(node).color) + 0.05);
  if (ratio < 4.5) faint.push(`${ratio.toFixed(2)} ${node.innerText.slice(0, 40)}`);
}
return faint;
"""


@pytest.mark.parametrize("width", [1200, 390])
def test_a_report_opens_without_a_network(
    context: "BrowserContext",
    tmp_path: Path,
    width: int,
) -> None:
    pictures = as_picture("roofs", ""), as_picture("roofs_again", "")
    place = report.write(tmp_path / "a.html", report.page(compare(*pictures), *pictures))
    page = context.new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    context.set_offline(True)
    try:
        page.set_viewport_size({"width": width, "height": 1000})
        page.goto(place.as_uri())
        assert page.title() == "How alike are roofs and roofs_again?"
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        images = page.locator("img")
        assert images.count() == 5
        for picture in images.all():
            assert picture.evaluate("node => node.complete && node.naturalWidth > 0")
        assert page.evaluate(f"() => {{ {FAINT} }}") == []
        # a table also where its rows look like cards: a header, and a row for each metric
        assert page.get_by_role("row").count() >= len(METRICS)
        shot = student.ROOT / "build" / "screenshots" / f"report-{width}.png"
        shot.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=shot, full_page=True)
    finally:
        context.set_offline(False)
        page.close()
    assert [url for url in asked if not re.match("file:|data:", url)] == []
    assert said == []
