"""All pairs of a folder: the same values as pair by pair, computed once, by whichever executor."""

import json
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from imglab import samples
from imglab.catalogue import METRICS
from imglab.comparison import compare_folder, many
from imglab.image import encode_png, resize
from imglab.validation import ImageInputError

NAMES = ("astronaut", "camera", "flower", "hopper", "roofs")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with five small pictures, a text and a folder within."""
    for name in NAMES:
        (tmp_path / f"{name}.png").write_bytes(encode_png(samples.load(name, size=96)))
    (tmp_path / "notes.txt").write_text("no picture", encoding="utf-8")
    (tmp_path / "deeper").mkdir()
    return tmp_path


@pytest.fixture(params=["none", "threads", "processes"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor | None]:
    """Yield no executor, one of threads, one of processes that share nothing."""
    if request.param == "none":
        yield None
    elif request.param == "threads":
        with ThreadPoolExecutor(2) as pool:
            yield pool
    else:
        with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
            yield pool


@pytest.mark.parametrize("key", ["histogram_rms", "ssim", "cosine_similarity", "orb_inliers"])
def test_the_matrix_holds_what_the_metric_says_of_each_pair(folder: Path, key: str) -> None:
    found = compare_folder(folder, key, size=96)
    assert found.names == tuple(f"{name}.png" for name in NAMES)
    assert len(found.left_out) == 1
    assert found.left_out[0].startswith("Cannot use 'notes.txt'")
    pictures = [samples.load(name, size=96) for name in NAMES]
    for i in range(5):
        assert np.isnan(found.values[i, i])
        for j in range(i + 1, 5):
            assert found.values[i, j] == found.values[j, i]
            assert found.values[i, j] == METRICS[key](pictures[i], pictures[j])


def test_every_executor_gives_the_same(folder: Path, executor: Executor | None) -> None:
    plain = compare_folder(folder, "ssim_flat", size=64)
    found = compare_folder(folder, "ssim_flat", size=64, executor=executor)
    np.testing.assert_array_equal(found.values, plain.values)
    assert found.left_out == plain.left_out


def test_a_picture_is_prepared_once_however_many_pairs_it_is_in(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = []
    original = many._prepare
    monkeypatch.setattr(
        many, "_prepare", lambda *a: prepared.append(Path(a[1]).name) or original(*a)
    )
    compare_folder(folder, "mean_squared_error")
    assert sorted(prepared) == sorted([*(f"{name}.png" for name in NAMES), "notes.txt"])


def test_the_nearest_pairs_come_first_for_distances_and_for_similarities(folder: Path) -> None:
    copy = samples.load("roofs", size=96)
    copy[0, 0] ^= 1
    (folder / "roofs again.png").write_bytes(encode_png(copy))
    for key in ("mean_squared_error", "ssim"):
        nearest = compare_folder(folder, key, size=96).nearest(3)
        assert nearest[0][:2] == ("roofs again.png", "roofs.png")
        values = [value for _, _, value in nearest]
        assert values == sorted(values, reverse=key == "ssim")


def test_more_pictures_than_a_block_holds_are_all_compared(tmp_path: Path) -> None:
    # 19 pictures, 16 in the first block: 19 * 18 / 2 = 171 pairs
    for level in range(19):
        flat = np.full((8, 8, 3), 10 * level, dtype=np.uint8)
        (tmp_path / f"{level:02}.png").write_bytes(encode_png(flat))
    told: list[tuple[int, int]] = []
    found = compare_folder(
        tmp_path, "mean_absolute_error", size=None, progress=lambda *done: told.append(done)
    )
    levels = 10.0 * np.arange(19)
    expected = np.abs(levels[:, None] - levels)
    np.fill_diagonal(expected, np.nan)
    np.testing.assert_array_equal(found.values, expected)
    assert told[0][0] > 0
    assert told[-1] == (171, 171)
    assert told == sorted(told)


def test_what_the_cache_holds_is_not_computed_again(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path_factory.mktemp("cache") / "pairs.json"
    first = compare_folder(folder, "mean_squared_error", cache=cache)
    measured = []
    original = many._measure
    monkeypatch.setattr(many, "_measure", lambda *a: measured.extend(a[2]) or original(*a))
    again = compare_folder(folder, "mean_squared_error", cache=cache)
    np.testing.assert_array_equal(again.values, first.values)
    assert measured == []
    (folder / "camera.png").rename(folder / "renamed.png")  # the content is the same
    compare_folder(folder, "mean_squared_error", cache=cache)
    assert len(measured) <= 4  # a pair in the other order may be new, no pair without it
    measured.clear()
    changed = resize(samples.load("flower", size=96), (90, 90))
    (folder / "flower.png").write_bytes(encode_png(changed))
    compare_folder(folder, "mean_squared_error", cache=cache)
    assert len(measured) == 4  # flower with each of the other four
    measured.clear()
    compare_folder(folder, "mean_squared_error", cache=cache, size=64)
    assert len(measured) == 10  # another size is another value: all 5 * 4 / 2 pairs
    json.loads(cache.read_text(encoding="utf-8"))
    assert [path.name for path in cache.parent.iterdir()] == ["pairs.json"]  # no half file


def test_pictures_of_two_sizes_have_no_value_where_one_size_is_needed(tmp_path: Path) -> None:
    for name, side in (("a", 40), ("b", 40), ("c", 50)):
        picture = samples.load("camera", size=side)
        (tmp_path / f"{name}.png").write_bytes(encode_png(picture))
    found = compare_folder(tmp_path, "mean_squared_error", size=None)
    assert found.values[0, 1] == 0.0
    assert np.isnan(found.values[0, 2])
    assert found.nearest() == [("a.png", "b.png", 0.0)]


def test_pictures_of_two_sizes_have_one_size_unless_told_otherwise(tmp_path: Path) -> None:
    for name, side in (("a", 40), ("b", 50)):
        flat = np.full((side, side, 3), side, dtype=np.uint8)
        (tmp_path / f"{name}.png").write_bytes(encode_png(flat))
    assert compare_folder(tmp_path, "mean_absolute_error").values[0, 1] == 10.0
    assert np.isnan(compare_folder(tmp_path, "mean_absolute_error", size=None).values[0, 1])


def test_what_cannot_be_compared_is_said_in_one_line(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="metric must be a key of the catalogue, got 'sim'; it"):
        compare_folder(folder, "sim")
    with pytest.raises(ImageInputError, match="no readable folder"):
        compare_folder(folder / "camera.png", "ssim")
    with pytest.raises(ImageInputError, match="at least 2 pictures, got 0"):
        compare_folder(folder / "deeper", "ssim")
    wrong = folder / "notes.txt"
    with pytest.raises(ValueError, match=r"cache must be a file written here, got 'notes\.txt'"):
        compare_folder(folder, "ssim", cache=wrong)


class Lender:
    """What a cluster's client does: it lends an executor."""

    def __init__(self, pool: Executor) -> None:
        self.pool = pool

    def get_executor(self) -> Executor:
        return self.pool


def test_a_client_that_lends_an_executor_takes_the_place_of_one(folder: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        found = compare_folder(folder, "mean_squared_error", executor=Lender(pool))
        assert not pool._shutdown  # it is not ours to close
    plain = compare_folder(folder, "mean_squared_error")
    np.testing.assert_array_equal(found.values, plain.values)
