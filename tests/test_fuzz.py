"""The gate under hostile files: two hundred here, two thousand in CI, any number by hand.

``python -m tests.fuzz --minutes 5`` tries more. What was found that way is a test of its own in
`test_image`; here also stands that the watch notices each kind of fault.
"""

import os
import time
import warnings

import numpy as np
import pytest
from PIL import ImageFile

from imglab.image import Picture
from imglab.validation import ImageInputError
from tests import fuzz
from tests.hostile import PLACES, Hostile, hostile, sound

forks = pytest.mark.skipif(not fuzz.CAN_FORK, reason="this system cannot fork a child")


@forks
def test_two_hundred_hostile_files_are_a_picture_or_one_sentence() -> None:
    found, ends = [], set()
    for case, how, faults, _, _ in fuzz.try_all(map(hostile, range(200))):
        ends.add(how)
        found += [(case.seed, case.kind, fault) for fault in faults]
    assert found == []
    assert {"picture", "damaged", "unsupported-format", "too-many-pixels"} < ends


@forks
@pytest.mark.parametrize(
    ("place", "end"),
    [
        ("folder", "not-a-file"),
        ("pipe", "not-a-file"),
        ("device", "not-a-file"),
        ("socket", "not-a-file"),
        ("dangling link", "not-found"),
        ("link to itself", "not-readable"),
        ("link to the file", "picture"),
        ("unreadable", "not-readable"),
        ("untraversable", "not-readable"),
        ("missing", "not-found"),
        ("name too long", "not-found"),
        ("path through a file", "not-found"),
        ("vast and sparse", "too-many-bytes"),
    ],
)
def test_what_stands_where_a_file_should_be_is_named(place: str, end: str) -> None:
    with fuzz.Watch() as watch:
        how, faults, _, _ = watch.try_one(Hostile(0, place, "cat.png", sound()["PNG"], place))
    assert (how, faults) == (end, [])


def test_every_place_is_among_those_that_are_named() -> None:
    marks = test_what_stands_where_a_file_should_be_is_named.pytestmark
    (cases,) = [mark.args[1] for mark in marks if mark.name == "parametrize"]
    assert sorted(place for place, _ in cases) == sorted(PLACES)


def test_one_number_makes_one_file() -> None:
    assert [hostile(seed) for seed in range(60)] == [hostile(seed) for seed in range(60)]
    assert len({hostile(seed).data for seed in range(60)}) > 50


# The watch notices


def good(*_: object) -> Picture:
    return Picture(np.zeros((2, 3, 3), np.uint8), "cat.png", ())


def raised(error: BaseException):
    def load(*_: object) -> Picture:
        raise error

    return load


def warned(*_: object) -> Picture:
    warnings.warn("careless", stacklevel=1)
    return good()


def left_open(*_: object) -> Picture:
    os.open(os.devnull, os.O_RDONLY)
    return good()


def left_set(*_: object) -> Picture:
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    return good()


def by_the_clock(*_: object) -> Picture:
    return Picture(np.zeros((1, 1, 3), np.uint8), "cat.png", (str(time.perf_counter_ns()),))


@pytest.mark.parametrize(
    ("load", "fault"),
    [
        (good, None),
        (raised(KeyError("tag")), "KeyError"),
        (raised(SystemExit(1)), "SystemExit"),
        (raised(ImageInputError(f"Cannot use '{'a' * 300}'.", code="damaged")), "longer than 220"),
        (raised(ImageInputError("Cannot use 'a':\nb.", code="damaged")), "not printable"),
        (raised(ImageInputError("Damaged.", code="damaged")), "without its beginning"),
        (raised(ImageInputError("Cannot use 'a': b", code="damaged")), "without its full stop"),
        (raised(ImageInputError("Cannot use 'a': b.", code="bad")), "no known code"),
        (lambda *_: Picture(np.zeros((2, 3), np.uint8)[..., None], "a", ()), "shape"),
        (lambda *_: Picture(np.zeros((2, 3, 3)), "a", ()), "dtype float64"),
        (lambda *_: Picture(np.zeros((2, 6, 3), np.uint8)[:, ::2], "a", ()), "not contiguous"),
        (lambda *_: Picture(np.zeros((1, 30_001, 3), np.uint8), "a", ()), "too large"),
        (lambda *_: Picture(np.zeros((2, 3, 3), np.uint8), "a\nb", ()), "more than one line"),
        (lambda *_: Picture(np.zeros((2, 3, 3), np.uint8), "a", ("\x1b",)), "more than one line"),
        (warned, "warning: careless"),
        (left_open, "descriptors left open"),
        (left_set, "settings of Pillow"),
        (by_the_clock, "another result from the same bytes"),
    ],
)
def test_the_watch_sees_each_kind_of_fault(
    monkeypatch: pytest.MonkeyPatch, load, fault: str | None
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", False)
    monkeypatch.setattr("imglab.image.load", load)
    monkeypatch.setattr("imglab.image.load_bytes", load)
    opened = fuzz._descriptors()
    _, faults = fuzz.judge("cat.png", b"")
    for number in fuzz._descriptors() - opened:
        os.close(number)
    if fault is None:
        assert faults == []
    else:
        assert any(fault in one for one in faults)
