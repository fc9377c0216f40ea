"""Two small towers that learn in seconds: a CLIP whose picture network is already there.

The picture tower is one linear map behind a network that is not changed any
more; the text tower is a table with a row for each piece of a word, and their
mean. Both learn by the loss of `objective`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from imglab.clip.words import check_texts, numbers_of
from imglab.validation import needs_deep
from imglab.vectors import FloatVectors, check_vectors

if TYPE_CHECKING:
    import torch

SIZE = 128  # length of a vector
BATCH = 128  # pairs; fewer where there are not as many
RATE, DECAY, DROPPED = 2e-3, 1.0, 0.2
EVERY = 25  # steps between two reports


@dataclass(frozen=True, eq=False)
class Towers:
    """What was learned, as arrays.

    Attributes
    ----------
    mean, std : ndarray of shape (k,)
        By which features are standardised.
    weight, bias : ndarray of shapes (k, d) and (d,)
        The picture tower.
    rows : dict of int to ndarray of shape (d,)
        The text tower: number of a piece to its row.
    temperature : float
        Learned.
    losses : tuple of (int, float)
        Step and mean loss of the steps since the last report.
    """

    mean: FloatVectors
    std: FloatVectors
    weight: FloatVectors
    bias: FloatVectors
    rows: dict[int, FloatVectors]
    temperature: float
    losses: tuple[tuple[int, float], ...]

    def embed_features(self, features: npt.ArrayLike) -> FloatVectors:
        """Turn features (n, k) into vectors (n, d)."""
        x = (check_vectors(features, name="features") - self.mean) / self.std
        return np.asarray(x @ self.weight + self.bias)

    def embed_texts(self, texts: Sequence[str]) -> FloatVectors:
        """Turn texts into vectors (m, d); pieces without a row are left out."""
        found = []
        for place, text in enumerate(check_texts(texts)):
            numbers = numbers_of(text, f"texts[{place}]")
            rows = [self.rows[number] for number in numbers if number in self.rows]
            if not rows:
                msg = (
                    f"texts[{place}] must hold a piece that was trained on, got {ascii(text)[:40]}"
                )
                raise ValueError(f"{msg}; use other words")  # noqa: EM102
            found.append(np.mean(rows, axis=0))
        return np.stack(found)


def train_towers(
    features: npt.ArrayLike,
    words: Sequence[Sequence[str]],
    *,
    seed: int,
    steps: int = 400,
    tell: Callable[[int, float], object] | None = None,
) -> Towers:
    """Train the two towers on matched pairs.

    Parameters
    ----------
    features : array_like of shape (n, k)
        What a network that is not trained makes of n pictures.
    words : sequence of n sequences of str
        What may stand in each picture's caption; every time a picture is
        drawn, some of them are, in another order.
    seed : int
        Of the first weights, of the batches and of the captions.
    steps : int
        Batches of at most 128 pairs.
    tell : callable, optional
        ``tell(step, loss)`` every 25 steps.

    Returns
    -------
    Towers
        The same for the same seed, on one machine.

    Raises
    ------
    ValueError
        If there are not as many captions as pictures, or fewer than two.
    """
    x = check_vectors(features, name="features")
    if len(x) != len(words) or len(x) < 2:
        msg = (
            f"features and words must be as many, at least 2, got {len(x)} and {len(words)}; "
            "give each picture its words"
        )
        raise ValueError(msg)
    with needs_deep():
        import torch
    from torch.nn.functional import cross_entropy, dropout, normalize

    numbers = [[numbers_of(word, f"words[{i}]") for word in some] for i, some in enumerate(words)]
    pieces = sorted({number for some in numbers for word in some for number in word})
    row = {number: place for place, number in enumerate(pieces)}
    mean, std = x.mean(axis=0), x.std(axis=0) + 1e-6
    rng = np.random.default_rng(seed)
    with torch.random.fork_rng(devices=[]):  # the caller's random numbers stay as they were
        torch.manual_seed(seed)
        pictures = torch.from_numpy((x - mean) / std).float()
        head = torch.nn.Linear(x.shape[1], SIZE)
        table = torch.nn.EmbeddingBag(len(pieces), SIZE, mode="mean")
        torch.nn.init.normal_(table.weight, std=0.1)
        scale = torch.nn.Parameter(torch.tensor(np.log(1 / 0.07)).float())
        learned = [*head.parameters(), *table.parameters(), scale]
        optimizer = torch.optim.AdamW(learned, lr=RATE, weight_decay=DECAY)
        losses: list[tuple[int, float]] = []
        recent: list[float] = []
        for step in range(1, steps + 1):
            chosen = rng.choice(len(x), min(BATCH, len(x)), replace=False)
            bags = [_drawn(numbers[i], row, rng) for i in chosen]
            starts = np.cumsum([0, *(len(bag) for bag in bags[:-1])])
            flat = torch.tensor([place for bag in bags for place in bag])
            u = normalize(head(dropout(pictures[chosen], DROPPED)), dim=1)
            v = normalize(table(flat, torch.from_numpy(starts)), dim=1)
            s = scale.exp() * u @ v.T  # (1), (2)
            truth = torch.arange(len(chosen))
            loss = (cross_entropy(s, truth) + cross_entropy(s.T, truth)) / 2  # (4)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            recent.append(float(loss.detach()))
            if step % EVERY == 0 or step == steps:
                losses.append((step, float(np.mean(recent))))
                recent.clear()
                if tell:
                    tell(*losses[-1])
    return Towers(
        mean=mean,
        std=std,
        weight=_array(head.weight).T,
        bias=_array(head.bias),
        rows=dict(zip(pieces, _array(table.weight), strict=True)),
        temperature=1 / float(scale.detach().exp()),
        losses=tuple(losses),
    )


def _drawn(some: list[list[int]], row: dict[int, int], rng: np.random.Generator) -> list[int]:
    """Draw a caption: some of the words, in any order, as rows of the table."""
    order = rng.permutation(len(some))[: rng.integers(1, len(some) + 1)]
    return [row[number] for place in order for number in some[place]]


def _array(tensor: "torch.Tensor") -> FloatVectors:
    return np.asarray(tensor.detach().double().numpy())
