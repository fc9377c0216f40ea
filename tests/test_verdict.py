"""The verdict: what is stored is what the pixels give, and the rule is the documented one."""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from imglab import cli, comparison, keypoints, samples, verdict
from imglab.image import to_gray

DOCUMENT = json.loads(samples.data_path(verdict.FILE).read_text(encoding="utf-8"))
SAMPLED = 12  # cases of each cloud that are counted anew


@pytest.fixture
def other_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the stored counts that a test may change."""
    path = tmp_path / verdict.FILE
    original = samples.data_path
    monkeypatch.setattr(
        samples, "data_path", lambda name: path if name == verdict.FILE else original(name)
    )
    verdict._stored.cache_clear()
    yield path
    verdict._stored.cache_clear()


def disagreements(document: dict, cloud: str) -> list[str]:
    """Count a seeded random part of the cases anew; name those that differ."""
    cases = verdict.cases(cloud)
    assert len(document[cloud]) == len(cases)
    rng = np.random.default_rng(len(cases))
    return [
        f"{cases[i]}: stored {document[cloud][i]}, now {fresh}"
        for i in sorted(rng.choice(len(cases), SAMPLED, replace=False))
        if (fresh := list(verdict.compute(cases[i]))) != document[cloud][i]
    ]


# --- what is stored --------------------------------------------------------------------------


@pytest.mark.parametrize("cloud", verdict.CLOUDS)
def test_a_random_part_of_the_stored_counts_is_what_the_pixels_give_today(cloud: str) -> None:
    assert disagreements(DOCUMENT, cloud) == []


def test_one_changed_column_is_noticed_when_it_is_recounted() -> None:
    rows = [[*row[:-1], row[-1] + 1] for row in DOCUMENT["same_scene"]]
    assert len(disagreements({"same_scene": rows}, "same_scene")) == SAMPLED


def test_the_clouds_hold_every_unrelated_pair_and_every_change_but_the_shuffle() -> None:
    assert [case[:2] for case in verdict.cases("unrelated")] == list(samples.unrelated_pairs())
    changed = verdict.cases("unrelated_changed")
    assert len(changed) == 190 * 16  # 17 changes, of which the shuffle makes another thing
    own = verdict.cases("same_scene")
    assert own[-1] == ("roofs", "roofs_again", "", 0)
    assert "shuffle" not in {case[2] for case in (*own, *changed)}
    assert sum(case[2] == "mirror" for case in own) == len(samples.names())  # it has one strength


def test_the_last_column_is_the_metric_of_the_catalogue() -> None:
    row = verdict.cases("unrelated").index(("astronaut", "hopper", "", 0))
    x, y = (to_gray(samples.load(name, size=256)) for name in ("roofs", "roofs_again"))
    assert verdict.counts("same_scene")[-1, -1] == keypoints.count_verified(x, y)
    x, y = (to_gray(samples.load(name, size=256)) for name in ("astronaut", "hopper"))
    found = keypoints.match(x, y, seed=0)
    assert verdict.counts("unrelated")[row, :3].tolist() == [
        found.nearest,
        found.mutual,
        found.ratio,
    ]


def test_what_is_written_is_what_is_read(other_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = {cloud: verdict.cases(cloud)[:2] for cloud in verdict.CLOUDS}
    monkeypatch.setattr(verdict, "cases", lambda cloud: few[cloud])
    verdict.write(other_file)
    for cloud in verdict.CLOUDS:
        assert verdict.counts(cloud).tolist() == DOCUMENT[cloud][:2]
    assert json.loads(other_file.read_text(encoding="utf-8"))["columns"] == list(verdict.RULES)


def test_imglab_calibrate_writes_both_files(
    other_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("imglab.calibration.write", lambda path, *, deep: None)
    monkeypatch.setattr(verdict, "cases", lambda cloud: ())
    assert cli.main(["calibrate"]) == 0
    assert capsys.readouterr().out == "wrote calibration.json\nwrote verdict.json\n"
    assert json.loads(other_file.read_text(encoding="utf-8"))["unrelated"] == []


@pytest.mark.parametrize(("key", "value"), [("settings", "SIFT"), ("size", 128)])
def test_counts_of_other_settings_are_refused(other_file: Path, key: str, value: object) -> None:
    other_file.write_text(json.dumps(DOCUMENT | {key: value}), encoding="utf-8")
    with pytest.raises(ValueError, match=f"must have the {key} .*; run 'imglab calibrate'"):
        verdict.judge(9)


# --- the rule --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("points", "answer"),
    [
        (0, "nothing found in common"),
        (4, "undecided"),  # four always fit
        (7, "undecided"),
        (8, "the same thing"),  # four that fix a homography, and as many that confirm it
        (300, "the same thing"),
    ],
)
def test_the_answer_changes_at_one_and_at_eight_points(points: int, answer: str) -> None:
    judged = verdict.judge(points)
    assert (judged.answer, judged.points, judged.needed) == (answer, points, 8)


@pytest.mark.parametrize(("most", "needed"), [(0, 8), (3, 8), (4, 8), (5, 10), (20, 40)])
def test_twice_the_most_of_unrelated_pairs_is_needed_and_at_least_eight(
    other_file: Path, most: int, needed: int
) -> None:
    rows = [[9, 9, 9, 9, 0], [9, 9, 9, 9, most]]
    other_file.write_text(json.dumps(DOCUMENT | {"unrelated_changed": rows}), encoding="utf-8")
    assert (verdict.judge(0).needed, verdict.judge(0).most) == (needed, most)


def test_the_sentence_tells_the_count_what_is_needed_and_what_strangers_gave() -> None:
    assert str(verdict.judge(15)) == (
        "the same thing (15 keypoints found again; 8 are needed, 3230 unrelated pairs gave none)"
    )
    assert "gave at most 3)" in str(verdict.Verdict("undecided", 5, 8, 3, 10))


@pytest.mark.parametrize("points", [-1, 2.5, float("nan"), float("inf")])
def test_what_is_no_count_is_refused(points: float) -> None:
    with pytest.raises(ValueError, match="points must be a whole number from 0 on, got"):
        verdict.judge(points)


def test_a_rule_errs_as_often_as_counted_by_hand(other_file: Path) -> None:
    small = DOCUMENT | {
        "unrelated": [[9, 5, 3, 2, 0]] * 190,
        "unrelated_changed": [[9, 6, 3, 2, 0]] * 10,
        "same_scene": [[9, 6, 3, 2, 8]] * (len(DOCUMENT["same_scene"]) - 1) + [[9, 6, 3, 2, 7]],
    }
    other_file.write_text(json.dumps(small), encoding="utf-8")
    # cross-check, 6 needed: the 10 changed pairs have 6, the 190 plain ones 5
    assert verdict.rates("cross-check", 6) == verdict.Rates(6, 10, 200, 0, 952)
    # verdict, 8 needed: only the last same-scene pair has 7
    assert verdict.rates("verdict", 8) == verdict.Rates(8, 0, 200, 1, 952)


def test_changes_can_be_left_out_of_the_misses() -> None:
    every, kept = (verdict.rates("verdict", 8, without=names) for names in ((), ["mirror"]))
    assert every.same_scene - kept.same_scene == len(samples.names())
    assert every.misses > kept.misses
    with pytest.raises(ValueError, match=r"rule must be one of raw count, .*, got 'luck'"):
        verdict.rates("luck", 8)


def test_the_documented_error_rates_are_those_of_the_stored_counts() -> None:
    found = verdict.rates("verdict", verdict.judge(0).needed)
    kept = verdict.rates("verdict", verdict.judge(0).needed, without=["mirror"])
    assert found.false_alarms == 0
    notes = " ".join((verdict.judge.__doc__ or "").split())
    assert f"Of {found.unrelated:,} unrelated pairs" in notes
    assert f"Of {found.same_scene} pictures against changed copies" in notes
    share, without = (100 * rate.misses / rate.same_scene for rate in (found, kept))
    assert f"{found.misses} are missed: {share:.1f} %" in notes
    assert f"the mirrored ones {without:.1f} %" in notes


# --- in a comparison -------------------------------------------------------------------------


def test_a_comparison_ends_with_the_verdict() -> None:
    pair = comparison.compare("roofs", "roofs_again", metrics=["orb_inliers"])
    assert pair.verdict == verdict.judge(15)
    assert str(pair).endswith(f"\n\nby keypoints: {pair.verdict}")
    assert html.escape(f"by keypoints: {pair.verdict}") in re.sub("<[^>]*>", "", pair._repr_html_())
    assert json.loads(pair.to_json())["verdict"]["answer"] == "the same thing"
    strangers = comparison.compare("roofs", "castle", metrics=["orb_inliers"])
    assert strangers.verdict == verdict.judge(0)


def test_where_no_keypoints_were_counted_there_is_no_verdict() -> None:
    flat = np.full((80, 80, 3), 9, dtype=np.uint8)
    for pair in (
        comparison.compare(flat, flat, metrics=["orb_inliers"]),
        comparison.compare("roofs", "castle", metrics=["mean_squared_error"]),
    ):
        assert pair.verdict is None
        assert "by keypoints" not in str(pair)
        assert "by keypoints" not in pair._repr_html_()
        assert json.loads(pair.to_json())["verdict"] is None
