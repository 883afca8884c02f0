"""Pairs that an assigner has decided on, and the assignment that they become."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from boxwright.errors import ConfigError
from boxwright.kernels.guarantee import claim_for_orphans
from boxwright.kernels.ignored_priors import ignored_priors
from boxwright.structures.assignment import Assignment
from boxwright.structures.priors import Priors
from boxwright.structures.targets import Targets


class Matched(NamedTuple):
    """Pairs with at most one target per point; `overlap` says which of a target's pairs is its best."""

    target: Tensor
    prior: Tensor
    overlap: Tensor
    quality: Tensor

    def take(self, rows: Tensor) -> "Matched":
        """Takes some rows of every column, named by a list or by a mask."""
        return Matched(*(column[rows] for column in self))


def assignment_of(
    pairs: Matched,
    priors: Priors,
    targets: Targets,
    *,
    guarantee: bool,
    quality_of: Callable[[Tensor, Tensor], Tensor] | None = None,
) -> Assignment:
    """Builds the assignment, sorted by image and prior; what lies in ignored targets and is no pair is ignored.

    Args:
        pairs: As decided.
        priors: The priors of the canvas.
        targets: The objects of the batch.
        guarantee: Whether a target without a pair gets the nearest free point, see `boxwright.kernels.guarantee`.
        quality_of: Gives the quality of such pairs from target and prior; 1 if left out.
    """
    point = targets.image[pairs.target] * len(priors) + pairs.prior
    if guarantee:
        kept, target, prior = claim_for_orphans(point, pairs.target, pairs.overlap, priors, targets)
        quality = pairs.quality.new_ones(len(target)) if quality_of is None else quality_of(target, prior)
        claimed = Matched(target, prior, quality.to(pairs.overlap.dtype), quality.to(pairs.quality.dtype))
        pairs = Matched(*(torch.cat(columns) for columns in zip(pairs.take(kept), claimed, strict=True)))
        point = targets.image[pairs.target] * len(priors) + pairs.prior
    pairs = pairs.take(point.argsort())
    return Assignment.of_pairs(
        priors,
        targets,
        prior=pairs.prior,
        target=pairs.target,
        quality=pairs.quality,
        ignored=ignored_priors(priors, targets, point),
    )


def require_points(priors: Priors, assigner: str) -> None:
    """Refuses priors of which a cell has several.

    Args:
        priors: The priors of the canvas.
        assigner: Who refuses.

    Raises:
        ConfigError: They are no point grid.
    """
    if any(grid.priors_per_cell != 1 for grid in priors.grids):
        raise ConfigError(f"{assigner} needs one prior per cell; use PointGrid.")
