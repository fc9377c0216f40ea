"""Claims about the emoji set and about `imglab.emoji`."""

import hashlib
import itertools
import json
import re
import shutil
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imglab import emoji, samples
from imglab.validation import ImageInputError

DATA = Path(__file__).resolve().parent.parent / "data"
RECORD = json.loads((DATA / "emoji" / "emoji.json").read_text(encoding="utf-8"))
SHEETS = RECORD["sheets"]
TIGER = "tiger face, animal, big, cat, face, mammal, predator, tiger"
IDS = [sheet["style"] for sheet in SHEETS]


@pytest.fixture
def own_data(tmp_path, monkeypatch):
    """A copy of the set that a test may damage, laid out as in a wheel."""
    package = tmp_path / "imglab"
    shutil.copytree(DATA / "emoji", package / "data" / "emoji")
    monkeypatch.setattr(samples, "__file__", str(package / "samples.py"))
    return package / "data" / "emoji"


# The set


def test_the_splits_hold_1211_155_and_155_emoji_and_together_all():
    counts = Counter(item.split for item in emoji.items())
    assert counts == {"train": 1211, "validation": 155, "test": 155}
    for split, count in counts.items():
        assert len(emoji.items(split)) == count
        assert {item.split for item in emoji.items(split)} == {split}


def test_index_name_and_character_are_unique_and_each_finds_its_emoji():
    items = emoji.items()
    assert [item.index for item in items] == list(range(1521))
    assert len({item.name for item in items}) == len({item.character for item in items}) == 1521
    for item in items:
        assert emoji.find(item.name) == emoji.find(item.character) == emoji.find(item.index) == item


def family(character):
    """Read gender, direction, clock faces and keycaps out of Unicode's own names."""
    points = [point for point in character if point != "\ufe0f"]  # asks for colour
    names = [unicodedata.name(point, hex(ord(point))) for point in points]
    if names[0].startswith("CLOCK FACE"):
        return "CLOCK FACE"
    if "COMBINING ENCLOSING KEYCAP" in names:
        return "KEYCAP"
    if len(names) > 1:
        gone = {"FEMALE SIGN", "MALE SIGN", "ZERO WIDTH JOINER", "BLACK RIGHTWARDS ARROW"}
        names = [name for name in names if name not in gone]
    return tuple("ADULT" if name in {"MAN", "WOMAN"} else name for name in names)


def test_no_family_of_twins_is_in_two_splits_and_held_out_ones_stand_alone():
    families = defaultdict(list)
    for item in emoji.items():
        families[family(item.character)].append(item.split)
    assert all(len(set(splits)) == 1 for splits in families.values())
    assert all(splits == ["train"] * len(splits) for splits in families.values() if len(splits) > 1)
    assert len([splits for splits in families.values() if len(splits) > 1]) > 50


def test_no_emoji_has_a_skin_tone():
    tones = {chr(point) for point in range(0x1F3FB, 0x1F400)}
    assert not [item for item in emoji.items() if tones & set(item.character)]


@pytest.mark.parametrize("style", emoji.STYLES)
def test_no_picture_of_one_split_stands_pixel_for_pixel_in_another(style):
    splits = defaultdict(set)
    for item in emoji.items():
        splits[emoji.picture(item, style).tobytes()].add(item.split)
    assert [found for found in splits.values() if len(found) > 1] == []


def test_the_five_styles_draw_each_test_emoji_in_five_ways():
    for item in emoji.items("test"):
        tiles = [emoji.picture(item, style) for style in emoji.STYLES]
        pairs = itertools.combinations(tiles, 2)
        assert not any(np.array_equal(a, b) for a, b in pairs), item.name


# The files and their papers


def test_the_sheets_take_at_most_5_mb_together():
    assert sum(path.stat().st_size for path in (DATA / "emoji").glob("*.png")) <= 5_000_000


def test_every_file_is_listed_and_every_listed_file_is_there():
    on_disk = {f"emoji/{path.name}" for path in (DATA / "emoji").iterdir()}
    assert on_disk == {sheet["file"] for sheet in SHEETS} | {"emoji/emoji.json"}
    assert tuple(IDS) == tuple(emoji.STYLES)


@pytest.mark.parametrize("sheet", SHEETS, ids=IDS)
def test_a_record_describes_its_sheet(sheet):
    path = DATA / sheet["file"]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == sheet["sha256"]
    assert path.stat().st_size == sheet["bytes"]
    with Image.open(path) as picture:
        assert (*picture.size, picture.mode) == (sheet["width"], sheet["height"], sheet["mode"])
        assert len(picture.getcolors()) <= 64
        assert not picture.getexif()
    assert sheet["licence"] in {"Apache-2.0", "CC-BY-4.0", "MIT"}


@pytest.mark.parametrize("sheet", SHEETS, ids=IDS)
def test_the_table_of_sources_holds_what_emoji_json_holds(sheet):
    page = (DATA / "SOURCES.md").read_text(encoding="utf-8")
    row = (
        f"| `{sheet['file']}` | {sheet['title']} | {sheet['author']} | {sheet['licence']} "
        f"| {sheet['source']} | {sheet['url']} | {sheet['changed']} | {sheet['width']} x "
        f"{sheet['height']} {sheet['mode']}, {sheet['bytes']} bytes | `{sheet['sha256']}` |"
    )
    assert row in page.splitlines()


# Pictures and captions


def test_a_picture_is_the_tile_of_its_row_and_column():
    item = emoji.items()[83]  # 83 = 2 * 40 + 3: third row, fourth column
    with Image.open(DATA / "emoji" / "twemoji.png") as sheet:
        tile = sheet.convert("RGB").crop((192, 128, 256, 192))  # 3 * 64, 2 * 64
    found = emoji.picture(item, "twemoji")
    assert found.shape == (64, 64, 3)
    assert found.dtype == np.uint8
    assert np.array_equal(found, np.asarray(tile))


def test_an_apple_is_red_on_white_and_black_on_white_in_high_contrast():
    apple = emoji.picture("red apple", "fluent_flat").astype(int)
    red, green = apple[32, 32, :2]
    assert red > green + 100
    assert (apple[0, 0] == 255).all()
    drawn = emoji.picture("red apple", "fluent_high_contrast")
    assert (drawn.max(axis=2) - drawn.min(axis=2)).max() <= 8  # no colour


def test_writing_into_a_picture_does_not_change_the_next_one():
    first = emoji.picture("red apple", "noto")
    kept = first.copy()
    first[:] = 0
    assert np.array_equal(emoji.picture("red apple", "noto"), kept)


@pytest.mark.parametrize(
    ("style", "keywords", "expected"),
    [
        (None, False, "a drawing of tiger face"),
        (None, True, f"a drawing of {TIGER}"),
        ("fluent_high_contrast", False, "a monochrome drawing of tiger face"),
        ("fluent_3d", True, f"a 3d drawing of {TIGER}"),
    ],
)
def test_a_caption_mentions_the_style_and_the_keywords_when_asked(style, keywords, expected):
    assert emoji.caption("tiger face", style, keywords=keywords) == expected


def test_each_style_has_a_word_of_its_own_that_one_name_alone_holds():
    assert len(set(emoji.STYLES.values())) == 5
    said = [
        item.name
        for item in emoji.items()
        for word in set(re.findall(r"\w+", " ".join((item.name, *item.keywords))))
        if word in emoji.STYLES.values()
    ]
    assert said == ["flat shoe"]  # a training emoji


# What is refused


@pytest.mark.parametrize("which", ["no such thing", "", "x" * 5000, -1, 1521, 2.5, None])
def test_an_unknown_emoji_gets_one_line(which):
    with pytest.raises(ImageInputError, match=r"^No emoji of the set is .*; give a name") as info:
        emoji.picture(which, "noto")
    assert info.value.code == "unknown-name"
    assert len(str(info.value)) <= 220


def test_an_unknown_style_or_split_gets_the_choices():
    with pytest.raises(ValueError, match=r"^style must be one of noto, twemoji, .*, got 'flat'"):
        emoji.picture("red apple", "flat")
    with pytest.raises(ValueError, match=r"^style must be one of noto, .*, got 'flat'"):
        emoji.caption("red apple", "flat")
    with pytest.raises(ValueError, match=r"^split must be one of train, validation, test, got"):
        emoji.items("val")


def test_a_changed_or_missing_sheet_is_refused_in_one_line(own_data):
    sheet = own_data / "noto.png"
    data = bytearray(sheet.read_bytes())
    data[-20] ^= 1
    sheet.write_bytes(data)
    with pytest.raises(ImageInputError, match=r"Cannot use 'noto.png': .*SHA-256") as info:
        emoji.picture("red apple", "noto")
    assert info.value.code == "damaged"
    sheet.unlink()
    with pytest.raises(ImageInputError, match=r"'noto.png': it cannot be read") as info:
        emoji.picture("red apple", "noto")
    assert info.value.code == "not-found"
    assert emoji.picture("red apple", "twemoji").shape == (64, 64, 3)
