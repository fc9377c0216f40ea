"""Figures: what is drawn, on which scale, and that no letter leaves the canvas."""

import functools
import io
import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from imglab import plotting

RNG = np.random.default_rng(5)
GRAY = RNG.integers(100, 140, (30, 40), dtype=np.uint8)  # a narrow range: autoscaling would show
RGB = RNG.integers(0, 256, (30, 40, 3), dtype=np.uint8)
PHOTO = RNG.integers(0, 256, (64, 64, 3), dtype=np.uint8)


@functools.cache  # drawing costs a tenth of a second
def rendered(figure: Figure) -> np.ndarray:
    with io.BytesIO() as file:
        figure.savefig(file, format="png", dpi=100)
        with Image.open(file) as image:
            return np.asarray(image.convert("RGBA"))


def examples() -> dict[str, Callable[[], Figure]]:
    groups = {"unrelated": RNG.random(190), "same scene": RNG.random(300), "identical": [0.0]}
    long = "a rather long label of a mark"
    tall = RNG.integers(0, 256, (60, 30), dtype=np.uint8)
    several = {f"longer title {i}\nRMSE 12.345": picture for i, picture in enumerate([RGB] * 5)}
    spread = {name: RNG.random((5, 4)) for name in ("shift", "noise", "blur", "JPEG")}
    return {
        "one picture": lambda: plotting.pictures({"astronaut": RGB}),
        "three pictures": lambda: plotting.pictures(
            {"a": RGB, "b": GRAY, "c, two lines\nMSE 3": tall}
        ),
        "two rows": lambda: plotting.pictures(several, columns=4),
        "long titles": lambda: plotting.pictures(
            {f"{long}, which is long {i}": RGB for i in range(6)}
        ),
        "long titles of small pictures": lambda: plotting.pictures(
            {long: tall, f"{long} ": GRAY[:1]}
        ),
        "one long title": lambda: plotting.pictures({f"{long}, and a half": np.zeros((300, 2))}),
        "six in a row": lambda: plotting.pictures(dict.fromkeys("uvwxyz", GRAY), columns=6),
        "a formula": lambda: plotting.pictures({"$\\sigma_{xy}$ and more of it": GRAY, "b": GRAY}),
        "intervals": lambda: plotting.intervals(
            {"a label\nof two lines": [(0.1, 0.2, 0.4)] * 3, "another": [(-0.3, 0.0, 0.1)]},
            {"no effect of the one": 0.0, "as much as of the other": 1.0},
            xlabel="effect over effect",
        ),
        "one number": lambda: plotting.numbers({long: [[7]]}),
        "six tables": lambda: plotting.numbers(
            {f"title {i}": RNG.random((3, 3)) * 255 for i in range(6)}
        ),
        "numbers with long titles": lambda: plotting.numbers(
            {long: [[1, 2]], f"{long} 2": [[3, 4]]}
        ),
        "a column of numbers": lambda: plotting.numbers({"x": np.arange(20)[:, None]}),
        "numbers": lambda: plotting.numbers(
            {"x": [[10, 20], [255, 0]], "x - y": [[-3, -255], [0, 1]]}
        ),
        "one row of numbers": lambda: plotting.numbers(
            {"x": [[10.5, 200.25, -255.75]]}, decimals=2
        ),
        "many numbers": lambda: plotting.numbers({"x": np.arange(64).reshape(8, 8) * -4}),
        "difference": lambda: plotting.difference(
            GRAY, GRAY[::-1], titles=("reference", "mirrored")
        ),
        "clouds": lambda: plotting.clouds(
            groups, {"astronaut and hopper": 0.5}, xlabel="RMSE [levels]"
        ),
        "long marks": lambda: plotting.clouds(
            groups, {long: 1, f"{long} 2": 2, f"{long} 3": 3}, xlabel=""
        ),
        "no marks": lambda: plotting.clouds({"values": [1.0, 100.0]}, {}, xlabel="MSE", log=True),
        "curves": lambda: plotting.curves(
            range(4), spread, xlabel="strength [pixels]", ylabel="RMSE"
        ),
        "histograms": lambda: plotting.histograms(
            {"grey": {"a": RNG.random(256), "b": RNG.random(256)}, "more": {"a": RNG.random(256)}},
            xlabel="level",
            ylabel="share",
        ),
        "shares": lambda: plotting.shares(
            {
                "geometry": {f"change {i} of several": RNG.random(17) for i in range(40)},
                "light": {"with a gap": [math.nan, *RNG.random(16)]},
            },
            [f"metric number {i}" for i in range(17)],
            doubtful={("with a gap", "metric number 3")},
        ),
        "regions": lambda: plotting.regions(
            [("castle", PHOTO, RNG.random((7, 7))), ("temple", PHOTO, RNG.random((7, 7)))],
            label="contribution to the cosine",
            limit=1.5,
        ),
        "four regions": lambda: plotting.regions(
            [(f"picture {i}", PHOTO, RNG.random((7, 7))) for i in range(4)], label="", limit=2
        ),
        "few shares": lambda: plotting.shares({"": {"a": [0.25, 1], "b": [0.5, 0]}}, ["x", "y"]),
        "one curve": lambda: plotting.curves(
            [0, 1], {"a": [1, 10]}, xlabel="", ylabel="", log_y=True
        ),
    }


EXAMPLES = examples()
each_figure = pytest.mark.parametrize("figure", EXAMPLES, indirect=True)


@functools.cache
def drawn(name: str) -> Figure:
    return EXAMPLES[name]()


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Figure:
    """One of the examples, drawn once for all tests."""
    return drawn(request.param)


@each_figure
def test_a_figure_is_at_most_640_pixels_wide_on_opaque_white(figure: Figure) -> None:
    pixels = rendered(figure)
    wide = pixels.shape[1]
    assert wide <= 640 if all(ax.images or ax.texts for ax in figure.axes) else wide == 640
    assert pixels.shape[0] <= 1400
    assert (pixels[..., 3] == 255).all()
    assert (pixels[0, [0, -1], :3] == 255).all()


@each_figure
def test_nothing_leaves_the_canvas(figure: Figure) -> None:
    rendered(figure)  # the layout is settled when a figure is drawn
    box = figure.get_tightbbox().extents * figure.dpi
    width, height = figure.get_size_inches() * figure.dpi
    assert min(box[:2]) >= -0.5  # half of a line that ends at the border
    assert box[2] <= width + 0.5
    assert box[3] <= height + 0.5


@each_figure
def test_no_title_runs_into_another(figure: Figure) -> None:
    rendered(figure)
    boxes = [ax.title.get_window_extent() for ax in figure.axes if ax.get_title()]
    for one, other in itertools.combinations(boxes, 2):
        apart = max(one.x0 - other.x1, other.x0 - one.x1)
        assert apart >= 4 or not one.overlaps(other)


@each_figure
def test_letters_stay_legible_when_the_figure_is_shown_390_pixels_wide(figure: Figure) -> None:
    rendered(figure)
    for ax in figure.axes:
        drawn = [ax.title, ax.xaxis.label, ax.yaxis.label, *ax.texts]
        drawn += [*ax.get_xticklabels(), *ax.get_yticklabels()]
        sizes = [text.get_fontsize() for text in drawn if text.get_text()]
        # a point is 100 / 72 pixels, shown at 390 / 640 of that: 9 points are 7.6 pixels
        assert all(size >= 9 for size in sizes), sizes


def test_pictures_share_one_scale_and_keep_their_order() -> None:
    figure = plotting.pictures({"first": GRAY, "second": RGB})
    first, second = figure.axes
    assert [ax.get_title() for ax in figure.axes] == ["first", "second"]
    assert first.images[0].get_clim() == second.images[0].get_clim() == (0, 1)
    # 100 levels are 100 / 255 of white, though the darkest pixel of this picture
    assert np.allclose(first.images[0].get_array(), GRAY / 255)
    assert np.allclose(second.images[0].get_array(), RGB / 255)


def test_pictures_of_another_range_are_drawn_on_that_range() -> None:
    figure = plotting.pictures({"x": [[-1.0, 0.0, 3.0]]}, data_range=(-1, 1))
    # (-1 + 1) / 2, (0 + 1) / 2, and 3 is clipped to white
    assert figure.axes[0].images[0].get_array().tolist() == [[0.0, 0.5, 1.0]]


def places(figure: Figure) -> list[list[int]]:
    """Return the left, top, width and height of each axes, in pixels."""
    width, height = figure.get_size_inches() * 100
    boxes = [ax.get_position() for ax in figure.axes]
    found = [(b.x0 * width, (1 - b.y1) * height, b.width * width, b.height * height) for b in boxes]
    return np.rint(found).astype(int).tolist()


def test_more_pictures_than_columns_fill_further_rows() -> None:
    figure = plotting.pictures(dict.fromkeys("abcde", RGB), columns=2)
    # a cell is (640 - 8) / 2 = 316 pixels, 7 times 40 wide; a title takes 21 + 6
    left, right = 0, 280 + 8
    tops = [27, 27 + 210 + 27, 2 * (27 + 210) + 27]
    assert places(figure) == [
        [left, tops[0], 280, 210],
        [right, tops[0], 280, 210],
        [left, tops[1], 280, 210],
        [right, tops[1], 280, 210],
        [left, tops[2], 280, 210],
    ]
    assert rendered(figure).shape[:2] == (tops[2] + 210, right + 280)


def test_pictures_of_a_row_hang_from_one_line() -> None:
    figure = plotting.pictures({"a": RGB, "b": RGB[:, :10], "c\nMSE 3": RGB[:10]})
    # a cell is (640 - 2 * 8) / 3 = 208: 5 times 40, 20 times 10 (30 * 20 = 600 <= 640), 5 times 40
    tall = 2 * 21 + 6
    assert places(figure) == [[0, tall, 200, 150], [208, tall, 200, 600], [416, tall, 200, 50]]


@pytest.mark.parametrize(
    ("shape", "drawn"),
    [
        ((1, 1), (640, 640)),
        ((3, 4), (480, 640)),  # 160 times
        ((300, 1), (600, 2)),  # twice: three times would be 900 high
        ((1000, 10), (640, 6)),  # 0.64 times
        ((10, 1000), (6, 640)),
        ((1, 3000), (1, 640)),  # never less than one pixel
    ],
)
def test_a_picture_keeps_its_proportions_and_is_neither_wider_nor_higher_than_640_pixels(
    shape: tuple[int, int], drawn: tuple[int, int]
) -> None:
    (place,) = places(plotting.pictures({"": np.zeros(shape, np.uint8)}))
    assert tuple(place[:1:-1]) == drawn


def test_a_pixel_of_a_small_picture_is_drawn_as_a_square_of_its_colour() -> None:
    pixels = rendered(plotting.pictures({"astronaut": RGB}))[27:, :, :3]
    expected = RGB.repeat(16, axis=0).repeat(16, axis=1)  # 640 / 40
    assert pixels.shape == expected.shape
    # 254 / 255 of 255 may be cut to 253
    assert np.abs(pixels.astype(int) - expected).max() <= 1


def test_long_titles_are_broken_and_no_letter_is_lost() -> None:
    long, word = "a title that says all that was done to it, and why", "x" * 100
    figure = plotting.pictures({long: RGB, word: RGB, "two\nlines": RGB})
    first, second, third = (ax.get_title() for ax in figure.axes)
    assert first.replace("\n", " ") == long
    assert second.replace("\n", "") == word
    assert third == "two\nlines"
    narrow = plotting.pictures(dict.fromkeys(("starry_night", *"bcdef"), RGB), columns=6)
    assert narrow.axes[0].get_title() == "starry_night"  # it just fits
    formula = "a narrow title $x = a + b$ after that"
    broken = plotting.pictures(dict.fromkeys((formula, *"bcde"), RGB), columns=5).axes[0]
    assert "$x = a + b$" in broken.get_title()
    table = plotting.numbers({long: [[1, 2]], "b": [[3, 4]], "c": [[5, 6]]})
    assert table.axes[0].get_title().count("\n") >= 1


def test_the_cells_of_a_table_are_squares_of_at_most_90_pixels() -> None:
    assert places(plotting.numbers({"x": [[7]]})) == [[2, 27, 90, 90]]
    # (640 - 4) / 8 = 79
    assert places(plotting.numbers({"x": np.zeros((8, 8))})) == [[2, 27, 632, 632]]
    column, other = places(plotting.numbers({"x": [[1], [2], [3]], "y": [[1], [2], [3]]}))
    assert (column, other) == ([2, 27, 90, 270], [2 + 90 + 16, 27, 90, 270])


def test_numbers_prints_every_value_in_its_cell() -> None:
    ax = plotting.numbers({"x": [[1.25, -2], [0, 255]]}, decimals=1).axes[0]
    cells = {text.get_position(): text.get_text() for text in ax.texts}
    assert cells == {(0, 0): "1.2", (1, 0): "-2.0", (0, 1): "0.0", (1, 1): "255.0"}


def test_each_table_may_have_its_own_decimals() -> None:
    first, second = plotting.numbers({"c": [[0.6, 0.3]], "2^10c": [[64, 8]]}, decimals=(1, 0)).axes
    assert [text.get_text() for text in first.texts] == ["0.6", "0.3"]
    assert [text.get_text() for text in second.texts] == ["64", "8"]


def test_numbers_of_different_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"arrays must have one shape, got \[\(1, 2\), \(2, 2\)\]"):
        plotting.numbers({"x": [[1, 2]], "y": [[1, 2], [3, 4]]})


def test_difference_is_signed_centred_on_zero_and_not_wrapped() -> None:
    x, y = np.array([[10, 20]], np.uint8), np.array([[20, 10]], np.uint8)
    figure = plotting.difference(x, y, titles=("x", "y"), limit=60)
    drawn = figure.axes[2].images[0]
    assert drawn.get_array().tolist() == [[-10.0, 10.0]]
    assert drawn.get_clim() == (-60, 60)
    assert [ax.images[0].get_clim() for ax in figure.axes[:2]] == [(0, 255), (0, 255)]
    assert [ax.get_title() for ax in figure.axes[:3]] == ["x", "y", "difference"]
    red, _, blue, _ = drawn.to_rgba(np.array([[60.0]]))[0, 0]
    assert red > blue  # orange where the first is lighter


def test_clouds_draws_every_value_in_its_row_and_every_mark() -> None:
    groups = {"unrelated": [1.0, 2.0, 4.0], "same scene": [0.5]}
    figure = plotting.clouds(groups, {"today": 1.5}, xlabel="RMSE [levels]")
    ax = figure.axes[0]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["unrelated\n(3)", "same scene\n(1)"]
    assert ax.get_xlabel() == "RMSE [levels]"
    first, second, mark = ax.lines
    assert list(first.get_xdata()) == [1.0, 2.0, 4.0]
    assert np.abs(np.asarray(first.get_ydata())).max() <= 0.3
    assert list(second.get_xdata()) == [0.5]
    assert list(mark.get_xdata()) == [1.5, 1.5]
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ["today"]


def test_clouds_puts_a_bar_at_the_median_of_each_row_where_asked() -> None:
    groups = {"unrelated": [1.0, 2.0, 9.0], "same scene": [4.0, 5.0]}  # medians 2 and 4.5
    ax = plotting.clouds(groups, {}, xlabel="RMSE", medians=True).axes[0]
    bars = [line for line in ax.lines if line.get_color() == "k"]
    assert [list(line.get_xdata()) for line in bars] == [[2.0, 2.0], [4.5, 4.5]]
    assert [np.mean(line.get_ydata()) for line in bars] == [0, 1]
    plain = plotting.clouds(groups, {}, xlabel="RMSE").axes[0]
    assert len(plain.lines) == 2


def test_intervals_reach_from_low_to_high_in_their_row_and_do_not_touch() -> None:
    rows = {"a": [(0.1, 0.2, 0.4), (0.0, 0.3, 0.5)], "b": [(-1.0, -0.5, 0.0)]}
    (ax,) = plotting.intervals(rows, {"none": 0.0}, xlabel="x").axes
    drawn = [line.get_xydata().tolist() for line in ax.lines]
    assert [[x for x, _ in line] for line in drawn] == [
        [0.1, 0.4], [0.2], [0.0, 0.5], [0.3], [-1.0, 0.0], [-0.5], [0.0, 0.0]
    ]  # fmt: skip
    heights = [line[0][1] for line in drawn[:6:2]]
    assert heights == pytest.approx([-0.09, 0.09, 1.0])  # 0.18 of a row apart, about 0; alone at 1
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["a", "b"]


def test_an_estimate_outside_its_interval_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'a' must lie in its interval, got 0.5 and \[0, 0.4\]"):
        plotting.intervals({"a": [(0, 0.5, 0.4)]}, {}, xlabel="x")


def test_infinite_values_are_counted_and_left_out_of_the_drawing() -> None:
    figure = plotting.clouds({"identical": [np.inf, 30.0]}, {"today": np.inf}, xlabel="PSNR [dB]")
    rendered(figure)
    assert figure.axes[0].get_yticklabels()[0].get_text() == "identical\n(2)"
    assert np.isfinite(figure.axes[0].get_xlim()).all()


def test_curves_draws_the_median_and_shades_from_least_to_greatest() -> None:
    values = [[0, 1], [4, 2], [2, 9]]  # medians 2 and 2, from 0 to 4 and from 1 to 9
    ax = plotting.curves([0, 10], {"noise": values}, xlabel="x", ylabel="y").axes[0]
    assert ax.lines[0].get_ydata().tolist() == [2, 2]
    corners = {tuple(point) for point in ax.collections[0].get_paths()[0].vertices.tolist()}
    assert corners >= {(0, 0), (0, 4), (10, 1), (10, 9)}


def test_histograms_share_one_scale_and_stand_over_their_bins() -> None:
    rows = {"top": {"a": [1, 2], "b": [5, 0]}, "bottom": {"c": [0, 1]}}
    top, bottom = plotting.histograms(rows, xlabel="bin", ylabel="pixels").axes
    assert top.get_ylim() == bottom.get_ylim()
    assert top.get_xlim() == (-0.5, 1.5)
    assert [patch.get_data().values.tolist() for patch in top.patches] == [[1, 2], [5, 0]]
    assert top.patches[0].get_data().edges.tolist() == [-0.5, 0.5, 1.5]
    assert [patch.get_fill() for patch in top.patches] == [True, False]


def test_histograms_of_different_bins_are_refused() -> None:
    with pytest.raises(ValueError, match=r"one shape \(n,\), got \[\(1,\), \(2,\)\]; use the same"):
        plotting.histograms({"x": {"a": [1, 2], "b": [3]}}, xlabel="", ylabel="")


def test_matches_join_the_points_of_the_left_picture_to_those_of_the_right() -> None:
    left, right = np.zeros((20, 30)), np.zeros((10, 70))  # the right one starts at 30 + 3 pixels
    found = ([[5, 1], [6, 2]], [[7, 3], [8, 4]])
    figure = plotting.matches({"a": left, "b": right}, {"kept": found, "none": ([], [])})
    (ax,) = figure.axes
    lines = [(line.get_xdata().tolist(), line.get_ydata().tolist()) for line in ax.lines[:2]]
    assert lines == [([1, 36], [5, 7]), ([2, 37], [6, 8])]
    assert [text.get_text() for text in figure.legends[0].texts] == ["kept (2)", "none (0)"]
    assert [image.get_extent() for image in ax.images] == [
        [-0.5, 29.5, 19.5, -0.5],
        [32.5, 102.5, 9.5, -0.5],
    ]
    assert all(image.get_clim() == (0, 255) for image in ax.images)
    assert rendered(figure).shape[1] == 618  # 103 pixels, six times


def test_matches_join_two_pictures() -> None:
    with pytest.raises(ValueError, match="images must be two, got 1; matches join one pair"):
        plotting.matches({"a": GRAY}, {})


def test_more_series_than_can_be_told_apart_are_refused() -> None:
    with pytest.raises(ValueError, match="series must be at most 4, got 5; draw two figures"):
        plotting.curves([0], {key: [1.0] for key in "abcde"}, xlabel="", ylabel="")
    with pytest.raises(ValueError, match="marks must be at most 3, got 4"):
        plotting.clouds({"a": [1.0]}, dict.fromkeys("abcd", 1.0), xlabel="")


def test_regions_are_drawn_over_their_picture_on_one_scale_from_zero() -> None:
    values = np.arange(6).reshape(2, 3) / 10
    figure = plotting.regions(
        [("a", PHOTO, values), ("b", PHOTO, values * 2)], label="x", limit=1.5
    )
    shaded = [ax.images[1] for ax in figure.axes if len(ax.images) == 2]
    assert [np.asarray(one.get_array()).tolist() for one in shaded] == [
        values.tolist(),
        (2 * values).tolist(),
    ]
    for one in shaded:
        assert one.get_clim() == (0, 1.5)
        assert one.get_extent() == [-0.5, 63.5, 63.5, -0.5]  # the whole picture of 64 pixels
    with pytest.raises(ValueError, match="from two to four, got 1; draw several"):
        plotting.regions([("a", PHOTO, values)], label="x", limit=1)


def test_shares_are_printed_in_hundredths_and_shaded_from_chance_to_one() -> None:
    panels = {"": {"a": [0.996, 0.75, math.nan], "b": [1, 0.004, 0]}}
    figure = plotting.shares(panels, ["x", "y", "z"], doubtful={("a", "y")})
    (ax,) = figure.axes
    # 0.996 is not all, 0.004 not none
    assert [text.get_text() for text in ax.texts] == [".99", ".75", "1", ".01", "0"]
    drawn = np.ma.filled(ax.images[0].get_array().astype(float), np.nan)
    # (0.996 - 0.5) / 0.5, (0.75 - 0.5) / 0.5; below 0.5 the scale does not go
    assert drawn == pytest.approx(np.array([[0.992, 0.5, np.nan], [1, 0, 0]]), nan_ok=True)
    assert len(ax.patches) == 3  # hatched: no value, and two below the scale
    underlines = [line for line in ax.lines if line.get_ydata()[0] == line.get_ydata()[1] != 0.5]
    assert [line.get_xdata().tolist() for line in underlines] == [[0.75, 1.25]]


@pytest.mark.parametrize("share", [0.0, 0.5, 0.7, 0.75, 0.8, 1.0])
def test_the_number_of_a_share_stands_out_from_its_cell(share: float) -> None:
    figure = plotting.shares({"": {"a": [share]}}, ["x"])
    pixels = rendered(figure)[..., :3].astype(float) @ [0.299, 0.587, 0.114]
    inside = pixels[-22:-3, -60:-4] / 255
    ground = np.median(inside)  # most of a cell is ground
    contrast = max(inside.max() - ground, ground - inside.min())
    assert contrast > 0.45


def test_shares_with_a_missing_column_or_too_many_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="one value for each of 2 columns, got"):
        plotting.shares({"": {"a": [0.5]}}, ["x", "y"])
    with pytest.raises(ValueError, match="got 40; draw two figures"):
        plotting.shares({"": {"a": np.ones(40)}}, [str(i) for i in range(40)])
    wide = plotting.shares({"": {"a": np.ones(40)}}, [str(i) for i in range(40)], widest=1600)
    assert wide.get_size_inches()[0] > 6.4
