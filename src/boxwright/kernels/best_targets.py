"""The target that an anchor overlaps most, however little that is."""

import torch
from jaxtyping import Int64
from torch import Tensor

from boxwright.geometry.boxes import cxcywh_to_xyxy
from boxwright.structures.priors import Priors
from boxwright.structures.targets import Targets

_PAIRS_AT_ONCE = 1 << 16  # so that what is computed of them stays in the cache


def best_targets(point: Int64[Tensor, "points"], priors: Priors, targets: Targets) -> Int64[Tensor, "points"]:
    """Gives the target of largest IoU at each point, the lowest of equal ones, by trying all of its image.

    Args:
        point: image · priors + prior, ascending; its image must have a target that is not ignored.
        priors: The priors of the canvas.
        targets: The objects of the batch; ignored ones are left out.
    """
    image, best = point.div(len(priors), rounding_mode="floor"), [point.new_zeros(0)]
    for number in range(targets.batch_size):
        mine = point[image == number]
        rivals = ((targets.image == number) & ~targets.ignore).nonzero().squeeze(1)
        for some in mine.split(max(1, _PAIRS_AT_ONCE // max(1, len(rivals)))) if len(mine) else ():
            corners = cxcywh_to_xyxy(priors.boxes[some - number * len(priors)])
            best.append(rivals[_best_column(corners, targets.boxes[rivals])])
    return torch.cat(best)


def _best_column(corners: Tensor, boxes: Tensor) -> Int64[Tensor, "rows"]:
    """Gives the box of largest IoU for each row, with the arithmetic of `iou_of_pairs`."""
    left, top, right, bottom = (side.unsqueeze(1) for side in corners.unbind(1))
    other_left, other_top, other_right, other_bottom = boxes.unbind(1)
    width = (torch.minimum(right, other_right) - torch.maximum(left, other_left)).clamp_(min=0)
    height = (torch.minimum(bottom, other_bottom) - torch.maximum(top, other_top)).clamp_(min=0)
    intersection = width.mul_(height)
    areas = (other_right - other_left) * (other_bottom - other_top) + (right - left) * (bottom - top)
    overlap = intersection / areas.sub_(intersection)
    is_best = overlap == overlap.amax(dim=1, keepdim=True)
    place = torch.arange(len(boxes), device=boxes.device)
    return place.where(is_best, len(boxes)).amin(dim=1)
