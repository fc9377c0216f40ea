"""Open the 155 test emoji once, for every network, and write data/factorial.json.

    uv run python training/factorial.py FOLDER

FOLDER holds the nine runs of `train.py`: three seeds of each model. Beside
them stand the same tower before its first step and EfficientNet-Lite0 with its
ImageNet weights. Nothing is chosen here: what was tuned was tuned on the
validation split.

**The factorial.** Two pictures of the test emoji agree in what they show
(content), in how it is drawn (style), in both or in neither. With the mean
cosine of each kind of pair,

    style effect   = (same style, other content) - neither
    content effect = (same content, other style) - neither

and the ratio of the two says how much of a vector is style, for one unit of
content. The kind "both" is a picture with itself, of cosine 1, and takes no
part. Intervals hold 95 % of the bootstrap: emoji are drawn with replacement
(a pair of one emoji with itself stays out of "other content"), and for the
figures of a model its seeds too.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from networks import read, untrained
from retrieval import captions_of, picture_vectors, recall, scores, search, unit

from imglab import cnn, emoji

DATA = Path(__file__).resolve().parent.parent / "data"
SEEDS = (0, 1, 2)
RESAMPLES = 2000
BOOTSTRAP_SEED = 0
STYLES = tuple(emoji.STYLES)
COMMAND = (
    "for each model of clip_styles, clip_names, classifier and each seed of 0, 1, 2: "
    "uv run python training/train.py --model MODEL --seed SEED --out FOLDER; "
    "then: uv run python training/factorial.py FOLDER"
)


def pair_means(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Average the cosines of one network over styles, for each pair of emoji.

    Parameters
    ----------
    vectors : ndarray of shape (5, N, D)
        Unit vectors, styles first.

    Returns
    -------
    content : ndarray of shape (N,)
        Emoji i in one style with emoji i in another.
    style : ndarray of shape (N, N)
        Emoji i with emoji j in the same style; the diagonal means nothing.
    neither : ndarray of shape (N, N)
        Emoji i with emoji j in another style; the diagonal is `content`.
    """
    count = len(vectors)
    flat = vectors.reshape(-1, vectors.shape[-1])
    cosines = (flat @ flat.T).reshape(count, vectors.shape[1], count, vectors.shape[1])
    same = np.einsum("sisj->ij", cosines)
    style, neither = same / count, (cosines.sum(axis=(0, 2)) - same) / (count * (count - 1))
    return np.diag(neither).copy(), style, neither


def cells(means: tuple[np.ndarray, np.ndarray, np.ndarray], weights: np.ndarray) -> np.ndarray:
    """Return the three means (content, style, neither) for each row of weights: (B, 3)."""
    content, style, neither = means
    pairs = weights.sum(axis=1) ** 2 - (weights**2).sum(axis=1)  # of different emoji

    def across(table: np.ndarray) -> np.ndarray:
        off = table - np.diag(np.diag(table))
        return np.einsum("bi,ij,bj->b", weights, off, weights, optimize=True) / pairs

    return np.stack(
        [weights @ content / weights.sum(axis=1), across(style), across(neither)], axis=1
    )


def effects(table: np.ndarray) -> np.ndarray:
    """Turn the means (..., 3) into style effect, content effect and their ratio."""
    content, style, neither = np.moveaxis(table, -1, 0)
    return np.stack(
        [style - neither, content - neither, (style - neither) / (content - neither)], axis=-1
    )


def interval(values: np.ndarray) -> list[float]:
    """Return the middle 95 % of values."""
    return [rounded(one) for one in np.quantile(values, [0.025, 0.975])]


def rounded(value: float) -> float:
    """Round to what is stored: six decimals."""
    return round(float(value), 6)


def described(table: np.ndarray, resampled: np.ndarray) -> dict:
    """Return cells, effects and intervals by name, from (3,) and (B, 3)."""
    names = ("style_effect", "content_effect", "ratio")
    found = dict(zip(("content", "style", "neither"), map(rounded, table), strict=True))
    found |= {"both": 1.0}
    found |= dict(zip(names, map(rounded, effects(table)), strict=True))
    spread = effects(resampled)
    found["intervals"] = {name: interval(spread[:, i]) for i, name in enumerate(names)}
    return found


def analyse(runs: list[np.ndarray], seeds: list[int]) -> tuple[dict, np.ndarray]:
    """Do the factorial for the vectors of a model's seeds; return its ratios resampled too."""
    rng = np.random.default_rng(BOOTSTRAP_SEED)
    count = runs[0].shape[1]
    drawn = rng.multinomial(count, np.full(count, 1 / count), size=RESAMPLES).astype(float)
    every = [pair_means(vectors) for vectors in runs]
    once = np.stack([cells(means, np.ones((1, count)))[0] for means in every])  # (S, 3)
    again = np.stack([cells(means, drawn) for means in every])  # (S, B, 3)
    chosen = rng.integers(len(runs), size=(RESAMPLES, len(runs)))  # seeds, with replacement
    pooled = again[chosen, np.arange(RESAMPLES)[:, None]].mean(axis=1)  # (B, 3)
    record = {
        "seeds": [
            {"seed": seed, **described(one, many)}
            for seed, one, many in zip(seeds, once, again, strict=True)
        ],
        "mean": described(once.mean(axis=0), pooled),
    }
    return record, effects(pooled)[:, 2]


def mean_of(found: list[dict]) -> dict:
    """Average dictionaries of numbers that have the same shape."""
    first = found[0]
    return {
        key: mean_of([one[key] for one in found])
        if isinstance(first[key], dict)
        else round(float(np.mean([one[key] for one in found])), 2)
        for key in first
    }


def main() -> None:
    """Write data/factorial.json and print what it holds."""
    parser = argparse.ArgumentParser(description="Try every network on the test emoji, once.")
    parser.add_argument("folder", type=Path, help="where train.py wrote")
    folder = parser.parse_args().folder
    torch.set_num_threads(1)
    items = emoji.items("test")

    retrieval, training = {}, {}
    vectors: dict[str, list[np.ndarray]] = {}
    for kind in ("clip_styles", "clip_names", "classifier"):
        networks = [read(folder / f"{kind}-{seed}.pt") for seed in SEEDS]
        vectors[kind] = [picture_vectors(network, items) for network in networks]
        runs = [json.loads((folder / f"{kind}-{s}.json").read_text("utf-8")) for s in SEEDS]
        for run in runs:
            run.pop("vocabulary")
        training[kind] = runs
        if kind != "classifier":
            told = kind == "clip_styles"
            found = [scores(network, items, styles=told) for network in networks]
            for one, network, seen in zip(found, networks, vectors[kind], strict=True):
                captions = captions_of(items, styles=told)
                one["known_words"] = recall(search(network, seen, captions, known_only=True))
            retrieval[kind] = {
                "seeds": [{"seed": s, **one} for s, one in zip(SEEDS, found, strict=True)],
                "mean": mean_of(found),
            }
    vectors["untrained"] = [picture_vectors(untrained(seed), items) for seed in SEEDS]
    tiles = [emoji.picture(item, style) for style in STYLES for item in items]
    embedded = cnn.embed(tiles, "efficientnet_lite0")
    vectors["efficientnet_lite0"] = [unit(embedded.reshape(len(STYLES), len(items), -1))]

    factorial, ratios = {}, {}
    for kind, runs in vectors.items():
        factorial[kind], ratios[kind] = analyse(runs, list(SEEDS[: len(runs)]))
    factor = ratios["clip_styles"] / ratios["clip_names"]
    means = {kind: factorial[kind]["mean"]["ratio"] for kind in factorial}
    record = {
        "command": COMMAND,
        "split": "test",
        "items": len(items),
        "styles": STYLES,
        "resamples": RESAMPLES,
        "bootstrap_seed": BOOTSTRAP_SEED,
        "chance": {
            "recall_at_1": round(100 / len(items), 2),
            "recall_at_5": round(500 / len(items), 2),
            "recall_at_10": round(1000 / len(items), 2),
            "style_named": 100 / len(STYLES),
        },
        "retrieval": retrieval,
        "factorial": factorial,
        "styles_over_names": {
            "ratio_of_ratios": rounded(means["clip_styles"] / means["clip_names"]),
            "interval": interval(factor),
        },
        "training": training,
    }
    text = json.dumps(record, indent=1, ensure_ascii=False)
    (DATA / "factorial.json").write_text(text + "\n", encoding="utf-8", newline="\n")
    print(json.dumps({key: value["mean"] for key, value in retrieval.items()}, indent=1))
    for kind in factorial:
        for one in (*factorial[kind]["seeds"], {"seed": "mean", **factorial[kind]["mean"]}):
            low, high = one["intervals"]["ratio"]
            print(
                f"{kind:20} {one['seed']!s:5} content {one['content']:.3f} style "
                f"{one['style']:.3f} neither {one['neither']:.3f} ratio {one['ratio']:.3f} "
                f"[{low:.3f}, {high:.3f}]"
            )
    print(record["styles_over_names"])


if __name__ == "__main__":
    main()
