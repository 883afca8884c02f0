"""The reference of task-aligned pairs: every target against every point of its image."""

from typing import NamedTuple

import torch
from jaxtyping import Bool
from torch import Tensor

from boxwright.geometry.overlaps import EPSILON, complete_iou
from boxwright.kernels.aligned_pairs import AlignedRule, Pairs, Steps
from boxwright.kernels.dense_cells import best_of_row, centres_inside, first_of_image, outward_centres
from boxwright.kernels.dense_proposals import all_boxes, scores_of_labels
from boxwright.kernels.one_graph import one_graph
from boxwright.structures.priors import Priors
from boxwright.structures.proposals import Proposals
from boxwright.structures.targets import Targets


def dense_aligned_pairs(rule: AlignedRule, priors: Priors, targets: Targets, proposals: Proposals) -> Pairs:
    """Gives the pairs, sorted by point. The host waits once, for their number.

    Args:
        rule: Settings of the assigner.
        priors: A point grid.
        targets: The objects of the batch.
        proposals: Scores and boxes.
    """
    return _pairs(_table(rule, priors, targets, proposals), len(priors))


def dense_aligned_steps(rule: AlignedRule, priors: Priors, targets: Targets, proposals: Proposals) -> Steps:
    """Gives the same pairs, and how they came about.

    Args:
        rule: Settings of the assigner.
        priors: A point grid.
        targets: The objects of the batch.
        proposals: Scores and boxes.
    """
    table = _table(rule, priors, targets, proposals)
    target, prior = table.is_candidate.nonzero().unbind(1)
    point = targets.image[target] * len(priors) + prior
    candidates = Pairs(target, prior, point, table.alignment[target, prior], table.overlap[target, prior])
    return Steps(candidates, table.is_chosen[target, prior], _pairs(table, len(priors)))


class _Table(NamedTuple):
    """Of every target and every prior; and of every point whether it is in a pair, and with which target."""

    is_candidate: Tensor
    is_chosen: Tensor
    alignment: Tensor
    overlap: Tensor
    is_owned: Tensor
    owner: Tensor


def _table(rule: AlignedRule, priors: Priors, targets: Targets, proposals: Proposals) -> _Table:
    """Measures all pairs, and decides whose every point is; everything before the one wait."""
    outward_centres(priors)  # both are kept, before a graph asks for them
    priors.rows()
    measure = one_graph(_measured_table, targets.boxes.device, len(targets))
    return measure(rule, priors, targets, proposals)


def _measured_table(rule: AlignedRule, priors: Priors, targets: Targets, proposals: Proposals) -> _Table:
    """Measures all pairs, and decides whose every point is.

    Source: TOOD, Feng et al. 2021, eq. 2 and sec. 3.3.
    """
    live = ~targets.ignore.unsqueeze(1)
    is_candidate = centres_inside(rule.regions(targets), priors) & live
    boxes = all_boxes(proposals).index_select(0, targets.image)
    wanted = targets.boxes.unsqueeze(1).to(boxes.dtype)
    overlap = complete_iou(wanted, boxes, EPSILON, exact_heights=False).clamp(min=0)
    alignment = rule.alignment(scores_of_labels(proposals, targets), overlap)

    usable = is_candidate & (alignment > 0)
    best = best_of_row(alignment.where(usable, 0), rule.topk)
    is_chosen = torch.zeros_like(usable).scatter_(1, best, usable.gather(1, best))

    rivals = (is_candidate | live) if rule.all_may_win else is_candidate
    eligible = rivals.where(_contested(is_chosen, targets), is_chosen)
    owner = first_of_image(overlap.where(eligible, -1), targets.image, targets.batch_size).flatten()
    return _Table(is_candidate, is_chosen, alignment, overlap, owner < len(targets), owner)


def _pairs(table: _Table, num_priors: int) -> Pairs:
    point = table.is_owned.nonzero().squeeze(1)  # the one wait
    target, prior = table.owner.take(point), point % num_priors
    return Pairs(target, prior, point, table.alignment[target, prior], table.overlap[target, prior])


def _contested(is_chosen: Bool[Tensor, "targets priors"], targets: Targets) -> Bool[Tensor, "targets priors"]:
    """Marks the points that several targets chose, seen from each target."""
    choosers = torch.zeros(targets.batch_size, is_chosen.shape[1], device=is_chosen.device)
    choosers.index_add_(0, targets.image, is_chosen.to(choosers.dtype))
    return (choosers > 1).index_select(0, targets.image)
