"""What may be fetched, and the error that says what went wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

FaultCode = Literal[
    "unknown-name",
    "missing",
    "not-readable",
    "changed",
    "unreachable",
    "refused",
    "interrupted",
    "wrong-bytes",
    "disk-full",
    "not-writable",
]


@dataclass(frozen=True)
class Pinned:
    """One file as it was published.

    Parameters
    ----------
    file : str
        Its base name.
    url : str
        Where it is downloaded from.
    sha256 : str
        Digest of the file, 64 hexadecimal digits.
    size : int
        Its length, in bytes.
    licence : str
        What is known of its licence.
    """

    file: str
    url: str
    sha256: str
    size: int
    licence: str


Table = Mapping[str, tuple[Pinned, ...]]

_SEED = "https://raw.githubusercontent.com/tonypithony/compare_2images/refs/heads/main"
_CLIP_DIGEST = "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af"

FILES: Table = MappingProxyType(
    {
        "seed": (
            Pinned(
                file="vermeer.jpg",
                url=f"{_SEED}/vermeer.jpg",
                sha256="01d17c5c716619e5ea0973eb230076723f4366fecfc57352c2f7f9fd33538809",
                size=69_757,
                licence="a painting of about 1665; the licence of this reproduction is not known",
            ),
            Pinned(
                file="amelie_lens.jpg",
                url=f"{_SEED}/amelie_lens.jpg",
                sha256="0f63c1185a5c973ad47a4cd36d5bc113ed56ca9a32005f87d5b2a979e0ca0993",
                size=321_336,
                licence="a photograph, licence not known: for your own use, do not pass it on",
            ),
        ),
        "resnet50": (
            Pinned(
                file="resnet50-0676ba61.pth",
                url="https://download.pytorch.org/models/resnet50-0676ba61.pth",
                sha256="0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a",
                size=102_530_333,
                licence="published with torchvision, whose code is under BSD-3-Clause",
            ),
        ),
        "vit_b32": (
            Pinned(
                file="ViT-B-32.pt",
                url=f"https://openaipublic.azureedge.net/clip/models/{_CLIP_DIGEST}/ViT-B-32.pt",
                sha256=_CLIP_DIGEST,
                size=353_976_522,
                licence="published by OpenAI with its CLIP code, which is under MIT",
            ),
        ),
    }
)
"""What may be fetched. A file stands here only with its whole SHA-256."""


class PinnedFileError(ValueError):
    """A pinned file that cannot be fetched or used, said in one line.

    Parameters
    ----------
    message : str
        What is wrong and what to do.
    code : str
        A stable word for programs, such as ``"unreachable"``.
    """

    def __init__(self, message: str, *, code: FaultCode) -> None:
        super().__init__(message)
        self.code = code


def look_up(name: str, table: Table) -> tuple[Pinned, ...]:
    """Return the files of one name, or say which names there are."""
    if name not in table:
        msg = f"Nothing to fetch is named {name!r}. Choose: {' '.join(table)}"
        raise PinnedFileError(msg, code="unknown-name")
    return table[name]


def fault(
    file: str, wrong: str, cure: str, code: FaultCode, *, doing: str = "fetch"
) -> PinnedFileError:
    """Make the error of one file: what is wrong and what to do, without full stops."""
    return PinnedFileError(f"Cannot {doing} '{file}': {wrong}. {cure}.", code=code)
