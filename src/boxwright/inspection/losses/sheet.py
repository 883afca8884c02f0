"""One picture of the objects that a training could not learn."""

import math
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import UInt8
from PIL import Image as PilImage
from PIL import ImageDraw

from boxwright.data import Dataset
from boxwright.errors import ConfigError, DataError
from boxwright.evaluation import write_picture
from boxwright.evaluation.picture_file import require_picture_suffix
from boxwright.evaluation.pictures import class_color
from boxwright.inspection.losses.ranking import RankedObject
from boxwright.lettering.fonts import showable
from boxwright.lettering.pillow_font import AnyLetterFont
from boxwright.structures import GroundTruth
from boxwright.writing.atomic_file import require_free

Picture = UInt8[np.ndarray, "_height _width 3"]

PANEL, CAPTION, MARGIN, TEXT_SIZE = 200, 44, 8, 13
_LEAST_VIEW = 48  # pixels of the image
_SURROUNDINGS = 2.0  # sides of the view per longest side of the object
_OTHERS = (255, 255, 255)
_CURE = "Name the data set that the log was made on."


def losses_sheet(
    ranking: Sequence[RankedObject], data: Dataset, path: str | Path, *, count: int = 48, columns: int = 8
) -> Path:
    """Draws the first objects of a ranking, each with its surroundings, its annotated box and class, and its score.

    Other annotated objects have thin white boxes.

    Args:
        ranking: Of `rank_objects`.
        data: The data set that was trained on (its "train" part).
        path: JPEG or PNG; a file that is there stays.
        count: How many objects.
        columns: Objects beside each other.

    Returns:
        The path.

    Raises:
        ConfigError: A number is below 1, there is nothing to draw, or the picture cannot be written there.
        DataError: The data set is not the one of the log.
    """
    require_free(Path(path), "sheet")
    require_picture_suffix(Path(path))
    shown = list(ranking[:count])
    if not shown or count < 1 or columns < 1:
        raise ConfigError(
            f"A sheet needs objects, and count and columns of at least 1; found {len(ranking)}, {count} and {columns}."
        )
    panels: dict[int, Picture] = {}
    places = _places(shown, data)
    for position in dict.fromkeys(places):  # every image is decoded once
        of_image = [each for each, place in zip(shown, places, strict=True) if place == position]
        truth = _truth(of_image, data, position)
        pixels = data[position].image.permute(1, 2, 0).numpy()
        panels |= {each.rank: _panel(each, pixels, truth) for each in of_image}
    cells = [panels[each.rank] for each in shown]
    width = min(columns, len(cells))
    cells += [np.full_like(cells[0], 255)] * (-len(cells) % width)
    rows = [np.concatenate(cells[start : start + width], axis=1) for start in range(0, len(cells), width)]
    return write_picture(path, np.concatenate(rows))


def _places(objects: Sequence[RankedObject], data: Dataset) -> list[int]:
    """Finds the images: where the log says, or by their ids if some images were left out then or now."""
    if all(each.position < len(data) and _id(data, each.position) == each.image_id for each in objects):
        return [each.position for each in objects]
    by_id = {_id(data, position): position for position in range(len(data))}
    lacking = next((each for each in objects if each.image_id not in by_id), None)
    if lacking is not None:
        raise DataError(
            f"The log tells of {_name(lacking)}, the data set has no image of id {lacking.image_id}. {_CURE}"
        )
    return [by_id[each.image_id] for each in objects]


def _truth(objects: Sequence[RankedObject], data: Dataset, position: int) -> GroundTruth:
    truth, row = data.truth(position), max(each.row for each in objects)
    if row >= len(truth):
        raise DataError(
            f"The log tells of object {row + 1} of {_name(objects[0])}, the data set has {len(truth)} there. {_CURE}"
        )
    return truth


def _id(data: Dataset, position: int) -> int:
    return data.truth(position).origin.image_id


def _name(ranked: RankedObject) -> str:
    return Path(ranked.image).name or f"image {ranked.image_id}"


def _panel(ranked: RankedObject, image: Picture, truth: GroundTruth) -> Picture:
    x1, y1, x2, y2 = truth.boxes[ranked.row].tolist()
    side = math.ceil(max(_LEAST_VIEW, _SURROUNDINGS * max(x2 - x1, y2 - y1)))
    left, top, scale = (x1 + x2 - side) / 2, (y1 + y2 - side) / 2, PANEL / side
    to_part = np.array([[1, 0, -left], [0, 1, -top]])
    part = cv2.warpAffine(np.ascontiguousarray(image), to_part, (side, side), borderValue=(114, 114, 114))
    view = cv2.resize(part, (PANEL, PANEL), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    corners = (truth.boxes.numpy().reshape(-1, 2, 2) - (left, top)) * scale
    color = class_color(ranked.label)
    for row, (near, far) in enumerate(corners.round().astype(int).tolist()):
        if row != ranked.row:
            cv2.rectangle(view, near, far, _OTHERS, 1, cv2.LINE_AA)
    near, far = corners[ranked.row].round().astype(int).tolist()
    cv2.rectangle(view, near, far, color, 3, cv2.LINE_AA)
    title = f"{ranked.rank}. {showable(ranked.category)} {ranked.score:.2f}"
    lines = (title, f"{showable(_name(ranked))} #{ranked.row}")
    panel = np.concatenate([_caption(lines, color), np.asarray(view, dtype=np.uint8)])
    return np.pad(panel, ((0, MARGIN), (0, MARGIN), (0, 0)), constant_values=255)


def _caption(lines: Sequence[str], color: tuple[int, int, int]) -> Picture:
    strip = PilImage.new("RGB", (PANEL, CAPTION), "white")
    pen, font = ImageDraw.Draw(strip), AnyLetterFont(TEXT_SIZE)
    for number, (text, fill) in enumerate(zip(lines, (color, (0, 0, 0)), strict=True)):
        while font.getlength(text) > PANEL - 4 and len(text) > 2:
            text = "…" + text[2:]
        pen.text((2, 2 + number * (TEXT_SIZE + 5)), text, fill=fill, font=font)
    return np.array(strip)
