"""Disks that fail: while a picture is read, and while anything of value is written.

Nothing is lost, nothing is left half-written, and one sentence says what happened. A disk that is
full after n bytes is played by the limit that POSIX has for the length of a file.
"""

import contextlib
import errno
import io
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import numpy as np
import pytest

from imglab import report, weights
from imglab.cli import main
from imglab.course import build, copies, lessons, state
from imglab.image import encode_png, load
from imglab.validation import ImageInputError

PIXELS = np.random.default_rng(4).integers(0, 256, (40, 50, 3), dtype=np.uint8)
DATA = encode_png(PIXELS)
PLACES = range(0, len(DATA), len(DATA) // 23)


@contextlib.contextmanager
def full_after(count: int) -> Iterator[None]:
    """Let no file grow beyond so many bytes."""
    resource = pytest.importorskip("resource", reason="this system has no such limit")
    kept = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (count, kept[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, kept)


def sentence(error: BaseException) -> str:
    text = str(error)
    assert "\n" not in text
    assert text.startswith("Cannot ")
    assert text.endswith(".")
    return text


# While reading


class Failing(io.BytesIO):
    """A file whose disk fails once `place` bytes were given."""

    place = 0

    def read(self, size: int | None = -1, /) -> bytes:
        taken = super().read(size)
        if self.tell() > self.place:
            raise OSError(errno.EIO, "Input/output error")
        return taken


@pytest.mark.parametrize("place", PLACES)
def test_a_read_that_fails_at_any_byte_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    path = tmp_path / "cat.png"
    path.write_bytes(DATA)
    opened = []

    def failing(descriptor: int, *_: object, **__: object) -> Failing:
        opened.append(descriptor)
        file = Failing(DATA)
        file.place = place
        return file

    monkeypatch.setattr("imglab.image.reading.os.fdopen", failing)
    with pytest.raises(ImageInputError, match=r"cannot read it \(Input/output error\)") as caught:
        load(path)
    sentence(caught.value)
    with pytest.raises(OSError, match="Bad file descriptor"):  # it was closed all the same
        os.fstat(opened[0])


def between(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Let something happen after a file was looked at and before it is read."""
    real = os.fstat

    def fstat(descriptor: int) -> os.stat_result:
        looked = real(descriptor)
        monkeypatch.setattr("imglab.image.reading.os.fstat", real)
        act()
        return looked

    monkeypatch.setattr("imglab.image.reading.os.fstat", fstat)


@pytest.mark.parametrize("left", [*PLACES][1:])
def test_a_file_cut_between_look_and_read_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    path = tmp_path / "cat.png"
    path.write_bytes(DATA)
    between(monkeypatch, lambda: os.truncate(path, left))
    with pytest.raises(ImageInputError, match="damaged") as caught:
        load(path)
    sentence(caught.value)


def test_a_file_emptied_between_look_and_read_is_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cat.png"
    path.write_bytes(DATA)
    between(monkeypatch, lambda: os.truncate(path, 0))
    with pytest.raises(ImageInputError, match="the file is empty"):
        load(path)


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be removed there")
def test_a_file_that_vanishes_or_is_replaced_while_open_gives_what_was_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for act in (Path.unlink, lambda path: (path.unlink(), path.write_bytes(b"another"))):
        path = tmp_path / "cat.png"
        path.write_bytes(DATA)
        between(monkeypatch, lambda act=act, path=path: act(path))
        np.testing.assert_array_equal(load(path).pixels, PIXELS)


def test_a_file_that_grows_beyond_the_limit_while_it_is_read_is_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cat.png"
    path.write_bytes(DATA)
    between(monkeypatch, lambda: os.truncate(path, 2**26 + 5))
    with pytest.raises(ImageInputError, match="at most 64 are read") as caught:
        load(path)
    assert caught.value.code == "too-many-bytes"


# While writing: what a learner recorded


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Record a first answer, and return its file."""
    monkeypatch.setenv("IMGLAB_STATE", str(tmp_path / "state"))
    monkeypatch.setattr(state, "_told", set())
    state.update("pixel", "predictions", "pixel-p1", "A")
    return tmp_path / "state" / "pixel.json"


@pytest.mark.parametrize("room", [0, 1, 40, 90])
def test_a_full_disk_keeps_the_record_that_was_there(
    recorded: Path, capsys: pytest.CaptureFixture[str], room: int
) -> None:
    before = recorded.read_bytes()
    with full_after(room):
        state.update("pixel", "predictions", "pixel-p2", "B" * 100)
    assert recorded.read_bytes() == before
    assert [path.name for path in recorded.parent.iterdir()] == ["pixel.json"]
    assert capsys.readouterr().out.count("cannot be recorded") == 1
    state.update("pixel", "predictions", "pixel-p2", "B")
    assert state.read("pixel")["predictions"] == {"pixel-p1": "A", "pixel-p2": "B"}


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO])
def test_a_disk_that_fails_at_any_step_keeps_the_record(
    recorded: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    code: int,
) -> None:
    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    before = recorded.read_bytes()
    monkeypatch.setattr(f"imglab.course.state.os.{step}", fail)
    state.update("pixel", "predictions", "pixel-p2", "B")
    assert recorded.read_bytes() == before
    assert [path.name for path in recorded.parent.iterdir()] == ["pixel.json"]
    assert capsys.readouterr().out.count("\n") == 1


# While writing: the copies of the lessons


@pytest.fixture
def project(write_lesson: Callable[..., Path]) -> Path:
    """A project of one lesson with its built notebook, and a student's copy that was worked in."""
    lesson = write_lesson()
    lessons.write_whole(lessons.notebook_path(lesson), nbformat.writes(lessons.read(lesson)))
    project = lesson.parents[2]
    copies.prepare(project)
    mine = project / copies.FOLDER / "en" / "02_small.ipynb"
    mine.write_text(mine.read_text(encoding="utf-8").replace("two", "mine"), encoding="utf-8")
    return project


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("room", [0, 1, 700])
def test_a_full_disk_leaves_the_copies_as_they_were(project: Path, room: int) -> None:
    source = project / "notebooks" / "en" / "02_small.ipynb"
    source.write_text(source.read_text(encoding="utf-8").replace("The end", "An end"), "utf-8")
    before = files(project / copies.FOLDER)
    with full_after(room), pytest.raises(OSError, match="File too large"):
        copies.prepare(project)
    assert files(project / copies.FOLDER) == before
    assert any("lies beside yours" in line for line in copies.prepare(project))
    assert before.items() < files(project / copies.FOLDER).items()


@pytest.mark.parametrize("room", [0, 700])
def test_a_full_disk_during_a_reset_loses_no_copy(project: Path, room: int) -> None:
    mine = (project / copies.FOLDER / "en" / "02_small.ipynb").read_bytes()
    with full_after(room), pytest.raises(OSError, match="File too large"):
        copies.reset(project, ["02"])
    assert list(files(project / copies.FOLDER).values()) == [mine]  # under whichever name
    copies.prepare(project)
    assert mine in files(project / copies.FOLDER).values()


@pytest.mark.parametrize("room", [0, 700])
def test_a_full_disk_leaves_the_built_notebook_and_the_build_says_so(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], room: int
) -> None:
    before = files(project / "notebooks")
    monkeypatch.setattr(build, "execute", lambda notebook, *_: notebook)  # no kernel
    monkeypatch.setattr(lessons, "project_root", lambda: project)
    with full_after(room):
        status = main(["build", "02"])
    assert status == 1
    assert (
        capsys.readouterr().err == "02_small cannot be written (file too large); make room first\n"
    )
    assert files(project / "notebooks") == before


# While writing: the report and the cache


@pytest.mark.parametrize("room", [0, 1, 5000])
def test_a_full_disk_keeps_the_report_that_was_there(tmp_path: Path, room: int) -> None:
    path = tmp_path / "report.html"
    report.write(path, "old")
    with full_after(room), pytest.raises(ValueError, match="Make room") as caught:
        report.write(path, "new" * 10_000)
    sentence(caught.value)
    assert files(tmp_path) == {"report.html": b"old"}


def test_the_command_that_finds_a_full_disk_says_one_line_and_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report.html"
    with full_after(1000):
        status = main(["compare", "camera", "camera", "--report", str(path)])
    told = capsys.readouterr()
    assert status == 2
    assert told.err.count("\n") == 1
    assert "Cannot write 'report.html'" in told.err
    assert files(tmp_path) == {}


def test_a_file_tampered_with_in_the_cache_is_never_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pinned = weights.Pinned("w.bin", "https://example.invalid/w", "0" * 64, 4, "none")
    table = {"w": (pinned,)}
    monkeypatch.setenv("IMGLAB_CACHE", str(tmp_path))
    (tmp_path / "w").mkdir()
    for data in (b"evil", b"", b"evil" * 1000):
        (tmp_path / "w" / "w.bin").write_bytes(data)
        with pytest.raises(weights.PinnedFileError, match="not the published ones") as caught:
            weights.read("w", "w.bin", table=table)
        sentence(caught.value)
        assert caught.value.code == "changed"
    shutil.rmtree(tmp_path / "w")
    with pytest.raises(weights.PinnedFileError, match="there is no such file"):
        weights.read("w", "w.bin", table=table)
