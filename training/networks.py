"""The small CLIP: its size, its vocabulary, its file."""

import io
import zipfile
from pathlib import Path

import torch
from clip.model import CLIP

# Widths are at least 64 where OpenAI's class takes heads = width // 64.
TOWER = {
    "embed_dim": 128,
    "image_resolution": 64,
    "vision_layers": (1, 1, 1, 1),
    "vision_width": 16,
    "vision_patch_size": None,
    "context_length": 77,
    "vocab_size": 49_408,
    "transformer_width": 64,
    "transformer_heads": 1,
    "transformer_layers": 2,
}
IMAGE_MEAN = torch.tensor([0.48145466, 0.4578275, 0.40821073])[:, None, None]  # OpenAI's own
IMAGE_STD = torch.tensor([0.26862954, 0.26130258, 0.27577711])[:, None, None]


def with_whole_vocabulary(model: CLIP, known: list[int]) -> CLIP:
    """Put a network that knows some words into one with CLIP's whole vocabulary.

    Parameters
    ----------
    model : CLIP
        Row 0 of its table of words is zero, row 1 + i belongs to ``known[i]``.
    known : list of int
        Numbers in CLIP's vocabulary.

    Returns
    -------
    CLIP
        The same network; the row of a word that was never seen is zero.
    """
    state = {key: value.detach().clone() for key, value in model.state_dict().items()}
    rows = state["token_embedding.weight"][1:]
    table = torch.zeros(TOWER["vocab_size"], TOWER["transformer_width"])
    table[known] = rows
    whole = CLIP(**TOWER)
    whole.load_state_dict({**state, "token_embedding.weight": table})
    return whole


def untrained(seed: int) -> CLIP:
    """Return the network as it is before its first step."""
    torch.manual_seed(seed)
    return CLIP(**TOWER).eval()


def read(path: Path) -> CLIP:
    """Return the network of a state dict in float32, ready to be used."""
    model = CLIP(**TOWER)
    model.load_state_dict(torch.load(path, weights_only=True, map_location="cpu"))
    return model.float().eval()


def shrink(state: dict[str, torch.Tensor]) -> bytes:
    """Write a state dict in half precision, compressed; any torch reads it as it is.

    torch stores its archive without compression. The table of words is mostly
    zero rows, and DEFLATE, which torch's reader knows, leaves little of them.
    """
    half = {
        key: value.half() if value.is_floating_point() else value for key, value in state.items()
    }
    plain = io.BytesIO()
    torch.save(half, plain)
    packed = io.BytesIO()
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(packed, "w") as new:
        for entry in old.infolist():
            name = zipfile.ZipInfo(entry.filename)  # of 1980: the same bytes every time
            name.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(name, old.read(entry), compresslevel=9)
    return packed.getvalue()
