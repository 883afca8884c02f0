"""The target that an anchor overlaps most, however little that is."""

import torch
from jaxtyping import Int64
from torch import Tensor

from boxwright.assigners.overlap_candidates import iou_of_pairs
from boxwright.assigners.segments import first_maximum_per_group
from boxwright.structures.priors import Priors
from boxwright.structures.targets import Targets

_PAIRS_AT_ONCE = 1 << 18


def best_targets(point: Int64[Tensor, "points"], priors: Priors, targets: Targets) -> Int64[Tensor, "points"]:
    """Gives the target of largest IoU at each point, the lowest of equal ones, by trying all of its image.

    Args:
        point: image · priors + prior; its image must have a target that is not ignored.
        priors: The priors of the canvas.
        targets: The objects of the batch; ignored ones are left out.
    """
    counts = torch.bincount(targets.image, minlength=targets.batch_size)
    first = counts.cumsum(0) - counts
    best = [point.new_zeros(0)]
    for points in point.split(max(1, _PAIRS_AT_ONCE // max(1, int(counts.max())))):
        image = points.div(len(priors), rounding_mode="floor")
        number = counts[image]
        which = torch.arange(len(points), device=point.device).repeat_interleave(number)
        place = torch.arange(len(which), device=point.device) - (number.cumsum(0) - number)[which]
        target = first[image][which] + place
        live = ~targets.ignore[target]
        which, target = which[live], target[live]
        overlap = iou_of_pairs(targets.boxes[target], priors.boxes[points[which] % len(priors)])
        wins = first_maximum_per_group(overlap, which, target, len(points))
        best.append(torch.zeros_like(points).index_put_((which[wins],), target[wins]))
    return torch.cat(best)
