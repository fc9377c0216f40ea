"""A score card says what was measured, on metrics whose properties are known."""

import functools
import math
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from imglab.catalogue import METRICS
from imglab.course import scorecards
from imglab.course.scorecards import ScoreCard, scorecard
from imglab.validation import UndefinedMetric


def mean(image):
    return float(image.mean())


NAMES = ("aa", "bb", "cc", "dd", "ee", "ff", "seventh, never taken")


def picture(name, *, size):
    """Noise from 0 to a ceiling: 50 for aa, 91 for bb, ..., 255 for ff."""
    index = NAMES.index(name)
    noise = np.random.default_rng(index).integers(0, 51 + 41 * index, (size, size, 3))
    noise[0, 0] = 50 + 41 * index
    return noise.astype(np.uint8)


def card(monkeypatch, function, **changes):
    """Return the rows of a card of `function`, as a dict."""
    made = replace(
        METRICS["root_mean_squared_error"], key="toy", title="toy", function=function, **changes
    )
    monkeypatch.setitem(METRICS, "toy", made)
    clouds = SimpleNamespace(unrelated=np.arange(1.0, 21.0), same_scene=np.array([]), size=256)
    monkeypatch.setattr(scorecards, "calibration", SimpleNamespace(clouds=lambda key: clouds))
    gallery = SimpleNamespace(names=lambda: NAMES, load=picture)
    monkeypatch.setattr(scorecards, "samples", gallery)
    return dict(scorecard("toy").rows)


def brightness_distance(x, y):
    """A metric but for equal means: |mean x - mean y| obeys the triangle inequality."""
    return abs(mean(x) - mean(y))


def test_a_card_keeps_the_promises_of_the_catalogue(monkeypatch):
    rows = card(monkeypatch, brightness_distance, unit="", never_use_for="anything <else>")
    assert rows["derived in"] == "lesson 02"
    assert rows["range"] == "0 to 255, equal pictures 0"
    assert rows["direction"] == "distance: grows with difference"
    assert rows["unit"] == "none, a pure number"
    assert rows["computed on"] == "grey by BT.601"
    assert rows["sizes"] == "must be equal"
    assert rows["never use it for"] == "anything <else>"


def test_identity_is_counted_and_must_be_exact(monkeypatch):
    assert card(monkeypatch, brightness_distance)["equal pictures"] == (
        "exactly 0 for 6 of 6 pictures"
    )
    assert card(monkeypatch, lambda x, y: 1e-12)["equal pictures"] == (
        "exactly 0 for 0 of 6 pictures"
    )


def test_symmetry_is_counted(monkeypatch):
    # Six pictures make 6 * 5 / 2 = 15 pairs.
    symmetric = card(monkeypatch, brightness_distance)
    assert symmetric["symmetry"] == "the same in both orders for 15 of 15 pairs"
    lopsided = card(monkeypatch, lambda x, y: max(0.0, mean(x) - mean(y)))
    assert lopsided["symmetry"] == "the same in both orders for 0 of 15 pairs"


def test_a_shorter_way_by_the_average_of_two_pictures_is_found(monkeypatch):
    gallery = {picture(name, size=128).tobytes() for name in NAMES}

    def hop(x, y):
        """Far (9) between two pictures of the gallery, near (1) to any other."""
        if np.array_equal(x, y):
            return 0.0
        return 9.0 if {x.tobytes(), y.tobytes()} <= gallery else 1.0

    text = card(monkeypatch, hop)["triangle inequality"]
    assert text == "fails: aa to bb 9.0000 > 1.0000 + 1.0000 by their average"


def test_a_detour_over_a_third_picture_is_found_too(monkeypatch):
    def hop(x, y):
        """Far (9) unless one of the two is the brightest picture met; then near (1)."""
        if np.array_equal(x, y):
            return 0.0
        return 1.0 if max(mean(x), mean(y)) > bright else 9.0

    bright = (mean(picture("ee", size=128)) + mean(picture("ff", size=128))) / 2
    text = card(monkeypatch, hop)["triangle inequality"]
    assert text == "fails: aa to bb 9.0000 > 1.0000 + 1.0000 by ff"


def test_a_true_metric_shows_no_counterexample(monkeypatch):
    # Six pictures: 15 direct ways with 4 detours each, and 15 by way of an average.
    text = card(monkeypatch, brightness_distance)["triangle inequality"]
    assert text == "no counterexample in 75 triples"


def test_a_similarity_is_turned_into_a_distance_where_it_can_be(monkeypatch):
    finite = card(
        monkeypatch,
        lambda x, y: 1 - brightness_distance(x, y) / 255,
        direction="similarity",
        ideal=1.0,
    )
    assert finite["triangle inequality"] == "no counterexample in 75 triples, for 1 - value"
    assert finite["direction"] == "similarity: grows with likeness"
    infinite = card(monkeypatch, lambda x, y: math.inf, direction="similarity", ideal=math.inf)
    assert infinite["triangle inequality"].startswith("does not apply")


def test_dependence_on_size_is_the_value_at_256_over_that_at_128(monkeypatch):
    rows = card(monkeypatch, lambda x, y: 0.0 if np.array_equal(x, y) else float(x.shape[0]))
    assert rows["at 256 over at 128 px"] == "2.00 times (from 2.00 to 2.00, 15 unrelated pairs)"


def test_the_changes_of_a_picture_clip_nothing_and_are_what_they_say(monkeypatch):
    rows = card(monkeypatch, lambda x, y: mean(y.astype(float) - x))
    assert rows["itself + 20 levels"] == "20.0000 (from 20.0000 to 20.0000)"
    assert rows["itself mirrored"] == "0 for all 6: blind to it"
    peak = card(monkeypatch, lambda x, y: float(y.max()))["itself at 1.2 x the gain"]
    # 255 * 0.8 = 204; 204 * 1.2 = 244.8, rounds to 245
    assert peak.endswith("to 245.0000)")
    width = card(monkeypatch, lambda x, y: float(y.shape[1]))["itself 1 pixel shifted"]
    assert width == "127.0000 (from 127.0000 to 127.0000)"


def test_a_mirror_of_both_is_counted(monkeypatch):
    assert card(monkeypatch, brightness_distance)["both mirrored"] == "the same for 15 of 15 pairs"
    rows = card(monkeypatch, lambda x, y: float(x[0, 0, 0]) + float(y[:, 0].sum()))
    assert rows["both mirrored"] != "the same for 15 of 15 pairs"


def test_what_does_not_exist_is_called_undefined(monkeypatch):
    def never(x, y):
        msg = "it does not exist"
        raise UndefinedMetric(msg)

    rows = card(monkeypatch, never)
    assert rows["at 256 over at 128 px"] == "undefined"
    assert rows["itself + 20 levels"] == "undefined"
    assert rows["triangle inequality"] == "no counterexample in 0 triples"


def test_the_clouds_print_percentiles_by_the_rule_of_the_lessons(monkeypatch):
    rows = card(monkeypatch, brightness_distance)
    # 1, 2, ..., 20: index 0.05 * 19 = 0.95 -> 1.95; 9.5 -> 10.5; 18.05 -> 19.05
    assert rows["unrelated, 256 px"] == "5-50-95 %: 1.9500 / 10.5000 / 19.0500 (20 pairs)"
    assert rows["same scene, 256 px"] == "no pairs"


def test_the_cloud_of_a_count_prints_counts_that_occurred():
    text = scorecards._cloud(METRICS["orb_inliers"], np.array([0.0, 10.0, 23.0, 31.0]))
    # index 0.05 * 3 = 0.15 -> 0; 1.5, a half, to the even 2 -> 23; 2.85 -> 3 -> 31
    assert text == "5-50-95 %: 0 / 23 / 31 (4 pairs)"


def test_a_cloud_with_infinities_stays_without_nan():
    metric = METRICS["peak_signal_noise_ratio"]
    text = scorecards._cloud(metric, np.array([10.0, math.inf, math.inf]))
    assert text == "5-50-95 %: 10.00 / inf / inf (3 pairs)"


def test_the_table_is_aligned_and_its_html_escaped():
    made = ScoreCard("toy <1>", (("unit", "a & b"), ("never use it for", "x")))
    assert repr(made) == ("Score card: toy <1>\nunit              a & b\nnever use it for  x")
    text = made._repr_html_()
    assert "toy &lt;1&gt;</caption>" in text
    assert 'style="text-align:left">a &amp; b</td>' in text
    assert text.count("<tr>") == text.count('<th scope="row"') == 2


def test_an_unknown_metric_is_answered_with_the_choices():
    with pytest.raises(ValueError, match="key must name a metric, got 'mse'; choose one of hist"):
        scorecard("mse")


@functools.cache  # a card takes up to a second
def rows_of(key):
    made = scorecard(key)
    assert repr(made).isascii()
    assert "nan" not in repr(made)
    return dict(made.rows)


@pytest.mark.parametrize("key", METRICS)
def test_each_metric_has_a_card_with_all_rows(key):
    metric, rows = METRICS[key], rows_of(key)
    assert len(rows) == 18
    assert rows["sizes"].startswith("must be equal" if metric.needs_equal_size else "may differ")
    if key != "sift_inliers":  # its counts differ a little between machines
        assert rows["symmetry"] == "the same in both orders for 15 of 15 pairs"
        assert rows["both mirrored"] == "the same for 15 of 15 pairs"
    if metric.ideal is None:
        assert rows["range"] == "0 to inf, equal pictures about all their points"
        least, most = re.fullmatch(r"from (\d+) to (\d+)", rows["equal pictures"]).groups()
        assert 10 <= int(least) < int(most)  # the retina is smooth: few points
    else:
        assert rows["equal pictures"] == f"exactly {metric.ideal:g} for 6 of 6 pictures"
    if metric.ideal in (None, math.inf):
        assert rows["triangle inequality"].startswith("does not apply: ")
    else:
        assert rows["triangle inequality"].startswith(
            ("fails: ", "no counterexample in 75 triples")
        )


@pytest.mark.parametrize("key", ["mean_squared_error", "normalized_cross_correlation"])
def test_a_real_card_is_the_same_twice(key):
    assert dict(scorecard(key).rows) == rows_of(key)


def test_pictures_are_large_enough_for_the_windows_of_the_metric():
    # 161 pixels are needed: 11 * 16 = 176 is the next multiple of 16
    multiscale = rows_of("ms_ssim")
    assert multiscale["sizes"] == "must be equal, at least 161 pixels a side"
    assert "at 352 over at 176 px" in multiscale
    assert multiscale["never use it for"].startswith("unrelated pictures")
    flat = rows_of("ssim_flat")
    assert flat["sizes"] == "must be equal, at least 7 pixels a side"
    assert "at 256 over at 128 px" in flat


def test_known_facts_stand_on_the_real_cards():
    mse = rows_of("mean_squared_error")
    assert mse["itself + 20 levels"] == "400.0000 (from 400.0000 to 400.0000)"  # 20^2
    assert mse["triangle inequality"].startswith("fails: ")
    ncc = rows_of("normalized_cross_correlation")
    assert ncc["itself + 20 levels"] == "1 for all 6: blind to it"
    for key in ("histogram_rms", "histogram_intersection", "hellinger", "earth_movers"):
        ideal = METRICS[key].ideal
        assert rows_of(key)["itself mirrored"] == f"{ideal:g} for all 6: blind to it"
        assert rows_of(key)["sizes"] == "may differ"
    # every pixel moves by 20 levels
    assert rows_of("earth_movers")["itself + 20 levels"] == "20.0000 (from 20.0000 to 20.0000)"
    ssim, orb = rows_of("ssim"), rows_of("orb_inliers")
    assert ssim["triangle inequality"].startswith("fails: ")
    assert orb["unrelated, 256 px"] == "5-50-95 %: 0 / 0 / 0 (190 pairs)"


def test_a_metric_without_one_ideal_may_be_undefined_for_equal_pictures(monkeypatch):
    def never(x, y):
        raise UndefinedMetric(*["it does not exist"])

    rows = card(monkeypatch, never, ideal=None, direction="similarity")
    assert rows["equal pictures"] == "undefined"
