"""Drawings: two styles of one thing, and the stored values are those of the pixels."""

import json

import numpy as np
import pytest

from imglab import emoji, invariance, samples
from imglab.catalogue import DEEP_METRICS, METRICS
from imglab.invariance import styles as room


def test_thirty_things_are_drawn_in_two_styles() -> None:
    drawn = {
        style: [invariance.drawing(place, style) for place in range(room.DRAWINGS)]
        for style in room.STYLES
    }
    for pictures in drawn.values():
        assert {(p.shape, p.dtype.name) for p in pictures} == {((192, 192, 3), "uint8")}
        assert len({p.tobytes() for p in pictures}) == 30
    first = emoji.items("test")[0]
    small = emoji.picture(first, "noto")
    assert np.abs(drawn["noto"][0][::3, ::3].mean() - small.mean()) < 5  # enlarged three times


def test_its_values_are_those_of_the_metric() -> None:
    found = invariance.measure_drawings(["mean_squared_error"], range(3))
    mse, draw = METRICS["mean_squared_error"], invariance.drawing
    across, within = found.across["mean_squared_error"], found.within["mean_squared_error"]
    assert across[1, 2] == mse(draw(1, "noto"), draw(2, "fluent_3d"))
    assert across[2, 2] == mse(draw(2, "noto"), draw(2, "fluent_3d"))
    # the pairs (0, 1), (0, 2), (1, 2)
    assert within[2] == mse(draw(1, "noto"), draw(2, "noto"))
    assert len(within) == 3


def test_a_cell_compares_the_diagonal_with_the_strangers() -> None:
    table = np.array([[1.0, 9, 9], [0, 5, 9], [9, 9, np.nan]])
    made = invariance.Drawings(
        {"mean_squared_error": table}, {"mean_squared_error": np.array([2.0, 4.0, np.nan])}
    )
    cell = made.cell("mean_squared_error", "in the other style")
    # 1 and 5 against 9, 9, 0, 9, 9, 9: each under 5 of 6
    assert (cell.auc, cell.alike, cell.apart, cell.undefined) == (10 / 12, 2, 6, 1)
    same = made.cell("mean_squared_error", "in the same style")
    # 1 under 2 and 4; 5 under neither: 2 of 4
    assert (same.auc, same.alike, same.apart, same.undefined) == (0.5, 2, 2, 2)
    with pytest.raises(ValueError, match="metric and strangers must be known, got 'ssim'"):
        made.cell("ssim", "in the same style")
    with pytest.raises(ValueError, match="and 'elsewhere'"):
        made.cell("mean_squared_error", "elsewhere")


def test_progress_is_told_thing_by_thing() -> None:
    told: list[tuple[int, int]] = []
    invariance.measure_drawings(
        ["mean_squared_error"], range(2), progress=lambda done, of: told.append((done, of))
    )
    assert told == [(1, 2), (2, 2)]


@pytest.mark.parametrize(
    "key", [*METRICS, *(pytest.param(key, marks=pytest.mark.deep) for key in DEEP_METRICS)]
)
def test_a_part_of_the_stored_values_is_what_the_pixels_give_today(key: str) -> None:
    stored = invariance.drawings()
    things = sorted(np.random.default_rng(sum(map(ord, key))).choice(room.DRAWINGS, 2, False))
    fresh = invariance.measure_drawings([key], [int(i) for i in things])
    near = {"abs": 3, "rel": 0.15} if key == "sift_inliers" else {"rel": 1e-6}
    near = {"abs": 2e-3} if key in DEEP_METRICS else near
    table = stored.across[key][np.ix_(things, things)]
    assert fresh.across[key] == pytest.approx(table, nan_ok=True, **near)
    pairs = list(zip(*np.triu_indices(room.DRAWINGS, 1), strict=True))
    place = pairs.index((things[0], things[1]))
    assert fresh.within[key] == pytest.approx(stored.within[key][[place]], nan_ok=True, **near)


def test_the_stored_values_are_of_every_metric() -> None:
    assert tuple(invariance.drawings().across) == (*METRICS, *DEEP_METRICS)
    for file in (room.FILE, room.DEEP_FILE):
        text = samples.data_path(file).read_text(encoding="utf-8")
        assert "NaN" not in text
        for stored in json.loads(text)["metrics"].values():
            assert np.shape(stored["across"]) == (30, 30)
            assert len(stored["within"]) == 30 * 29 // 2
