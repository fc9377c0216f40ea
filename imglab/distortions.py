"""Changes of a picture with a strength: what a metric should or should not notice.

Each takes an RGB picture and a strength and returns a new picture of the same
shape and dtype. Strength 0 (1 for `scale`) changes nothing, except for `jpeg`,
whose strength is a quality. Places that a geometric change leaves empty repeat
the nearest edge pixel, so that no black border gives the change away.
"""

import io
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from imglab.validation import ByteImage, check_rgb

GRAY_BLOCK = 128  # the level of an occluding block


@dataclass(frozen=True)
class Distortion:
    """A change of a picture, as data.

    Attributes
    ----------
    key, title : str
        Name in code and in figures.
    function : callable
        ``function(image, strength)``, with a ``seed`` keyword where `seeded`.
    unit : str
        What the strength counts.
    neutral : float or None
        The strength that changes nothing; None where none exists.
    strengths : tuple of float
        Mild, medium, strong.
    seeded : bool
        Whether chance takes part.
    """

    key: str
    title: str
    function: Callable[..., ByteImage]
    unit: str
    neutral: float | None
    strengths: tuple[float, float, float]
    seeded: bool = False

    def __call__(self, image: npt.ArrayLike, strength: float, *, seed: int = 0) -> ByteImage:
        """Apply the change; see the function of the same name in this module."""
        if self.seeded:
            return self.function(image, strength, seed=seed)
        return self.function(image, strength)


def shift(image: npt.ArrayLike, strength: float) -> ByteImage:
    """Move the picture `strength` whole pixels to the right; the left edge repeats.

    Examples
    --------
    >>> import numpy as np
    >>> row = np.array([[[1] * 3, [2] * 3, [3] * 3]], dtype=np.uint8)
    >>> shift(row, 1)[0, :, 0].tolist()
    [1, 1, 2]
    """
    x = _check(image, strength, low=0, high=10_000, whole=True)
    columns = np.clip(np.arange(x.shape[1]) - int(strength), 0, None)
    return np.take(x, columns, axis=1)


def rotate(image: npt.ArrayLike, strength: float) -> ByteImage:
    """Turn the picture counter-clockwise by `strength` degrees about its centre."""
    x = _check(image, strength, low=-360, high=360)
    height, width = x.shape[:2]
    margin = int(np.ceil(np.hypot(height, width) / 2)) + 4  # 4: interpolation reaches further
    padded = np.pad(x, ((margin, margin), (margin, margin), (0, 0)), mode="edge")
    turned = Image.fromarray(padded).rotate(strength, Image.Resampling.BICUBIC)
    return _from_pillow(turned.crop((margin, margin, margin + width, margin + height)))


def scale(image: npt.ArrayLike, strength: float) -> ByteImage:
    """Enlarge (above 1) or shrink (below 1) about the centre, keeping the frame."""
    x = _check(image, strength, low=0.05, high=20)
    height, width = x.shape[:2]
    left, top = width * (1 - 1 / strength) / 2, height * (1 - 1 / strength) / 2
    rows, columns = (math.ceil(max(0.0, -side)) for side in (top, left))  # wider than the picture
    x = np.pad(x, ((rows, rows), (columns, columns), (0, 0)), mode="edge")
    box = (columns + left, rows + top, columns + width - left, rows + height - top)
    resized = Image.fromarray(x).resize((width, height), Image.Resampling.BICUBIC, box=box)
    return _from_pillow(resized)


def crop(image: npt.ArrayLike, strength: float) -> ByteImage:
    """Cut the share `strength` off the right and the bottom; resize the rest back."""
    x = _check(image, strength, low=0, high=0.95)
    height, width = x.shape[:2]
    right, bottom = width * (1 - strength), height * (1 - strength)
    kept = Image.fromarray(x[: math.ceil(bottom), : math.ceil(right)])
    box = (0.0, 0.0, right, bottom)
    return _from_pillow(kept.resize((width, height), Image.Resampling.BICUBIC, box=box))


def mirror(image: npt.ArrayLike, strength: float) -> ByteImage:
    """Swap left and right where `strength` is 1; 0 changes nothing."""
    x = _check(image, strength, low=0, high=1, whole=True)
    return (x[:, ::-1] if strength else x).copy()


def viewpoint(image: npt.ArrayLike, strength: float) -> ByteImage:
    """See the picture from its right: its left side shrinks by the share `strength`.

    A homography of a flat picture: what a real second view of a scene with
    depth would show, a flat picture cannot.
    """
    x = _check(image, strength, low=0, high=0.9)
    height, width = x.shape[:2]
    inset = height * strength / 2
    corners = [(0, inset), (width, 0), (width, height), (0, height - inset)]  # of the output
    frame = [(0, 0), (width, 0), (width, height), (0, height)]
    # The left edge of the output shows this much of the padding above and below.
    margin = math.ceil(inset / (1 - strength)) + 4  # 4 for the reach of the interpolation
    rows: list[list[float]] = []
    for (u, v), (p, q) in zip(corners, frame, strict=True):  # output (u, v) shows input (p, q)
        rows.append([u, v, 1, 0, 0, 0, -p * u, -p * v])
        rows.append([0, 0, 0, u, v, 1, -q * u, -q * v])
    wanted = np.array(frame, dtype=np.float64).ravel()
    a, b, c, d, e, f, g, h = np.linalg.solve(np.array(rows, dtype=np.float64), wanted)
    # The same map into the padded picture: p + margin, q + margin.
    a, b, c = a + margin * g, b + margin * h, c + margin
    d, e, f = d + margin * g, e + margin * h, f + margin
    padded = np.pad(x, ((margin, margin), (margin, margin), (0, 0)), mode="edge")
    seen = Image.fromarray(padded).transform(
        (width, height),
        Image.Transform.PERSPECTIVE,
        (a, b, c, d, e, f, g, h),
        Image.Resampling.BICUBIC,
    )
    return _from_pillow(seen)


def brightness(image: npt.ArrayLike, strength: float) -> ByteImage:
    """Add `strength` levels to every value; what leaves 0 to 255 is clipped.

    Examples
    --------
    >>> import numpy as np
    >>> brightness(np.full((1, 1, 3), 250, dtype=np.uint8), 40)[0, 0].tolist()
    [255, 255, 255]
    """
    return _to_bytes(_check(image, strength, low=-255, high=255).astype(np.float64) + strength)


def contrast(image: npt.ArrayLike, strength: float) -> ByteImage:
    """Multiply each value's distance from mid-grey, 127.5, by `strength`.

    Examples
    --------
    >>> import numpy as np
    >>> contrast(np.full((1, 1, 3), 100, dtype=np.uint8), 0.2)[0, 0].tolist()  # 127.5 - 5.5
    [122, 122, 122]
    """
    x = _check(image, strength, low=0, high=20).astype(np.float64)
    return _to_bytes(127.5 + strength * (x - 127.5))


def gamma(image: npt.ArrayLike, strength: float) -> ByteImage:
    """Raise each value, taken as a share of 255, to the power `strength`."""
    x = _check(image, strength, low=0.05, high=20).astype(np.float64)
    return _to_bytes(255 * (x / 255) ** strength)


def saturation(image: npt.ArrayLike, strength: float) -> ByteImage:
    """Multiply each pixel's distance from its own grey (BT.601) by `strength`."""
    x = _check(image, strength, low=0, high=20).astype(np.float64)
    gray = x @ np.array([0.299, 0.587, 0.114])  # (H, W)
    return _to_bytes(gray[..., None] + strength * (x - gray[..., None]))


def noise(image: npt.ArrayLike, strength: float, *, seed: int = 0) -> ByteImage:
    """Add Gaussian noise of standard deviation `strength` levels to every value."""
    x = _check(image, strength, low=0, high=1000).astype(np.float64)
    return _to_bytes(x + np.random.default_rng(seed).normal(0.0, strength, x.shape))


def salt_and_pepper(image: npt.ArrayLike, strength: float, *, seed: int = 0) -> ByteImage:
    """Turn the share `strength` of the pixels black or white, half and half."""
    x = _check(image, strength, low=0, high=1).copy()
    draw = np.random.default_rng(seed).random(x.shape[:2])
    x[draw < strength / 2] = 0
    x[(draw >= strength / 2) & (draw < strength)] = 255
    return x


def blur(image: npt.ArrayLike, strength: float) -> ByteImage:
    """Blur by Pillow's approximate Gaussian of standard deviation `strength` pixels."""
    x = _check(image, strength, low=0, high=1000)
    return _from_pillow(Image.fromarray(x).filter(ImageFilter.GaussianBlur(strength)))


def jpeg(image: npt.ArrayLike, strength: float) -> ByteImage:
    """Save as JPEG of quality `strength` (1 to 95) and read back."""
    x = _check(image, strength, low=1, high=95, whole=True)
    with io.BytesIO() as file:
        Image.fromarray(x).save(file, "JPEG", quality=int(strength))
        with Image.open(file, formats=["JPEG"]) as decoded:
            return _from_pillow(decoded)


def posterize(image: npt.ArrayLike, strength: float) -> ByteImage:
    """Round every value to one of `strength` evenly spaced levels.

    Examples
    --------
    >>> import numpy as np
    >>> posterize(np.full((1, 1, 3), 100, dtype=np.uint8), 2)[0, 0].tolist()  # 0 or 255
    [0, 0, 0]
    """
    x = _check(image, strength, low=2, high=256, whole=True).astype(np.float64)
    step = 255 / (strength - 1)
    return _to_bytes(np.rint(x / step) * step)


def occlude(image: npt.ArrayLike, strength: float, *, seed: int = 0) -> ByteImage:
    """Cover the share `strength` of the area by one grey block at a random place."""
    x = _check(image, strength, low=0, high=1).copy()
    height, width = x.shape[:2]
    rows, columns = (round(side * strength**0.5) for side in (height, width))
    rng = np.random.default_rng(seed)
    top = int(rng.integers(0, height - rows + 1))
    left = int(rng.integers(0, width - columns + 1))
    x[top : top + rows, left : left + columns] = GRAY_BLOCK
    return x


def shuffle(image: npt.ArrayLike, strength: float, *, seed: int = 0) -> ByteImage:
    """Cut the picture into `strength` by `strength` tiles and put them back at random.

    Rows and columns that do not fill a whole tile stay where they are.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    >>> y = shuffle(x, 4)  # 4 by 4 tiles of one pixel: a permutation of the pixels
    >>> sorted(y.ravel().tolist()) == sorted(x.ravel().tolist())
    True
    """
    x = _check(image, strength, low=1, high=10_000, whole=True)
    tiles = min(int(strength), *x.shape[:2])
    high, wide = x.shape[0] // tiles, x.shape[1] // tiles
    whole = x[: tiles * high, : tiles * wide]
    pieces = whole.reshape(tiles, high, tiles, wide, 3).swapaxes(1, 2)
    pieces = pieces.reshape(tiles * tiles, high, wide, 3)
    pieces = pieces[np.random.default_rng(seed).permutation(tiles * tiles)]
    pieces = pieces.reshape(tiles, tiles, high, wide, 3).swapaxes(1, 2)
    shuffled = x.copy()
    shuffled[: tiles * high, : tiles * wide] = pieces.reshape(whole.shape)
    return shuffled


DISTORTIONS: dict[str, Distortion] = {
    d.key: d
    for d in (
        Distortion("shift", "shift", shift, "pixels", 0, (1, 4, 16)),
        Distortion("rotate", "rotation", rotate, "degrees", 0, (2, 10, 45)),
        Distortion("scale", "zoom", scale, "times", 1, (1.05, 1.25, 2)),
        Distortion("crop", "crop", crop, "share of a side", 0, (0.05, 0.15, 0.4)),
        Distortion("mirror", "mirror", mirror, "0 or 1", 0, (1, 1, 1)),
        Distortion("viewpoint", "viewpoint", viewpoint, "share of the height", 0, (0.1, 0.3, 0.6)),
        Distortion("brightness", "brightness", brightness, "levels", 0, (10, 30, 80)),
        Distortion("contrast", "contrast", contrast, "times", 1, (0.8, 0.5, 0.2)),
        Distortion("gamma", "gamma", gamma, "exponent", 1, (1.2, 1.8, 3)),
        Distortion("saturation", "saturation", saturation, "times", 1, (0.7, 0.3, 0)),
        Distortion("noise", "noise", noise, "levels", 0, (5, 20, 60), seeded=True),
        Distortion(
            "salt_and_pepper",
            "salt and pepper",
            salt_and_pepper,
            "share of the pixels",
            0,
            (0.01, 0.05, 0.2),
            seeded=True,
        ),
        Distortion("blur", "blur", blur, "pixels", 0, (1, 3, 8)),
        Distortion("jpeg", "JPEG", jpeg, "quality", None, (75, 30, 5)),
        Distortion("posterize", "fewer levels", posterize, "levels", 256, (16, 6, 3)),
        Distortion(
            "occlude", "block", occlude, "share of the area", 0, (0.02, 0.1, 0.3), seeded=True
        ),
        Distortion(
            "shuffle", "shuffled tiles", shuffle, "tiles a side", 1, (2, 8, 64), seeded=True
        ),
    )
}
"""Every change by its key, in the order of the chapters: geometry, light, damage."""


def _check(
    image: npt.ArrayLike, strength: float, *, low: float, high: float, whole: bool = False
) -> ByteImage:
    x = check_rgb(image)
    if not low <= strength <= high or (whole and strength != int(strength)):
        kind = "a whole number" if whole else "a number"
        msg = f"strength must be {kind} from {low:g} to {high:g}, got {strength}; choose one"
        raise ValueError(msg)
    return x


def _to_bytes(values: npt.NDArray[np.float64]) -> ByteImage:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _from_pillow(image: Image.Image) -> ByteImage:
    return np.array(image, dtype=np.uint8)
