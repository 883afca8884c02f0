"""One picture of several images, each with what is there and what was found."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import UInt8
from PIL import Image as PilImage
from PIL import ImageDraw

from boxwright.errors import ConfigError
from boxwright.evaluation.mask_painting import paint_masks
from boxwright.evaluation.pictures import class_color, class_colors, draw_detections, draw_truth
from boxwright.lettering.fonts import showable
from boxwright.lettering.pillow_font import AnyLetterFont
from boxwright.structures import Detections, GroundTruth

Picture = UInt8[np.ndarray, "_height _width 3"]

MARGIN = 12
CAPTION_HEIGHT = 26
LEGEND_HEIGHT = 34
TEXT_SIZE = 16
TALLEST = 4
"""Height of a panel in widths; what is taller becomes narrower."""
LEGEND = "white rim: true object · white alone: missed · colour without rim: false alarm · grey: ignored"


@dataclass(frozen=True, slots=True)
class Example:
    """An image with what is there and what was found.

    Args:
        image: RGB, in original pixels.
        detections: What was found.
        truth: What is there.
    """

    image: Picture
    detections: Detections
    truth: GroundTruth


def validation_sheet(
    examples: Sequence[Example],
    categories: Sequence[str],
    *,
    score_threshold: float = 0.25,
    columns: int = 2,
    panel_width: int = 480,
) -> Picture:
    """Lays out examples side by side: to the left the true boxes, to the right the predicted ones with scores.

    Predicted boxes lie over the true ones in white, so that misses and false alarms show at once. A legend at the
    top names the colours of the classes that appear.

    Args:
        examples: Images to show, at least one.
        categories: Class names by label.
        score_threshold: Detections with a lower score are left out.
        columns: Examples beside each other; each takes two panels.
        panel_width: Pixels.

    Raises:
        ConfigError: There are no examples, or a count is below 1.
    """
    if not examples or columns < 1 or panel_width < 1:
        raise ConfigError(
            f"A validation sheet needs examples, columns and panel_width of at least 1; found {len(examples)}, "
            f"{columns} and {panel_width}."
        )
    cells = [_cell(example, categories, score_threshold, panel_width) for example in examples]
    rows = [_row(cells[i : i + columns], columns) for i in range(0, len(cells), columns)]
    legend = _legend(_labels_shown(examples, score_threshold), categories, score_threshold, rows[0].shape[1])
    return np.concatenate([legend, *rows])


def _cell(example: Example, categories: Sequence[str], score_threshold: float, panel_width: int) -> Picture:
    """Draws truth and detections of one image beside each other, under a caption."""
    height, width = example.image.shape[:2]
    factor = min(panel_width / width, TALLEST * panel_width / height)  # a strip one pixel wide is no tower
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    # masks are painted in original pixels and shrink with the image, boxes and letters are drawn after
    left, right = (
        np.asarray(cv2.resize(each, size, interpolation=way), dtype=np.uint8)
        for each in _with_masks(example, score_threshold)
    )
    truth = replace(example.truth, boxes=example.truth.boxes * factor, masks=None)
    found = replace(example.detections, boxes=example.detections.boxes * factor, masks=None)
    panels = (
        draw_truth(left, truth, categories),
        draw_detections(right, found, categories, truth, score_threshold=score_threshold),
    )
    left, right = (np.concatenate([each, _blank(size[1], panel_width - size[0])], axis=1) for each in panels)
    pictures = np.concatenate([left, _blank(size[1], MARGIN // 3), right], axis=1)
    shown = int((found.scores >= score_threshold).sum())
    name = showable(Path(example.truth.origin.name).name)
    caption = f"{name}: {int((~truth.ignore).sum())} true"
    captions = ((0, caption), (panel_width + MARGIN // 3, f"{shown} predicted"))
    head = _written(_blank(CAPTION_HEIGHT, pictures.shape[1]), captions, panel_width)
    return _framed(np.concatenate([head, pictures]))


def _with_masks(example: Example, score_threshold: float) -> tuple[Picture, Picture]:
    """Paints true masks and found masks, each into an image of its own."""
    left = right = example.image
    truth, found = example.truth, example.detections
    if truth.masks is not None:
        left = paint_masks(left, truth.masks, class_colors(truth.labels, truth.ignore))
    if found.masks is not None:
        shown = (found.scores >= score_threshold).cpu()
        right = paint_masks(right, found.masks.rows(shown), class_colors(found.labels[shown]))
    return left, right


def _row(cells: Sequence[Picture], columns: int) -> Picture:
    """Puts cells beside each other, filled up with white to one height and to the full number of columns."""
    height, width = max(cell.shape[0] for cell in cells), cells[0].shape[1]
    filled = [np.concatenate([cell, _blank(height - cell.shape[0], width)]) for cell in cells]
    return np.concatenate([*filled, _blank(height, (columns - len(cells)) * width)], axis=1)


def _legend(labels: Sequence[int], categories: Sequence[str], score_threshold: float, width: int) -> Picture:
    """Writes which colour is which class, and how to read the rims; as many lines as the width asks for."""
    entries: list[tuple[str, tuple[int, int, int] | None]] = [
        (showable(categories[label]), class_color(label)) for label in labels
    ]
    entries += [(f"left: true, right: predicted with score ≥ {score_threshold:g}", None), (LEGEND, None)]
    font, places = AnyLetterFont(TEXT_SIZE), []
    x, line = MARGIN, 0
    for text, color in entries:
        needed = round(font.getlength(text)) + (3 * MARGIN if color is None else 3 * MARGIN + TEXT_SIZE)
        if x > MARGIN and x + needed > width:
            x, line = MARGIN, line + 1
        places.append((x, line * LEGEND_HEIGHT + MARGIN, text, color))
        x += needed
    page = PilImage.fromarray(_blank((line + 1) * LEGEND_HEIGHT + MARGIN // 2, width))
    pen = ImageDraw.Draw(page)
    for x, y, text, color in places:
        if color is not None:
            pen.rectangle((x, y, x + TEXT_SIZE, y + TEXT_SIZE), fill=color)
            x += TEXT_SIZE + MARGIN // 2
        pen.text((x, y + TEXT_SIZE / 2), text, fill="black", font=font, anchor="lm")
    return np.array(page)


def _written(strip: Picture, texts: Sequence[tuple[int, str]], limit: int) -> Picture:
    """Writes texts into a strip at given columns, shortened to `limit` pixels."""
    page, font = PilImage.fromarray(strip), AnyLetterFont(TEXT_SIZE)
    for x, text in texts:
        while font.getlength(text) > limit and len(text) > 2:
            text = "…" + text[2:]
        ImageDraw.Draw(page).text((x, strip.shape[0] / 2), text, fill="black", font=font, anchor="lm")
    return np.array(page)


def _labels_shown(examples: Sequence[Example], score_threshold: float) -> list[int]:
    labels: set[int] = set()
    for example in examples:
        labels.update(example.truth.labels[~example.truth.ignore].tolist())
        labels.update(example.detections.labels[example.detections.scores >= score_threshold].tolist())
    return sorted(labels)


def _framed(picture: Picture) -> Picture:
    return np.pad(picture, ((0, MARGIN), (MARGIN, MARGIN), (0, 0)), constant_values=255)


def _blank(height: int, width: int) -> Picture:
    return np.full((height, width, 3), 255, dtype=np.uint8)
