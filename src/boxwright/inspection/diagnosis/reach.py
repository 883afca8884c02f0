"""Which boxes a coder can write, from a prior or from any prior of a canvas."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from boxwright.coders import DeltaCoder, DistributionCoder, LtrbCoder, SigmoidOffsetCoder
from boxwright.geometry.boxes import xyxy_to_cxcywh
from boxwright.structures import Priors

_LARGEST_SCALE = 4.0  # of a sigmoid-offset size, (2σ)²


def in_reach(coder: object, boxes: Float[Tensor, "pairs 4"], priors: Float[Tensor, "pairs 5"]) -> Bool[Tensor, "pairs"]:
    """Says of every pair whether the prior's code can express the box; of a coder that is not ours, that it can.

    A side of a distribution is at most its last bin away from the point, in strides. A sigmoid offset moves a centre by
    at most a stride and a side to at most 4 times the prior's. A delta changes a side by at most its clamp.

    Args:
        coder: Of the system.
        boxes: xyxy in pixels.
        priors: cxcywh and stride in pixels.
    """
    if isinstance(coder, DistributionCoder):
        return LtrbCoder().encode(boxes=boxes, priors=priors).amax(dim=1) <= coder.num_bins - 1
    centre_size = xyxy_to_cxcywh(boxes)
    ratio = centre_size[:, 2:] / priors[:, 2:4]
    if isinstance(coder, SigmoidOffsetCoder):
        shift = (centre_size[:, :2] - priors[:, :2]).abs() / priors[:, 4:]
        return (shift <= 1).all(dim=1) & (ratio <= _LARGEST_SCALE).all(dim=1)
    if isinstance(coder, DeltaCoder):
        fits = (ratio <= coder.size_ratio_clamp).all(dim=1)
        return fits & (ratio >= 1 / coder.size_ratio_clamp).all(dim=1) if coder.clamp == "both" else fits
    return torch.ones(len(boxes), dtype=torch.bool, device=boxes.device)


def in_reach_of_any(coder: object, boxes: Float[Tensor, "boxes 4"], priors: Priors) -> Bool[Tensor, "boxes"]:
    """Says of every box whether some prior of the canvas can express it: of each kind the one nearest to its middle.

    Args:
        coder: Of the system.
        boxes: xyxy in canvas pixels.
        priors: The priors of the canvas.
    """
    reached = torch.zeros(len(boxes), dtype=torch.bool, device=boxes.device)
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    for grid in priors.grids:
        last = centre.new_tensor((grid.width - 1, grid.height - 1))
        first = priors.boxes[grid.start, :2]
        cell = ((centre - first) / grid.stride).round().clamp(min=0).minimum(last).long()
        start = grid.start + (cell[:, 1] * grid.width + cell[:, 0]) * grid.priors_per_cell
        for slot in range(grid.priors_per_cell):
            reached |= in_reach(coder, boxes, priors.rows(start + slot))
    return reached
