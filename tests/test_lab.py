"""The student's copies: theirs, whatever happens to the lesson or to the program."""

import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path

import pytest

from imglab import language
from imglab.course import copies, lab, lessons

Write = Callable[..., Path]


def put(project: Path, text: str, name: str = "02_small", language: str = "en") -> None:
    """Write a lesson and a built notebook with one text, one run cell and its output."""
    source = project / "lessons" / language / f"{name}.md"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(text, encoding="utf-8")
    notebook = {
        "cells": [
            {"cell_type": "markdown", "id": "a", "metadata": {}, "source": [text]},
            {
                "cell_type": "code",
                "id": "b",
                "metadata": {"tags": ["setup"], "trusted": True},
                "execution_count": 1,
                "outputs": [{"output_type": "stream", "name": "stdout", "text": ["42\n"]}],
                "source": ["print(42)"],
            },
        ],
        "metadata": {"imglab": {"generated": "do not edit"}, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path = project / "notebooks" / language / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook), encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with one built lesson, in a folder with a name that is not ASCII."""
    root = tmp_path / "Мои документы"
    put(root, "first")
    return root


def mine(project: Path, name: str = "02_small.ipynb") -> Path:
    return project / "my-lessons" / "en" / name


def names(project: Path) -> list[str]:
    return sorted(path.name for path in (project / "my-lessons" / "en").iterdir())


def edit(path: Path, text: str) -> bytes:
    """Change the first cell, as a student who types and saves; return the file."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"][0]["source"] = text
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path.read_bytes()


def text_of(path: Path) -> str:
    return "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])


def test_a_copy_has_no_outputs_no_counts_and_no_note_that_forbids_editing(project: Path) -> None:
    assert lab.prepare(project) == ["02_small.ipynb copied to my-lessons: yours to change"]
    notebook = json.loads(mine(project).read_text(encoding="utf-8"))
    code = notebook["cells"][1]
    assert code["outputs"] == []
    assert code["execution_count"] is None
    assert code["metadata"] == {"tags": ["setup"]}
    assert sorted(notebook["metadata"]["imglab"]) == ["lesson", "version"]


def test_a_second_start_says_and_changes_nothing(project: Path) -> None:
    lab.prepare(project)
    before = mine(project).read_bytes()
    assert lab.prepare(project) == []
    assert mine(project).read_bytes() == before
    assert names(project) == ["02_small.ipynb"]


def test_an_edited_and_saved_copy_survives_a_restart_and_an_update(project: Path) -> None:
    lab.prepare(project)
    saved = edit(mine(project), "my own words")
    assert lab.prepare(project) == []
    put(project, "second")
    told = lab.prepare(project)
    assert told == [
        "02_small.ipynb has changed: the new one lies beside yours as 02_small.new.ipynb"
    ]
    assert mine(project).read_bytes() == saved
    assert text_of(mine(project, "02_small.new.ipynb")) == "second"
    assert lab.prepare(project) == []  # it has arrived once


def test_a_copy_is_not_overwritten_even_where_it_was_never_touched(project: Path) -> None:
    lab.prepare(project)
    put(project, "second")
    lab.prepare(project)
    assert text_of(mine(project)) == "first"


def test_a_second_update_refreshes_an_arrival_that_nobody_touched(project: Path) -> None:
    lab.prepare(project)
    for text in ("second", "third"):
        put(project, text)
        lab.prepare(project)
    assert names(project) == ["02_small.ipynb", "02_small.new.ipynb"]
    assert text_of(mine(project, "02_small.new.ipynb")) == "third"


@pytest.mark.parametrize("change", ["text", "outputs"])
def test_a_second_update_leaves_an_arrival_that_was_worked_in(project: Path, change: str) -> None:
    lab.prepare(project)
    put(project, "second")
    lab.prepare(project)
    arrived = mine(project, "02_small.new.ipynb")
    if change == "text":
        edit(arrived, "worked here too")
    else:
        notebook = json.loads(arrived.read_text(encoding="utf-8"))
        notebook["cells"][1]["outputs"] = [{"output_type": "stream", "text": "42"}]
        arrived.write_text(json.dumps(notebook), encoding="utf-8")
    saved = arrived.read_bytes()
    put(project, "third")
    assert lab.prepare(project)[0].endswith("as 02_small.new-2.ipynb")
    assert arrived.read_bytes() == saved
    assert text_of(mine(project, "02_small.new-2.ipynb")) == "third"
    assert lab.prepare(project) == []


def test_a_student_who_takes_the_new_copy_as_their_own_is_not_told_again(project: Path) -> None:
    lab.prepare(project)
    put(project, "second")
    lab.prepare(project)
    mine(project, "02_small.new.ipynb").replace(mine(project))
    edit(mine(project), "going on in the new one")
    assert lab.prepare(project) == []


def test_a_damaged_copy_is_left_as_it_is_and_a_good_one_arrives(project: Path) -> None:
    lab.prepare(project)
    mine(project).write_bytes(b"\xff{half a no")
    assert len(lab.prepare(project)) == 1
    assert mine(project).read_bytes() == b"\xff{half a no"
    assert text_of(mine(project, "02_small.new.ipynb")) == "first"
    assert lab.prepare(project) == []


def test_a_rebuild_that_changes_outputs_alone_is_no_update(project: Path) -> None:
    lab.prepare(project)
    path = project / "notebooks" / "en" / "02_small.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("42\\n", "43\\n"), encoding="utf-8")
    assert lab.prepare(project) == []


def test_reset_gives_a_fresh_copy_and_keeps_every_old_one(project: Path) -> None:
    lab.prepare(project)
    saved = [edit(mine(project), "one")]
    first = lab.reset(project, ["2"])
    saved.append(edit(mine(project), "two"))
    second = lab.reset(project, ["02_small"])
    kept = sorted(set(names(project)) - {"02_small.ipynb"}, key=len)
    assert text_of(mine(project)) == "first"
    assert [mine(project, name).read_bytes() for name in kept] == saved
    assert re.fullmatch(r"02_small\.\d{4}-\d\d-\d\d\.ipynb", kept[0])
    assert first == [f"02_small.ipynb begins anew; your copy is kept as {kept[0]}"]
    assert second == [f"02_small.ipynb begins anew; your copy is kept as {kept[1]}"]


def test_reset_takes_away_an_arrival_only_where_nobody_worked_in_it(project: Path) -> None:
    lab.prepare(project)
    put(project, "second")
    lab.prepare(project)
    edit(mine(project, "02_small.new.ipynb"), "worked here too")
    put(project, "third")
    lab.prepare(project)
    lab.reset(project, ["02"])
    assert "02_small.new.ipynb" in names(project)
    assert "02_small.new-2.ipynb" not in names(project)
    assert text_of(mine(project)) == "third"


def test_reset_of_an_unknown_lesson_touches_nothing(project: Path) -> None:
    lab.prepare(project)
    with pytest.raises(ValueError, match="got '9'; there is 02_small"):
        lab.reset(project, ["02", "9"])
    assert names(project) == ["02_small.ipynb"]


def run(arguments: list[str]) -> int:
    parser = ArgumentParser()
    lab.add_arguments(parser)
    return lab.run(parser.parse_args(arguments))


@pytest.fixture
def started(project: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Collect the commands that would start JupyterLab, on an idle machine."""
    commands: list[list[str]] = []
    monkeypatch.setattr(lessons, "project_root", lambda: project)
    monkeypatch.setattr(lab, "_is_free", lambda _: True)
    monkeypatch.setattr(webbrowser, "get", lambda: webbrowser.BackgroundBrowser("firefox"))
    monkeypatch.setattr(lab, "_serve", lambda _, words: commands.append(words) or 0)
    return commands


def test_jupyterlab_starts_on_the_first_copy_with_its_own_address_and_token(
    project: Path, started: list[list[str]]
) -> None:
    put(project, "zeroth", "00_begin")
    assert run([]) == 0
    (words,) = started
    assert words[:3] == [sys.executable, "-m", "jupyterlab"]
    assert f"--ServerApp.root_dir={project / 'my-lessons'}" in words
    assert "--LabApp.default_url=/lab/tree/en/00_begin.ipynb" in words
    assert "--LabApp.news_url=None" in words
    assert "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate" in words
    assert not [word for word in words if re.search(r"token|password|origin|\.ip=|port", word)]
    assert "--no-browser" not in words


def test_a_language_opens_its_first_lesson_and_speaks_of_it(
    project: Path, started: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    put(project, "по-русски", "02_small", "ru")
    try:
        assert run(["--lang", "ru"]) == 0
    finally:
        language.use("en")
    assert "--LabApp.default_url=/lab/tree/ru/02_small.ipynb" in started[0]
    printed = capsys.readouterr().out
    assert "ваши копии лежат в my-lessons; Ctrl-C завершает; в следующий раз: uv run" in printed
    assert printed.rstrip().endswith("imglab lab --lang ru")


def test_a_language_without_lessons_opens_the_first_there_is(
    project: Path, started: list[list[str]]
) -> None:
    try:
        assert run(["--lang", "ru"]) == 0
    finally:
        language.use("en")
    assert "--LabApp.default_url=/lab/tree/en/02_small.ipynb" in started[0]


def raising(error: Exception) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise error

    return fail


def text_browser() -> webbrowser.GenericBrowser:
    return webbrowser.GenericBrowser("lynx")


def full_disk(_: object) -> object:
    return shutil._ntuple_diskusage(9, 8, 1)


CHANGES = {
    "": [],
    "no browser": [(webbrowser, "get", raising(webbrowser.Error("none")))],
    "text browser": [(webbrowser, "get", text_browser)],
    "busy": [(lab, "_is_free", lambda _: False)],
    "full disk": [(shutil, "disk_usage", full_disk)],
    "no jupyterlab": [(importlib.util, "find_spec", lambda _: None)],
    "no notebooks": [(copies, "given", lambda _: [])],
    "no project": [(lessons, "project_root", lambda: None)],
    "read-only": [(copies, "_write", raising(OSError(28, "no room")))],
}


@pytest.mark.parametrize(
    ("arguments", "change", "says", "status"),
    [
        (["--no-browser"], "", "open one of the addresses below in a browser", 0),
        ([], "no browser", "no browser was found; open one of the addresses below", 0),
        ([], "text browser", "no browser was found; open one of the addresses below", 0),
        ([], "busy", "port 8888 is in use; JupyterLab takes the next free one", 0),
        (["--port", "9123"], "busy", "port 9123 is in use; leave --port out", 2),
        (["--port", "99999"], "", "between 1 and 65535, got 99999", 2),
        ([], "full disk", "under 2 GB of disk are free", 0),
        ([], "no jupyterlab", "JupyterLab is not installed; install it with", 2),
        ([], "no notebooks", "no notebook has been built yet; run imglab build", 2),
        ([], "no project", "not part of an installed package; run imglab lab in a clone", 2),
        ([], "read-only", "my-lessons cannot be written (no room); free it first", 2),
        (["--reset", "02"], "", "02_small.ipynb begins anew", 0),
        (["--reset", "7"], "", "got '7'; there is 02_small", 2),
    ],
)
def test_what_hinders_a_start_gets_one_sentence(
    arguments: list[str],
    change: str,
    says: str,
    status: int,
    project: Path,
    started: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for where, name, replacement in CHANGES[change]:
        monkeypatch.setattr(where, name, replacement)
    assert run(arguments) == status
    printed = capsys.readouterr()
    lines = (printed.err if status else printed.out).splitlines()
    assert len([line for line in lines if says in line]) == 1
    assert len(started) == (0 if status or "--reset" in arguments else 1)
    if status:
        assert len(printed.err.splitlines()) == 1
    if change.endswith("browser"):
        assert "--no-browser" in started[0]


def test_a_port_is_busy_while_somebody_listens_and_free_after() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert not lab._is_free(port)
    assert lab._is_free(port)


def test_the_next_start_is_as_light_as_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert lab._next_time() == "next time: uv run --no-dev imglab lab"
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: "torch")
    assert lab._next_time() == "next time: uv run imglab lab"


def get(address: str) -> bytes:
    """Ask a server that may have printed its address a moment before it listens."""
    for _ in range(100):
        try:
            with urllib.request.urlopen(address, timeout=30) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            with error:
                raise
        except urllib.error.URLError:
            time.sleep(0.1)
    pytest.fail("JupyterLab did not answer")


def data_after_saving(address: str) -> list[str]:
    """Save a notebook whose one output holds a live widget and its picture; return what is kept."""
    model = json.loads(get(address))
    data = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "image/png": "AA=="}
    output = {"output_type": "display_data", "metadata": {}, "data": data}
    model["content"]["cells"][1]["outputs"] = [output]
    body = json.dumps({"type": "notebook", "content": model["content"]}).encode()
    with urllib.request.urlopen(urllib.request.Request(address, body, method="PUT"), timeout=30):
        (kept,) = json.loads(get(address))["content"]["cells"][1]["outputs"]
    return sorted(kept["data"])


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a POSIX signal")
def test_a_real_jupyterlab_serves_the_copy_with_a_token_and_ends_at_ctrl_c(
    project: Path, tmp_path: Path
) -> None:
    code = (
        "import sys; from argparse import ArgumentParser; from pathlib import Path; "
        "from imglab.course import lab, lessons; "
        "lessons.project_root = lambda: Path(sys.argv[1]); "
        "parser = ArgumentParser(); lab.add_arguments(parser); "
        "sys.exit(lab.run(parser.parse_args(['--no-browser'])))"
    )
    folders = {
        f"JUPYTER_{what}_DIR": str(tmp_path / what) for what in ("CONFIG", "DATA", "RUNTIME")
    }
    terminal, keyboard = os.openpty()  # Jupyter asks "Shut down?" where somebody could answer
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(project)],
        stdin=keyboard,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        env=os.environ | folders,
        start_new_session=True,  # a process group, as a terminal makes one
    )
    try:
        printed, address = "", None
        while address is None:
            line = process.stdout.readline()
            assert line, f"JupyterLab did not start: {printed}"
            printed += line
            address = re.search(
                r"(http://127\.0\.0\.1:\d+)(/lab/tree/en/02_small\S*)\?(token=\w+)", line
            )
        base, _, token = address.groups()
        content = json.loads(get(f"{base}/api/contents/en?{token}"))["content"]
        assert [entry["name"] for entry in content] == ["02_small.ipynb"]
        with pytest.raises(urllib.error.HTTPError, match="403"):
            get(f"{base}/api/contents/en")
        assert data_after_saving(f"{base}/api/contents/en/02_small.ipynb?{token}") == ["image/png"]
        assert json.loads(get(f"{base}/lab/api/news?{token}")) == {"news": []}
        os.killpg(process.pid, signal.SIGINT)
        rest, _ = process.communicate(timeout=30)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        process.stdout.close()
        os.close(terminal)
        os.close(keyboard)
    assert process.returncode == 0
    assert rest.splitlines()[-1] == "JupyterLab has ended; your work is in my-lessons"
    assert "Traceback" not in rest
    assert "Warning" not in printed + rest
