"""A small project to build in: lessons of a few cells, in a folder of their own."""

from collections.abc import Callable
from pathlib import Path

import pytest

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


@pytest.fixture
def write_lesson(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a lesson's text as ``lessons/en/02_small.md``."""

    def write(text: str = SMALL, name: str = "02_small") -> Path:
        path = tmp_path / "project" / "lessons" / "en" / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEADER + text, encoding="utf-8", newline="\n")
        return path

    return write
