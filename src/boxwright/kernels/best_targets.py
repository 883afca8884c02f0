"""The target that an anchor overlaps most, however little that is."""

import torch
from jaxtyping import Int64
from torch import Tensor

from boxwright.kernels.plain_iou import corners, plain_iou
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
            mine_boxes = corners(priors)[some - number * len(priors)].unsqueeze(1)
            best.append(rivals[plain_iou(targets.boxes[rivals], mine_boxes).argmax(dim=1)])
    return torch.cat(best)
