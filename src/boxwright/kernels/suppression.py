"""Which boxes of a batch survive the better ones of their class."""

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor
from torchvision.ops import nms

from boxwright.geometry.suppression import overlap_limit
from boxwright.kernels.choice import LARGEST, takes_reference

_ROUNDS = 16
_FEW = 32


def survivors(
    boxes: Float[Tensor, "batch rows 4"],
    labels: Int64[Tensor, "batch rows"],
    is_there: Bool[Tensor, "batch rows"],
    threshold: float,
) -> Bool[Tensor, "batch rows"]:
    """Marks the boxes that no better surviving one of their class and image overlaps by more than a threshold.

    Law: image by image what `class_aware_nms` keeps.

    Args:
        boxes: xyxy in float32, in each image best first.
        labels: Class indices.
        is_there: Which rows are boxes.
        threshold: IoU, 0 to 1; no overlap is more than 1, so then all survive, and nothing is compared.
    """
    if threshold >= 1:
        return is_there
    if takes_reference(boxes.device, boxes.shape[1] ** 2):
        return _dense(boxes, labels, is_there, threshold)
    return _listed(boxes, labels, is_there, threshold)


def _listed(boxes: Tensor, labels: Tensor, is_there: Tensor, threshold: float) -> Tensor:
    """Goes class by class of each image, over small ones together in a table: a call for each costs more than they."""
    result = torch.zeros_like(is_there)
    place = is_there.flatten().nonzero().squeeze(1)
    if not len(place):
        return result
    label = labels.flatten()[place]
    group = place.div(boxes.shape[1], rounding_mode="floor") * (int(label.max()) + 1) + label
    order = group.argsort(stable=True)
    place = place[order]
    _, counts = torch.unique_consecutive(group[order], return_counts=True)
    starts, rows = counts.cumsum(0) - counts, boxes.reshape(-1, 4)[place]
    kept = torch.ones_like(place, dtype=torch.bool)
    few = ((counts > 1) & (counts <= _FEW)).nonzero().squeeze(1)
    column = torch.arange(int(counts[few].max()) if len(few) else 0, device=place.device)
    is_row = column < counts[few].unsqueeze(1)
    table = (starts[few].unsqueeze(1) + column).where(is_row, 0)
    kept[table[is_row]] = _of_few(rows[table], is_row, threshold)[is_row]
    many = counts > _FEW
    for start, size in zip(starts[many].tolist(), counts[many].tolist(), strict=True):
        those = slice(start, start + size)
        best = torch.arange(size, 0, -1, device=place.device, dtype=boxes.dtype)
        kept[those] = False
        kept[those][nms(rows[those], best, overlap_limit(threshold, boxes.dtype))] = True
    result.view(-1)[place[kept]] = True
    return result


def _of_few(boxes: Tensor, is_there: Tensor, threshold: float) -> Tensor:
    """Does it for many short lists at once, in rounds until nothing changes."""
    removes = (_overlap(boxes) > overlap_limit(threshold, boxes.dtype)).triu(1).to(boxes.dtype)
    kept = is_there
    while True:
        left = is_there & (kept.to(boxes.dtype).unsqueeze(1).bmm(removes).squeeze(1) == 0)
        if torch.equal(left, kept):
            return kept
        kept = left


def _dense(boxes: Tensor, labels: Tensor, is_there: Tensor, threshold: float) -> Tensor:
    """Compares all with all; the host waits once, as long as no row depends on another through more than 16 others."""
    at_once, rounds = max(1, LARGEST // max(1, boxes.shape[1] ** 2)), _ROUNDS
    while True:
        chunks = zip(boxes.split(at_once), labels.split(at_once), is_there.split(at_once), strict=True)
        results = [_in_rounds(*chunk, threshold, rounds) for chunk in chunks]
        kept = torch.cat([is_there[:0], *(kept for kept, _ in results)])
        if not results or bool(torch.stack([is_settled for _, is_settled in results]).all()):
            return kept
        rounds *= 4


def _in_rounds(
    boxes: Tensor, labels: Tensor, is_there: Tensor, threshold: float, rounds: int
) -> tuple[Bool[Tensor, "batch rows"], Bool[Tensor, ""]]:
    """Keeps what no kept better one removes, by what was kept the round before; each round settles one row or more."""
    removes = (_overlap(boxes) > overlap_limit(threshold, boxes.dtype)).triu(1)
    removes = (removes & (labels.unsqueeze(2) == labels.unsqueeze(1))).to(boxes.dtype)
    kept = previous = is_there
    for _ in range(rounds):
        removed = kept.to(boxes.dtype).unsqueeze(1).bmm(removes).squeeze(1) > 0
        previous, kept = kept, is_there & ~removed
    return kept, (kept == previous).all()


def _overlap(boxes: Float[Tensor, "batch rows 4"]) -> Float[Tensor, "batch rows rows"]:
    """Gives the IoU of all boxes of an image, in the order of steps in which one pair of them is compared elsewhere."""
    left, top, right, bottom = boxes.unsqueeze(3).unbind(2)
    width = (torch.minimum(right, right.mT) - torch.maximum(left, left.mT)).clamp_(min=0)
    height = (torch.minimum(bottom, bottom.mT) - torch.maximum(top, top.mT)).clamp_(min=0)
    intersection, area = width.mul_(height), (right - left) * (bottom - top)
    return intersection / (area + area.mT - intersection)
