"""The models, and their weights: read from a checked file, and then by OpenAI's own loader.

``clip.load`` hands a path to readers of pickles and does not check what lies
there. So a file is read once and hashed, and only bytes whose SHA-256 is right
are given to the loader, in a copy that nobody else has touched.
"""

import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from imglab import samples
from imglab.validation import needs_deep

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image

NAMES = ("emoji_styles", "emoji_names", "vit_b32")
DEFAULT = "emoji_names"
TITLES = {
    "emoji_styles": "CLIP, captions with styles",
    "emoji_names": "CLIP, captions without styles",
    "vit_b32": "CLIP ViT-B/32",
}
SHIPPED = {
    "emoji_styles": "89e06f161baf6bc4160299c09b9486382ab9b062086507368ea2d3459b4c7327",
    "emoji_names": "c5739a982f1bd165cdb9df6066b4d4bcb775ba1484b598d6be1a8a2d0d0aad8e",
}
"""Model to the SHA-256 of its file in the data folder."""
VIT_B32 = "ViT-B-32.pt"


@dataclass(frozen=True, eq=False)
class Model:
    """A network for pictures and one for texts, trained together.

    Attributes
    ----------
    name : str
        What `load_model` was asked for.
    title : str
        For tables and figures.
    network : torch.nn.Module
        OpenAI's ``clip.model.CLIP``, in evaluation mode.
    preprocess : callable
        From a Pillow picture to the tensor (3, side, side) that it is fed
        with: the shorter side resized to `side` (bicubic), the middle cut out,
        then mean and standard deviation of CLIP's own training.
    side : int
        Height and width of what the network sees, in pixels.
    size : int
        Length of a vector.
    temperature : float
        By which cosines are divided before the softmax; learned.
    longest : int
        Pieces of a text that fit, with the two marks of its begin and end.
    known : frozenset of int
        Numbers of the pieces that occurred in training. For the models of
        this project alone; ViT-B/32 has a row of its own for every piece.
    """

    name: str
    title: str
    network: "torch.nn.Module"
    preprocess: "Callable[[Image], torch.Tensor]"
    side: int
    size: int
    temperature: float
    longest: int
    known: frozenset[int]

    def __repr__(self) -> str:
        """Return what tells this model from another, in one line."""
        return (
            f"Model({self.name}: sees {self.side}x{self.side}, vectors of {self.size}, "
            f"temperature {self.temperature:.4f}, {len(self.known)} pieces known)"
        )


def load_model(name: str = DEFAULT) -> Model:
    """Load a model in evaluation mode; loaded once, then kept.

    Parameters
    ----------
    name : {"emoji_styles", "emoji_names", "vit_b32"}
        The first two were trained by this project on captioned emoji and are
        always there: with words for the drawing style in the captions, and
        without. The third is OpenAI's ViT-B/32, once ``imglab fetch vit_b32``
        has brought it.

    Raises
    ------
    ValueError
        If there is no such model.
    MissingPackage
        If torch or OpenAI's code is not installed.
    PinnedFileError
        If the weights are not there or not the published ones. They are
        hashed at every load from the disk, before anything reads them.
    """
    if name not in NAMES:
        msg = f"name must be one of {', '.join(NAMES)}, got {name!r}; choose one of them"
        raise ValueError(msg)
    return _load(name)


@cache
def official() -> ModuleType:
    """Import OpenAI's package ``clip``, without the warning that its import gives.

    It imports ``pkg_resources``, which warns that it is deprecated and names a
    path of this machine.
    """
    with needs_deep(), warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message="pkg_resources is deprecated as an API", category=UserWarning
        )
        import clip
    return clip  # type: ignore[no-any-return]  # it has no types


@cache
def _load(name: str) -> Model:
    from imglab import weights  # with it comes what downloads, which a comparison never needs

    loader = official()
    data = weights.read(name, VIT_B32) if name == "vit_b32" else _shipped(name)
    network, preprocess = _from_bytes(loader, data)
    table = network.token_embedding.weight.detach()  # (pieces, width)
    return Model(
        name=name,
        title=TITLES[name],
        network=network,
        preprocess=preprocess,
        side=int(network.visual.input_resolution),
        size=int(network.text_projection.shape[1]),
        temperature=1 / float(network.logit_scale.detach().exp()),
        longest=int(network.context_length),
        known=frozenset(table.abs().sum(dim=1).nonzero()[:, 0].tolist()),
    )


def _shipped(name: str) -> bytes:
    from imglab import weights

    path = samples.data_path(f"weights/{name}.pt")
    cure = "Install imglab again, or check its folder 'data' out"
    return weights.read_checked(path, SHIPPED[name], cure=cure)


def _from_bytes(loader: ModuleType, data: bytes) -> tuple[Any, Any]:
    """Let the official loader read bytes that were checked, from a copy of our own."""
    with tempfile.TemporaryDirectory(prefix="imglab-") as folder:
        path = Path(folder) / "model.pt"
        path.write_bytes(data)
        with warnings.catch_warnings():
            warnings.filterwarnings(
                "ignore", message=r"`torch\.jit\.load` is deprecated", category=FutureWarning
            )
            network, preprocess = loader.load(str(path), device="cpu", jit=False)
    return network.eval(), preprocess
