"""Open the lessons of this folder; install them first, from this folder alone.

    python start.py             # macOS, Linux: python3 start.py
    python start.py --install   # install, open nothing

It needs Python and nothing else: no network, no pip, no rights of an
administrator. What it makes lies in this folder, in `environment`.
"""

import os
import platform
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
WHEELS = os.path.join(HERE, "wheels")
ENVIRONMENT = os.path.join(HERE, "environment")
PROJECT = os.path.join(HERE, "imglab")
DONE = os.path.join(ENVIRONMENT, "installed.txt")


def key() -> str:
    """Name this machine as the lists in `wheels` are named."""
    system = {"Windows": "windows", "Darwin": "macos", "Linux": "linux"}.get(platform.system(), "?")
    arm = platform.machine().lower() in ("aarch64", "arm64")
    if system == "linux" and arm:
        system = "linux-arm"
    return "%s-%d.%d" % (system, *sys.version_info[:2])


def python() -> str:
    """Return the Python of the environment."""
    inside = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return os.path.join(ENVIRONMENT, *inside)


def install() -> None:
    """Make the environment and install every wheel of the list."""
    names = os.listdir(WHEELS)
    lists = sorted(name[:-4] for name in names if name.endswith(".txt"))
    if key() not in lists:
        sys.exit(
            "This folder has packages for %s; this is %s. Use such a Python, or pack for this one."
            % (", ".join(lists), key())
        )
    try:
        subprocess.check_call([sys.executable, "-m", "venv", "--without-pip", ENVIRONMENT])
    except subprocess.CalledProcessError:
        sys.exit("No environment could be made here; copy the folder to your own disk first.")
    pip = next(name for name in names if name.startswith("pip-") and name.endswith(".whl"))
    words = [python(), os.path.join(WHEELS, pip, "pip"), "install", "--quiet", "--no-index"]
    words += ["--no-deps", "--no-warn-script-location", "--disable-pip-version-check"]
    words += ["--find-links", WHEELS, "-r", os.path.join(WHEELS, key() + ".txt")]
    if subprocess.call(words):
        sys.exit("Not all packages could be installed; delete 'environment' and try again.")
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    where = subprocess.check_output([python(), "-c", ask]).decode().strip()
    with open(os.path.join(where, "imglab-here.pth"), "w", encoding="utf-8") as file:
        file.write(PROJECT + "\n")
    with open(DONE, "w", encoding="utf-8") as file:
        file.write(key() + " " + PROJECT + "\n")


def is_installed() -> bool:
    """Tell whether this folder, at this place, was installed to the end."""
    try:
        with open(DONE, encoding="utf-8") as file:
            return file.read() == key() + " " + PROJECT + "\n"
    except OSError:
        return False


def main() -> int:
    """Install if need be, then open the lessons, or pass words on to imglab."""
    words = sys.argv[1:]
    if not is_installed():
        print("Installing from this folder; a minute or two, once.", flush=True)
        begun = time.time()
        install()
        print("Installed in %.0f s." % (time.time() - begun), flush=True)
    if words == ["--install"]:
        return 0
    again = "%s start.py" % ("python" if os.name == "nt" else "python3")
    os.environ["IMGLAB_AGAIN"] = again
    return subprocess.call([python(), "-m", "imglab.cli", *(words or ["lab"])], cwd=PROJECT)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(1)
