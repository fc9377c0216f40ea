"""environment.yml and pyproject.toml name one set of packages."""

import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def pyproject() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def environment() -> dict:
    return yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))


def by_name(requirements: list[str]) -> dict[str, SpecifierSet]:
    parsed = [Requirement(line) for line in requirements]
    return {canonicalize_name(one.name): one.specifier for one in parsed if one.name != "imglab"}


def wanted(pyproject: dict) -> dict[str, SpecifierSet]:
    """Return what a student needs for all lessons and all tests."""
    project = pyproject["project"]
    extras = project["optional-dependencies"]
    tests = pyproject["dependency-groups"]["test"]
    return by_name([*project["dependencies"], *extras["course"], *extras["deep"], *tests])


def test_conda_itself_brings_python_and_pip_alone(environment: dict, pyproject: dict) -> None:
    *from_conda, from_pip = environment["dependencies"]
    assert list(from_pip) == ["pip"]
    assert from_conda == [f"python{pyproject['project']['requires-python']}", "pip"]
    assert environment["channels"] == ["conda-forge"]


def test_pip_installs_what_pyproject_names_with_the_same_bounds(
    environment: dict, pyproject: dict
) -> None:
    *packages, last = environment["dependencies"][-1]["pip"]
    assert last == "--editable ."
    assert packages == sorted(packages)
    assert by_name(packages) == wanted(pyproject)


def test_every_named_package_is_pinned_within_its_bounds(pyproject: dict) -> None:
    pins = [Requirement(line) for line in pyproject["tool"]["uv"]["constraint-dependencies"]]
    groups = pyproject["dependency-groups"]
    named = wanted(pyproject) | by_name([*groups["lint"], *groups["browser"]])
    for name, bounds in named.items():
        of_name = [pin for pin in pins if canonicalize_name(pin.name) == name]
        assert of_name, f"{name} is not pinned; run: python .ci/pins.py"
        for pin in of_name:
            (exactly,) = pin.specifier
            assert exactly.operator == "=="
            assert exactly.version in bounds, f"{pin} is outside {bounds}"


def test_no_pinned_torch_is_the_one_that_breaks_torchvision(pyproject: dict) -> None:
    assert not [
        pin
        for pin in pyproject["tool"]["uv"]["constraint-dependencies"]
        if pin.startswith("torch==2.13")
    ]


def test_the_light_groups_name_no_part_of_torch(pyproject: dict) -> None:
    groups = pyproject["dependency-groups"]
    light = by_name([*groups["course"], *groups["test"], *pyproject["project"]["dependencies"]])
    light |= by_name(pyproject["project"]["optional-dependencies"]["course"])
    assert groups["course"] == ["imglab[course]"]
    assert not {"torch", "torchvision", "clip-anytorch"} & set(light)


def test_the_short_command_installs_everything(pyproject: dict) -> None:
    assert pyproject["tool"]["uv"]["default-groups"] == ["course", "dev"]
    assert {"include-group": "test"} in pyproject["dependency-groups"]["dev"]
    assert "imglab[course,deep]" in pyproject["dependency-groups"]["dev"]
