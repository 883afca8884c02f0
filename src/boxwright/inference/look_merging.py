"""From what several looks have found to what is in the image."""

from collections.abc import Sequence

import torch
from jaxtyping import Int64
from torch import Tensor

from boxwright.geometry.overlaps import pairwise_iou
from boxwright.inference.kept_in_rounds import kept_in_rounds
from boxwright.structures import Detections, InstanceMasks

_ROWS = 1024  # of a table of overlaps that is made at once


def merge_looks(
    parts: Sequence[Detections], *, iou_threshold: float, max_detections: int, class_agnostic: bool = False
) -> Detections:
    """Puts together what several looks have found in one image, by the rule of the system's own suppression.

    A detection goes when a better one of its class from another look, itself kept, overlaps it by more than the
    threshold. Those of one look never remove each other: that has been done. Of equal scores the earlier look's is
    better.

    Law: what one look has found stays as it is, and so it does where all looks have found the same.

    Args:
        parts: By look, in pixels of the original image.
        iou_threshold: Of the system.
        max_detections: Most that are kept.
        class_agnostic: Whether a better one of any class removes.

    Returns:
        Best score first.
    """
    if len(parts) == 1:
        return parts[0]
    masks = [part.masks for part in parts if part.masks is not None]
    joined = Detections(
        torch.cat([part.boxes for part in parts]),
        torch.cat([part.scores for part in parts]),
        torch.cat([part.labels for part in parts]),
        parts[0].origin,
        InstanceMasks.concatenate(masks) if len(masks) == len(parts) else None,
    )
    look = torch.repeat_interleave(torch.tensor([len(part) for part in parts]))
    order = joined.scores.argsort(descending=True, stable=True)
    group = torch.zeros_like(joined.labels) if class_agnostic else joined.labels
    better, worse = _removals(joined.boxes[order], group[order], look[order], iou_threshold)
    kept = kept_in_rounds(len(order), better, worse).nonzero().squeeze(1)[:max_detections]
    return joined.rows(order[kept])


def _removals(
    boxes: Tensor, group: Tensor, look: Tensor, threshold: float
) -> tuple[Int64[Tensor, "pairs"], Int64[Tensor, "pairs"]]:
    """Lists which would remove which, by their places in the order of scores; a better one comes first."""
    pairs = [torch.zeros((0, 2), dtype=torch.int64)]
    for start in range(0, len(boxes), _ROWS):
        rows = slice(start, start + _ROWS)
        overlaps = pairwise_iou(boxes[rows], boxes) > threshold
        overlaps &= (group[rows, None] == group) & (look[rows, None] != look)
        found = overlaps.nonzero() + torch.tensor([start, 0])
        pairs.append(found[found[:, 0] < found[:, 1]])
    better, worse = torch.cat(pairs).unbind(1)
    return better, worse
