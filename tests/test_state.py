"""What is recorded survives; what cannot be recorded costs one sentence."""

import json
import os

import pytest

from imglab.course import state


@pytest.fixture
def folder(tmp_path, monkeypatch):
    place = tmp_path / "work" / ".state"
    monkeypatch.setenv("IMGLAB_STATE", str(place))
    monkeypatch.setattr(state, "_told", set())
    return place


def test_nothing_is_read_or_written_without_the_variable(tmp_path, monkeypatch):
    monkeypatch.delenv("IMGLAB_STATE", raising=False)
    monkeypatch.chdir(tmp_path)
    state.update("pixel", "solved", "pixel-1", value=True)
    assert state.folder() is None
    assert state.read("pixel") == {}
    assert list(tmp_path.iterdir()) == []


def test_an_update_keeps_everything_else(folder):
    state.update("pixel", "solved", "pixel-1", value=True)
    state.update("pixel", "predictions", "pixel-p1", {"answer": "B"})
    state.update("pixel", "predictions", "pixel-p2", {"answer": 2.5})
    state.update("ssim", "solved", "ssim-1", value=True)
    assert state.read("pixel") == {
        "solved": {"pixel-1": True},
        "predictions": {"pixel-p1": {"answer": "B"}, "pixel-p2": {"answer": 2.5}},
    }


def test_the_file_is_utf8_with_unix_ends_and_no_temporary_file_stays(folder):
    state.update("pixel", "predictions", "pixel-p1", {"answer": "портрет"})
    assert [path.name for path in folder.iterdir()] == ["pixel.json"]
    content = (folder / "pixel.json").read_bytes()
    assert "портрет".encode() in content
    assert content.endswith(b"}\n")
    assert b"\r" not in content


@pytest.mark.parametrize(
    "damage",
    [b'{"solved": {"pix', b"\xff\xfe\x00", b"", b"[1, 2]", b'{"solved": 3}', b"[" * 100_000],
    ids=["cut", "not UTF-8", "empty", "a list", "no section", "nested too deep"],
)
def test_a_damaged_file_is_set_aside_with_one_sentence_and_never_lost(folder, capsys, damage):
    folder.mkdir(parents=True)
    (folder / "pixel.json").write_bytes(damage)
    assert state.read("pixel") == {}
    assert capsys.readouterr().out == (
        "pixel.json was damaged; it is kept as pixel.json.damaged, and a new record was begun\n"
    )
    state.update("pixel", "solved", "pixel-1", value=True)
    assert (folder / "pixel.json.damaged").read_bytes() == damage
    assert state.read("pixel") == {"solved": {"pixel-1": True}}


def test_a_second_damaged_file_does_not_replace_the_first(folder):
    folder.mkdir(parents=True)
    for damage in (b"one", b"two", b"three"):
        (folder / "pixel.json").write_bytes(damage)
        state.read("pixel")
    kept = sorted(path.read_bytes() for path in folder.glob("pixel.json.damaged*"))
    assert kept == [b"one", b"three", b"two"]


def test_a_failed_replacement_leaves_the_old_file_and_says_so_once(folder, capsys, monkeypatch):
    state.update("pixel", "solved", "pixel-1", value=True)

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", refuse)
    state.update("pixel", "solved", "pixel-2", value=True)
    state.update("pixel", "solved", "pixel-3", value=True)
    assert capsys.readouterr().out == (
        "your work cannot be recorded (permission denied); it counts until you restart\n"
    )
    assert json.loads((folder / "pixel.json").read_text()) == {"solved": {"pixel-1": True}}
    assert [path.name for path in folder.iterdir()] == ["pixel.json"]


def test_a_folder_that_cannot_be_made_costs_one_sentence(tmp_path, capsys, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("IMGLAB_STATE", str(tmp_path / "file" / "state"))
    monkeypatch.setattr(state, "_told", set())
    state.update("pixel", "solved", "pixel-1", value=True)
    assert capsys.readouterr().out.count("\n") <= 2
    assert (tmp_path / "file").read_text() == "in the way"


def test_a_record_that_is_a_folder_is_left_alone(folder, capsys):
    (folder / "pixel.json").mkdir(parents=True)
    assert state.read("pixel") == {}
    assert capsys.readouterr().out.startswith("what was recorded in pixel.json cannot be read (")
    assert (folder / "pixel.json").is_dir()


@pytest.mark.parametrize("name", ["../pixel", "", "pixel/1", "C:pixel"])
def test_a_lesson_cannot_name_a_place_outside_the_folder(folder, name):
    with pytest.raises(ValueError, match="lesson must be the name of a lesson, got"):
        state.update(name, "solved", "x", value=True)
