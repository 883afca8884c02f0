"""Drawing detections and true objects into images."""

from collections.abc import Sequence

import cv2
import numpy as np
from jaxtyping import UInt8
from torch import Tensor

from boxwright.evaluation.label_plates import draw_plates
from boxwright.evaluation.mask_painting import paint_masks
from boxwright.lettering.fonts import showable
from boxwright.structures import Detections, GroundTruth

Image = UInt8[np.ndarray, "_height _width 3"]


def _rgb(color: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return red, green, blue


# dark enough for white letters, and far from each other and from grey
CLASS_COLORS = (
    "#0072B2", "#D55E00", "#00805E", "#7B2D8E", "#C1121F", "#00838F",
    "#8C510A", "#283593", "#C2185B", "#5F6B00", "#455A64", "#111111",
)  # fmt: skip
IGNORED_COLOR = "#757575"
_RGB = [_rgb(each) for each in CLASS_COLORS]
_GREY = _rgb(IGNORED_COLOR)
MOST_LABELS = 60
"""Objects in one image up to which names and scores are written."""


def draw_detections(
    image: Image,
    detections: Detections,
    categories: Sequence[str],
    truth: GroundTruth | None = None,
    *,
    score_threshold: float = 0.0,
) -> Image:
    """Draws what was found: boxes in the colour of their class, with name and score, and masks if there are any.

    Where more than 60 objects are drawn, names and scores are left out, since they would hide the image.

    With the truth given, true objects lie underneath as broad white boxes, ignored regions as grey ones: a good
    detection has a white rim, a missed object is a white box alone, a false alarm is a coloured box alone.

    Args:
        image: RGB, of the size that the boxes refer to.
        detections: Boxes, and masks if any, in pixels of this image.
        categories: Class names by label.
        truth: The objects that are there, or None.
        score_threshold: Detections with a lower score are left out.

    Returns:
        A new image.
    """
    shown = (detections.scores >= score_threshold).cpu()
    found = detections.to("cpu").rows(shown)
    colors = class_colors(found.labels)
    scene = image.copy() if found.masks is None else paint_masks(image, found.masks, colors)
    thickness = _thickness(image.shape)
    if truth is not None:
        _draw_rims(scene, truth, thickness)
    names = [showable(name) for name in categories]
    ids = [""] * len(found) if found.ids is None else [f" #{each}" if each > 0 else "" for each in found.ids.tolist()]
    columns = zip(found.labels.tolist(), ids, found.scores.tolist(), strict=True)
    texts = [f"{names[label]}{number} {score:.2f}" for label, number, score in columns]
    _draw_boxes(scene, found.boxes, colors, thickness)
    if len(texts) <= MOST_LABELS:
        draw_plates(scene, found.boxes.tolist(), texts, colors)
    return scene


def draw_truth(image: Image, truth: GroundTruth, categories: Sequence[str]) -> Image:
    """Draws the true objects: boxes in the colour of their class, with its name, and masks; ignored regions in grey.

    Args:
        image: RGB, of the size that the boxes refer to.
        truth: The objects that are there.
        categories: Class names by label.

    Returns:
        A new image.
    """
    colors = class_colors(truth.labels, truth.ignore)
    scene = image.copy() if truth.masks is None else paint_masks(image, truth.masks, colors)
    columns = zip(truth.labels.tolist(), truth.ignore.tolist(), strict=True)
    texts = ["ignored" if is_ignored else showable(categories[label]) for label, is_ignored in columns]
    order = (~truth.ignore).argsort(stable=True).tolist()  # regions underneath
    boxes = truth.boxes[order]
    colors, texts = [colors[row] for row in order], [texts[row] for row in order]
    _draw_boxes(scene, boxes, colors, _thickness(image.shape))
    if len(texts) <= MOST_LABELS:
        draw_plates(scene, boxes.tolist(), texts, colors)
    return scene


def class_color(label: int) -> tuple[int, int, int]:
    """Gives the colour of a class as RGB: label n has colour n, over again after the last.

    Args:
        label: Class index.
    """
    return _RGB[label % len(_RGB)]


def class_colors(labels: Tensor, ignore: Tensor | None = None) -> list[tuple[int, int, int]]:
    """Gives the colour of every object as RGB.

    Args:
        labels: Class indices.
        ignore: Which of them are ignored regions, which are grey.
    """
    colors = [class_color(label) for label in labels.tolist()]
    if ignore is None:
        return colors
    return [_GREY if flag else color for color, flag in zip(colors, ignore.tolist(), strict=True)]


def _draw_rims(scene: Image, truth: GroundTruth, thickness: int) -> None:
    """Draws true objects as broad white boxes with a black edge, ignored regions as grey ones."""
    regions, targets = truth.boxes[truth.ignore], truth.boxes[~truth.ignore]
    _draw_boxes(scene, regions, [_GREY] * len(regions), thickness + 2)
    for color, extra in (((0, 0, 0), 4), ((255, 255, 255), 2)):
        _draw_boxes(scene, targets, [color] * len(targets), thickness + extra)


def _draw_boxes(scene: Image, boxes: Tensor, colors: Sequence[tuple[int, int, int]], thickness: int) -> None:
    for (left, top, right, bottom), color in zip(boxes.int().tolist(), colors, strict=True):
        cv2.rectangle(scene, (left, top), (right, bottom), color, thickness)


def _thickness(shape: tuple[int, ...]) -> int:
    return max(1, round(min(shape[:2]) / 240))
