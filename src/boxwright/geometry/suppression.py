"""Removing boxes that repeat a better one."""

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torchvision.ops import nms


def rank_in_group(group: Int64[Tensor, "rows"]) -> Int64[Tensor, "rows"]:
    """Counts for each row how many rows before it are of the same group.

    Args:
        group: Of each row, 0 or more.
    """
    order = group.argsort(stable=True)
    counts = torch.bincount(group)
    first = (counts.cumsum(0) - counts)[group[order]]
    rank = torch.empty_like(group)
    rank[order] = torch.arange(len(group), device=group.device) - first
    return rank


def class_aware_nms(
    boxes: Float[Tensor, "boxes 4"],
    scores: Float[Tensor, "boxes"],
    labels: Int64[Tensor, "boxes"],
    threshold: float,
) -> Int64[Tensor, "kept"]:
    """Keeps a box unless a better one of its class, itself kept, overlaps it by more than the threshold.

    More means strictly more. Classes are told apart by moving each to a place of its own; this happens in
    float64, where the move of float32 coordinates is exact. Of boxes with equal scores the first is better.

    Args:
        boxes: xyxy, finite.
        scores: Higher is better.
        labels: Class indices.
        threshold: IoU, 0 to 1.

    Returns:
        Indices of the kept boxes, best score first.
    """
    if not len(boxes):
        return torch.zeros(0, dtype=torch.int64, device=boxes.device)
    corner = boxes.min().double()
    extent = boxes.max().double() - corner
    shifted = boxes.double() - corner + (labels.double() * (extent + 1))[:, None]
    kept: Tensor = nms(shifted, scores.double(), threshold)
    return kept
