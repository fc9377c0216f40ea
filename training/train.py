"""Train one of the small networks on the emoji set that the repository holds.

    uv run python training/train.py --model clip_styles --seed 0 --out FOLDER

`clip_styles` learns from captions that mention the style, `clip_names` from the
same captions without it, `classifier` names the emoji: the same image tower,
the same number of steps, the same pictures. FOLDER then holds
``clip_styles-0.pt`` (float32) and ``clip_styles-0.json``: settings, the loss
every 25 steps, and what the network reaches on the validation split. The test
split is not opened here.

One run takes four to five minutes of one processor. It uses one thread; the same
command on the same machine gives the same weights.

Tried on the validation split, one seed each: larger turns and shifts with mirror
images (no better at R@1, worse at naming the style), the same with words left
out and more decay (worse), hiding words behind a row of zeros (better: kept),
the words of an emoji's kind among its keywords (better without style words, not
with them: kept for both).
"""

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from captions import draw_caption, hide, tokenize, vocabulary
from clip.model import CLIP
from networks import IMAGE_MEAN, IMAGE_STD, TOWER, with_whole_vocabulary
from retrieval import scores
from torch import nn
from torch.nn import functional

from imglab import emoji

MODELS = ("clip_styles", "clip_names", "classifier")
BATCH = 128
RATE = 2e-3
WARM_UP = 50  # steps
DECAY = 0.2
HIDDEN = 0.12  # share of the words of a caption that are hidden, see captions.hide
EVERY = 25  # steps between two records of the loss
STYLES = tuple(emoji.STYLES)


def pictures(items: tuple[emoji.Emoji, ...]) -> torch.Tensor:
    """Return every picture of these emoji: (N, 5, 3, 64, 64) uint8."""
    tiles = np.stack([[emoji.picture(item, style) for style in STYLES] for item in items])
    return torch.from_numpy(tiles).permute(0, 1, 4, 2, 3).contiguous()


def disturb(batch: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Turn, size, shift and brighten each picture a little, and normalise it.

    Parameters
    ----------
    batch : tensor of shape (B, 3, 64, 64), uint8
        Pictures on white.
    generator : torch.Generator
        Where the amounts come from.

    Returns
    -------
    tensor of shape (B, 3, 64, 64), float32
        What comes in from outside is white.
    """

    def between(low: float, high: float) -> torch.Tensor:
        return low + (high - low) * torch.rand(len(batch), generator=generator)

    angle, size = between(-0.21, 0.21), between(0.87, 1.15)  # radians; 1 is as large as before
    cos, sin = torch.cos(angle) / size, torch.sin(angle) / size
    right, down = between(-0.12, 0.12), between(-0.12, 0.12)  # 2 is the whole side
    rows = [torch.stack([cos, -sin, right], 1), torch.stack([sin, cos, down], 1)]
    grid = functional.affine_grid(torch.stack(rows, 1), list(batch.shape), align_corners=False)
    darkness = functional.grid_sample(1 - batch / 255, grid, align_corners=False)  # white is 0
    light = between(0.85, 1.15)[:, None, None, None]
    changed = ((1 - darkness) * light).clamp(0, 1)
    return (changed - IMAGE_MEAN) / IMAGE_STD


def contrast(model: CLIP, images: torch.Tensor, texts: torch.Tensor) -> torch.Tensor:
    """Return the symmetric cross-entropy of a batch, as CLIP is trained with."""
    per_image, per_text = model(images, texts)  # (B, B) each
    matched = torch.arange(len(images))
    loss: torch.Tensor = functional.cross_entropy(per_image, matched)
    return (loss + functional.cross_entropy(per_text, matched)) / 2


def optimiser_of(network: nn.Module) -> torch.optim.Optimizer:
    """Return AdamW that decays matrices alone, not biases, gains and the temperature."""
    groups: dict[float, list[nn.Parameter]] = {DECAY: [], 0.0: []}
    for parameter in network.parameters():
        groups[DECAY if parameter.ndim > 1 else 0.0].append(parameter)
    return torch.optim.AdamW(
        [{"params": group, "weight_decay": decay} for decay, group in groups.items()],
        lr=RATE,
        betas=(0.9, 0.98),
        eps=1e-6,
    )


def rate_at(step: int, steps: int) -> float:
    """Return the learning rate as a part of `RATE`: up in a line, down in half a cosine."""
    return min((step + 1) / WARM_UP, 1.0) * (1 + math.cos(math.pi * step / steps)) / 2


def train(kind: str, seed: int, steps: int) -> tuple[CLIP, dict]:
    """Train one network.

    Parameters
    ----------
    kind : str
        One of `MODELS`.
    seed : int
        Of the first weights and of every draw.
    steps : int
        Batches.

    Returns
    -------
    CLIP, dict
        The network with CLIP's whole vocabulary, in evaluation mode, and the
        record of the run. Of a classifier the image tower alone is trained.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    generator = torch.Generator().manual_seed(seed)
    items = emoji.items("train")
    tiles = pictures(items)
    known = vocabulary(items, styles=kind == "clip_styles")
    place = torch.full((TOWER["vocab_size"],), -1)
    place[known] = 1 + torch.arange(len(known))  # row 0 is zero: a hidden word

    model = CLIP(**{**TOWER, "vocab_size": 1 + len(known)})
    model.token_embedding.padding_idx = 0  # gets no gradient
    with torch.no_grad():
        model.token_embedding.weight[0] = 0
    head = nn.Linear(TOWER["embed_dim"], len(items))
    labelled = kind == "classifier"
    network = nn.ModuleList([model.visual, head]) if labelled else model
    optimiser = optimiser_of(network)
    curve, recent, started = [], [], time.process_time()
    order = np.empty(0, int)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = RATE * rate_at(step, steps)
        if len(order) < BATCH:  # every emoji once, then again in another order
            order = rng.permutation(len(items))
        chosen, order = order[:BATCH], order[BATCH:]  # distinct within a batch
        styles = rng.integers(len(STYLES), size=BATCH)
        batch = disturb(tiles[chosen, styles], generator)
        if labelled:
            loss = functional.cross_entropy(head(model.visual(batch)), torch.from_numpy(chosen))
        else:
            texts = [
                draw_caption(items[one], STYLES[style] if kind == "clip_styles" else None, rng)
                for one, style in zip(chosen, styles, strict=True)
            ]
            numbers = tokenize(texts)
            longest = int((numbers != 0).sum(1).max())
            hidden = torch.from_numpy(hide(texts, rng, HIDDEN))
            read = place[numbers].masked_fill(hidden, 0)[:, :longest]
            loss = contrast(model, batch, read)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        with torch.no_grad():
            model.logit_scale.clamp_(0, math.log(100))
        recent.append(loss.item())
        if (step + 1) % EVERY == 0:
            curve.append([step + 1, round(float(np.mean(recent)), 4)])
            recent = []
            print(f"step {step + 1}: loss {curve[-1][1]:.3f}", flush=True)
    record = {
        "model": kind,
        "seed": seed,
        "steps": steps,
        "batch": BATCH,
        "rate": RATE,
        "warm_up": WARM_UP,
        "decay": DECAY,
        "hidden": HIDDEN,
        "torch": torch.__version__,
        "seconds": round(time.process_time() - started),
        "temperature": round(float(model.logit_scale.detach().exp()), 2),
        "loss": curve,
        "vocabulary": known,
    }
    return with_whole_vocabulary(model, known).eval(), record


def main() -> None:
    """Train, try on the validation split, and write the two files."""
    parser = argparse.ArgumentParser(description="Train one small network on the emoji set.")
    parser.add_argument("--model", choices=MODELS, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--steps", type=int, default=900)
    parser.add_argument("--out", type=Path, required=True, help="a folder outside the repository")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    asked.out.mkdir(parents=True, exist_ok=True)
    model, record = train(asked.model, asked.seed, asked.steps)
    if asked.model != "classifier":
        record["validation"] = scores(
            model, emoji.items("validation"), styles=asked.model == "clip_styles"
        )
        print(json.dumps(record["validation"], indent=1))
    path = asked.out / f"{asked.model}-{asked.seed}.pt"
    torch.save(model.state_dict(), path)
    path.with_suffix(".json").write_text(json.dumps(record), encoding="utf-8")
    print(f"{path}: {record['seconds']} s of one processor")


if __name__ == "__main__":
    main()
