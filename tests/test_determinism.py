"""A lesson built again is the stored notebook, also where NumPy may use two threads."""

import base64

import numpy as np
import pytest

from imglab.course import lessons
from imglab.image import encode_png
from tests import determinism


@pytest.mark.slow
def test_one_lesson_with_two_threads_is_the_stored_one(capsys) -> None:
    # `python -m tests.determinism` builds all of them, three times each
    status = determinism.main(["02", "--threads", "2"])
    assert capsys.readouterr().out.startswith("02_pixel, threads 2: the same")
    assert status == 0


def picture(level: int, *, spot: int = 0) -> str:
    image = np.add.outer(np.arange(40), np.arange(50)).astype(np.uint8)
    image[3 : 3 + spot, 3 : 3 + spot] = level
    return base64.b64encode(encode_png(image)).decode()


@pytest.mark.parametrize(
    ("changed", "count"),
    [
        ({"text/plain": "1.5", "image/png": picture(0)}, 0),
        ({"text/plain": "1.6", "image/png": picture(0)}, 1),
        ({"text/plain": "1.5", "image/png": picture(200, spot=9)}, 1),
        ({"text/plain": "1.5", "image/png": picture(0) + "\n"}, 0),  # other bytes, one picture
        ({"text/plain": "1.5"}, 1),
    ],
)
def test_a_text_may_not_change_and_a_picture_only_its_bytes(changed, count) -> None:
    stored = {"cells": [{"outputs": [{"data": {"text/plain": "1.5", "image/png": picture(0)}}]}]}
    fresh = {"cells": [{"outputs": [{"data": changed}]}]}
    assert len(list(determinism.differences(stored, fresh))) == count


def test_every_lesson_is_found() -> None:
    root = lessons.project_root()
    assert root is None or len(lessons.find(root)) >= 5
