"""The build: the same bytes every time, nothing that only one machine knows."""

import json
import os
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path

import pytest

from imglab.course import build, lessons

Write = Callable[..., Path]


def cells_of(notebook: Path) -> list[dict]:
    return json.loads(notebook.read_text(encoding="utf-8"))["cells"]


def change(notebook: Path, edit: Callable[[dict], object]) -> None:
    content = json.loads(notebook.read_text(encoding="utf-8"))
    edit(content)
    notebook.write_text(json.dumps(content), encoding="utf-8")


def run(arguments: list[str]) -> int:
    parser = ArgumentParser()
    build.add_arguments(parser)
    return build.run(parser.parse_args(arguments))


@pytest.fixture
def built(write_lesson: Write) -> tuple[Path, Path]:
    """Return a lesson and its notebook as a build would write it, without a kernel."""
    lesson = write_lesson()
    notebook = lessons.notebook_path(lesson)
    content = lessons.read(lesson)
    for count, cell in enumerate((c for c in content.cells if c.cell_type == "code"), 1):
        cell.execution_count = count
    notebook.parent.mkdir(parents=True)
    notebook.write_text(json.dumps(content), encoding="utf-8")
    return lesson, notebook


def test_a_second_build_with_another_hash_seed_gives_the_same_bytes(
    write_lesson: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson = write_lesson(
        "# Colours\n\n```{code-cell} python\n"
        "import matplotlib.pyplot as plt\n"
        "fig, ax = plt.subplots()\n"
        '_ = ax.plot([1, 3, 2])\nprint("drawn")\nprint("twice")\n```\n\n'
        "```{code-cell} python\n1 + 1\n```\n\n```{code-cell} python\n1 + 1\n```\n"
    )
    code = (
        "import sys; from pathlib import Path; from imglab.course import build; "
        "build.build(Path(sys.argv[1]))"
    )
    environment = {"PYTHONHASHSEED": "2", "IMGLAB_STATE": "somewhere", "MPLBACKEND": "svg"}
    command = [sys.executable, "-c", code, str(lesson)]
    subprocess.run(command, check=True, env=os.environ | environment)
    stored = lessons.notebook_path(lesson).read_bytes()
    monkeypatch.setenv("PYTHONHASHSEED", "1")  # of the kernel
    build.build(lesson)
    assert lessons.notebook_path(lesson).read_bytes() == stored
    assert b'"image/png"' in stored
    assert build.differences(lesson, lessons.notebook_path(lesson)) == []


WIDGET = """\
# Widget

```{code-cell} python
import os
names = ["IMGLAB_BUILD", "IMGLAB_STATE", "IMGLAB_SOLUTIONS", "OMP_NUM_THREADS"]
print([os.environ.get(name) for name in names])
print(os.path.basename(os.getcwd()))
```

```{code-cell} python
:tags: [solution]

import ipywidgets
ipywidgets.IntSlider(value=3)
```
"""


@pytest.fixture(scope="module")
def instructors(header: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a lesson with a widget in the instructor's edition, beside a learner's state."""
    lesson = tmp_path_factory.mktemp("once") / "project" / "lessons" / "en" / "02_small.md"
    lesson.parent.mkdir(parents=True)
    lesson.write_text(header + WIDGET, encoding="utf-8", newline="\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMGLAB_STATE", "somewhere")
        patch.setenv("IMGLAB_SOLUTIONS", "off")
        return build.build(lesson, "instructor")


def test_a_kernel_of_the_build_knows_of_no_learner(instructors: Path) -> None:
    cell = cells_of(instructors)[1]
    assert cell["outputs"][0]["text"] == ["['1', None, None, '1']\n", "en\n"]


def test_a_stored_widget_keeps_its_text_and_loses_its_view(instructors: Path) -> None:
    data = cells_of(instructors)[2]["outputs"][0]["data"]
    assert list(data) == ["text/plain"]
    assert "widget" not in json.loads(instructors.read_text(encoding="utf-8"))["metadata"]


def test_the_instructor_edition_is_built_outside_the_notebooks(instructors: Path) -> None:
    assert instructors.parts[-4:] == ("build", "instructor", "en", "02_small.ipynb")
    project = instructors.parents[3]
    assert not lessons.notebook_path(project / "lessons/en/02_small.md").exists()


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (
            "import warnings\nwarnings.warn('old')",
            r"02_small, cell 2 writes to stderr.*: .*UserWarning: old",
        ),
        ("import os\nos._exit(3)", r"02_small, cell 2 \(import os\): it ended the kernel"),
    ],
)
def test_a_cell_that_fails_stops_the_build_by_name_and_the_old_notebook_stays(
    write_lesson: Write, source: str, says: str
) -> None:
    lesson = write_lesson(f"# Bad\n\n```{{code-cell}} python\n{source}\n```\n")
    notebook = lessons.notebook_path(lesson)
    notebook.parent.mkdir(parents=True)
    notebook.write_text("the old one", encoding="utf-8")
    with pytest.raises(build.BuildFailed, match=says):
        build.build(lesson)
    assert notebook.read_text(encoding="utf-8") == "the old one"


def test_a_cell_may_not_store_an_error_even_where_it_is_tagged_to_raise(
    write_lesson: Write,
) -> None:
    lesson = write_lesson("# Bad\n\n```{code-cell} python\n:tags: [raises-exception]\n\n1 / 0\n```")
    with pytest.raises(build.BuildFailed, match="cell 2 ends in ZeroDivisionError"):
        build.build(lesson)


def test_instructor_and_solution_cells_are_in_the_instructor_edition_alone(
    write_lesson: Write,
) -> None:
    lesson = write_lesson()
    student = "\n".join(cell.source for cell in lessons.read(lesson).cells)
    instructor = "\n".join(cell.source for cell in lessons.read(lesson, "instructor").cells)
    assert "Say it slowly." not in student
    assert "secret" not in student
    assert "Say it slowly." in instructor
    assert "secret" in instructor


def test_the_instructor_edition_has_a_tested_solution_after_each_check(
    write_lesson: Write,
) -> None:
    asked = '```{code-cell} python\ndef f(x, y):\n    return ...\n\n\ncheck("pixel-1", f)\n```\n'
    lesson = write_lesson(f"# Ask\n\n{asked}\nGo on.\n")
    assert "solution" not in str(lessons.read(lesson).cells)
    heading, question, answer, rest = build.unrun(lesson, "instructor").cells
    assert (heading.source, rest.source) == ("# Ask", "Go on.")
    assert answer.metadata.tags == ["solution"]
    assert answer.id == f"{question.id}-1"
    assert answer.source.startswith("# A solution of pixel-1.\ndef ")
    assert answer.source.splitlines()[-1].startswith('check("pixel-1", ')
    assert build.unrun(lesson, "student").cells[1].id == question.id


def test_ids_stay_when_another_cell_changes_and_are_unique_for_equal_cells(
    write_lesson: Write,
) -> None:
    two = "# A\n\n```{code-cell} python\n1\n```\n\n```{code-cell} python\n1\n```\n"
    before = [cell.id for cell in lessons.read(write_lesson(two)).cells]
    after = [cell.id for cell in lessons.read(write_lesson(two.replace("# A", "# B"))).cells]
    assert len(set(before)) == 3
    assert before[0] != after[0]
    assert before[1:] == after[1:]


def test_a_notebook_in_step_has_no_differences(built: tuple[Path, Path]) -> None:
    assert lessons.differences(*built) == []


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda nb: nb["cells"][1].update(source="import re"), "cell 2 is not the lesson's"),
        (lambda nb: nb["cells"].pop(), "has 4 cells, its lesson 5"),
        (lambda nb: nb["cells"].pop(0), "cell 1 is not the lesson's: # Small"),
        (lambda nb: nb["cells"][3].update(execution_count=None), "code cell 2 was not run"),
        (lambda nb: nb["cells"][3].update(execution_count=7), "code cell 2 was not run in order"),
        (lambda nb: nb["cells"][1].update(metadata={}), "cell 2 is not the lesson's"),
        (lambda nb: nb["cells"][0].update(id="abc"), "cell 1 is not the lesson's"),
        (lambda nb: nb["metadata"].update(widgets={}), "has other metadata"),
        (lambda nb: nb.pop("cells"), "is no notebook"),
    ],
)
def test_a_notebook_out_of_step_says_where(
    built: tuple[Path, Path], edit: Callable[[dict], object], says: str
) -> None:
    lesson, notebook = built
    change(notebook, edit)
    found = lessons.differences(lesson, notebook)
    assert len(found) == 1
    assert says in found[0]


def test_a_lesson_without_a_notebook_says_so(write_lesson: Write) -> None:
    lesson = write_lesson()
    found = lessons.differences(lesson, lessons.notebook_path(lesson))
    assert found == ["02_small.ipynb has not been built"]


def test_lessons_are_found_by_number_or_name(write_lesson: Write) -> None:
    project = write_lesson().parents[2]
    write_lesson("# Other", "03_other")
    assert [path.stem for path in lessons.find(project)] == ["02_small", "03_other"]
    for word in ("3", "03", "03_other"):
        assert [path.stem for path in lessons.find(project, [word])] == ["03_other"]
    with pytest.raises(ValueError, match="got '7'; there is 02_small, 03_other"):
        lessons.find(project, ["7"])


def test_check_runs_nothing_and_its_status_says_whether_all_are_in_step(
    built: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lesson, notebook = built
    monkeypatch.setattr(lessons, "project_root", lambda: lesson.parents[2])
    assert run(["--check"]) == 0
    assert capsys.readouterr().out == "in step with their lessons: 1 notebooks\n"
    change(notebook, lambda nb: nb["cells"].pop())
    assert run(["--check", "02"]) == 1
    assert "has 4 cells, its lesson 5\nbuild them again: imglab build" in capsys.readouterr().out
    assert run(["--check", "9"]) == 2
    monkeypatch.setattr(lessons, "project_root", lambda: None)
    assert run([]) == 2
    assert "run it in a clone" in capsys.readouterr().err


def test_build_prints_seconds_and_size_and_goes_on_after_a_lesson_that_fails(
    write_lesson: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = write_lesson("# Bad\n\n```{code-cell} python\n1 / 0\n```\n", "01_bad")
    lessons.notebook_path(bad).parent.mkdir(parents=True)
    lessons.notebook_path(bad).write_text("the old one", encoding="utf-8")
    lesson = write_lesson()
    monkeypatch.setattr(lessons, "project_root", lambda: lesson.parents[2])
    assert run([]) == 1
    printed = capsys.readouterr()
    assert "01_bad, cell 2 (1 / 0): ZeroDivisionError: division by zero" in printed.err
    assert printed.out.startswith("02_small: ")
    assert printed.out.endswith(" kB\n")
    assert lessons.notebook_path(bad).read_text(encoding="utf-8") == "the old one"
