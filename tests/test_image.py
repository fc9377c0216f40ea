"""The gate: what a file becomes, what is said of it, and what is refused."""

import io
import logging
import os
import struct
import subprocess
import sys
import warnings
from zlib import compress as zlib_compress
from zlib import crc32

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageFile

from imglab.image import (
    Picture,
    encode_png,
    encode_png_quickly,
    load,
    load_bytes,
    resize,
    to_gray,
)
from imglab.image.wording import LARGEST_BYTES
from imglab.validation import ImageInputError
from tests.hostile import many_scans

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
ORIENTATION = 0x0112
SRGB_PRIMARIES = {  # XYZ of red, green, blue as an ICC profile of sRGB stores them (D50)
    "r": (0.4361, 0.2225, 0.0139),
    "g": (0.3851, 0.7169, 0.0971),
    "b": (0.1431, 0.0606, 0.7141),
}


@pytest.fixture
def scene():
    """Make an RGB array, wider than tall, with all values in play."""
    return np.random.default_rng(seed=7).integers(0, 256, (5, 8, 3), dtype=np.uint8)


def encoded(image, file_format, **options):
    """Return what Pillow writes for `image`, an array or a picture of Pillow's."""
    file = io.BytesIO()
    picture = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    picture.save(file, file_format, **options)
    return file.getvalue()


def one_row(*colours):
    return np.array([colours], dtype=np.uint8)


def tiff(values, *, bits, sample_format=1, photometric=1, order="<", extra=()):
    """Write one grey row as an uncompressed TIFF, for what Pillow cannot write."""
    entries = [
        (256, 3, len(values)),
        (257, 3, 1),
        (258, 3, bits),
        (259, 3, 1),
        (262, 3, photometric),
        (273, 4, 8),
        (277, 3, 1),
        (278, 3, 1),
        (339, 3, sample_format),
        *extra,
    ]
    entries = sorted({entry[0]: entry for entry in entries}.values())  # the last one counts
    kind = {1: {8: "B", 16: "H", 32: "I"}, 2: {8: "b", 16: "h", 32: "i"}, 3: {32: "f", 64: "d"}}
    pixels = struct.pack(f"{order}{len(values)}{kind[sample_format][bits]}", *values)
    pixels += b"\0" * (len(pixels) % 2)
    directory = struct.pack(f"{order}H", len(entries))
    for tag, width, value in entries:
        field = struct.pack(f"{order}H2x" if width == 3 else f"{order}I", value)
        directory += struct.pack(f"{order}HHI", tag, width, 1) + field
    mark = b"II" if order == "<" else b"MM"
    header = mark + struct.pack(f"{order}HI", 42, 8 + len(pixels))
    return header + pixels + directory + b"\0" * 4


def icc_profile(name, *, gamma, primaries=SRGB_PRIMARIES, gray=False):
    """Write an ICC 2.1 profile: primaries, one gamma for all channels, a name."""

    def xyz(values):
        return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(v * 65536)) for v in values)

    text = name.encode("ascii") + b"\0"
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    description = b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + b"\0" * 78
    tags = {b"desc": description + b"\0" * (-len(description) % 4)}
    tags[b"wtpt"] = xyz((0.9642, 1.0, 0.8249))
    if gray:
        tags[b"kTRC"] = curve
    else:
        for channel in "rgb":
            tags[f"{channel}XYZ".encode()] = xyz(primaries[channel])
            tags[f"{channel}TRC".encode()] = curve
    offset, table, body = 132 + 12 * len(tags), struct.pack(">I", len(tags)), b""
    for tag, data in tags.items():
        table += tag + struct.pack(">II", offset + len(body), len(data))
        body += data
    space = b"GRAY" if gray else b"RGB "
    header = struct.pack(">I4sI", offset + len(body), b"\0\0\0\0", 0x02100000)
    header += b"mntr" + space + b"XYZ " + b"\0" * 12 + b"acsp" + b"\0" * 28
    header += struct.pack(">3i", 63190, 65536, 54061)  # the D50 white that all profiles share
    return header.ljust(128, b"\0") + table + body


def refused(name, data, code):
    """Return the sentence with which bytes are refused, after checking its manners."""
    with pytest.raises(ImageInputError, match=r"^Cannot use '") as caught:
        load_bytes(name, data)
    return manners(caught.value, code)


def manners(error, code):
    sentence = str(error)
    assert error.code == code
    assert len(sentence) <= 220
    assert sentence.replace("\u200d", "").isprintable()  # the joiner inside one emoji
    assert sentence.endswith(".")
    assert "object at 0x" not in sentence
    return sentence


# What comes out


@pytest.mark.parametrize(
    ("file_format", "options"),
    [
        ("PNG", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_adobe_deflate"}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("BMP", {}),
        ("PPM", {}),
        ("WEBP", {"lossless": True}),
    ],
)
def test_a_lossless_file_gives_back_its_pixels(tmp_path, scene, file_format, options):
    path = tmp_path / f"scene.{file_format.lower()}"
    path.write_bytes(encoded(scene, file_format, **options))
    picture = load(path)
    np.testing.assert_array_equal(picture.pixels, scene)
    assert (picture.name, picture.notes) == (path.name, ())


@pytest.mark.parametrize("file_format", ["JPEG", "AVIF", "WEBP", "GIF"])
def test_a_lossy_file_of_one_colour_keeps_it_within_three_levels(file_format):
    flat = np.full((16, 24, 3), (200, 100, 50), np.uint8)
    pixels = load_bytes("flat", encoded(flat, file_format)).pixels
    assert pixels.shape == (16, 24, 3)
    assert np.abs(pixels.astype(int) - flat).max() <= 3


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "PPM"])
@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_every_picture_is_an_owned_writable_contiguous_byte_array(scene, mode, file_format):
    if (mode, file_format) == ("1", "JPEG"):
        mode = "L"
    data = encoded(Image.fromarray(scene).convert(mode), file_format)
    pixels = load_bytes("any", data).pixels
    assert (pixels.shape, pixels.dtype) == ((5, 8, 3), np.uint8)
    assert pixels.flags["C_CONTIGUOUS"]
    assert pixels.flags["OWNDATA"]
    assert pixels.flags["WRITEABLE"]


def test_a_grey_file_comes_out_with_three_equal_channels():
    grey = np.array([[0, 100, 255]], dtype=np.uint8)
    pixels = load_bytes("grey.png", encoded(grey, "PNG")).pixels
    np.testing.assert_array_equal(pixels, one_row((0,) * 3, (100,) * 3, WHITE))


def test_a_tall_picture_is_copied_whole():
    # 600 rows are two bands of 256 and a rest of 88.
    tall = np.random.default_rng(seed=3).integers(0, 256, (600, 3, 3), dtype=np.uint8)
    np.testing.assert_array_equal(load_bytes("tall.png", encoded(tall, "PNG")).pixels, tall)


def test_the_file_stays_as_it_was(tmp_path, scene):
    path = tmp_path / "scene.png"
    path.write_bytes(encoded(scene, "PNG"))
    before = path.read_bytes(), path.stat().st_mtime_ns
    load(path).pixels[:] = 0
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_a_path_may_be_a_string_and_load_bytes_takes_what_uploads_give(tmp_path, scene):
    path = tmp_path / "scene.png"
    path.write_bytes(encoded(scene, "PNG"))
    for data in (path.read_bytes(), bytearray(path.read_bytes()), memoryview(path.read_bytes())):
        np.testing.assert_array_equal(load_bytes("scene.png", data).pixels, load(str(path)).pixels)


def test_a_picture_says_its_size_and_its_notes():
    picture = Picture(np.zeros((2, 3, 3), np.uint8), "cat.gif", ("first of 12 frames",))
    assert repr(picture) == "Picture('cat.gif', height 2, width 3: first of 12 frames)"


# Orientation

# Stored row after row: R G / B W. EXIF names where the stored row 0 and column 0 belong.
UPRIGHT = {
    1: [[RED, GREEN], [BLUE, WHITE]],
    2: [[GREEN, RED], [WHITE, BLUE]],  # row 0 top, column 0 right
    3: [[WHITE, BLUE], [GREEN, RED]],  # row 0 bottom, column 0 right
    4: [[BLUE, WHITE], [RED, GREEN]],  # row 0 bottom, column 0 left
    5: [[RED, BLUE], [GREEN, WHITE]],  # row 0 left, column 0 top
    6: [[BLUE, RED], [WHITE, GREEN]],  # row 0 right, column 0 top
    7: [[WHITE, GREEN], [BLUE, RED]],  # row 0 right, column 0 bottom
    8: [[GREEN, WHITE], [RED, BLUE]],  # row 0 left, column 0 bottom
}


@pytest.mark.parametrize("orientation", sorted(UPRIGHT))
@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "WEBP"])
def test_exif_orientation_puts_every_corner_in_its_place(file_format, orientation):
    stored = np.array(UPRIGHT[1], dtype=np.uint8)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    options = {"lossless": True, "exif": exif} if file_format == "WEBP" else {"exif": exif}
    picture = load_bytes("turned", encoded(stored, file_format, **options))
    np.testing.assert_array_equal(picture.pixels, UPRIGHT[orientation])
    assert picture.notes == (("turned as its EXIF says",) if orientation > 1 else ())


@pytest.mark.parametrize("file_format", ["JPEG", "AVIF"])
def test_a_photograph_held_sideways_comes_out_upright(file_format):
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # the stored left edge is the upper one
    stored = np.zeros((16, 32, 3), np.uint8)
    stored[:, :16] = 255
    pixels = load_bytes("p", encoded(stored, file_format, exif=exif)).pixels
    assert pixels.shape == (32, 16, 3)
    assert pixels[:16].min() > 250
    assert pixels[16:].max() < 5


def test_damaged_exif_costs_the_turn_not_the_picture(scene):
    data = encoded(scene, "PNG", exif=b"Exif\0\0not a TIFF header")
    picture = load_bytes("odd.png", data)
    np.testing.assert_array_equal(picture.pixels, scene)
    assert picture.notes == ("EXIF damaged, not turned",)


# Transparency and palettes


@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "WEBP"])
def test_alpha_is_laid_on_white(file_format):
    # 255 + (0 - 255) * 51 / 255 = 204 for the fifth of red's missing channels.
    stored = np.array([[(255, 0, 0, 255), (255, 0, 0, 51), (9, 9, 9, 0)]], dtype=np.uint8)
    options = {"lossless": True, "exact": True} if file_format == "WEBP" else {}
    picture = load_bytes("a", encoded(stored, file_format, **options))
    np.testing.assert_array_equal(picture.pixels, one_row(RED, (255, 204, 204), WHITE))
    assert picture.notes == ("alpha laid on white",)


def test_grey_with_alpha_is_laid_on_white():
    grey, alpha = (Image.fromarray(np.uint8([row])) for row in ([0, 0], [255, 51]))
    stored = Image.merge("LA", (grey, alpha))
    picture = load_bytes("a.png", encoded(stored, "PNG"))
    np.testing.assert_array_equal(picture.pixels, one_row((0, 0, 0), (204, 204, 204)))


def test_an_alpha_channel_that_hides_nothing_is_not_worth_a_note(scene):
    opaque = np.dstack([scene, np.full(scene.shape[:2], 255, np.uint8)])
    picture = load_bytes("a.png", encoded(opaque, "PNG"))
    np.testing.assert_array_equal(picture.pixels, scene)
    assert picture.notes == ()


@pytest.mark.parametrize(
    ("file_format", "transparency"),
    [("GIF", 1), ("PNG", 1), ("PNG", b"\xff\x00")],
    ids=["GIF, one index", "PNG, one index", "PNG, one alpha each"],
)
def test_a_palette_is_read_through_its_colours_and_its_hole_is_white(file_format, transparency):
    stored = Image.new("P", (2, 1))
    stored.putpalette([200, 100, 50, 1, 2, 3])
    stored.putdata([0, 1])
    picture = load_bytes("p", encoded(stored, file_format, transparency=transparency))
    np.testing.assert_array_equal(picture.pixels, one_row((200, 100, 50), WHITE))
    assert picture.notes == ("alpha laid on white",)


@pytest.mark.parametrize(
    ("stored", "transparency", "expected"),
    [
        (one_row(RED, BLUE), (0, 0, 255), one_row(RED, WHITE)),
        (np.array([[7, 8]], np.uint8), 8, one_row((7, 7, 7), WHITE)),
        (np.array([[257, 514]], np.uint16), 514, one_row((1, 1, 1), WHITE)),
    ],
    ids=["RGB", "grey", "16-bit grey"],
)
def test_the_one_transparent_colour_of_a_png_is_white(stored, transparency, expected):
    data = encoded(stored, "PNG", transparency=transparency)
    np.testing.assert_array_equal(load_bytes("t.png", data).pixels, expected)


# Deep values

DEEP = np.array([[0, 128, 129, 257, 32896, 65535]], dtype=np.uint16)
# v / 257: 0; 0.498 -> 0; 0.502 -> 1; 1; 128; 255
DEEP_AS_BYTES = np.repeat(np.uint8([[0, 0, 1, 1, 128, 255]])[:, :, None], 3, axis=2)


def test_16_bit_grey_is_divided_by_257_and_rounded():
    big_endian = tiff(DEEP[0].tolist(), bits=16, order=">")
    pgm = b"P5 6 1 65535\n" + DEEP.astype(">u2").tobytes()
    for data in (encoded(DEEP, "PNG"), encoded(DEEP, "TIFF"), big_endian, pgm):
        picture = load_bytes("deep", data)
        np.testing.assert_array_equal(picture.pixels, DEEP_AS_BYTES)
        assert picture.notes == ("16 bit reduced to 8",)


def test_12_bit_grey_reaches_white():
    # Two values of 12 bits in three bytes: 000 FFF.
    data = tiff([0x00, 0x0F, 0xFF], bits=8, extra=((256, 3, 2), (258, 3, 12)))
    picture = load_bytes("scan.tif", data)
    np.testing.assert_array_equal(picture.pixels, one_row((0, 0, 0), WHITE))
    assert picture.notes == ("12 bit reduced to 8",)


def test_a_tiff_in_which_0_is_white_is_inverted():
    data = tiff(DEEP[0].tolist(), bits=16, photometric=0)
    np.testing.assert_array_equal(load_bytes("fax.tif", data).pixels, 255 - DEEP_AS_BYTES)


def test_16_bit_colour_keeps_its_upper_bytes_and_says_so():
    header = struct.pack(">IIBBBBB", 1, 1, 16, 2, 0, 0, 0)
    row = b"\0" + struct.pack(">3H", 0xFFFF, 0x8080, 0x0101)
    data = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header)
    data += png_chunk(b"IDAT", zlib_compress(row)) + png_chunk(b"IEND", b"")
    picture = load_bytes("deep.png", data)
    np.testing.assert_array_equal(picture.pixels, one_row((255, 128, 1)))
    assert picture.notes == ("16 bit reduced to 8",)


def png_chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc32(kind + body))


@pytest.mark.parametrize(
    ("values", "expected", "white"),
    [
        ([0.0, 0.2, 1.0], [0, 51, 255], 1),  # 0.2 * 255 = 51
        ([0.0, 51.6, 255.0], [0, 52, 255], 255),
        ([0.0, 13107.0, 65535.0], [0, 51, 255], 65535),  # 13107 / 257 = 51
    ],
)
def test_floats_are_read_in_the_three_ranges_in_use(values, expected, white):
    picture = load_bytes("f.tif", tiff(values, bits=32, sample_format=3))
    np.testing.assert_array_equal(picture.pixels[0, :, 0], expected)
    assert picture.notes == (f"floats read as 0 to {white} and rounded to 8 bit",)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (tiff([-0.1, 1.0], bits=32, sample_format=3), "floats run from -0.1 to 1, not in 0..1"),
        (tiff([0.0, 65536.0], bits=32, sample_format=3), "floats run from 0 to 6.554e\\+04"),
        (tiff([0.0, float("nan")], bits=32, sample_format=3), "not numbers or infinite"),
        (tiff([float("nan"), 0.5], bits=32, sample_format=3), "not numbers or infinite"),
        (tiff([0.0, float("inf")], bits=32, sample_format=3), "not numbers or infinite"),
        (tiff([0.0, 1.0], bits=32, sample_format=3, photometric=0), "0 is white"),
        (tiff([1, 2], bits=8, sample_format=2), "signed"),
        (tiff([1, 2], bits=16, sample_format=2), "signed"),
        (tiff([1, 2], bits=32, sample_format=2), "signed"),
        (tiff([1, 2], bits=32), "32-bit integers"),
        (encoded(Image.new("LAB", (2, 2)), "TIFF"), "LAB colours"),
    ],
)
def test_numbers_without_an_agreed_meaning_are_refused(data, words):
    with pytest.raises(ImageInputError, match=words) as caught:
        load_bytes("odd.tif", data)
    manners(caught.value, "ambiguous-pixels")


def test_a_tiff_of_doubles_is_refused_as_a_rare_kind():
    sentence = refused("d.tif", tiff([0.0, 1.0], bits=64, sample_format=3), "damaged")
    assert "it starts like TIFF, but is damaged or of a rare kind" in sentence


# Colour


def test_a_profile_with_red_and_blue_swapped_swaps_them():
    swapped = {"r": SRGB_PRIMARIES["b"], "g": SRGB_PRIMARIES["g"], "b": SRGB_PRIMARIES["r"]}
    profile = icc_profile("Swapped", gamma=2.2, primaries=swapped)
    data = encoded(one_row(RED, GREEN, BLUE, WHITE), "PNG", icc_profile=profile)
    picture = load_bytes("s.png", data)
    expected = one_row(BLUE, GREEN, RED, WHITE)
    assert np.abs(picture.pixels.astype(int) - expected).max() <= 3
    assert picture.notes == ("colours converted from 'Swapped' to sRGB",)


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P"])
def test_linear_values_are_brought_to_the_curve_of_srgb(mode):
    # 55 / 255 = 0.2157 of the light; 1.055 * 0.2157 ** (1 / 2.4) - 0.055 = 0.5018; * 255 = 128.
    profile = icc_profile("Linear", gamma=1.0, gray=mode == "L")
    flat = Image.fromarray(np.full((2, 2, 3), 55, np.uint8))
    stored = (
        flat.convert("P", palette=Image.Palette.ADAPTIVE) if mode == "P" else flat.convert(mode)
    )
    picture = load_bytes("l.png", encoded(stored, "PNG", icc_profile=profile))
    assert np.abs(picture.pixels.astype(int) - 128).max() <= 1
    assert picture.notes == ("colours converted from 'Linear' to sRGB",)


def test_grey_pixels_may_carry_the_profile_of_a_colour_scanner():
    grey = np.full((2, 2), 55, np.uint8)  # 128 as above
    data = encoded(grey, "PNG", icc_profile=icc_profile("Linear", gamma=1.0))
    assert np.abs(load_bytes("g.png", data).pixels.astype(int) - 128).max() <= 1


def test_the_profile_of_srgb_changes_no_pixel(scene):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture = load_bytes("s.png", encoded(scene, "PNG", icc_profile=profile))
    np.testing.assert_array_equal(picture.pixels, scene)
    assert picture.notes == ()


@pytest.mark.parametrize(
    ("profile", "note"),
    [
        (b"no profile at all", "colour profile damaged, colours taken as they are"),
        (icc_profile("Cut", gamma=2.2)[:200], "colour profile damaged, colours taken as they are"),
        (icc_profile("G", gamma=1.0, gray=True), "colour profile made for other pixels, not used"),
    ],
    ids=["garbage", "cut", "for grey pixels"],
)
def test_a_profile_of_no_use_leaves_the_colours_with_a_note(scene, profile, note):
    picture = load_bytes("d.png", encoded(scene, "PNG", icc_profile=profile))
    np.testing.assert_array_equal(picture.pixels, scene)
    assert picture.notes == (note,)


@pytest.mark.parametrize("file_format", ["JPEG", "TIFF"])
def test_cmyk_without_a_profile_becomes_rgb_with_a_note(file_format):
    # Full cyan ink leaves no red: (255 - 255, 255 - 0, 255 - 0).
    stored = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    picture = load_bytes("c", encoded(stored, file_format))
    assert np.abs(picture.pixels.astype(int) - (0, 255, 255)).max() <= 3
    assert picture.notes == ("CMYK inks turned into RGB without a profile",)


# Animations


@pytest.mark.parametrize("file_format", ["GIF", "WEBP", "TIFF", "PNG", "AVIF"])
def test_an_animation_gives_its_first_frame(file_format):
    shades = (40, 120, 200)
    first, *others = [Image.new("RGB", (16, 16), (shade,) * 3) for shade in shades]
    data = encoded(first, file_format, save_all=True, append_images=others)
    picture = load_bytes("film", data)
    assert np.abs(picture.pixels.astype(int) - 40).max() <= 3
    assert picture.notes == ("first of 3 frames",)


# Refused: the file


def test_a_missing_file_is_not_found(tmp_path):
    for path in (tmp_path / "cat.jpg", tmp_path / "no" / "cat.jpg", f"{tmp_path}/a\0b/cat.jpg"):
        with pytest.raises(ImageInputError, match=r"^Cannot use 'cat\.jpg': ") as caught:
            load(path)
        assert str(tmp_path) not in manners(caught.value, "not-found")
        assert isinstance(caught.value.__cause__, (OSError, ValueError))


def test_a_folder_is_not_a_file(tmp_path):
    (tmp_path / "holiday").mkdir()
    with pytest.raises(ImageInputError, match=r"'holiday': it is a folder\. Name one") as caught:
        load(tmp_path / "holiday")
    manners(caught.value, "not-a-file")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_that_nobody_writes_to_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(ImageInputError, match="it is a pipe, a device or a socket") as caught:
        load(tmp_path / "pipe.jpg")
    manners(caught.value, "not-a-file")


def test_a_file_that_may_not_be_read_says_so(tmp_path, monkeypatch):
    path = tmp_path / "mine.jpg"
    path.write_bytes(b"x")
    denied = PermissionError(13, "Permission denied")

    def deny(*_):
        raise denied

    monkeypatch.setattr("imglab.image.reading.os.open", deny)  # root may read everything
    with pytest.raises(ImageInputError, match="this account may not read it") as caught:
        load(path)
    manners(caught.value, "not-readable")
    assert caught.value.__cause__ is denied


def test_a_name_that_no_system_takes_is_not_found(tmp_path):
    for path in (tmp_path / ("x" * 300 + ".png"), "a/" * 3000 + "cat.png"):
        with pytest.raises(ImageInputError, match="no file can have such a name") as caught:
            load(path)
        manners(caught.value, "not-found")


def test_a_file_in_a_folder_that_may_not_be_entered_is_not_readable(tmp_path, monkeypatch):
    # pathlib's exists() raises there, up to Python 3.13; root may enter every folder.
    denied = PermissionError(13, "Permission denied")

    def deny(*_, **__):
        raise denied

    monkeypatch.setattr("imglab.image.reading.os.open", deny)
    monkeypatch.setattr("os.stat", deny)
    with pytest.raises(ImageInputError, match="this account may not read it") as caught:
        load(tmp_path / "cat.jpg")
    monkeypatch.undo()
    manners(caught.value, "not-readable")


def test_a_disk_error_while_reading_says_so(tmp_path, monkeypatch):
    path = tmp_path / "far.jpg"
    path.write_bytes(b"x")

    def fail(*_, **__):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("imglab.image.reading.os.fdopen", fail)
    with pytest.raises(ImageInputError, match=r"cannot read it \(Input/output error\)") as caught:
        load(path)
    manners(caught.value, "not-readable")


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "none.png").touch()
    with pytest.raises(ImageInputError, match="the file is empty") as caught:
        load(tmp_path / "none.png")
    manners(caught.value, "empty")
    refused("none.png", b"", "empty")


def test_more_than_64_mib_are_refused_before_they_are_read(tmp_path, monkeypatch):
    path = tmp_path / "vast.png"
    with path.open("wb") as file:
        file.truncate(LARGEST_BYTES + 1)  # sparse: takes no room on the disk
    monkeypatch.delattr("imglab.image.reading.os.fdopen")  # reading would fail loudly
    with pytest.raises(ImageInputError, match=r"it has 64\.0 MiB, and at most 64 are") as caught:
        load(path)
    manners(caught.value, "too-many-bytes")
    refused("vast.png", bytearray(LARGEST_BYTES + 1), "too-many-bytes")


def test_no_path_is_a_mistake_of_the_program():
    with pytest.raises(TypeError, match=r"expected str, bytes or os\.PathLike object, not"):
        load(np.zeros((2, 2)))
    with pytest.raises(TypeError, match=r"source must be a str or a pathlib\.Path, got bytes"):
        load(b"cat.jpg")


# Refused: the bytes


@pytest.mark.parametrize(
    "file_format", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF", "PPM"]
)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_file_cut_short_is_damaged(file_format, share):
    noise = np.random.default_rng(seed=9).integers(0, 256, (37, 53, 3), dtype=np.uint8)
    data = encoded(noise, file_format)
    sentence = refused("cut.png", data[: int(len(data) * share)], "damaged")
    assert "damaged" in sentence


def test_one_flipped_bit_anywhere_in_the_pixels_of_a_png_is_seen(scene):
    data = encoded(scene, "PNG")
    start, end = data.index(b"IDAT") + 4, data.index(b"IEND") - 4
    for place in range(start, end):
        broken = bytearray(data)
        broken[place] ^= 1
        refused("bit.png", broken, "damaged")


def test_the_cause_of_damage_is_kept():
    with pytest.raises(ImageInputError, match="damaged or incomplete") as caught:
        load_bytes("cut.bmp", encoded(np.zeros((9, 9, 3), np.uint8), "BMP")[:99])
    assert isinstance(caught.value.__cause__, OSError)


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "a PostScript drawing"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"\n<!DOCTYPE html><title>Not found</title>", "a web page"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "a HEIC photograph"),
        (b"Dear diary, today I took no pictures.", "not JPEG, PNG, GIF, WebP, TIFF, BMP, AVIF"),
        (b"\0", "whatever its name says"),
    ],
)
def test_another_kind_of_file_is_named_whatever_its_ending(start, words):
    assert words in refused("cat.jpg", start, "unsupported-format")


def declared(width, height):
    """Make a PNG that declares a size and holds no pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", zlib_compress(b"")) * 2
    return b"\x89PNG\r\n\x1a\n" + body + png_chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("width", "height", "words"),
    [
        (30_001, 1, "30,001 x 1 pixels"),
        (1, 30_001, "1 x 30,001 pixels"),
        (10_000, 7_000, "10,000 x 7,000 pixels"),
        (60_000, 60_000, "do not fit into memory"),
    ],
)
def test_too_many_pixels_are_refused_before_decoding(monkeypatch, width, height, words):
    def load_nothing(_):
        raise AssertionError

    monkeypatch.setattr(ImageFile.ImageFile, "load", load_nothing)
    assert words in refused("big.png", declared(width, height), "too-many-pixels")


def test_the_largest_side_is_accepted():
    wide = np.zeros((1, 30_000, 3), np.uint8)
    assert load_bytes("wide.png", encoded(wide, "PNG")).pixels.shape == (1, 30_000, 3)


# Refused: far more work than the pixels need


def test_a_jpeg_of_a_hundred_scans_is_read_and_one_scan_more_is_not():
    # 99 scans after the first; one of 64 MiB would otherwise keep the decoder busy for hours.
    assert load_bytes("p.jpg", many_scans(16, 99)).pixels.shape == (16, 16, 3)
    assert "more than 100 scans" in refused("p.jpg", many_scans(16, 100), "too-much-work")


def test_scans_that_only_look_so_are_not_counted(scene):
    marks = b"\xff\xe5" + struct.pack(">H", 2002) + b"\xff\xda" * 1000  # in a description
    thumb = many_scans(16, 200)  # behind the end, as a phone keeps a film
    data = encoded(scene, "JPEG")
    plain = load_bytes("p.jpg", data).pixels
    np.testing.assert_array_equal(load_bytes("p.jpg", data[:2] + marks + data[2:]).pixels, plain)
    np.testing.assert_array_equal(load_bytes("p.jpg", data + thumb).pixels, plain)


@pytest.mark.parametrize(
    "data",
    [
        b"P3 1 1 255 1 2 3" + b" " * (8 * 2**20),
        b"P2 2 2 1\n" + b"#\n" * 1001 + b"0 1 1 0",
    ],
    ids=["long", "comments"],
)
def test_a_long_text_of_numbers_is_refused(data):
    refused("plain.ppm", data, "too-much-work")
    short = data.replace(b" " * 99, b" ").replace(b"#\n" * 900, b"")
    assert load_bytes("plain.ppm", short).pixels.shape[2] == 3


def test_a_tiff_of_very_many_pages_is_not_counted_to_its_end():
    page = tiff([7, 8], bits=8)
    body, count = page[8:-4], 1100  # every directory but the last names the next
    data, place = page[:4] + struct.pack("<I", 10), 8
    for number in range(count):
        place += len(body) + 4
        following = place + 2 if number < count - 1 else 2**31  # the last one leads nowhere
        data += body + struct.pack("<I", following)
    picture = load_bytes("scan.tif", data)
    np.testing.assert_array_equal(picture.pixels, one_row((7, 7, 7), (8, 8, 8)))
    assert picture.notes == ("first of more than 1000 frames",)


GIF_FRAME = b"!\xf9\4\0\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0"


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8" + b"\xff" * 1_000_001,
        b"P6 #" + b"x" * 1_000_001,
        b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff" + GIF_FRAME * 130_000 + b";",
    ],
    ids=["JPEG, padded", "PPM, one comment", "GIF, many frames"],
)
def test_a_file_of_a_million_pieces_is_refused(data):
    refused("pieces", data, "too-much-work")


def test_a_tiff_with_vast_tiles_is_refused():
    data = tiff([1, 2], bits=8, extra=((322, 4, 60_000), (323, 4, 60_000)))
    refused("tiles.tif", data, "too-many-pixels")


# Names


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/home/anna/secret/cat.jpg", "cat.jpg"),
        ("C:\\Users\\anna\\cat.jpg", "cat.jpg"),
        ("cat\n\x1b[31m.jpg", "cat??[31m.jpg"),
        ("\u202egpj.tac", "?gpj.tac"),  # would be shown from right to left
        ("Мои документы/портрет.jpg", "портрет.jpg"),
        ("\U0001f469\u200d\U0001f4bb.png", "\U0001f469\u200d\U0001f4bb.png"),
        ("bad\udcff.png", "bad?.png"),  # a byte of a name that is not UTF-8
        ("", "(no name)"),
    ],
)
def test_a_name_is_shown_as_its_last_part_in_one_line(path, shown):
    assert refused(path, b"no picture", "unsupported-format").startswith(f"Cannot use '{shown}': ")
    assert load_bytes(path, encoded(one_row(RED), "PNG")).name == shown


def test_a_very_long_name_is_shortened_and_keeps_its_ending():
    name = "x" * 5_000 + ".jpeg"
    assert load_bytes(name, encoded(one_row(RED), "PNG")).name.endswith("xx.jpeg")
    assert len(load_bytes(name, encoded(one_row(RED), "PNG")).name) == 60
    for data, code in ((b"", "empty"), (declared(29_999, 29_999), "too-many-pixels")):
        refused(name, data, code)


@pytest.mark.parametrize("name", ["портрет.png", "\U0001f600.png", "a b'c.png"])
def test_a_file_of_any_name_is_read(tmp_path, name):
    (tmp_path / name).write_bytes(encoded(one_row(RED), "PNG"))
    assert load(tmp_path / name).name == name


# Manners towards the process


def test_the_settings_of_pillow_neither_matter_nor_change(monkeypatch, scene):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 3)
    logger = logging.getLogger("PIL.TiffImagePlugin")
    np.testing.assert_array_equal(load_bytes("s.png", encoded(scene, "PNG")).pixels, scene)
    refused("cut.bmp", encoded(scene, "BMP")[:80], "damaged")
    assert ImageFile.LOAD_TRUNCATED_IMAGES is True
    assert Image.MAX_IMAGE_PIXELS == 3
    assert logger.disabled is False


def test_nothing_is_printed_logged_or_warned_of(capfd, caplog, scene):
    exif_cut = encoded(scene, "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff")
    deflated = encoded(scene, "TIFF", compression="tiff_adobe_deflate")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        load_bytes("e.jpg", exif_cut)
        for place in range(8, len(deflated)):
            broken = bytearray(deflated)
            broken[place] ^= 0xFF
            try:
                load_bytes("b.tif", broken)
            except ImageInputError as error:
                manners(error, error.code)
    assert caught == []
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_importing_the_gate_imports_no_large_library():
    code = (
        "import sys, imglab.image\n"
        "print([n for n in ('cv2', 'matplotlib', 'torch', 'scipy') if n in sys.modules])\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout == "[]\n"


# Arrays


@pytest.mark.parametrize(
    ("weights", "colour", "expected"),
    [
        ("bt601", RED, 76),  # 0.299 * 255 = 76.2
        ("bt601", GREEN, 150),  # 0.587 * 255 = 149.7
        ("bt601", BLUE, 29),  # 0.114 * 255 = 29.1
        ("bt601", (200, 100, 50), 124),  # 59.8 + 58.7 + 5.7 = 124.2
        ("bt601", WHITE, 255),
        ("bt709", RED, 54),  # 0.2126 * 255 = 54.2
        ("bt709", GREEN, 182),  # 0.7152 * 255 = 182.4
        ("bt709", BLUE, 18),  # 0.0722 * 255 = 18.4
        ("bt709", (200, 100, 50), 118),  # 42.52 + 71.52 + 3.61 = 117.65
        ("bt709", WHITE, 255),
    ],
)
def test_grey_is_the_weighted_sum_worked_by_hand(weights, colour, expected):
    grey = to_gray(one_row(colour, colour), weights=weights)
    np.testing.assert_array_equal(grey, [[expected, expected]])
    assert grey.dtype == np.uint8


def test_bt601_is_pillows_grey_to_the_last_bit():
    pixels = np.random.default_rng(seed=601).integers(0, 256, (211, 307, 3), dtype=np.uint8)
    expected = np.asarray(Image.fromarray(pixels).convert("L"))
    np.testing.assert_array_equal(to_gray(pixels), expected)


def test_bt709_is_the_rounded_sum_of_the_standards_weights():
    pixels = np.random.default_rng(seed=709).integers(0, 256, (61, 47, 3), dtype=np.uint8)
    exact = pixels @ np.array([0.2126, 0.7152, 0.0722])
    # Half a level of rounding; each weight is off by at most 1 / 131072, times 3 * 255: 0.006.
    assert np.abs(to_gray(pixels, weights="bt709") - exact).max() <= 0.506


@pytest.mark.parametrize("weights", ["bt601", "bt709"])
def test_a_grey_pixel_keeps_its_value(weights):
    ramp = np.arange(256, dtype=np.uint8)[None, :]
    np.testing.assert_array_equal(to_gray(np.dstack([ramp] * 3), weights=weights), ramp)


def test_box_averages_the_area_that_one_new_pixel_covers():
    pixels = np.array([[0, 100, 10, 10], [50, 250, 10, 30]], dtype=np.uint8)
    # (0 + 100 + 50 + 250) / 4 = 100; (10 + 10 + 10 + 30) / 4 = 15
    np.testing.assert_array_equal(resize(pixels, (1, 2), filter="box"), [[100, 15]])


def test_nearest_takes_pixels_as_they_are():
    pixels = np.array([[3, 200]], dtype=np.uint8)
    expected = [[3, 3, 200, 200], [3, 3, 200, 200]]
    np.testing.assert_array_equal(resize(pixels, (2, 4), filter="nearest"), expected)


@pytest.mark.parametrize("name", ["nearest", "box", "bilinear", "bicubic", "lanczos"])
@pytest.mark.parametrize("shape", [(7, 11), (90, 40)])
def test_resize_is_pillows_under_the_same_name(name, shape):
    pixels = np.random.default_rng(seed=5).integers(0, 256, (60, 45, 3), dtype=np.uint8)
    oracle = Image.fromarray(pixels).resize(shape[::-1], Image.Resampling[name.upper()])
    resized = resize(pixels, shape, filter=name)
    np.testing.assert_array_equal(resized, np.asarray(oracle))
    assert resized.flags["OWNDATA"]
    assert resized.flags["WRITEABLE"]


def test_bicubic_is_the_filter_unless_another_is_named(scene):
    np.testing.assert_array_equal(resize(scene, (3, 3)), resize(scene, (3, 3), filter="bicubic"))
    assert (resize(scene, (3, 3)) != resize(scene, (3, 3), filter="box")).any()


def test_the_same_size_gives_an_equal_copy(scene):
    copy = resize(scene, scene.shape[:2])
    np.testing.assert_array_equal(copy, scene)
    assert not np.shares_memory(copy, scene)


def test_a_view_with_steps_is_resized_like_its_copy(scene):
    flipped = scene[:, ::-1]
    np.testing.assert_array_equal(resize(flipped, (4, 4)), resize(flipped.copy(), (4, 4)))


def test_png_bytes_bring_the_same_picture_back(scene):
    np.testing.assert_array_equal(load_bytes("s.png", encode_png(scene)).pixels, scene)
    grey = np.asarray(Image.open(io.BytesIO(encode_png(scene[:, :, 0]))))
    np.testing.assert_array_equal(grey, scene[:, :, 0])
    assert encode_png(scene) == encode_png(scene.copy())


BYTES, RGB = np.zeros((4, 5), np.uint8), np.zeros((4, 5, 3), np.uint8)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: to_gray(BYTES), r"rgb must have shape \(H, W, 3\), got \(4, 5\); a grey"),
        (lambda: to_gray(RGB.astype(float)), "rgb must hold uint8 values, got float64; scale"),
        (lambda: to_gray(RGB, weights="rec601"), "one of bt601, bt709, got 'rec601'; choose"),
        (lambda: resize(RGB, (3, 3), filter="cubic"), "bicubic, lanczos, got 'cubic'; choose"),
        (lambda: resize(RGB, (0, 3)), r"between 1 and 30000, got \(0, 3\); choose another"),
        (lambda: resize(RGB, (1, 30_001)), r"between 1 and 30000, got \(1, 30001\)"),
        (lambda: resize(RGB, (10_000, 7_000)), "at most 64000000 pixels, got 70000000; go"),
        (lambda: resize(RGB, (3.5, 3)), r"two whole numbers .*, got \(3\.5, 3\); pass"),
        (lambda: resize(RGB, (3, 3, 3)), r"two whole numbers .*, got \(3, 3, 3\); pass"),
        (lambda: resize(RGB, 3), "two whole numbers .*, got 3; pass"),
        (lambda: resize(RGB.astype(np.uint16), (3, 3)), "image must hold uint8 values, got uint16"),
        (lambda: encode_png(RGB[:0]), r"at least one pixel, got shape \(0, 5, 3\)"),
        (lambda: encode_png(RGB / 255), "image must hold uint8 values, got float64"),
    ],
)
def test_a_wrong_argument_is_answered_with_what_came_and_the_cure(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("view", [np.s_[:, :, :], np.s_[:, :, 1], np.s_[::-1, ::2], np.s_[:1, :1]])
def test_a_quick_png_loses_nothing(view):
    picture = np.random.default_rng(7).integers(0, 256, (31, 45, 3), dtype=np.uint8)[view]
    with Image.open(io.BytesIO(encode_png_quickly(picture))) as decoded:
        assert decoded.format == "PNG"
        assert np.array_equal(np.array(decoded), picture)


def test_a_quick_png_is_made_of_bytes_alone():
    with pytest.raises(ValueError, match="image must hold uint8 values, got float64"):
        encode_png_quickly(np.zeros((2, 2)))
