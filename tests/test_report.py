"""The page of a comparison: complete, safe, readable, and on the disk whole or not at all."""

import base64
import errno
import io
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imglab import report, samples
from imglab.catalogue import METRICS
from imglab.comparison import Comparison, as_picture, compare
from imglab.image import Picture, load_bytes
from imglab.report.figures import LARGEST, difference_colours, draw, fitted, lit

EVIL = '"><script>alert(1)</script>&amp; портрет <img src=x onerror=alert(2)>.png'
VOID = {"meta", "img", "br"}


class Reader(HTMLParser):
    """What a browser makes of a page: elements, their attributes, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        assert len(dict(attrs)) == len(attrs)
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append((self.open[-1] if self.open else "", data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def text(self, *but: str) -> str:
        return "".join(word for tag, word in self.words if tag not in ("style", *but))


def page_of(first: object, second: object, **options: object) -> tuple[Comparison, Reader, str]:
    pictures = as_picture(first, "image0"), as_picture(second, "image1")
    comparison = compare(*pictures, **options)
    text = report.page(comparison, *pictures)
    return comparison, Reader(text), text


@pytest.fixture(scope="module")
def roofs() -> tuple[Comparison, Reader, str]:
    return page_of("roofs", "roofs_again")


def pixels_of(png: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(png)) as image:
        return np.asarray(image)


def test_the_page_names_its_language_title_and_letters(roofs) -> None:
    _, page, text = roofs
    assert text.startswith("<!doctype html>\n")
    assert page.all("html") == [{"lang": "en"}]
    assert [word for tag, word in page.words if tag == "title"] == [
        "How alike are roofs and roofs_again?"
    ]
    assert {"charset": "utf-8"} in page.all("meta")
    assert any(meta.get("name") == "viewport" for meta in page.all("meta"))
    assert len(page.all("h1")) == len(page.all("main")) == 1


def test_nothing_in_it_is_a_script_or_comes_from_elsewhere(roofs) -> None:
    _, page, text = roofs
    allowed = {
        "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "ul", "li",
        "div", "figure", "figcaption", "img", "bdi", "span", "table", "thead", "tbody", "tr",
        "th", "td",
    }  # fmt: skip
    assert {tag for tag, _ in page.elements} <= allowed
    assert not re.search(r"https?:|url\(|@import|//", re.sub(r"base64,[^\"]*", "", text))
    for _, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "href"]
    policy = next(m["content"] for m in page.all("meta") if "http-equiv" in m)
    assert "default-src 'none'" in policy
    assert "script" not in policy


def test_every_metric_stands_with_its_value_its_place_and_what_it_is_not_for(roofs) -> None:
    comparison, page, _ = roofs
    words = " ".join(page.text().split())
    assert len(page.all("tr")) == 1 + len(METRICS)
    for row in comparison.rows:
        assert row.metric.title in words
        assert f"never for {row.metric.never_use_for}" in words
        assert f"{row.value:.{row.metric.decimals}f}" in words
        assert str(row.standing) in words
    assert str(comparison.verdict) in words
    labels = {cell["data-label"] for cell in page.all("td")}
    assert labels == {"value", "at 256x256", "range", "equal", "meaning"}


def test_both_pictures_difference_map_and_matches_are_inside_with_words(roofs) -> None:
    _, page, _ = roofs
    images = page.all("img")
    assert len(images) == 5
    for image in images:
        kind, _, data = image["src"].partition(",")
        assert kind == "data:image/png;base64"
        assert pixels_of(base64.b64decode(data)).size
        assert len(image["alt"]) > 10
    first = pixels_of(base64.b64decode(images[0]["src"].partition(",")[2]))
    assert np.array_equal(first, samples.load("roofs"))  # 512 pixels wide: not reduced
    words = page.text()
    for heading in ("Every metric", "Difference", "SSIM map", "Keypoints found again"):
        assert heading in words


def test_names_and_notes_are_escaped_everywhere() -> None:
    png = io.BytesIO()
    Image.new("RGBA", (20, 30), (9, 9, 9, 100)).save(png, "PNG")
    evil = Picture(load_bytes("x", png.getvalue()).pixels, EVIL, ("<b>laid on white</b>",))
    _, page, text = page_of(evil, evil, mask=Picture(np.full((30, 20, 3), 255, np.uint8), EVIL, ()))
    assert "<script" not in text.replace("</script", "")
    assert not page.all("script")
    assert not page.all("b")
    assert EVIL in next(word for tag, word in page.words if tag == "title")
    assert page.text("title").count(EVIL) >= 5  # heading, captions, mask
    assert f"First picture: {EVIL}" in [image["alt"] for image in page.all("img")]
    assert f"note: {EVIL}: <b>laid on white</b>" in page.text()


def test_the_gates_notes_and_the_outcomes_stand_above_the_table() -> None:
    pictures = as_picture("astronaut", ""), as_picture("roofs", "")
    comparison = compare(*pictures, metrics=["hellinger"])
    said = ["hellinger<1: true, the value is <0.5>"]
    words = Reader(report.page(comparison, *pictures, outcomes=said)).text()
    assert words.index(said[0]) < words.index("note: sizes differ") < words.index("Every metric")


def test_the_same_pictures_give_the_same_page(roofs) -> None:
    assert page_of("roofs", "roofs_again")[2] == roofs[2]


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(2 * d for d in digits) if len(digits) == 3 else digits
    shares = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_every_colour_of_a_word_stands_out_from_white(roofs) -> None:
    style = "".join(word for tag, word in roofs[1].words if tag == "style")
    grounds = re.findall(r"background: (#\w+)", style)
    assert set(grounds) == {"#fff"}
    colours = re.findall(r"(?<![-\w])color: (#\w+)", style)
    assert len(colours) >= 3
    for colour in colours:
        assert 1.05 / (luminance(colour) + 0.05) >= 4.5, colour
    assert "@media print" in style
    assert "@container (max-width: 40rem)" in style


def test_a_difference_is_orange_where_the_first_is_lighter_and_fades_to_white() -> None:
    # half of (179, 88, 6) - 255 = (-76, -167, -249): 217, 171.5 -> 172 (to even), 130.5 -> 130
    drawn = difference_colours(np.array([[8.0, 4.0, 0.0, -8.0]]), 8)
    assert drawn[0].tolist() == [[179, 88, 6], [217, 172, 130], [255, 255, 255], [84, 39, 136]]


def test_the_difference_says_its_scale_and_its_extremes() -> None:
    x = np.full((20, 20, 3), 100, dtype=np.uint8)
    y = x.copy()
    y[0, :10] = 110  # 10 levels in 10 of 400 pixels: mean 0.25
    difference = draw(Picture(x, "x", ()), Picture(y, "y", ()))[0]
    assert "full colour at 16 levels" in difference.reading
    assert "greatest difference is 10 levels, the mean of their sizes 0.25" in difference.reading
    drawn = pixels_of(difference.png)
    assert (drawn[0, 0] == difference_colours(np.array([[-10.0]]), 16)[0, 0]).all()
    assert (drawn[1:] == 255).all()
    same = draw(Picture(x, "x", ()), Picture(x, "x", ()))[0]
    assert "equal everywhere" in same.reading


def test_the_map_is_white_where_the_pictures_agree_and_names_its_lowest_window() -> None:
    x = np.zeros((40, 60, 3), dtype=np.uint8)
    y = x.copy()
    y[30, 50] = 255
    shown = draw(Picture(x, "x", ()), Picture(y, "y", ()))[1]
    drawn = pixels_of(shown.png)
    assert drawn.shape == (30, 50)
    assert (drawn[:20, :40] == 255).all()
    assert "at row 30, column 50" in shown.reading
    # black (SSIM 0) is drawn mid-grey: (0 + 1) * 127.5 rounds to 128, or just above 0 as well
    assert 127 <= drawn.min() <= 130


@pytest.mark.parametrize(
    ("shape0", "shape1"),
    [((1, 1), (1, 1)), ((5, 9), (5, 9)), ((3, 3000), (3, 3000)), ((300, 20), (20, 300))],
)
def test_odd_sizes_are_drawn_or_explained(shape0, shape1) -> None:
    rng = np.random.default_rng(1)
    one, two = (rng.integers(0, 256, (*s, 3), dtype=np.uint8) for s in (shape0, shape1))
    _, page, _ = page_of(one, two)
    assert len(page.all("img")) >= 3
    words = page.text()
    assert ("no window of 11x11 pixels fits in" in words) == (min(shape0) < 11)
    assert "Keypoints found again" in words


def test_flat_pictures_have_no_lines_and_that_is_said() -> None:
    flat = np.full((64, 64, 3), 50, dtype=np.uint8)
    shown = draw(Picture(flat, "x", ()), Picture(flat, "y", ()))[2]
    assert shown.png == b""
    assert shown.reading == "There are no lines to draw: image0 has no keypoints."


def test_a_large_picture_is_reduced_and_keeps_its_proportions() -> None:
    large = np.zeros((600, 1200, 3), dtype=np.uint8)
    assert fitted(large).shape == (256, LARGEST, 3)
    small = np.zeros((10, 512, 3), dtype=np.uint8)
    assert fitted(small) is small
    _, page, _ = page_of(large, large.copy(), metrics=["hellinger"])
    assert "image0, 1200x600 pixels, drawn smaller" in page.text()


def test_a_region_is_as_light_as_it_contributes() -> None:
    # two regions of 2 x 1 pixels: 100 * (0.2 + 0.8 / 2) = 60, and 100 * 0.2 = 20 below 0
    drawn = lit(np.full((2, 2, 3), 100, np.uint8), np.array([[0.5, -3.0]]), 1.0)
    assert drawn[..., 0].tolist() == [[60, 20], [60, 20]]


@pytest.mark.deep
def test_a_page_of_networks_shows_where_their_cosine_comes_from() -> None:
    _, page, _ = page_of("astronaut", "hopper", metrics=["ssim", "cnn_cosine"])
    assert len(page.all("img")) == 6
    words = page.text()
    assert "Where the network's cosine comes from" in words
    cosine = compare("astronaut", "hopper", metrics=["cnn_cosine"])["cnn_cosine"].value
    told = float(re.search(r"either picture is the cosine, (\d\.\d+)", words)[1])
    assert told == pytest.approx(cosine, abs=0.0006)
    _, page, _ = page_of("astronaut", "hopper", metrics=["ssim"])
    assert "network" not in page.text()


# --- on the disk ---------------------------------------------------------------------------


def test_a_page_is_written_and_an_older_one_replaced(tmp_path: Path) -> None:
    place = tmp_path / "Мои документы.html"
    assert report.write(place, "one") == place
    report.write(str(place), "два")
    assert place.read_bytes() == "два".encode()
    assert [p.name for p in tmp_path.iterdir()] == [place.name]
    if os.name == "posix":
        mask = os.umask(0)
        os.umask(mask)
        assert place.stat().st_mode & 0o777 == 0o666 & ~mask


def refused(path: object) -> str:
    for call in (lambda: report.check_path(path), lambda: report.write(path, "new")):
        with pytest.raises(ValueError, match=r"^(Cannot write '|a report must be named)") as caught:
            call()
        assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_place_that_cannot_hold_a_page_is_one_sentence(tmp_path: Path) -> None:
    picture = tmp_path / "photo.png"
    picture.write_bytes(b"mine")
    assert "must be named *.html, got 'photo.png'" in refused(picture)
    assert picture.read_bytes() == b"mine"
    (tmp_path / "folder.html").mkdir()
    assert "a folder has this name. Choose another name." in refused(tmp_path / "folder.html")
    assert "there is no folder 'none'. Make it first." in refused(tmp_path / "none" / "a.html")
    assert "must be named" in refused("")
    refused(tmp_path / "photo.png" / "a.html")
    refused(tmp_path / f"{'x' * 300}.html")
    refused("a\0.html")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="other systems have no named pipes")
def test_a_pipe_is_no_place_for_a_page(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.html")
    assert "a device or a pipe has this name" in refused(tmp_path / "pipe.html")


@pytest.mark.skipif(os.name != "posix", reason="other systems ask for a right to make links")
def test_a_link_is_followed_and_stays(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    target = tmp_path / "there" / "target.html"
    target.write_text("old")
    link = tmp_path / "link.html"
    link.symlink_to(target)
    report.write(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    (tmp_path / "circle.html").symlink_to(tmp_path / "circle.html")
    refused(tmp_path / "circle.html")


def test_where_the_account_may_not_write_that_is_said(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may always
    assert "this account may not write there" in refused(tmp_path / "a.html")


@pytest.mark.parametrize(
    ("step", "code"), [("fsync", errno.ENOSPC), ("open", errno.EROFS), ("fsync", errno.EIO)]
)
def test_a_failing_disk_leaves_the_old_page_and_no_half_one(
    step: str, code: int, tmp_path: Path, monkeypatch
) -> None:
    place = tmp_path / "a.html"
    place.write_text("old")

    def fails(*arguments):
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, step, fails)
        with pytest.raises(
            ValueError, match=r"^Cannot write 'a.html': the system says: "
        ) as caught:
            report.write(place, "new")
    assert str(caught.value).endswith("Make room or choose another folder.")
    assert place.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.html"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_disk_that_is_full_in_the_middle_of_a_page_leaves_nothing(tmp_path: Path) -> None:
    program = (
        "import resource, signal, sys; from imglab import report;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000));"
        "report.write(sys.argv[1], 'x' * 5000)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "a.html"],
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )
    assert "ValueError: Cannot write 'a.html': the system says: file too large" in done.stderr
    assert list(tmp_path.iterdir()) == []
