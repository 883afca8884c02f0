"""Where predictions stand: points of cells, anchors and default boxes. Levels run from the finest, cells row by row."""

import math
from collections.abc import Sequence

from conformance.reference.coding import corners

RETINANET_STRIDES = (8, 16, 32, 64, 128)
YOLOV5_ANCHORS = (((10, 13), (16, 30), (33, 23)), ((30, 61), (62, 45), (59, 119)), ((116, 90), (156, 198), (373, 326)))


def cells(canvas: Sequence[int], stride: int) -> tuple[int, int]:
    """Gives rows and columns of a level; a cell that is cut by the border counts."""
    return -(-canvas[0] // stride), -(-canvas[1] // stride)


def cell_points(canvas: Sequence[int], strides: Sequence[int]) -> list[tuple[float, float, int]]:
    """Gives x, y and stride of the middle of every cell: half a cell from its corner."""
    found = []
    for stride in strides:
        rows, columns = cells(canvas, stride)
        for row in range(rows):
            for column in range(columns):
                found.append(((column + 0.5) * stride, (row + 0.5) * stride, stride))
    return found


def retinanet_sides(stride: int, convention: str) -> list[tuple[float, float]]:
    """Gives width and height of the nine anchors of a cell: for each ratio height / width, three scales.

    torchvision cuts sizes to whole pixels and rounds half sides, to even ones where two are equally near.
    """
    found = []
    for ratio in (0.5, 1.0, 2.0):
        for octave in (0, 1, 2):
            size = 4 * stride * 2 ** (octave / 3)
            if convention == "mmdetection":
                found.append((size / math.sqrt(ratio), size * math.sqrt(ratio)))
            else:
                whole = int(size)
                half = (round(whole / math.sqrt(ratio) / 2), round(whole * math.sqrt(ratio) / 2))
                found.append((2.0 * half[0], 2.0 * half[1]))
    return found


def retinanet_anchors(
    canvas: Sequence[int], convention: str, strides: Sequence[int] = RETINANET_STRIDES
) -> list[list[float]]:
    """Gives the anchors as corners. They stand on the corners of cells: no half-cell offset.

    In torchvision's convention cells are floor(side of the canvas / cells) apart, not a stride.
    """
    found = []
    for stride in strides:
        rows, columns = cells(canvas, stride)
        steps = (canvas[0] // rows, canvas[1] // columns) if convention == "torchvision" else (stride, stride)
        for row in range(rows):
            for column in range(columns):
                for width, height in retinanet_sides(stride, convention):
                    found.append([float(value) for value in corners(column * steps[1], row * steps[0], width, height)])  # type: ignore[arg-type]
    return found


def on_image(canvas: Sequence[int], padded: Sequence[int], strides: Sequence[int], per_cell: int) -> list[bool]:
    """Says of every anchor whether its cell lies on the image's own padded size: ceil(side / stride) cells."""
    found = []
    for stride in strides:
        rows, columns = cells(canvas, stride)
        own_rows, own_columns = cells(padded, stride)
        for row in range(rows):
            for column in range(columns):
                found += [row < own_rows and column < own_columns] * per_cell
    return found


def within_border(anchors: Sequence[Sequence[float]], image: Sequence[int], border: float) -> list[bool]:
    """Says of every anchor whether it reaches less than the border beyond the image (height, width)."""
    height, width = image
    return [
        box[0] >= -border and box[1] >= -border and box[2] < width + border and box[3] < height + border
        for box in anchors
    ]


def crossed_default_boxes(
    cells_per_side: int, scales: Sequence[float], ratios: Sequence[float]
) -> list[tuple[float, float, float, float]]:
    """Gives the tiny detector's default boxes (centre, size) as fractions of the image, cut to [0, 1]."""
    found = []
    for row in range(cells_per_side):
        for column in range(cells_per_side):
            for scale in scales:
                for ratio in ratios:
                    x, y = (column + 0.5) / cells_per_side, (row + 0.5) / cells_per_side
                    sides = [min(scale * math.sqrt(ratio), 1.0), min(scale / math.sqrt(ratio), 1.0)]
                    found.append((x, y, sides[0], sides[1]))
    return found


def paired_sides(scale: float, following: float, ratios: Sequence[float]) -> list[tuple[float, float]]:
    """Gives SSD's sizes of a level: s, √(s s′), then for each ratio a wide and a high one; at most the image."""
    between = math.sqrt(scale * following)
    found = [(scale, scale), (between, between)]
    for ratio in ratios:
        wide, high = scale * math.sqrt(ratio), scale / math.sqrt(ratio)
        found += [(wide, high), (high, wide)]
    return [(min(width, 1.0), min(height, 1.0)) for width, height in found]


def paired_default_boxes(
    canvas: int, steps: Sequence[int], scales: Sequence[float], ratios: Sequence[Sequence[float]]
) -> list[tuple[float, float, float, float]]:
    """Gives SSD's default boxes (centre, size) in pixels of a square canvas: a level per step."""
    found = []
    for level, step in enumerate(steps):
        side = -(-canvas // step)
        sizes = paired_sides(scales[level], scales[level + 1], ratios[level])
        for row in range(side):
            for column in range(side):
                for width, height in sizes:
                    found.append(((column + 0.5) * step, (row + 0.5) * step, width * canvas, height * canvas))
    return found


def yolov5_priors(
    canvas: Sequence[int], strides: Sequence[int], anchors: Sequence[Sequence[Sequence[float]]]
) -> list[tuple[float, float, float, float, int]]:
    """Gives centre, sides and stride of every prior: the middle of each cell with each anchor of its level."""
    found = []
    for stride, sizes in zip(strides, anchors, strict=True):
        for x, y, _ in cell_points(canvas, [stride]):
            for width, height in sizes:
                found.append((x, y, float(width), float(height), stride))
    return found
