"""The reference of max-IoU assignment: every target against every prior of its image."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from boxwright.kernels.dense_cells import best_of_row, first_of_image, of_any_target
from boxwright.kernels.plain_iou import corners, plain_iou
from boxwright.structures.priors import Priors
from boxwright.structures.targets import Targets


class MaxIouRule(NamedTuple):
    """What of an assigner's settings decides about pairs, see `MaxIouAssigner`."""

    positive: float
    band: tuple[float, float]
    forced: str
    least_forced: float
    all_ties: bool
    zero_overlap: bool

    @property
    def threshold(self) -> float:
        """Least IoU that a band depends on."""
        low, high = self.band
        return low if low > 0 else high


class Labelled(NamedTuple):
    """The target of every prior, the number of targets where there is none; and what is ignored."""

    target: Int64[Tensor, "batch priors"]
    ignored: Bool[Tensor, "batch priors"]


def dense_max_iou(
    rule: MaxIouRule,
    priors: Priors,
    targets: Targets,
    usable: Bool[Tensor, "batch priors"] | None,
    covered: Bool[Tensor, "batch priors"] | None,
) -> Labelled:
    """Gives every prior its target. The host does not wait.

    Args:
        rule: Settings of the assigner.
        priors: Anchors.
        targets: The objects of the batch.
        usable: Priors that take part; None: all.
        covered: Priors in ignored regions; None: none.
    """
    none = len(targets)
    overlap = _takes_part(plain_iou(targets.boxes.unsqueeze(1), corners(priors)), rule, targets, usable)
    best = first_of_image(overlap, targets.image, targets.batch_size)
    largest = _at(overlap, best)
    target = best.where(largest >= rule.positive, none)
    if rule.forced != "off":
        claims = _claims(overlap, rule)
        if rule.forced == "restore":
            target = best.where(of_any_target(claims, targets.image, targets.batch_size), target)
        else:
            owner = _last(claims, targets) if rule.forced == "last" else _first(overlap.where(claims, -1), targets)
            target = owner.where(owner < none, target)
    low, high = rule.band
    ignored = (largest < low) | (largest >= high) if low > 0 else largest >= high
    if covered is not None:
        ignored = ignored | covered
    ignored = ignored & (target == none)
    return Labelled(target, ignored if usable is None else ignored | ~usable)


def dense_covered(
    targets: Targets, priors: Priors, share: float, *, of_region: bool = False
) -> Bool[Tensor, "batch priors"]:
    """Marks every prior of which more than a share of the area lies in a single ignored target of its image.

    Args:
        targets: The objects of the batch.
        priors: Anchors.
        share: Of the prior's area, 0 to 1.
        of_region: Whether it is a share of the target's area, which the prior covers.
    """
    left, top, right, bottom = targets.boxes.unsqueeze(2).unbind(1)
    prior_left, prior_top, prior_right, prior_bottom = corners(priors).unbind(1)
    width = (torch.minimum(right, prior_right) - torch.maximum(left, prior_left)).clamp(min=0)
    height = (torch.minimum(bottom, prior_bottom) - torch.maximum(top, prior_top)).clamp(min=0)
    of_prior = (prior_right - prior_left) * (prior_bottom - prior_top)
    area = (right - left) * (bottom - top) if of_region else of_prior
    inside = (width * height / area > share) & targets.ignore.unsqueeze(1)
    return of_any_target(inside, targets.image, targets.batch_size)


def _takes_part(overlap: Tensor, rule: MaxIouRule, targets: Targets, usable: Tensor | None) -> Tensor:
    """Puts −1 where a target and a prior have nothing to do with each other."""
    may = ~targets.ignore.unsqueeze(1).expand_as(overlap)
    if usable is not None:
        may = may & usable.index_select(0, targets.image)
    touches = may & (overlap > 0)
    if rule.zero_overlap:
        touches = touches | (may & ~touches.any(dim=1, keepdim=True))
    return overlap.where(touches, -1)


def _claims(overlap: Tensor, rule: MaxIouRule) -> Bool[Tensor, "targets priors"]:
    """Marks the priors of each target's best overlap."""
    if rule.all_ties:
        is_best = overlap == overlap.amax(dim=1, keepdim=True)
    else:
        is_best = torch.zeros_like(overlap, dtype=torch.bool).scatter_(1, best_of_row(overlap.clamp(min=0), 1), True)
    return is_best & (overlap >= max(rule.least_forced, 0.0))


def _at(overlap: Tensor, target: Int64[Tensor, "batch priors"]) -> Float[Tensor, "batch priors"]:
    """Reads the overlap of every prior with a target, −1 where there is none."""
    none = overlap.new_full((1, overlap.shape[1]), -1)
    return torch.cat((overlap, none)).gather(0, target)


def _first(overlap: Tensor, targets: Targets) -> Int64[Tensor, "batch priors"]:
    return first_of_image(overlap, targets.image, targets.batch_size)


def _last(claims: Tensor, targets: Targets) -> Int64[Tensor, "batch priors"]:
    """Gives the last target that claims each prior, or the number of targets."""
    row = torch.arange(len(claims), device=claims.device).unsqueeze(1).where(claims, -1)
    last = row.new_full((targets.batch_size, claims.shape[1]), -1)
    last.scatter_reduce_(0, targets.image.unsqueeze(1).expand_as(row), row, "amax")
    return last.where(last >= 0, len(claims))
