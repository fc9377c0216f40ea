"""Slides: what a lesson marks becomes a deck, short enough for a wall, proved like its text."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import lesson_rules as rules
import pytest

from imglab.course import lessons, pages, slides

ROOT = Path(__file__).resolve().parent.parent
MOST_WORDS, COUNT = 40, range(12, 19)
Write = Callable[..., Path]

DECKS = {
    lesson: found
    for lesson in lessons.find(ROOT)
    if (found := slides.slides_of(pages.built(lesson, "slides")))
}
each_deck = pytest.mark.parametrize("lesson", DECKS, ids=[path.stem for path in DECKS])


def text_of(slide: slides.Slide) -> str:
    """Return the words on a slide, without formulas, code and marks."""
    text = re.sub(r"\$\$.*?\$\$|\$[^$]*\$", " ", slide.words, flags=re.DOTALL)
    return re.sub(r"`[^`]*`", " ", text)


def words_of(slide: slides.Slide) -> int:
    return len(re.findall(r"[^\W\d_][\w'-]*", text_of(slide)))


@pytest.mark.parametrize(
    "lesson", sorted((ROOT / "lessons" / "en").glob("[0-9]*.md")), ids=lambda path: path.stem
)
def test_every_english_lesson_has_a_deck(lesson: Path) -> None:
    assert lesson in DECKS


@each_deck
def test_a_deck_has_twelve_to_eighteen_slides_of_at_most_forty_words(lesson: Path) -> None:
    assert len(DECKS[lesson]) in COUNT
    assert {s.words.partition("\n")[0]: words_of(s) for s in DECKS[lesson]} == {
        s.words.partition("\n")[0]: min(words_of(s), MOST_WORDS) for s in DECKS[lesson]
    }


@each_deck
def test_a_deck_begins_with_a_title_and_each_slide_has_a_heading_and_a_minute(lesson: Path) -> None:
    first, *others = DECKS[lesson]
    assert first.words.startswith("# ")
    assert [slide.words for slide in others if not slide.words.startswith("## ")] == []
    minutes = [re.match(r"Minute (\d+)", slide.notes[0]) for slide in DECKS[lesson]]
    assert None not in minutes
    times = [int(found[1]) for found in minutes if found]
    assert times == sorted(times)
    assert times[0] == 0
    assert times[-1] <= 50


@each_deck
def test_most_slides_show_a_figure_a_formula_or_a_result(lesson: Path) -> None:
    bare = [s.words for s in DECKS[lesson] if not (s.shown or re.search(r"\$|\|", s.words))]
    assert len(bare) <= len(DECKS[lesson]) / 4, bare


@each_deck
def test_what_a_slide_states_is_named_by_a_claim_that_the_lesson_holds(lesson: Path) -> None:
    notebook = json.loads(lessons.notebook_path(lesson).read_text(encoding="utf-8"))
    held = rules.claims_of_cells(notebook)
    for slide in DECKS[lesson]:
        said = "\n\n".join([slide.words, slide.notes[0]])
        assert set(rules.NAMED.findall(said)) <= held, slide.words
        found = [why for block in rules.blocks(slide.words) for why in rules.measured(block)]
        proved = rules.NAMED.search(said) or rules.CITED.search(said)
        assert not found or proved, f"{found} without a claim or a source: {slide.words}"


MARKED = """\
# Small

```{code-cell} python
:tags: [setup]

import os
```

+++ {"tags": ["slide-only"]}

# A title

Note:
Minute 0. Say *hello*.

+++ {"tags": ["instructor"]}

Wait a little.

+++

Words for readers.

+++ {"tags": ["slide"]}

## Both

For readers and the wall: $x < y$.

```{code-cell} python
:tags: [slide]

print("small-01 holds: a < b")
print("two words")
```

```{code-cell} python
:tags: [slide]

def f():
    return 1
```
"""


@pytest.fixture
def lesson(write_lesson: Write) -> Path:
    """Return a lesson with two slides, and its notebook as a build would write it."""
    lesson = write_lesson(MARKED)
    content = lessons.read(lesson)
    printed = [[], ["small-01 holds: a < b\n", "two words\n"], []]
    code = [cell for cell in content.cells if cell.cell_type == "code"]
    for count, (cell, lines) in enumerate(zip(code, printed, strict=True), 1):
        cell.execution_count = count
        cell.outputs = [{"output_type": "stream", "name": "stdout", "text": lines}] if lines else []
    path = lessons.notebook_path(lesson)
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(content), encoding="utf-8")
    return lesson


def test_a_text_cell_begins_a_slide_and_a_note_in_it_is_for_the_speaker(lesson: Path) -> None:
    first, second = slides.slides_of(pages.built(lesson, "slides"))
    assert first.words == "# A title"
    assert first.notes == ["Minute 0. Say *hello*.", "Wait a little."]
    assert second.words == "## Both\n\nFor readers and the wall: $x < y$."
    assert len(second.shown) == 2


def test_a_slide_only_cell_is_in_no_notebook(lesson: Path) -> None:
    for edition in ("student", "instructor"):
        assert "A title" not in "".join(c.source for c in lessons.read(lesson, edition).cells)


def test_a_code_cell_shows_what_it_printed_less_its_claims_or_else_its_code(lesson: Path) -> None:
    html = slides.deck(lesson, slides.slides_of(pages.built(lesson, "slides")))
    body = html[html.index("<main") : html.index("</main>")]
    assert "two words" in body
    assert "small-01" not in body
    assert "print(" not in re.sub(r"<[^>]+>", "", body)
    assert '<span style="font-weight: bold">def</span> f():' in body


def test_the_notes_are_in_the_part_that_reveal_shows_the_speaker_alone(lesson: Path) -> None:
    html = slides.deck(lesson, slides.slides_of(pages.built(lesson, "slides")))
    notes = re.findall(r'<aside class="notes">(.*?)</aside>', html, re.DOTALL)
    assert "Say <em>hello</em>." in notes[0]
    assert "Wait a little." in notes[0]


def test_the_command_writes_one_file_a_lesson_that_asks_for_no_other(
    lesson: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from imglab.cli import main

    monkeypatch.setattr(lessons, "project_root", lambda: lesson.parents[2])
    assert main(["slides", "02"]) == 0
    assert "build/slides/en/02_small.html: 2 slides\n" in capsys.readouterr().out
    html = (lesson.parents[2] / "build/slides/en/02_small.html").read_text(encoding="utf-8")
    assert "@import" not in html
    html = re.sub(r"(?<=<script>).*?(?=</script>)", "", html, flags=re.DOTALL)
    assert re.findall(r"<(?:script|link|img|iframe)[^>]*\s(?:src|href)=\"(?!data:)", html) == []
    assert 'lang="en"' in html


def test_a_lesson_out_of_step_is_answered_by_the_cure(
    lesson: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from imglab.cli import main

    monkeypatch.setattr(lessons, "project_root", lambda: lesson.parents[2])
    lesson.write_text(lesson.read_text(encoding="utf-8").replace("two words", "three"))
    for command in ("slides", "print"):
        assert main([command, "02"]) == 2
        assert "build it first: imglab build 02" in capsys.readouterr().err


def test_a_lesson_without_marks_says_so(
    write_lesson: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from imglab.cli import main

    lesson = write_lesson("# Plain\n\nWords.\n")
    path = lessons.notebook_path(lesson)
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(lessons.read(lesson)), encoding="utf-8")
    monkeypatch.setattr(lessons, "project_root", lambda: lesson.parents[2])
    assert main(["slides"]) == 0
    assert "02_small has no cell marked for slides" in capsys.readouterr().out
