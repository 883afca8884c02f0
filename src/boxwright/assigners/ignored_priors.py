"""Priors in ignored regions."""

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from boxwright.assigners.grid_candidates import points_inside
from boxwright.structures.priors import Priors
from boxwright.structures.targets import Targets


def ignored_priors(
    priors: Priors, targets: Targets, positive: Int64[Tensor, "pairs"]
) -> Bool[Tensor, "batch priors"] | None:
    """Marks priors whose cell centre lies inside an ignored target, unless they are positive; None if none is ignored.

    Args:
        priors: The priors of the canvas.
        targets: The objects of the batch.
        positive: image · priors + prior of each positive.
    """
    regions = targets.ignore.nonzero().squeeze(1)
    if len(regions) == 0:
        return None
    row, prior = points_inside(targets.boxes[regions], priors.grids)
    ignored = torch.zeros(targets.batch_size * len(priors), dtype=torch.bool, device=prior.device)
    ignored[targets.image[regions][row] * len(priors) + prior] = True
    ignored[positive] = False
    return ignored.view(targets.batch_size, len(priors))
