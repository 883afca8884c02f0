"""Pairs of a task-aligned assignment: what the implementations take and give."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.geometry.precision import constant, even_power
from boxwright.kernels.one_graph import one_graph
from boxwright.kernels.segments import max_per_group
from boxwright.structures.targets import Targets


class AlignedRule(NamedTuple):
    """What of an assigner's settings decides about pairs, see `TaskAlignedAssigner`; small sides in pixels."""

    topk: int
    alpha: float
    beta: float
    all_may_win: bool
    small_side: tuple[int, int] | None = None

    def regions(self, targets: Targets) -> Float[Tensor, "targets 4"]:
        """Gives where the candidates of each target lie."""
        return targets.boxes if self.small_side is None else widen_small_sides(targets.boxes, *self.small_side)

    def alignment(self, scores: Tensor, overlap: Tensor) -> Tensor:
        """Gives score^alpha · overlap^beta."""
        return even_power(scores, self.alpha) * even_power(overlap, self.beta)


def widen_small_sides(boxes: Float[Tensor, "boxes 4"], limit: int, side: int) -> Float[Tensor, "boxes 4"]:
    """Lengthens sides shorter than a limit about the box's centre, each side on its own.

    Args:
        boxes: xyxy in pixels.
        limit: A side shorter than this is lengthened, in pixels.
        side: To this length, in pixels.
    """
    opposite, signs = boxes.roll(2, dims=1), constant((-1.0, -1.0, 1.0, 1.0), boxes.dtype, boxes.device)
    widened: Tensor = torch.add(boxes + opposite, signs, alpha=side) / 2
    return widened.where((boxes - opposite).abs() < limit, boxes)


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
    scale = one_graph(_quality, pairs.alignment.device, len(pairs.alignment), len(leaders.alignment), num_targets)
    return scale(pairs, leaders, num_targets, epsilon)


def _quality(pairs: Pairs, leaders: Pairs, num_targets: int, epsilon: float) -> Tensor:
    best_alignment = max_per_group(leaders.alignment, leaders.target, num_targets)
    best_overlap = max_per_group(leaders.overlap, leaders.target, num_targets)
    return pairs.alignment * (best_overlap / (best_alignment + epsilon)).take(pairs.target)
