"""Which priors of a grid overlap a box, and which one overlaps it most, without comparing all with all.

The priors of one place in the cell have one size and stand one stride apart. So along each side, those that overlap a
box are neighbours, found by division; and since size is fixed, the best of them is best along each side on its own.

IoU is computed in float64 (float32 where there is none) from corners that are exact there, so priors that overlap a
box equally tie exactly, on every device.
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from boxwright.geometry.boxes import cxcywh_to_xyxy
from boxwright.geometry.overlaps import aligned_iou
from boxwright.geometry.precision import widest
from boxwright.kernels.overlap_candidates import Overlaps
from boxwright.structures.priors import Priors

_SLACK = 1e-6  # of a cell; a prior that rounding might lose is listed, its IoU then decides
_PAIRS_AT_ONCE = 1 << 16
_PAIRS_TO_COMPARE = 100_000  # of any box with any prior; from there on it is quicker to compute which ones touch
_COLUMNS = (2, 2, 1, 2, 1, 2, 2, 2, 1, 1, 1)  # of what `_measure` reads


class BestPriors(NamedTuple):
    """For every box the prior of largest IoU, the lowest among equals, and that IoU."""

    prior: Tensor
    overlap: Tensor


class _Slots(NamedTuple):
    """One row per place in the cell, of all levels: its prior in the first cell, and the grid; all as float64."""

    low: Tensor  # slots 2, as all up to step
    high: Tensor
    centre: Tensor
    size: Tensor
    stride: Tensor
    half_stride: Tensor
    origin: Tensor  # column and row 0
    last: Tensor  # column and row
    step: Tensor  # to the prior of the next column, and of the next row
    first: Tensor  # index of the prior, slots
    area: Tensor
    table: Tensor  # low, high, stride, step, first side by side
    tries: Tensor  # -1, 0, 1, in front of everything
    sides: Tensor  # -1, 1, in front of everything
    ends: Tensor  # of the grid: minus the first column and row, and the last, 2 1 slots 2


class _Corners(NamedTuple):
    """Of all priors, in float64."""

    left: Tensor
    top: Tensor
    right: Tensor
    bottom: Tensor
    area: Tensor


class _Comparison(NamedTuple):
    """Boxes beside all places in the cell (`boxes slots 2`, or 1 in place of slots), and the best cell of each."""

    boxes: Tensor
    offset: Tensor  # from the centre of the first cell's prior
    length: Tensor
    cell: Tensor
    areas: Tensor  # both together, boxes slots
    overlap: Tensor  # boxes slots


def overlapping_priors(
    boxes: Float[Tensor, "boxes 4"], priors: Priors, least_iou: float | Float[Tensor, "boxes"] = 0.0
) -> Overlaps:
    """Lists every prior whose IoU with a box is `least_iou` or more, with that IoU, and few others.

    Source: our own bound. The intervals that two boxes cover on an axis have at least the IoU of the boxes; for lengths
    a, b and centres d apart that is min(a, b) ≥ IoU · max(a, b) and d ≤ (a + b) / 2 · (1 − IoU) / (1 + IoU).

    Args:
        boxes: xyxy in canvas pixels.
        priors: Of a generator, or others whose cells repeat the first one of their level.
        least_iou: 0 to 1, of all boxes or of each; 0 lists all priors that touch the box.
    """
    slots = priors.derived(_slots_of)
    return _list(_compare(exact(boxes), slots), slots, least_iou)


def best_priors(boxes: Float[Tensor, "boxes 4"], priors: Priors) -> BestPriors:
    """Finds the prior of largest IoU for every box; the cost follows boxes times priors per cell.

    A box that overlaps none has IoU 0, and its prior means nothing.

    Args:
        boxes: xyxy in canvas pixels.
        priors: Of a generator, or others whose cells repeat the first one of their level.
    """
    slots = priors.derived(_slots_of)
    return _best(_compare(exact(boxes), slots), slots)


def best_and_overlapping_priors(
    boxes: Float[Tensor, "boxes 4"], priors: Priors, least_iou: float, ignore: Bool[Tensor, "boxes"]
) -> tuple[BestPriors, Overlaps]:
    """Gives what `best_priors` and `overlapping_priors` give, for less than both; listed box by box.

    Args:
        boxes: xyxy in canvas pixels.
        priors: Of a generator, or others whose cells repeat the first one of their level.
        least_iou: Above 0, at most 1.
        ignore: Boxes of which nothing is listed, and whose best IoU is -1.
    """
    if 0 < len(boxes) * len(priors) <= _PAIRS_TO_COMPARE:
        return _compare_all(exact(boxes), priors.derived(_corners_of), least_iou, ignore)
    slots = priors.derived(_slots_of)
    comparison = _compare(exact(boxes), slots)
    comparison.overlap.masked_fill_(ignore.unsqueeze(1), -1)
    return _best(comparison, slots), _list(comparison, slots, least_iou)


def overlaps_at(
    boxes: Float[Tensor, "boxes 4"], priors: Priors, row: Int64[Tensor, "pairs"], prior: Int64[Tensor, "pairs"]
) -> Float[Tensor, "pairs"]:
    """Gives the IoU of pairs of a box and a prior.

    Args:
        boxes: xyxy in canvas pixels.
        priors: With sides above 0.
        row: Box of each pair.
        prior: Prior of each pair.
    """
    return aligned_iou(exact(boxes)[row], cxcywh_to_xyxy(exact(priors.boxes[prior])), epsilon=0.0)


def exact(boxes: Float[Tensor, "boxes 4"]) -> Float[Tensor, "boxes 4"]:
    """Gives boxes in the type in which overlaps are compared."""
    return boxes.to(widest(boxes.device))


def _slots_of(priors: Priors) -> _Slots:
    rows = [
        (grid.start + slot, grid.stride, grid.width - 1, grid.height - 1, grid.priors_per_cell, grid.width)
        for grid in priors.grids
        for slot in range(grid.priors_per_cell)
    ]
    table = torch.tensor(rows, dtype=torch.int64, device=priors.boxes.device).view(-1, 6)
    low, high = cxcywh_to_xyxy(exact(priors.boxes[table[:, 0]])).split(2, dim=1)
    numbers = table.to(low.dtype)
    first, stride, last = numbers[:, :1], numbers[:, 1:2], numbers[:, 2:4]
    step = torch.cat((numbers[:, 4:5], numbers[:, 4:5] * numbers[:, 5:6]), dim=1)
    size = high - low
    parts = [low, high, (low + high) / 2, size, stride, stride / 2, torch.zeros_like(last), last, step]
    joined = torch.cat((low, high, stride, step, first), dim=1)
    columns = [part.expand_as(low).contiguous() for part in parts]
    tries, sides = (low.new_tensor(numbers).view(-1, 1, 1, 1) for numbers in ((-1, 0, 1), (-1, 1)))
    ends = torch.stack((torch.zeros_like(last), last)).unsqueeze(1)
    return _Slots._make([*columns, first.flatten(), size.prod(dim=1), joined, tries, sides, ends])


def _corners_of(priors: Priors) -> _Corners:
    corners = cxcywh_to_xyxy(exact(priors.boxes))
    area = (corners[:, 2:] - corners[:, :2]).prod(dim=1)
    return _Corners._make([*corners.t().contiguous(), area])


def _compare_all(
    boxes: Float[Tensor, "boxes 4"], priors: _Corners, least_iou: float, ignore: Bool[Tensor, "boxes"]
) -> tuple[BestPriors, Overlaps]:
    """Compares all with all, which takes the fewest steps; so it is quicker while there are few pairs."""
    left, top, right, bottom = boxes.unsqueeze(2).unbind(1)
    across = priors.right.minimum(right).sub_(priors.left.maximum(left)).clamp_(min=0)
    down = priors.bottom.minimum(bottom).sub_(priors.top.maximum(top)).clamp_(min=0)
    intersection = across.mul_(down)
    areas = (right - left).mul_(bottom - top) + priors.area
    overlap = intersection.div_(areas.sub_(intersection)).add_(ignore.unsqueeze(1), alpha=-2)
    least = overlap.amax(dim=1, keepdim=True).clamp_(max=least_iou)
    # few priors matter to any box, and only among these is it worth asking which
    prior = (overlap.amax(dim=0) >= least.amin()).nonzero().squeeze(1)
    overlap = overlap.index_select(1, prior)
    best, first = overlap.max(dim=1)
    row, near = (overlap >= least_iou).nonzero().unbind(1)
    return BestPriors(prior.take(first), best.clamp_(min=-1)), Overlaps(row, prior.take(near), overlap[row, near])


def _compare(boxes: Float[Tensor, "boxes 4"], slots: _Slots) -> _Comparison:
    """Finds the column and the row where the common length is largest, the lowest among equals, and the IoU there.

    It is the nearest one; or, where the longer interval holds the shorter in several cells, the first of them. The
    estimate by division is at most one cell off, the lengths themselves decide.
    """
    low, high = boxes.reshape(-1, 1, 2, 2).unbind(2)
    length, offset = high - low, (low + high).div_(2) - slots.centre
    back = (length - slots.size).abs_().div_(2).maximum(slots.half_stride)
    guess = (offset - back).div_(slots.stride).ceil_()
    tried = (guess + slots.tries).clamp_(slots.origin, slots.last)
    near, far = (torch.addcmul(corner, tried, slots.stride) for corner in (slots.low, slots.high))
    common, which = (far.minimum(high) - near.maximum(low)).max(dim=0, keepdim=True)
    intersection = common.squeeze(0).clamp_(min=0).prod(dim=2)
    areas = length.prod(dim=2) + slots.area
    cell = tried.gather(0, which).squeeze(0)
    return _Comparison(boxes, offset, length, cell, areas, intersection / (areas - intersection))


def _best(found: _Comparison, slots: _Slots) -> BestPriors:
    best = found.overlap.amax(dim=1, keepdim=True)
    prior = (found.cell * slots.step).sum(dim=2).add_(slots.first)
    return BestPriors(prior.masked_fill_(found.overlap != best, torch.inf).amin(dim=1).long(), best.squeeze(1))


def _list(found: _Comparison, slots: _Slots, least_iou: float | Float[Tensor, "boxes"]) -> Overlaps:
    """Lists the cells that a box can reach, of every place in the cell whose best IoU is enough."""
    least = least_iou.view(-1, 1, 1) if isinstance(least_iou, Tensor) else least_iou
    box, slot, _ = (found.overlap.unsqueeze(2) >= least).nonzero().unbind(1)
    if len(box) == 0:
        return Overlaps(box, slot, found.boxes[:0, 0])
    reach = (found.length + slots.size).mul_((1 - least) / (2 * (1 + least)))
    ends = torch.addcmul(reach, found.offset, slots.sides).div_(slots.stride).add_(_SLACK).floor_().minimum(slots.ends)
    ends = ends[:, box, slot]  # -first, last
    first, number = ends[0].neg(), ends.sum(dim=0).add_(1).clamp_(min=0)
    counts = number.prod(dim=1, keepdim=True)
    window = torch.repeat_interleave(counts.view(-1).long())
    table = (
        slots.table.index_select(0, slot),
        found.boxes.index_select(0, box),
        first,
        number[:, :1],
        counts.cumsum(0) - counts,
        found.areas[box, slot].unsqueeze(1),
    )
    joined = torch.cat(table, dim=1)
    if len(window) <= _PAIRS_AT_ONCE:
        return Overlaps(box.take(window), *_measure(joined, window, 0))
    pieces = enumerate(window.split(_PAIRS_AT_ONCE))
    measured = [_measure(joined, piece, number * _PAIRS_AT_ONCE) for number, piece in pieces]
    return Overlaps(box.take(window), *(torch.cat(column) for column in zip(*measured, strict=True)))


def _measure(
    table: Float[Tensor, "windows 17"], window: Int64[Tensor, "pairs"], first_pair: int
) -> tuple[Tensor, Tensor]:
    """Gives prior and IoU of pairs, each a place among the cells that a box reaches of a place in the cell."""
    rows = table.index_select(0, window).split_with_sizes(_COLUMNS, dim=1)
    prior_low, prior_high, stride, step, start, low, high, first, width, begin, areas = rows
    place = torch.arange(first_pair, first_pair + len(window), device=window.device).unsqueeze(1) - begin
    down = place.div(width, rounding_mode="floor")
    cell = torch.cat((torch.addcmul(place, down, width, value=-1), down), dim=1).add_(first)
    near, far = (torch.addcmul(corner, cell, stride) for corner in (prior_low, prior_high))
    intersection = far.minimum(high).sub_(near.maximum(low)).clamp_(min=0).prod(dim=1, keepdim=True)
    prior = (cell * step).sum(dim=1, keepdim=True).add_(start)
    return prior.flatten().long(), (intersection / (areas - intersection)).flatten()
