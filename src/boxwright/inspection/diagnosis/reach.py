"""Which boxes a coder can write from any prior of a canvas."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from boxwright.criterion.criterion import Reaches
from boxwright.structures import Priors


def within_reach(
    reaches: Reaches | None, boxes: Float[Tensor, "pairs 4"], priors: Float[Tensor, "pairs 5"]
) -> Bool[Tensor, "pairs"]:
    """Says of every pair whether the code of the prior can express the box.

    Args:
        reaches: The coder's, or None for one that can express every box.
        boxes: xyxy in pixels.
        priors: cxcywh and stride in pixels.
    """
    if reaches is None:
        return torch.ones(len(boxes), dtype=torch.bool, device=boxes.device)
    reached: Tensor = reaches(boxes=boxes, priors=priors)
    return reached


def within_reach_of_any(
    reaches: Reaches | None, boxes: Float[Tensor, "boxes 4"], priors: Priors
) -> Bool[Tensor, "boxes"]:
    """Says of every box whether some prior of the canvas can express it: of each kind the one nearest to its middle.

    Args:
        reaches: The coder's, or None for one that can express every box.
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
            reached |= within_reach(reaches, boxes, priors.rows(start + slot))
    return reached
