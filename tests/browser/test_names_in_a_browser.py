"""Names that try to be programs, shown by a real browser: none of them runs."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from imglab import report
from imglab.comparison import compare
from imglab.image import encode_png, load_bytes

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

pytestmark = pytest.mark.browser

HOSTILE = (
    '<img src=x onerror="window.ran=1">.png',
    '"><script>window.ran=1<_script>.png',
    "'><svg onload=window.ran=1>.png",
    "&lt;script&gt;window.ran=1.png",
    "javascript:window.ran=1.png",
    '" onmouseover="window.ran=1" x=".png',
    "</title><script>window.ran=1.png",
)
PIXELS = np.random.default_rng(8).integers(0, 256, (24, 20, 3), dtype=np.uint8)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("form", ["report", "notebook"])
def test_a_name_is_shown_as_text_and_runs_nothing(
    context: "BrowserContext", tmp_path: Path, form: str, name: str
) -> None:
    evil = load_bytes(name, encode_png(PIXELS))
    table = compare(evil, evil, metrics=["ssim"])
    page, said, asked = context.new_page(), [], []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: asked.append(request.url))
    if form == "report":
        path = report.write(tmp_path / "report.html", report.page(table, evil, evil))
    else:  # as a notebook shows it, without the report's own policy
        path = tmp_path / "table.html"
        text = f"<!doctype html><meta charset=utf-8><body>{table._repr_html_()}</body>"
        path.write_text(text, encoding="utf-8")
    page.goto(path.as_uri())
    for element in page.query_selector_all("body *")[:200]:
        element.dispatch_event("mouseover")
    assert page.evaluate("window.ran") is None
    assert evil.name in page.inner_text("body")
    assert said == []
    assert [url for url in asked if not url.startswith(("data:", path.as_uri()))] == []
    page.close()


def test_the_test_would_see_a_name_that_runs(context: "BrowserContext", tmp_path: Path) -> None:
    path = tmp_path / "raw.html"
    path.write_text(f"<!doctype html><body>{HOSTILE[0]}</body>", encoding="utf-8")
    page = context.new_page()
    page.goto(path.as_uri())
    page.wait_for_function("window.ran === 1", timeout=20_000)
    page.close()
