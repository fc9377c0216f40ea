"""The published figures: nine computed again, each mistake worked by hand on a few pixels.

The tests on the published pair need its two files, which are not part of the
project; they are looked for in IMGLAB_SEED_DIR and in ../shared/seed.
"""

import json
import math
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import structural_similarity

from imglab import cli, seed, weights
from imglab.seed import RECORDED, SeedFigure, audit, scripts

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "seed"


@pytest.fixture(scope="module")
def folder() -> Path:
    """Return the folder of the two pictures; one that is named but wrong is no reason to skip."""
    if named := os.environ.get("IMGLAB_SEED_DIR"):
        return Path(named)
    if not BESIDE.is_dir():
        pytest.skip("the two published pictures are not here: set IMGLAB_SEED_DIR to their folder")
    return BESIDE


@pytest.fixture(scope="module")
def figures(folder: Path) -> dict[str, SeedFigure]:
    return {one.name: one for one in seed.figures(folder)}


def grey(*rows: list[int]) -> np.ndarray:
    return np.array(rows, dtype=np.uint8)


# The published pair.


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("RMS of histograms", "20986.94605278233"),
        ("Euclidean Distance", "8471.4778521814"),
        ("Number of matches", "117"),
        ("Different pixels", "1914727"),
        ("MSE", "112.1342765625"),
        ("PSNR", "27.63341975332988"),
    ],
)
def test_six_figures_come_out_to_the_last_printed_digit(figures, name, printed):
    # Sums of whole numbers below 2**53 are exact in any order, and one root, quotient or
    # logarithm is rounded once.
    assert repr(figures[name].today) == printed
    assert figures[name].published.removesuffix(" dB") == printed
    assert figures[name].difference == figures[name].allowed == 0


@pytest.mark.parametrize(
    ("name", "printed", "allowed"),
    [
        ("SSIM", 0.09005005850167969, 1e-13),  # a mean of 630436 float64 window scores
        ("Cosine similarity", 0.3194198872064478, 1e-13),  # roots and sums of float64
        ("NCC", -0.4248916506767273, 3e-6),  # sums of 640000 float32: 24 bits each
    ],
)
def test_three_figures_come_out_as_near_as_the_order_of_a_sum_allows(
    figures, name, printed, allowed
):
    assert figures[name].today == pytest.approx(printed, rel=0, abs=allowed)
    assert float(figures[name].published) == printed
    assert figures[name].allowed == allowed
    assert figures[name].reproduced


def test_the_nine_figures_are_all_there_are_in_the_order_of_the_text(figures):
    assert list(figures) == [
        "RMS of histograms",
        "Euclidean Distance",
        "Number of matches",
        "SSIM",
        "Different pixels",
        "Cosine similarity",
        "MSE",
        "PSNR",
        "NCC",
    ]
    assert all(one.reproduced for one in figures.values())


@pytest.mark.parametrize(
    ("name", "true"),
    [
        ("Euclidean Distance", 124478.8161294925),
        ("Number of matches", 0),
        ("SSIM", 0.09005005850167969),
        ("Different pixels", 639999),
        ("Cosine similarity", 0.3194198872064478),
        ("MSE", 24210.8994765625),
        ("PSNR", 4.29069436339388),
        ("NCC", -0.4248897895127941),
    ],
)
def test_the_true_values_are_those_found_independently_before(figures, name, true):
    assert figures[name].true == pytest.approx(true, rel=1e-12)


def test_the_true_histogram_distance_is_that_of_pillows_histograms_as_shares(figures, folder):
    shares = []
    for file in ("vermeer.jpg", "amelie_lens.jpg"):
        with Image.open(folder / file) as picture:
            counts = np.array(picture.histogram(), dtype=float)
            shares.append(counts / (picture.width * picture.height))
    expected = math.sqrt(np.mean((shares[0] - shares[1]) ** 2))
    assert figures["RMS of histograms"].true == pytest.approx(expected, rel=1e-12)


def test_the_ssim_figure_is_scikit_images_with_its_defaults(figures, folder):
    import cv2

    pictures = [cv2.imread(str(folder / f)) for f in ("vermeer.jpg", "amelie_lens.jpg")]
    grey0, grey1 = (cv2.cvtColor(cv2.resize(p, (800, 800)), cv2.COLOR_BGR2GRAY) for p in pictures)
    expected = structural_similarity(grey0, grey1)
    assert figures["SSIM"].today == pytest.approx(expected, rel=0, abs=1e-13)
    gaussian = structural_similarity(
        grey0, grey1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    assert f"Wang's window it is {gaussian:.4f}" in figures["SSIM"].why


def test_of_the_matches_nothing_is_left(figures):
    assert figures["Number of matches"].why == (
        "chance: after a ratio test 5 are left, 1 if it must pass both ways; after RANSAC 0"
    )


def test_the_table_of_the_pair_fits_a_terminal_and_says_what_held(folder, capsys):
    assert cli.main(["seed", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= 100
    assert printed.isascii()
    assert "9 of 9 come out as published: 6 to the last digit, 3 as near as rounding allows." in (
        printed
    )
    assert "from that MSE: 23.34 dB too good" in printed  # 27.6334 - 4.2907


def test_the_folder_may_come_from_the_environment_or_from_the_cache(
    figures, folder, monkeypatch, tmp_path
):
    def rms() -> float:
        return audit._histogram_figure(*audit._pictures(None)).today

    monkeypatch.setenv("IMGLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("IMGLAB_SEED_DIR", str(folder))
    assert rms() == figures["RMS of histograms"].today
    monkeypatch.delenv("IMGLAB_SEED_DIR")
    (tmp_path / "cache" / "seed").mkdir(parents=True)
    for file in ("vermeer.jpg", "amelie_lens.jpg"):
        shutil.copyfile(folder / file, tmp_path / "cache" / "seed" / file)
    assert rms() == figures["RMS of histograms"].today


def test_one_changed_byte_of_a_picture_is_refused(folder, tmp_path):
    for file in ("vermeer.jpg", "amelie_lens.jpg"):
        shutil.copyfile(folder / file, tmp_path / file)
    changed = bytearray((tmp_path / "amelie_lens.jpg").read_bytes())
    changed[-100] ^= 1
    (tmp_path / "amelie_lens.jpg").write_bytes(changed)
    with pytest.raises(weights.PinnedFileError, match=r"'amelie_lens.jpg': its bytes are not the"):
        seed.figures(tmp_path)


# Each computation on a few pixels, without the pair.


def test_squares_in_bytes_keep_only_what_is_left_of_256():
    # 10 - 20 is 246 in uint8, and 246 * 246 = 60516 = 236 * 256 + 100: as if nothing happened.
    # 16 * 16 = 256 leaves 0, 20 * 20 = 400 leaves 144, 255 * 255 = 65025 = 254 * 256 + 1.
    squares = scripts.byte_squares(grey([10, 16, 20, 255]), grey([20, 0, 0, 0]))
    assert squares.tolist() == [[100, 0, 144, 1]]
    assert squares.dtype == np.uint8


def test_the_published_error_averages_wrapped_squares_and_the_decibels_follow_it():
    # uint8: (144 + 0) / 2 = 72. True: (400 + 0) / 2 = 200.
    # Decibels: 10 log10(65025 / 72) = 29.5575, 10 log10(65025 / 200) = 25.1205.
    mse, psnr = audit._error_figures(grey([20, 7]), grey([0, 7]))
    assert (mse.today, mse.true) == (72, 200)
    assert psnr.today == pytest.approx(29.5575, abs=5e-5)
    assert psnr.true == pytest.approx(25.1205, abs=5e-5)
    assert psnr.why == "from that MSE: 4.44 dB too good"  # 10 log10(200 / 72) = 4.437


def test_two_unequal_channels_of_one_pixel_were_counted_as_two_pixels():
    rgb0, rgb1 = grey([1, 2, 3], [4, 5, 6])[None], grey([1, 0, 0], [4, 5, 6])[None]
    assert scripts.unequal_values(rgb0, rgb1) == 2


def test_counts_tell_a_flat_picture_from_a_larger_one_of_the_same_colour():
    # One black pixel against two: 1 off in one bin of each of three channels, so
    # sqrt(3 * 1 / 768) = sqrt(1 / 256) = 1 / 16. The shares are equal.
    figure = audit._histogram_figure(np.zeros((1, 1, 3), np.uint8), np.zeros((1, 2, 3), np.uint8))
    assert (figure.today, figure.true) == (1 / 16, 0)


def test_the_cosine_is_the_plain_quotient():
    assert scripts.plain_cosine(grey([3, 4]), grey([5, 12])) == 63 / 65  # (15 + 48) / (5 * 13)


def test_the_published_ncc_keeps_24_bits():
    # Means 1/4; the products sum to 2 / 16 - 2 * 3 / 16 = -1/4, each square sum is 3/4. All of
    # this is exact in float32, then -1/3 is rounded to the nearest multiple of 2**-25.
    ncc = scripts.single_precision_ncc(grey([0, 0, 0, 1]), grey([0, 0, 1, 0]))
    assert ncc == -11184811 / 2**25


def test_the_ssim_of_two_flat_pictures_is_the_one_worked_by_hand_in_both_windows():
    # Only luminance is left: (2 * 100 * 110 + c1) / (100**2 + 110**2 + c1), c1 = 2.55**2 = 6.5025.
    dark, light = np.full((20, 30, 3), 100, np.uint8), np.full((9, 9, 3), 110, np.uint8)
    figure = audit._ssim_figure(dark, light)
    assert figure.today == pytest.approx(22006.5025 / 22106.5025, rel=1e-12)
    assert figure.why.endswith("with Wang's window it is 0.9955")


def test_grey_is_mixed_as_opencv_does():
    # 0.299 * 255 = 76.2, 0.587 * 255 = 149.7, 0.114 * 255 = 29.1
    red_green_blue = 255 * np.eye(3, dtype=np.uint8)[None]
    assert scripts.opencv_gray(red_green_blue).tolist() == [[76, 150, 29]]


def test_two_pictures_of_noise_match_as_often_as_the_published_pair_and_mean_as_little():
    rng = np.random.default_rng(seed=117)
    noise = [rng.integers(0, 256, (200, 250), dtype=np.uint8) for _ in range(2)]
    unrelated = audit._matches_figure(*noise)
    assert unrelated.today > 50
    assert unrelated.true == 0
    same = audit._matches_figure(noise[0], noise[0])
    assert same.today > 300
    assert same.true > 300


def test_a_figure_is_reproduced_up_to_what_rounding_allows_and_no_further():
    def figure(today: float, allowed: float) -> SeedFigure:
        return SeedFigure("a", "2.5 dB", today, 0, "", allowed)

    assert figure(2.5, 0).reproduced
    assert not figure(2.5000000001, 0).reproduced
    assert figure(2.25, 0.25).reproduced
    assert not figure(2.75, 0.125).reproduced


def test_the_table_says_how_far_off_a_figure_is_and_counts_what_held():
    computed = (
        SeedFigure("right", "2.5", 2.5, 7.0, "because", 0.0),
        SeedFigure("wrong", "2.5", 2.75, 7.0, "for no reason", 0.125),
    )
    lines = seed.table(computed).splitlines()
    assert lines[0].split() == ["published", "computed", "today", "off", "by", "true", "value"]
    assert lines[1].split() == ["right", "2.5", "2.5", "0", "7"]
    assert lines[2] == "    because"
    assert lines[3].split() == ["wrong", "2.5", "2.75", "2.5e-01", "7"]
    assert "1 of 2 come out as published: 1 to the last digit, 0 as near" in lines[6]


def test_the_two_deep_figures_stand_as_recorded():
    assert [(one.name, one.published) for one in RECORDED] == [
        ("ResNet-50 + cosine", "0.7499"),
        ("CLIP ViT-B/32", "0.4933"),
    ]
    assert "Recorded by the user, not re-measured here:" in seed.table(())


def test_json_holds_every_number_and_both_digests():
    computed = (SeedFigure("right", "2.5 dB", 2.5, 7.0, "because", 0.0),)
    document = json.loads(seed.to_json(computed))
    assert document["version"] == 1
    assert document["pictures"]["vermeer.jpg"].startswith("01d17c5c7166")
    assert document["pictures"]["amelie_lens.jpg"].startswith("0f63c1185a5c")
    assert document["figures"] == [
        {
            "name": "right",
            "published": "2.5 dB",
            "today": 2.5,
            "true": 7.0,
            "why": "because",
            "allowed": 0.0,
            "difference": 0.0,
            "reproduced": True,
        }
    ]
    assert [one["published"] for one in document["recorded"]] == ["0.7499", "0.4933"]


def test_without_the_pictures_one_line_names_the_three_ways_to_them(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("IMGLAB_CACHE", str(tmp_path))
    monkeypatch.setenv("IMGLAB_SEED_DIR", "")
    assert cli.main(["seed"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == (
        "The pictures vermeer.jpg and amelie_lens.jpg are not here. Run 'imglab fetch seed', "
        "name the folder that holds them, or set IMGLAB_SEED_DIR to it.\n"
    )


def test_a_named_folder_goes_before_the_environment_and_that_before_the_cache(
    monkeypatch, tmp_path
):
    monkeypatch.setenv("IMGLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("IMGLAB_SEED_DIR", str(tmp_path / "stated"))
    with pytest.raises(weights.PinnedFileError, match=r"no such file in '.*named'"):
        seed.figures(tmp_path / "named")
    with pytest.raises(weights.PinnedFileError, match=r"no such file in '.*stated'"):
        seed.figures()
