"""The judge: trials are balanced, answers are kept, agreement is counted as on paper."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from imglab import language, samples
from imglab.course import judging
from imglab.course.judging import Judge, Trial
from imglab.distortions import DISTORTIONS


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IMGLAB_STATE", str(tmp_path))
    return tmp_path / "choosing.json"


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IMGLAB_STATE", raising=False)


# --- the trials ------------------------------------------------------------------------------


def test_each_pair_of_changes_comes_twice_with_its_sides_swapped_on_another_picture() -> None:
    asked = judging.trials()
    assert len(asked) == 20
    assert len({trial.picture for trial in asked}) == 20
    assert {trial.picture for trial in asked} <= set(samples.names())
    sides = [(trial.left, trial.right) for trial in asked]
    for a, b in judging.PAIRS:
        assert sides.count((a, b)) == sides.count((b, a)) == 1


def test_every_copy_differs_from_its_picture_and_from_the_other() -> None:
    for number in range(1, 21):
        reference, left, right = judging.pictures(number)
        assert reference.shape == left.shape == right.shape == (192, 192, 3)
        assert (reference != left).any()
        assert (reference != right).any()
        assert (left != right).any()


def test_a_trial_s_copies_are_its_two_changes() -> None:
    trial = judging.trials()[2]
    assert isinstance(trial, Trial)
    reference, left, _ = judging.pictures(3)
    change, strength = trial.left
    assert (left == DISTORTIONS[change](reference, strength, seed=3)).all()


def test_a_sheet_has_the_picture_above_and_the_copies_below() -> None:
    page, (reference, left, right) = judging.sheet(1), judging.pictures(1)
    assert page.shape == (400, 400, 3)
    assert (page[:192, 104:296] == reference).all()  # (400 - 192) / 2
    assert (page[208:, :192] == left).all()
    assert (page[208:, 208:] == right).all()
    assert (page[192:208] == 255).all()


# --- agreement -------------------------------------------------------------------------------


def fixed(monkeypatch: pytest.MonkeyPatch, table: dict[str, list[tuple[float, float]]]) -> None:
    monkeypatch.setattr(judging, "distances", lambda metric: np.array(table[metric]))


def test_a_metric_chooses_the_copy_that_is_nearer_in_its_own_direction(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = [(1.0, 2.0), (3.0, 2.0), (2.0, 2.0), (np.nan, 1.0)]
    fixed(monkeypatch, {"mean_squared_error": values, "ssim": values})
    assert judging.choices("mean_squared_error") == ("left", "right", "tie", "none")
    assert judging.choices("ssim") == ("right", "left", "tie", "none")


def test_agreement_counts_ties_and_missing_values_half(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [(1.0, 2.0), (3.0, 2.0), (2.0, 2.0), (np.nan, 1.0), (1.0, 2.0)]
    fixed(monkeypatch, {"mean_squared_error": values, "ssim": values})
    answers: dict[int, judging.Side] = {1: "left", 2: "right", 3: "left", 4: "right"}
    first, second = judging.agreement(answers, ["ssim", "mean_squared_error"])
    # MSE: 1 + 1 + 0.5 + 0.5; SSIM: 0 + 0 + 0.5 + 0.5; the fifth trial has no answer
    assert (first.metric, first.same, first.of) == ("mean_squared_error", 3.0, 4)
    assert (second.metric, second.same, second.of) == ("ssim", 1.0, 4)
    assert str(second) == "1 of 4 (0.05 to 0.70)"


def test_the_interval_of_wilson_is_that_of_scipy() -> None:
    from scipy.stats import binomtest

    for same, of in ((0, 20), (7, 20), (10, 20), (20, 20), (1, 3)):
        expected = binomtest(same, of).proportion_ci(0.95, method="wilson")
        assert judging.wilson(same, of) == pytest.approx((expected.low, expected.high), abs=1e-6)
    assert judging.wilson(0, 0) == (0.0, 1.0)


def test_a_coin_agrees_by_chance_as_often_as_on_paper() -> None:
    # of 4: 1 way for 4, 4 ways for 3, of 16
    assert judging.by_chance(4, 4) == 1 / 16
    assert judging.by_chance(3, 4) == 5 / 16
    assert judging.by_chance(0, 4) == 1.0
    assert judging.by_chance(15, 20) == pytest.approx(0.0207, abs=5e-5)


def test_the_simulated_observer_is_the_same_for_one_seed_and_errs_with_another() -> None:
    first = judging.simulated(0)
    assert sorted(first) == list(range(1, 21))
    assert first == judging.simulated(0)
    assert {*first.values()} == {"left", "right"}
    apart = sum(first[number] != judging.simulated(1)[number] for number in first)
    assert 0 < apart < 10


def test_the_simulated_observer_forgives_a_shift_and_light_as_it_says() -> None:
    reference = judging._seen(judging.pictures(1)[0])
    moved = np.roll(reference, 1, axis=1) + 30
    other = judging._seen(judging.pictures(2)[0])
    assert judging._forgiving(reference, moved) < 0.5 * judging._forgiving(reference, other)
    assert judging._forgiving(reference, reference + 30) == pytest.approx(1.0)


# --- the widget ------------------------------------------------------------------------------


def test_an_answer_is_kept_and_leads_to_the_next_trial(state: Path) -> None:
    judge = Judge()
    assert (
        repr(judge)
        == "Explorer(trial=1, nearer=None) -> trial 1/20, your answer none, answered 0/20"
    )
    judge.answer("left")
    assert judge.controls["trial"].value == 2
    assert judge.controls["nearer"].value is None
    assert (judge.picture == judging.sheet(2)).all()
    judge.controls["nearer"].value = "right"
    assert judge.answers == {1: "left", 2: "right"}
    kept = json.loads(state.read_text(encoding="utf-8"))["judgements"]
    assert kept == {"trial-01": "left", "trial-02": "right"}


def test_it_goes_on_where_the_learner_stopped(state: Path) -> None:
    first = Judge()
    first.answer("left")
    first.answer("right")
    again = Judge()
    assert again.answers == {1: "left", 2: "right"}
    assert again.controls["trial"].value == 3
    assert again.numbers["answered"] == "2/20"


def test_going_back_shows_the_answer_and_records_nothing(state: Path) -> None:
    judge = Judge()
    judge.answer("left")
    judge.controls["trial"].value = 1
    assert judge.controls["nearer"].value == "left"
    assert judge.answers == {1: "left"}
    assert judge.numbers == {"trial": "1/20", "your answer": "left", "answered": "1/20"}
    judge.answer("right")  # a change of mind
    assert judge.answers == {1: "right"}
    assert judge.controls["trial"].value == 2


def test_after_the_last_trial_the_skipped_ones_come(nowhere: None) -> None:
    judge = Judge(dict.fromkeys(range(2, 20), "left"))
    judge.controls["trial"].value = 20
    judge.answer("right")
    assert judge.controls["trial"].value == 1
    judge.answer("right")
    assert judge.controls["trial"].value == 1  # nothing is left to ask
    assert judge.controls["nearer"].value == "right"
    assert len(judge.answers) == 20


def test_given_answers_are_not_the_learner_s_and_are_not_recorded(state: Path) -> None:
    judge = Judge({})
    judge.answer("left")
    assert judge.answers == {1: "left"}
    assert not state.exists()


def test_without_a_place_for_records_answers_last_as_long_as_the_judge(nowhere: None) -> None:
    judge = Judge()
    judge.answer("left")
    assert judge.answers == {1: "left"}
    assert Judge().answers == {}


@pytest.mark.parametrize(
    "damage",
    [
        {"judgements": {"trial-01": "up", "trial-02": "left", "trial-99": "left", "x": 3}},
        {"judgements": {"trial-02": "left", "trial-03": ["left"]}},
    ],
)
def test_what_is_no_answer_in_the_record_is_left_out(state: Path, damage: dict) -> None:
    state.write_text(json.dumps(damage), encoding="utf-8")
    assert judging.recorded() == {2: "left"}


@pytest.mark.parametrize("say", [str.upper, "перевод: {}".format])
def test_in_another_language_each_word_is_said_once(
    nowhere: None, monkeypatch: pytest.MonkeyPatch, say: Callable[[str], str]
) -> None:
    words = {
        "Which of the two below is nearer to the picture above?",
        *("nearer", "left", "right", "trial", "your answer", "answered", "none"),
    }
    monkeypatch.setattr(language, "_catalogue", lambda name: {word: say(word) for word in words})
    monkeypatch.setattr(language, "current", lambda: "xx")
    monkeypatch.setenv("IMGLAB_BUILD", "1")  # a word without translation stops a build
    judge = Judge({})
    heading, trial, nearer, _, line = judge.children
    assert (
        heading.value == f"<b>{say('Which of the two below is nearer to the picture above?')}</b>"
    )
    assert (trial.description, nearer.description) == (say("trial"), say("nearer"))
    assert [shown for shown, _ in nearer.options] == [say("left"), say("right")]
    for word in ("trial", "your answer", "answered", "none"):
        assert f"{say(word)} " in line.value or f">{say(word)}<" in line.value
