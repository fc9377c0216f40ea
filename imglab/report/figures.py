"""What lies between two pictures: their difference, their SSIM map, their matches."""

import io
from dataclasses import dataclass

import numpy as np

from imglab import calibration, keypoints, ssim
from imglab.image import Picture, encode_png, resize, to_gray
from imglab.validation import ByteImage, FloatImage, UndefinedMetric

LARGEST = 512  # pixels a side of a picture in a report
LIMITS = (8, 16, 32, 64, 128, 255)  # differences drawn in full colour, in levels
ORANGE, PURPLE = np.array([179.0, 88.0, 6.0]), np.array([84.0, 39.0, 136.0])  # at full difference


@dataclass(frozen=True, eq=False)
class Shown:
    """One picture of a report.

    Attributes
    ----------
    title : str
        Heading.
    png : bytes
        The picture; empty where it could not be drawn.
    alt : str
        What is to be seen.
    reading : str
        How to read it, or why it could not be drawn.
    """

    title: str
    png: bytes
    alt: str
    reading: str


def fitted(image: ByteImage) -> ByteImage:
    """Reduce a picture to at most 512 pixels a side, proportions kept."""
    height, width = image.shape[:2]
    factor = LARGEST / max(height, width)
    if factor >= 1:
        return image
    return resize(image, (max(1, round(height * factor)), max(1, round(width * factor))))


def draw(picture0: Picture, picture1: Picture, *, deep: bool = False) -> tuple[Shown, ...]:
    """Draw what lies between two pictures.

    Parameters
    ----------
    picture0, picture1 : Picture
        Of equal size they are reduced to at most 512 pixels a side; otherwise
        both are brought to the calibration's square, as for the table.
    deep : bool
        Whether to ask the network of lesson 05, too; it needs torch.

    Returns
    -------
    tuple of Shown
        The difference, the SSIM map, the matches, and where `deep` the regions
        that a network's cosine comes from.
    """
    if picture0.pixels.shape == picture1.pixels.shape:
        rgb = [fitted(picture.pixels) for picture in (picture0, picture1)]
    else:
        rgb = [calibration.at_size(picture.pixels) for picture in (picture0, picture1)]
    x, y = (to_gray(image) for image in rgb)
    squares = [to_gray(calibration.at_size(p.pixels)) for p in (picture0, picture1)]
    shown = _difference(x, y), _map(x, y), _matches(squares[0], squares[1])
    return (*shown, _regions(picture0.pixels, picture1.pixels)) if deep else shown


def lit(image: ByteImage, contributions: FloatImage, limit: float) -> ByteImage:
    """Darken a picture where a region contributes little.

    Parameters
    ----------
    image : ndarray of shape (H, W, 3), uint8
        H and W are multiples of those of the map.
    contributions : ndarray of shape (h, w)
        0 is drawn at a fifth of the light, `limit` and beyond at all of it.
    limit : float
        Above 0.

    Returns
    -------
    ndarray of shape (H, W, 3), uint8
        A new picture.

    Examples
    --------
    >>> white = np.full((1, 3, 3), 255, dtype=np.uint8)
    >>> lit(white, np.array([[0.0, 0.5, 2.0]]), 1.0)[0, :, 0].tolist()  # 0.2, 0.6, 1 of 255
    [51, 153, 255]
    """
    share = 0.2 + 0.8 * np.clip(contributions / limit, 0, 1)
    rows, columns = (a // b for a, b in zip(image.shape, contributions.shape, strict=False))
    light = share.repeat(rows, axis=0).repeat(columns, axis=1)  # (H, W)
    return np.asarray(np.rint(image * light[..., None]).astype(np.uint8))


def difference_colours(difference: FloatImage, limit: float) -> ByteImage:
    """Colour a signed difference: orange above 0, purple below, white at 0.

    Parameters
    ----------
    difference : ndarray of shape (H, W)
        In levels.
    limit : float
        The size drawn in full colour.

    Returns
    -------
    ndarray of shape (H, W, 3), uint8
        Both colours fade linearly to white.

    Examples
    --------
    >>> difference_colours(np.array([[0.0, 10.0, -20.0]]), 10).tolist()
    [[[255, 255, 255], [179, 88, 6], [84, 39, 136]]]
    """
    share = np.clip(np.abs(difference) / limit, 0, 1)[..., None]  # (H, W, 1)
    full = np.where(difference[..., None] > 0, ORANGE, PURPLE)
    return np.asarray(np.rint(255 + share * (full - 255)).astype(np.uint8))


def _difference(x: ByteImage, y: ByteImage) -> Shown:
    d = x.astype(np.float64) - y
    most, mean = int(np.abs(d).max()), float(np.abs(d).mean())
    limit = next(limit for limit in LIMITS if limit >= most)
    reading = (
        f"Grey levels of the first picture less those of the second, at {_size(x)}. White: equal. "
        f"Orange: the first is lighter; purple: the second is; full colour at {limit} levels. "
        f"The greatest difference is {most} levels, the mean of their sizes {mean:.2f}."
    )
    if not most:
        reading = f"At {_size(x)} the grey levels are equal everywhere, so all is white."
    alt = f"The difference of the two pictures, in orange and purple on white; at most {most}."
    return Shown("Difference", encode_png(difference_colours(d, limit)), alt, reading)


def _map(x: ByteImage, y: ByteImage) -> Shown:
    title, side = "SSIM map", ssim.SIDES["gaussian"]
    if min(x.shape) < side:
        wrong = f"There is none: at {_size(x)} no window of {side}x{side} pixels fits in."
        return Shown(title, b"", "", wrong)
    values = ssim.structural_similarity_map(x, y, data_range=255)
    row, col = np.unravel_index(int(values.argmin()), values.shape)
    share = float(np.mean(values < 0.5))
    reading = (
        f"SSIM in the window of {side}x{side} pixels around each pixel, at {_size(x)}. White is 1, "
        f"equal; mid-grey is 0, black -1. Its mean is {values.mean():.4f}; {100 * share:.0f} % of "
        f"the windows lie below 0.5, the lowest, {values.min():.2f}, at row {row + side // 2}, "
        f"column {col + side // 2}. The table's SSIM is that of the pictures at their own size."
    )
    alt = f"A map of SSIM, light where the pictures agree; its mean is {values.mean():.2f}."
    gray = np.rint(np.clip((values + 1) * 127.5, 0, 255)).astype(np.uint8)
    return Shown(title, encode_png(gray), alt, reading)


def _matches(x: ByteImage, y: ByteImage) -> Shown:
    title = "Keypoints found again"
    found = keypoints.match(x, y, seed=0)
    if not found.mutual_ratio:
        none = found.reason or "no match is clear and one to one"
        return Shown(title, b"", "", f"There are no lines to draw: {none}.")
    groups = {"one sane change of viewpoint": found.points("inliers")} if found.sane else {}
    groups["all one-to-one matches"] = found.points("mutual_ratio")
    from imglab import plotting  # matplotlib takes half a second to load

    figure = plotting.matches({"first": x, "second": y}, groups)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100, facecolor="white")
    told = f"Keypoints (ORB) that match one to one: {found.mutual_ratio}"
    fit = (
        f"{found.inliers} of them, at {found.distinct} places, fit one sane change of viewpoint"
        if found.sane
        else f"no sane change of viewpoint explains them: {found.reason}"
    )
    reading = f"{told}; {fit}. Both pictures are drawn at {_size(x)}, as they were matched."
    alt = f"Both pictures side by side, with lines between {found.mutual_ratio} matched points."
    return Shown(title, buffer.getvalue(), alt, reading)


def _regions(image0: ByteImage, image1: ByteImage) -> Shown:
    from imglab import cnn

    title = "Where the network's cosine comes from"
    try:
        maps = cnn.similarity_maps(image0, image1)
    except UndefinedMetric as reason:
        return Shown(title, b"", "", f"There is no map: {reason}.")
    limit = max(1.0, *(float(one.max()) for one in maps))
    seen = [cnn.seen(image) for image in (image0, image1)]
    left, right = (lit(image, one, limit) for image, one in zip(seen, maps, strict=True))
    gap = np.full((left.shape[0], 16, 3), 255, np.uint8)
    reading = (
        f"What the network saw of each picture, in {maps[0].shape[0]} by {maps[0].shape[1]} "
        f"regions. A region is as light as it contributes to the cosine: at a fifth of its light "
        f"nothing, at full light {limit:.2f}. The mean over the regions of either picture is the "
        f"cosine, {maps[0].mean():.3f}."
    )
    alt = "Both pictures in squares, the lighter the more a square contributes to the cosine."
    return Shown(title, encode_png(np.concatenate([left, gap, right], axis=1)), alt, reading)


def _size(image: ByteImage) -> str:
    return f"{image.shape[1]}x{image.shape[0]}"
