"""A small project to build in: lessons of a few cells, in a folder of their own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

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
