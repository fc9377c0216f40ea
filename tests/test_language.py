"""Every word of imglab that a learner reads stands in one catalogue per language."""

import ast
import json
import re
import string
from pathlib import Path

import pytest

from imglab import language

ROOT = Path(__file__).resolve().parent.parent
CATALOGUES = sorted((ROOT / "imglab" / "languages").glob("*.json"))
each_catalogue = pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda path: path.stem)


@pytest.fixture(autouse=True)
def english_again():
    yield
    language.use(language.ENGLISH)


def messages() -> set[str]:
    """Collect every literal that the package hands to `tr`."""
    found = set()
    for path in sorted((ROOT / "imglab").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "tr":
                found |= {
                    part.value
                    for part in ast.walk(node.args[0])
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                }
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
