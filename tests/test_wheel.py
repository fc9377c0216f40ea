"""The wheel alone: with its data, in another place, without Jupyter."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import Distribution, distribution, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
UV = os.environ.get("UV") or shutil.which("uv")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("imglab-*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel, and link what it asks for, in an environment of its own.

    Returns the folder of its commands. Only the distributions that the wheel
    names, and those that these name, can be imported there.
    """
    if UV is None:
        pytest.skip("uv is not on the path")
    place = tmp_path_factory.mktemp("elsewhere") / "environment"
    subprocess.run([UV, "venv", "--offline", "-q", "-p", sys.executable, place], check=True)
    commands = place / ("Scripts" if os.name == "nt" else "bin")
    python = commands / "python"
    install = [UV, "pip", "install", "-q", "--offline", "--no-deps", "-p", python, wheel]
    subprocess.run(install, check=True)
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    target = subprocess.run([python, "-c", code], check=True, stdout=subprocess.PIPE, text=True)
    for part in needed("imglab"):
        link(part, Path(target.stdout.strip()))
    return commands


def needed(name: str) -> list[Distribution]:
    """List what a distribution needs without extras, and what that needs, once each."""
    found: dict[str, Distribution] = {}
    waiting = [name]
    while waiting:
        for line in requires(waiting.pop()) or []:
            requirement = Requirement(line)
            asked = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
            if asked and requirement.name not in found:
                found[requirement.name] = distribution(requirement.name)
                waiting.append(requirement.name)
    return list(found.values())


def link(part: Distribution, target: Path) -> None:
    tops = {file.parts[0] for file in part.files or [] if file.parts[0] != ".."}
    for top in sorted(tops - {"__pycache__"}):
        source = Path(part.locate_file(top))
        if (target / top).exists():
            continue
        try:
            (target / top).symlink_to(source, target_is_directory=source.is_dir())
        except OSError:  # Windows asks for a right to link
            (shutil.copytree if source.is_dir() else shutil.copy2)(source, target / top)


def run(installed: Path, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    return subprocess.run(
        [installed / words[0], *words[1:]],
        cwd=cwd,
        env=kept | {"PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_the_wheel_holds_the_package_and_its_data_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    data = {f"imglab/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "data").rglob("*")}
    assert {"imglab/py.typed", "imglab/data/pictures.json", "imglab/data/SOURCES.md"} <= set(names)
    assert {name for name in names if name.startswith("imglab/data/")} <= data
    assert len([name for name in names if re.search(r"/data/pictures/.*\.(png|jpg)$", name)]) >= 14
    assert {name.split("/")[0] for name in names} == {"imglab", "imglab-0.1.0.dist-info"}
    assert not [name for name in names if name.endswith((".pyc", ".ipynb"))]
    assert "imglab-0.1.0.dist-info/licenses/LICENSE-lessons" in names


def test_the_environment_is_empty_but_for_what_the_wheel_asks_for(
    installed: Path, tmp_path: Path
) -> None:
    code = (
        "import importlib.util as u, sys; "
        "print([n for n in ('IPython', 'ipywidgets', 'jupyterlab', 'nbformat', 'scipy', "
        "'skimage', 'torch', 'pytest') if u.find_spec(n)]); "
        "import imglab; print(imglab.__file__)"
    )
    done = run(installed, "python", "-c", code, cwd=tmp_path)
    importable, place = done.stdout.splitlines()
    assert importable == "[]"
    assert Path(place).is_relative_to(installed.parent)


def test_compare_runs_elsewhere_without_jupyter(installed: Path, tmp_path: Path) -> None:
    done = run(installed, "imglab", "compare", "astronaut", "hopper", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "unrelated bundled pairs" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_bad_input_ends_with_status_2_and_one_sentence(installed: Path, tmp_path: Path) -> None:
    done = run(installed, "imglab", "compare", "astronaut", "nowhere.jpg", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["lab", "build"])
def test_a_command_of_the_course_says_in_one_sentence_what_it_lacks(
    installed: Path, tmp_path: Path, command: str
) -> None:
    done = run(installed, "imglab", command, cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr
