"""Values of pairs of files, kept under what the files hold."""

import hashlib
import json
import os
from itertools import combinations
from pathlib import Path

import numpy as np

from imglab.validation import FloatImage

Pair = tuple[Path, Path]


class Kept:
    """Values by the content of both files, in memory and, where asked for, in a file."""

    def __init__(
        self, path: str | os.PathLike[str] | None, settings: str, files: list[Path]
    ) -> None:
        self.path = None if path is None else Path(path)
        self.settings = settings
        self.content = {path: _digest(path) for path in files}
        self.values: dict[str, float | None] = {}
        if self.path is not None and self.path.exists():
            try:
                document = json.loads(self.path.read_text(encoding="utf-8"))
                self.values = dict(document["imglab pairs"])
            except (ValueError, TypeError, KeyError) as error:
                msg = f"cache must be a file written here, got '{self.path.name}'; name another"
                raise ValueError(msg) from error

    def _key(self, pair: Pair) -> str:
        return f"{self.settings}|{self.content[pair[0]]}|{self.content[pair[1]]}"

    def has(self, path0: Path, path1: Path) -> bool:
        """Tell whether the value of two files is known, in whichever order."""
        return self._key((min(path0, path1), max(path0, path1))) in self.values

    def put(self, pairs: list[Pair], values: list[float | None]) -> None:
        """Keep the values of pairs in the order of their paths."""
        self.values.update(zip(map(self._key, pairs), values, strict=True))

    def matrix(self, files: list[Path]) -> FloatImage:
        """Return the values of all pairs of files, nan where there is none."""
        matrix = np.full((len(files), len(files)), np.nan)
        for (i, p), (j, q) in combinations(enumerate(files), 2):
            value = self.values[self._key((p, q))]
            matrix[i, j] = matrix[j, i] = np.nan if value is None else value
        return matrix

    def write(self) -> None:
        """Replace the file at once: it is whole at every moment."""
        if self.path is None:
            return
        text = json.dumps({"imglab pairs": self.values}, indent=0)
        part = self.path.with_name(f"{self.path.name}.{os.getpid()}.part")
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(self.path)


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:32]
    except OSError:  # the gate will say why; nothing is kept under a name
        return ""
