"""Suppression with outputs of one size, equal to that of `Postprocessor` and right for every batch."""

from collections.abc import Callable

import torch
from torch import Tensor

from boxwright.postprocessing import Postprocessor

Step = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
_NOTHING = -1.0  # a score that no candidate has


def limited(scores: Tensor, most: int) -> Tensor:
    """Keeps the largest of the last axis; of equal ones the first; -1 stands in place of the others.

    Args:
        scores: From 0 to 1, or -1.
        most: How many are kept.
    """
    length = scores.shape[-1]
    padded = torch.cat((scores, scores.new_full((*scores.shape[:-1], most), _NOTHING)), dim=-1)
    values, place = _best(padded, most)
    return torch.full_like(padded, _NOTHING).scatter(-1, place, values)[..., :length]


def best_of_image(boxes: Tensor, scores: Tensor, windows: Tensor, rule: Postprocessor) -> tuple[Tensor, Tensor, Tensor]:
    """Removes boxes that repeat a better one of their class, and gives the best that stay.

    Args:
        boxes: On the canvas, `batch priors 4`.
        scores: `batch priors classes`; -1 for what is no candidate.
        windows: Where the images lie in the canvas, `batch 4`.
        rule: Overlap, number of detections, and which boxes are compared.

    Returns:
        `batch max_detections 6` (box within the image, score, label; zeros behind the last), how many there are of
        every image, and the prior of each.
    """
    low, high = windows[:, None, :2].repeat(1, 1, 2), windows[:, None, 2:].repeat(1, 1, 2)
    inside = torch.minimum(torch.maximum(boxes, low), high)
    is_seen = (boxes.abs() < torch.inf).all(dim=2) & (inside[..., 2:] > inside[..., :2]).all(dim=2)
    scores = torch.where(is_seen.unsqueeze(2), scores, _NOTHING)
    compared = inside if rule.clips_first else torch.where(is_seen.unsqueeze(2), boxes, 0.0)
    classes, most = scores.shape[2], rule.max_detections
    values, place = _chosen(compared, scores, rule)
    is_there = values > _NOTHING
    place = torch.where(is_there, place, 0)
    prior, label = place.div(classes, rounding_mode="floor"), place.remainder(classes)
    found = torch.cat((_rows(inside, prior), values.unsqueeze(2), label.unsqueeze(2).to(values.dtype)), dim=2)
    assert found.shape[1] == most
    return torch.where(is_there.unsqueeze(2), found, 0.0), is_there.sum(dim=1), prior


def _chosen(boxes: Tensor, scores: Tensor, rule: Postprocessor) -> tuple[Tensor, Tensor]:
    """Gives the scores of the detections, best first, and their places; where no overlap is too much, the best ones."""
    if rule.iou_threshold >= 1:
        flat = scores.flatten(1)
        return _best(
            torch.cat((flat, flat.new_full((flat.shape[0], rule.max_detections), _NOTHING)), dim=1), rule.max_detections
        )
    choose = _by_operator if torch.onnx.is_in_onnx_export() else _by_scan
    return choose(boxes, scores, rule)


def _by_operator(boxes: Tensor, scores: Tensor, rule: Postprocessor) -> tuple[Tensor, Tensor]:
    """Chooses by the operator that ONNX has for it, for all classes and images at once."""
    batch, priors, classes = scores.shape
    limits = (torch.tensor([rule.max_detections]), torch.tensor([rule.iou_threshold]), torch.tensor([0.0]))
    rows = torch.onnx.ops.symbolic(
        "NonMaxSuppression",
        (boxes, scores.transpose(1, 2).contiguous(), *limits),
        dtype=torch.int64,
        shape=(rule.max_detections, 3),  # the true number is known when it runs; nothing below depends on this one
    )
    image, label, prior = rows.unbind(1)
    place = (image * priors + prior) * classes + label
    flat = scores.flatten()
    kept = torch.full_like(flat, _NOTHING).scatter(0, place, flat.gather(0, place)).view(batch, priors * classes)
    return _best(torch.cat((kept, kept.new_full((batch, rule.max_detections), _NOTHING)), dim=1), rule.max_detections)


def _by_scan(boxes: Tensor, scores: Tensor, rule: Postprocessor) -> tuple[Tensor, Tensor]:
    """Chooses one detection after the other: the best that is left; what repeats it is left no more."""
    classes, most = scores.shape[2], rule.max_detections
    flat = scores.flatten(1)
    flat = torch.cat((flat, flat.new_full((flat.shape[0], most), _NOTHING)), dim=1)
    values, place = flat.sort(dim=1, descending=True, stable=True)
    known = torch.where(values > _NOTHING, place, 0)
    label = known.remainder(classes)
    box = _rows(boxes, known.div(classes, rounding_mode="floor"))
    area = (box[..., 2] - box[..., 0]) * (box[..., 3] - box[..., 1])
    limit = torch.tensor(rule.iou_threshold)

    def step(left: Tensor, number: Tensor) -> tuple[Tensor, Tensor]:
        best = left.argmax(dim=1, keepdim=True)
        one = _rows(box, best)
        low, high = torch.maximum(box[..., :2], one[..., :2]), torch.minimum(box[..., 2:], one[..., 2:])
        width, height = (high - low).clamp(min=0).unbind(2)
        overlap = width * height / (area + area.gather(1, best) - width * height)
        is_gone = (overlap > limit) & (label == label.gather(1, best))
        is_found = left.gather(1, best)
        left = torch.where(is_gone, 0.0, left).scatter(1, best, 0.0)
        return left, torch.cat((best.to(number.dtype), is_found.to(number.dtype)), dim=1)

    steps = _steps(step, (values > _NOTHING).float(), torch.zeros(most, 1, dtype=torch.int64))
    chosen, is_found = steps.permute(2, 1, 0).unbind(0)
    return torch.where(is_found > 0, values.gather(1, chosen), _NOTHING), place.gather(1, chosen)


def _steps(step: Step, left: Tensor, numbers: Tensor) -> Tensor:
    """Makes all steps; in an exported graph as one loop."""
    if torch.compiler.is_exporting():
        from torch._higher_order_ops.scan import scan

        made: Tensor = scan(step, left, numbers)[1]
        return made
    rows = []
    for number in numbers:
        left, row = step(left, number)
        rows.append(row)
    return torch.stack(rows)


def _best(values: Tensor, most: int) -> tuple[Tensor, Tensor]:
    """Gives the largest of the last axis, and where they are; of equal ones the first."""
    if torch.onnx.is_in_onnx_export():  # whose operator takes the first
        largest, place = values.topk(most, dim=-1)
        return largest, place
    ordered, place = values.sort(dim=-1, descending=True, stable=True)
    return ordered[..., :most], place[..., :most]


def _rows(boxes: Tensor, index: Tensor) -> Tensor:
    return boxes.gather(1, index.unsqueeze(2).expand(-1, -1, boxes.shape[2]))
