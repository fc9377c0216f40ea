"""Claims about the bundled pictures and about `imglab.samples`."""

import hashlib
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imglab import image, samples
from imglab.validation import ImageInputError

DATA = Path(__file__).resolve().parent.parent / "data"
RECORDS = json.loads((DATA / "pictures.json").read_text(encoding="utf-8"))
FILES = [DATA / record["file"] for record in RECORDS]
IDS = [record["name"] for record in RECORDS]
LICENCES = {"Public domain", "CC0-1.0", "CC-BY-2.0", "BSD-2-Clause"}
SHIPPED_TEXTS = {"BSD-2-Clause": "VLFeat-BSD-2-Clause.txt"}
TEXTS_OF_THE_EMOJI = {
    "Fluent-Emoji-MIT.txt",
    "Noto-Emoji-Apache-2.0.txt",
    "emojibase-MIT.txt",
}


@pytest.fixture
def own_data(tmp_path, monkeypatch):
    """A copy of the data that a test may damage, laid out as in a wheel."""
    package = tmp_path / "imglab"
    shutil.copytree(DATA, package / "data")
    monkeypatch.setattr(samples, "__file__", str(package / "samples.py"))
    return package / "data"


# The gallery


def test_there_are_twenty_scenes_and_one_second_view():
    assert len(samples.names()) == 21
    assert len({samples.source(name).scene for name in samples.names()}) == 20
    assert samples.same_scene_pairs() == (("roofs", "roofs_again"),)


def test_unrelated_pairs_are_190_of_different_scenes_each_once():
    pairs = samples.unrelated_pairs()
    assert len(pairs) == 190  # 20 * 19 / 2
    assert len({frozenset(pair) for pair in pairs}) == 190
    assert all(samples.source(a).scene != samples.source(b).scene for a, b in pairs)
    assert {name for pair in pairs for name in pair} == set(samples.names()) - {"roofs_again"}


def test_names_start_with_the_default_pair_and_end_with_the_second_view():
    assert samples.names()[:2] == ("astronaut", "hopper")
    assert samples.names()[-1] == "roofs_again"
    assert samples.unrelated_pairs()[0] == ("astronaut", "hopper")


def test_the_default_pair_has_one_size():
    assert samples.load("astronaut").shape == samples.load("hopper").shape == (384, 384, 3)


def test_no_two_files_hold_the_same_picture():
    small = [samples.load(name, size=32).tobytes() for name in samples.names()]
    assert len(set(small)) == 21


# The files and their papers


def test_every_file_on_disk_is_listed_and_every_listed_file_is_on_disk():
    on_disk = {path.relative_to(DATA).as_posix() for path in (DATA / "pictures").iterdir()}
    assert on_disk == {record["file"] for record in RECORDS}


def test_names_and_digests_are_unique():
    assert len({record["name"] for record in RECORDS}) == len(RECORDS)
    assert len({record["sha256"] for record in RECORDS}) == len(RECORDS)


@pytest.mark.parametrize("record", RECORDS, ids=IDS)
def test_a_record_describes_its_file(record):
    path = DATA / record["file"]
    assert path.stem == record["name"]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == record["sha256"]
    assert path.stat().st_size == record["bytes"]
    with Image.open(path) as picture:
        assert (*picture.size, picture.mode) == (record["width"], record["height"], record["mode"])


@pytest.mark.parametrize("record", RECORDS, ids=IDS)
def test_a_record_has_a_free_licence_and_no_empty_field(record):
    assert record["licence"] in LICENCES
    assert all(record.values())
    assert record["url"].startswith("http")


def test_a_licence_that_asks_for_its_text_has_it_beside_the_pictures():
    asked = {SHIPPED_TEXTS.get(record["licence"]) for record in RECORDS} - {None}
    there = {path.name for path in (DATA / "LICENSES").iterdir()}
    assert asked | TEXTS_OF_THE_EMOJI == there


@pytest.mark.parametrize("table", [1, 2])
def test_the_tables_of_sources_hold_what_pictures_json_holds(table):
    page = (DATA / "SOURCES.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if re.match(r"\| (`pictures/|[a-z_]+ \|)", line)]
    files = [
        f"| `{r['file']}` | {r['title']} | {r['author']} | {r['licence']} | {r['source']} "
        f"| {r['url']} | {r['changed']} | {r['width']} x {r['height']} {r['mode']}, "
        f"{r['bytes']} bytes | `{r['sha256']}` |"
        for r in RECORDS
    ]
    words = [f"| {r['name']} | {r['statement']} |" for r in RECORDS]
    assert (rows[:21] if table == 1 else rows[21:]) == (files if table == 1 else words)


@pytest.mark.parametrize("record", RECORDS, ids=IDS)
def test_attribution_names_the_author_where_the_licence_asks_for_it(record):
    if record["licence"].startswith("CC-BY"):
        attribution = (DATA / "SOURCES.md").read_text(encoding="utf-8").split("## Attribution")[1]
        lines = [line for line in attribution.splitlines() if f"`{record['name']}`" in line]
        assert record["author"].split(" (")[0] in lines[0]


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_a_picture_is_small_enough(path):
    assert path.stat().st_size <= 300_000
    with Image.open(path) as picture:
        assert 256 <= max(picture.size) <= 512


def test_at_least_six_pictures_are_lossless():
    assert sum(path.suffix == ".png" for path in FILES) >= 6


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix == ".jpg"])
def test_a_jpeg_is_of_quality_90_or_better(path):
    with Image.open(path) as picture:
        steps = [step for table in picture.quantization.values() for step in table]
    assert max(steps) <= 24  # the standard's largest step, 121, times (200 - 2 * 90) / 100


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_a_picture_says_nothing_but_its_pixels(path):
    with Image.open(path) as picture:
        assert not picture.getexif()  # no place, no camera
        assert "icc_profile" not in picture.info
    assert image.load(path).notes == ()  # the gate has nothing to mend


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_git_takes_a_picture_for_binary_whatever_its_settings(path):
    assert b"\0" in path.read_bytes()[:8000]  # git's own test: line ends stay as they are


# Loading


@pytest.mark.parametrize("name", samples.names())
def test_load_gives_an_rgb_picture_of_the_files_size(name):
    record = next(record for record in RECORDS if record["name"] == name)
    pixels = samples.load(name)
    assert pixels.shape == (record["height"], record["width"], 3)
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous


@pytest.mark.parametrize("name", ["camera", "brick", "grass", "gravel", "text"])
def test_a_grey_original_has_three_equal_channels(name):
    pixels = samples.load(name)
    assert np.array_equal(pixels[..., 0], pixels[..., 1])
    assert np.array_equal(pixels[..., 0], pixels[..., 2])


@pytest.mark.parametrize("size", [None, 64])
def test_writing_into_a_picture_does_not_change_the_next_load(size):
    first = samples.load("chelsea", size=size)
    kept = first.copy()
    first[:] = 0
    assert np.array_equal(samples.load("chelsea", size=size), kept)


def test_size_squashes_as_resize_does():
    squashed = samples.load("text", size=96)  # 448 x 172, far from square
    assert squashed.shape == (96, 96, 3)
    assert np.array_equal(squashed, image.resize(samples.load("text"), (96, 96)))


def test_size_takes_a_numpy_integer():
    assert samples.load("text", size=np.int64(8)).shape == (8, 8, 3)


@pytest.mark.parametrize("size", [0, -1, 4097, 2.5, "64"])
def test_an_impossible_size_is_refused(size):
    with pytest.raises(ValueError, match=r"size must be a whole number of 1 to 4096 pixels, got"):
        samples.load("text", size=size)


@pytest.mark.parametrize("name", ["lena", "", "Astronaut", "x" * 5000, "two\nlines", 3, None])
def test_an_unknown_name_gets_one_line_with_the_choices(name):
    with pytest.raises(ImageInputError, match=r"^No picture is named .* astronaut hopper ") as info:
        samples.load(name)
    assert info.value.code == "unknown-name"
    assert len(str(info.value)) <= 220
    assert "\n" not in str(info.value)
    assert all(choice in str(info.value) for choice in samples.names())


def test_source_gives_the_record():
    sample = samples.source("temple")
    assert sample.author == "danielbuechele (Flickr)"
    assert sample.licence == "CC-BY-2.0"
    assert sample.scene == "temple"
    assert samples.source("roofs_again").scene == "roofs"


# Tampering and places


def _flip_last_bit(path):
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def test_one_flipped_bit_is_refused_in_one_line(own_data):
    _flip_last_bit(own_data / "pictures" / "roofs.jpg")
    with pytest.raises(ImageInputError, match=r"Cannot use 'roofs.jpg': .*SHA-256") as info:
        samples.load("roofs")
    assert info.value.code == "damaged"
    assert len(str(info.value)) <= 220
    assert str(own_data) not in str(info.value)


def test_a_file_changed_after_the_first_load_is_noticed(own_data):
    samples.load("roofs")
    _flip_last_bit(own_data / "pictures" / "roofs.jpg")
    with pytest.raises(ImageInputError, match="SHA-256"):
        samples.load("roofs")


def test_another_picture_under_a_known_name_is_refused(own_data):
    shutil.copy(own_data / "pictures" / "hopper.png", own_data / "pictures" / "astronaut.png")
    with pytest.raises(ImageInputError, match="SHA-256"):
        samples.load("astronaut")


def test_a_missing_file_is_refused_in_one_line(own_data):
    (own_data / "pictures" / "roofs.jpg").unlink()
    with pytest.raises(ImageInputError, match=r"Cannot use 'roofs.jpg': it cannot be read") as info:
        samples.load("roofs")
    assert info.value.code == "not-found"
    assert isinstance(info.value.__cause__, OSError)
    assert str(own_data) not in str(info.value)


def test_pictures_are_found_from_any_working_directory(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()  # a stray folder of the same name
    expected = samples.load("coffee")
    monkeypatch.chdir(tmp_path)
    assert samples.data_path("pictures.json").is_absolute()
    assert np.array_equal(samples.load("coffee"), expected)


def test_data_inside_the_package_goes_before_data_beside_it(own_data):
    (own_data.parent.parent / "data").mkdir()  # site-packages may hold somebody else's "data"
    assert samples.data_path("pictures.json") == (own_data / "pictures.json").resolve()
    assert samples.load("roofs").shape == (382, 512, 3)
