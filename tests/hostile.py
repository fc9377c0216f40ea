"""Hostile files by number: what a careless or an ill-meaning person may hand to the gate.

``hostile(seed)`` makes one file, always the same for one seed and one version of
Pillow: a sound file of any kind that is then cut, flipped, holed or spliced; a
header that contradicts its body; a bomb, declared or real; huge descriptions,
many frames, many scans; an odd name; or no regular file at all.
"""

import functools
import io
import random
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageCms

NAMES = (
    "cat.jpg",
    "cat",
    ".png",
    "портрет.jpg",
    "写真.png",
    "\U0001f469\u200d\U0001f4bb.webp",
    "\u202egpj.exe",
    "line\nfeed.png",
    "\x1b[31mred\x07.gif",
    "<img src=x onerror=alert(1)>.png",
    "\"><script>alert('1')<_script>.png",
    "'quoted' \"twice\".png",
    "-rf.png",
    "con.png ",
    "%s%n{0}$HOME`id`.jpg",
    "a" * 240 + ".tiff",
    "bad\udcff\udcfe.png",
    "&amp;&lt;.bmp",
    "\u0301\u0301\u0301combining.jpg",
    "\u2028line\u2029.png",
)
PLACES = (
    "folder",
    "pipe",
    "device",
    "socket",
    "dangling link",
    "link to itself",
    "link to the file",
    "unreadable",
    "untraversable",
    "missing",
    "name too long",
    "path through a file",
    "vast and sparse",
)
ODD = (0, 1, 2, 3, 7, 8, 16, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000)
SIDES = (0, 1, 2, 255, 4096, 8000, 29_999, 30_000, 30_001, 65_535, 2**24, 2**31 - 1, 2**32 - 1)


@dataclass(frozen=True)
class Hostile:
    """One file, or what stands where a file should be.

    Attributes
    ----------
    seed : int
        Its number.
    kind : str
        How it was made, for a report.
    name : str
        Its base name.
    data : bytes
        What it holds.
    place : str
        ``"file"`` or one of `PLACES`.
    """

    seed: int
    kind: str
    name: str
    data: bytes
    place: str = "file"


def hostile(seed: int) -> Hostile:
    """Make the hostile file of this number."""
    rng = random.Random(seed)
    name = rng.choice(NAMES)
    if rng.random() < 0.06:
        place = rng.choice(PLACES)
        return Hostile(seed, place, name, rng.choice(list(sound().values())), place)
    if rng.random() < 0.35:
        kind = rng.choice(list(CRAFTED))
        data = CRAFTED[kind](rng)
        if rng.random() < 0.3:
            kind, data = (
                f"{kind}, then {(how := rng.choice(list(DAMAGES)))}",
                DAMAGES[how](rng, data),
            )
    else:
        kind = rng.choice(list(sound()))
        data = sound()[kind]
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            how = rng.choice(list(DAMAGES))
            kind, data = f"{kind}, then {how}", DAMAGES[how](rng, data)
    return Hostile(seed, kind, name, data)


# Sound files of every accepted kind, and of kinds that are refused


@functools.cache
def sound() -> dict[str, bytes]:
    """Make one sound file of each kind."""
    pixels = np.random.default_rng(5).integers(0, 256, (37, 53, 3), dtype=np.uint8)
    pixels[8:24] = np.linspace(0, 255, 53, dtype=np.uint8)[None, :, None]
    rgb = Image.fromarray(pixels)
    grey, palette, ink = rgb.convert("L"), rgb.convert("P"), rgb.convert("CMYK")
    clear = rgb.convert("RGBA")
    clear.putalpha(grey)
    deep = Image.fromarray(pixels[:, :, 0].astype(np.uint16) * 257)
    real = Image.fromarray(pixels[:, :, 0].astype(np.float32) / 255)
    frames = [rgb, rgb.rotate(90), rgb.rotate(180)]
    film = {"save_all": True, "append_images": frames[1:]}
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a description"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    told = {"exif": exif, "icc_profile": profile}
    made: dict[str, tuple[Image.Image, str, dict[str, object]]] = {
        "JPEG": (rgb, "JPEG", {}),
        "JPEG, told": (rgb, "JPEG", told),
        "JPEG, progressive": (rgb, "JPEG", {"progressive": True}),
        "JPEG, grey": (grey, "JPEG", {}),
        "JPEG, inks": (ink, "JPEG", {}),
        "MPO": (rgb, "MPO", {**film}),
        "PNG": (rgb, "PNG", {}),
        "PNG, told": (clear, "PNG", told),
        "PNG, palette": (palette, "PNG", {"transparency": 3}),
        "PNG, bits": (grey.convert("1"), "PNG", {}),
        "PNG, deep": (deep, "PNG", {}),
        "PNG, film": (rgb, "PNG", {**film}),
        "GIF": (palette, "GIF", {}),
        "GIF, film": (rgb, "GIF", {**film}),
        "WebP": (rgb, "WEBP", {}),
        "WebP, lossless": (clear, "WEBP", {"lossless": True, **told}),
        "WebP, film": (rgb, "WEBP", {**film}),
        "TIFF": (rgb, "TIFF", {}),
        "TIFF, LZW": (rgb, "TIFF", {"compression": "tiff_lzw"}),
        "TIFF, deflate": (clear, "TIFF", {"compression": "tiff_adobe_deflate", **told}),
        "TIFF, JPEG": (rgb, "TIFF", {"compression": "jpeg"}),
        "TIFF, fax": (grey.convert("1"), "TIFF", {"compression": "group4"}),
        "TIFF, deep": (deep, "TIFF", {}),
        "TIFF, real": (real, "TIFF", {}),
        "TIFF, LAB": (rgb.convert("LAB"), "TIFF", {}),
        "TIFF, film": (rgb, "TIFF", {**film}),
        "BMP": (rgb, "BMP", {}),
        "BMP, palette": (palette, "BMP", {}),
        "AVIF": (rgb, "AVIF", {}),
        "AVIF, film": (rgb, "AVIF", {**film}),
        "PPM": (rgb, "PPM", {}),
        "PGM": (grey, "PPM", {}),
        "PBM": (grey.convert("1"), "PPM", {}),
        "PFM": (real, "PPM", {}),
        "refused: EPS": (rgb, "EPS", {}),
        "refused: PDF": (rgb, "PDF", {}),
        "refused: ICO": (rgb, "ICO", {}),
        "refused: TGA": (rgb, "TGA", {}),
        "refused: PCX": (rgb, "PCX", {}),
        "refused: SGI": (rgb, "SGI", {}),
        "refused: DDS": (rgb, "DDS", {}),
        "refused: JPEG 2000": (rgb, "JPEG2000", {}),
        "refused: XBM": (grey.convert("1"), "XBM", {}),
    }
    files = {}
    for kind, (image, file_format, options) in made.items():
        file = io.BytesIO()
        others = [other.copy() for other in options.pop("append_images", ())]
        # Copies, because Pillow keeps the settings of the last save in a picture.
        image.copy().save(
            file, file_format, **options, **({"append_images": others} if others else {})
        )
        files[kind] = file.getvalue()
    files |= {
        "refused: SVG": b"<?xml version='1.0'?><svg><script>alert(1)</script></svg>",
        "refused: page": b"<!doctype html><script>alert(1)</script>",
        "refused: pickle": b"\x80\x04cos\nsystem\n(S'true'\ntR.",
        "refused: ZIP": b"PK\x03\x04" + bytes(60),
        "refused: HEIC": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
        "refused: film": b"\0\0\0\x18ftypisom\0\0\2\0isomiso2",
        "refused: JPEG XL": b"\xff\x0a" + bytes(60),
        "refused: Photoshop": b"8BPS\0\1" + bytes(60),
        "refused: text": "Сегодня без картинок.\n".encode(),
        "refused: nothing": b"",
    }
    return files


# Damage to any file


def _place(rng: random.Random, data: bytes) -> int:
    """Choose a place, half of the time within the first bytes, where headers stand."""
    return rng.randrange(max(1, min(len(data), 64) if rng.random() < 0.5 else len(data)))


def _flip(rng: random.Random, data: bytes) -> bytes:
    broken = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8, 64)) if data else 0):
        broken[_place(rng, data)] ^= 1 << rng.randrange(8)
    return bytes(broken)


def _hole(rng: random.Random, data: bytes) -> bytes:
    start, length = _place(rng, data), rng.choice((1, 4, 16, 256, 4096))
    filling = rng.choice((b"\0", b"\xff", bytes([rng.randrange(256)])))
    return data[:start] + (filling * length)[: len(data) - start] + data[start + length :]


def _number(rng: random.Random, data: bytes) -> bytes:
    """Write an odd number over a field of 1, 2 or 4 bytes, in either order."""
    code = rng.choice(("B", "<H", ">H", "<I", ">I"))
    width = struct.calcsize(code)
    value = rng.choice((*ODD, *SIDES, rng.randrange(2**32), len(data))) % 256**width
    start = _place(rng, data)
    return data[:start] + struct.pack(code, value) + data[start + width :]


def _removed(rng: random.Random, data: bytes) -> bytes:
    start = _place(rng, data)
    return data[:start] + data[start + rng.choice((1, 2, 4, 12, 100, 1000)) :]


def _inserted(rng: random.Random, data: bytes) -> bytes:
    start = _place(rng, data)
    return data[:start] + rng.randbytes(rng.choice((1, 2, 4, 12, 100, 1000))) + data[start:]


def _repeated(rng: random.Random, data: bytes) -> bytes:
    start = _place(rng, data)
    block = data[start : start + rng.choice((4, 12, 100, 1000))]
    return data[:start] + block * rng.choice((2, 3, 50)) + data[start:]


def _spliced(rng: random.Random, data: bytes) -> bytes:
    other = rng.choice(list(sound().values()))
    return data[: _place(rng, data)] + other[_place(rng, other) :]


DAMAGES: dict[str, Callable[[random.Random, bytes], bytes]] = {
    "cut": lambda rng, data: data[: _place(rng, data)],
    "its end alone": lambda rng, data: data[_place(rng, data) :],
    "bits flipped": _flip,
    "a hole": _hole,
    "an odd number": _number,
    "bytes removed": _removed,
    "bytes inserted": _inserted,
    "a block repeated": _repeated,
    "spliced with another": _spliced,
    "something behind it": lambda rng, data: data + rng.randbytes(rng.choice((1, 300, 70_000))),
    "something before it": lambda rng, data: rng.randbytes(rng.choice((1, 3, 300))) + data,
}


# Files made for one purpose


def png_chunk(kind: bytes, body: bytes) -> bytes:
    """Write one chunk with its length and its checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *, depth: int = 8, colour: int = 2, body: bytes = b"") -> bytes:
    """Write a PNG whose header says this, whatever `body`, its other chunks, holds."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header)
    return start + body + png_chunk(b"IEND", b"")


def _idat(size: int) -> bytes:
    return png_chunk(b"IDAT", _zeros(size))


@functools.cache
def _zeros(size: int) -> bytes:
    """Compress that many zeros, a thousandth of their size."""
    packer = zlib.compressobj(9)
    parts = [packer.compress(bytes(2**20)) for _ in range(size // 2**20)]
    return b"".join([*parts, packer.compress(bytes(size % 2**20)), packer.flush()])


def _declared(rng: random.Random) -> bytes:
    """Declare a size and bring little or nothing."""
    width, height = rng.choice(SIDES), rng.choice(SIDES)
    small = struct.pack("<HH", width % 65536, height % 65536)
    return rng.choice(
        (
            png(width, height, body=_idat(1000)),
            png(width, height, depth=rng.choice((1, 2, 4, 8, 16)), colour=rng.randrange(7)),
            b"GIF89a" + small + b"\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0" + small + b"\0\2\2L\1\0;",
            b"BM"
            + bytes(8)
            + struct.pack("<IIiiHHI", 54, 40, width % 2**31, -5, 1, 24, 0)
            + bytes(100),
            b"P6 %d %d 255\n" % (width, height) + bytes(64),
            b"P4 %d %d\n" % (width, height) + bytes(64),
            b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\xff\xff\xff\x0f\0\0\0\0\0\0\0\0",
            sound()["JPEG"].replace(
                struct.pack(">HH", 37, 53), struct.pack(">HH", height % 65536, width % 65536)
            ),
            tiff({256: width, 257: height, 279: 12}, bytes(12)),
        )
    )


def _real_bomb(rng: random.Random) -> bytes:
    """Bring all the pixels that are declared, in few bytes."""
    width, height = rng.choice(((30_000, 700), (3000, 2000), (2, 30_000), (7990, 8000)))
    return png(width, height, colour=0, body=_idat((width + 1) * height))


def _long_body(rng: random.Random) -> bytes:
    """Hold far more compressed bytes than the pixels need."""
    return png(3, 3, body=_idat(rng.choice((10**5, 10**7, 10**8))))


def _huge_text(rng: random.Random) -> bytes:
    kind = rng.choice((b"zTXt", b"iTXt", b"iCCP", b"tEXt", b"eXIf"))
    vast = _zeros(rng.choice((10**5, 3 * 10**7, 10**8)))
    body = {
        b"zTXt": b"key\0\0" + vast,
        b"iTXt": b"key\0\1\0\0\0" + vast,
        b"iCCP": b"name\0\0" + vast,
        b"tEXt": b"key\0" + bytes(10**6),
        b"eXIf": b"II*\0\x08\0\0\0\xff\xff" + rng.randbytes(10**5),
    }[kind]
    return png(3, 3, body=png_chunk(kind, body) + _idat(30))


def _many_chunks(rng: random.Random) -> bytes:
    one = png_chunk(rng.choice((b"tEXt", b"IDAT", b"fcTL", b"iCCP")), b"a\0b")
    return png(3, 3, body=one * rng.choice((10, 1000, 20_000)) + _idat(30))


def _many_frames(rng: random.Random) -> bytes:
    count = rng.choice((2, 500, 5000))
    frame = b"!\xf9\4\0\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0"
    if rng.random() < 0.5:
        return b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff" + frame * count + b";"
    page = tiff({}, bytes(12))
    pages, length = bytearray(page), len(page)
    for number in range(1, count):  # each directory names the next; the last names the first
        pages += page[8:]
        link = 8 + number * (length - 8) + 12
        pages[8 + number * (length - 8) - 4 : 8 + number * (length - 8)] = struct.pack("<I", link)
    if rng.random() < 0.5:
        pages[-4:] = struct.pack("<I", 20)
    return bytes(pages)


def many_scans(side: int, scans: int) -> bytes:
    """Write a grey progressive JPEG that goes over all its blocks again in every scan."""
    blocks = (-(-side // 8)) ** 2
    head = b"\xff\xd8\xff\xdb\0\x43\0" + b"\1" * 64
    head += b"\xff\xc2" + struct.pack(">HBHHB", 11, 8, side, side, 1) + b"\1\x11\0"
    # DC has one code, "no difference"; AC the code n of 4 bits, "2**n + n bits empty blocks".
    tables = b"\xff\xc4" + struct.pack(">H", 20) + b"\x00\1" + bytes(15) + b"\0"
    tables += b"\xff\xc4" + struct.pack(">H", 34) + b"\x10\0\0\0\x0f" + bytes(12)
    tables += bytes(n << 4 for n in range(15))
    first = b"\xff\xda\0\x08\1\1\0\0\0\0" + bytes(blocks // 8 + 1)
    bits, left = "", blocks
    while left:
        run = min(left, 32767)
        n = run.bit_length() - 1
        bits += f"{n:04b}" + (f"{run - 2**n:0{n}b}" if n else "")
        left -= run
    bits += "1" * (-len(bits) % 8)
    body = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    again = b"\xff\xda\0\x08\1\1\0\1\x3f\0" + body
    return head + tables + first + again * scans + b"\xff\xd9"


def _many_scans(rng: random.Random) -> bytes:
    return many_scans(rng.choice((64, 1500)), rng.choice((2, 50, 2000)))


def tiff(changes: dict[int, int], pixels: bytes) -> bytes:
    """Write an uncompressed 2 x 2 RGB TIFF with some of its tags changed."""
    tags = {256: 2, 257: 2, 258: 8, 259: 1, 262: 2, 273: 8, 277: 3, 278: 2, 279: 12} | changes
    directory = struct.pack("<H", len(tags))
    for tag, value in sorted(tags.items()):
        directory += struct.pack("<HHII", tag, 4, 1, value % 2**32)
    return struct.pack("<2sHI", b"II", 42, 8 + len(pixels)) + pixels + directory + bytes(4)


def _odd_tiff(rng: random.Random) -> bytes:
    known = (254, 256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 284, 292, 317, 320)
    known += (322, 323, 324, 325, 330, 338, 339, 347, 512, 513, 514, 530, 532, 34665, 34675)
    values = (*range(9), 32773, 34712, 50000, 50001, 34925, *ODD, *SIDES)
    changes = {rng.choice(known): rng.choice(values) for _ in range(rng.choice((1, 1, 2, 4)))}
    data = tiff(changes, rng.randbytes(48))
    if rng.random() < 0.3:  # a count that no file holds
        start = data.index(struct.pack("<HH", 258, 4)) if 258 not in changes else 60
        data = data[: start + 4] + struct.pack("<I", rng.choice(SIDES)) + data[start + 8 :]
    return data


def _odd_bmp(rng: random.Random) -> bytes:
    bits, packing = rng.choice((0, 1, 2, 4, 8, 16, 24, 32, 64)), rng.randrange(8)
    size = (rng.choice((-2, 0, 2, 9, 300)), rng.choice((-2, 0, 2, 9, 300)))
    head = struct.pack("<IiiHHI", 40, *size, rng.choice((0, 1, 9)), bits, packing)
    head += struct.pack("<IiiII", rng.choice(ODD), 0, 0, rng.choice((*ODD, 256)), 0)
    start = rng.choice((0, 14, 54, 1078, 2**31))
    return b"BM" + struct.pack("<IHHI", 99, 0, 0, start) + head + rng.randbytes(1500)


def _odd_ppm(rng: random.Random) -> bytes:
    sides = [
        rng.choice((b"0", b"-1", b"3", b"4", b"00003", b"9" * 12, b"1e3", b"3#x\n")) for _ in "wh"
    ]
    top = rng.choice((b"0", b"1", b"255", b"256", b"65535", b"65536", b"-1", b"nan", b"x"))
    gap = rng.choice((b" ", b"\n", b"\n#" + b"c" * rng.choice((3, 10**6)) + b"\n"))
    kind = rng.choice((b"P1", b"P2", b"P3", b"P4", b"P5", b"P6", b"P7", b"Pf", b"PF", b"P0CMYK"))
    plain = b" ".join(b"%d" % rng.choice((0, 1, 255, 256, 10**30)) for _ in range(50))
    body = rng.choice((rng.randbytes(99), plain, b"", b"#" * 10**6))
    return gap.join([kind, *sides, top]) + b"\n" + body


def _odd_profile(rng: random.Random) -> bytes:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for _ in range(rng.choice((1, 3, 20))):
        profile = DAMAGES[rng.choice(("bits flipped", "a hole", "an odd number", "cut"))](
            rng, profile
        )
    file = io.BytesIO()
    image = Image.new(rng.choice(("RGB", "L", "CMYK")), (9, 5), 77)
    image.save(file, "TIFF" if image.mode == "CMYK" else "PNG", icc_profile=profile or b"x")
    return file.getvalue()


def _odd_exif(rng: random.Random) -> bytes:
    entries = b""
    for tag in (0x0112, rng.choice((0x010E, 0x8769, 0x8825, 0x0112))):
        kind, count = rng.choice((1, 2, 3, 4, 5, 7, 12, 13, 99)), rng.choice((0, 1, 2, 9, *ODD))
        entries += struct.pack("<HHII", tag, kind, count, rng.choice((0, 5, 6, 9, 26, *ODD)))
    told = struct.pack("<2sHIH", b"II", 42, 8, 2) + entries + rng.choice((bytes(4), b"\x08\0\0\0"))
    told += rng.randbytes(rng.choice((0, 100, 60_000)))
    if rng.random() < 0.5:
        told = DAMAGES[rng.choice(("an odd number", "cut", "a hole"))](rng, told)
    if rng.random() < 0.5:
        return png(3, 3, body=png_chunk(b"eXIf", told) + _idat(30))
    picture, told = sound()["JPEG"], b"Exif\0\0" + told
    return picture[:2] + b"\xff\xe1" + struct.pack(">H", len(told) + 2) + told + picture[2:]


def _nothing_in_particular(rng: random.Random) -> bytes:
    starts = (
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"RIFF\0\1\0\0WEBP",
        b"II*\0",
        b"BM",
    )
    starts += (b"MM\0*", b"\0\0\0\x1cftypavif", b"P6\n", b"MM\0+\0\x08\0\0", b"")
    return rng.choice(starts) + rng.randbytes(rng.choice((0, 4, 64, 5000)))


CRAFTED: dict[str, Callable[[random.Random], bytes]] = {
    "declared bomb": _declared,
    "real bomb": _real_bomb,
    "long body": _long_body,
    "huge text": _huge_text,
    "many chunks": _many_chunks,
    "many frames": _many_frames,
    "many scans": _many_scans,
    "odd TIFF": _odd_tiff,
    "odd BMP": _odd_bmp,
    "odd PPM": _odd_ppm,
    "odd profile": _odd_profile,
    "odd EXIF": _odd_exif,
    "random bytes": _nothing_in_particular,
}
