"""Run the tests on other Pythons and other versions of the packages.

    python .ci/versions.py                 # all of the sets below, one after the other
    python .ci/versions.py oldest newest   # these two
    python .ci/versions.py newest -- -x -k image

Each set gets an environment of its own in a temporary folder, and a copy of the
project's files, so that neither `.venv` nor a notebook changes. It is the light
environment: every test and lesson that needs no torch. A Python that is not on
this machine is asked of uv; where uv cannot bring it, the set says so and counts
as not tried. The exit status is 0 only where all sets were tried and passed.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIGHT = "not deep and not browser and not slow"
PASSED, NOT_TRIED = 0, 77


@dataclass(frozen=True)
class Set:
    """One choice of versions.

    Attributes
    ----------
    python : str
        Version of the interpreter.
    resolution : str
        uv's word for which versions of the named packages are taken.
    fixed : tuple of str
        Requirements on top of those of pyproject.toml.
    """

    python: str
    resolution: str
    fixed: tuple[str, ...] = ()


SETS = {
    "oldest": Set("3.11", "lowest-direct"),
    "newest": Set("3.13", "highest"),
    "python-3.12": Set("3.12", "highest"),
    "opencv-4": Set("3.11", "highest", ("opencv-python<5",)),
    "pillow-11.3": Set("3.11", "highest", ("pillow==11.3.*",)),
}


def requirements() -> list[str]:
    """List what the light environment needs, as pyproject.toml names it."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = pyproject["project"]
    lines = project["dependencies"] + project["optional-dependencies"]["course"]
    return sorted([*lines, *pyproject["dependency-groups"]["test"]])


def copy_project(place: Path) -> None:
    """Copy every file that git holds or would hold."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    for name in filter(None, os.fsdecode(listed.stdout).split("\0")):
        if (ROOT / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, place / name)


def all_of_pyenv() -> dict[str, str]:
    """Let uv see every Python that pyenv holds, not its chosen one alone."""
    if not shutil.which("pyenv"):
        return {}
    found = subprocess.run(
        ["pyenv", "versions", "--bare"], capture_output=True, text=True, check=False
    )
    return {"PYENV_VERSION": ":".join(found.stdout.split())}


def try_set(name: str, words: list[str]) -> int:
    """Install one set and run the tests with it; return pytest's status."""
    chosen = SETS[name]
    uv = [shutil.which("uv") or "uv"]
    with tempfile.TemporaryDirectory(prefix=f"imglab-{name}-") as folder:
        place, venv = Path(folder, "project"), Path(folder, "venv")
        quiet = {"UV_NO_CONFIG": "1", "UV_NO_PROGRESS": "1", "UV_LINK_MODE": "hardlink"}
        environment = {**os.environ, **all_of_pyenv(), **quiet, "VIRTUAL_ENV": str(venv)}
        make = [*uv, "venv", "--quiet", "--python", chosen.python, str(venv)]
        if subprocess.run(make, env=environment, check=False).returncode:
            print(f"{name}: Python {chosen.python} is not to be had here", flush=True)
            return NOT_TRIED
        copy_project(place)
        wanted = Path(folder, "wanted.txt")
        wanted.write_text("\n".join([*requirements(), *chosen.fixed]) + "\n", encoding="utf-8")
        install = [*uv, "pip", "install", "--quiet", "--resolution", chosen.resolution]
        subprocess.run([*install, "-r", str(wanted)], env=environment, check=True)
        itself = ["--no-deps", "--editable", str(place)]
        subprocess.run([*uv, "pip", "install", "--quiet", *itself], env=environment, check=True)
        subprocess.run([*uv, "pip", "freeze"], env=environment, check=True)
        scripts = venv / ("Scripts" if os.name == "nt" else "bin")
        environment["PATH"] = f"{scripts}{os.pathsep}{environment['PATH']}"
        for key in ("PYENV_VERSION", "UV_NO_CONFIG"):
            environment.pop(key, None)
        test = [str(scripts / "python"), "-m", "pytest", "--nbval", "-q", "-m", LIGHT, *words]
        return subprocess.run(test, cwd=place, env=environment, check=False).returncode


def main(arguments: list[str]) -> int:
    """Try the named sets, all by default, and say how each went."""
    names, words = arguments, []
    if "--" in arguments:
        cut = arguments.index("--")
        names, words = arguments[:cut], arguments[cut + 1 :]
    if unknown := [name for name in names if name not in SETS]:
        print(f"no set is named {unknown[0]!r}; choose: {' '.join(SETS)}")
        return 2
    lines, failed = [], 0
    for name in names or SETS:
        print(f"== {name}", flush=True)
        started = time.monotonic()
        status = try_set(name, words)
        failed += status != PASSED
        result = {PASSED: "passed", NOT_TRIED: "not tried"}.get(status, f"failed ({status})")
        lines.append(f"{name:12} {result}, {time.monotonic() - started:.0f} s")
    print("\n".join(lines))
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
