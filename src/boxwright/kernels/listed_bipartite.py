"""The sparse implementation of bipartite matching: from a list of the pairs that can matter."""

import torch
from jaxtyping import Int64
from torch import Tensor

from boxwright.kernels.forward_only import forward_only
from boxwright.kernels.overlap_search import Overlaps, overlapping_pairs
from boxwright.kernels.segments import first_maxima, first_maximum_per_group
from boxwright.kernels.sharing import without_sharing
from boxwright.structures.priors import Priors
from boxwright.structures.targets import Targets


@forward_only
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
    boxes = targets.boxes.masked_fill(targets.ignore.unsqueeze(1), 0)  # without an area, they overlap nothing
    pairs = overlapping_pairs(boxes, priors, threshold, exact=True)
    offset, num_points = targets.image * len(priors), targets.batch_size * len(priors)
    is_best = first_maximum_per_group(pairs.overlap, pairs.row, pairs.prior, len(targets))
    # above all IoUs, and the last target above the others
    rank = (pairs.row + 2).where(is_best, pairs.overlap)
    point, chosen = first_maxima(rank, offset.take(pairs.row).add_(pairs.prior), num_points, threshold)
    if greedy and int(is_best.take(chosen).sum()) < int(is_best.sum()):  # not every target has its best prior
        best = pairs.take(is_best.nonzero().squeeze(1))
        forced = without_sharing(best, targets.boxes, priors, offset, num_points)
        rank = torch.cat((forced.row + 2, pairs.overlap))
        pairs = Overlaps(*(torch.cat(columns) for columns in zip(forced, pairs, strict=True)))
        point, chosen = first_maxima(rank, offset.take(pairs.row).add_(pairs.prior), num_points, threshold)
    return point, pairs.row.take(chosen)
