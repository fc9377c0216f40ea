"""Other systems, as far as one system can play them: fewer POSIX names, other consoles, CRLF."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from imglab import samples

ROOT = Path(__file__).resolve().parent.parent
# Run before imglab is imported: what Windows does not have is gone.
WITHOUT_POSIX = """\
import os, shutil, sys
shutil._use_fd_functions = False  # what Python itself does on Windows
for name in ("O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "mkfifo", "geteuid", "fchmod"):
    if hasattr(os, name):
        delattr(os, name)
for name in ("resource", "fcntl", "pwd", "grp", "termios"):
    sys.modules[name] = None  # an import of it fails
"""


def run(program: str, *words: str, **environment: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-c", program, *words],
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        check=False,
    )


@pytest.fixture
def portrait(tmp_path: Path) -> Path:
    """A picture in a folder with a Russian name."""
    path = tmp_path / "Мои документы" / "портрет.jpg"
    path.parent.mkdir()
    Image.fromarray(samples.load("astronaut", size=64)).save(path)
    return path


def test_loading_and_comparing_need_no_posix_names(portrait: Path) -> None:
    program = WITHOUT_POSIX + (
        "import imglab\n"
        "print(imglab.load(sys.argv[1]).pixels.shape)\n"
        "from imglab.cli import main\n"
        "sys.exit(main(['compare', sys.argv[1], 'hopper', '--report', sys.argv[2]]))\n"
    )
    place = portrait.with_name("отчёт.html")
    done = run(program, str(portrait), str(place), PYTHONIOENCODING="utf-8")
    assert done.stderr == b""
    assert done.returncode == 0
    assert done.stdout.startswith(b"(64, 64, 3)\n")
    assert place.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_lesson_is_built_and_copied_without_posix_names(write_lesson) -> None:
    lesson = write_lesson("# Small\n\n```{code-cell} python\nprint(1 + 1)\n```\n")
    program = WITHOUT_POSIX + (
        "from pathlib import Path\n"
        "from imglab.course import build, copies, lessons\n"
        "lesson = Path(sys.argv[1])\n"
        "path = build.build(lesson)\n"
        "print(lessons.differences(lesson, path), copies.prepare(lesson.parents[2]))\n"
    )
    done = run(program, str(lesson))
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.startswith(b"[] ['02_small.ipynb copied to my-lessons")


@pytest.mark.parametrize("encoding", ["cp1251", "cp866", "cp1252"])
@pytest.mark.parametrize("form", ["table", "json", "missing"])
def test_comparing_a_russian_path_survives_every_console(
    portrait: Path, encoding: str, form: str
) -> None:
    words = [str(portrait), "hopper", *(["--json"] if form == "json" else [])]
    if form == "missing":
        words[0] = str(portrait.with_name("нет такого.jpg"))
    program = "import sys; from imglab.cli import main; sys.exit(main(sys.argv[1:]))"
    done = run(program, "compare", *words, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert b"Traceback" not in done.stderr
    said = (done.stderr if form == "missing" else done.stdout).decode(encoding)
    assert done.returncode == (2 if form == "missing" else 0)
    word = "нет такого.jpg" if form == "missing" else "портрет.jpg"
    if form == "json":  # JSON escapes by itself
        word = r"\u043f\u043e\u0440\u0442\u0440\u0435\u0442.jpg"
    elif encoding == "cp1252":
        word = word.encode("ascii", "backslashreplace").decode()
    assert word in said


@pytest.mark.parametrize("encoding", ["cp1251", "cp866", "cp1252"])
def test_the_doctor_speaks_in_every_console(portrait: Path, encoding: str) -> None:
    program = "import sys; from imglab.cli import main; sys.exit(main(['doctor']))"
    state = str(portrait.parent / "записи")
    done = run(
        program, PYTHONIOENCODING=encoding, PYTHONUTF8="0", IMGLAB_STATE=state, OMP_NUM_THREADS="1"
    )
    lines = done.stdout.decode(encoding).splitlines()
    assert done.stderr == b""
    assert len(lines) == 10
    assert all(line.startswith(("ok  ", "!!  ", "READY", "NOT READY")) for line in lines)


def test_a_clone_with_windows_line_ends_holds_the_same_bytes(tmp_path: Path) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("this copy is no clone")
    clone = tmp_path / "клон"
    command = ["git", "clone", "-q", "-c", "core.autocrlf=true", "-c", "core.eol=crlf"]
    subprocess.run([*command, str(ROOT), str(clone)], check=True)
    listed = subprocess.run(
        ["git", "ls-tree", "-r", "-z", "--format=%(objectname) %(path)", "HEAD"],
        cwd=clone,
        check=True,
        capture_output=True,
    )
    different = []
    for line in filter(None, listed.stdout.decode().split("\0")):
        name, _, path = line.partition(" ")
        data = (clone / path).read_bytes()
        if hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest() != name:
            different.append(path)
    assert different == []
    program = (
        "import sys; from imglab import samples; from imglab.course import build, lessons;"
        "from pathlib import Path; root = Path.cwd();"
        "assert lessons.project_root() == root, lessons.project_root();"
        "[samples.load(name) for name in samples.names()];"
        "sys.exit(build._check(lessons.find(root), 'student'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=clone,
        env={**os.environ, "PYTHONPATH": str(clone)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
