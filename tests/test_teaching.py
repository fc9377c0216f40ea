"""The page for teachers: its plan adds up, its commands exist, its script runs."""

import itertools
import json
import re
import subprocess
import sys
from pathlib import Path

from imglab import cli
from imglab.course import lessons

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "lessons" / "TEACHING.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (\d+)-(\d+) \| (.+?) \|", re.MULTILINE)


def test_the_plan_fills_ninety_minutes_without_a_gap_and_keeps_fifteen_of_slack() -> None:
    rows = [(int(begin), int(end), what) for begin, end, what in ROW.findall(TEXT)]
    assert rows[0][0] == 0
    assert rows[-1][1] == 90
    assert all(one[1] == two[0] for one, two in itertools.pairwise(rows))
    assert sum(b - a for a, b, what in rows if what.startswith("03")) == 50
    assert sum(b - a for a, b, what in rows if what.startswith("slack")) == 15


def test_the_six_weeks_hold_each_of_nine_lessons() -> None:
    weeks = re.findall(r"^\| [1-6] \| .*", TEXT, re.MULTILINE)
    assert len(weeks) == 6
    assert set(re.findall(r"\b0\d\b", " ".join(weeks))) == {f"0{k}" for k in range(9)}


def test_every_command_that_is_named_exists() -> None:
    named = set(re.findall(r"uv run imglab (\w+)", TEXT))
    assert named == {"build", "pack", "print", "slides"}
    assert named <= set(cli.COURSE)


def test_the_script_that_gathers_work_prints_one_line_a_student(tmp_path: Path) -> None:
    for name, solved in (("Ada", {"pixel-1": True}), ("Björn", {})):
        folder = tmp_path / "work" / name
        folder.mkdir(parents=True)
        record = {"predictions": {"pixel-p1": {"answer": "A"}}, "solved": solved}
        (folder / "pixel.json").write_text(json.dumps(record), encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stdout == (
        "Ada: 1 predictions; solved: pixel-1\nBjörn: 1 predictions; solved: none\n"
    )


def test_the_lesson_of_the_plan_says_the_same_minutes() -> None:
    source = lessons.find(ROOT, ["03"])[0].read_text(encoding="utf-8")
    minutes = source[source.index("**Minutes:**") :].split(".", 1)[0]
    # question 6, three questions 7, by hand 6, code 5, map 4, range 3, six numbers 5, meaning 3,
    # equal errors 4, where it breaks 2, exercise and close 5: 50
    said = [int(number) for number in re.findall(r" (\d+)(?=,|$)", minutes)]
    assert said == [6, 7, 6, 5, 4, 3, 5, 3, 4, 2, 5]
    planned = [int(b) - int(a) for a, b, what in ROW.findall(TEXT) if what.startswith("03")]
    assert planned == said
