"""The metrics that need torch: their records, their clouds, their rows."""

import json
import math
import subprocess
import sys

import numpy as np
import pytest

from imglab import calibration, cli, samples
from imglab.catalogue import DEEP_METRICS, METRICS
from imglab.comparison import compare
from imglab.course.scorecards import scorecard
from imglab.validation import MissingPackage, UndefinedMetric

DOCUMENT = json.loads(samples.data_path(calibration.DEEP_FILE).read_text(encoding="utf-8"))
SAMPLED = 5  # pairs of each kind and metric that are computed anew
TOLERANCE = 2e-3  # float32 sums differ by machine

each = pytest.mark.parametrize("key", DEEP_METRICS)
deep = pytest.mark.deep


def test_the_two_tables_have_nothing_in_common() -> None:
    assert not METRICS.keys() & DEEP_METRICS.keys()
    titles = [metric.title for metric in (METRICS | DEEP_METRICS).values()]
    assert len(set(titles)) == len(titles)


@each
def test_every_deep_record_is_complete(key: str) -> None:
    metric = DEEP_METRICS[key]
    assert metric.key == key
    for text in (metric.title, metric.formula, metric.settings, metric.never_use_for):
        assert text.strip()
    assert metric.direction == "similarity"
    assert metric.ideal == metric.high == 1
    assert metric.decimals == 3
    assert metric.digits == 4
    assert not metric.needs_equal_size


@each
def test_stored_clouds_belong_to_todays_settings_and_pictures(key: str) -> None:
    clouds = calibration.clouds(key)
    assert DOCUMENT["metrics"].keys() == DEEP_METRICS.keys()
    light = json.loads(samples.data_path(calibration.FILE).read_text(encoding="utf-8"))
    for part in ("version", "size", "resize", "pixels"):
        assert DOCUMENT[part] == light[part]
    assert len(clouds.unrelated) == 190
    assert len(clouds.same_scene) == len(calibration.same_scene_pairs())
    assert clouds.metric.low <= clouds.unrelated.min() <= clouds.unrelated.max() < 1
    # Four digits are stored, and a network that sees 64 pixels misses the smallest changes.
    assert clouds.metric.low <= clouds.same_scene.min() <= clouds.same_scene.max() <= 1
    for values in (clouds.unrelated, clouds.same_scene):
        assert [float(f"{value:.4g}") for value in values] == values.tolist()
    assert np.median(clouds.same_scene) > np.median(clouds.unrelated)


@deep
@each
def test_a_random_part_of_the_stored_deep_values_is_what_the_pixels_give_today(key: str) -> None:
    rng = np.random.default_rng([sum(map(ord, key)), 5])
    unrelated, same_scene = samples.unrelated_pairs(), calibration.same_scene_pairs()
    i = sorted(rng.choice(len(unrelated), SAMPLED, replace=False))
    j = sorted(rng.choice(len(same_scene), SAMPLED, replace=False))
    stored = DOCUMENT["metrics"][key]
    fresh = calibration.compute(key, [unrelated[n] for n in i], [same_scene[n] for n in j])
    assert fresh[0] == pytest.approx([stored["unrelated"][n] for n in i], abs=TOLERANCE)
    assert fresh[1] == pytest.approx([stored["same_scene"][n] for n in j], abs=TOLERANCE)


@deep
@each
def test_equal_pictures_give_exactly_one_and_others_less(key: str) -> None:
    x, y = samples.load("astronaut", size=128), samples.load("chelsea", size=160)[:130]
    before = x.copy()
    x.setflags(write=False)
    assert DEEP_METRICS[key](x, x.copy()) == 1
    value = DEEP_METRICS[key](x, y)
    assert type(value) is float
    assert DEEP_METRICS[key].low <= value < 1
    assert DEEP_METRICS[key](y, x) == value
    assert np.array_equal(x, before)


@deep
@each
def test_pictures_without_content_stay_in_range_or_are_undefined(key: str) -> None:
    black, white = np.zeros((16, 20, 3), np.uint8), np.full((16, 20, 3), 255, np.uint8)
    noise = np.random.default_rng(6).integers(0, 256, (16, 20, 3), dtype=np.uint8)
    for pair in ((black, white), (black, noise), (noise, 255 - noise), (noise[:1], noise[:, :1])):
        try:
            value = DEEP_METRICS[key](*pair)
        except UndefinedMetric:
            continue
        assert DEEP_METRICS[key].low <= value <= 1


def test_a_deep_value_level_with_a_stored_one_to_four_digits_is_no_win() -> None:
    clouds = calibration.clouds("cnn_cosine")
    stored = float(np.sort(clouds.unrelated)[100])
    place = calibration.standing(stored + 2e-6, clouds)
    assert place.level_with >= 1
    assert place.nearer_than < 190


@deep
def test_compare_adds_the_deep_rows_when_asked_and_not_otherwise() -> None:
    plain = compare("astronaut", "hopper", metrics=None)
    assert [row.metric.key for row in plain.rows] == list(METRICS)
    asked = compare("astronaut", "hopper", metrics=[*METRICS, *DEEP_METRICS])
    assert [row.metric.key for row in asked.rows] == [*METRICS, *DEEP_METRICS]
    one = compare("astronaut", "hopper", metrics=["cnn_cosine"])
    # two portraits: measured once, 0.338, nearer than 185 of the 189 other pairs
    assert one["cnn_cosine"].value == pytest.approx(0.338, abs=TOLERANCE)
    assert one["cnn_cosine"].standing.of == 189
    assert 180 <= one["cnn_cosine"].standing.nearer_than <= 187


@deep
def test_a_condition_may_name_a_deep_metric_that_is_asked_for(capsys) -> None:
    # the cat and the coffee are far apart: below 0.5
    words = ["compare", "chelsea", "coffee", "--fail-if", "cnn_cosine<0.5"]
    assert cli.main([*words, "--deep"]) == 1
    assert "cnn_cosine<0.5: true, the value is 0." in capsys.readouterr().err
    assert cli.main(words) == 2
    assert "not computed; ask for it with --deep" in capsys.readouterr().err


@deep
def test_a_folder_can_be_the_reference_of_a_deep_metric(tmp_path) -> None:
    from PIL import Image

    for name in ("coffee", "grass", "text"):
        Image.fromarray(samples.load(name, size=64)).save(tmp_path / f"{name}.png")
    row = compare("astronaut", "hopper", metrics=["cnn_cosine"], against=tmp_path)["cnn_cosine"]
    assert row.standing.of == 3


@deep
def test_the_command_prints_and_recomputes_deep_metrics(tmp_path, capsys, monkeypatch) -> None:
    assert cli.main(["compare", "--deep", "--json", "chelsea", "coffee"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [one["metric"] for one in document["metrics"]] == [*METRICS, *DEEP_METRICS]
    monkeypatch.setattr(calibration, "DEEP_METRICS", {})
    assert cli.main(["calibrate", "--deep", "--output", str(tmp_path / "new.json")]) == 0
    assert capsys.readouterr().out == "wrote new.json\n"
    fresh = json.loads((tmp_path / "new.json").read_text(encoding="utf-8"))
    assert fresh == {**DOCUMENT, "metrics": {}}


def test_without_torch_the_command_names_the_cure_in_one_line(capsys, monkeypatch) -> None:
    def missing(*pictures) -> float:
        msg = "Networks need the package torch"
        raise MissingPackage(msg)

    monkeypatch.setitem(
        DEEP_METRICS,
        "cnn_cosine",
        type(DEEP_METRICS["cnn_cosine"])(
            **{**vars(DEEP_METRICS["cnn_cosine"]), "function": missing}
        ),
    )
    assert cli.main(["compare", "--deep", "astronaut", "hopper"]) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "Networks need the package torch\n")


def test_plain_compare_loads_neither_torch_nor_the_means_to_download() -> None:
    code = (
        "import sys, imglab.cli; imglab.cli.main(['compare', 'coffee', 'grass']); "
        "print([n for n in ('torch', 'torchvision', 'urllib.request') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, encoding="utf-8"
    )
    assert done.stdout.splitlines()[-1] == "[]"


@deep
def test_a_score_card_of_a_deep_metric_says_what_it_needs_to() -> None:
    rows = dict(scorecard("cnn_cosine").rows)
    assert rows["derived in"] == "lesson 05"
    assert rows["equal pictures"] == "exactly 1 for 6 of 6 pictures"
    assert rows["symmetry"] == "the same in both orders for 15 of 15 pairs"
    assert rows["sizes"] == "may differ"
    assert "blind" not in rows["itself mirrored"]
    assert math.isfinite(float(rows["itself mirrored"].split()[0]))
