"""The sparse implementation of task-aligned pairs: a list of the points inside each target, and nothing else."""

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from boxwright.geometry.overlaps import aligned_ciou
from boxwright.kernels.aligned_pairs import AlignedRule, Pairs, Steps
from boxwright.kernels.forward_only import forward_only
from boxwright.kernels.grid_candidates import points_by_level
from boxwright.kernels.proposal_rows import boxes_at, scores_at
from boxwright.kernels.segments import first_maximum_per_group, top_k_per_group
from boxwright.structures.priors import Priors
from boxwright.structures.proposals import Proposals
from boxwright.structures.targets import Targets

_PAIRS_AT_ONCE = 1 << 16
_POINTS_AT_ONCE = 1 << 10  # contested ones, each with every target of its image


@forward_only
def listed_aligned_pairs(rule: AlignedRule, priors: Priors, targets: Targets, proposals: Proposals) -> Pairs:
    """Gives the pairs of `dense_aligned_pairs`; memory follows candidates.

    Args:
        rule: Settings of the assigner.
        priors: A point grid.
        targets: The objects of the batch.
        proposals: Scores and boxes.
    """
    return listed_aligned_steps(rule, priors, targets, proposals).resolved


def listed_aligned_steps(rule: AlignedRule, priors: Priors, targets: Targets, proposals: Proposals) -> Steps:
    """Gives the same pairs, and how they came about.

    Args:
        rule: Settings of the assigner.
        priors: A point grid.
        targets: The objects of the batch.
        proposals: Scores and boxes.
    """
    live = (~targets.ignore).nonzero().squeeze(1)
    (row, prior), per_level = points_by_level(rule.regions(targets)[live], priors.grids)
    candidates = measured_pairs(rule, live.take(row), prior, priors, targets, proposals, per_level.tolist())
    chosen = _choose(rule, candidates, len(targets))
    resolved = _resolve(rule, candidates, chosen, priors, targets, proposals)
    return Steps(candidates, chosen, resolved.take(resolved.point.argsort()))


def measured_pairs(
    rule: AlignedRule,
    target: Int64[Tensor, "pairs"],
    prior: Int64[Tensor, "pairs"],
    priors: Priors,
    targets: Targets,
    proposals: Proposals,
    per_level: list[int] | None = None,
) -> Pairs:
    """Computes alignment and overlap of pairs, in chunks.

    Args:
        rule: Settings of the assigner.
        target: Row of the targets of each pair.
        prior: Prior of each pair.
        priors: A point grid.
        targets: The objects of the batch.
        proposals: Scores and boxes.
        per_level: How many pairs each level has, if they are sorted by level.
    """
    image = targets.image.take(target)
    boxes = boxes_at(proposals, image, prior)
    scores = scores_at(proposals, image, prior, targets.labels.take(target), per_level)
    wanted = targets.boxes.to(boxes.dtype)
    chunks = [
        aligned_ciou(wanted.index_select(0, rows), part).clamp_(min=0)
        for rows, part in zip(target.split(_PAIRS_AT_ONCE), boxes.split(_PAIRS_AT_ONCE), strict=True)
    ]
    overlap = torch.cat(chunks) if len(chunks) > 1 else chunks[0]
    point = torch.add(prior, image, alpha=len(priors))
    return Pairs(target, prior, point, rule.alignment(scores, overlap), overlap)


def _choose(rule: AlignedRule, candidates: Pairs, num_targets: int) -> Bool[Tensor, "pairs"]:
    """Marks the best-aligned candidates of each target."""
    usable = (candidates.alignment > 0).nonzero().squeeze(1)
    alignment, target = candidates.alignment.take(usable), candidates.target.take(usable)
    best = top_k_per_group(alignment, target, num_targets, rule.topk)
    return torch.zeros_like(candidates.target, dtype=torch.bool).index_copy_(0, usable, best)


def _resolve(
    rule: AlignedRule, candidates: Pairs, chosen: Tensor, priors: Priors, targets: Targets, proposals: Proposals
) -> Pairs:
    """Leaves one pair per point."""
    num_points = targets.batch_size * len(priors)
    rows = chosen.nonzero().squeeze(1)
    points = candidates.point.take(rows)
    contested = torch.bincount(points, minlength=num_points) > 1
    settled = rows.masked_select(contested.take(points).logical_not_())
    if not rule.all_may_win:
        rivals = contested.take(candidates.point).nonzero().squeeze(1)
        overlap, point = candidates.overlap.take(rivals), candidates.point.take(rivals)
        winners = first_maximum_per_group(overlap, point, candidates.target.take(rivals), num_points)
        return candidates.take(torch.cat((settled, rivals.masked_select(winners))))
    pairs = candidates.take(settled)
    for points in contested.nonzero().squeeze(1).split(_POINTS_AT_ONCE):
        everybody = _all_rivals(rule, points, priors, targets, proposals)
        winners = first_maximum_per_group(everybody.overlap, everybody.point, everybody.target, num_points)
        pairs = pairs.join(everybody.take(winners))
    return pairs


def _all_rivals(
    rule: AlignedRule, points: Int64[Tensor, "points"], priors: Priors, targets: Targets, proposals: Proposals
) -> Pairs:
    """Pairs contested points with every target of their image, also those that do not hold the point."""
    image = points.div(len(priors), rounding_mode="floor")
    counts = torch.bincount(targets.image, minlength=targets.batch_size)
    first = counts.cumsum(0) - counts
    which = torch.arange(len(points), device=points.device).repeat_interleave(counts[image])
    starts = counts[image].cumsum(0) - counts[image]
    target = first[image][which] + torch.arange(len(which), device=points.device) - starts[which]
    live = (~targets.ignore[target]).nonzero().squeeze(1)
    which, target = which[live], target[live]
    return measured_pairs(rule, target, points[which] % len(priors), priors, targets, proposals)
