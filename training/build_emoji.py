# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.4.6", "pillow==13.0.0", "resvg-py==0.5.0"]
# ///
"""Draw the emoji set of data/emoji from six packages of the npm registry.

In a folder outside the repository, once:

    npm install --ignore-scripts @iconify-json/noto@1.2.9 @iconify-json/twemoji@1.2.5 \
        @iconify-json/fluent-emoji-flat@1.2.6 @iconify-json/fluent-emoji-high-contrast@1.2.6 \
        @lobehub/fluent-emoji-3d@1.1.0 emojibase-data@17.0.0

Then, in the repository:

    uv run --no-project training/build_emoji.py FOLDER/node_modules

Twice the same command writes twice the same bytes. What is decided here:

- An emoji is in the set if all five styles draw it. Skin tones are left out.
- A *family* is what differs in nothing but the gender of the person or the
  direction it faces; all clock faces are one family, and so are all keycaps. A
  family is never divided between the splits: where the draw gives one to
  validation or test, its first member stays and the others are left out. Mirror
  twins with two names of their own ("leftwards hand") count as two families.
- The keywords are emojibase's tags and the words of its subgroup ("food",
  "fruit"), so that a thing that training never shows has words that it shows.
- The draw is seeded: 155 families for testing, 155 for validation, the rest
  for training.
"""

import argparse
import hashlib
import io
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import resvg_py
from PIL import Image

SEED = 20261127
HELD_OUT = 155  # emoji in the test split, and as many in validation
TILE = 64  # pixels a side
COLUMNS = 40
COLOURS = 64
DATA = Path(__file__).resolve().parent.parent / "data"

GROUPS = {
    0: "smileys and emotion",
    1: "people and body",
    3: "animals and nature",
    4: "food and drink",
    5: "travel and places",
    6: "activities",
    7: "objects",
    8: "symbols",
    9: "flags",
}
DRAWN = "each drawn by resvg-py 0.5.0 (PyPI) at 64 x 64"
SHRUNK = 'each resized by Pillow 13.0 (resize((64, 64), LANCZOS) in "RGBa")'
SHEET = (
    "on white, tiled 40 in a row; quantize(64, method=MEDIANCUT, kmeans=2, dither=NONE), save(PNG, "
    "optimize=True)"
)
SHEETS = [
    {
        "style": "noto",
        "title": "Noto Emoji",
        "author": "Google Inc",
        "licence": "Apache-2.0",
        "source": "@iconify-json/noto 1.2.9 (npm): icons.json",
        "url": "https://github.com/googlefonts/noto-emoji",
        "changed": f"{DRAWN} {SHEET}",
    },
    {
        "style": "twemoji",
        "title": "Twemoji",
        "author": "Twitter, Inc and other contributors",
        "licence": "CC-BY-4.0",
        "source": "@iconify-json/twemoji 1.2.5 (npm): icons.json",
        "url": "https://github.com/jdecked/twemoji",
        "changed": f"{DRAWN} {SHEET}",
    },
    {
        "style": "fluent_flat",
        "title": "Fluent Emoji Flat",
        "author": "Microsoft Corporation",
        "licence": "MIT",
        "source": "@iconify-json/fluent-emoji-flat 1.2.6 (npm): icons.json",
        "url": "https://github.com/microsoft/fluentui-emoji",
        "changed": f"{DRAWN} {SHEET}",
    },
    {
        "style": "fluent_high_contrast",
        "title": "Fluent Emoji High Contrast",
        "author": "Microsoft Corporation",
        "licence": "MIT",
        "source": "@iconify-json/fluent-emoji-high-contrast 1.2.6 (npm): icons.json",
        "url": "https://github.com/microsoft/fluentui-emoji",
        "changed": f"{DRAWN} in black {SHEET}",
    },
    {
        "style": "fluent_3d",
        "title": "Fluent Emoji 3D",
        "author": "Microsoft Corporation; packaged by LobeHub",
        "licence": "MIT",
        "source": "@lobehub/fluent-emoji-3d 1.1.0 (npm): assets/*.webp",
        "url": "https://github.com/microsoft/fluentui-emoji",
        "changed": f"{SHRUNK} {SHEET}",
    },
]

Code = tuple[int, ...]


def code_of(text: str) -> Code:
    """Read ``"1F44B-FE0F"`` as code points, without the mark that asks for colour."""
    return tuple(point for part in text.split("-") if (point := int(part, 16)) != 0xFE0F)


def family_of(code: Code) -> Code:
    """Return what is equal for emoji that differ in gender or direction alone."""
    if 0x1F550 <= code[0] <= 0x1F567:
        return (0x1F550,)  # a clock face
    if code[-1] == 0x20E3:
        return (0x20E3,)  # a keycap
    if len(code) == 1:
        return (0x1F9D1,) if code[0] in {0x1F468, 0x1F469} else code
    dropped = {0x2640, 0x2642, 0x27A1, 0x200D}  # female, male, to the right, joiner
    kept = [point for point in code if point not in dropped]
    return tuple(0x1F9D1 if point in {0x1F468, 0x1F469} else point for point in kept)


def on_white(picture: Image.Image) -> np.ndarray:
    """Lay a picture with transparency on white: (64, 64, 3) uint8."""
    white = Image.new("RGBA", picture.size, "white")
    return np.asarray(Image.alpha_composite(white, picture.convert("RGBA")).convert("RGB"))


class Iconify:
    """The drawings of one package of icons, by code points."""

    def __init__(self, folder: Path) -> None:
        self.set = json.loads((folder / "icons.json").read_text(encoding="utf-8"))
        names = json.loads((folder / "chars.json").read_text(encoding="utf-8"))
        known = {**self.set["icons"], **self.set.get("aliases", {})}
        self.names = {code_of(code): name for code, name in names.items() if name in known}

    def __contains__(self, code: Code) -> bool:
        return code in self.names

    def draw(self, code: Code) -> np.ndarray:
        """Draw one emoji on white: (64, 64, 3) uint8."""
        name = self.names[code]
        icon = self.set["icons"].get(name) or {}
        if not icon:
            alias = self.set["aliases"][name]
            if set(alias) != {"parent"}:
                msg = f"{name} is turned or mirrored, which is not drawn here"
                raise ValueError(msg)
            icon = self.set["icons"][alias["parent"]]
        width, height = (icon.get(side, self.set.get(side, 16)) for side in ("width", "height"))
        svg = (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'viewBox="{icon.get("left", 0)} {icon.get("top", 0)} {width} {height}" '
            f'width="{TILE}" height="{TILE}" color="black">{icon["body"]}</svg>'
        )
        png = bytes(resvg_py.svg_to_bytes(svg_string=svg))
        return on_white(Image.open(io.BytesIO(png)))


class Pictures:
    """The pictures of a package with one file for each emoji, by code points."""

    def __init__(self, folder: Path) -> None:
        self.files = {code_of(path.stem): path for path in sorted(folder.glob("*.webp"))}

    def __contains__(self, code: Code) -> bool:
        return code in self.files

    def draw(self, code: Code) -> np.ndarray:
        """Shrink one picture, on white: (64, 64, 3) uint8."""
        with Image.open(self.files[code]) as picture:
            small = picture.convert("RGBA").convert("RGBa")  # colours times opacity
            return on_white(small.resize((TILE, TILE), Image.Resampling.LANCZOS).convert("RGBA"))


def choose(records: list[dict], styles: list[Iconify | Pictures]) -> list[dict]:
    """Give each emoji of the set its split; twins of held-out ones are left out."""
    families: dict[Code, list[dict]] = defaultdict(list)
    for record in sorted(records, key=lambda one: one["order"]):
        code = code_of(record["hexcode"])
        if record["group"] in GROUPS and all(code in style for style in styles):
            families[family_of(code)].append(record)
    draw = np.random.default_rng(SEED).permutation(len(families))
    splits = dict(
        zip(draw[: 2 * HELD_OUT].tolist(), ["test", "validation"] * HELD_OUT, strict=True)
    )
    chosen = []
    for number, family in enumerate(families.values()):
        split = splits.get(number, "train")
        kept = family if split == "train" else family[:1]
        chosen += [{**record, "split": split} for record in kept]
    return sorted(chosen, key=lambda one: one["order"])


def item_of(index: int, record: dict, subgroups: dict[str, str]) -> dict:
    """Keep what imglab needs of a record of emojibase."""
    name = record["label"].replace("\u2019", "'").lower()
    kinds = subgroups[str(record["subgroup"])].split("-")  # "food-fruit"
    tags = [tag.replace("\u2019", "'").lower() for tag in record["tags"]]
    keywords = {*tags, *kinds} - {name, "other"}
    return {
        "index": index,
        "character": record["emoji"],
        "code": record["hexcode"],
        "name": name,
        "keywords": sorted(keywords),
        "group": GROUPS[record["group"]],
        "split": record["split"],
    }


def write_sheet(path: Path, tiles: list[np.ndarray]) -> dict:
    """Write tiles row by row into one palette PNG; return what describes the file."""
    rows = -(-len(tiles) // COLUMNS)
    sheet = np.full((rows * TILE, COLUMNS * TILE, 3), 255, np.uint8)
    for index, tile in enumerate(tiles):
        top, left = TILE * (index // COLUMNS), TILE * (index % COLUMNS)
        sheet[top : top + TILE, left : left + TILE] = tile
    picture = Image.fromarray(sheet).quantize(
        COLOURS, method=Image.Quantize.MEDIANCUT, kmeans=2, dither=Image.Dither.NONE
    )
    picture.save(path, "PNG", optimize=True)
    data = path.read_bytes()
    return {
        "file": f"emoji/{path.name}",
        "width": picture.width,
        "height": picture.height,
        "mode": picture.mode,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def main() -> None:
    """Write data/emoji/<style>.png and data/emoji/emoji.json."""
    parser = argparse.ArgumentParser(description="Draw the emoji set of data/emoji.")
    parser.add_argument("node_modules", type=Path, help="the folder that npm filled")
    packages = parser.parse_args().node_modules
    icons = packages / "@iconify-json"
    styles: list[Iconify | Pictures] = [
        Iconify(icons / "noto"),
        Iconify(icons / "twemoji"),
        Iconify(icons / "fluent-emoji-flat"),
        Iconify(icons / "fluent-emoji-high-contrast"),
        Pictures(packages / "@lobehub" / "fluent-emoji-3d" / "assets"),
    ]
    emojibase = packages / "emojibase-data" / "en" / "data.json"
    groups = packages / "emojibase-data" / "meta" / "groups.json"
    subgroups = json.loads(groups.read_text(encoding="utf-8"))["subgroups"]
    records = [
        record
        for record in json.loads(emojibase.read_text(encoding="utf-8"))
        if "group" in record  # letters of flags have none
    ]
    chosen = choose(records, styles)

    folder = DATA / "emoji"
    folder.mkdir(parents=True, exist_ok=True)
    sheets = []
    for about, style in zip(SHEETS, styles, strict=True):
        tiles = [style.draw(code_of(record["hexcode"])) for record in chosen]
        sheets.append({**about, **write_sheet(folder / f"{about['style']}.png", tiles)})
        print(f"{sheets[-1]['file']}: {len(tiles)} tiles, {sheets[-1]['bytes']:,} bytes")

    items = [item_of(index, record, subgroups) for index, record in enumerate(chosen)]
    lines = ",\n".join(f"  {json.dumps(item, ensure_ascii=False)}" for item in items)
    head = json.dumps(
        {"seed": SEED, "tile": TILE, "columns": COLUMNS, "sheets": sheets},
        ensure_ascii=False,
        indent=1,
    )
    text = f'{head.removesuffix("}").rstrip()},\n "items": [\n{lines}\n ]\n}}\n'
    json.loads(text)
    (folder / "emoji.json").write_text(text, encoding="utf-8", newline="\n")
    counts = defaultdict(int)
    for item in items:
        counts[item["split"]] += 1
    print(f"emoji/emoji.json: {len(items)} emoji, {dict(counts)}")


if __name__ == "__main__":
    main()
