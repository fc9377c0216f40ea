"""What the source never does, and names that try to be more than names."""

import ast
import html
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from imglab import report
from imglab.comparison import compare
from imglab.image import Picture, encode_png, load_bytes
from imglab.image.wording import plain_name
from tests.hostile import NAMES

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("imglab", "training", "benchmarks", ".ci")
HOSTILE = (*NAMES, "../../etc/passwd", "a/b/../c.png", "..\\..\\x.png", "x" * 4000, "")


def sources() -> Iterator[tuple[str, str]]:
    """Yield every module, and every code cell of a lesson, with its place."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "notebooks").rglob("*.ipynb")):
        for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"], 1):
            if cell["cell_type"] == "code":
                yield f"{path.name}, cell {number}", "".join(cell["source"])


TEXTS = (r"0\.0\.0\.0", r"token\s*=\s*(''|\"\"|$)", r"allow_origin", r"^http://")
MODULES = {"pickle", "cPickle", "dill", "joblib", "shelve", "marshal"}
# By the whole name: model.eval() is another function.
CALLS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "tempfile.mktemp"}
# By the last part of the name: OpenCV gets arrays and never a path, Pillow starts no viewer.
METHODS = {"imread", "imdecode", "imwrite", "VideoCapture", "show", "extractall"}
METHODS |= {"load_state_dict_from_url"}
HARMLESS = ("plt.", "plotting.")
ARGUMENTS = {("shell", "True"), ("allow_pickle", "True"), ("weights_only", "False")}


def dangers(source: str) -> list[str]:
    """Name what a source does that it must not."""
    tree = ast.parse(source)
    found = [danger for node in ast.walk(tree) for danger in (*of_import(node), *of_call(node))]
    # What a docstring says of a danger is no danger.
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told
    ]
    return found + [text[:40] for text in texts for wrong in TEXTS if re.search(wrong, text)]


def of_import(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        modules = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        modules = [node.module or ""]
    else:
        return []
    return [f"import {module}" for module in modules if module.split(".")[0] in MODULES]


def of_call(node: ast.AST) -> list[str]:
    if not isinstance(node, ast.Call):
        return []
    name = ast.unparse(node.func)
    words = {(word.arg, ast.unparse(word.value)) for word in node.keywords}
    found = [f"{name}({key}={value})" for key, value in sorted(words & ARGUMENTS)]
    of_method = "." in name and name.rsplit(".", 1)[-1] in METHODS
    if name in CALLS or (of_method and not name.startswith(HARMLESS)):
        found.append(f"{name}()")
    if name == "torch.load" and ("weights_only", "True") not in words:
        found.append("torch.load() without weights_only=True")
    return found


def test_the_source_does_nothing_that_is_forbidden() -> None:
    found = {place: what for place, text in sources() if (what := dangers(text))}
    assert found == {}
    assert sum(1 for _ in sources()) > 200


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("import pickle", 1),
        ("from pickle import loads", 1),
        ("eval('1')", 1),
        ("model.eval()", 0),
        ("re.compile('a')", 0),
        ("exec(code)", 1),
        ("__import__('os')", 1),
        ("os.system('ls')", 1),
        ("cv2.imread(path)", 1),
        ("cv2.imdecode(data, 1)", 1),
        ("im.show()", 1),
        ("Image.open(f).show()", 1),
        ("show(figure)", 0),
        ("plt.show()", 0),
        ("subprocess.run('ls', shell=True)", 1),
        ("np.load(path, allow_pickle=True)", 1),
        ("torch.load(path)", 1),
        ("torch.load(path, weights_only=False)", 2),
        ("torch.load(path, weights_only=True)", 0),
        ("torch.hub.load_state_dict_from_url(u)", 1),
        ("words = ['--ServerApp.token=']", 1),
        ("words = [\"--IdentityProvider.token=''\"]", 1),
        ("words = ['--token=abc']", 0),
        ("host = '0.0.0.0'", 1),
        ("url = 'http://example.org'", 1),
        ("'''Nothing listens on 0.0.0.0.'''", 0),
        ("ServerApp(allow_origin='*')", 0),
        ("words = ['--ServerApp.allow_origin=*']", 1),
    ],
)
def test_the_rule_sees_each_kind_and_nothing_else(source: str, count: int) -> None:
    assert len(dangers(source)) == count


# Names


class Tags(HTMLParser):
    """The tags of a page, and their attributes that could run or load something."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.active: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.active += [
            name
            for name, value in attrs
            if name.startswith("on")
            or (name in ("src", "href") and not (value or "").startswith("data:"))
        ]


def tags_of(text: str) -> Tags:
    tags = Tags()
    tags.feed(text)
    return tags


PIXELS = np.random.default_rng(8).integers(0, 256, (24, 20, 3), dtype=np.uint8)


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: ascii(name)[:30])
def test_a_hostile_name_is_text_wherever_it_is_shown(name: str) -> None:
    evil = load_bytes(name, encode_png(PIXELS))
    noted = Picture(evil.pixels, evil.name, (f"note of {evil.name}",))
    table = compare(evil, noted, metrics=["mean_squared_error", "ssim"])
    known = tags_of(compare("camera", "hopper", metrics=["ssim"])._repr_html_()).tags
    for shown in (repr(evil), repr(noted), str(table), table.to_json()):
        assert shown.replace("\n", "").replace("\u200d", "").isprintable()
    assert json.loads(table.to_json())["pictures"][0]["name"] == evil.name
    in_notebook, in_report = tags_of(table._repr_html_()), tags_of(report.page(table, evil, noted))
    assert in_notebook.tags <= known | {"br"}
    assert in_notebook.active == []
    assert "script" not in in_report.tags
    assert in_report.active == []
    assert html.escape(evil.name) in table._repr_html_()


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: ascii(name)[:30])
def test_a_shown_name_has_no_folder_and_no_control_characters(name: str) -> None:
    shown = plain_name(name)
    assert len(shown) <= 60
    assert not {"/", "\\", "\n", "\x1b", "\u202e", "\u2028"} & set(shown)


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: ascii(name)[:30])
def test_bytes_of_any_name_write_no_file(name: str, tmp_path: Path, monkeypatch) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    load_bytes(name, encode_png(PIXELS))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_report_is_written_where_it_was_told_and_nowhere_else(tmp_path: Path) -> None:
    inner = tmp_path / "reports"
    inner.mkdir()
    evil = load_bytes("../../evil.html", encode_png(PIXELS))
    page = report.page(compare(evil, evil, metrics=["ssim"]), evil, evil)
    report.write(inner / "report.html", page)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [inner / "report.html"]


def test_security_md_says_what_is_promised_and_how_to_report() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    for heading in ("## Promised", "## Not promised", "## Report a fault"):
        assert heading in text
    for figure in ("64 MiB", "64 megapixels", "30,000", "1,000,000", "100 scans"):
        assert figure in text
