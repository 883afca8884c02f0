"""The reference of bipartite matching: every target against every prior of its image."""

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from boxwright.kernels.dense_cells import best_of_row, first_of_image
from boxwright.kernels.plain_iou import exact_corners, plain_iou
from boxwright.structures.priors import Priors
from boxwright.structures.targets import Targets


def dense_bipartite(
    threshold: float, priors: Priors, targets: Targets, *, greedy: bool
) -> Int64[Tensor, "batch priors"]:
    """Gives every prior its target, the number of targets where there is none.

    With greedy sharing the host waits once, for the largest number of targets of an image.

    Args:
        threshold: IoU from which a prior joins a target.
        priors: Default boxes, or anchors.
        targets: The objects of the batch.
        greedy: Whether targets share out the priors that are best for several; else the last target has them.
    """
    corners = exact_corners(priors)
    overlap = plain_iou(targets.boxes.to(corners.dtype).unsqueeze(1), corners)
    overlap = overlap.masked_fill(targets.ignore.unsqueeze(1), -1)
    joined = first_of_image(overlap.where(overlap >= threshold, -1), targets.image, targets.batch_size)
    if greedy:
        point = _shared_out(overlap, targets)
    else:
        point = _points(targets, best_of_row(overlap.clamp(min=0), 1), len(priors)).squeeze(1)
        point = point.where(overlap.amax(dim=1) > 0, joined.numel())
    row = torch.arange(len(targets), device=point.device)
    owner = torch.full((joined.numel() + 1,), -1, dtype=torch.int64, device=point.device)
    owner = owner.scatter_reduce_(0, point, row, "amax")[:-1].view_as(joined)
    return owner.where(owner >= 0, joined)


def _points(targets: Targets, prior: Int64[Tensor, "targets best"], num_priors: int) -> Int64[Tensor, "targets best"]:
    """Gives image · priors + prior."""
    return torch.add(prior, targets.image.unsqueeze(1), alpha=num_priors)


def _shared_out(overlap: Float[Tensor, "targets priors"], targets: Targets) -> Int64[Tensor, "targets"]:
    """Takes, in every image, the pair of largest overlap, puts both aside, and so on.

    Gives image · priors + prior of every target, the number of all points where no prior is left. With n targets in an
    image, a target never falls back further than to its n-th best prior, so no others are looked at.
    """
    counts = torch.zeros(targets.batch_size, dtype=torch.int64, device=overlap.device)
    counts.index_add_(0, targets.image, torch.ones_like(targets.image))
    steps = int(counts.max()) if len(targets) else 0  # the wait
    wish = best_of_row(overlap.clamp(min=0), steps)
    value, point = overlap.gather(1, wish), _points(targets, wish, overlap.shape[1])
    value = value.where(value > 0, -1)
    taken = torch.zeros(targets.batch_size * overlap.shape[1], dtype=torch.bool, device=overlap.device)
    own = torch.full_like(targets.image, len(taken))
    for _ in range(steps):
        best, which = value.max(dim=1, keepdim=True)
        winner, chosen = _winners(best.squeeze(1), targets), point.gather(1, which).squeeze(1)
        own = chosen.where(winner, own)
        taken.index_put_((chosen,), winner, accumulate=True)
        value = value.masked_fill(taken[point] | winner.unsqueeze(1), -1)
    return own


def _winners(best: Float[Tensor, "targets"], targets: Targets) -> Bool[Tensor, "targets"]:
    """Marks in each image the target of largest overlap, the lowest of equal ones; none where all are below 0."""
    image = targets.image
    largest = best.new_zeros(targets.batch_size).scatter_reduce_(0, image, best, "amax")
    row = torch.arange(len(best), device=best.device)
    rivals = row.masked_fill(best != largest[image], len(best))
    first = row.new_full((targets.batch_size,), len(best)).scatter_reduce_(0, image, rivals, "amin")
    return row == first[image]
