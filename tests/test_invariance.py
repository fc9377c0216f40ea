"""The matrix: an area is a count, an interval is over pictures, stored values are the pixels'."""

import json
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from imglab import calibration, invariance, samples
from imglab.catalogue import DEEP_METRICS, METRICS
from imglab.distortions import DISTORTIONS, blur
from imglab.invariance import auc, interval, measuring, threshold, tied
from imglab.validation import ImageInputError, UndefinedMetric

RNG = np.random.default_rng(11)
SAMPLED = 4  # values of each kind and metric that are computed anew
FEW = ("mean_squared_error", "histogram_intersection")

each = pytest.mark.parametrize(
    "key", [*METRICS, *(pytest.param(key, marks=pytest.mark.deep) for key in DEEP_METRICS)]
)


# --- the area -------------------------------------------------------------------------------


def test_three_against_three_is_the_count_on_paper() -> None:
    # 0.9 beats 0.7, 0.5, 0.2: 3. 0.6 beats 0.5, 0.2: 2. 0.5 beats 0.2 and ties 0.5: 1.5.
    area = auc([0.9, 0.6, 0.5], [0.7, 0.5, 0.2], direction="similarity")
    assert area == pytest.approx(6.5 / 9, abs=1e-15)


def test_of_distances_the_smaller_is_nearer() -> None:
    # 1 is under 2 and 3; 4 under neither: 2 of 4. And 1, 1.5 are under both: 4 of 4.
    assert auc([1, 4], [2, 3], direction="distance") == 0.5
    assert auc([1, 1.5], [2, 3], direction="distance") == 1.0
    assert auc([1, 1.5], [2, 3], direction="similarity") == 0.0


VALUES = st.lists(st.integers(-5, 5), min_size=1, max_size=12)


@given(VALUES, VALUES)
def test_it_is_the_statistic_of_mann_and_whitney_over_the_number_of_comparisons(
    alike: list[int], apart: list[int]
) -> None:
    u = mannwhitneyu(alike, apart).statistic
    expected = u / (len(alike) * len(apart))
    assert auc(alike, apart, direction="similarity") == pytest.approx(expected, abs=1e-12)


@given(VALUES, VALUES)
def test_the_two_directions_and_the_two_orders_add_up_to_one(
    alike: list[int], apart: list[int]
) -> None:
    area = auc(alike, apart, direction="similarity")
    assert area + auc(alike, apart, direction="distance") == pytest.approx(1, abs=1e-12)
    assert area + auc(apart, alike, direction="similarity") == pytest.approx(1, abs=1e-12)


@given(VALUES, VALUES)
def test_it_depends_on_the_order_of_the_values_alone(alike: list[int], apart: list[int]) -> None:
    area = auc(alike, apart, direction="similarity")
    assert area == auc(np.exp(alike), np.exp(apart), direction="similarity")


def test_infinity_is_a_value() -> None:
    # inf beats 30 and ties inf: 1.5 of 2
    assert auc([math.inf], [30, math.inf], direction="similarity") == 0.75


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([], [1]), r"alike must have shape \(n,\) with n of at least 1, got \(0,\); add pairs"),
        (([1], [[1]]), r"apart must have shape \(n,\) with n of at least 1, got \(1, 1\)"),
        (([1, math.nan], [1]), "alike must hold numbers, got nan; leave out pairs"),
    ],
)
def test_groups_that_cannot_be_compared_are_refused(arguments: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        auc(*arguments, direction="distance")
    with pytest.raises(ValueError, match="direction must be 'distance' or 'similarity', got 'up'"):
        auc([1], [1], direction="up")


def test_ties_are_counted() -> None:
    # 0 ties 0, 0 ties 0, 3 ties nothing: 2 of 3 x 2
    assert tied([0, 0, 3], [0, 1]) == pytest.approx(2 / 6)


def test_resampling_two_pictures_leaves_one_value() -> None:
    # Drawn (2, 0) or (0, 2) there is no pair of two pictures; (1, 1) is the whole: 1 beats 0.5.
    found = interval(
        [1, 0], [0.5], direction="similarity", alike_pictures=[0, 1], apart_pictures=[[0, 1]]
    )
    assert found == (0.5, 0.5)


def test_resampling_three_pictures_gives_the_values_on_paper() -> None:
    # The pair needs 0 and 1. (1, 1, 1): 1/3. (2, 1, 0): 2/3. (1, 2, 0): 1/3. All are likely.
    low, high = interval(
        [1, 0, 0], [0.5], direction="similarity", alike_pictures=[0, 1, 2], apart_pictures=[[0, 1]]
    )
    assert (low, high) == pytest.approx((1 / 3, 2 / 3))


def test_ties_count_half_in_an_interval_too() -> None:
    found = interval(
        [1, 1], [1, 1], direction="distance", alike_pictures=[0, 1], apart_pictures=[0, 1]
    )
    assert found == (0.5, 0.5)


def test_an_interval_over_pictures_is_wider_than_one_over_pairs_that_share_them() -> None:
    # 45 pairs, but 10 independent numbers: one picture's luck is in nine of the pairs.
    luck = np.random.default_rng(1).normal(size=10)
    first, second = np.triu_indices(10, 1)
    apart, alike = luck[first] + luck[second], np.zeros(10)
    pairs = np.column_stack([first, second])
    low, high = interval(
        alike, apart, direction="similarity", alike_pictures=np.arange(10), apart_pictures=pairs
    )
    own = np.arange(len(alike) + len(apart))  # as if each pair had a picture of its own
    low1, high1 = interval(
        alike, apart, direction="similarity", alike_pictures=own[:10], apart_pictures=own[10:]
    )
    assert low <= auc(alike, apart, direction="similarity") <= high
    assert high - low > 1.2 * (high1 - low1)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    # A busy picture is far from its own copy and from strangers alike (shared = 1), or only from
    # strangers (shared = 0). 95 of 100 intervals should hold the area of very many galleries.
    rng = np.random.default_rng(0)
    first, second = np.triu_indices(20, 1)
    for shared in (0.0, 1.0):

        def gallery(shared: float = shared) -> tuple[np.ndarray, np.ndarray]:
            busy = rng.normal(size=20)
            strangers = 1 + 0.7 * (busy[first] + busy[second]) + 0.5 * rng.normal(size=190)
            return shared * busy + 0.5 * rng.normal(size=20), strangers

        truth = np.mean([auc(*gallery(), direction="distance") for _ in range(1500)])
        held = 0
        for _ in range(100):
            alike, apart = gallery()
            low, high = interval(
                alike, apart, direction="distance", resamples=400,
                alike_pictures=np.arange(20), apart_pictures=np.column_stack([first, second]),
            )  # fmt: skip
            held += low <= truth <= high
        assert 86 <= held <= 100  # 95, less three standard deviations of a count of 100, less 2


def test_an_interval_is_the_same_in_every_run_and_needs_two_pictures() -> None:
    arguments = (RNG.normal(0.5, 1, 30), RNG.normal(0, 1, 30))
    owners = {"alike_pictures": range(30), "apart_pictures": range(30)}
    first = interval(*arguments, direction="similarity", **owners)
    assert first == interval(*arguments, direction="similarity", **owners)
    assert first != interval(*arguments, direction="similarity", seed=1, **owners)
    with pytest.raises(ValueError, match="no resample holds both pictures of a pair"):
        interval(
            [1], [0], direction="distance", alike_pictures=[0], apart_pictures=[[0, 0]], resamples=0
        )


def test_a_threshold_is_the_farthest_accepted_value_that_may_not_fail() -> None:
    assert threshold([3, 1, 2], direction="distance") == 3
    assert threshold([3, 1, 2], direction="distance", beyond=1) == 2
    assert threshold([0.9, 0.8, 0.99], direction="similarity") == 0.8
    assert threshold([0.9, 0.8, 0.99], direction="similarity", beyond=2) == 0.99
    with pytest.raises(ValueError, match="beyond must be 0 to 2 for 3 values, got 3; lower it"):
        threshold([1, 2, 3], direction="distance", beyond=3)


def test_the_next_pair_fails_as_rarely_as_the_notes_say() -> None:
    # 9 accepted values and the tenth: it is the farthest in 1 of 10 cases, among 2 in 2 of 10.
    draws = RNG.normal(size=(4000, 10))
    for beyond, share in ((0, 0.1), (1, 0.2)):
        limits = [threshold(d[:9], direction="distance", beyond=beyond) for d in draws]
        assert np.mean(draws[:, 9] > limits) == pytest.approx(share, abs=0.02)


# --- a matrix -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pictures() -> dict[str, np.ndarray]:
    """Six small pictures; the last is grey."""
    names = ("astronaut", "coffee", "macaw", "retina", "temple", "camera")
    return {name: samples.load(name, size=32) for name in names}


@pytest.fixture(scope="module")
def small(pictures: dict[str, np.ndarray]) -> invariance.Matrix:
    view = {"coffee": blur(pictures["coffee"], 1)}
    return invariance.measure(pictures, FEW, second_views=view)


def test_its_values_are_those_of_the_metric(
    pictures: dict[str, np.ndarray], small: invariance.Matrix
) -> None:
    mse = METRICS["mean_squared_error"]
    astronaut, macaw = pictures["astronaut"], pictures["macaw"]
    assert small.pairs[1] == (0, 2)
    assert small.apart["mean_squared_error"][1] == mse(astronaut, macaw)
    place = small.column("noise", 60)
    noisy = DISTORTIONS["noise"](macaw, 60, seed=2)  # the third picture: seed 2
    assert small.alike["mean_squared_error"][place, 2] == mse(macaw, noisy)
    second = small.column("second_view")
    assert small.altered[second].tolist() == [False, True, False, False, False, False]
    view = blur(pictures["coffee"], 1)
    assert small.alike["mean_squared_error"][second, 1] == mse(pictures["coffee"], view)


def test_its_columns_are_every_change_at_every_strength(small: invariance.Matrix) -> None:
    # 17 changes of 3 strengths, the mirror's all one, and the second view
    assert len(small.changes) == 17 * 3 - 2 + 1
    assert [str(c) for c in small.changes[:3]] == ["shift 1", "shift 4", "shift 16"]
    assert small.column("shift") == 1
    assert small.column("mirror") == 12  # after four changes of three strengths
    with pytest.raises(ValueError, match="change must be in the matrix, got 'fog'; it has shift,"):
        small.column("fog")
    with pytest.raises(ValueError, match="'shift' must be in the matrix, got 2; it has 1, 4, 16"):
        small.column("shift", 2)
    with pytest.raises(ValueError, match="metric must be in the matrix, got 'ssim'; it has mean_"):
        small.cell("ssim", "shift")


def test_a_change_that_leaves_a_picture_as_it_is_makes_no_pair(small: invariance.Matrix) -> None:
    place = small.column("saturation", 0.3)
    assert small.altered[place].tolist() == [True] * 5 + [False]  # a grey picture cannot fade
    cell = small.cell("mean_squared_error", "saturation", 0.3)
    assert (cell.alike, cell.apart, cell.undefined) == (5, 15, 0)


def test_a_cell_is_the_area_of_its_values(small: invariance.Matrix) -> None:
    alike, apart = small.values("mean_squared_error", "brightness", 80)
    cell = small.cell("mean_squared_error", "brightness", 80)
    pairs = sum(a < b for a in alike for b in apart) / (6 * 15)
    assert cell.auc == pytest.approx(pairs)
    assert cell.low is not None
    assert cell.high is not None
    assert cell.low <= cell.auc <= cell.high
    assert small.cell("histogram_intersection", "shuffle", 2).auc == 1.0  # a permutation


def test_few_pictures_have_no_interval_and_stay_in_doubt(small: invariance.Matrix) -> None:
    cell = small.cell("mean_squared_error", "second_view")
    assert (cell.alike, cell.low, cell.high, cell.is_chance) == (1, None, None, True)
    assert "no interval, 1 x 15 pairs" in str(cell)


def test_ties_and_undefined_pairs_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def odd(image0: np.ndarray, image1: np.ndarray) -> float:
        if image0[0, 0, 0] == 0:
            msg = "no value"
            raise UndefinedMetric(msg)
        return 1.0

    record = METRICS["mean_squared_error"]
    changed = type(record)(**{**vars(record), "function": odd})
    monkeypatch.setitem(METRICS, "mean_squared_error", changed)
    flat = {str(i): np.full((4, 5, 3), i, dtype=np.uint8) for i in range(7)}
    found = invariance.measure(flat, ["mean_squared_error"])
    cell = found.cell("mean_squared_error", "brightness", 10)
    # of 7 pictures one has no value; of 21 pairs those 6 that begin with it
    assert (cell.alike, cell.apart, cell.undefined) == (6, 15, 1 + 6)
    assert (cell.auc, cell.tied, cell.low, cell.high) == (0.5, 1.0, 0.5, 0.5)
    assert cell.is_chance
    assert str(cell) == "0.50 (0.50 to 0.50, 6 x 15 pairs, 100% ties, undefined for 7)"
    few = invariance.Cell(0.5, None, None, 0.001, 3, 4, 0)
    assert str(few) == "0.50 (no interval, 3 x 4 pairs, under 1% ties)"
    nothing = found.cell("mean_squared_error", "shift", 1)  # a flat picture cannot be shifted
    assert (nothing.auc, nothing.alike, str(nothing)) == (None, 0, "nothing to compare")
    assert math.isnan(found.areas(["mean_squared_error"], [0])[0, 0])


def test_it_prints_as_a_table(small: invariance.Matrix) -> None:
    lines = str(small).splitlines()
    assert lines[0].endswith("6 pictures, 15 unrelated pairs.")
    assert lines[1].startswith("Pictures at 32x32. ")
    assert lines[2:4] == ["  a  mean squared error", "  b  histogram intersection"]
    assert lines[5].split() == ["a", "b"]
    assert len(lines) == 6 + len(small.changes)
    shuffled = next(line for line in lines if line.startswith("shuffled tiles 2"))
    assert shuffled.split()[-1] == "1"
    second = next(line for line in lines if line.startswith("second view"))
    assert second.split()[-2].startswith("(")


def test_it_is_written_as_json(small: invariance.Matrix) -> None:
    document = json.loads(small.to_json())
    assert document["pictures"] == list(small.pictures)
    assert len(document["cells"]) == 2 * len(small.changes)
    first = document["cells"][0]
    assert (first["metric"], first["change"], first["strength"]) == (FEW[0], "shift", 1)
    assert first["auc"] == small.cell(FEW[0], "shift", 1).auc


def test_progress_counts_every_pair_once(pictures: dict[str, np.ndarray]) -> None:
    told: list[tuple[int, int]] = []
    two = dict(list(pictures.items())[:2])
    invariance.measure(two, FEW, progress=lambda done, of: told.append((done, of)))
    # 1 pair of two pictures, and 2 pictures under 49 changes
    assert told == [(i + 1, 99) for i in range(99)]


def test_one_picture_is_refused(pictures: dict[str, np.ndarray]) -> None:
    one = dict(list(pictures.items())[:1])
    with pytest.raises(ValueError, match="pictures must be at least two, got 1; add unrelated"):
        invariance.measure(one, FEW)


def test_a_folder_is_measured_at_the_size_of_the_calibration(tmp_path: Path) -> None:
    from PIL import Image

    for name in ("astronaut", "coffee", "macaw"):
        Image.fromarray(samples.load(name, size=40)).save(tmp_path / f"{name}.png")
    (tmp_path / "notes.txt").write_text("no picture", encoding="utf-8")
    found = invariance.matrix(tmp_path, metrics=["mean_absolute_error"])
    assert found.pictures == ("astronaut.png", "coffee.png", "macaw.png")
    assert found.size == calibration.SIZE
    assert len(found.notes) == 1
    assert "notes.txt" in found.notes[0]
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(ImageInputError, match="at least 3 pictures, got 0"):
        invariance.matrix(empty, metrics=FEW)


def test_an_unknown_metric_is_refused() -> None:
    with pytest.raises(ValueError, match="metrics must be keys of the catalogue, got 'psnr'"):
        invariance.matrix(metrics=["psnr"])


# --- what is stored -------------------------------------------------------------------------

DOCUMENT = json.loads(samples.data_path(invariance.FILE).read_text(encoding="utf-8"))


def agree(key: str, stored: float, now: float) -> bool:
    """Tell whether two computations of one value may differ so much."""
    if math.isnan(stored) or math.isnan(now):
        return math.isnan(stored) and math.isnan(now)
    if key == "sift_inliers":  # its counts change with the processor's instructions
        return abs(stored - now) <= max(3, 0.15 * stored)
    if key in DEEP_METRICS:  # float32 sums change with the machine
        return stored == pytest.approx(now, abs=2e-3)
    return stored == pytest.approx(now, rel=1e-6)


def disagreements(found: invariance.Matrix, key: str) -> list[str]:
    """Recompute a seeded random part of a metric's row; name what differs."""
    rng = np.random.default_rng(sum(map(ord, key)))
    pictures, views = measuring.gallery()
    names, metric, wrong = list(found.pictures), (METRICS | DEEP_METRICS)[key], []
    for i in rng.choice(len(found.pairs), SAMPLED, replace=False):
        a, b = (pictures[names[place]] for place in found.pairs[i])
        now = measuring.value_of(metric, a, b)
        if not agree(key, found.apart[key][i], now):
            wrong.append(f"pair {i}: stored {found.apart[key][i]}, now {now}")
    for i, j in zip(rng.integers(0, 50, SAMPLED), rng.integers(0, 20, SAMPLED), strict=True):
        name = names[j]
        other = measuring.changed(
            pictures[name], found.changes[i], seed=int(j), second_view=views.get(name)
        )
        assert found.altered[i, j] == (other is not None)
        now = math.nan if other is None else measuring.value_of(metric, pictures[name], other)
        if not agree(key, found.alike[key][i, j], now):
            wrong.append(f"{found.changes[i]}: stored {found.alike[key][i, j]}, now {now}")
    return wrong


@each
def test_a_random_part_of_the_stored_row_is_what_the_pixels_give_today(key: str) -> None:
    assert disagreements(invariance.matrix(), key) == []


def test_a_changed_value_is_noticed_when_it_is_recomputed() -> None:
    found = invariance.matrix(metrics=FEW)
    found.apart["mean_squared_error"][:] *= 1 + 1e-5
    assert len(disagreements(found, "mean_squared_error")) == SAMPLED


def test_the_stored_matrix_holds_every_metric_and_the_gallery() -> None:
    found = invariance.matrix()
    assert found.metrics == (*METRICS, *DEEP_METRICS)
    assert list(found.pictures) == [n for n in samples.names() if n != "roofs_again"]
    second = found.column("second_view")
    roofs = found.pictures.index("roofs")
    assert found.altered[second].nonzero()[0].tolist() == [roofs]


@pytest.fixture
def other_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the stored values that a test may change."""
    path, original = tmp_path / invariance.FILE, samples.data_path
    monkeypatch.setattr(
        samples, "data_path", lambda name: path if name == invariance.FILE else original(name)
    )
    measuring._document.cache_clear()
    yield path
    measuring._document.cache_clear()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": 128}, "the stored matrix must have the size 256, got 128; run 'imglab matrix"),
        ({"changes": [["shift", 1]]}, "must have the changes "),
    ],
)
def test_a_file_of_other_settings_is_refused(other_file: Path, change: dict, message: str) -> None:
    other_file.write_text(json.dumps(DOCUMENT | change), encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        invariance.matrix()


def test_a_metric_of_other_settings_is_refused(other_file: Path) -> None:
    changed = json.loads(json.dumps(DOCUMENT))
    changed["metrics"]["ssim"]["settings"] = "another window"
    other_file.write_text(json.dumps(changed), encoding="utf-8")
    with pytest.raises(ValueError, match="settings of 'ssim'"):
        invariance.matrix()
    assert invariance.matrix(metrics=FEW).metrics == FEW


def test_what_is_written_is_what_was_measured(
    pictures: dict[str, np.ndarray], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = {key: METRICS[key] for key in ("mean_squared_error", "peak_signal_noise_ratio")}
    monkeypatch.setattr(measuring, "METRICS", few)
    monkeypatch.setattr(measuring, "gallery", lambda: (pictures, {"coffee": pictures["macaw"]}))
    monkeypatch.setattr(measuring, "SIZE", 32)
    made = invariance.measure(pictures, few, second_views={"coffee": pictures["macaw"]})
    path = tmp_path / "written.json"
    invariance.write(path)
    text = path.read_text(encoding="utf-8")
    assert "NaN" not in text
    monkeypatch.setattr(measuring, "_document", lambda file: json.loads(text))
    back = measuring.stored(few)
    assert back.altered.tolist() == made.altered.tolist()
    for key in few:
        assert back.apart[key] == pytest.approx(made.apart[key], rel=1e-8)
        assert back.alike[key] == pytest.approx(made.alike[key], rel=1e-8, nan_ok=True)


def test_undefined_and_infinite_values_survive_being_written() -> None:
    text = measuring.as_json([0.5, math.nan, math.inf])
    assert text == '[0.5, null, "inf"]'
    back = measuring.as_array(json.loads(text))
    assert back.tolist()[::2] == [0.5, math.inf]
    assert math.isnan(back[1])


# --- the chart ------------------------------------------------------------------------------


def test_the_chart_has_a_row_for_each_change_and_underlines_what_may_be_chance(
    small: invariance.Matrix,
) -> None:
    figure = invariance.chart(small)
    labels = [t.get_text() for ax in figure.axes for t in ax.get_yticklabels()]
    assert len(labels) == len(small.changes)
    assert {"shift 16", "mirror", "second view", "shuffled tiles 64"} <= set(labels)
    lines = sum(len(ax.lines) for ax in figure.axes)
    grids = sum(len(ax.get_yticks()) - 1 + 1 for ax in figure.axes)  # between rows; one column edge
    doubtful = sum(
        small.cell(key, c.key, c.strength).is_chance for key in FEW for c in small.changes
    )
    assert lines - grids == doubtful > 0
    middle = invariance.chart(small, ["mean_squared_error"], middle=True)
    assert sum(len(ax.get_yticks()) for ax in middle.axes) == 17 + 1
    assert [t.get_text() for t in middle.axes[0].get_xticklabels()] == ["mean squared error"]


def test_a_chart_is_drawn_into_a_file(small: invariance.Matrix, tmp_path: Path) -> None:
    from PIL import Image

    invariance.draw(small, tmp_path / "wall.png")
    with Image.open(tmp_path / "wall.png") as drawn:
        assert drawn.format == "PNG"
        assert min(drawn.size) > 300
    with pytest.raises(ValueError, match="not supported"):
        invariance.draw(small, tmp_path / "wall.docx")
