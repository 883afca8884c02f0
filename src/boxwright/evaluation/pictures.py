"""Drawing detections and true objects into images."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import supervision as sv
from jaxtyping import UInt8
from torch import Tensor

from boxwright.evaluation.mask_painting import paint_masks
from boxwright.lettering.fonts import showable
from boxwright.lettering.pillow_font import AnyLetterFont
from boxwright.structures import Detections, GroundTruth

Image = UInt8[np.ndarray, "_height _width 3"]

# dark enough for white letters, and far from each other and from grey
CLASS_COLORS = (
    "#0072B2", "#D55E00", "#00805E", "#7B2D8E", "#C1121F", "#00838F",
    "#8C510A", "#283593", "#C2185B", "#5F6B00", "#455A64", "#111111",
)  # fmt: skip
IGNORED_COLOR = "#757575"
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
    if detections.masks is not None:
        image = paint_masks(image, detections.masks.rows(shown), class_colors(detections.labels.cpu()[shown]))
    scene: Any = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    thickness = _thickness(image.shape)
    if truth is not None:
        scene = _with_rims(scene, truth, thickness)
    boxes, labels, scores = (column.cpu()[shown] for column in (detections.boxes, detections.labels, detections.scores))
    names = [showable(name) for name in categories]
    texts = [f"{names[label]} {score:.2f}" for label, score in zip(labels.tolist(), scores.tolist(), strict=True)]
    return _annotated(scene, _drawable(boxes, labels), texts, thickness)


def draw_truth(image: Image, truth: GroundTruth, categories: Sequence[str]) -> Image:
    """Draws the true objects: boxes in the colour of their class, with its name, and masks; ignored regions in grey.

    Args:
        image: RGB, of the size that the boxes refer to.
        truth: The objects that are there.
        categories: Class names by label.

    Returns:
        A new image.
    """
    if truth.masks is not None:
        image = paint_masks(image, truth.masks, class_colors(truth.labels, truth.ignore))
    scene: Any = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    thickness = _thickness(image.shape)
    grey, regions = sv.Color.from_hex(IGNORED_COLOR), _drawable(truth.boxes, truth.labels, truth.ignore)
    scene = sv.BoxAnnotator(grey, thickness).annotate(scene, regions)
    scene = _label_annotator(image.shape, grey).annotate(scene, regions, ["ignored"] * len(regions))
    texts = [showable(categories[label]) for label in truth.labels[~truth.ignore].tolist()]
    return _annotated(scene, _drawable(truth.boxes, truth.labels, ~truth.ignore), texts, thickness)


def class_palette() -> sv.ColorPalette:
    """Gives the colours of the classes; label n has colour n, over again after the last."""
    return sv.ColorPalette.from_hex(list(CLASS_COLORS))


def class_colors(labels: Tensor, ignore: Tensor | None = None) -> list[tuple[int, int, int]]:
    """Gives the colour of every object as RGB.

    Args:
        labels: Class indices.
        ignore: Which of them are ignored regions, which are grey.
    """
    colors = [class_palette().by_idx(label).as_rgb() for label in labels.tolist()]
    if ignore is None:
        return colors
    grey = sv.Color.from_hex(IGNORED_COLOR).as_rgb()
    return [grey if flag else color for color, flag in zip(colors, ignore.tolist(), strict=True)]


def _annotated(scene: Any, boxes: sv.Detections, labels: list[str], thickness: int) -> Image:
    """Draws boxes, then all labels over them, into a BGR scene; gives RGB."""
    scene = sv.BoxAnnotator(class_palette(), thickness).annotate(scene, boxes)
    if len(labels) <= MOST_LABELS:
        scene = _label_annotator(scene.shape, class_palette()).annotate(scene, boxes, labels)
    return np.asarray(cv2.cvtColor(scene, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def _with_rims(scene: Any, truth: GroundTruth, thickness: int) -> Any:
    """Draws true objects into a BGR scene as broad white boxes with a black edge, ignored regions as grey ones."""
    regions = _drawable(truth.boxes, truth.labels, truth.ignore)
    scene = sv.BoxAnnotator(sv.Color.from_hex(IGNORED_COLOR), thickness + 2).annotate(scene, regions)
    for color, extra in (("#000000", 4), ("#FFFFFF", 2)):
        chosen = _drawable(truth.boxes, truth.labels, ~truth.ignore)
        scene = sv.BoxAnnotator(sv.Color.from_hex(color), thickness + extra).annotate(scene, chosen)
    return scene


def _drawable(boxes: Tensor, labels: Tensor, chosen: Tensor | None = None) -> sv.Detections:
    if chosen is not None:
        boxes, labels = boxes[chosen], labels[chosen]
    return sv.Detections(boxes.float().numpy().reshape(-1, 4), class_id=labels.numpy())


def _label_annotator(shape: tuple[int, ...], color: sv.Color | sv.ColorPalette) -> Any:
    size = round(min(max(min(shape[:2]) / 32, 10), 32))
    annotator = sv.RichLabelAnnotator(color, text_padding=max(1, size // 6), smart_position=True)
    annotator.font = AnyLetterFont(size)
    return annotator


def _thickness(shape: tuple[int, ...]) -> int:
    return max(1, round(min(shape[:2]) / 240))
