"""Write the two networks that imglab brings along.

    uv run python training/export.py FOLDER

FOLDER holds what `train.py` wrote for ``clip_styles`` and ``clip_names`` with
seed 0. They go to ``data/weights`` in half precision; ``words.json`` beside
them lists the words that each has seen, and ``recorded.json`` what the trained
network, in float32, answers for a few pictures and texts.
"""

import argparse
import hashlib
import json
from pathlib import Path

import torch
from networks import read, shrink
from retrieval import picture_vectors, text_vectors

from imglab import emoji

DATA = Path(__file__).resolve().parent.parent / "data"
NETWORKS = {"emoji_styles": "clip_styles", "emoji_names": "clip_names"}
PICTURES = ("grinning face", "red heart", "tiger", "red apple", "airplane", "guitar")
TEXTS = ("a flat drawing of tiger", "a drawing of red apple, fruit", "guitar, 3d", "a noto picture")


def words_of(*, styles: bool) -> list[str]:
    """List the words of the training captions, in small letters."""
    words = {"a", "of", "drawing", "picture"} | (set(emoji.STYLES.values()) if styles else set())
    for item in emoji.items("train"):
        words |= {word.strip(",:") for text in (item.name, *item.keywords) for word in text.split()}
    return sorted(words - {""})


def main() -> None:
    """Write the files of data/weights and print what has to be pinned."""
    parser = argparse.ArgumentParser(description="Write the networks that imglab brings along.")
    parser.add_argument("folder", type=Path, help="where train.py wrote")
    runs = parser.parse_args().folder
    torch.set_num_threads(1)
    folder = DATA / "weights"
    folder.mkdir(parents=True, exist_ok=True)
    items = tuple(emoji.find(name) for name in PICTURES)
    recorded = {}
    for name, run in NETWORKS.items():
        path = runs / f"{run}-0.pt"
        data = shrink(torch.load(path, weights_only=True))
        (folder / f"{name}.pt").write_bytes(data)
        print(f"{name}.pt: {len(data):,} bytes, sha256 {hashlib.sha256(data).hexdigest()}")
        model = read(path)
        recorded[name] = {
            "pictures": picture_vectors(model, items).round(6).tolist(),  # styles, items, 128
            "texts": text_vectors(model, list(TEXTS)).round(6).tolist(),
        }
    words = {"emoji_styles": words_of(styles=True), "emoji_names": words_of(styles=False)}
    write(folder / "words.json", words)
    write(folder / "recorded.json", {"pictures": PICTURES, "texts": TEXTS, **recorded})


def write(path: Path, record: object) -> None:
    """Write JSON as UTF-8, one end of line at the end."""
    path.write_text(json.dumps(record, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
