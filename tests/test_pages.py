"""Pages for wall and paper: formulas kept whole, figures with their words, nothing fetched."""

import hashlib
import html
import json
import re
from pathlib import Path

import pytest

from imglab.course import lessons, pages
from imglab.course import print as printing

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "imglab" / "course" / "pages"
LESSONS = lessons.find(ROOT)
each_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=[path.stem for path in LESSONS])


def test_the_files_of_others_are_those_that_are_listed_unchanged() -> None:
    listed = dict(
        re.findall(
            r"^\| `(\S+)` \|.*`(\w{64})` \|$",
            (HERE / "VENDORED.md").read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    )
    found = {
        path.relative_to(HERE).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in ("mathjax", "reveal")
        for path in (HERE / folder).iterdir()
    }
    assert found == listed
    assert sum(path.stat().st_size for path in HERE.rglob("*.*")) < 2_100_000  # the wheel is small


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        (
            "$a_i < b$",
            '<p><span class="math">\\(a_i &lt; b\\)</span></p>\n',
        ),
        ("$$x \\tag{1}$$", '<div class="math display" tabindex="0">\\[x \\tag{1}\\]</div>\n'),
        ("It costs 5 dollars.", "<p>It costs 5 dollars.</p>\n"),
    ],
)
def test_formulas_pass_untouched_and_are_marked(text: str, drawn: str) -> None:
    assert pages.words(text) == drawn


def test_code_loses_nothing_and_uses_no_colour() -> None:
    drawn = pages.code("def f(x):  # why\n    return '<b>'\n")
    text = re.sub(r"<[^>]+>", "", drawn)
    assert "&lt;b&gt;" in text
    assert html.unescape(text) == "def f(x):  # why\n    return '<b>'\n\n"  # also where quotes are
    assert "color" not in drawn


FIGURE = {
    "output_type": "display_data",
    "data": {"image/png": "AAAA\n", "text/plain": 'Figure: A "cat" & a dog.'},
    "metadata": {"image/png": {"alt": 'A "cat" & a dog.'}},
}
SENTENCE = {
    "output_type": "display_data",
    "data": {"text/markdown": "*...*", "text/plain": 'Figure: A "cat" & a dog.'},
}
EXPLORER = {
    "output_type": "execute_result",
    "data": {"image/png": "BBBB", "text/plain": "Explorer(x=1) ->\n MSE 2"},
}


def test_a_figure_has_its_sentence_once_under_it_and_as_alternative_text() -> None:
    cell = {"outputs": [FIGURE, SENTENCE]}
    assert pages.shown(cell) == (
        '<figure><img src="data:image/png;base64,AAAA" alt="A &quot;cat&quot; &amp; a dog.">'
        "<figcaption>Figure: A &quot;cat&quot; &amp; a dog.</figcaption></figure>\n"
    )
    assert "figcaption" not in pages.shown(cell, captions=False)


def test_an_explorer_is_shown_by_its_picture_and_its_line() -> None:
    html = pages.shown({"outputs": [EXPLORER]})
    assert 'base64,BBBB" alt="Explorer(x=1) -&gt; MSE 2"' in html


def test_what_a_cell_printed_is_text_and_not_markup() -> None:
    html = pages.shown({"outputs": [{"output_type": "stream", "text": ["a <b>\n", "c\n"]}]})
    assert html == '<pre class="printed" tabindex="0">a &lt;b&gt;\nc</pre>\n'


def test_a_script_cannot_end_early() -> None:
    assert pages.script("x = '</script>'") == "<script>x = '<\\/script>'</script>\n"


@each_lesson
def test_a_lesson_for_paper_holds_every_figure_with_its_sentence(lesson: Path) -> None:
    html = printing.page(lesson, pages.built(lesson, "student"))
    stored = json.loads(lessons.notebook_path(lesson).read_text(encoding="utf-8"))
    drawn = [
        output
        for cell in stored["cells"]
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    assert html.count("<img ") == html.count("<figcaption>") == len(drawn) > 0
    html = re.sub(r"(?<=<script>).*?(?=</script>)", "", html, flags=re.DOTALL)
    assert re.findall(r"<(?:script|link|img|iframe)[^>]*\s(?:src|href)=\"(?!data:)", html) == []
    links = re.findall(r'<a href="([^"]*)"', html)
    assert [link for link in links if not link.startswith(("https://", "#"))] == []


@each_lesson
def test_the_instructor_s_paper_has_the_notes_and_the_student_s_has_none(lesson: Path) -> None:
    assert 'class="instructor"' not in printing.page(lesson, pages.built(lesson, "student"))
    assert 'class="instructor"' in printing.page(lesson, pages.built(lesson, "instructor"))


def test_the_command_writes_a_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from imglab.cli import main

    for lesson in LESSONS[:1]:
        for path in (lesson, lessons.notebook_path(lesson)):
            to = tmp_path / path.relative_to(ROOT)
            to.parent.mkdir(parents=True)
            to.write_bytes(path.read_bytes())
    monkeypatch.setattr(lessons, "project_root", lambda: tmp_path)
    assert main(["print"]) == 0
    name = f"build/print/student/en/{LESSONS[0].stem}.html"
    assert capsys.readouterr().out.startswith(name)
    assert (tmp_path / name).stat().st_size > 100_000
    assert main(["print", "99"]) == 2
    assert "there is" in capsys.readouterr().err
