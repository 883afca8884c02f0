"""The sparse implementation of greedy sharing: every target has a prior of its own, from the best pair down."""

from collections import Counter
from itertools import pairwise
from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from boxwright.kernels.overlapping_priors import overlapping_priors
from boxwright.kernels.segments import first_maximum_per_group
from boxwright.structures.priors import Priors

_BOXES_AT_ONCE = 64  # whose priors are listed

Wishes = list[tuple[int, float]]
"""Prior and overlap, from the best down."""


class Claims(NamedTuple):
    """A target and a prior that it has or wants."""

    row: Tensor
    prior: Tensor
    overlap: Tensor

    def take(self, index: Tensor) -> "Claims":
        """Takes some rows of every column."""
        return Claims(*(column[index] for column in self))


def without_sharing(
    claims: Claims,
    boxes: Float[Tensor, "rows 4"],
    priors: Priors,
    offset: Int64[Tensor, "rows"],
    num_points: int,
    lost: list[Claims] | None,
) -> Claims:
    """Lets every target claim its priors from the best down until no prior has two claims.

    A prior keeps the claim of largest IoU that it ever had, of equal ones that of the lowest target. Since both sides
    rank by the same number, this ends where taking the best pair of all, again and again, ends (a stable matching, and
    with one ranking there is only one), whoever claims first. So those that lose their best prior, of which there are
    few, or all targets of a crowd, claim one by one.

    Args:
        claims: Of each target its best prior.
        boxes: xyxy in canvas pixels.
        priors: The priors of the canvas.
        offset: image · priors of each target.
        num_points: Images times priors.
        lost: Gets the claims that failed, unless None.
    """
    keeps = first_maximum_per_group(claims.overlap, offset[claims.row] + claims.prior, claims.row, num_points)
    losers = claims.row[~keeps]
    if len(losers) == 0:
        return claims
    holders, failed = claims.take(keeps), claims.take(~keeps)
    found, others = _one_by_one(holders, losers, boxes, priors, offset)
    if lost is not None:
        lost.extend((failed, others))
    return found


def _one_by_one(
    holders: Claims, losers: Tensor, boxes: Tensor, priors: Priors, offset: Tensor
) -> tuple[Claims, Claims]:
    """Lets the losers claim, the lowest first, and whoever they drive out; gives who holds what, and what failed."""
    first = offset.tolist()
    most = max(Counter(first).values())  # a target falls back no further than there are targets in its image
    points = (offset[holders.row] + holders.prior).tolist()
    held = dict(zip(points, zip(holders.overlap.tolist(), (-holders.row).tolist(), strict=True), strict=True))
    waiting, failed = losers.sort(descending=True).values.tolist(), []
    wishes = _wishes_of(losers, boxes, priors, most)
    while waiting:
        row = waiting.pop()
        if row not in wishes:
            wishes |= _wishes_of(losers.new_tensor([row]), boxes, priors, most)
        for prior, overlap in wishes[row]:
            claim, point = (overlap, -row), first[row] + prior
            holder = held.get(point)
            if holder is None or claim > holder:
                held[point] = claim
                if holder is not None:
                    waiting.append(-holder[1])
                    failed.append((-holder[1], prior, holder[0]))
                break
            failed.append((row, prior, overlap))
    found = [(-row, point - first[-row], overlap) for point, (overlap, row) in held.items()]
    return _claims(found, holders), _claims(failed, holders)


def _wishes_of(rows: Int64[Tensor, "rows"], boxes: Tensor, priors: Priors, most: int) -> dict[int, Wishes]:
    """Lists the best priors of some targets; equal boxes share a list."""
    different, box_of = torch.unique(boxes[rows], dim=0, return_inverse=True)
    lists: list[Wishes] = []
    for part in different.split(_BOXES_AT_ONCE):
        claims = Claims(*overlapping_priors(part, priors))
        claims = claims.take((claims.overlap > 0).nonzero().squeeze(1))
        order = claims.prior.argsort()
        order = order[claims.overlap[order].argsort(descending=True, stable=True)]
        claims = claims.take(order[claims.row[order].argsort(stable=True)])
        stops = torch.bincount(claims.row, minlength=len(part)).cumsum(0).tolist()
        for start, stop in pairwise((0, *stops)):
            some = slice(start, min(stop, start + most))
            lists.append(list(zip(claims.prior[some].tolist(), claims.overlap[some].tolist(), strict=True)))
    return {row: lists[box] for row, box in zip(rows.tolist(), box_of.tolist(), strict=True)}


def _claims(rows: list[tuple[int, int, float]], like: Claims) -> Claims:
    row, prior, overlap = zip(*rows, strict=True) if rows else ((), (), ())
    return Claims(like.row.new_tensor(row), like.prior.new_tensor(prior), like.overlap.new_tensor(overlap))
