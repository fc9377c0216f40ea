"""How long an Explorer takes from an event to its new picture.

Run ``uv run --group browser python tests/browser/latency.py [NN ...]`` on a machine that does
nothing else. Every slider and menu makes 30 steps, in the kernel alone and on the screen; a step
that leaves the picture as it was has no time on the screen.
"""

import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import student

from imglab.course.lines import say

STEPS = 30
AIMS = {"kernel": 60, "screen": 150}  # milliseconds

# From a new value to the picture and the line being sent off.
IN_KERNEL = """
import json as _json, time as _time
from ipywidgets import Dropdown as _Dropdown, SelectionSlider as _SelectionSlider
from imglab.course import Explorer as _Explorer

def _steps(control, count):
    choice = isinstance(control, (_Dropdown, _SelectionSlider))
    name, low, up = ("index", 0, 1) if choice else ("value", control.min, control.step)
    high = len(control.options) - 1 if choice else control.max
    before = getattr(control, name)
    for _ in range(count):
        at = getattr(control, name)
        if not low <= at + up <= high:
            up = -up
        begun = _time.perf_counter()
        setattr(control, name, at + up)
        yield 1000 * (_time.perf_counter() - begun)
    setattr(control, name, before)

_found = {id(v): v for v in globals().copy().values() if isinstance(v, _Explorer)}
print(_json.dumps([
    {"control": control.description, "kernel": list(_steps(control, %d))}
    for explorer in _found.values()
    for control in explorer.controls.values()
    if hasattr(control, "min") or isinstance(control, (_Dropdown, _SelectionSlider))
]))
"""

EXECUTE = """
let text = '';
const future = panel.sessionContext.session.kernel.requestExecute(
  { code: argument, store_history: false, silent: false });
future.onIOPub = message => {
  if (message.header.msg_type === 'stream') text += message.content.text;
  if (message.header.msg_type === 'error') text += message.content.evalue;
};
await future.done;
return text;
"""

# From an arrow key, or a choice in a menu, to the first frame with the new picture.
ON_SCREEN = """
const [index, place, count] = argument;
const box = cells[index].node.querySelector('.widget-vbox');
const image = box.querySelector('img');
const handle = box.querySelectorAll('.noUi-handle, select')[place], menu = 'options' in handle;
const value = name => menu
  ? { now: handle.selectedIndex, min: 0, max: handle.options.length - 1 }[name]
  : Number(handle.getAttribute('aria-value' + name));
const frame = () => new Promise(done => requestAnimationFrame(done));
const times = [];
let key = 'ArrowRight';
handle.focus();
for (let k = 0; k < count; k++) {
  if (value('now') >= value('max')) key = 'ArrowLeft';
  else if (value('now') <= value('min')) key = 'ArrowRight';
  const drawn = new Promise(done => {
    image.addEventListener('load', () => done(true), { once: true });
    setTimeout(() => done(false), 1000);
  });
  const begun = performance.now();
  if (menu) {
    handle.selectedIndex += key === 'ArrowRight' ? 1 : -1;
    handle.dispatchEvent(new Event('change', { bubbles: true }));
  } else {
    handle.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  }
  if (await drawn) {
    await frame();
    times.push(performance.now() - begun);
  }
  await new Promise(done => setTimeout(done, 60));
}
return [handle.closest('.widget-inline-hbox').querySelector('label').textContent, times];
"""


def measure(desk: student.Desk) -> list[dict[str, Any]]:
    """Time every slider and menu of the Explorers of an open lesson."""
    desk.run_all()
    text = desk.ask(EXECUTE, IN_KERNEL % STEPS)
    try:
        rows: list[dict[str, Any]] = json.loads(text)
    except ValueError:
        raise AssertionError(text) from None
    desk.wait_for_kernel()
    seen: list[Any] = []
    for index in desk.explorers():
        controls = desk.cell(index).locator(".widget-vbox :is(.noUi-handle, select)").count()
        seen += [desk.ask(ON_SCREEN, [index, k, STEPS]) for k in range(controls)]
    for row in rows:  # the same labels in the same order, but not every Explorer is on the screen
        found = next((one for one in seen if one[0] == row["control"]), ["", []])
        seen = [one for one in seen if one is not found]
        row |= {"lesson": desk.lesson, "screen": found[1]}
    return rows


def line(row: dict[str, Any]) -> str:
    """Write one row: median and 95th percentile, and a mark where an aim is missed."""
    said = [f"{Path(row['lesson']).stem:18} {row['control']:28}"]
    for what, aim in AIMS.items():
        times = row[what]
        if len(times) < 2:
            said.append(f"{what} the picture stays as it is")
            continue
        median, high = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        mark = " " if median < aim else "!"
        said.append(f"{what} {median:6.1f} {high:6.1f} ms{mark}({len(times)} steps)")
    return "  ".join(said)


def main(wanted: list[str]) -> None:
    """Print one line for each slider and menu of the wanted lessons, or of all."""
    from playwright.sync_api import sync_playwright

    say(f"median and 95th percentile of {STEPS} steps; aims {AIMS} ms, ! where missed")
    with (
        tempfile.TemporaryDirectory() as folder,
        student.laboratory(Path(folder)) as address,
        sync_playwright() as playwright,
        student.browser(playwright) as context,
    ):
        for path in sorted((student.ROOT / "notebooks").glob("*/[0-9][0-9]_*.ipynb")):
            if not wanted or path.stem[:2] in wanted:
                desk = student.Desk(context, address, f"{path.parent.name}/{path.name}")
                for row in measure(desk):
                    say(line(row))
                desk.leave()


if __name__ == "__main__":
    main(sys.argv[1:])
