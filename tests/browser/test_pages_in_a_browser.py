"""Slides and print edition of every lesson, opened from disk in Chromium."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import student

from imglab.course import lessons, pages, slides
from imglab.course import print as printing

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.browser

ROOT = student.ROOT
LESSONS = lessons.find(ROOT)
DECKS = [lesson for lesson in LESSONS if slides.slides_of(pages.built(lesson, "slides"))]
KEPT = ROOT / "build" / "screenshots"
WALL = {"width": 1280, "height": 720}
PAPER = {"width": 658, "height": 1000}  # A4 less its margins, 174 mm at 96 dots per inch
# What axe-core judges: names of pictures and fields, contrast of words, order and language.
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa")

# Everything of the present slide that leaves its frame, and pictures drawn too small to see.
CUT = """
() => {
  const frame = Reveal.getCurrentSlide().querySelector('.frame');
  const edge = frame.getBoundingClientRect(), found = [];
  if (frame.scrollHeight > frame.clientHeight) found.push('taller than the window');
  if (frame.scrollWidth > frame.clientWidth) found.push('wider than the window');
  for (const node of frame.querySelectorAll(
      'h1, h2, p, li, td, pre, img, mjx-container > svg')) {
    const box = node.getBoundingClientRect();
    const cut = Math.max(edge.left - box.left, box.right - edge.right,
                         edge.top - box.top, box.bottom - edge.bottom);
    const scrolls = node.tagName === 'PRE' && node.scrollWidth > node.clientWidth + 1;
    if (cut > 1 || scrolls) found.push(`${node.tagName} ${node.textContent.slice(0, 40)}`);
  }
  const words = frame.querySelector('.words').getBoundingClientRect();
  const shown = frame.querySelector('.shown')?.getBoundingClientRect();
  if (shown && words.right > shown.left + 1 && words.bottom > shown.top + 1)
    found.push('words over the figure');
  for (const image of frame.querySelectorAll('img'))
    if (image.clientHeight < 240) found.push(`a figure of ${image.clientHeight} pixels`);
  const number = document.querySelector('.slide-number').getBoundingClientRect();
  for (const button of document.querySelectorAll('.reveal .controls button')) {
    const arrow = button.getBoundingClientRect();
    if (number.right > arrow.left && number.bottom > arrow.top && number.left < arrow.right)
      found.push('the number of the slide under an arrow');
  }
  return found;
}
"""
# One look at all slides is enough for axe-core.
ALL_AT_ONCE = """
.reveal .slides section { display: block !important; position: static !important;
  visibility: visible !important; opacity: 1 !important; transform: none !important; }
.reveal .slides { position: static !important; transform: none !important; height: auto; }
"""
UNDRAWN = """
() => ({
  raw: [...document.querySelectorAll('.math')]
    .filter(node => !node.querySelector('mjx-container svg')).map(node => node.textContent),
  wrong: [...document.querySelectorAll('mjx-merror, [data-mjx-error]')].map(n => n.textContent),
})
"""
TOO_WIDE = """
() => [...document.querySelectorAll('main *')].filter(node => {
  const box = node.getBoundingClientRect(), outer = document.querySelector('main');
  return box.width && !node.closest('mjx-assistive-mml')
    && box.right > outer.getBoundingClientRect().right + 1;
}).map(node => `${node.tagName} ${node.textContent.trim().slice(0, 60)}`)
"""


def opened(context: "BrowserContext", path: Path, size: dict[str, int]) -> tuple["Page", list[str]]:
    """Open a file, and gather what it asks of others and what it complains of."""
    page, heard = context.new_page(), list[str]()
    page.set_viewport_size(size)
    own = path.as_uri()
    page.on("request", lambda r: r.url.startswith((own, "data:")) or heard.append(r.url))
    page.on("console", lambda m: m.type in {"error", "warning"} and heard.append(m.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.goto(own, timeout=student.START * 1000)
    page.wait_for_function("() => document.body.dataset.formulas === 'drawn'")
    return page, heard


@pytest.mark.parametrize("lesson", DECKS, ids=lambda path: path.stem)
def test_every_slide_fits_its_window_and_anyone_can_read_it(
    context: "BrowserContext", lesson: Path, tmp_path: Path
) -> None:
    path = tmp_path / "deck.html"
    path.write_text(slides.deck(lesson, slides.slides_of(pages.built(lesson, "slides"))), "utf-8")
    page, heard = opened(context, path, WALL)
    page.wait_for_function("() => Reveal.isReady()")
    assert page.evaluate(UNDRAWN) == {"raw": [], "wrong": []}
    folder = KEPT / f"slides-{lesson.stem}"
    folder.mkdir(parents=True, exist_ok=True)
    faults: dict[int, Any] = {}
    for k in range(page.evaluate("Reveal.getTotalSlides()")):
        page.evaluate("k => Reveal.slide(k)", k)
        found = page.evaluate(CUT)
        if found:
            faults[k + 1] = found
        page.screenshot(path=folder / f"{k + 1:02}.png")
    page.add_style_tag(content=ALL_AT_ONCE)
    assert student.accessibility(page, RULES) == []
    page.close()
    assert faults == {}
    assert heard == []


def test_the_speaker_s_window_shows_the_notes_of_the_present_slide(
    context: "BrowserContext", tmp_path: Path
) -> None:
    lesson = DECKS[0]
    path = tmp_path / "deck.html"
    deck = slides.slides_of(pages.built(lesson, "slides"))
    path.write_text(slides.deck(lesson, deck), "utf-8")
    page, _ = opened(context, path, WALL)
    with context.expect_page() as opening:
        page.keyboard.press("s")
    notes = opening.value.locator(".speaker-controls-notes .value")
    notes.wait_for()
    page.bring_to_front()
    page.keyboard.press("ArrowRight")
    first = " ".join(deck[1].notes[0].split()[:4])
    opening.value.wait_for_function(
        "text => document.querySelector('.speaker-controls-notes .value')"
        "?.textContent.replace(/\\s+/g, ' ').includes(text)",
        arg=re.sub(r"[`*]", "", first),
    )
    opening.value.close()
    page.close()


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_fits_its_paper_and_anyone_can_read_it(
    context: "BrowserContext", lesson: Path, tmp_path: Path
) -> None:
    path = tmp_path / "page.html"
    path.write_text(printing.page(lesson, pages.built(lesson, "student")), "utf-8")
    page, heard = opened(context, path, PAPER)
    assert page.evaluate(UNDRAWN) == {"raw": [], "wrong": []}
    assert student.accessibility(page, RULES) == []
    page.emulate_media(media="print")
    assert page.evaluate(TOO_WIDE) == []
    KEPT.mkdir(parents=True, exist_ok=True)
    page.pdf(path=KEPT / f"{lesson.stem}.pdf", prefer_css_page_size=True)
    page.close()
    assert heard == []
