"""From two pictures to the rows of their table."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from imglab import calibration, keypoints, samples
from imglab.calibration import SIZE, Clouds
from imglab.catalogue import DEEP_METRICS, METRICS, Metric
from imglab.comparison.tables import Comparison, Row
from imglab.image import Picture, load
from imglab.masking import Mask, masked_value, read_mask
from imglab.validation import ByteImage, check_image

Source = str | os.PathLike[str] | Picture | npt.NDArray[np.uint8]


def compare(
    source0: Source,
    source1: Source,
    *,
    metrics: Iterable[str] | None = None,
    against: str | os.PathLike[str] | None = None,
    mask: Source | None = None,
) -> Comparison:
    """Measure how alike two pictures are by every metric of the catalogue.

    Each metric is computed twice: on the pictures as they are, if their sizes
    agree, and after both were resized to the calibration's square, where the
    value can be placed among unrelated pairs. A pair of the reference itself
    is left out of its own null distribution.

    Parameters
    ----------
    source0, source1 : path, bundled name, Picture or array (H, W, 3) of uint8
        The two pictures. A text that is no existing file and names a bundled
        picture means that picture.
    metrics : iterable of str, optional
        Keys of the catalogue; by default `METRICS`, all that need no torch.
    against : path, optional
        A folder whose pictures, taken as unrelated, serve as reference
        instead of the bundled ones.
    mask : as `source0`, optional
        A picture of the size of both, white where they are compared; see
        `imglab.masking`. Masked values have no place among unrelated pairs.

    Returns
    -------
    Comparison
        Prints as a table.

    Raises
    ------
    ImageInputError
        If a picture or the folder cannot be used.
    ValueError
        If an array is no RGB picture of uint8, a key is unknown, or a mask
        does not fit the pictures.
    MissingPackage
        If a metric needs torch, and it is not installed.
    """
    catalogue = METRICS | DEEP_METRICS
    keys = list(METRICS if metrics is None else metrics)
    if unknown := [key for key in keys if key not in catalogue]:
        known = ", ".join(catalogue)
        msg = f"metrics must be keys of the catalogue, got {unknown[0]!r}; it has {known}"
        raise ValueError(msg)
    picture0, picture1 = as_picture(source0, "image0"), as_picture(source1, "image1")
    notes = [f"{p.name}: {note}" for p in (picture0, picture1) for note in p.notes]
    shape0, shape1 = ((p.pixels.shape[0], p.pixels.shape[1]) for p in (picture0, picture1))
    if mask is not None:
        if against is not None:
            msg = "against must be left out with a mask: whole pictures are no reference for parts"
            raise ValueError(msg)
        part = _part(as_picture(mask, "mask"), shape0, shape1)
        rows = [_masked_row(catalogue[key], picture0.pixels, picture1.pixels, part) for key in keys]
        names, shapes = (picture0.name, picture1.name), (shape0, shape1)
        return Comparison(names, shapes, (*notes, *part.notes, str(part)), tuple(rows), part)
    if shape0 != shape1:
        notes.append(
            f"sizes differ: both are resized to {SIZE}x{SIZE} (Pillow bicubic, antialiased, "
            "proportions not kept); the value column needs one size"
        )
    notes += [
        f"{p.name}: keypoints are sought in a copy {times} times smaller"
        for p in (picture0, picture1)
        if (times := keypoints.reduction(p.pixels.shape)) > 1
        and any(catalogue[key].lesson == "04" for key in keys)
    ]
    whole = [_Prepared(p.pixels) for p in (picture0, picture1)]
    squares = [_Prepared(calibration.at_size(p.pixels)) for p in (picture0, picture1)]
    if against is None:
        clouds = {key: calibration.clouds(key) for key in keys}
    else:
        clouds, left_out = calibration.folder_clouds(Path(against), keys)
        notes.extend(left_out)
    rows = []
    for key in keys:
        same_size = shape0 == shape1 or not catalogue[key].needs_equal_size
        rows.append(_row(catalogue[key], whole if same_size else None, squares, clouds[key]))
    return Comparison(
        names=(picture0.name, picture1.name),
        shapes=(shape0, shape1),
        notes=tuple(notes),
        rows=tuple(rows),
    )


def as_picture(source: Source, name: str) -> Picture:
    """Return what `compare` takes as a picture, called `name` where it is a bare array.

    Raises
    ------
    ImageInputError
        If a file or a name cannot be used.
    ValueError
        If an array is no RGB picture of uint8.
    """
    if isinstance(source, Picture):
        return source
    if isinstance(source, np.ndarray):
        array = check_image(source, name=name)
        if array.dtype != np.uint8 or array.ndim != 3:
            msg = (
                f"{name} must be RGB of shape (H, W, 3) and dtype uint8, got {array.shape} "
                f"{array.dtype}; load a file with imglab.load"
            )
            raise ValueError(msg)
        return Picture(pixels=np.array(array, order="C"), name=name, notes=())
    if isinstance(source, str) and source in samples.names() and not Path(source).is_file():
        return Picture(pixels=samples.load(source), name=source, notes=())
    return load(source)


def _part(mask: Picture, shape0: tuple[int, int], shape1: tuple[int, int]) -> Mask:
    if shape0 != shape1:
        (tall0, wide0), (tall1, wide1) = shape0, shape1
        msg = (
            f"with a mask both pictures must have one size, got {wide0}x{tall0} and "
            f"{wide1}x{tall1}; resize or crop one of them first"
        )
        raise ValueError(msg)
    return read_mask(mask, shape0)


def _masked_row(metric: Metric, image0: ByteImage, image1: ByteImage, mask: Mask) -> Row:
    try:
        return Row(metric, masked_value(metric, image0, image1, mask), None, None)
    except ValueError as reason:
        return Row(metric, None, None, None, undefined=str(reason))


class _Prepared:
    """A picture, and what metrics make of it before they compare it: each thing once."""

    def __init__(self, pixels: ByteImage) -> None:
        self.pixels = pixels
        self._made: dict[Any, Any] = {}

    def by(self, metric: Metric) -> Any:  # noqa: ANN401
        prepare = metric.steps.prepare
        if prepare not in self._made:
            self._made[prepare] = prepare(self.pixels)
        return self._made[prepare]


def _row(
    metric: Metric, whole: list[_Prepared] | None, squares: list[_Prepared], clouds: Clouds
) -> Row:
    value = None
    try:
        value = metric.steps.between(*(one.by(metric) for one in whole)) if whole else None
        calibrated = metric.steps.between(*(one.by(metric) for one in squares))
    except ValueError as reason:  # also where a picture is too small for a metric's window
        return Row(metric, value, None, None, undefined=str(reason))
    name0, name1 = (calibration.name_of(square.pixels, clouds) for square in squares)
    leave_out = (name0, name1) if name0 and name1 else None
    place = calibration.standing(calibrated, clouds, leave_out=leave_out)
    return Row(metric, value, calibrated, place)
