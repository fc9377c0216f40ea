"""Every lesson keeps the rules of lesson_rules.py, alone, with a state, and without one."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import lesson_rules as rules
import nbformat
import pytest
from nbclient import NotebookClient

from imglab.course import build, copies, lessons

ROOT = Path(__file__).resolve().parent.parent
LESSONS = lessons.find(ROOT)
Write = Callable[..., Path]

each_lesson = pytest.mark.parametrize(
    "lesson", LESSONS, ids=[f"{path.parent.name}-{path.stem}" for path in LESSONS]
)
# What depends on the code of a lesson alone, which is the same in every language.
ENGLISH = [path for path in LESSONS if path.parent.name == "en"]
each_code = pytest.mark.parametrize("lesson", ENGLISH, ids=[path.stem for path in ENGLISH])


def stored(lesson: Path) -> dict:
    return json.loads(lessons.notebook_path(lesson).read_text(encoding="utf-8"))


def deep(lesson: Path) -> bool:
    return lessons.read(lesson).metadata["imglab"].get("needs") == "deep"


@each_lesson
def test_the_notebook_is_in_step_with_its_lesson(lesson: Path) -> None:
    assert lessons.differences(lesson, lessons.notebook_path(lesson)) == []


@each_lesson
@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_a_lesson_keeps_the_rule(lesson: Path, rule: Callable[[dict], list[str]]) -> None:
    found = rule(stored(lesson))
    assert not found, "\n".join([f"{lesson.stem}: {rule.__doc__}", *found])


@each_lesson
def test_the_notebook_is_small_enough_to_open_at_once(lesson: Path) -> None:
    assert lessons.notebook_path(lesson).stat().st_size < rules.LARGEST


@each_lesson
def test_every_link_leads_somewhere(lesson: Path) -> None:
    path = lessons.notebook_path(lesson)
    assert rules.broken_links(stored(lesson), path.parent) == []


@each_lesson
def test_no_text_for_students_hides_in_a_cell_for_instructors(lesson: Path) -> None:
    """Without a line ``+++`` after it, an instructor's cell goes on over the next heading."""
    swallowed = [
        rules.first_line(line)
        for cell in lessons.read(lesson, "instructor").cells
        if "instructor" in rules.tags(cell) and cell.cell_type == "markdown"
        for line in cell.source.splitlines()
        if line.startswith("#")
    ]
    assert swallowed == [], "end the instructor's cell with a line +++"


def run_with(notebook: Path, folder: Path, state: Path | None) -> list[dict]:
    """Run a notebook as JupyterLab would, and return its code cells."""
    content = nbformat.read(notebook, as_version=4)
    environment = {key: value for key, value in os.environ.items() if key != "IMGLAB_STATE"}
    if state is not None:
        environment["IMGLAB_STATE"] = str(state)
    client = NotebookClient(
        content,
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        extra_arguments=["--IPKernelApp.log_level=40"],
        store_widget_state=False,
        coalesce_streams=True,
    )
    client.execute(env=environment)
    return [cell for cell in content.cells if cell.cell_type == "code"]


def answered(source: str) -> str:
    """Replace the dots of each prediction by an answer: the first option, or a middle number."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "predict"):
            continue
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        if "options" in given:
            node.args[1] = given["options"].keys[0]
        elif "between" in given:
            low, high = ast.literal_eval(given["between"])
            node.args[1] = ast.Constant((low + high) / 2)
        else:
            node.args[1] = ast.Constant(1)
    return ast.unparse(tree)


def work_through(copy: Path, state: Path) -> list[dict]:
    """Work in a student's copy: every question gets an answer, which is recorded."""
    content = nbformat.read(copy, as_version=4)
    for cell in content.cells:
        if cell.cell_type == "code":
            cell.source = answered(cell.source)
    worked = copy.with_name("worked.ipynb")
    nbformat.write(content, worked)
    return run_with(worked, copy.parent, state)


def said(cells: list[dict]) -> str:
    return "\n".join(rules.text_of(output) for cell in cells for output in cell["outputs"])


def clone(lesson: Path, place: Path) -> Path:
    """Copy one lesson and its notebook into a project of their own; return the lesson."""
    for path in (lesson, lessons.notebook_path(lesson)):
        to = place / path.relative_to(ROOT)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, to)
    return place / lesson.relative_to(ROOT)


def without_pictures(notebook: Path) -> dict:
    """Read a notebook; the bytes of a drawing may change with its fonts, its words may not."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    for cell in rules.code_cells(content):
        for output in cell["outputs"]:
            output.get("data", {}).pop("image/png", None)
    return content


@pytest.mark.slow
@each_code
def test_a_student_works_through_a_copy_and_no_stored_output_knows_of_it(
    lesson: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if deep(lesson):
        pytest.importorskip("torch")
    mine = clone(lesson, tmp_path / "project")
    project, state = mine.parents[2], tmp_path / "state"
    copies.prepare(project)
    copy = copies.own(project, lessons.notebook_path(mine))

    first = work_through(copy, state)
    again = run_with(copy, copy.parent, state)
    for cells in (first, again):
        assert not [
            output
            for cell in cells
            for output in cell["outputs"]
            if output["output_type"] == "error" or output.get("name") == "stderr"
        ]
    claims = rules.claims_of_cells(stored(lesson))
    assert set(rules.HELD.findall(said(first))) == claims
    assert set(rules.HELD.findall(said(again))) == claims

    monkeypatch.setenv("IMGLAB_STATE", str(state))
    monkeypatch.setenv("IMGLAB_SOLUTIONS", "off")
    rebuilt = build.build(mine)
    assert without_pictures(rebuilt) == without_pictures(lessons.notebook_path(lesson))


@pytest.mark.slow
@each_code
def test_in_the_instructor_edition_every_solution_passes_its_check(
    lesson: Path, tmp_path: Path
) -> None:
    if deep(lesson):
        pytest.importorskip("torch")
    notebook = json.loads(
        build.build(clone(lesson, tmp_path / "project"), "instructor").read_bytes()
    )
    asked = re.findall(
        r'^(?:check|bug_hunt)\("([a-z0-9]+-\d+)"', lesson.read_text("utf-8"), re.MULTILINE
    )
    solved = [said([c]) for c in rules.code_cells(notebook) if "solution" in rules.tags(c)]
    assert len(solved) == len(asked) > 0
    for identity, told in zip(asked, solved, strict=True):
        assert re.search(rf"^{identity}: (right|repaired): \w", told, re.MULTILINE), told
    notes = [cell for cell in notebook["cells"] if "instructor" in rules.tags(cell)]
    assert "minutes" in rules.source(notes[0]).lower()


@pytest.mark.slow
@each_code
def test_every_section_runs_after_the_set_up_alone(lesson: Path, tmp_path: Path) -> None:
    if deep(lesson):
        pytest.importorskip("torch")
    notebook = stored(lesson)
    setup = [rules.source(c) for c in rules.code_cells(notebook) if "setup" in rules.tags(c)]
    parts = [
        (section.title, [rules.source(cell) for cell in section.code])
        for section in rules.sections(notebook)
    ]
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps([setup, parts]), encoding="utf-8")
    code = (
        "import json, sys; from IPython.display import display\n"
        "setup, parts = json.load(open(sys.argv[1], encoding='utf-8'))\n"
        "for title, cells in parts:\n"
        "    space = {'__name__': '__main__', 'display': display}\n"
        "    for cell in setup + cells:\n"
        "        try:\n"
        "            exec(compile(cell, title, 'exec'), space)\n"
        "        except Exception as error:\n"
        "            sys.exit(f'[{title}] {cell[:60]!r}: {type(error).__name__}: {error}')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(plan)],
        cwd=tmp_path,
        env=os.environ | {"MPLBACKEND": "agg", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr.splitlines()[-1]


STATEFUL = """\
# Stateful

```{code-cell} python
:tags: [setup]

from imglab.course import claim, predict, predictions_scored, reveal
```

## Ask

```{code-cell} python
predict("small-p1", ..., question="A or B?", options={"A": "this", "B": "that"})
```

```{code-cell} python
claim("small-01", "two is more than one", 2, ">", 1)
reveal("small-p1", "B")
predictions_scored("small")
```
"""


@pytest.fixture(scope="module")
def small(header: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a lesson with one prediction, and return its file."""
    lesson = tmp_path_factory.mktemp("state") / "project" / "lessons" / "en" / "02_small.md"
    lesson.parent.mkdir(parents=True)
    lesson.write_text(header + STATEFUL, encoding="utf-8", newline="\n")
    build.build(lesson)
    return lesson


def test_a_build_beside_a_learner_s_state_is_byte_for_byte_the_build_without(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = lessons.notebook_path(small).read_bytes()
    copies.prepare(small.parents[2])
    copy = copies.own(small.parents[2], lessons.notebook_path(small))
    state = tmp_path / "state"
    cells = work_through(copy, state)
    assert "prediction small-p1 recorded: A" in said(cells)
    assert [path.name for path in state.iterdir()] == ["small.json"]
    monkeypatch.setenv("IMGLAB_STATE", str(state))
    assert build.build(small).read_bytes() == before


def test_nbval_of_a_notebook_is_green_with_a_full_state_in_the_environment(
    small: Path, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    state.mkdir()
    record = {"predictions": {"small-p1": {"answer": "A", "question": "A or B?", "unit": ""}}}
    (state / "small.json").write_text(json.dumps(record), encoding="utf-8")
    options = ["--nbval", "-q", "-c", "pyproject.toml", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(lessons.notebook_path(small))],
        cwd=ROOT,
        env=os.environ | {"IMGLAB_STATE": str(state)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert "3 passed" in done.stdout, done.stdout


# The rules themselves: each sees its fault, and lets a sound lesson pass. -------------------


def markdown(text: str, *names: str) -> dict:
    return {
        "cell_type": "markdown",
        "id": text[:8],
        "metadata": {"tags": list(names)},
        "source": text,
    }


def code(text: str, *names: str, prints: str = "", count: int | None = 1, **data: str) -> dict:
    outputs: list[dict] = []
    if data:
        outputs.append({"output_type": "display_data", "data": data, "metadata": {}})
    if prints:
        outputs.append({"output_type": "stream", "name": "stdout", "text": prints})
    return {
        "cell_type": "code",
        "id": text[:8],
        "metadata": {"tags": list(names)},
        "source": text,
        "outputs": outputs,
        "execution_count": count,
    }


def of(*cells: dict) -> dict:
    return {"cells": list(cells), "metadata": {}}


@pytest.mark.parametrize(
    "text",
    [
        "The error is 12.5 levels.",
        "It is nearer in 90 % of the pairs.",
        "It is nearer in 90 per cent of the pairs.",
        "The shifted copy is farther than the noisy one.",
        "This costs far more of\nthe time than that.",
        "A distance is never negative.",
        "RMSE always grows.",
        "The distance is twice as large.",
        "It is $0.36$ here.",
        "- one thing\n- the error is 12.5 levels",
        "| name | 12.5 |",
        "What is it? It is 12.5 levels.",
    ],
)
def test_a_measured_statement_without_a_claim_or_a_source_is_found(text: str) -> None:
    (fault,) = rules.unproved_prose(of(markdown(f"## Here\n\n{text}")))
    assert fault.startswith("[Here] names no claim and no source for ")


@pytest.mark.parametrize(
    "text",
    [
        "The error is 12.5 levels (`pixel-03`).",
        "The error is 12.5 levels [Wang 2004].",
        "Is the shifted copy farther than the noisy one?",
        "The formula $x = 0.5 y$ has two letters.",
        "$$x = 0.5$$",
        "```\nx = 0.5\n```",
        "### Better than 0.5",
        "Never compare two sizes.",
        "Use one rather than the other.",
        "Run `imglab.x(0.5)` first.",
        "Version 3.11.7 is used.",
        "A plain sentence about 256 pixels.",
    ],
)
def test_a_sentence_that_states_no_measurement_or_names_its_proof_passes(text: str) -> None:
    assert rules.unproved_prose(of(markdown(f"## Here\n\n{text}"))) == []


def test_arithmetic_by_hand_is_proved_by_the_claims_of_its_section() -> None:
    text = markdown("## By hand\n\nThe root of 6.25 is 2.5.")
    assert rules.unproved_prose(of(text, code('claim("a-01", "", 1, "==", 1)'))) == []
    assert len(rules.unproved_prose(of(text))) == 1
    assert len(rules.unproved_prose(of(text, markdown("## Else"), code("claim(1)")))) == 1


def test_claims_are_named_in_the_text_and_held_in_a_cell() -> None:
    held = code("claim()", prints="small-01 holds: a (1 < 2)\nsmall-02 holds: b (1 < 2)\n")
    both = of(held, markdown("See (`small-01`, `small-02`)."))
    other = of(held, markdown("See (`small-01`) and (`small-09`)."))
    ranged = of(held, markdown("See `small-01` to `small-02`."))
    assert rules.claims_without_cell(both) == rules.claims_without_text(both) == []
    assert rules.claims_without_text(ranged) == []
    assert rules.claims_without_cell(other) == ["the text names small-09, no cell holds it"]
    assert rules.claims_without_text(other) == ["small-02 holds in a cell, no text names it"]


def test_a_cited_source_stands_in_the_references() -> None:
    good = of(markdown("As in [Wang 2004].\n\n**References.** [Wang 2004] Z. Wang."))
    assert rules.unlisted_sources(good) == []
    assert len(rules.unlisted_sources(of(markdown("As in [Wang 2004].")))) == 1


def test_a_cell_that_was_not_run_in_order_is_found() -> None:
    assert rules.unrun_cells(of(code("1", count=1), code("2", count=2))) == []
    assert len(rules.unrun_cells(of(code("1", count=None)))) == 1
    assert len(rules.unrun_cells(of(code("1", count=1), code("2", count=1)))) == 1


def test_errors_stderr_and_widgets_are_found() -> None:
    error = {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": []}
    stderr = {"output_type": "stream", "name": "stderr", "text": "old"}
    assert len(rules.forbidden_outputs(of(code("1") | {"outputs": [error, stderr]}))) == 2
    view = {"application/vnd.jupyter.widget-view+json": "{}"}
    assert len(rules.forbidden_outputs(of(code("1", **view)))) == 1
    assert rules.forbidden_outputs(of(code("1", prints="1"))) == []


def test_a_picture_needs_its_sentence() -> None:
    png = {"image/png": "00", "text/plain": "Figure: A cat."}
    good = code("show()", prints="Figure: A cat.\n", **png)
    good["outputs"][0]["metadata"] = {"image/png": {"alt": "A cat."}}
    explorer = code("explorer", **{"image/png": "00", "text/plain": "Explorer(x=1) -> MSE 2"})
    assert rules.pictures_without_words(of(good, explorer)) == []
    assert len(rules.pictures_without_words(of(code("plot()", **png)))) == 1
    assert len(rules.pictures_without_words(of(markdown("![](a.png)")))) == 1
    assert rules.pictures_without_words(of(markdown("![a cat](a.png)"))) == []


def test_the_set_up_is_the_first_code_cell_and_the_only_one() -> None:
    assert rules.setup_faults(of(markdown("# A"), code("1", "setup"), code("2"))) == []
    assert len(rules.setup_faults(of(code("1"), code("2", "setup")))) == 1
    assert len(rules.setup_faults(of(code("1", "setup"), code("2", "setup")))) == 1
    assert len(rules.setup_faults(of(code("1")))) == 1


def test_instructor_cells_are_found() -> None:
    assert len(rules.instructor_cells(of(markdown("a", "instructor"), code("1", "solution")))) == 2


def test_from_scratch_means_numpy_and_at_most_fifteen_lines() -> None:
    setup = code("import numpy as np\nfrom imglab import pixel as p\nimport cv2", "setup")
    good = 'def f(x):\n    """Doc."""\n\n    # why\n' + "    x = np.abs(x)\n" * 13 + "    return x"
    assert rules.scratch_faults(of(setup, code(good, "from-scratch"))) == []
    long = good.replace("return", "x = 1\n    return")
    assert "16 lines" in rules.scratch_faults(of(setup, code(long, "from-scratch")))[0]
    for foreign in ("p.mean(x)", "cv2.norm(x)", "import skimage.metrics", "from scipy import x"):
        assert len(rules.scratch_faults(of(setup, code(foreign, "from-scratch")))) == 1
    assert rules.scratch_faults(of(setup, code("p.mean(x)"))) == []


@pytest.mark.parametrize(
    ("cells", "missing"),
    [
        (["y = np.ones(3)", "print(y)"], []),
        (["print(y)"], ["y"]),
        (["def f():\n    return y", "y = 1"], ["y"]),
        (["def f():\n    return y\ny = 1"], []),
        (["print([a + y for a in range(3)])"], ["y"]),
        (["y = y + 1"], ["y"]),
        (["class A:\n    b = 1\n    c = b"], []),
        (["total = sum(a * b for a, b in zip([1], [2]))"], []),
        (["import os.path", "os.path.join('a', y)"], ["y"]),
    ],
)
def test_a_section_uses_what_the_set_up_or_the_section_defines(
    cells: list[str], missing: list[str]
) -> None:
    notebook = of(
        code("import numpy as np", "setup"),
        markdown("## Before"),
        code("y = 1"),
        markdown("some words\n\n## Here"),
        *map(code, cells),
    )
    found = rules.names_from_elsewhere(notebook)
    assert [fault.split(" uses ")[1].split(",")[0] for fault in found] == missing


def test_the_core_has_a_length_and_ends_at_further() -> None:
    words = " ".join(["word"] * 1500)
    further = markdown(f"more\n\n# Further\n\n{words}") | {"id": "further"}
    assert rules.length_faults(of(markdown(words), further)) == []
    short = rules.length_faults(of(markdown(words.removeprefix("word word ")), further))
    assert short == ["the core has 1499 words, not 1500 to 2500"]  # 1498 and "more"
    assert len(rules.length_faults(of(markdown("few words")))) == 1
    many = [code(str(number)) | {"id": str(number)} for number in range(60)]
    assert rules.length_faults(of(markdown(words), *many, markdown("# Further"))) == [
        "the core has 61 cells, more than 60"
    ]


def test_a_link_to_a_missing_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "03 next.ipynb").write_text("", encoding="utf-8")
    good = of(markdown("[a](03%20next.ipynb#part), [b](https://x.org), [c](#here)"))
    assert rules.broken_links(good, tmp_path) == []
    assert len(rules.broken_links(of(markdown("[a](04.ipynb)")), tmp_path)) == 1
