"""Record the run that stands in for the live training of lesson 06.

    uv run python training/live.py

Trains two small towers behind EfficientNet-Lite0 on the emoji of one style,
with three seeds, and writes ``data/live.json``: the losses, the temperature that
was learned, and how often a text finds its picture among the test emoji. About
a minute of one processor.
"""

import json
from pathlib import Path

import numpy as np
import torch

from imglab import clip, cnn, emoji
from imglab.vectors import cosine_similarities

FILE = Path(__file__).resolve().parent.parent / "data" / "live.json"
STYLE, SEEDS = "noto", (0, 1, 2)


def features(items: tuple[emoji.Emoji, ...]) -> np.ndarray:
    """Return what EfficientNet-Lite0 makes of the emoji: (n, 1280)."""
    return cnn.embed([emoji.picture(item, STYLE) for item in items])


def recall(towers: clip.Towers, seen: np.ndarray, texts: list[str]) -> dict[str, float]:
    """Return how often the right picture is among the first, in per cent."""
    cosines = cosine_similarities(towers.embed_texts(texts), towers.embed_features(seen))
    ranks = (cosines > np.diag(cosines)[:, None]).sum(axis=1)
    return {str(k): round(100 * float(np.mean(ranks < k)), 2) for k in (1, 5, 10)}


def main() -> None:
    """Train three times and write the file."""
    torch.set_num_threads(1)
    train, test = emoji.items("train"), emoji.items("test")
    shown, asked = features(train), features(test)
    words = [(item.name, *item.keywords) for item in train]
    texts = [", ".join((item.name, *item.keywords)) for item in test]
    runs = []
    for seed in SEEDS:
        towers = clip.train_towers(shown, words, seed=seed)
        losses = [[step, round(loss, 4)] for step, loss in towers.losses]
        found = recall(towers, asked, texts)
        warmth = round(towers.temperature, 4)
        runs.append({"seed": seed, "losses": losses, "temperature": warmth, "recall": found})
        print(seed, losses[-1], found)
    document = {
        "command": "uv run python training/live.py",
        "style": STYLE,
        "pictures": len(train),
        "asked": len(test),
        "runs": runs,
    }
    FILE.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
