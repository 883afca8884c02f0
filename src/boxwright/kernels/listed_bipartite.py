"""The sparse implementation of bipartite matching: from a list of the pairs that can matter."""

import torch
from jaxtyping import Int64
from torch import Tensor

from boxwright.kernels.overlap_search import best_of_rows, overlapping_pairs
from boxwright.kernels.segments import first_maxima
from boxwright.kernels.sharing import without_sharing
from boxwright.structures.priors import Priors
from boxwright.structures.targets import Targets


def listed_bipartite(
    threshold: float, priors: Priors, targets: Targets, *, greedy: bool
) -> tuple[Int64[Tensor, "pairs"], Int64[Tensor, "pairs"]]:
    """Gives image · priors + prior and target of the pairs of `dense_bipartite`, in that order.

    Args:
        threshold: IoU from which a prior joins a target.
        priors: Default boxes, or anchors.
        targets: The objects of the batch.
        greedy: Whether targets share out the priors that are best for several; else the last target has them.
    """
    live = (~targets.ignore).nonzero().squeeze(1)
    pairs = overlapping_pairs(targets.boxes[live], priors, threshold, exact=True)
    pairs = pairs._replace(row=live[pairs.row])
    offset, num_points = targets.image * len(priors), targets.batch_size * len(priors)
    forced = best_of_rows(pairs, len(targets))
    if greedy:
        forced = without_sharing(forced, targets.boxes, priors, offset, num_points)
    row, prior = torch.cat((forced.row, pairs.row)), torch.cat((forced.prior, pairs.prior))
    rank = torch.cat((forced.row + 2, pairs.overlap))  # above all IoUs, and the last target above the others
    point, chosen = first_maxima(rank, offset[row] + prior, num_points, threshold)
    return point, row[chosen]
