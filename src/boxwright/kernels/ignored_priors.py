"""Priors in ignored regions."""

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from boxwright.kernels.choice import takes_reference
from boxwright.kernels.dense_cells import centres_inside, of_any_target, outward_centres
from boxwright.kernels.grid_candidates import Candidates, points_inside
from boxwright.kernels.one_graph import one_graph
from boxwright.structures.priors import Priors
from boxwright.structures.targets import Targets


def ignored_priors(priors: Priors, targets: Targets, positive: Int64[Tensor, "pairs"]) -> Bool[Tensor, "batch priors"]:
    """Marks priors whose centre lies inside an ignored target, unless they are positive.

    Args:
        priors: The priors of the canvas.
        targets: The objects of the batch.
        positive: image · priors + prior of each positive.
    """
    if takes_reference(targets.boxes.device, len(targets) * len(priors)):
        outward_centres(priors)  # kept, before a graph asks for them
        marked = one_graph(_covered_priors, targets.boxes.device, len(targets))(priors, targets)
        marked.view(-1).index_fill_(0, positive, False)
        return marked
    inside = priors_in_regions(priors, targets)
    ignored = torch.zeros(targets.batch_size * len(priors), dtype=torch.bool, device=positive.device)
    if inside is not None:
        ignored[targets.image[inside.row] * len(priors) + inside.prior] = True
        ignored[positive] = False
    return ignored.view(targets.batch_size, len(priors))


def _covered_priors(priors: Priors, targets: Targets) -> Bool[Tensor, "batch priors"]:
    covered = centres_inside(targets.boxes, priors) & targets.ignore.unsqueeze(1)
    return of_any_target(covered, targets.image, targets.batch_size)


def priors_in_regions(priors: Priors, targets: Targets) -> Candidates | None:
    """Lists target and prior for every prior whose centre lies in an ignored target; None if none is ignored.

    Args:
        priors: The priors of the canvas.
        targets: The objects of the batch.
    """
    regions = targets.ignore.nonzero().squeeze(1)
    if len(regions) == 0:
        return None
    row, prior = points_inside(targets.boxes[regions], priors.grids)
    return Candidates(regions[row], prior)
