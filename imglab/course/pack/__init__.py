"""``imglab pack``: a folder for a USB stick, from which a class installs without a network.

The folder holds the lessons, the wheels of every package as pinned, and
``start.py``, which a student runs: it installs on first use, and opens the
lessons. Beside them lies each lesson as a page for paper, which any browser
shows where nothing can be installed. All this is done on a machine with a
network, by uv and pip; no other machine needs either.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from imglab.course import lessons, pages
from imglab.course import print as printing

# Names of a platform: for uv, which decides what it needs, and for pip, which fetches it.
PLATFORMS = {
    "windows": ("x86_64-pc-windows-msvc", ["win_amd64"]),
    "macos": ("aarch64-apple-darwin", ["macosx_14_0_arm64"]),
    "linux": ("x86_64-unknown-linux-gnu", "x86_64"),
    "linux-arm": ("aarch64-unknown-linux-gnu", "aarch64"),
}
GLIBC = (28, 27, 26, 24, 17, 12, 5)  # wheels for these or older run on any Linux since 2018
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
FOLDERS = ("data", "imglab", "lessons", "notebooks")
FILES = ("LICENSE", "LICENSE-lessons", "README.md", "pyproject.toml")
EXPORT = ["export", "-q", "--no-hashes", "--no-emit-project", "--no-annotate", "--no-header"]
README = """\
imglab: how alike are two images?

1. Copy this whole folder to your own disk.
2. Open a terminal in the copy and write:    python start.py
   (macOS, Linux: python3 start.py). The first time takes a minute or two.
3. Next time, the same command opens the lessons at once.

If it does not start: open the lesson in paper/en with your browser, and read on.

Needed: {needed}. No network is used.
"""


class PackFailedError(RuntimeError):
    """The folder cannot be packed; the message says why."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the words that may follow ``imglab pack``."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="made if it is not there")
    parser.add_argument("--platform", nargs="+", choices=PLATFORMS, default=["windows"])
    parser.add_argument("--python", nargs="+", choices=PYTHONS, default=["3.12"])
    parser.add_argument("--deep", action="store_true", help="with torch, for lessons 05 and 06")


def run(options: argparse.Namespace) -> int:
    """Pack the folder; 0 where all went well, 1 where a tool failed, 2 for bad input."""
    project = lessons.project_root()
    if project is None:
        print("imglab pack needs the lessons; run it in a clone", file=sys.stderr)
        return 2
    if options.folder.exists() and any(options.folder.iterdir()):
        print(f"{options.folder} must be new or empty; name another folder", file=sys.stderr)
        return 2
    try:
        pack(project, options.folder, options.platform, options.python, deep=options.deep)
    except (PackFailedError, ValueError) as error:  # the second: a notebook is out of step
        print(error, file=sys.stderr)
        return 1
    sizes = [path.stat().st_size for path in options.folder.rglob("*") if path.is_file()]
    print(f"{len(sizes)} files, {sum(sizes) / 1e6:.0f} MB; students run: python start.py")
    return 0


def pack(
    project: Path, folder: Path, platforms: list[str], pythons: list[str], *, deep: bool = False
) -> None:
    """Write the lessons, the wheels and the script that installs them.

    Parameters
    ----------
    project : Path
        A clone of the repository.
    folder : Path
        Where to write; new or empty.
    platforms, pythons : list of str
        Keys of `PLATFORMS` and of `PYTHONS`; all pairs are packed.
    deep : bool, default False
        Whether torch and the networks come along.

    Raises
    ------
    PackFailedError
        If uv is missing, or a package cannot be had.
    """
    copy(project, folder, platforms, pythons)
    wheels = folder / "wheels"
    wheels.mkdir()
    extra = ["--extra", "deep"] if deep else []
    named = _uv([*EXPORT, "--no-default-groups", "--group", "course", *extra], project)
    for platform in platforms:
        for python in pythons:
            needed = _needed(project, named, platform, python)
            path = wheels / f"{platform}-{python}.txt"
            path.write_text(needed, encoding="utf-8", newline="\n")
            print(f"{platform}, Python {python}: {len(needed.splitlines())} packages", flush=True)
            _uv(fetching(path, platform, python), project)
    # It installs from the stick, as a wheel that Python runs without installing it.
    _uv(["tool", "run", "pip", "download", "-q", "--no-deps", "-d", str(wheels), "pip"], project)


def copy(project: Path, folder: Path, platforms: list[str], pythons: list[str]) -> None:
    """Copy the lessons, on paper too, and what runs them, with a page that tells how."""
    skip = shutil.ignore_patterns("__pycache__", ".*", "*.tmp")
    for name in FOLDERS:
        shutil.copytree(project / name, folder / "imglab" / name, ignore=skip)
    for name in FILES:
        shutil.copy2(project / name, folder / "imglab" / name)
    shutil.copy2(Path(__file__).with_name("start.py"), folder / "start.py")
    for lesson in lessons.find(project):
        path = folder / "paper" / lesson.parent.name / f"{lesson.stem}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = printing.page(lesson, pages.built(lesson, "student"))
        path.write_text(text, encoding="utf-8", newline="\n")
    needed = f"{' or '.join(platforms)} with Python {' or '.join(pythons)}"
    text = README.format(needed=needed)
    (folder / "READ ME FIRST.txt").write_text(text, encoding="utf-8", newline="\r\n")


def fetching(needed: Path, platform: str, python: str) -> list[str]:
    """Return the words after ``uv`` that fetch a platform's wheels into the list's folder."""
    tags = PLATFORMS[platform][1]
    if isinstance(tags, str):
        tags = [f"manylinux_2_{minor}_{tags}" for minor in GLIBC] + [f"manylinux2014_{tags}"]
    words = ["tool", "run", "pip", "download", "-q", "--no-deps", "--only-binary=:all:"]
    words += ["--implementation", "cp", "--python-version", python, "-d", str(needed.parent)]
    for tag in tags:
        words += ["--platform", tag]
    return [*words, "-r", str(needed)]


def _needed(project: Path, named: str, platform: str, python: str) -> str:
    """Keep of the pinned packages those that one platform needs; pip would ask its own."""
    words = ["pip", "compile", "-q", "--no-deps", "--no-header", "--no-annotate"]
    words += ["--python-platform", PLATFORMS[platform][0], "--python-version", python, "-"]
    return _uv(words, project, given=named)


def _uv(words: list[str], project: Path, given: str | None = None) -> str:
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        msg = "imglab pack needs uv; install it with: pip install uv"
        raise PackFailedError(msg)
    done = subprocess.run(
        [uv, *words],
        cwd=project,
        input=given,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["no reason was given"])[-1]
        msg = f"uv {' '.join(words[:3])} failed: {said}; a network is needed to pack"
        raise PackFailedError(msg)
    return done.stdout
