"""Removing boxes that repeat a better one."""

import struct

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor
from torchvision.ops import nms

from boxwright.geometry.precision import widen


def rank_in_group(
    group: Int64[Tensor, "rows"], is_counted: Bool[Tensor, "rows"] | None = None, *, is_sorted: bool = False
) -> Int64[Tensor, "rows"]:
    """Counts for each row how many rows before it are of the same group. The host does not wait for the device.

    Args:
        group: Of each row.
        is_counted: Rows that count; all if left out.
        is_sorted: Whether rows of a group are known to stand side by side, which spares sorting them.
    """
    if not len(group):
        return torch.zeros_like(group)
    order = None if is_sorted else group.argsort(stable=True)
    runs = group if order is None else group[order]
    starts = torch.ones_like(group, dtype=torch.bool)
    torch.ne(runs[1:], runs[:-1], out=starts[1:])
    if is_counted is None:
        before = torch.arange(len(group), device=group.device)
    else:
        counted = is_counted.long() if order is None else is_counted[order].long()
        before = counted.cumsum(0) - counted
    rank = before - before.where(starts, 0).cummax(0).values
    return rank if order is None else torch.empty_like(group).index_copy_(0, order, rank)


def class_aware_nms(
    boxes: Float[Tensor, "boxes 4"],
    scores: Float[Tensor, "boxes"],
    labels: Int64[Tensor, "boxes"],
    threshold: float,
) -> Int64[Tensor, "kept"]:
    """Keeps a box unless a better one of its class, itself kept, overlaps it by more than the threshold.

    More means strictly more, in float32 or wider. Of boxes with equal scores the first is better. Each class is looked
    at on its own, so no box, wherever it lies, changes what becomes of another class.

    Args:
        boxes: xyxy, finite.
        scores: Higher is better.
        labels: Class indices.
        threshold: IoU, 0 to 1.

    Returns:
        Indices of the kept boxes, best score first.
    """
    boxes = widen(boxes)
    best_first = scores.argsort(descending=True, stable=True)
    ordered = best_first[labels[best_first].argsort(stable=True)]
    _, counts = torch.unique_consecutive(labels[ordered], return_counts=True)
    limit = overlap_limit(threshold, boxes.dtype)
    is_kept = torch.zeros_like(labels, dtype=torch.bool)
    for rows in ordered.split(counts.tolist()):
        place = torch.arange(len(rows), 0, -1, device=rows.device, dtype=boxes.dtype)
        is_kept[rows[nms(boxes[rows], place, limit)]] = True
    return best_first[is_kept[best_first]]


def overlap_limit(threshold: float, dtype: torch.dtype) -> float:
    """Gives a threshold as a number of the type that overlaps have, so that an overlap equal to it is not above it.

    Args:
        threshold: IoU, 0 to 1.
        dtype: Of overlaps.
    """
    if dtype == torch.float64:
        return threshold
    (nearest,) = struct.unpack("f", struct.pack("f", threshold))
    return float(nearest)
