"""Pinned downloads: what was changed is never used, what is half there never stays.

Real sockets on 127.0.0.1, files of a few bytes, no other network.
"""

import functools
import hashlib
import http.server
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from imglab import cli, weights
from imglab.weights import FILES, Pinned, PinnedFileError, cache, cache_folder, fetch, network, read

CONTENT = bytes(range(256)) * 16  # 4096 bytes
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """One kind of server behind each path."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        kind = self.path.strip("/").split("/")[0]
        getattr(self, f"answer_{kind}")()

    def log_message(self, *arguments) -> None:
        pass

    def send(self, body: bytes, announced: int | None = None) -> None:
        self.send_response(200)
        if announced is not None:
            self.send_header("Content-Length", str(announced))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def answer_good(self) -> None:
        self.send(CONTENT, len(CONTENT))

    def answer_no_length(self) -> None:
        self.send(CONTENT)

    def answer_changed(self) -> None:
        self.send(CONTENT[:-1] + b"!", len(CONTENT))

    def answer_page(self) -> None:
        self.send(b"<html>log in first</html>", 25)

    def answer_cut(self) -> None:
        self.send(CONTENT[:1000], len(CONTENT))

    def answer_rest(self) -> None:
        """Go on where the other side asks to, as most servers do."""
        self.server.ranges.append(self.headers["Range"])
        begin = int((self.headers["Range"] or "bytes=0-").removeprefix("bytes=").rstrip("-"))
        self.send_response(206 if begin else 200)
        if begin:
            last = len(CONTENT) - 1
            self.send_header("Content-Range", f"bytes {begin}-{last}/{len(CONTENT)}")
        self.send_header("Content-Length", str(len(CONTENT) - begin))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(CONTENT[begin:])
        self.close_connection = True

    def answer_endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(bytes(2**16))
        except OSError:  # the other side has had enough
            self.close_connection = True

    def answer_silent(self) -> None:
        self.server.over.wait(5)
        self.close_connection = True

    def answer_stalled(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT[:1000])
        self.wfile.flush()
        self.server.over.wait(5)
        self.close_connection = True

    def answer_nonsense(self) -> None:
        self.wfile.write(b"this is no \x1b[31mHTTP\r\n\r\n")
        self.close_connection = True

    def answer_missing(self) -> None:
        self.send_error(404)

    def answer_broken(self) -> None:
        self.send_error(503)

    def answer_moved(self) -> None:
        self.send_response(302)
        self.send_header("Location", "/good/elsewhere.bin")
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture(scope="module")
def running() -> Iterator[http.server.ThreadingHTTPServer]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.ranges, server.over = [], [], threading.Event()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.over.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def server(
    running: http.server.ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> http.server.ThreadingHTTPServer:
    """Return the server, with an empty cache in a folder whose name is not ASCII."""
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("IMGLAB_CACHE", str(tmp_path / "кэш"))
    running.asked.clear()
    running.ranges.clear()
    return running


def table(server: http.server.ThreadingHTTPServer, kind: str = "good") -> weights.Table:
    url = f"http://127.0.0.1:{server.server_port}/{kind}/a.bin"
    return {"toy": (Pinned("a.bin", url, DIGEST, len(CONTENT), "made for this test"),)}


def files_in_cache() -> list[str]:
    return [path.name for path in cache_folder().rglob("*") if path.is_file()]


def test_a_fetched_file_has_the_published_bytes_and_lies_alone_in_the_cache(server):
    (path,) = fetch("toy", table=table(server))
    assert path == cache_folder() / "toy" / "a.bin"
    assert path.read_bytes() == CONTENT
    assert files_in_cache() == ["a.bin"]
    assert read("toy", "a.bin", table=table(server)) == CONTENT


@pytest.mark.parametrize("kind", ["no_length", "moved"])
def test_a_missing_length_or_a_redirection_changes_nothing(server, kind):
    fetch("toy", table=table(server, kind))
    assert read("toy", "a.bin", table=table(server)) == CONTENT


def test_what_is_in_the_cache_is_not_fetched_again(server):
    told: list[str] = []
    fetch("toy", table=table(server))
    fetch("toy", table=table(server), tell=told.append)
    assert server.asked == ["/good/a.bin"]
    assert told == ["a.bin is in the cache already, its SHA-256 is right."]


def test_a_name_of_two_files_fetches_only_the_one_that_is_missing(server):
    (one,) = table(server)["toy"]
    other = Pinned("b.bin", one.url.replace("a.bin", "b.bin"), DIGEST, len(CONTENT), "same bytes")
    fetch("toy", table={"toy": (one,)})
    paths = fetch("toy", table={"toy": (one, other)})
    assert [path.name for path in paths] == ["a.bin", "b.bin"]
    assert server.asked == ["/good/a.bin", "/good/b.bin"]


def test_fetching_says_what_comes_how_large_it_is_and_under_which_licence(server):
    told: list[str] = []
    fetch("toy", table=table(server), tell=told.append)
    assert told == [
        "Fetching a.bin (4,096 bytes; made for this test).",
        "a.bin is in the cache, its SHA-256 is right.",
    ]


@pytest.mark.parametrize("change", ["one byte", "longer", "empty"])
def test_a_file_changed_in_the_cache_is_refused_then_replaced(server, change):
    (path,) = fetch("toy", table=table(server))
    bad = {"one byte": b"!" + CONTENT[1:], "longer": CONTENT + b"!", "empty": b""}[change]
    path.write_bytes(bad)
    with pytest.raises(
        PinnedFileError, match=r"not the published ones.*fetch toy' again"
    ) as caught:
        read("toy", "a.bin", table=table(server))
    assert caught.value.code == "changed"
    fetch("toy", table=table(server))
    assert read("toy", "a.bin", table=table(server)) == CONTENT


@pytest.mark.parametrize(
    ("kind", "code", "sentence"),
    [
        ("changed", "wrong-bytes", r"not the published file .*thrown away. Run 'imglab fetch toy'"),
        ("page", "wrong-bytes", "not the published file"),
        ("endless", "wrong-bytes", "not the published file"),
        ("cut", "interrupted", "ended after 1,000 of 4,096 bytes. Run 'imglab fetch toy' again to"),
        ("stalled", "interrupted", "ended after 0 of 4,096 bytes"),  # a chunk is read whole
        ("silent", "unreachable", r"127.0.0.1 cannot be reached \(timed out\). Check the network"),
        ("nonsense", "unreachable", r"cannot be reached \(this is no \?\[31mHTTP"),
        (
            "missing",
            "refused",
            "127.0.0.1 answers 404 Not Found. Run 'imglab fetch toy' again later",
        ),
        ("broken", "refused", "127.0.0.1 answers 503 Service Unavailable"),
    ],
)
def test_a_download_that_fails_says_so_in_one_line_and_leaves_no_file_of_that_name(
    server, monkeypatch, kind, code, sentence
):
    monkeypatch.setattr(network, "TIMEOUT", 0.3)
    with pytest.raises(PinnedFileError, match=sentence) as caught:
        fetch("toy", table=table(server, kind))
    assert caught.value.code == code
    assert "\n" not in str(caught.value)
    assert files_in_cache() == (["a.bin.part"] if kind == "cut" else [])


@pytest.mark.parametrize("second", ["rest", "good"], ids=["goes on", "begins again"])
def test_an_interrupted_download_goes_on_where_it_stopped_if_the_server_can(server, second):
    with pytest.raises(PinnedFileError, match="again to go on"):
        fetch("toy", table=table(server, "cut"))
    (part,) = cache_folder().rglob("*.part")
    assert part.read_bytes() == CONTENT[:1000]
    seen: list[tuple[str, int, int]] = []
    fetch("toy", table=table(server, second), progress=lambda *told: seen.append(told))
    assert read("toy", "a.bin", table=table(server)) == CONTENT
    assert files_in_cache() == ["a.bin"]
    assert server.ranges == (["bytes=1000-"] if second == "rest" else [])
    assert seen == [("a.bin", 4096, 4096)]


def test_a_part_that_is_not_of_this_file_costs_one_try_and_no_more(server):
    path = cache_folder() / "toy" / "a.bin.part"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"another file")
    with pytest.raises(PinnedFileError, match="not the published file") as caught:
        fetch("toy", table=table(server, "rest"))
    assert caught.value.code == "wrong-bytes"
    assert server.ranges == ["bytes=12-"]
    assert files_in_cache() == []
    path.write_bytes(CONTENT + b"longer than the file")  # cannot be a part of it
    fetch("toy", table=table(server, "rest"))
    assert server.ranges == ["bytes=12-", None]
    assert files_in_cache() == ["a.bin"]


def test_a_download_stops_at_the_published_size(server):
    (pinned,) = table(server, "endless")["toy"]
    with pytest.raises(PinnedFileError, match="not the published file"):
        next(network.chunks("toy", pinned))  # the first piece is larger than the whole file


def test_a_closed_port_is_unreachable(server):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))  # bound, but nobody listens
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/a.bin"
        closed = {"toy": (Pinned("a.bin", url, DIGEST, len(CONTENT), ""),)}
        with pytest.raises(PinnedFileError, match=r"127.0.0.1 cannot be reached \(.*refused"):
            fetch("toy", table=closed)
    assert files_in_cache() == []


@pytest.mark.parametrize("kind", ["cut", "changed"])
def test_a_failed_download_keeps_the_file_that_was_there(server, kind):
    (path,) = fetch("toy", table=table(server))
    path.write_bytes(b"changed by the user")
    with pytest.raises(PinnedFileError, match="Run 'imglab fetch toy' again"):
        fetch("toy", table=table(server, kind))
    assert path.read_bytes() == b"changed by the user"  # not lost, and never used


def test_stopping_by_the_keyboard_keeps_what_came_under_another_name(server, monkeypatch):
    def stop(name: str, pinned: Pinned, held: int) -> Iterator[tuple[int, bytes]]:
        yield held, CONTENT[:1000]
        raise KeyboardInterrupt

    monkeypatch.setattr(cache, "chunks", stop)
    with pytest.raises(KeyboardInterrupt):
        fetch("toy", table=table(server))
    assert files_in_cache() == ["a.bin.part"]
    with pytest.raises(PinnedFileError, match="Run 'imglab fetch toy'"):
        read("toy", "a.bin", table=table(server))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk always full")
def test_a_full_disk_says_how_much_is_needed_and_leaves_nothing(server, monkeypatch):
    def on_a_full_disk(prefix: str, suffix: str, dir: Path) -> tuple[int, str]:  # noqa: A002
        part = dir / f"{prefix}{suffix}"
        part.touch()
        return os.open("/dev/full", os.O_WRONLY), str(part)

    monkeypatch.setattr(tempfile, "mkstemp", on_a_full_disk)
    with pytest.raises(PinnedFileError, match=r"disk is full, and it needs 4,096 bytes.*IMGLAB_C"):
        fetch("toy", table=table(server))
    assert files_in_cache() == []


def test_a_cache_that_cannot_be_made_names_the_cure(server, monkeypatch, tmp_path):
    occupied = tmp_path / "a file"
    occupied.touch()
    monkeypatch.setenv("IMGLAB_CACHE", str(occupied))
    with pytest.raises(PinnedFileError, match=r"cannot be written to .*Set IMGLAB_CACHE") as caught:
        fetch("toy", table=table(server))
    assert caught.value.code == "not-writable"
    assert server.asked == []  # before a byte is fetched


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere"
)
def test_a_read_only_cache_names_the_cure(server):
    cache_folder().mkdir()
    cache_folder().chmod(0o500)
    with pytest.raises(PinnedFileError, match=r"cannot be written to .Permission denied"):
        fetch("toy", table=table(server))


def test_a_file_that_is_not_there_names_the_command_that_brings_it(server):
    with pytest.raises(PinnedFileError, match=r"no such file.*Run 'imglab fetch toy'") as caught:
        read("toy", "a.bin", table=table(server))
    assert caught.value.code == "missing"
    assert server.asked == []  # reading never fetches


def test_a_folder_of_the_users_own_is_checked_the_same_way(server, tmp_path):
    (tmp_path / "a.bin").write_bytes(CONTENT)
    assert read("toy", "a.bin", folder=tmp_path, table=table(server)) == CONTENT
    (tmp_path / "a.bin").write_bytes(CONTENT[::-1])
    with pytest.raises(PinnedFileError, match="Copy the published file there again"):
        read("toy", "a.bin", folder=tmp_path, table=table(server))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_in_place_of_a_file_does_not_block(server, tmp_path):
    os.mkfifo(tmp_path / "a.bin")
    with pytest.raises(PinnedFileError, match="there is no such file"):
        read("toy", "a.bin", folder=tmp_path, table=table(server))


def test_unknown_names_list_the_choices(server):
    with pytest.raises(PinnedFileError, match=r"named 'seeds'. Choose: seed resnet50 vit_b32"):
        fetch("seeds")
    with pytest.raises(PinnedFileError, match=r"'toy' has no file 'b.bin'; it has a.bin"):
        read("toy", "b.bin", table=table(server))


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        ("linux", {}, "~/.cache/imglab"),
        ("linux", {"XDG_CACHE_HOME": "~/elsewhere"}, "~/elsewhere/imglab"),
        ("linux", {"XDG_CACHE_HOME": "not/absolute"}, "~/.cache/imglab"),  # as its standard says
        ("darwin", {"XDG_CACHE_HOME": "~/elsewhere"}, "~/Library/Caches/imglab"),
        ("win32", {"LOCALAPPDATA": "~/AppData/Local"}, "~/AppData/Local/imglab"),
        ("win32", {}, "~/AppData/Local/imglab"),
        ("win32", {"IMGLAB_CACHE": "~/mine"}, "~/mine"),
        ("linux", {"IMGLAB_CACHE": "~/mine", "XDG_CACHE_HOME": "~/elsewhere"}, "~/mine"),
    ],
)
def test_the_cache_lies_where_each_system_keeps_caches(platform, environment, expected):
    home = str(Path.home())
    environment = {
        key: value if key == "IMGLAB_CACHE" else value.replace("~", home)
        for key, value in environment.items()
    }
    assert cache._cache_folder(platform, environment) == Path(expected.replace("~", home))


def test_every_listed_file_has_a_whole_digest_and_an_encrypted_address():
    for name, files in FILES.items():
        for one in files:
            assert len(bytes.fromhex(one.sha256)) == 32, name
            assert one.url.startswith("https://")
            assert one.url.endswith(f"/{one.file}")
            assert one.size > 0
            assert one.licence


def test_the_command_prints_one_line_and_the_status_2_when_a_download_fails(
    server, monkeypatch, capsys
):
    monkeypatch.setattr(weights, "fetch", functools.partial(fetch, table=table(server, "cut")))
    monkeypatch.setattr(weights, "look_up", lambda name, files: table(server)[name])
    assert cli.main(["fetch", "toy"]) == 2
    printed = capsys.readouterr()
    assert printed.out == "Fetching a.bin (4,096 bytes; made for this test).\n"
    assert printed.err.count("\n") == 1
    assert "ended after 1,000 of 4,096 bytes" in printed.err


def test_the_command_answers_the_keyboard_in_one_line(server, monkeypatch, capsys):
    def stop(name: str, *, tell: object, progress: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(weights, "fetch", stop)
    assert cli.main(["fetch", "seed"]) == 2
    expected = "Stopped; what came so far is kept, and 'imglab fetch seed' goes on from there.\n"
    assert capsys.readouterr().err == expected


def test_the_command_fetches_several_names_and_refuses_a_slip_before_the_first(monkeypatch, capsys):
    fetched = []
    monkeypatch.setattr(weights, "fetch", lambda name, **_: fetched.append(name))
    assert cli.main(["fetch", "resnet50", "vit_b32", "seeds"]) == 2
    assert fetched == []
    assert "named 'seeds'. Choose: seed resnet50 vit_b32" in capsys.readouterr().err
    assert cli.main(["fetch", "resnet50", "vit_b32", "seed"]) == 0
    assert fetched == ["resnet50", "vit_b32", "seed"]


def test_progress_is_one_line_that_is_written_over(capsys):
    cli.data._progress("a.bin", 1_000_000, 4_000_000)
    cli.data._progress("a.bin", 4_000_000, 4_000_000)
    first, second, end = capsys.readouterr().err.replace("\n", "\r|").split("\r")[1:]
    # 30 * 1 / 4 = 7.5: seven of thirty
    assert first == f"a.bin [{'#' * 7}{'.' * 23}]        1.0 of 4.0 MB"
    assert second == f"a.bin [{'#' * 30}]        4.0 of 4.0 MB"
    assert end == "|"


def test_the_digest_of_resnet_begins_as_its_published_name_does():
    # torchvision writes the first eight digits of the SHA-256 into the name
    (pinned,) = FILES["resnet50"]
    assert pinned.file == f"resnet50-{pinned.sha256[:8]}.pth"


def test_a_file_of_a_package_is_checked_the_same_way(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(CONTENT)
    assert weights.read_checked(path, DIGEST, cure="Install it again") == CONTENT
    path.write_bytes(CONTENT[:-1])
    with pytest.raises(PinnedFileError, match=r"not the published ones .*Install it again"):
        weights.read_checked(path, DIGEST, cure="Install it again")


def test_the_command_fetches_and_lists(server, monkeypatch, capsys):
    monkeypatch.setattr(weights, "fetch", functools.partial(fetch, table=table(server)))
    monkeypatch.setattr(weights, "look_up", lambda name, files: table(server)[name])
    assert cli.main(["fetch", "toy"]) == 0
    assert read("toy", "a.bin", table=table(server)) == CONTENT
    capsys.readouterr()
    assert cli.main(["fetch"]) == 0
    listed = "seed: vermeer.jpg (69,757 bytes), amelie_lens.jpg (321,336 bytes)\n"
    assert capsys.readouterr().out.startswith(listed)


def test_importing_and_reading_open_no_socket():
    code = (
        "import socket, sys\n"
        "def refuse(*_, **__): raise SystemExit('a socket was opened')\n"
        "socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse\n"
        "from imglab import seed, weights\n"
        "try: seed.figures()\n"
        "except weights.PinnedFileError as error: print(error.code)\n"
    )
    environment = {**os.environ, "IMGLAB_CACHE": os.devnull, "IMGLAB_SEED_DIR": ""}
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env=environment,
    )
    assert done.stdout == "missing\n"
