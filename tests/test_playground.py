"""The playground: any file gets a comparison or a sentence, and the notebook goes on."""

import base64
import datetime as dt
import html
import io
import re
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features

from imglab import samples
from imglab.comparison import measuring
from imglab.course import Playground
from imglab.course.playground import REPORT

WHEN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute few metrics: what is tested here is who is compared, and what is said."""
    few = {key: measuring.METRICS[key] for key in ("mean_squared_error", "ssim", "orb_inliers")}
    monkeypatch.setattr(measuring, "METRICS", few)


@pytest.fixture
def playground(tmp_path: Path) -> Playground:
    return Playground("temple", "colosseum", folder=tmp_path)


def upload(playground: Playground, place: int, name: str, data: bytes) -> str:
    """Hand in a file as the browser does; return what is said of it."""
    file = {"name": name, "type": "", "size": len(data), "content": memoryview(data),
            "last_modified": WHEN}  # fmt: skip
    playground.uploads[place].value = (file,)
    return playground.said[place]


def encoded(kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture = Image.fromarray(samples.load("coffee", size=64))
    if kind == "MPO":
        options |= {"save_all": True, "append_images": [picture.copy()]}
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


FORMATS = ("JPEG", "MPO", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF", "PPM")


@pytest.mark.parametrize("kind", FORMATS)
def test_each_format_of_the_gate_is_taken_by_upload_and_by_path(
    kind: str, playground: Playground, tmp_path: Path
) -> None:
    assert kind != "AVIF" or features.check("avif")
    data = encoded(kind)
    assert upload(playground, 0, f"mine.{kind.lower()}", data) == f"mine.{kind.lower()}, 64x64"
    (tmp_path / "Мои документы").mkdir()
    path = tmp_path / "Мои документы" / f"портрет.{kind.lower()}"
    path.write_bytes(data)
    playground.paths[1].value = f' "{path}" '  # as Windows copies a path
    assert playground.said[1] == f"{path.name}, 64x64"
    assert playground.comparison.names == (f"mine.{kind.lower()}", path.name)
    assert playground.comparison["mean_squared_error"].value == 0
    assert f"<bdi>{path.name}</bdi>" in playground._result.value


def oversized() -> bytes:
    good = encoded("PNG")
    header = b"IHDR" + (9_000).to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0"
    return good[:12] + header + zlib.crc32(header).to_bytes(4, "big") + good[33:]


HOSTILE = {
    "empty.png": (b"", "the file is empty"),
    "letter.jpg": (b"Dear reader", "it is not JPEG, PNG"),
    "page.png": (b"<!doctype html><title>404</title>", "it is a web page"),
    "paper.pdf": (b"%PDF-1.7", "it is a PDF document"),
    "phone.heic": (b"\0\0\0\x18ftypheic\0\0\0\0", "it is a HEIC photograph"),
    "drawing.svg": (b"<svg xmlns='x'/>", "it is an SVG drawing"),
    "cut.png": (encoded("PNG")[:900], "the file is damaged or incomplete"),
    "huge.png": (oversized(), "it declares 9,000 x 9,000 pixels"),
    "<img src=x onerror=alert(1)>.png": (b"?", "it is not JPEG"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_bad_file_gets_one_sentence_and_what_was_compared_stays(
    name: str, playground: Playground
) -> None:
    before, shown = playground.comparison, playground._result.value
    data, wrong = HOSTILE[name]
    said = upload(playground, 1, name, data)
    assert said.startswith(f"Cannot use '{name}': {wrong}")
    assert said.endswith(" Still compared: colosseum.")
    assert "\n" not in said
    assert playground.comparison is before
    assert playground._result.value == shown
    assert [picture.name for picture in playground.pictures] == ["temple", "colosseum"]
    assert html.escape(said) == playground._lines[1].value
    assert upload(playground, 1, "good.png", encoded("PNG")) == "good.png, 64x64"


@pytest.mark.parametrize("path", ["nowhere.png", ".", "\0", "~/none.png", "x" * 400])
def test_a_bad_path_gets_one_sentence(path: str, playground: Playground) -> None:
    playground.paths[0].value = path
    assert playground.said[0].startswith("Cannot use '")
    assert playground.said[0].endswith(" Still compared: temple.")
    playground.paths[0].value = "  "
    assert playground.said[0].endswith(" Still compared: temple.")


def test_a_comparison_that_fails_leaves_the_pictures_that_were_compared(
    playground: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*pictures: object) -> None:
        raise MemoryError

    monkeypatch.setattr("imglab.course.playground.compare", fails)
    assert upload(playground, 0, "a.png", encoded("PNG")) == "MemoryError Still compared: temple."
    assert playground.pictures[0].name == "temple"


def test_what_is_stored_depends_on_the_bundled_pair_alone(playground: Playground) -> None:
    assert repr(playground).startswith(
        "Playground(temple (512x342) and colosseum (512x333)) -> nothing found in common (0 "
    )
    bundle = playground._repr_mimebundle_()
    assert bundle["text/plain"] == repr(playground)
    assert bundle["text/html"] == (
        "<p><b>temple (512x342) and colosseum (512x333)</b><br>"
        "Run this cell to choose two pictures of your own.</p>"
    )
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_the_page_holds_table_pictures_and_maps(playground: Playground) -> None:
    upload(playground, 0, "a.png", encoded("PNG"))
    upload(playground, 1, "b.jpg", encoded("JPEG", quality=20))
    shown = playground._result.value
    pictures = re.findall(r'src="data:image/png;base64,([^"]+)"', shown)
    assert len(pictures) >= 4  # two pictures, difference, SSIM map, perhaps lines
    first = np.asarray(Image.open(io.BytesIO(base64.b64decode(pictures[0]))))
    assert np.array_equal(first, samples.load("coffee", size=64))
    assert shown.startswith('<div class="imglab-report">')
    assert "<h3>How alike are" in shown
    assert "<main" not in shown


def test_the_report_is_one_file_beside_the_copies(playground: Playground, tmp_path: Path) -> None:
    playground.button.click()
    assert playground.said[2] == f"Saved as {REPORT}, beside this notebook."
    text = (tmp_path / REPORT).read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert "<title>How alike are temple and colosseum?</title>" in text
    upload(playground, 0, "a.png", encoded("PNG"))
    assert playground.said[2] == ""  # what was saved is no longer what is shown


def test_a_report_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    playground = Playground("temple", "temple", folder=tmp_path / "none")
    assert playground.save() is None
    assert playground.said[2] == (
        f"Cannot write '{REPORT}': there is no folder 'none'. Make it first."
    )


def test_without_a_folder_the_report_lies_where_the_notebook_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Playground("temple", "temple").save() == tmp_path / REPORT


def test_buttons_and_fields_say_what_they_are_for(playground: Playground) -> None:
    assert [button.description for button in playground.uploads] == [
        "First picture: choose a file",
        "Second picture: choose a file",
    ]
    for button, path in zip(playground.uploads, playground.paths, strict=True):
        assert "8 MB" in button.tooltip
        assert path.description == "or its path"
        assert button.accept == ""  # any file may come, and gets its answer
        assert not button.multiple
