"""Build every lesson again, held against the stored notebook: ``python -m tests.determinism``.

``python -m tests.determinism 01 02`` takes these lessons, ``--threads 1 1 2`` says how often and
with how many threads each is built (once with 1, again with 1, once with 2 by default). Every
byte must be that of the stored notebook, but for encoded pictures: those may be written otherwise
by another version of a library, and must then look the same to imglab's own SSIM.
"""

import argparse
import base64
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from unittest import mock

import nbformat

from imglab import to_gray
from imglab.course import build, lessons
from imglab.image import load_bytes
from imglab.ssim import structural_similarity

ALIKE = 0.999  # the least SSIM of two drawings of one figure
NAMES = tuple(build.ONE_THREAD)


def built_again(lesson: Path, threads: int) -> nbformat.NotebookNode:
    """Run a lesson with so many threads; nothing is written."""
    with mock.patch.object(build, "ONE_THREAD", dict.fromkeys(NAMES, str(threads))):
        folder = lessons.notebook_path(lesson).parent
        return build.execute(lessons.read(lesson), folder, lesson.stem)


def differences(stored: object, fresh: object, place: str = "") -> Iterator[str]:
    """Say where two notebooks differ; equal pictures in other bytes are no difference."""
    if isinstance(stored, dict) and isinstance(fresh, dict) and stored.keys() == fresh.keys():
        for key in stored:
            yield from differences(stored[key], fresh[key], f"{place}/{key}")
    elif isinstance(stored, list) and isinstance(fresh, list) and len(stored) == len(fresh):
        for index, pair in enumerate(zip(stored, fresh, strict=True)):
            yield from differences(*pair, f"{place}/{index}")
    elif stored != fresh and not (place.endswith("/image/png") and looks_alike(stored, fresh)):
        yield f"{place}: {str(stored)[:60]!r} / {str(fresh)[:60]!r}"


def looks_alike(stored: object, fresh: object) -> bool:
    """Tell whether two encoded pictures have one size and an SSIM of almost 1."""
    x, y = (to_gray(load_bytes("figure", base64.b64decode(str(p))).pixels) for p in (stored, fresh))
    return x.shape == y.shape and structural_similarity(x, y, data_range=255) >= ALIKE


def main(words: Sequence[str] | None = None) -> int:
    """Build and compare; 1 where a notebook came out otherwise."""
    parser = argparse.ArgumentParser(prog="python -m tests.determinism")
    parser.add_argument("lessons", nargs="*", metavar="NN")
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 1, 2], metavar="N")
    options = parser.parse_args(words)
    root, wrong = lessons.project_root(), 0
    assert root is not None
    for lesson in lessons.find(root, options.lessons):
        stored = nbformat.read(lessons.notebook_path(lesson), as_version=4)
        for threads in options.threads:
            started = time.monotonic()
            fresh = built_again(lesson, threads)
            found = list(differences(stored, fresh))
            exactly = nbformat.writes(fresh).rstrip("\n") == nbformat.writes(stored).rstrip("\n")
            told = "the same bytes" if exactly else "the same but for the bytes of pictures"
            told = f"{len(found)} differences" if found else told
            seconds = time.monotonic() - started
            print(f"{lesson.stem}, threads {threads}: {told} ({seconds:.0f} s)", flush=True)
            for sentence in found[:5]:
                print(f"  {sentence}")
            wrong += bool(found)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
