"""``imglab lab``: the student's own copies of the lessons, opened in JupyterLab."""

import argparse
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import webbrowser
from pathlib import Path

from imglab.course import copies, lessons
from imglab.course.copies import FOLDER, prepare, reset
from imglab.language import ENGLISH, current, languages, tr, use

OK, FAILED, BAD_INPUT = 0, 1, 2
PORT = 8888  # where JupyterLab begins to look for a free one
LEAST_DISK = 2_000_000_000  # bytes
SECONDS_TO_END = 15
QUIET = [
    # News and updates would be asked for outside this machine.
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--Application.log_level=ERROR",
    "--ServerApp.answer_yes=True",  # Ctrl-C ends at once
    # By name: given the function itself, the server warns that it overrides it with itself.
    "--ContentsManager.pre_save_hook=imglab.course.saving.keep_the_picture",
]
# JupyterLab would otherwise ask every new student whether to fetch news.
SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"checkForUpdates": False, "fetchNews": "false"}
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the words that may follow ``imglab lab``."""
    parser.add_argument(
        "--no-browser", action="store_true", help="print the address instead of opening it"
    )
    parser.add_argument("--port", type=int, help="use this port or none")
    parser.add_argument(
        "--lang", choices=languages(), default=ENGLISH, help="the language of the lessons to open"
    )
    parser.add_argument(
        "--reset", metavar="NN", nargs="+", help="begin these lessons anew; your copies are kept"
    )


def run(options: argparse.Namespace) -> int:
    """Make the working copies, then start JupyterLab on them and wait for its end.

    Returns
    -------
    int
        0 where all went well, 1 where JupyterLab failed, 2 where it could not
        be started; the reason is one printed sentence.
    """
    use(options.lang)
    try:
        project = _project()
        told = reset(project, options.reset) if options.reset else prepare(project)
        print("\n".join([*told, ""]), end="")
        if options.reset:
            return OK
        for sentence in check(project, options.port):
            print(sentence)
    except ValueError as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    except OSError as error:
        wrong = tr("{folder} cannot be written ({why})", folder=FOLDER, why=error.strerror)
        print(f"{wrong}; {tr('free it first')}", file=sys.stderr)
        return BAD_INPUT
    browser = not options.no_browser and _has_browser()
    if not browser:
        found = "" if options.no_browser else f"{tr('no browser was found')}; "
        print(f"{found}{tr('open one of the addresses below in a browser')}")
    where = tr("your copies are in {folder}; Ctrl-C ends", folder=FOLDER)
    print(f"{where}; {_next_time()}", flush=True)
    words = command(project, browser=browser, port=options.port, language=options.lang)
    return _serve(project, words)


def _project() -> Path:
    project = lessons.project_root()
    if project is None:
        msg = tr("the lessons are not part of an installed package; run imglab lab in a clone")
        raise ValueError(msg)
    if not copies.given(project):
        msg = tr("no notebook has been built yet; run imglab build first")
        raise ValueError(msg)
    return project


def check(project: Path, port: int | None) -> list[str]:
    """Look for what would spoil a session before it begins.

    Parameters
    ----------
    project : Path
        The folder that holds the lessons.
    port : int or None
        The one that was asked for.

    Returns
    -------
    list of str
        One sentence for each thing that a student should know.

    Raises
    ------
    ValueError
        If JupyterLab is missing, or the port cannot be had.
    """
    if importlib.util.find_spec("jupyterlab") is None:
        msg = tr("JupyterLab is not installed; install it with: pip install 'imglab[course]'")
        raise ValueError(msg)
    if port is not None and not 1 <= port <= 65535:
        msg = tr("a port must lie between 1 and 65535, got {port}; leave --port out", port=port)
        raise ValueError(msg)
    if port and not _is_free(port):
        msg = tr("port {port} is in use; leave --port out, or name another", port=port)
        raise ValueError(msg)
    told = []
    if not port and not _is_free(PORT):
        told.append(tr("port {port} is in use; JupyterLab takes the next free one", port=PORT))
    if shutil.disk_usage(project).free < LEAST_DISK:
        told.append(tr("under 2 GB of disk are free; make room, or saving may fail"))
    return told


def command(
    project: Path, *, browser: bool, port: int | None, language: str = ENGLISH
) -> list[str]:
    """Return the words that start JupyterLab on the student's copies.

    Loopback address and token stay as Jupyter has them.
    """
    folder = project / FOLDER
    built = copies.given(project)
    spoken = [path for path in built if path.parent.name == language] or built
    first = copies.own(project, spoken[0]).relative_to(folder).as_posix()
    words = [sys.executable, "-m", "jupyterlab", *QUIET]
    words += [f"--ServerApp.root_dir={folder}", f"--LabApp.default_url=/lab/tree/{first}"]
    if not browser:
        words.append("--no-browser")
    if port:
        words += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if getattr(os, "geteuid", lambda: 1)() == 0:  # a container; Jupyter refuses root unasked
        words.append("--allow-root")
    return words


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        if os.name == "posix":  # as Jupyter does; elsewhere it would allow what it should find
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _has_browser() -> bool:
    try:
        found = webbrowser.get()
    except webbrowser.Error:
        return False
    return type(found) is not webbrowser.GenericBrowser  # one that draws in this very terminal


def _next_time() -> str:
    """Say how to start again, as lightly as this time: uv would fetch torch unasked."""
    again = os.environ.get("IMGLAB_AGAIN")  # set by start.py of a packed folder
    if again:
        return f"next time: {again}"
    light = "" if importlib.util.find_spec("torch") else "--no-dev "
    spoken = "" if current() == ENGLISH else f" --lang {current()}"
    return tr("next time: {words}", words=f"uv run {light}imglab lab{spoken}")


def _serve(project: Path, words: list[str]) -> int:
    """Run JupyterLab until it ends or Ctrl-C; what the student records goes to ``.state``."""
    folder = project / FOLDER
    settings = folder / ".settings"
    settings.mkdir(exist_ok=True)
    text = json.dumps(SETTINGS, indent=1)
    (settings / "overrides.json").write_text(text, encoding="utf-8", newline="\n")
    words = [*words, f"--LabApp.app_settings_dir={settings}"]
    state = folder / ".state"
    process = subprocess.Popen(words, env=os.environ | {"IMGLAB_STATE": str(state)})
    # A plain kill of this process must not leave a server behind.
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(FAILED))
    try:
        status = process.wait()
    except KeyboardInterrupt:  # JupyterLab heard it as well
        _end(process)
        status = OK
    except SystemExit:
        process.terminate()
        _end(process)
        raise
    finally:
        signal.signal(signal.SIGTERM, before)
    if status:
        told = tr("JupyterLab ended with status {status}", status=status)
        print(f"{told}; {tr('imglab doctor may know why')}", file=sys.stderr)
        return FAILED
    print(tr("JupyterLab has ended; your work is in {folder}", folder=FOLDER), flush=True)
    return OK


def _end(process: subprocess.Popen[bytes]) -> None:
    while True:
        try:
            process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            process.kill()
        except KeyboardInterrupt:  # pressed twice
            continue
        else:
            return
