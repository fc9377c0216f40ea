"""Screens: each change is what its name says, and the stored values are those of the pixels."""

import json
import math

import numpy as np
import pytest

from imglab import invariance, samples
from imglab.catalogue import DEEP_METRICS, METRICS
from imglab.invariance import screenshots as room

SEEDS = range(room.SCREENS)


def places(seed: int, change: str) -> np.ndarray:
    """Return the rows and columns of the pixels that a change alters."""
    before, after = invariance.screen(seed), invariance.screen(seed, change)
    return np.argwhere((before != after).any(axis=2))


def test_screens_are_pictures_and_differ_from_each_other() -> None:
    drawn = [invariance.screen(seed) for seed in SEEDS]
    assert {(s.shape, s.dtype.name) for s in drawn} == {((192, 256, 3), "uint8")}
    assert len({s.tobytes() for s in drawn}) == len(drawn)
    assert (invariance.screen(3) == invariance.screen(3)).all()


@pytest.mark.parametrize("change", [*room.HARMLESS, *room.FAULTS])
def test_every_change_alters_every_screen(change: str) -> None:
    assert all(len(places(seed, change)) for seed in SEEDS)


def test_a_caret_is_a_bar_of_one_by_twelve_pixels() -> None:
    for seed in SEEDS:
        rows, columns = places(seed, "caret").T
        assert (len(rows), np.ptp(rows), np.ptp(columns)) == (12, 11, 0)


def test_a_digit_is_another_one_in_a_letter_s_box() -> None:
    for seed in SEEDS:
        rows, columns = places(seed, "digit").T
        assert np.ptp(rows) < 11  # the built-in font is 6 by 11
        assert np.ptp(columns) < 6


def test_a_reflow_moves_the_lower_part_by_one_pixel_and_nothing_else() -> None:
    for seed in SEEDS:
        before, after = invariance.screen(seed), invariance.screen(seed, "reflow")
        first = int(places(seed, "reflow")[:, 0].min())
        assert (before[:first] == after[:first]).all()
        assert (after[first + 1 :] == before[first:-1]).all()


def test_other_antialiasing_keeps_the_lines_and_the_mean_of_the_letters() -> None:
    for seed in SEEDS:
        before, after = (
            invariance.screen(seed, change).astype(float) for change in ("", "antialiasing")
        )
        # A quarter of each letter's pixel moved to its right neighbour: rows keep their sums.
        assert np.abs(before.sum(axis=(1, 2)) - after.sum(axis=(1, 2))).max() < 256
        assert np.abs(before - after).max() > 30


def test_a_lost_button_leaves_the_ground() -> None:
    for seed in SEEDS:
        rows, columns = places(seed, "button").T
        assert (np.ptp(rows), np.ptp(columns)) == (19, 59)  # 20 by 60
        assert len(np.unique(invariance.screen(seed, "button")[rows, columns], axis=0)) == 1


def test_an_unknown_change_is_refused() -> None:
    with pytest.raises(
        ValueError, match="change must be one of antialiasing, reflow, caret, digit"
    ):
        invariance.screen(0, "font")


def test_a_cell_counts_how_often_the_harmless_change_is_nearer() -> None:
    values = np.array([[1.0, 5.0, math.nan], [0, 0, 0], [0, 0, 0], [2, 3, 4], [9, 9, 9]])
    table = invariance.Screens({"mean_squared_error": values})
    # 1 is under 2, 3, 4; 5 under none: 3 of 6; one screen has no value
    cell = table.cell("mean_squared_error", "antialiasing", "digit")
    assert (cell.auc, cell.alike, cell.apart, cell.undefined) == (0.5, 2, 3, 1)
    assert table.cell("mean_squared_error", "reflow", "digit").auc == 1.0
    with pytest.raises(ValueError, match="metric and change must be in the table, got 'ssim'"):
        table.of("ssim", "digit")


@pytest.mark.parametrize(
    "key", [*METRICS, *(pytest.param(key, marks=pytest.mark.deep) for key in DEEP_METRICS)]
)
def test_a_part_of_the_stored_values_is_what_the_pixels_give_today(key: str) -> None:
    stored = invariance.screens().values[key]
    seeds = np.random.default_rng(sum(map(ord, key))).choice(room.SCREENS, 2, replace=False)
    fresh = invariance.measure_screens([key], seeds.tolist()).values[key]
    near = {"abs": 3, "rel": 0.15} if key == "sift_inliers" else {"rel": 1e-6}
    near = {"abs": 2e-3} if key in DEEP_METRICS else near
    assert fresh == pytest.approx(stored[:, seeds], nan_ok=True, **near)


def test_the_stored_values_are_of_every_metric() -> None:
    assert tuple(invariance.screens().values) == (*METRICS, *DEEP_METRICS)
    text = samples.data_path(room.FILE).read_text(encoding="utf-8")
    assert "NaN" not in text
    for stored in json.loads(text)["metrics"].values():
        assert np.shape(stored["values"]) == (5, room.SCREENS)
