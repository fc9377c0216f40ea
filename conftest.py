"""What holds for unit tests, doctests and notebooks alike."""

import json
import os
import re
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

# A learner may run the tests in a terminal of JupyterLab: what they recorded,
# and a shell's own plotting backend, must not change what a notebook prints.
for _name in ("IMGLAB_BUILD", "IMGLAB_SOLUTIONS", "IMGLAB_STATE", "MPLBACKEND"):
    os.environ.pop(_name, None)

# Two threads that share one free processor wait for each other, and a test then takes ten times
# as long. NumPy and the kernels of the notebooks read this when they are loaded.
for _name in ("MKL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

PROCESSES = 4  # at most: each of them may load torch


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Share a run of everything among processors; a file that is named stays in one process."""
    everything = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    shared = everything and not config.option.usepdb
    return min(os.cpu_count() or 1, PROCESSES) if shared else 0


class ByFile(LoadScopeScheduling):
    """Give a process a whole file, or of the browser's lessons one: its tests share a notebook."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        lesson = re.search(r"\[([a-z]{2}-\d\d_\w+)", nodeid)
        return f"{file}::{lesson[1]}" if lesson and "/browser/" in file else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    """Share the tests as `ByFile` says."""
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the cells of notebooks that need torch, as their lesson says in its header."""
    deep: dict[Path, bool] = {}
    for item in items:
        if item.path.suffix == ".ipynb":
            if item.path not in deep:
                metadata = json.loads(item.path.read_text(encoding="utf-8"))["metadata"]
                deep[item.path] = metadata.get("imglab", {}).get("needs") == "deep"
            if deep[item.path]:
                item.add_marker("deep")
