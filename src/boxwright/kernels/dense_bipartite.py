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
    own = _shared_out(overlap, targets) if greedy else best_of_row(overlap.clamp(min=0), 1).squeeze(1)
    has_own = own >= 0 if greedy else overlap.amax(dim=1) > 0
    row = torch.arange(len(targets), device=own.device)
    point = (targets.image * len(priors) + own).where(has_own, joined.numel())
    owner = torch.full((joined.numel() + 1,), -1, dtype=torch.int64, device=own.device)
    owner = owner.scatter_reduce_(0, point, row, "amax")[:-1].view_as(joined)
    return owner.where(owner >= 0, joined)


def _shared_out(overlap: Float[Tensor, "targets priors"], targets: Targets) -> Int64[Tensor, "targets"]:
    """Takes, in every image, the pair of largest overlap, puts both aside, and so on; −1 where none is left.

    With n targets in an image, a target never falls back further than to its n-th best prior, so no others are looked
    at.
    """
    counts = torch.zeros(targets.batch_size, dtype=torch.int64, device=overlap.device)
    counts.index_add_(0, targets.image, torch.ones_like(targets.image))
    steps = int(counts.max()) if len(targets) else 0  # the wait
    wish = best_of_row(overlap.clamp(min=0), steps)
    value, num_priors = overlap.gather(1, wish), overlap.shape[1]
    place = targets.image.unsqueeze(1) * num_priors + wish
    taken = torch.zeros(targets.batch_size * num_priors, dtype=torch.bool, device=overlap.device)
    own = torch.full_like(targets.image, -1)
    for _ in range(steps):
        is_open = (own < 0).unsqueeze(1) & ~taken[place] & (value > 0)
        best, which = value.where(is_open, -1).max(dim=1)
        winner = _winners(best, targets)
        chosen = wish.gather(1, which.unsqueeze(1)).squeeze(1)
        own = chosen.where(winner, own)
        taken = taken.index_put((targets.image * num_priors + chosen,), winner, accumulate=True)
    return own


def _winners(best: Float[Tensor, "targets"], targets: Targets) -> Bool[Tensor, "targets"]:
    """Marks in each image the target of largest overlap, the lowest of equal ones."""
    image = targets.image
    largest = best.new_zeros(targets.batch_size).scatter_reduce_(0, image, best, "amax")
    wins = (best > 0) & (best == largest[image])
    row = torch.arange(len(best), device=best.device).where(wins, len(best))
    first = row.new_full((targets.batch_size,), len(best)).scatter_reduce_(0, image, row, "amin")
    return row == first[image].where(wins, -1)
