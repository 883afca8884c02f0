"""The sparse implementation of max-IoU assignment: from a list of the pairs that can matter."""

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from boxwright.kernels.best_targets import best_targets
from boxwright.kernels.dense_max_iou import MaxIouRule
from boxwright.kernels.overlap_search import Overlaps
from boxwright.kernels.segments import first_maximum_per_group, max_per_group
from boxwright.structures.assignment import Assignment
from boxwright.structures.priors import Priors
from boxwright.structures.targets import Targets


def listed_max_iou(
    rule: MaxIouRule,
    pairs: Overlaps,
    priors: Priors,
    targets: Targets,
    usable: Bool[Tensor, "batch priors"] | None,
    covered: Bool[Tensor, "batch priors"] | None,
) -> Assignment:
    """Gives the assignment of `dense_max_iou` from the pairs that a band or a claim depends on.

    Args:
        rule: Settings of the assigner.
        pairs: Row, prior and overlap.
        priors: Anchors.
        targets: The objects of the batch.
        usable: Priors that take part; None: all.
        covered: Priors in ignored regions; None: none.
    """
    num_points = targets.batch_size * len(priors)
    point = targets.image[pairs.row] * len(priors) + pairs.prior
    is_best = first_maximum_per_group(pairs.overlap, point, pairs.row, num_points)
    if rule.forced == "restore":
        chosen, target = _restore(rule, pairs, point, is_best, priors, targets)
    else:
        rows = _choose(rule, pairs, point, is_best, num_points, len(targets))
        chosen, target = point[rows], pairs.row[rows]
    ignored = outside_bands(rule, pairs, point, is_best, num_points)
    if covered is not None:
        ignored |= covered.view(-1)
    ignored[chosen] = False
    if usable is not None:
        ignored |= ~usable.view(-1)
    order = chosen.argsort()
    return Assignment.of_pairs(
        priors,
        targets,
        prior=chosen[order] % len(priors),
        target=target[order],
        ignored=ignored.view(targets.batch_size, len(priors)),
    )


def _choose(
    rule: MaxIouRule, pairs: Overlaps, point: Tensor, is_best: Tensor, num_points: int, num_targets: int
) -> Int64[Tensor, "chosen"]:
    """Gives the rows of the pairs that become positive, one per point."""
    enough = is_best & (pairs.overlap >= rule.positive)
    if rule.forced == "off":
        return enough.nonzero().squeeze(1)
    claims = claims_of(rule, pairs, num_targets)
    is_claimed = torch.zeros(num_points, dtype=torch.bool, device=point.device)
    is_claimed[point[claims]] = True
    if rule.forced == "last":
        winner = point.new_zeros(num_points).scatter_reduce_(0, point[claims], pairs.row[claims], "amax")
        wins = pairs.row[claims] == winner[point[claims]]
    else:
        wins = first_maximum_per_group(pairs.overlap[claims], point[claims], pairs.row[claims], num_points)
    return torch.cat(((enough & ~is_claimed[point]).nonzero().squeeze(1), claims[wins]))


def _restore(
    rule: MaxIouRule, pairs: Overlaps, point: Tensor, is_best: Tensor, priors: Priors, targets: Targets
) -> tuple[Int64[Tensor, "chosen"], Int64[Tensor, "chosen"]]:
    """Gives point and target of the pairs; a claimed point goes to the target that it overlaps most itrule."""
    enough = (is_best & (pairs.overlap >= rule.positive)).nonzero().squeeze(1)
    is_claimed = torch.zeros(targets.batch_size * len(priors), dtype=torch.bool, device=point.device)
    is_claimed[point[claims_of(rule, pairs, len(targets))]] = True
    is_claimed[point[enough]] = False
    known = (is_best & (pairs.overlap >= rule.threshold) & is_claimed[point]).nonzero().squeeze(1)
    is_claimed[point[known]] = False  # for the others, a target whose pair is not listed may be better
    claimed = is_claimed.nonzero().squeeze(1)
    chosen = torch.cat((point[enough], point[known], claimed))
    return chosen, torch.cat((pairs.row[enough], pairs.row[known], best_targets(claimed, priors, targets)))


def claims_of(rule: MaxIouRule, pairs: Overlaps, num_targets: int) -> Int64[Tensor, "claims"]:
    """Gives the rows of the pairs that have the best overlap of their target.

    Args:
        rule: Settings of the assigner.
        pairs: Row, prior and overlap.
        num_targets: How many targets there are.
    """
    if rule.all_ties:
        claims = pairs.overlap == max_per_group(pairs.overlap, pairs.row, num_targets)[pairs.row]
    else:
        claims = first_maximum_per_group(pairs.overlap, pairs.row, pairs.prior, num_targets)
    return (claims & (pairs.overlap >= rule.least_forced)).nonzero().squeeze(1)


def outside_bands(
    rule: MaxIouRule, pairs: Overlaps, point: Tensor, is_best: Tensor, num_points: int
) -> Bool[Tensor, "points"]:
    """Marks the points that overlap too much for background and not enough for a pair, or too little for both.

    Args:
        rule: Settings of the assigner.
        pairs: Row, prior and overlap.
        point: Image · priors + prior of each.
        is_best: Which pair of each point has the largest overlap.
        num_points: How many points there are.
    """
    low, high = rule.band
    ignored = torch.full((num_points,), low > 0, dtype=torch.bool, device=point.device)
    if low > 0:
        ignored[point[is_best & (pairs.overlap >= low) & (pairs.overlap < high)]] = False
    else:
        ignored[point[is_best & (pairs.overlap >= high)]] = True
    return ignored
