"""Which priors overlap a box enough: the one search that max-IoU and bipartite assignment look for their pairs with.

The priors of one place in the cell have one size and stand one step apart. So along each side, those that have enough
in common with a box are neighbours, found by division. Cost and memory follow the pairs that are left, not boxes times
priors. Priors that form no grid are one cell with many places: then all are tried, in portions.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from boxwright.geometry.boxes import cxcywh_to_xyxy
from boxwright.geometry.precision import widest
from boxwright.kernels.choice import takes_reference
from boxwright.kernels.grid_candidates import Candidates
from boxwright.kernels.plain_iou import areas_of, corners, exact_corners, intersections, share_of_union
from boxwright.kernels.segments import first_maximum_per_group, max_per_group
from boxwright.structures.priors import Priors

_PAIRS_AT_ONCE = 1 << 18
_SPANS_AT_ONCE = 1 << 18  # of boxes times places
_FEW = 100_000  # pairs of any box with any prior, up to which it is quicker to measure them all
_SLACK = 0.01  # of a cell
_TRACE = 1e-37  # an IoU below this is 0
_CAREFUL = 1 - 1e-5  # what is listed is measured, so a little too much is listed rather than too little


class Overlaps(NamedTuple):
    """Pairs of box row and prior with their IoU; rows are ascending where nothing else is said."""

    row: Tensor
    prior: Tensor
    overlap: Tensor

    def take(self, index: Tensor) -> "Overlaps":
        """Takes some rows of every column."""
        return Overlaps(*(column.take(index) for column in self))


class _Places(NamedTuple):
    """One row for every place in the cell, on every level."""

    low: Tensor  # corners, centre and size of its prior in the first cell
    high: Tensor
    centre: Tensor
    size: Tensor
    area: Tensor
    step: Tensor  # from cell to cell, along x and y
    last: Tensor  # column and row
    steps: Tensor  # index of the prior in the first cell, and from column to column and from row to row


def overlapping_pairs(
    boxes: Float[Tensor, "boxes 4"],
    priors: Priors,
    least: float | Float[Tensor, "boxes"],
    *,
    image: Int64[Tensor, "boxes"] | None = None,
    usable: Bool[Tensor, "batch priors"] | None = None,
    with_best: bool = True,
    exact: bool = False,
) -> Overlaps:
    """Lists the pairs whose IoU is at least a number, and those that have the best IoU of their box.

    Where the IoU of a box with a prior can reach t, their intersection is at least t / (1 + t) times the sum of their
    areas. This bounds the columns and rows of the cells for every place in the cell on its own. A prior near the middle
    of the box gives a lower bound of the best IoU.

    An IoU of 0 is not listed, so a box that touches no usable prior has no pair.

    Law: the pairs are those of the reference, which compares all with all, with the same bits.

    Args:
        boxes: xyxy in canvas pixels.
        priors: Of a generator, or others whose cells repeat the first one of their level.
        least: IoU from which a pair is listed, of all boxes or of each; at 0 all that touch are.
        image: Image of each box; needed with `usable`.
        usable: Priors that take part; all if left out.
        with_best: Whether the pairs of the best IoU are listed if it is less than that.
        exact: Whether IoU is computed in the widest type, see `plain_iou`.
    """
    flags = None if usable is None or image is None else (usable, image)
    anchors, areas = priors.derived(_exact if exact else _plain)
    boxes = boxes.to(anchors.dtype) if exact else boxes
    if not len(boxes):
        return Overlaps(*_nothing(boxes), boxes.new_zeros(0))
    own_areas = areas_of(boxes)
    if takes_reference(boxes.device, len(boxes) * len(priors), few=_FEW):
        overlap = share_of_union(intersections(boxes.unsqueeze(1), anchors), own_areas.unsqueeze(1) + areas)
        return _all_with_all(overlap, least, flags, with_best=with_best)
    places = priors.derived(_places)
    bounds = least if isinstance(least, Tensor) else boxes.new_full((len(boxes),), least)

    def intersection(some: Tensor, rows: slice) -> Tensor:
        bound = bounds[rows]
        if with_best:
            bound = bound.minimum(_best_nearby(some, rows, places, anchors, areas, flags))
        bound = bound * _CAREFUL
        return (own_areas[rows].unsqueeze(1) + places.area).mul_((bound / (1 + bound)).unsqueeze(1))

    found = []
    for row, prior in _reached(boxes, places, intersection):
        if flags is not None:
            takes_part = flags[0][flags[1][row], prior]
            row, prior = row[takes_part], prior[takes_part]
        common = intersections(boxes.index_select(0, row), anchors.index_select(0, prior))
        overlap = share_of_union(common, own_areas.take(row).add_(areas.take(prior)))
        found.append(_enough(Overlaps(row, prior, overlap), bounds, with_best=with_best))
    return found[0] if len(found) == 1 else Overlaps(*map(torch.cat, zip(*found, strict=True)))


def _enough(pairs: Overlaps, bounds: Tensor, *, with_best: bool) -> Overlaps:
    """Leaves the pairs that reach their bound, or the best IoU of their box if that is less."""
    row, _, overlap = pairs
    enough = max_per_group(overlap, row, len(bounds)).minimum(bounds) if with_best else bounds
    return pairs.take((overlap >= enough.clamp(min=_TRACE).take(row)).nonzero().squeeze(1))


def _all_with_all(
    overlap: Tensor, least: float | Tensor, flags: tuple[Tensor, Tensor] | None, *, with_best: bool
) -> Overlaps:
    """The reference: looks at every pair. The host waits twice, for the number of priors that matter to any box."""
    if flags is not None:
        overlap = overlap * flags[0].index_select(0, flags[1])
    enough = overlap.amax(dim=1) if with_best else overlap.new_ones(len(overlap))  # no IoU is more
    enough.clamp_(max=least).clamp_(min=_TRACE)
    if len(overlap) == 1:  # there is nothing to leave out first
        row, prior = (overlap >= enough).nonzero().unbind(1)
        return Overlaps(row, prior, overlap.take(prior))
    prior = (overlap.amax(dim=0) >= enough.amin()).nonzero().squeeze(1)
    overlap = overlap.index_select(1, prior)
    row, column = (overlap >= enough.unsqueeze(1)).nonzero().unbind(1)
    return Overlaps(row, prior.take(column), overlap[row, column])


def best_overlaps(boxes: Float[Tensor, "boxes 4"], priors: Priors) -> Float[Tensor, "boxes"]:
    """Gives the largest IoU of every box with any prior, in the widest type.

    Args:
        boxes: xyxy in canvas pixels.
        priors: Of a generator, or others whose cells repeat the first one of their level.
    """
    pairs = overlapping_pairs(boxes, priors, 1.0, exact=True)
    return max_per_group(pairs.overlap, pairs.row, len(boxes))


def best_of_rows(pairs: Overlaps, num_rows: int) -> Overlaps:
    """Gives of every row the pair of largest overlap, of equal ones that of the lowest prior.

    Args:
        pairs: Some of every row, the best ones among them.
        num_rows: One more than the largest row there may be.
    """
    return pairs.take(first_maximum_per_group(pairs.overlap, pairs.row, pairs.prior, num_rows).nonzero().squeeze(1))


def covered_pairs(
    boxes: Float[Tensor, "boxes 4"], priors: Priors, share: float, *, of_region: bool = False
) -> Candidates:
    """Lists box and prior where more than a share of the prior's area lies in the box.

    Args:
        boxes: xyxy in canvas pixels.
        priors: Of a generator, or others whose cells repeat the first one of their level.
        share: Of the prior's area, 0 to 1.
        of_region: Whether it is a share of the box's area, which the prior covers.
    """
    places = priors.derived(_places)

    def intersection(some: Tensor, rows: slice) -> Tensor:
        area = areas_of(some).unsqueeze(1) if of_region else places.area
        return (area * (share * _CAREFUL)).expand(len(some), len(places.area))

    found = [_nothing(boxes)]
    for row, prior in _reached(boxes, places, intersection):
        region, anchor = boxes[row], corners(priors)[prior]
        sides = (region[:, 2:].minimum(anchor[:, 2:]) - region[:, :2].maximum(anchor[:, :2])).clamp(min=0)
        covered = sides.prod(dim=1) / areas_of(region if of_region else anchor) > share
        found.append(Candidates(row[covered], prior[covered]))
    return Candidates(*(torch.cat(column) for column in zip(*found, strict=True)))


def _reached(boxes: Tensor, places: _Places, intersection: Callable[[Tensor, slice], Tensor]) -> Iterator[Candidates]:
    """Lists, in portions of whole boxes, the pairs that can have the intersection in common that rows of boxes need."""
    at_once = max(1, _SPANS_AT_ONCE // len(places.area))
    for begin in range(0, len(boxes), at_once):
        some = boxes[begin : begin + at_once]
        spans, counts = _spans(some, places, intersection(some, slice(begin, begin + at_once)))
        sizes = [len(some)]
        if int(counts.sum()) > _PAIRS_AT_ONCE:
            ends = counts.sum(dim=1).cumsum(0)
            sizes = torch.bincount(ends.div_(_PAIRS_AT_ONCE, rounding_mode="floor").long()).tolist()
        for portion, number in zip(spans.split(sizes), counts.split(sizes), strict=True):
            row, prior = _list(portion, number, places)
            yield Candidates(row.add_(begin), prior)
            begin += len(portion)


def _spans(
    boxes: Tensor, places: _Places, intersection: Float[Tensor, "boxes places"]
) -> tuple[Float[Tensor, "boxes places 4"], Float[Tensor, "boxes places"]]:
    """Gives the first column and row of the cells whose prior can have the intersection, how many follow, and all.

    They are a little too many, so that rounding loses none. Where there are none, the others mean nothing.
    """
    low, high = boxes.unsqueeze(1).chunk(2, dim=2)
    smaller = (high - low).minimum(places.size)
    share = intersection / smaller.prod(dim=2)
    needed = smaller.mul_(share.unsqueeze(2))  # along x what y leaves over
    first = (low - places.high).add_(needed).div_(places.step).sub_(_SLACK).ceil_().clamp_(min=0)
    last = (high - places.low).sub_(needed).div_(places.step).add_(_SLACK).floor_().minimum(places.last)
    number = last.sub_(first).add_(1).clamp_(min=0)
    return torch.cat((first, number), dim=2), number.prod(dim=2).where(share <= 1, 0)  # none where a side is 0


def _list(
    spans: Float[Tensor, "boxes places 4"], number: Float[Tensor, "boxes places"], places: _Places
) -> tuple[Int64[Tensor, "pairs"], Int64[Tensor, "pairs"]]:
    """Gives row and prior of every cell in the spans."""
    used = number.view(-1).nonzero().squeeze(1)  # most spans are empty
    box, place = used.div(len(places.area), rounding_mode="floor"), used.remainder(len(places.area))
    column, row, columns, rows = spans.view(-1, 4).index_select(0, used).long().unbind(1)
    prior, to_right, below = places.steps.index_select(0, place).unbind(1)
    prior, counts = torch.addcmul(prior, column, to_right).addcmul_(row, below), columns * rows
    table = torch.stack((box, prior, to_right, below, columns, counts.cumsum(0).sub_(counts)), dim=1)
    which = torch.repeat_interleave(counts)
    box, prior, to_right, below, columns, begin = table.index_select(0, which).unbind(1)
    in_span = torch.arange(len(which), device=used.device).sub_(begin)
    down = in_span.div(columns, rounding_mode="floor")
    return box, prior.addcmul_(in_span.addcmul_(down, columns, value=-1), to_right).addcmul_(down, below)


def _best_nearby(
    boxes: Tensor, rows: slice, places: _Places, anchors: Tensor, areas: Tensor, flags: tuple[Tensor, Tensor] | None
) -> Float[Tensor, "rows"]:
    """Gives the largest IoU with the priors nearest to the middle of each box, one of every place in the cell."""
    low, high = boxes.unsqueeze(1).chunk(2, dim=2)
    cell = ((low + high).div_(2) - places.centre).div_(places.step).round_().clamp_(min=0).minimum(places.last)
    column, row = cell.long().unbind(2)
    first, to_right, below = places.steps.unbind(1)
    prior = torch.addcmul(first, column, to_right).addcmul_(row, below)
    common = intersections(boxes.unsqueeze(1), anchors[prior])
    overlap = share_of_union(common, areas.take(prior).add_(areas_of(boxes).unsqueeze(1)))
    return (overlap if flags is None else overlap * flags[0][flags[1][rows].unsqueeze(1), prior]).amax(dim=1)


def _places(priors: Priors) -> _Places:
    rows = [
        (grid.start + place, grid.priors_per_cell, grid.priors_per_cell * grid.width, grid.width - 1, grid.height - 1)
        for grid in priors.grids
        for place in range(grid.priors_per_cell)
    ]
    table = torch.tensor(rows, dtype=torch.int64, device=priors.boxes.device).view(-1, 5)
    index, stride, last = table[:, 0], table[:, 1:3], table[:, 3:]
    boxes = priors.boxes.to(widest(priors.boxes.device))
    neighbours = index.unsqueeze(1) + stride * (last > 0)  # to the right, and below
    step = boxes[neighbours, torch.arange(2, device=index.device)] - boxes[index, :2]
    low, high = cxcywh_to_xyxy(boxes[index]).split(2, dim=1)
    size = high - low
    return _Places(
        low=low,
        high=high,
        centre=boxes[index, :2],
        size=size,
        area=size.prod(dim=1),
        step=step.masked_fill(last == 0, 1.0),
        last=last.to(low.dtype),
        steps=table[:, :3].contiguous(),
    )


def _plain(priors: Priors) -> tuple[Tensor, Tensor]:
    """Gives corners and areas."""
    return corners(priors), areas_of(corners(priors))


def _exact(priors: Priors) -> tuple[Tensor, Tensor]:
    return exact_corners(priors), areas_of(exact_corners(priors))


def _nothing(boxes: Tensor) -> Candidates:
    empty = torch.zeros(0, dtype=torch.int64, device=boxes.device)
    return Candidates(empty, empty)
