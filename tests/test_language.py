"""Every word of imglab that a learner reads stands in one catalogue per language."""

import ast
import json
import re
import string
from pathlib import Path
from typing import get_args

import pytest

from imglab import language
from imglab.calibration import BUNDLED
from imglab.catalogue import METRICS
from imglab.course import lessons
from imglab.course.exercises import every_exercise
from imglab.verdict import Answer

ROOT = Path(__file__).resolve().parent.parent
CATALOGUES = sorted((ROOT / "imglab" / "languages").glob("*.json"))
TRANSLATED = sorted(
    p for p in (ROOT / "lessons").glob("*/*.md") if p.parent.name in language.languages()[1:]
)
each_catalogue = pytest.mark.parametrize(
    "catalogue", CATALOGUES, ids=[path.stem for path in CATALOGUES]
)
each_translation = pytest.mark.parametrize(
    "lesson", TRANSLATED, ids=[f"{path.parent.name}-{path.stem}" for path in TRANSLATED]
)


@pytest.fixture(autouse=True)
def english_again():
    yield
    language.use(language.ENGLISH)


def messages() -> set[str]:
    """Collect every literal that the package hands to `tr`, or to `later` for another to say."""
    found = set()
    for path in sorted((ROOT / "imglab").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") in ("tr", "later")
                and isinstance(node.args[0], ast.Constant)
            ):
                found.add(node.args[0].value)
    return found


def holes(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)


def test_the_messages_of_the_package_are_found() -> None:
    assert {"holds", "it gave {got}", "Figure: {sentence}"} <= messages()


@each_catalogue
def test_no_message_is_missing_and_none_is_stale(catalogue: Path) -> None:
    parts = json.loads(catalogue.read_text(encoding="utf-8"))
    assert set(parts["imglab"]) == messages()


@each_catalogue
def test_a_translation_has_the_holes_of_its_message(catalogue: Path) -> None:
    parts = json.loads(catalogue.read_text(encoding="utf-8"))
    for text, said in parts["imglab"].items():
        assert holes(said) == holes(text), text


def use_words(monkeypatch, words: dict[str, str]) -> None:
    monkeypatch.setattr(language, "_catalogue", lambda name: words)
    monkeypatch.setattr(language, "languages", lambda: ("en", "xx"))
    language.use("xx")


def test_a_text_is_said_in_the_language_in_use(monkeypatch) -> None:
    use_words(monkeypatch, {"holds": "tient", "{n} of {m}": "de {m}, {n}"})
    assert language.tr("holds") == "tient"
    assert language.tr("{n} of {m}", n=2, m=3) == "de 3, 2"
    assert language.tr("a set {1, 2}") == "a set {1, 2}"  # braces are text without values


def test_a_label_keeps_its_number_and_its_lines(monkeypatch) -> None:
    use_words(monkeypatch, {"noisy": "bruyant", "MSE": "EQM", "at 256": "a 256"})
    assert language.label("noisy\nMSE 12.5") == "bruyant\nEQM 12.5"
    assert language.label("at 256") == "a 256"
    assert language.label("3.0") == "3.0"


def test_a_build_stops_at_a_missing_translation_and_a_learner_gets_english(monkeypatch) -> None:
    use_words(monkeypatch, {})
    assert language.tr("holds") == "holds"
    monkeypatch.setenv("IMGLAB_BUILD", "1")
    with pytest.raises(ValueError, match=re.escape("got none for 'holds'; add it to")):
        language.tr("holds")


def test_the_folder_of_a_lesson_names_its_language() -> None:
    assert language.of_folder(Path("my-lessons/en")) == "en"
    assert language.of_folder(Path("somewhere")) == "en"
    for name in language.languages():
        assert language.of_folder(Path("lessons") / name) == name


def test_an_unknown_language_is_refused_by_a_sentence() -> None:
    with pytest.raises(ValueError, match=r"^language must be one of en.*, got 'xx'; choose"):
        language.use("xx")


def english(lesson: Path) -> Path:
    return lesson.parents[1] / language.ENGLISH / lesson.name


def words_of(lesson: Path) -> dict[str, dict[str, str]]:
    catalogue = ROOT / "imglab" / "languages" / f"{lesson.parent.name}.json"
    return json.loads(catalogue.read_text(encoding="utf-8"))


def short_name(lesson: Path) -> str:
    """Return what claims and exercises of a lesson begin with."""
    return re.search(r'claims_held\("(\w+)"\)', lesson.read_text(encoding="utf-8"))[1]


@each_translation
def test_a_translated_lesson_has_the_very_code_of_the_english_one(lesson: Path) -> None:
    ours, theirs = (
        [
            (cell.source, {tag for tag in cell.metadata.get("tags", []) if "slide" not in tag})
            for cell in lessons.read(path).cells
            if cell.cell_type == "code"
        ]
        for path in (lesson, english(lesson))
    )
    assert ours == theirs


@each_translation
def test_every_hint_and_input_of_its_exercises_is_translated(lesson: Path) -> None:
    exercises = every_exercise(short_name(lesson))
    asked = {label for one in exercises for label, _ in one.cases}
    asked |= {hint for one in exercises for _, hint in one.misconceptions}
    assert exercises
    assert asked <= set(words_of(lesson)["exercises"])


@each_catalogue
def test_no_hint_or_input_is_stale(catalogue: Path) -> None:
    parts = json.loads(catalogue.read_text(encoding="utf-8"))
    asked = set()
    for lesson in TRANSLATED:
        if lesson.parent.name == catalogue.stem:
            for one in every_exercise(short_name(lesson)):
                asked |= {label for label, _ in one.cases}
                asked |= {hint for _, hint in one.misconceptions}
    assert set(parts["exercises"]) == asked


@each_catalogue
def test_the_catalogue_of_metrics_is_translated(catalogue: Path) -> None:
    parts = json.loads(catalogue.read_text(encoding="utf-8"))
    words = {metric.title for metric in METRICS.values()}
    words |= {metric.unit for metric in METRICS.values() if metric.unit}
    words |= {BUNDLED, *get_args(Answer)}
    assert set(parts["catalogue"]) == words


@pytest.mark.slow
@each_translation
def test_a_lesson_asks_for_the_texts_of_its_part_and_no_others(
    lesson: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    parts, asked = words_of(lesson), set()
    monkeypatch.setattr(language, "_said", lambda text: (asked.add(text), text)[1])
    language.use(lesson.parent.name)
    space = {"__name__": "__main__", "display": lambda *shown: None}
    for cell in lessons.read(lesson).cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, lesson.stem, "exec"), space)
    own = parts[short_name(lesson)]
    common = set(parts["imglab"]) | set(parts["exercises"]) | set(parts["catalogue"])
    assert asked - common - set(own) == set()
    assert set(own) - asked == set()
