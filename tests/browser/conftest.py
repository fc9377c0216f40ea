"""A running laboratory and a browser, each once for the tests of one file."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import student

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return where ``imglab lab`` listens, with its token."""
    with student.laboratory(tmp_path_factory.mktemp("lab")) as address:
        yield address


@pytest.fixture(scope="module")
def context() -> Iterator["BrowserContext"]:
    """Return the Chromium of this machine."""
    from playwright.sync_api import sync_playwright

    try:
        with sync_playwright() as playwright, student.browser(playwright) as context:
            yield context
    except student.NoBrowserError as error:
        pytest.fail(str(error), pytrace=False)
