"""The table from the theory to the lessons names only what exists."""

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MARK = "(to come)"


def rows():
    text = (ROOT / "lessons" / "README.md").read_text(encoding="utf-8")
    table = text.partition("## From the theory to the lessons")[2]
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_every_section_of_the_theory_has_a_row():
    numbers = {row[0].partition(".")[0] for row in rows()}
    assert {"1", "2", "3", "4", "5"} <= numbers


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0][:40])
def test_lesson_section_and_function_exist_or_are_marked(row):
    _, lesson, section, function = row
    if MARK not in lesson:
        (path,) = (ROOT / "lessons" / "en").glob(f"{lesson}_*.md")
        headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert section in headings
    if function and MARK not in function:
        dotted = function.strip("`")
        module, _, name = dotted.rpartition(".")
        assert callable(getattr(importlib.import_module(module), name))
