"""The doctor: ten lines, whatever is broken."""

import shutil
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import pytest

from imglab import samples
from imglab.course import doctor, lessons

Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Look at a project without lessons, so that no test depends on their state."""
    root = tmp_path / "healthy"
    (root / "lessons").mkdir(parents=True)
    monkeypatch.setattr(lessons, "project_root", lambda: root)
    return root


def marked(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith("!!")]


def test_a_sound_installation_is_ready_in_ten_lines(capsys: pytest.CaptureFixture[str]) -> None:
    lines, ready = doctor.report()
    assert len(lines) == 10
    assert marked(lines) == []
    assert lines[-1] == "READY"
    assert ready
    assert doctor.run(Namespace()) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "READY"


def test_the_known_comparison_is_a_sum_of_whole_numbers() -> None:
    x, y = (samples.load(name, size=64) for name in ("astronaut", "hopper"))
    total = sum((int(a) - int(b)) ** 2 for a, b in zip(x.ravel(), y.ravel(), strict=True))
    assert total == 131_039_771
    assert x.size == 12_288


def open_nothing() -> None:
    raise PermissionError(13, "Permission denied")


@pytest.mark.parametrize(
    ("break_it", "says", "cure"),
    [
        (
            lambda patch: patch.setattr(sys, "version_info", (3, 10, 4)),
            "is older than 3.11",
            "install a newer one: uv python install 3.12",
        ),
        (
            lambda patch: patch.setattr(samples, "names", lambda: ("astronaut", "nobody")),
            "No picture is named 'nobody'",
            "restore it: git checkout -- data",
        ),
        (
            lambda patch: patch.setattr(doctor, "KNOWN", 1.0),
            "not 1.0",
            "install the tried versions: uv sync --reinstall",
        ),
        (
            lambda patch: patch.setattr(
                shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9e9, 8e9, 1e9)
            ),
            "1.0 GB of disk are free",
            "make room for at least 2 GB",
        ),
        (
            lambda patch: patch.setitem(sys.modules, "ipywidgets", None),
            "ipywidgets cannot be imported",
            "install it: uv sync",
        ),
        (
            lambda patch: patch.setattr(samples, "load", lambda *_, **__: 1 / 0),
            "pictures: ZeroDivisionError: division by zero",
            "install again: uv sync --reinstall",
        ),
        (
            lambda patch: patch.setattr(
                doctor.tempfile, "TemporaryFile", lambda **_: open_nothing()
            ),
            "your work cannot be recorded in",
            "give yourself the right to write there",
        ),
    ],
)
def test_what_is_broken_is_named_with_its_cure_and_the_rest_is_still_checked(
    break_it: Callable[[pytest.MonkeyPatch], None],
    says: str,
    cure: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    break_it(monkeypatch)
    lines, ready = doctor.report()
    assert len(lines) == 10
    assert not ready
    assert says in marked(lines)[0]
    assert lines[-1] == f"NOT READY: {cure}"
    assert all(len(line.splitlines()) == 1 for line in lines)
    assert doctor.run(Namespace()) == 1
    assert "NOT READY" in capsys.readouterr().out


def test_a_notebook_out_of_step_is_named(
    write_lesson: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = write_lesson().parents[2]
    monkeypatch.setattr(lessons, "project_root", lambda: project)
    lines, ready = doctor.report()
    assert not ready
    assert marked(lines) == [
        "!!  02_small.ipynb has not been built; build it again: imglab build 02"
    ]


def test_missing_torch_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "DEEP", {"no_such_torch": "torch"})
    lines, ready = doctor.report()
    assert ready
    assert "ok  networks: torch is not installed; lessons 05 and 06 need: uv sync" in lines


def test_an_installed_package_without_lessons_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lessons, "project_root", lambda: None)
    lines, ready = doctor.report()
    assert ready
    assert any("they come with a clone" in line for line in lines)


def test_the_report_writes_nothing_into_the_project(project: Path) -> None:
    doctor.report()
    assert [path.name for path in project.iterdir()] == ["lessons"]
