"""Write every resolved package, pinned exactly, into pyproject.toml.

    python .ci/pins.py            # pins what uv.lock holds now
    python .ci/pins.py --upgrade  # first resolves anew, without the old pins

The lines between "# BEGIN PINS" and "# END PINS" are replaced. uv.lock itself
records download addresses and is not committed; with these constraints
`uv lock` resolves to the same packages anywhere, and this script checks that.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = ROOT / "pyproject.toml"
BEGIN = "# BEGIN PINS"
END = "# END PINS"
EXPORT = ["export", "--no-hashes", "--no-emit-project", "--all-groups", "--all-extras"]
EXPORT += ["--no-annotate", "--no-header"]
# They come with torch on Linux, in step with it, and exist nowhere else.
LEFT_OUT = ("nvidia-", "cuda-")
PYTHON_PART = re.compile(r"python(?:_full)?_version [<>=!]+ '[^']+'")


def uv(*arguments: str) -> str:
    """Run uv in the project and return what it printed."""
    command = [os.environ.get("UV", "uv"), *arguments]
    return subprocess.run(
        command, cwd=ROOT, check=True, stdout=subprocess.PIPE, encoding="utf-8"
    ).stdout


def pins(export: str) -> list[str]:
    r"""Turn the lines of `uv export` into constraints.

    A package with one version everywhere is pinned without a marker. One with
    several keeps the Python part of each marker only: with the platform part
    the resolution of other platforms fails.

    >>> pins("a==1 ; sys_platform == 'linux'")
    ['a==1']
    >>> pins("a==1 ; python_full_version < '3.12' and (os_name == 'nt')\na==2 ; "
    ...      "python_full_version >= '3.12' and (os_name == 'nt')")
    ["a==1; python_full_version < '3.12'", "a==2; python_full_version >= '3.12'"]
    """
    found: dict[str, dict[str, str]] = {}
    for line in export.splitlines():
        pin, _, marker = (part.strip() for part in line.partition(";"))
        name = pin.partition("==")[0]
        if "==" in pin and not name.startswith(LEFT_OUT):
            found.setdefault(name, {})[pin] = marker
    lines = []
    for name, versions in found.items():
        for pin, marker in versions.items():
            python = " and ".join(PYTHON_PART.findall(marker.partition("(")[0]))
            if len(versions) > 1 and not python:
                message = f"{name} has several versions that no Python version tells apart"
                raise SystemExit(message)
            lines.append(f"{pin}; {python}" if len(versions) > 1 else pin)
    return lines


def rewrite(lines: list[str]) -> None:
    """Put the constraints between the two marker comments of pyproject.toml."""
    text = PYPROJECT.read_text(encoding="utf-8")
    head, begin, rest = text.partition(BEGIN)
    comment, _, rest = rest.partition("\n")
    _, end, tail = rest.partition(END)
    if not (begin and end):
        message = f'pyproject.toml must hold the comments "{BEGIN}" and "{END}"; put them back'
        raise SystemExit(message)
    block = "".join(f'  "{line}",\n' for line in lines)
    body = f"constraint-dependencies = [\n{block}]\n"
    PYPROJECT.write_text(
        f"{head}{begin}{comment}\n{body}{end}{tail}", encoding="utf-8", newline="\n"
    )


def main(arguments: list[str]) -> int:
    """Pin, resolve again from the pins alone, and compare."""
    if "--upgrade" in arguments:
        rewrite([])
        uv("lock", "--upgrade")
    before = uv(*EXPORT)
    rewrite(pins(before))
    (ROOT / "uv.lock").unlink(missing_ok=True)
    uv("lock")
    lines = pins(before)
    if pins(uv(*EXPORT)) != lines:
        print("the pins do not resolve to the same packages; run with --upgrade")
        return 1
    print(f"{len(lines)} packages pinned; resolving from the pins gives the same ones")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
