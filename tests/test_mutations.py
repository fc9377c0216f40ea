"""The mutations still fit the code; running them is `python -m tests.mutate`."""

import ast
import functools
from pathlib import Path

import pytest
from mutate import ROOT, Mutation, mutations, sample

from imglab.catalogue import DEEP_METRICS, METRICS
from imglab.distortions import DISTORTIONS

ALL = mutations()


@functools.cache  # dozens of mutations change one file
def dumped(file: str) -> str:
    return ast.dump(ast.parse(text_of(file)))


@functools.cache
def text_of(file: str) -> str:
    return (ROOT / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("mutation", ALL, ids=lambda m: m.id)
def test_the_text_to_change_occurs_once_and_the_change_is_python(mutation: Mutation) -> None:
    changed = ast.dump(ast.parse(mutation.applied()))
    assert changed != dumped(mutation.file)


@pytest.mark.parametrize("mutation", ALL, ids=lambda m: m.id)
def test_what_must_catch_it_exists(mutation: Mutation) -> None:
    for argument in mutation.caught_by.split():
        path, *nodes = argument.split("::")  # a notebook has none; a class may stand between
        text = text_of(path)
        assert path.endswith(".ipynb") or f"def {nodes[-1].split('[')[0]}(" in text


def test_ids_are_told_apart() -> None:
    assert len({m.id for m in ALL}) == len(ALL)


def test_every_metric_and_every_distortion_has_a_mutation() -> None:
    ids = {m.id for m in ALL}
    keys = (*METRICS, *DEEP_METRICS, *DISTORTIONS)
    missing = [key for key in keys if not any(i.startswith(f"{key}:") for i in ids)]
    assert missing == []


def test_a_text_that_occurs_twice_or_never_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\nx = 1\n", encoding="utf-8")
    for before, times in (("x = 1", 2), ("x = 2", 0)):
        with pytest.raises(ValueError, match=f"must occur once in a.py, got {times} times"):
            Mutation("m", "a.py", before, "x = 3", "tests").applied(tmp_path)


def test_an_unknown_id_is_refused() -> None:
    with pytest.raises(ValueError, match="no mutation 'nothing'"):
        mutations(["nothing"])


def test_a_sample_follows_its_seed_and_in_the_end_every_mutation_has_its_turn() -> None:
    assert [m.id for m in sample(ALL, 12, 3)] == [m.id for m in sample(ALL, 12, 3)]
    assert len({m.id for m in sample(ALL, 12, 3)}) == 12
    assert sample(ALL, 12, 3) != sample(ALL, 12, 4)
    assert sample(ALL[:5], 12, 3) == ALL[:5]
    taken = {m.id for seed in range(400) for m in sample(ALL, 12, seed)}
    assert taken == {m.id for m in ALL}
