"""Break the package on purpose, one small change at a time, and see a test notice.

``python -m tests.mutate`` applies each entry of ``tests/mutations.toml`` to a
copy of the project, runs only the test or notebook that must catch it, and
fails if one survives. ``python -m tests.mutate jpeg:quality noise:variance``
runs those two, ``python -m tests.mutate --sample 12 --seed 3`` twelve that the
seed chooses. The working tree is never touched.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("imglab", "data", "lessons", "notebooks", "tests", "training", "pyproject.toml")
PASSED, FAILED = 0, 1  # exit statuses of pytest; any other means that nothing was tested


@dataclass(frozen=True)
class Mutation:
    """A change of source text, and the tests or notebooks, by path, that must fail on it."""

    id: str
    file: str
    before: str
    after: str
    caught_by: str

    def applied(self, root: Path = ROOT) -> str:
        """Return the changed source of `file`; refuse a `before` that is not there once."""
        source = (root / self.file).read_text(encoding="utf-8")
        times = source.count(self.before)
        if times != 1:
            msg = f"{self.id}: `before` must occur once in {self.file}, got {times} times"
            raise ValueError(msg)
        return source.replace(self.before, self.after)


def mutations(wanted: Sequence[str] = ()) -> list[Mutation]:
    """Read the mutations, all or those whose ids are wanted."""
    text = (ROOT / "tests" / "mutations.toml").read_text(encoding="utf-8")
    found = [Mutation(**entry) for entry in tomllib.loads(text)["mutation"]]
    if unknown := set(wanted) - {m.id for m in found}:
        msg = f"no mutation {min(unknown)!r}; the ids are in tests/mutations.toml"
        raise ValueError(msg)
    return [m for m in found if not wanted or m.id in wanted]


def sample(all_of_them: Sequence[Mutation], number: int, seed: int) -> list[Mutation]:
    """Choose `number` mutations, or all if there are fewer, and keep their order."""
    count = len(all_of_them)
    places = random.Random(seed).sample(range(count), min(number, count))
    return [all_of_them[place] for place in sorted(places)]


def run(nodes: Sequence[str], copy: Path) -> int:
    """Run pytest on the copy and return its exit status."""
    options = ["-x", "-q", "-n0", "-p", "no:cacheprovider"]  # two processes end -x with status 2
    if any(".ipynb" in node for node in nodes):
        options.append("--nbval")
    command = [sys.executable, "-m", "pytest", *options, *nodes]
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, check=False)
    return done.returncode


def main(arguments: Sequence[str]) -> int:
    """Apply every wanted mutation in turn; return 1 if one was not caught."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutate", description="Break imglab.")
    parser.add_argument("ids", nargs="*", help="of tests/mutations.toml; all by default")
    parser.add_argument("--sample", type=int, metavar="N", help="take N of them")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="which N are taken")
    options = parser.parse_args(arguments)
    chosen = mutations(options.ids)
    if options.sample is not None:
        chosen = sample(chosen, options.sample, options.seed)
    caught = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in COPIED:
            if (ROOT / name).is_dir():
                ignore = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
                shutil.copytree(ROOT / name, copy / name, ignore=ignore)
            elif (ROOT / name).exists():
                shutil.copy(ROOT / name, copy / name)
        if run(sorted({node for m in chosen for node in m.caught_by.split()}), copy) != PASSED:
            print("the tests must pass before anything is changed")
            return 1
        for mutation in chosen:
            path = copy / mutation.file
            original = path.read_bytes()
            path.write_text(mutation.applied(copy), encoding="utf-8", newline="\n")
            status = run(mutation.caught_by.split(), copy)
            path.write_bytes(original)
            verdict = {FAILED: "caught", PASSED: "SURVIVED"}.get(status, f"NOT TESTED ({status})")
            print(f"{verdict:9} {mutation.id} by {mutation.caught_by}", flush=True)
            caught += status == FAILED
    print(f"{caught} of {len(chosen)} mutations caught")
    return 0 if caught == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
