"""Hand hostile files to the gate and watch: ``python -m tests.fuzz --minutes 5``.

``--count 2000`` tries the files 0 to 1999 of `hostile`, ``--seed 7`` begins with number 7,
``--show 7`` tries that one file and prints what came. Each file is loaded twice in a child
process of its own with 10 seconds of processor time (a minute by the clock) and 1 GiB; a server
that has imported imglab once forks the children. What must hold stands in `judge`.
"""

import argparse
import gc
import hashlib
import json
import os
import select
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import typing
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if typing.TYPE_CHECKING:
    from resource import struct_rusage

if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tests.hostile import Hostile, hostile  # noqa: E402

SECONDS, PATIENCE, MEMORY = 10, 60, 2**30
CAN_FORK = hasattr(os, "fork")
NOBODY = 65534


def lay(case: Hostile, folder: Path) -> str:  # noqa: C901  (one branch for each place)
    """Put the file, or what stands in its place, into an empty folder; return its path."""
    named = os.fsencode(case.name.replace("/", "_"))
    path = os.path.join(os.fsencode(folder), named)
    if case.place in ("file", "unreadable", "untraversable", "link to the file"):
        with open(path, "wb") as file:
            file.write(case.data)
    folded = os.fsencode(folder)
    match case.place:
        case "folder":
            os.mkdir(path)
        case "pipe":
            os.mkfifo(path)
        case "device" | "dangling link" | "link to itself":
            goals = {"device": b"/dev/zero", "dangling link": b"nowhere", "link to itself": named}
            os.symlink(goals[case.place], path)
        case "link to the file":
            os.symlink(named, path := os.path.join(folded, b"link"))
        case "socket":
            with socket.socket(socket.AF_UNIX) as listening:
                listening.bind(os.path.join(folded, b"s"))  # its own name may be too long
            os.rename(os.path.join(folded, b"s"), path)
        case "unreadable" | "untraversable":
            os.chmod(path if case.place == "unreadable" else folder, 0)
        case "name too long":
            path += b"x" * 300
        case "path through a file":
            Path(folder, "file").touch()
            path = os.path.join(folded, b"file", named)
        case "vast and sparse":
            with open(path, "wb") as file:
                file.truncate(2**26 + 1)
    return os.fsdecode(path)


def judge(path: str, data: bytes | None) -> tuple[str, list[str]]:
    """Load one file twice and say how it ended, and what should not have been.

    Parameters
    ----------
    path : str
        What is given to the gate.
    data : bytes or None
        What the file holds, where it is a readable file.

    Returns
    -------
    tuple of str and list of str
        ``"picture"`` or the code of the error; and the faults, none where all is well.
    """
    from PIL import Image, ImageFile

    from imglab.image import load, load_bytes

    settings = ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS
    open_before = _descriptors()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        how, faults, told = _outcome(lambda: load(path))
        if data is not None and not faults:
            _, more, again = _outcome(lambda: load_bytes(path, data))
            faults += more
            if again != told:
                faults.append(f"another result from the same bytes: {told[:80]} / {again[:80]}")
    gc.collect()
    faults += [f"warning: {one.message}" for one in caught]
    if settings != (ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS):
        faults.append("the settings of Pillow were not put back")
    if left := _descriptors() - open_before:
        faults.append(f"descriptors left open: {sorted(left)}")
    return how, faults


def _outcome(load: typing.Callable[[], object]) -> tuple[str, list[str], str]:
    """Return how loading ended, its faults, and a text that is equal for equal results."""
    from imglab.validation import ImageInputError

    try:
        picture = load()
    except ImageInputError as error:
        return error.code, _of_sentence(str(error), error.code), f"{error.code} {error}"
    except BaseException as error:  # noqa: BLE001  (any of them is the finding)
        return "raised", [f"{type(error).__name__}: {str(error)[:200]}"], "raised"
    pixels = picture.pixels
    digest = hashlib.sha256(pixels.tobytes()).hexdigest()
    return "picture", _of_picture(picture), f"{pixels.shape} {digest} {picture.notes}"


def _of_sentence(sentence: str, code: str) -> list[str]:
    from imglab.validation import InputCode

    rules = {
        "longer than 220 characters": len(sentence) > 220,
        "not printable in one line": not sentence.replace("\u200d", "").isprintable(),
        "without its beginning": not sentence.startswith("Cannot use '"),
        "without its full stop": not sentence.endswith("."),
        "an object's address": "object at 0x" in sentence,
        f"no known code: {code}": code not in typing.get_args(InputCode),
    }
    return [f"{wrong}: {sentence}" for wrong, holds in rules.items() if holds]


def _of_picture(picture: object) -> list[str]:
    import numpy as np

    pixels = picture.pixels
    height, width, channels = pixels.shape
    texts = [picture.name, *picture.notes, repr(picture)]
    rules = {
        f"shape {pixels.shape}": channels != 3 or min(height, width) < 1,
        f"too large: {pixels.shape}": max(height, width) > 30_000 or height * width > 64_000_000,
        f"dtype {pixels.dtype}": pixels.dtype != np.uint8,
        "not contiguous, owned and writable": not (
            pixels.flags.c_contiguous and pixels.flags.owndata and pixels.flags.writeable
        ),
        f"a text of more than one line: {texts}": not all(
            text.replace("\u200d", "").isprintable() for text in texts
        ),
        f"a long text: {texts}": max(map(len, texts)) > 400,
    }
    return [wrong for wrong, holds in rules.items() if holds]


def _descriptors() -> set[int]:
    found = set()
    for number in range(256):
        try:
            os.fstat(number)
        except OSError:
            continue
        found.add(number)
    return found


# The server: one process that has imported everything, and forks


def serve() -> None:
    """Answer each line of stdin, a JSON of path, data file and place, by one line of JSON."""
    from PIL import Image, ImageCms  # noqa: F401  (loaded before the fork)

    import imglab.image  # noqa: F401

    Image.init()
    gc.freeze()  # the children need not look through all that was imported
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    noise = tempfile.TemporaryFile()  # noqa: SIM115  (open as long as this process)
    os.dup2(noise.fileno(), 1)
    os.dup2(noise.fileno(), 2)
    for line in sys.stdin:
        how, faults, used = _forked(json.loads(line))
        if os.fstat(noise.fileno()).st_size:
            noise.seek(0)
            faults.append(f"printed: {noise.read(200)!r}")
            noise.seek(0)
            noise.truncate()
        seconds = used.ru_utime + used.ru_stime
        answers.write(json.dumps([how, faults, seconds, used.ru_maxrss]) + "\n")
        answers.flush()


def _forked(job: dict[str, object]) -> tuple[str, list[str], "struct_rusage"]:
    """Judge one file in a child, and wait for its answer or its end."""
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(receiving)
        _limit()
        data = Path(job["data"]).read_bytes() if job["data"] else None
        if job["lowly"] and os.geteuid() == 0:  # root may read everything
            os.setegid(NOBODY)
            os.seteuid(NOBODY)
        os.write(sending, json.dumps(judge(job["path"], data)).encode()[:60_000])
        os._exit(0)
    os.close(sending)
    ready, _, _ = select.select([receiving], [], [], PATIENCE)
    if not ready:
        os.kill(child, signal.SIGKILL)
    text = os.read(receiving, 2**16).decode()
    os.close(receiving)
    _, status, used = os.wait4(child, 0)
    if text:
        return (*json.loads(text), used)
    if not ready:
        return "hung", [f"no answer within {PATIENCE} s"], used
    return "died", [f"the process ended with {os.waitstatus_to_exitcode(status)}"], used


def _limit() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Watch:
    """The fork server and a folder for its files; use it in a ``with`` statement."""

    def __enter__(self) -> "Watch":
        self.folder = Path(tempfile.mkdtemp(prefix="imglab-fuzz-"))
        self.folder.chmod(0o755)
        command = [sys.executable, "-m", "tests.fuzz", "--serve"]
        one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        self.server = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **one, "PYTHONWARNINGS": "error"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.server.stdin.close()
        self.server.wait(PATIENCE)
        self.server.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def try_one(self, case: Hostile) -> tuple[str, list[str], float, int]:
        """Return how it ended, the faults, the seconds of processor time and the KiB."""
        place = Path(tempfile.mkdtemp(dir=self.folder))
        place.chmod(0o755)
        path = lay(case, place)
        copy = self.folder / "data"
        copy.write_bytes(case.data)
        before = _state(path)
        job = {
            "path": path,
            "data": str(copy) if case.place == "file" else None,
            "lowly": case.place in ("unreadable", "untraversable"),
        }
        self.server.stdin.write(json.dumps(job) + "\n")
        self.server.stdin.flush()
        how, faults, seconds, memory = json.loads(self.server.stdout.readline())
        if _state(path) != before:
            faults.append("the file was changed")
        place.chmod(0o755)
        shutil.rmtree(place)
        return how, faults, seconds, memory


def _state(path: str) -> tuple[object, ...]:
    try:
        status = os.stat(path, follow_symlinks=False)
    except OSError as error:
        return (error.errno,)
    content = b""
    if stat.S_ISREG(status.st_mode) and status.st_size <= 2**26:
        content = hashlib.sha256(Path(path).read_bytes()).digest()
    return status.st_mode, status.st_size, status.st_mtime_ns, content


def try_all(cases: Iterable[Hostile]) -> Iterator[tuple[Hostile, str, list[str], float, int]]:
    """Try one case after the other."""
    with Watch() as watch:
        for case in cases:
            yield case, *watch.try_one(case)


def main(words: list[str] | None = None) -> int:
    """Try many files and report; 1 where something happened that should not."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Try the gate.")
    parser.add_argument("--count", type=int, default=2000, help="this many files")
    parser.add_argument("--minutes", type=float, help="as many files as this time allows")
    parser.add_argument("--seed", type=int, default=0, help="the number of the first file")
    parser.add_argument("--show", type=int, metavar="N", help="one file, and what came of it")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    if options.serve:
        serve()
        return 0
    started = time.monotonic()
    first, count = options.seed, options.count
    if options.show is not None:
        first, count = options.show, 1

    def cases() -> Iterator[Hostile]:
        number = first
        while True:
            spent = time.monotonic() - started
            if options.minutes and spent > 60 * options.minutes:
                return
            if not options.minutes and number >= first + count:
                return
            yield hostile(number)
            number += 1

    ends, wrong, slowest, largest = Counter[str](), 0, (0.0, 0), (0, 0)
    for case, how, faults, seconds, memory in try_all(cases()):
        ends[how] += 1
        slowest, largest = max(slowest, (seconds, case.seed)), max(largest, (memory, case.seed))
        if options.show is not None:
            print(f"{case.seed}: {case.kind}, {len(case.data):,} bytes -> {how}")
        for fault in faults:
            print(f"{case.seed} ({case.kind}): {fault}", flush=True)
        wrong += bool(faults)
    told = ", ".join(f"{how} {number}" for how, number in ends.most_common())
    print(f"{ends.total()} files in {time.monotonic() - started:.0f} s: {told}")
    print(f"slowest: {slowest[0]:.1f} s of processor time for file {slowest[1]}")
    print(f"largest: {largest[0] / 1024:.0f} MiB for file {largest[1]}")
    print(f"{wrong} files with something that should not be")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
