"""A prediction is kept, compared, and never punished with a traceback."""

import json
import math

import numpy as np
import pytest

from imglab.course import predictions
from imglab.course.predictions import predict, predictions_scored, reveal

CHOICE = {"A": "the noisy copy", "B": "the shifted copy", "C": "neither"}


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.delenv("IMGLAB_STATE", raising=False)
    restart(monkeypatch)


def restart(monkeypatch):
    monkeypatch.setattr(predictions, "_asked", {})
    monkeypatch.setattr(predictions, "_revealed", {})


def said(capsys):
    return capsys.readouterr().out.splitlines()


def test_an_untouched_prediction_says_what_to_write(capsys):
    predict("pixel-p1", ..., options=CHOICE)
    predict("pixel-p2", ...)
    predict("pixel-p3", ..., unit="levels", between=(0, 255))
    assert said(capsys) == [
        "no prediction yet: replace ... by one of A, B, C",
        "no prediction yet: replace ... by a number",
        "no prediction yet: replace ... by a number from 0 to 255 (levels)",
    ]


def test_a_valid_answer_is_recorded(capsys):
    predict("pixel-p1", "B", options=CHOICE)
    predict("pixel-p1", " b ", options=CHOICE)
    predict("pixel-p2", 30, unit="levels")
    predict("pixel-p2", "30.5", unit="levels")
    predict("pixel-p2", np.float32(0.5))
    predict("pixel-p3", math.inf, unit="dB")
    assert said(capsys) == [
        "prediction pixel-p1 recorded: B",
        "prediction pixel-p1 recorded: B",
        "prediction pixel-p2 recorded: 30 levels",
        "prediction pixel-p2 recorded: 30.5 levels",
        "prediction pixel-p2 recorded: 0.5",
        "prediction pixel-p3 recorded: inf dB",
    ]


@pytest.mark.parametrize(
    ("answer", "quoted"),
    [("D", "'D'"), ("портрет", "'\\u043f"), ("", "''"), (None, "a NoneType"), ([1], "a list")],
)
def test_a_bad_option_gets_one_sentence_and_is_not_recorded(capsys, answer, quoted):
    predict("pixel-p1", answer, options=CHOICE)
    reveal("pixel-p1", "C")
    refused, revealed = said(capsys)
    assert refused.startswith(f"pixel-p1: {quoted}")
    assert refused.endswith("is not one of A, B, C; replace it")
    assert revealed == "No prediction was recorded; the measurement says C."


@pytest.mark.parametrize(
    "answer",
    [300, -1, "thirty", "30,5", math.nan, True, None, [3], np.array([3.0]), 10**400, 1j, np.True_],
    ids=repr,
)
def test_a_bad_number_gets_one_sentence_and_is_not_recorded(capsys, answer):
    predict("pixel-p1", answer, between=(0, 255))
    reveal("pixel-p1", 21.3456)
    refused, revealed = said(capsys)
    assert refused.startswith("pixel-p1: ")
    assert refused.endswith(" is not a number from 0 to 255; replace it")
    assert revealed == "No prediction was recorded; the measurement says 21.3456."


def test_an_option_is_revealed_as_right_or_beside_the_measurement(capsys):
    predict("pixel-p1", "B", options=CHOICE)
    reveal("pixel-p1", "B", why="a shift moves every edge.")
    reveal("pixel-p1", "B")
    reveal("pixel-p1", "C", why="A shift moves every edge.")
    assert said(capsys)[1:] == [
        "You predicted B. Right: a shift moves every edge.",
        "You predicted B. Right.",
        "You predicted B; the measurement says C. A shift moves every edge.",
    ]


@pytest.mark.parametrize(
    ("answer", "measured", "verdict"),
    [
        (20.0, 20.0, "20: exactly right"),
        (22.0, 20.0, "20: right to within 10 %"),  # 22 - 20 = 2 = 10 % of 20
        (22.1, 20.0, "20: too high by 2.1"),
        (60.0, 20.0, "20: too high by a factor of 3"),
        (5.0, 20.0, "20: too low by a factor of 4"),
        (0.0, 20.0, "20: too low by 20"),
        (0.5, -0.25, "-0.25: too high by 0.75"),
        (-3.0, -1.0, "-1: too low by a factor of 3"),
        (1.0, 0.0, "0: too high by 1"),
        (40.0, math.inf, "inf: too low"),
        (math.inf, 40.0, "40: too high"),
        (math.inf, math.inf, "inf: exactly right"),
        (21.0, "21.35", "21.35: right to within 10 %"),
    ],
)
def test_a_number_is_revealed_with_its_distance(capsys, answer, measured, verdict):
    predict("pixel-p1", answer)
    reveal("pixel-p1", measured)
    assert said(capsys)[1] == f"You predicted {answer:g}; the measurement says {verdict}."


def test_an_answer_stands_once_it_was_revealed(capsys):
    predict("pixel-p1", "B", options=CHOICE)
    reveal("pixel-p1", "C")
    predict("pixel-p1", "C", options=CHOICE)
    predict("pixel-p1", ..., options=CHOICE)
    predict("pixel-p1", "B", options=CHOICE)
    reveal("pixel-p1", "C")
    assert said(capsys)[2:] == [
        "prediction pixel-p1 stays B: the answer was revealed",
        "prediction pixel-p1 stays B: the answer was revealed",
        "prediction pixel-p1 recorded: B",
        "You predicted B; the measurement says C.",
    ]


def test_whoever_ran_everything_first_can_still_predict(capsys):
    predict("pixel-p1", ..., options=CHOICE)
    reveal("pixel-p1", "C")
    predict("pixel-p1", "C", options=CHOICE)
    assert said(capsys)[-1] == "prediction pixel-p1 recorded: C"


def test_an_answer_taken_back_before_the_reveal_is_gone(capsys):
    predict("pixel-p1", "B", options=CHOICE)
    predict("pixel-p1", ..., options=CHOICE)
    reveal("pixel-p1", "B")
    assert said(capsys)[1:] == [
        "no prediction yet: replace ... by one of A, B, C",
        "No prediction was recorded; the measurement says B.",
    ]


def test_predictions_are_counted_by_lesson(capsys):
    predictions_scored("pixel")
    for index, answer in enumerate(("A", "B", ...)):
        predict(f"pixel-p{index}", answer, options=CHOICE)
        reveal(f"pixel-p{index}", "B")
        reveal(f"pixel-p{index}", "B")
    predict("ssim-p1", "B", options=CHOICE)
    reveal("ssim-p1", "B")
    capsys.readouterr()
    predictions_scored("pixel")
    assert said(capsys) == ["1 of 2 recorded predictions right (3 asked)"]


def test_without_an_answer_the_count_says_so(capsys):
    predict("pixel-p1", ..., options=CHOICE)
    reveal("pixel-p1", "B")
    predictions_scored("pixel")
    assert said(capsys)[-1] == "no prediction was recorded in this session (1 asked)"


def test_a_lesson_that_reveals_no_option_is_refused():
    predict("pixel-p1", ..., options=CHOICE)
    with pytest.raises(ValueError, match="correct must be one of A, B, C, got 'D'"):
        reveal("pixel-p1", "D")


def test_a_prediction_is_kept_over_a_restart(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("IMGLAB_STATE", str(tmp_path))
    predict("pixel-p1", "B", options=CHOICE, question="Which is nearer?")
    predict("pixel-p2", 30, unit="levels")
    restart(monkeypatch)
    capsys.readouterr()
    reveal("pixel-p1", "B")
    reveal("pixel-p2", 10.0)
    assert said(capsys) == [
        "You predicted B. Right.",
        "You predicted 30 levels; the measurement says 10 levels: too high by a factor of 3.",
    ]
    kept = json.loads((tmp_path / "pixel.json").read_text())["predictions"]
    assert kept["pixel-p1"] == {"answer": "B", "question": "Which is nearer?", "unit": ""}


def test_a_whole_untouched_run_prints_the_same_with_a_full_state(tmp_path, capsys, monkeypatch):
    def whole_run():
        restart(monkeypatch)
        predict("pixel-p1", ..., options=CHOICE)
        reveal("pixel-p1", "C")
        predictions_scored("pixel")
        return said(capsys)

    without = whole_run()
    monkeypatch.setenv("IMGLAB_STATE", str(tmp_path))
    predict("pixel-p1", "B", options=CHOICE)
    predict("pixel-p9", 3)
    capsys.readouterr()
    assert whole_run() == without


@pytest.mark.parametrize("entry", [3, {"answer": [1]}, {}, {"answer": True}, {"answer": 7.0}])
def test_a_record_of_another_form_counts_as_none(tmp_path, capsys, monkeypatch, entry):
    monkeypatch.setenv("IMGLAB_STATE", str(tmp_path))
    (tmp_path / "pixel.json").write_text(json.dumps({"predictions": {"pixel-p1": entry}}))
    reveal("pixel-p1", "C")
    assert said(capsys) == ["No prediction was recorded; the measurement says C."]
