"""Every lesson as a student has it: in JupyterLab, in Chromium, by mouse and keyboard.

The tests of one lesson share its open notebook and run in this order. What they
look for they find in the notebook; none names a lesson.
"""

import ast
import inspect
import re
import shutil
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import student

from imglab import language
from imglab.course.exercises import every_exercise
from imglab.language import tr

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

pytestmark = pytest.mark.browser

LESSONS = sorted((student.ROOT / "notebooks").glob("*/[0-9][0-9]_*.ipynb"))
SCREENSHOTS = student.ROOT / "build" / "screenshots"
CONTRAST = 4.5  # WCAG 2.2, 1.4.3, ordinary text
UNDRAWN = r"\$\$|\\(?:frac|sqrt|sum|mathrm|mu|sigma)\b"

# Text that is not code and has not become a formula.
RAW = (
    """
const raw = [];
for (const cell of cells) {
  for (const block of cell.node.querySelectorAll('.jp-RenderedHTMLCommon')) {
    const walk = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const parent = walk.currentNode.parentElement;
      if (!parent.closest('mjx-container, code, pre, style, script')
          && /"""
    + UNDRAWN
    + """/.test(walk.currentNode.data)) raw.push(walk.currentNode.data);
    }
    for (const wrong of block.querySelectorAll('mjx-merror, [data-mjx-error]'))
      raw.push(wrong.textContent);
  }
}
return raw;
"""
)

# A table or a formula may scroll in its own cell; words and pictures must fit.
TOO_WIDE = """
const wide = [];
const outer = panel.node.querySelector('.jp-WindowedPanel-outer');
const right = outer.getBoundingClientRect().left + outer.clientWidth + 1;
const words = 'p, li, h1, h2, h3, h4, blockquote';
cells.forEach((cell, index) => {
  const inside = cell.node.querySelectorAll('.jp-RenderedHTMLCommon :is(' + words + '), img, '
    + '.jp-OutputArea-output > .widget-vbox, .jp-OutputArea-output pre');
  for (const node of inside) {
    if (node.closest('td, th, mjx-container')) continue;
    const box = node.getBoundingClientRect();
    const formula = node.querySelector('mjx-container');
    const scrolls = node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 0;
    if (box.right > right || (scrolls && !formula))
      wide.push(`cell ${index}: ${node.tagName} ${node.textContent.trim().slice(0, 60)}`);
  }
});
if (outer.scrollWidth > outer.clientWidth + 1) wide.push('the whole notebook');
return wide;
"""

FAINT = """
const rgba = text => { const n = text.match(/[\\d.]+/g).map(Number);
  if (text.startsWith('color(srgb')) { n[0] *= 255; n[1] *= 255; n[2] *= 255; }
  return [n[0], n[1], n[2], n[3] ?? 1] };
const over = (front, back) => [0, 1, 2].map(k => front[k] * front[3] + back[k] * (1 - front[3]));
const ground = node => { const layers = [];
  for (let n = node; n; n = n.parentElement) {
    const colour = rgba(getComputedStyle(n).backgroundColor);
    layers.unshift(colour); if (colour[3] === 1) break;
  }
  return layers.reduce((back, front) => over(front, back), [255, 255, 255]) };
const light = colour => { const [r, g, b] = colour.map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b };
const faint = new Set();
cells.forEach((cell, index) => {
  for (const block of cell.node.querySelectorAll('.jp-MarkdownOutput, .jp-OutputArea-output')) {
    const walk = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const node = walk.currentNode.parentElement;
      if (!walk.currentNode.data.trim() || node.closest('.jp-InternalAnchorLink, option, style'))
        continue;
      const back = ground(node), front = over(rgba(getComputedStyle(node).color), back);
      const [low, high] = [light(front), light(back)].sort((a, b) => a - b);
      const ratio = (high + 0.05) / (low + 0.05);
      if (ratio < argument)
        faint.add(`cell ${index}: ${ratio.toFixed(2)} ${walk.currentNode.data.slice(0, 60)}`);
    }
  }
});
return [...faint];
"""

# Pixels of a figure that are not opaque, and whether its ground is white: a picture in it may
# reach three of its corners, but not the one above its title.
FIGURES = """
const found = [];
for (const [index, cell] of cells.entries()) {
  for (const image of cell.node.querySelectorAll('.jp-RenderedImage img')) {
    await image.decode();
    const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
    const brush = canvas.getContext('2d');
    brush.drawImage(image, 0, 0);
    const { data } = brush.getImageData(0, 0, canvas.width, canvas.height);
    let clear = 0;
    for (let k = 3; k < data.length; k += 4) clear += data[k] < 255;
    found.push({ index, clear, white: [...data.slice(0, 3)].join() === '255,255,255' });
  }
}
return found;
"""


@pytest.fixture(scope="module", params=LESSONS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def desk(
    request: pytest.FixtureRequest, context: "BrowserContext", address: str
) -> Iterator[student.Desk]:
    """Return a lesson's working copy, open and run once from its first cell to its last."""
    path = request.param
    language.use(path.parent.name)  # what the lesson says is looked for in its language
    desk = student.Desk(context, address, f"{path.parent.name}/{path.name}")
    desk.run_all()
    yield desk
    desk.leave()
    language.use(language.ENGLISH)


def faults(desk: student.Desk) -> list[str]:
    """List every error and every word on stderr that a student would see."""
    found = []
    for index, cell in enumerate(desk.cells()):
        for output in cell.get("outputs", []):
            if output["output_type"] == "error":
                found.append(f"cell {index}: {output['ename']}: {output['evalue']}")
            if output.get("name") == "stderr":
                found.append(f"cell {index}: {''.join(output['text'])}")
        if cell["cell_type"] == "code" and cell["source"] and cell["execution_count"] is None:
            found.append(f"cell {index} was not run")
    return found


def screenshots(desk: student.Desk, name: str) -> None:
    """Keep the whole lesson as it looks now, screen by screen."""
    folder = SCREENSHOTS / desk.lesson.replace("/", "-").removesuffix(".ipynb") / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    before = desk.page.viewport_size
    desk.page.set_viewport_size(before | {"height": 2400})
    desk.page.wait_for_timeout(500)
    outer, top = desk.page.locator(".jp-WindowedPanel-outer").first, 0
    for count in range(100):
        outer.evaluate("(node, top) => { node.scrollTop = top }", top)
        desk.page.wait_for_timeout(50)
        desk.page.screenshot(path=folder / f"{count:02}.jpg", quality=80)
        at, height, all_of_it = outer.evaluate("n => [n.scrollTop, n.clientHeight, n.scrollHeight]")
        if at + height >= all_of_it - 2:
            break
        top = at + height - 60
    desk.page.set_viewport_size(before)


def test_it_runs_to_its_end_without_an_error_or_a_word_on_stderr(desk: student.Desk) -> None:
    assert faults(desk) == []


def test_every_formula_is_drawn(desk: student.Desk) -> None:
    assert desk.ask(RAW) == []
    for index, cell in enumerate(desk.cells()):
        if cell["cell_type"] == "markdown":
            formulas = re.findall(r"\$\$", re.sub(r"`[^`]*`", "", cell["source"]))
            assert desk.formulas_drawn(index, len(formulas) // 2), f"cell {index}"
    screenshots(desk, "900")


def test_every_control_of_an_explorer_has_a_label_and_takes_the_keyboard(
    desk: student.Desk,
) -> None:
    for index in desk.explorers():
        for control in desk.controls(index):
            label = control.locator("label.widget-label").inner_text()
            assert label.strip(), f"cell {index}"
            knob = control.locator(".noUi-handle, select, input").first
            for _ in range(20):  # a cell that is drawn again takes the focus for a moment
                knob.focus()
                if knob.evaluate("node => node === document.activeElement"):
                    break
                desk.page.wait_for_timeout(100)
            else:
                pytest.fail(f"{label} takes no focus")
        rules = ("image-alt", "label", "select-name", "color-contrast")
        assert student.accessibility(desk.page, rules, within=".widget-vbox") == []


@pytest.mark.parametrize("hand", ["key", "drag"])
def test_every_explorer_follows_a_slider(desk: student.Desk, hand: str) -> None:
    for index in desk.explorers():
        controls = desk.controls(index)
        sliders = [c for c in controls if c.locator(".noUi-handle").count()]
        menus = [c for c in controls if c.locator("select").count()]
        assert sliders or menus, f"the Explorer of cell {index} has nothing to move"
        changed = []
        for control in sliders or menus:
            before = desk.seen(index)
            if not sliders:
                desk.choose_another(control, hand)
            elif hand == "key":
                desk.press_arrow(control)
            else:
                desk.drag(control)
            changed.append(desk.seen_after(index, before))
            assert "Nothing could be drawn" not in desk.seen(index)["text"]
        assert {"picture", "text"} in changed, f"cell {index}: {changed}"


def test_buttons_answer_by_keyboard_and_the_answers_are_there_again(desk: student.Desk) -> None:
    for index in desk.explorers():
        buttons = desk.cell(index).locator(".widget-toggle-buttons button")
        if not buttons.count():
            continue
        before = desk.seen(index)
        buttons.first.focus()
        desk.page.keyboard.press("Space")
        assert desk.seen_after(index, before) == {"picture", "text"}, f"cell {index}"
        first = desk.seen(index)
        desk.page.keyboard.press("Tab")  # the next button, without the mouse
        desk.page.keyboard.press("Space")
        assert desk.seen_after(index, first) == {"picture", "text"}, f"cell {index}"
        after = desk.seen(index)
        desk.run(index)  # as a new session does: it begins where the last one stopped
        count = after["text"].split()[-1]  # of the answers
        assert desk.seen(index)["text"].split()[-1] == count != before["text"].split()[-1]


def test_on_a_phone_words_and_figures_fit(desk: student.Desk) -> None:
    desk.page.set_viewport_size(student.PHONE)
    desk.page.keyboard.press("ControlOrMeta+b")  # the list of files leaves room for nothing else
    desk.page.wait_for_timeout(500)
    try:
        assert desk.ask(TOO_WIDE) == []
        screenshots(desk, "390")
    finally:
        desk.page.set_viewport_size(student.WIDE)


def test_in_the_dark_words_are_readable_and_figures_lie_on_white(desk: student.Desk) -> None:
    desk.theme("JupyterLab Dark")
    try:
        assert desk.ask(FAINT, CONTRAST) == []
        figures = desk.ask(FIGURES)
        assert len(figures) >= sum("show(" in cell["source"] for cell in desk.cells()) > 0
        assert [figure for figure in figures if figure["clear"] or not figure["white"]] == []
        screenshots(desk, "dark")
    finally:
        desk.theme("JupyterLab Light")
    assert desk.ask(FAINT, CONTRAST) == []


def without_dots(source: str, answer: str) -> str:
    """Write an answer over every ``...`` of a cell."""
    lines = source.splitlines()
    dots = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and node.value is ...
    ]
    for node in sorted(dots, key=lambda node: (node.lineno, node.col_offset), reverse=True):
        line = lines[node.lineno - 1].encode()
        changed = line[: node.col_offset] + answer.encode() + line[node.col_offset + 3 :]
        lines[node.lineno - 1] = changed.decode()
    return "\n".join(lines)


def right_answer(call: ast.Call, truth: str) -> str:
    """Return source text of the right answer, as the lesson itself measured it."""
    options = any(keyword.arg == "options" for keyword in call.keywords)
    return repr(truth) if options else truth.partition(" ")[0]


def wrong_answer(call: ast.Call, truth: str) -> str:
    """Return source text of a valid answer that is not the right one."""
    given = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
    if given.get("options"):
        return repr(next(key for key in given["options"] if key != truth))
    number = float(truth.partition(" ")[0])
    return repr(max(given.get("between") or (0, 10), key=lambda end: abs(end - number)))


def measured(truth: str) -> str:
    """Return a pattern of what `reveal` says of a measurement, itself a pattern."""
    return re.escape(tr("the measurement says {truth}", truth="TRUTH")).replace("TRUTH", truth)


def test_predictions_wrong_and_right_are_recorded_and_revealed(desk: student.Desk) -> None:
    asked = {call.args[0].value: (index, call) for index, call in desk.calls("predict")}
    revealed = [(call.args[0].value, index) for index, call in desk.calls("reveal")]
    assert sorted(asked) == sorted(name for name, _ in revealed) != []
    truth, missed = {}, re.escape(tr("No prediction was recorded"))
    for cell in {index for _, index in revealed}:
        names = [name for name, index in revealed if index == cell]
        told = re.findall(rf"{missed}; {measured('(.+?)')}\.(?:\s|$)", desk.printed(cell))
        truth |= dict(zip(names, told, strict=True))
    empty = {index: desk.cells()[index]["source"] for index, _ in asked.values()}
    answers = {}
    for count, (name, (index, call)) in enumerate(asked.items()):
        right, wrong = right_answer(call, truth[name]), wrong_answer(call, truth[name])
        answers[name] = right if count % 2 else wrong  # what is left standing
        for answer in (wrong, right, answers[name]):
            desk.write(index, without_dots(empty[index], answer))
            given = ast.literal_eval(answer)
            told = tr("prediction {id} recorded: {answer}", id=name, answer=given)
            assert told in desk.run(index)
    for index in sorted({index for _, index in revealed}):
        desk.run(index)
    assert faults(desk) == []
    for name, index in revealed:
        told, answer = desk.printed(index), ast.literal_eval(answers[name])
        predicted = re.escape(tr("You predicted {answer}", answer=answer))
        if str(answer) == str(ast.literal_eval(right_answer(asked[name][1], truth[name]))):
            near = f"; .*{re.escape(tr('right to within 10 %'))}"
            assert re.search(rf"{predicted}\b[^;\n]*(\. {tr('Right')}|{near})", told), name
        else:
            truly = measured(re.escape(truth[name]))
            assert re.search(rf"{predicted}\b.*; {truly}", told), name


def test_exercises_give_a_hint_when_wrong_and_say_right_when_right(desk: student.Desk) -> None:
    asked = desk.calls("check", "bug_hunt")
    assert asked, "a lesson has an exercise"
    for index, call in asked:
        identity = call.args[0].value
        exercises = {one.id: one for one in every_exercise(identity.partition("-")[0])}
        exercise = exercises[identity]
        source = desk.cells()[index]["source"]
        desk.write(index, without_dots(source, "12345"))
        hint = desk.run(index)
        hint = next(line for line in hint.splitlines() if line.startswith(f"{identity}: "))
        assert re.search(rf": ({tr('not right yet: ')}|{tr('not repaired yet: ')})\w", hint), hint
        if exercise.cases:
            assert any(tr(label) in hint for label, _ in exercise.cases), hint
        # What solution() prints, pasted and called.
        reference = exercise.reference
        made = f"{reference.__name__}{'()' if exercise.kind == 'target' else ''}"
        pasted = textwrap.dedent(inspect.getsource(reference)).rstrip()
        desk.write(index, f'{pasted}\n\n\n{call.func.id}("{identity}", {made})')
        told = desk.run(index)
        right = f"{tr('right: ')}|{tr('repaired: ')}"
        assert re.search(rf"^{identity}: ({right})\w", told, re.MULTILINE), told


def test_a_saved_lesson_opens_again_with_its_pictures_and_without_a_run(
    desk: student.Desk,
) -> None:
    explorers, shown = desk.explorers(), len(desk.ask(FIGURES))
    assert shown > 0
    desk.save_close_and_open_again()
    desk.wait_for_pictures(shown + len(explorers))
    text = desk.page.locator(".jp-Notebook").text_content()  # of cells out of sight, too
    assert "model not found" not in text
    assert "Error displaying" not in text
    for index in explorers:
        assert desk.cell(index).locator(".jp-RenderedImage img").is_visible()


def test_no_request_leaves_the_machine_and_the_browser_reports_no_error(
    desk: student.Desk,
) -> None:
    assert len(desk.requests) > 20  # it listens
    assert desk.foreign_requests() == []
    assert desk.console == []
