"""What MMDetection makes of raw outputs, put together here from its documents: anchors, boxes and suppression."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torchvision.ops import batched_nms, clip_boxes_to_image

Found = tuple[Tensor, Tensor, Tensor]
_STRIDES = (8, 16, 32, 64, 128)
_SSD_STRIDES = (8, 16, 32, 64, 100, 300)
_SSD_SIZES = ((21, 45), (45, 99), (99, 153), (153, 207), (207, 261), (261, 315))
_SSD_RATIOS = ((2,), (2, 3), (2, 3), (2, 3), (2,), (2,))
_LIMIT = abs(math.log(16 / 1000))  # wh_ratio_clip


def retinanet_detections(classes: Sequence[Tensor], codes: Sequence[Tensor], canvas: tuple[int, int]) -> Found:
    """Finds objects above 0.05 by suppression at 0.5, at most 100.

    Args:
        classes: Logits by level, `1 (9 · classes) height width`.
        codes: By level, `1 36 height width`.
        canvas: Height and width.
    """
    sides = [
        (4 * 2 ** (step / 3) / ratio**0.5, 4 * 2 ** (step / 3) * ratio**0.5)
        for ratio in (0.5, 1, 2)
        for step in range(3)
    ]
    anchors = [
        _anchors([(width * stride, height * stride) for width, height in sides], level.shape[-2:], stride, 0.0)
        for level, stride in zip(classes, _STRIDES, strict=True)
    ]
    scores = torch.cat([_rows(level, 9) for level in classes]).sigmoid()
    return _found(scores, torch.cat([_rows(level, 9) for level in codes]), torch.cat(anchors), canvas, 0.05, 0.5, 100)


def ssd300_detections(classes: Sequence[Tensor], codes: Sequence[Tensor]) -> Found:
    """Finds objects above 0.01 by suppression at 0.45, at most 200; the background is the last class.

    Args:
        classes: Logits by level, `1 (boxes · (classes + 1)) height width`.
        codes: By level.
    """
    anchors, scores, boxes = [], [], []
    levels = zip(classes, codes, _SSD_STRIDES, _SSD_SIZES, _SSD_RATIOS, strict=True)
    for logits, code, stride, (small, large), ratios in levels:
        middle = (small * large) ** 0.5
        flat = [ratio for each in ratios for ratio in (1 / each, each)]  # height over width
        sides = [(small, small), (middle, middle), *((small / ratio**0.5, small * ratio**0.5) for ratio in flat)]
        anchors.append(_anchors(sides, logits.shape[-2:], stride, stride / 2))
        scores.append(_rows(logits, len(sides)).softmax(dim=1)[:, :-1])
        boxes.append(_rows(code, len(sides)) * torch.tensor([0.1, 0.1, 0.2, 0.2]))
    return _found(torch.cat(scores), torch.cat(boxes), torch.cat(anchors), (300, 300), 0.01, 0.45, 200)


def _rows(level: Tensor, anchors: int) -> Tensor:
    """Gives a row per anchor: those of a cell together, cells by line."""
    rows = level[0].permute(1, 2, 0).flatten(0, 1)
    return rows.reshape(len(rows) * anchors, -1)


def _anchors(sides: Sequence[tuple[float, float]], cells: Sequence[int], stride: int, first: float) -> Tensor:
    """Gives xyxy of all anchors of a level."""
    half = torch.tensor(sides, dtype=torch.float64) / 2
    y, x = torch.meshgrid(*(torch.arange(count) * stride + first for count in cells), indexing="ij")
    centres = torch.stack((x, y), dim=2).view(-1, 1, 2)
    return torch.cat((centres - half, centres + half), dim=2).view(-1, 4)


def _found(
    scores: Tensor,
    deltas: Tensor,
    anchors: Tensor,
    canvas: tuple[int, int],
    threshold: float,
    overlap: float,
    most: int,
) -> Found:
    row, label = (scores > threshold).nonzero().unbind(dim=1)
    low, high = anchors[row].chunk(2, dim=1)
    centre = (low + high) / 2 + deltas[row, :2] * (high - low)
    half = (high - low) * deltas[row, 2:].clamp(-_LIMIT, _LIMIT).exp() / 2
    boxes = clip_boxes_to_image(torch.cat((centre - half, centre + half), dim=1), canvas)
    values = scores[row, label]
    has_area = (boxes[:, 2:] > boxes[:, :2]).all(dim=1)  # min_bbox_size
    boxes, values, label = boxes[has_area], values[has_area], label[has_area]
    kept = batched_nms(boxes, values, label, overlap)[:most]
    return boxes[kept], values[kept], label[kept]
