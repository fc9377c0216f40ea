"""A packed folder: it holds what a class needs, and installs from itself alone."""

import argparse
import ensurepip
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from imglab.course import lessons, pack

ROOT = Path(__file__).resolve().parent.parent
# Every way out of this machine leads to a port where nobody listens.
NOWHERE = dict.fromkeys(
    ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9"
)
COMMAND = """\
import sys
import tiny
print("imglab", *sys.argv[1:], tiny.NAME)
"""


def wheel(folder: Path, name: str, source: str) -> None:
    """Write a wheel of one module, as small as a wheel can be."""
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as file:
        file.writestr(f"{name}.py", source)
        file.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        file.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        file.writestr(
            f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n"
        )


def start(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(folder / "start.py"), *words],
        cwd=folder.parent,
        env=os.environ | NOWHERE,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """Return a packed folder with one small package, and a command that needs it."""
    folder = tmp_path / "the stick"
    (folder / "wheels").mkdir(parents=True)
    (folder / "imglab" / "imglab").mkdir(parents=True)
    (folder / "imglab" / "imglab" / "cli.py").write_text(COMMAND)
    source = ROOT / "imglab" / "course" / "pack" / "start.py"
    (folder / "start.py").write_bytes(source.read_bytes())
    code = "import runpy; print(runpy.run_path('start.py')['key']())"
    asked = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, check=True, stdout=subprocess.PIPE
    )
    (folder / "wheels" / f"{asked.stdout.decode().strip()}.txt").write_text("tiny==1.0\n")
    wheel(folder / "wheels", "tiny", "NAME = 'tiny'\n")
    (pip,) = (Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl")
    (folder / "wheels" / pip.name).write_bytes(pip.read_bytes())
    return folder


def test_a_student_installs_once_without_a_network_and_starts_again_at_once(packed: Path) -> None:
    first = start(packed)
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("Installing from this folder")
    assert first.stdout.endswith("imglab lab tiny\n")
    again = start(packed, "doctor")
    assert again.stdout == "imglab doctor tiny\n"
    moved = packed.rename(packed.with_name("another place"))
    assert "Installing from this folder" in start(moved, "--install").stdout
    assert start(moved, "doctor").stdout == "imglab doctor tiny\n"


def test_another_python_is_answered_by_what_the_folder_has(packed: Path) -> None:
    (listed,) = (packed / "wheels").glob("*.txt")
    listed.rename(listed.with_name("windows-3.99.txt"))
    done = start(packed)
    assert done.returncode == 1
    assert done.stderr.startswith("This folder has packages for windows-3.99; this is ")
    assert not (packed / "environment").exists()


def test_a_package_that_is_missing_is_said_and_nothing_counts_as_installed(packed: Path) -> None:
    (packed / "wheels" / "tiny-1.0-py3-none-any.whl").unlink()
    done = start(packed)
    assert done.returncode == 1
    assert "Not all packages could be installed" in done.stderr
    assert not (packed / "environment" / "installed.txt").exists()


def test_the_folder_holds_the_lessons_and_tells_how_to_begin(tmp_path: Path) -> None:
    folder = tmp_path / "stick"
    pack.copy(ROOT, folder, ["windows", "macos"], ["3.12"])
    have = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    for lesson in lessons.find(ROOT):
        assert f"imglab/notebooks/en/{lesson.stem}.ipynb" in have
        assert f"paper/en/{lesson.stem}.html" in have
    assert {"start.py", "READ ME FIRST.txt", "imglab/data/SOURCES.md", "imglab/LICENSE"} <= have
    assert not [name for name in have if "__pycache__" in name or "my-lessons" in name]
    text = (folder / "READ ME FIRST.txt").read_bytes().decode()
    assert "windows or macos with Python 3.12" in text
    assert "\r\n" in text  # for the plainest editor of Windows


@pytest.mark.parametrize(
    ("platform", "tags"),
    [
        ("windows", ["win_amd64"]),
        ("macos", ["macosx_14_0_arm64"]),
        (
            "linux-arm",
            ["manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64"],
        ),
    ],
)
def test_wheels_are_fetched_for_the_students_machines_and_none_is_built(
    platform: str, tags: list[str], tmp_path: Path
) -> None:
    words = pack.fetching(tmp_path / "list.txt", platform, "3.13")
    asked = [words[k + 1] for k, word in enumerate(words) if word == "--platform"]
    assert set(tags) <= set(asked)
    assert "--only-binary=:all:" in words
    assert words[words.index("--python-version") + 1] == "3.13"
    assert words[words.index("-d") + 1] == str(tmp_path)


def test_every_platform_of_the_project_can_be_packed() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert text.count("sys_platform == '") - text.count("triton; sys_platform") == len(
        pack.PLATFORMS
    )


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    pack.add_arguments(parser)
    return pack.run(parser.parse_args(words))


def test_a_folder_with_something_in_it_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert run(str(tmp_path)) == 2
    assert "must be new or empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_without_uv_or_without_a_network_one_sentence_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UV", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run(str(tmp_path / "a")) == 1
    assert "needs uv; install it with: pip install uv" in capsys.readouterr().err
    monkeypatch.setenv("UV", sys.executable)  # a tool that answers with an error
    assert run(str(tmp_path / "b")) == 1
    assert "a network is needed to pack" in capsys.readouterr().err
