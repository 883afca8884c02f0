"""The sparse implementation of greedy sharing: every target has a prior of its own, from the best pair down."""

from collections import Counter
from itertools import pairwise

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from boxwright.kernels.overlap_search import Overlaps, overlapping_pairs
from boxwright.kernels.segments import first_maximum_per_group
from boxwright.structures.priors import Priors

_BOXES_AT_ONCE = 64  # whose priors are listed

Wishes = list[tuple[int, float]]
"""Prior and overlap, from the best down."""


def without_sharing(
    claims: Overlaps,
    boxes: Float[Tensor, "rows 4"],
    priors: Priors,
    offset: Int64[Tensor, "rows"],
    num_points: int,
) -> Overlaps:
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
    """
    keeps = first_maximum_per_group(claims.overlap, offset[claims.row] + claims.prior, claims.row, num_points)
    losers = claims.row[~keeps]
    if len(losers) == 0:
        return claims
    return _one_by_one(claims.take(keeps.nonzero().squeeze(1)), losers, boxes, priors, offset)


def _one_by_one(holders: Overlaps, losers: Tensor, boxes: Tensor, priors: Priors, offset: Tensor) -> Overlaps:
    """Lets the losers claim, the lowest first, and whoever they drive out; gives who holds what."""
    first = offset.tolist()
    most = max(Counter(first).values())  # a target falls back no further than there are targets in its image
    points = (offset[holders.row] + holders.prior).tolist()
    held = dict(zip(points, zip(holders.overlap.tolist(), (-holders.row).tolist(), strict=True), strict=True))
    waiting = losers.sort(descending=True).values.tolist()
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
                break
    found = [(-row, point - first[-row], overlap) for point, (overlap, row) in held.items()]
    columns = zip(*found, strict=True)
    return Overlaps(*(like.new_tensor(column) for like, column in zip(holders, columns, strict=True)))


def _wishes_of(rows: Int64[Tensor, "rows"], boxes: Tensor, priors: Priors, most: int) -> dict[int, Wishes]:
    """Lists the best priors of some targets; equal boxes share a list."""
    different, box_of = torch.unique(boxes[rows], dim=0, return_inverse=True)
    lists: list[Wishes] = []
    for part in different.split(_BOXES_AT_ONCE):
        claims = overlapping_pairs(part, priors, 0.0, with_best=False, exact=True)
        order = claims.prior.argsort()
        order = order[claims.overlap[order].argsort(descending=True, stable=True)]
        claims = claims.take(order[claims.row[order].argsort(stable=True)])
        stops = torch.bincount(claims.row, minlength=len(part)).cumsum(0).tolist()
        for start, stop in pairwise((0, *stops)):
            some = slice(start, min(stop, start + most))
            lists.append(list(zip(claims.prior[some].tolist(), claims.overlap[some].tolist(), strict=True)))
    return {row: lists[box] for row, box in zip(rows.tolist(), box_of.tolist(), strict=True)}
