"""Pairs of a task-aligned assignment: what the implementations take and give."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.geometry.precision import even_power
from boxwright.kernels.segments import max_per_group


class AlignedRule(NamedTuple):
    """What of an assigner's settings decides about pairs, see `TaskAlignedAssigner`."""

    topk: int
    alpha: float
    beta: float
    all_may_win: bool

    def alignment(self, scores: Tensor, overlap: Tensor) -> Tensor:
        """Gives score^alpha · overlap^beta."""
        return even_power(scores, self.alpha) * even_power(overlap, self.beta)


class Pairs(NamedTuple):
    """Candidate or chosen pairs: row of the targets, prior, image · priors + prior, alignment, overlap."""

    target: Tensor
    prior: Tensor
    point: Tensor
    alignment: Tensor
    overlap: Tensor

    def take(self, rows: Tensor) -> "Pairs":
        """Takes some rows of every column, named by a list or by a mask."""
        rows = rows.nonzero().squeeze(1) if rows.dtype == torch.bool else rows
        return Pairs(*(column.take(rows) for column in self))

    def join(self, others: "Pairs") -> "Pairs":
        """Appends the rows of others."""
        return Pairs(*(torch.cat(columns) for columns in zip(self, others, strict=True)))


class Steps(NamedTuple):
    """The way to the pairs: candidates, a mask of those chosen, the pairs left where points were contested."""

    candidates: Pairs
    chosen: Tensor
    resolved: Pairs


def quality(pairs: Pairs, leaders: Pairs, num_targets: int, epsilon: float) -> Float[Tensor, "pairs"]:
    """Scales alignments so that the best of each target's leaders has the largest overlap of them.

    Args:
        pairs: Whose quality is asked for.
        leaders: The pairs of every target, or its candidates.
        num_targets: How many targets there are.
        epsilon: Added to a target's largest alignment.
    """
    best_alignment = max_per_group(leaders.alignment, leaders.target, num_targets)
    best_overlap = max_per_group(leaders.overlap, leaders.target, num_targets)
    return pairs.alignment * (best_overlap / (best_alignment + epsilon)).take(pairs.target)
