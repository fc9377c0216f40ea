"""A small project to build in, and for the tests of browser/ a laboratory and a browser."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

# The same examples in every run: a failure can be repeated, and none appears by chance.
settings.register_profile(
    "repeatable", derandomize=True, deadline=None, max_examples=40, database=None
)
settings.load_profile("repeatable")

HEADER = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

"""

SMALL = """\
# Small

Two pictures.

```{code-cell} python
:tags: [setup]

import os
```

+++ {"tags": ["instructor"]}

Say it slowly.

+++

## One section

```{code-cell} python
print("two", "words")
1 + 1
```

```{code-cell} python
:tags: [solution]

answer = "secret"
```

The end.
"""


@pytest.fixture(scope="session")
def header() -> str:
    """Return what a lesson's file begins with."""
    return HEADER


@pytest.fixture
def write_lesson(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a lesson's text as ``lessons/en/02_small.md``."""

    def write(text: str = SMALL, name: str = "02_small") -> Path:
        path = tmp_path / "project" / "lessons" / "en" / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEADER + text, encoding="utf-8", newline="\n")
        return path

    return write


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return where ``imglab lab`` listens, with its token."""
    import student

    with student.laboratory(tmp_path_factory.mktemp("lab")) as address:
        yield address


@pytest.fixture(scope="module")
def context() -> Iterator["BrowserContext"]:
    """Return the Chromium of this machine."""
    import student
    from playwright.sync_api import sync_playwright

    try:
        with sync_playwright() as playwright, student.browser(playwright) as context:
            yield context
    except student.NoBrowserError as error:
        pytest.fail(str(error), pytrace=False)
