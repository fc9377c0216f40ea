"""A student at a browser: `imglab lab`, Chromium, and one open lesson.

What a student does is done by mouse and keyboard. JupyterLab's own objects are
asked only for what they hold: the text and the outputs of cells.
"""

import ast
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Playwright

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = [
    "--no-sandbox",  # containers run as root
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--no-first-run",
]
START, RUN, STEP = 60, 300, 20  # seconds at most: to start, to run a lesson, for all else
WIDE, PHONE = {"width": 900, "height": 1400}, {"width": 390, "height": 1400}

# `panel` is the open lesson as JupyterLab holds it.
PANEL = "const panel = window.jupyterapp.shell.currentWidget; const cells = panel.content.widgets;"


class NoBrowserError(Exception):
    """There is no Chromium to test with."""


@contextmanager
def laboratory(folder: Path) -> Iterator[str]:
    """Start ``imglab lab`` in a copy of the project, and end it.

    Yields the address that it prints, with its token: never to be printed.
    """
    project = folder / "imglab project"  # a blank in the name, as students have it
    for name in ("imglab", "data", "lessons", "notebooks"):
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    folders = {f"JUPYTER_{what}_DIR": str(folder / what) for what in ("CONFIG", "DATA", "RUNTIME")}
    (folder / "CONFIG").mkdir()
    exposed = {"LabApp": {"expose_app_in_browser": True}}
    (folder / "CONFIG" / "jupyter_lab_config.json").write_text(json.dumps(exposed))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    said = folder / "said.txt"
    with said.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "imglab.cli", "lab", "--no-browser", f"--port={port}"],
            cwd=project,
            env=os.environ | folders | {"PYTHONPATH": str(project), "PYTHONUTF8": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=os.name == "posix",
        )
    try:
        yield _address(process, said, port)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STEP)


def _address(process: "subprocess.Popen[bytes]", said: Path, port: int) -> str:
    until = time.monotonic() + START
    while time.monotonic() < until and process.poll() is None:
        printed = said.read_text(encoding="utf-8", errors="replace")
        found = re.search(rf"http://127\.0\.0\.1:{port}/lab\S*\?token=\w+", printed)
        if found:
            return found[0]
        time.sleep(0.2)
    msg = f"imglab lab printed no address: {without_token(said.read_text(encoding='utf-8'))}"
    raise AssertionError(msg)


def without_token(text: str) -> str:
    """Return a text in which no token can be read."""
    return re.sub(r"token=\w+", "token=...", text)


@contextmanager
def browser(playwright: "Playwright") -> Iterator["BrowserContext"]:
    """Start the Chromium of this machine; nothing is downloaded."""
    from playwright.sync_api import Error

    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    try:
        started = playwright.chromium.launch(
            executable_path=program, channel=None if program else "chrome", args=FLAGS
        )
    except Error as error:
        msg = "no Chromium or Chrome was found; install one and run the browser tests again"
        raise NoBrowserError(msg) from error
    context = started.new_context(viewport=WIDE)
    context.set_default_timeout(STEP * 1000)
    try:
        yield context
    finally:
        started.close()


def accessibility(page: "Page", rules: Sequence[str], *, within: str = "body") -> list[Any]:
    """Return what axe-core finds wrong: the rule, and the first elements.

    A formula is left out: inside there are paths, and MathML that axe-core does not know.
    """
    from axe_playwright_python.sync_playwright import Axe

    context = {"include": [[within]], "exclude": [["mjx-container"]]}
    kind = "tag" if rules[0].startswith("wcag") else "rule"
    options = {"runOnly": {"type": kind, "values": list(rules)}, "resultTypes": ["violations"]}
    found = Axe().run(page, context=context, options=options).response["violations"]
    return [(one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in found]


class Desk:
    """One lesson's working copy, open in JupyterLab."""

    def __init__(self, context: "BrowserContext", address: str, lesson: str) -> None:
        self.lesson, self.requests, self.console = lesson, set[str](), list[str]()
        self._context, self._address = context, address
        self.page = self._open()

    def _open(self) -> "Page":
        from playwright.sync_api import Error

        page = self._context.new_page()
        page.on("request", lambda request: self.requests.add(request.url))
        page.on("websocket", lambda socket: self.requests.add(socket.url))
        page.on("console", self._hear)
        base, query = self._address.split("/lab/tree/")[0], self._address.partition("?")[2]
        try:
            page.goto(f"{base}/lab/tree/{self.lesson}?{query}&reset")  # no other lesson's tab
        except Error as error:
            raise AssertionError(without_token(str(error))) from None
        self._ready(page)
        return page

    def _ready(self, page: "Page") -> None:
        page.wait_for_function(
            "name => { const panel = window.jupyterapp?.shell.currentWidget;"
            " return panel?.context?.path === name && panel.context.isReady"
            " && panel.sessionContext.session?.kernel?.status === 'idle'"
            " && panel.content.widgets.length > 0 }",
            arg=self.lesson,
            timeout=START * 1000,
        )

    def _hear(self, message: "ConsoleMessage") -> None:
        if message.type == "error":
            self.console.append(without_token(message.text))

    def ask(self, script: str, argument: object = None) -> Any:
        """Evaluate the body of an asynchronous function that sees `panel` and `cells`."""
        return self.page.evaluate(f"async argument => {{ {PANEL} {script} }}", argument)

    # What a student does.

    def run_all(self) -> None:
        """Choose Run All Cells in the menu and wait for the kernel."""
        self.choose("Run", "Run All Cells")
        self.wait_for_kernel(RUN)

    def choose(self, menu: str, entry: str) -> None:
        """Click on an entry of the menu bar."""
        self.page.locator(".lm-MenuBar-item", has_text=re.compile(f"^{menu}$")).click()
        self.page.locator(".lm-Menu-item", has_text=re.compile(f"^{re.escape(entry)}")).click()

    def wait_for_kernel(self, seconds: float = STEP) -> None:
        """Wait until no cell is waiting or running."""
        self.page.wait_for_timeout(100)
        self.page.wait_for_function(
            f"() => {{ {PANEL} return panel.sessionContext.session?.kernel?.status === 'idle'"
            " && !cells.some(cell => cell.model.executionState === 'running') }",
            timeout=seconds * 1000,
            polling=200,
        )

    def write(self, index: int, source: str) -> None:
        """Write over a code cell."""
        self.cell(index).locator(".cm-content").click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(source)

    def run(self, index: int) -> str:
        """Run one cell by Shift+Enter and return what it prints."""
        count = "return cells[argument].model.executionCount"
        before = self.ask(count, index)
        self.ask("panel.content.activeCellIndex = argument", index)
        self.cell(index).locator(".cm-content").click()
        self.page.keyboard.press("Shift+Enter")
        until = time.monotonic() + RUN
        while self.ask(count, index) in (before, None):
            assert time.monotonic() < until, f"cell {index} does not end"
            self.page.wait_for_timeout(50)
        self.wait_for_kernel()
        return self.printed(index)

    def leave(self) -> None:
        """Shut the kernel down and close the page."""
        self.ask("await panel.sessionContext.shutdown()")
        self.page.close()

    def theme(self, name: str) -> None:
        """Change the theme of JupyterLab."""
        change = "await window.jupyterapp.commands.execute('apputils:change-theme', argument)"
        self.ask(change, {"theme": name})
        self.page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=name)
        self.page.wait_for_timeout(500)

    def save_close_and_open_again(self) -> None:
        """Save by Ctrl+S, shut the kernel down, close the page, and come back another day."""
        self.ask("window.saves = []; panel.context.saveState.connect((_, how) => saves.push(how))")
        self.page.keyboard.press("ControlOrMeta+s")
        self.page.wait_for_function("() => window.saves.includes('completed')")
        self.leave()
        self.page = self._open()

    def press_arrow(self, slider: "Locator") -> None:
        """Press an arrow key on a slider: up, or down from its end."""
        handle = slider.locator(".noUi-handle").first
        handle.focus()
        low, now, high = _range(handle)
        self.page.keyboard.press("ArrowRight" if now < high or low == high else "ArrowLeft")

    def drag(self, slider: "Locator") -> None:
        """Drag a slider by the mouse towards its farther end."""
        slider.scroll_into_view_if_needed()
        handle, track = slider.locator(".noUi-handle").first, slider.locator(".noUi-base")
        low, now, high = _range(handle)
        box, rail = handle.bounding_box(), track.bounding_box()
        y = box["y"] + box["height"] / 2
        share = 0.8 if now < (low + high) / 2 else 0.2
        self.page.mouse.move(box["x"] + box["width"] / 2, y)
        self.page.mouse.down()
        self.page.mouse.move(rail["x"] + share * rail["width"], y, steps=5)
        self.page.mouse.up()

    def choose_another(self, menu: "Locator", hand: str) -> None:
        """Choose the next entry of a drop-down menu, or the first after the last."""
        chosen = menu.locator("select")
        chosen.scroll_into_view_if_needed()
        now, count = chosen.evaluate("node => [node.selectedIndex, node.options.length]")
        if hand == "key":
            chosen.focus()
            for key in ("Alt+ArrowDown", "ArrowDown" if now + 1 < count else "Home", "Enter"):
                self.page.keyboard.press(key)
                self.page.wait_for_timeout(100)
        else:
            chosen.select_option(index=(now + 1) % count)

    # What a student sees.

    def wait_for_pictures(self, count: int) -> None:
        """Wait until a lesson that was not run shows as many pictures; cells come one by one."""
        self.page.wait_for_function(
            "count => document.querySelectorAll('.jp-RenderedImage img').length === count",
            arg=count,
        )

    def cell(self, index: int) -> "Locator":
        """Return a cell, scrolled into view."""
        self.ask("await panel.content.scrollToItem(argument, 'center')", index)
        cell = self.page.locator(".jp-Notebook .jp-Cell").nth(index)
        cell.scroll_into_view_if_needed()
        return cell

    def formulas_drawn(self, index: int, count: int) -> bool:
        """Tell whether a cell comes to show `count` displayed formulas; drawing takes time."""
        drawn = (
            "const node = cells[argument].node;"
            "return node.querySelectorAll('mjx-container[display=true]').length"
        )
        until = time.monotonic() + STEP
        while self.ask(drawn, index) != count and time.monotonic() < until:
            self.page.wait_for_timeout(100)
        return bool(self.ask(drawn, index) == count)

    def cells(self) -> list[dict[str, Any]]:
        """Return all cells as the notebook would be saved now."""
        cells: list[dict[str, Any]] = self.ask("return panel.content.model.toJSON().cells")
        for cell in cells:
            cell["source"] = "".join(cell["source"])
        return cells

    def printed(self, index: int) -> str:
        """Return what a cell printed."""
        outputs = self.cells()[index]["outputs"]
        return "".join("".join(output.get("text", "")) for output in outputs)

    def calls(self, *names: str) -> list[tuple[int, ast.Call]]:
        """Find the calls of some functions: index of the cell, and the call."""
        return [
            (index, node)
            for index, cell in enumerate(self.cells())
            if cell["cell_type"] == "code"
            for node in ast.walk(ast.parse(cell["source"]))
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in names
        ]

    def explorers(self) -> list[int]:
        """Find the cells whose output is an Explorer."""
        return [
            index
            for index, cell in enumerate(self.cells())
            for output in cell.get("outputs", [])
            if "".join(output.get("data", {}).get("text/plain", "")).startswith("Explorer(")
        ]

    def controls(self, index: int) -> "list[Locator]":
        """Return the controls of the Explorer that a cell shows."""
        return self.cell(index).locator(".widget-vbox > *:has(.noUi-handle, select, input)").all()

    def seen(self, index: int) -> dict[str, Any]:
        """Return what an Explorer shows: its picture as a hash, its width, and its line."""
        self.cell(index)
        seen: dict[str, Any] = self.ask(
            "const box = cells[argument].node.querySelector('.widget-vbox');"
            "const image = box.querySelector('img');"
            "const bytes = await (await fetch(image.src)).arrayBuffer();"
            "const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));"
            "const lines = box.querySelectorAll('.widget-html-content');"
            "return { picture: hash.join(), pixels: image.naturalWidth,"
            " text: lines[lines.length - 1].innerText }",
            index,
        )
        return seen

    def seen_after(self, index: int, before: dict[str, Any]) -> set[str]:
        """Wait until the kernel rests, and say what of an Explorer has changed."""
        for _ in range(10):
            self.page.wait_for_timeout(100)
            self.wait_for_kernel()
            now = self.seen(index)
            if now["picture"] != before["picture"] and now["text"] != before["text"]:
                break
        return {what for what in ("picture", "text") if now[what] != before[what]}

    def foreign_requests(self) -> list[str]:
        """Return every address that is not on this machine."""
        return sorted(
            without_token(url)
            for url in self.requests
            if urlsplit(url).scheme not in {"data", "blob"}
            and urlsplit(url).hostname not in {"127.0.0.1", "localhost"}
        )


def _range(handle: "Locator") -> tuple[float, float, float]:
    """Return the least, the present and the greatest value of a slider."""
    low, now, high = (
        float(handle.get_attribute(f"aria-value{name}") or 0) for name in ("min", "now", "max")
    )
    return low, now, high
