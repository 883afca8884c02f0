"""The IoU of boxes and priors, computed from corners as published code does, so that ties are the same."""

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.geometry.boxes import cxcywh_to_xyxy
from boxwright.geometry.precision import widest
from boxwright.structures.priors import Priors


def plain_iou(boxes: Float[Tensor, "*#pairs 4"], others: Float[Tensor, "*#pairs 4"]) -> Float[Tensor, "*pairs"]:
    """Gives the IoU of boxes with an area: of pairs, or of all with all where there is an axis of length 1.

    Law: every pair gives the same bits, whatever it is computed beside.

    Args:
        boxes: xyxy in canvas pixels; without an area only where the other box has one.
        others: xyxy in canvas pixels.
    """
    return share_of_union(intersections(boxes, others), areas_of(boxes) + areas_of(others))


def intersections(boxes: Float[Tensor, "*#pairs 4"], others: Float[Tensor, "*#pairs 4"]) -> Float[Tensor, "*pairs"]:
    """Gives the areas that boxes have in common.

    Args:
        boxes: xyxy in canvas pixels.
        others: xyxy in canvas pixels.
    """
    left, top, right, bottom = boxes.unbind(-1)
    other_left, other_top, other_right, other_bottom = others.unbind(-1)
    width = torch.minimum(right, other_right).sub_(torch.maximum(left, other_left)).clamp_(min=0)
    height = torch.minimum(bottom, other_bottom).sub_(torch.maximum(top, other_top)).clamp_(min=0)
    return width.mul_(height)


def share_of_union(intersection: Float[Tensor, "*pairs"], areas: Float[Tensor, "*pairs"]) -> Float[Tensor, "*pairs"]:
    """Gives the IoU from the intersections and the areas of both boxes together; it overwrites its inputs."""
    return intersection.div_(areas.sub_(intersection))


def areas_of(boxes: Float[Tensor, "*pairs 4"]) -> Float[Tensor, "*pairs"]:
    """Gives the areas of xyxy boxes."""
    low, high = boxes.chunk(2, dim=-1)
    return (high - low).prod(dim=-1)


def corners(priors: Priors) -> Float[Tensor, "priors 4"]:
    """Gives priors as xyxy; they are kept."""
    return priors.derived(_corners)


def exact_corners(priors: Priors) -> Float[Tensor, "priors 4"]:
    """Gives priors as xyxy in the widest type, in which a grid is exact, so that equal overlaps tie; they are kept."""
    return priors.derived(_exact_corners)


def _corners(priors: Priors) -> Tensor:
    return _by_column(cxcywh_to_xyxy(priors.boxes))


def _exact_corners(priors: Priors) -> Tensor:
    return _by_column(cxcywh_to_xyxy(priors.boxes.to(widest(priors.boxes.device))))


def _by_column(corners: Tensor) -> Tensor:
    """Lays each side of all boxes in one piece, which is how it is read."""
    return corners.t().contiguous().t()
