"""Lesson 04: what is left of the matches after each step, and what is said when nothing is."""

import itertools

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from PIL import Image
from skimage import data

from imglab import keypoints
from imglab.validation import UndefinedMetric

DETECTORS = ["orb", "sift"]


def photograph(name, side=512):
    """Return one of scikit-image's photographs, grey and squashed to a square."""
    picture = Image.fromarray(getattr(data, name)()).convert("L")
    return np.array(picture.resize((side, side)))


def turned(picture, degrees=45.0, scale=1.0):
    """Turn a picture about its middle, black where nothing comes from."""
    height, width = picture.shape
    change = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale)
    return cv2.warpAffine(picture, change, (width, height))


def project(homography, points):
    """Map (row, col) positions by hand: multiply, then divide by the third number."""
    mapped = np.column_stack([points, np.ones(len(points))]) @ homography.T
    return mapped[:, :2] / mapped[:, 2:]


@pytest.fixture(scope="module")
def camera():
    return photograph("camera")


# --- pictures of one thing


@pytest.mark.parametrize("name", ["camera", "astronaut", "coins"])
def test_a_picture_turned_by_45_degrees_keeps_hundreds_of_inliers(name):
    picture = photograph(name)
    found = keypoints.match(picture, turned(picture), seed=0)
    assert found.inliers >= 200
    assert found.distinct >= 180
    assert found.sane
    assert found.reason == ""


def test_the_homography_of_a_turned_picture_is_the_turn(camera):
    # 45 degrees anticlockwise about (256, 256): the middle stays; what lies 128 rows above it
    # comes to lie 128 * sqrt(1/2) = 90.51 above and 90.51 to the left: 256 - 90.51 = 165.49.
    # ORB places keypoints of its coarse scales to within a few pixels.
    found = keypoints.match(camera, turned(camera), seed=0)
    actual = project(found.homography, np.array([[256.0, 256.0], [128.0, 256.0]]))
    np.testing.assert_allclose(actual, [[256, 256], [165.49, 165.49]], atol=3.0)


@pytest.mark.parametrize("detector", DETECTORS)
def test_a_part_of_a_picture_lies_where_it_was_cut_out(camera, detector):
    part = camera[100:400, 40:360]  # starts at row 100, column 40
    found = keypoints.match(part, camera, detector=detector, seed=0)
    assert found.sane
    assert found.distinct >= 50
    actual = project(found.homography, np.array([[0.0, 0.0], [299.0, 319.0]]))
    np.testing.assert_allclose(actual, [[100, 40], [399, 359]], atol=2.0)
    points0, points1 = found.points()
    assert len(points0) == len(points1) == found.inliers
    assert np.linalg.norm(points1 - points0 - np.array([100, 40]), axis=1).max() <= 4.0


@pytest.mark.parametrize("detector", DETECTORS)
def test_equal_pictures_keep_all_their_keypoints(camera, detector):
    found = keypoints.match(camera, camera.copy(), detector=detector, seed=0)
    assert found.keypoints0 == found.keypoints1 == found.nearest == found.mutual
    assert found.inliers >= 0.95 * found.keypoints0
    np.testing.assert_allclose(found.homography / found.homography[2, 2], np.eye(3), atol=1e-3)
    # some keypoints share a spot, so fewer positions than inliers are left
    assert 0.5 * found.inliers < found.distinct < found.inliers


# --- unrelated pictures


def test_unrelated_pictures_match_by_dozens_and_nothing_is_left_after_all_steps():
    names = ["camera", "astronaut", "coins", "rocket", "coffee", "chelsea"]
    pictures = {name: photograph(name) for name in names}
    for first, second in itertools.combinations(names, 2):
        found = keypoints.match(pictures[first], pictures[second], seed=0)
        assert found.nearest == found.keypoints0  # always an answer
        assert found.mutual >= 20
        assert found.distinct <= 5
        assert keypoints.count_verified(pictures[first], pictures[second]) <= 5


def test_sift_ratio_matches_of_coins_and_rocket_fall_on_few_spots_and_none_is_one_to_one():
    coins, rocket = photograph("coins"), photograph("rocket")
    found = keypoints.match(coins, rocket, detector="sift", seed=0)
    assert found.ratio >= 30  # enough to look like a discovery
    _, targets = found.points("ratio")
    assert len(np.unique(targets, axis=0)) <= found.ratio / 3
    # RANSAC is content with them: many inliers, all on a handful of spots
    origins, _ = found.points("ratio")
    _, inlier = keypoints.find_homography(origins, targets, seed=0)
    assert inlier.sum() >= 10
    assert len(np.unique(targets[inlier], axis=0)) <= 8
    # one-to-one, nothing is left
    assert found.mutual_ratio <= 4
    assert found.distinct <= 4


# --- the steps


@pytest.mark.parametrize("detector", DETECTORS)
def test_each_step_keeps_some_of_the_matches_of_the_step_before(camera, detector):
    found = keypoints.match(camera, turned(camera, 30, 0.8), detector=detector, seed=0)
    as_sets = {stage: set(map(tuple, pairs.tolist())) for stage, pairs in found.pairs.items()}
    assert {stage: len(pairs) for stage, pairs in as_sets.items()} == {
        "nearest": found.nearest,
        "mutual": found.mutual,
        "ratio": found.ratio,
        "mutual_ratio": found.mutual_ratio,
        "inliers": found.inliers,
    }
    assert as_sets["mutual"] < as_sets["nearest"]
    assert as_sets["ratio"] < as_sets["nearest"]
    assert as_sets["mutual_ratio"] <= as_sets["mutual"] & as_sets["ratio"]
    assert as_sets["inliers"] <= as_sets["mutual_ratio"]
    one_to_one = found.pairs["mutual_ratio"]
    for column in (0, 1):  # no keypoint is used twice
        assert len(np.unique(one_to_one[:, column])) == len(one_to_one)


def test_mutual_and_ratio_agree_with_opencv(camera):
    other = turned(camera, 30)
    orb = cv2.ORB_create()
    _, descriptors0 = orb.detectAndCompute(camera, None)
    _, descriptors1 = orb.detectAndCompute(other, None)
    crossed = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(descriptors0, descriptors1)
    two = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(descriptors0, descriptors1, k=2)
    clear = [best for best, second in two if best.distance < 0.75 * second.distance]
    found = keypoints.match(camera, other, seed=0)
    for stage, expected in (("mutual", crossed), ("ratio", clear)):
        pairs = sorted((m.queryIdx, m.trainIdx) for m in expected)
        assert sorted(map(tuple, found.pairs[stage].tolist())) == pairs


def test_one_to_one_matches_are_the_same_in_both_directions(camera):
    other = turned(camera, 30, 0.8)
    forward = keypoints.match(camera, other, seed=0).pairs["mutual_ratio"]
    back = keypoints.match(other, camera, seed=0).pairs["mutual_ratio"]
    assert sorted(map(tuple, forward.tolist())) == sorted(map(tuple, back[:, ::-1].tolist()))


def test_a_stricter_ratio_and_threshold_keep_fewer(camera):
    other = turned(camera, 30, 0.8)
    loose = keypoints.match(camera, other, ratio=0.9, seed=0)
    strict = keypoints.match(camera, other, ratio=0.5, seed=0)
    assert strict.ratio < loose.ratio
    assert strict.mutual == loose.mutual
    near = keypoints.match(camera, other, threshold=0.5, seed=0)
    far = keypoints.match(camera, other, threshold=5.0, seed=0)
    assert near.inliers < far.inliers


def test_the_same_seed_gives_the_same_record(camera):
    other = turned(camera, 30, 0.8)
    cv2.setRNGSeed(1)
    first = keypoints.match(camera, other, seed=4)
    cv2.setRNGSeed(2)
    second = keypoints.match(camera, other, seed=4)
    np.testing.assert_array_equal(first.pairs["inliers"], second.pairs["inliers"])
    np.testing.assert_array_equal(first.homography, second.homography)


def test_distinct_positions_count_in_the_picture_that_has_fewer():
    # positions 0.2 apart are one whole pixel: 3 spots; in the other picture all 5 differ
    rounded = np.array([[0, 0], [0.2, 0.2], [9, 9], [9.1, 9], [20, 3]])
    assert keypoints.matching._distinct(rounded) == 3
    assert keypoints.matching._distinct(rounded * 10) == 5


# --- the homography


def test_ransac_finds_the_true_shift_among_wrong_matches():
    rng = np.random.default_rng(8)
    points0 = rng.uniform(0, 300, (40, 2))
    points1 = points0 + np.array([7, -3])
    points1[25:] = rng.uniform(0, 300, (15, 2))
    homography, inlier = keypoints.find_homography(points0, points1, seed=0)
    assert inlier[:25].all()
    assert inlier.sum() <= 26
    np.testing.assert_allclose(homography, [[1, 0, 7], [0, 1, -3], [0, 0, 1]], atol=1e-2)


@pytest.mark.parametrize(
    ("points0", "points1"),
    [
        (np.eye(3, 2), np.eye(3, 2)),
        (np.zeros((0, 2)), np.zeros((0, 2))),
        (np.outer(np.arange(9), (1, 2)), np.outer(np.arange(9), (1, 2))),
        (np.full((9, 2), 4.0), np.arange(18).reshape(9, 2) ** 2 % 17),
        (np.arange(18).reshape(9, 2) ** 2 % 17, np.full((9, 2), 4.0)),
    ],
    ids=["three", "none", "one line", "one spot in image0", "one spot in image1"],
)
def test_points_that_fix_no_homography_give_none(points0, points1):
    homography, inlier = keypoints.find_homography(points0, points1, seed=0)
    assert homography is None
    assert inlier.shape == (len(points0),)
    assert not inlier.any()


def test_points_that_are_one_line_but_for_rounding_fix_no_homography():
    # OpenCV would answer: the points lie up to 0.4 pixels off the line, in one picture only.
    rng = np.random.default_rng(12)
    spread = rng.uniform(0, 300, (12, 2))
    line = np.column_stack([rng.uniform(-0.4, 0.4, 12), np.linspace(0, 300, 12)])
    for points0, points1 in ((spread, line), (line, spread)):
        homography, inlier = keypoints.find_homography(points0, points1, threshold=9, seed=0)
        assert homography is None
        assert not inlier.any()


@pytest.mark.parametrize(
    ("homography", "reason"),
    [
        ([[1, 0, 0], [0, 1, 0], [0, 0, 1]], ""),
        ([[0, 1, 0], [-1, 0, 199], [0, 0, 1]], ""),  # a quarter turn
        ([[-2, 0, 0], [0, -2, 0], [0, 0, -2]], ""),  # the identity, scaled by -2
        ([[4, 0, 0], [0, 4, 0], [0, 0, 1]], ""),  # area x 16
        ([[6, 0, 0], [0, 6, 0], [0, 0, 1]], "changes the area by a factor of 36"),
        ([[0.1, 0, 0], [0, 0.1, 0], [0, 0, 1]], "changes the area by a factor of 0.01"),
        ([[4, 0, 0], [0, 0.25, 0], [0, 0, 1]], "squeezes the picture into a strip"),  # 16 : 1
        ([[0, 1, 0], [1, 0, 0], [0, 0, 1]], "mirrors the picture"),  # transposed
        ([[1, 0, 0], [0, 1, 0], [-0.02, 0, 1]], "behind the camera"),  # 1 - 0.02 row < 0 at 100
        ([[1, 0, 0], [0, 0, 0], [0, 0, 1]], "mirrors the picture"),  # no area: det 0
    ],
)
def test_the_fault_of_a_homography_is_named(homography, reason):
    said = keypoints.why_not_sane(homography, (100, 200))
    assert said == "" if not reason else reason in said


# --- awkward pictures: said, never crashed


@pytest.mark.parametrize("detector", DETECTORS)
def test_a_flat_picture_has_no_keypoints_and_the_record_says_so(camera, detector):
    flat = np.full((90, 120), 128, np.uint8)
    found = keypoints.match(flat, camera, detector=detector, seed=0)
    assert (found.keypoints0, found.nearest, found.inliers, found.distinct) == (0, 0, 0, 0)
    assert not found.sane
    assert found.homography is None
    assert found.reason == "image0 has no keypoints"
    other = keypoints.match(camera, flat, detector=detector, seed=0)
    assert other.nearest == 0
    assert other.reason == "image1 has no keypoints"
    with pytest.raises(UndefinedMetric, match=r"do not exist for this pair: image1 has no key"):
        keypoints.count_verified(camera, flat, detector=detector)


@pytest.mark.parametrize("detector", DETECTORS)
@pytest.mark.parametrize("poor", [0, 1])
def test_one_descriptor_leaves_nothing_second_nearest(monkeypatch, camera, detector, poor):
    calls = itertools.count()

    def describe_one(picture, which):
        positions, descriptors = describe(picture, which)
        end = 1 if next(calls) == poor else None
        return positions[:end], descriptors[:end]

    describe = keypoints.finding.describe
    monkeypatch.setattr(keypoints.finding, "describe", describe_one)
    found = keypoints.match(camera, camera, detector=detector, seed=0)
    assert (found.keypoints0, found.keypoints1)[poor] == 1
    assert found.nearest == found.keypoints0
    assert found.mutual == 1
    assert found.mutual_ratio == 0
    assert found.homography is None
    assert found.reason == f"image{poor} has one keypoint, so nothing is second nearest"


def test_collinear_matches_are_said():
    rng = np.random.default_rng(3)
    points = np.column_stack([np.full(8, 5.0), np.arange(8.0) * 30])
    said = keypoints.matching._why_none(8, 8, points, rng.uniform(0, 99, (8, 2)))
    assert said == "the 8 one-to-one matches lie on one line, which fixes no homography"
    homography, _ = keypoints.find_homography(points, points, seed=0)
    assert homography is None


@settings(max_examples=25, deadline=None)
@given(
    npst.arrays(np.uint8, st.tuples(st.integers(1, 90), st.integers(1, 90))),
    npst.arrays(np.uint8, st.tuples(st.integers(1, 90), st.integers(1, 90))),
    st.sampled_from(DETECTORS),
)
def test_any_two_pictures_give_a_record(x, y, detector):
    found = keypoints.match(x, y, detector=detector, seed=0)
    assert found.distinct <= found.inliers <= found.mutual_ratio <= found.mutual <= found.nearest
    assert found.sane == (found.reason == "")
    assert not (found.sane and found.homography is None)


@pytest.mark.parametrize("detector", DETECTORS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (62, 400), (63, 63), (64, 200)])
def test_small_and_thin_pictures_of_noise_give_a_record(detector, shape):
    noise = np.random.default_rng(6).integers(0, 256, shape, dtype=np.uint8)
    found = keypoints.match(noise, noise, detector=detector, seed=0)
    assert found.positions0.shape == (found.keypoints0, 2)


def test_a_turned_view_gives_what_its_copy_gives(camera):
    view = camera[::-1, ::2]
    found = keypoints.match(view, view.T, seed=0)
    copied = keypoints.match(view.copy(), view.T.copy(), seed=0)
    np.testing.assert_array_equal(found.pairs["inliers"], copied.pairs["inliers"])


def test_the_record_reads_as_one_line_of_counts():
    flat = np.zeros((80, 80), np.uint8)
    assert repr(keypoints.match(flat, flat, seed=0)) == (
        "KeypointMatches(keypoints0=0, keypoints1=0, nearest=0, mutual=0, ratio=0, "
        "mutual_ratio=0, inliers=0, distinct=0, sane=False, reason='image0 has no keypoints')"
    )


def test_the_number_of_a_turned_picture_is_that_of_its_record(camera):
    found = keypoints.match(camera, turned(camera), seed=0)
    assert keypoints.count_verified(camera, turned(camera), seed=0) == found.distinct


def test_an_insane_homography_counts_as_nothing(monkeypatch, camera):
    monkeypatch.setattr(keypoints.matching, "why_not_sane", lambda *_: "the homography is bad")
    found = keypoints.match(camera, camera, seed=0)
    assert found.inliers > 100
    assert found.reason == "the homography is bad"
    assert keypoints.count_verified(camera, camera) == 0


# --- errors


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"detector": "surf"}, "detector must be 'orb' or 'sift', got 'surf'"),
        ({"ratio": 0.0}, "ratio must be above 0 and at most 1, got 0.0; 0.75 is usual"),
        ({"ratio": 1.5}, "ratio must be above 0 and at most 1, got 1.5"),
        ({"threshold": -1.0}, "threshold must be positive and finite, got -1.0; pass pixels"),
        ({"threshold": np.nan}, "threshold must be positive and finite, got nan"),
        ({"seed": -1}, "seed must be 0 or more, got -1"),
    ],
)
def test_error_names_the_bad_setting(change, message):
    flat = np.zeros((70, 70), np.uint8)
    with pytest.raises(ValueError, match=message):
        keypoints.match(flat, flat, **({"seed": 0} | change))


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (np.zeros((9, 9, 3), np.uint8), r"image1 must be grey uint8 .*, got uint8 \(9, 9, 3\)"),
        (np.zeros((9, 9)), r"image1 must be grey uint8 .*, got float64 \(9, 9\); use to_gray"),
        (np.zeros(9, np.uint8), r"image1 must have shape \(H, W\) or \(H, W, 3\), got \(9,\)"),
    ],
    ids=["RGB", "float", "a row"],
)
def test_error_names_the_bad_picture(picture, message):
    with pytest.raises(ValueError, match=message):
        keypoints.match(np.zeros((70, 70), np.uint8), picture, seed=0)


def test_a_picture_too_large_for_sift_is_refused():
    huge = np.broadcast_to(np.uint8(0), (3000, 3000))
    with pytest.raises(ValueError, match="at most 8388608 pixels for SIFT, got 9000000; resize"):
        keypoints.match(huge, huge, detector="sift", largest=None, seed=0)


def test_a_large_picture_is_reduced_and_the_record_says_by_what(camera):
    # Each pixel becomes a block of 3 x 3: 1536 * 1536 = 2,359,296 pixels are more than
    # 2**19 = 524,288; 768 * 768 = 589,824 are too; 512 * 512 are not. The mean of such a block
    # is the pixel, so all counts are those of the picture itself.
    large = camera.repeat(3, axis=0).repeat(3, axis=1)
    plain, found = keypoints.match(camera, camera, seed=0), keypoints.match(large, camera, seed=0)
    assert (found.reduced0, found.reduced1) == (3, 1)
    assert (plain.reduced0, plain.reduced1) == (1, 1)
    assert "reduced0=3, keypoints0" in repr(found)
    assert "reduced" not in repr(plain)
    for count in ("keypoints0", "nearest", "mutual", "ratio", "mutual_ratio", "inliers"):
        assert getattr(found, count) == getattr(plain, count)
    # Pixel (r, c) is the middle of rows 3 r to 3 r + 2: row 3 r + 1, and so for the columns.
    np.testing.assert_allclose(found.positions0, 3 * plain.positions0 + 1)
    at_large, at_small = found.points()
    np.testing.assert_allclose(project(found.homography, at_large), at_small, atol=0.01)


def test_a_picture_is_left_as_it_is_where_that_is_asked_for(camera):
    large = camera.repeat(2, axis=0).repeat(2, axis=1)
    found = keypoints.match(large, large, largest=None, seed=0)
    assert (found.reduced0, found.reduced1) == (1, 1)
    assert keypoints.match(large, large, largest=2**10, seed=0).reduced0 == 32  # 1024 / 32 = 32
    with pytest.raises(ValueError, match="largest must be at least 1, got 0; pass a number of"):
        keypoints.match(camera, camera, largest=0, seed=0)


@pytest.mark.parametrize("detector", DETECTORS)
def test_keypoints_found_once_are_matched_as_those_of_the_pictures(camera, detector):
    other = turned(camera, 20)
    found = keypoints.find(camera, detector=detector), keypoints.find(other, detector=detector)
    once = keypoints.match_keypoints(*found, ratio=0.8, threshold=2.0, seed=3)
    plain = keypoints.match(camera, other, detector=detector, ratio=0.8, threshold=2.0, seed=3)
    assert repr(once) == repr(plain)
    np.testing.assert_array_equal(once.homography, plain.homography)
    assert keypoints.count_verified_of(*found) == keypoints.count_verified(
        camera, other, detector=detector
    )


def test_keypoints_of_two_detectors_are_not_matched(camera):
    orb, sift = keypoints.find(camera), keypoints.find(camera, detector="sift")
    with pytest.raises(ValueError, match="must be of one detector, got orb and sift; find both"):
        keypoints.match_keypoints(orb, sift, seed=0)


def test_error_names_the_bad_points_and_stage(camera):
    with pytest.raises(ValueError, match=r"one shape \(n, 2\), got \(4, 2\) and \(5, 2\)"):
        keypoints.find_homography(np.zeros((4, 2)), np.zeros((5, 2)), seed=0)
    with pytest.raises(ValueError, match="points must be finite"):
        keypoints.find_homography(np.full((4, 2), np.nan), np.zeros((4, 2)), seed=0)
    found = keypoints.match(camera, camera, seed=0)
    with pytest.raises(ValueError, match=r"stage must be one of nearest, mutual, .*, got 'best'"):
        found.points("best")
