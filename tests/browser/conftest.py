"""One laboratory and one browser for all lessons; each lesson is opened and run once."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import student

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

LESSONS = sorted((student.ROOT / "notebooks").glob("*/[0-9][0-9]_*.ipynb"))


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with student.laboratory(tmp_path_factory.mktemp("lab")) as address:
        yield address


@pytest.fixture(scope="session")
def context() -> Iterator["BrowserContext"]:
    from playwright.sync_api import sync_playwright

    try:
        with sync_playwright() as playwright, student.browser(playwright) as context:
            yield context
    except student.NoBrowserError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="module", params=LESSONS, ids=lambda path: path.stem)
def desk(
    request: pytest.FixtureRequest, context: "BrowserContext", address: str
) -> Iterator[student.Desk]:
    """Return a lesson's working copy, open and run once from its first cell to its last."""
    path = request.param
    desk = student.Desk(context, address, f"{path.parent.name}/{path.name}")
    desk.run_all()
    yield desk
    desk.leave()
