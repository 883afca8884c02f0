"""Pairs of box and prior that overlap enough, by grid arithmetic, without measuring all pairs."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from boxwright.geometry.boxes import cxcywh_to_xyxy
from boxwright.kernels.grid_candidates import Candidates
from boxwright.kernels.segments import max_per_group
from boxwright.structures.priors import LevelGrid, Priors

_PAIRS_AT_ONCE = 1 << 18
_SPANS_AT_ONCE = 1 << 18  # of boxes times kinds of priors
_LEAST_SIDE = 1e-12
NEARLY = 0.5
"""Share of an IoU at which an explanation lists a pair that an assignment need not look at."""


class Overlaps(NamedTuple):
    """Pairs of box row and prior with what they have in common; rows are ascending."""

    row: Tensor
    prior: Tensor
    overlap: Tensor


class _Kinds(NamedTuple):
    """One row for every kind of prior: each of a cell, on every level."""

    box: Tensor  # in the first cell, cxcywh
    step: Tensor  # from cell to cell, along x and y
    cells: Tensor  # columns and rows
    start: Tensor  # its first prior
    per_cell: Tensor


class _Spans(NamedTuple):
    """For every box and kind: the first column and row, and how many follow."""

    first: Tensor
    number: Tensor


def overlapping_pairs(
    boxes: Float[Tensor, "boxes 4"],
    priors: Priors,
    threshold: float,
    *,
    image: Int64[Tensor, "boxes"] | None = None,
    usable: Bool[Tensor, "batch priors"] | None = None,
    with_best: bool = True,
    share: float = 1.0,
) -> Overlaps:
    """Lists the pairs whose IoU is at least a threshold, and those that have the best IoU of their box.

    With a `share` below 1 also those that have this share of either, that is what nearly came to be listed.

    Where the IoU of a box with a prior can reach t, their intersection is at least t / (1 + t) times the sum of their
    areas. This bounds the columns and rows of the cells, level by level, for every kind of prior on its own. A prior
    near the middle of the box gives a lower bound of the best IoU. Cost and memory follow the pairs that are
    left, not boxes times priors. Priors that form no grid are one cell with many priors: then all are tried, in chunks.

    An IoU of 0 is not listed, so a box that touches no usable prior has no pair.

    Args:
        boxes: xyxy in canvas pixels.
        priors: Anchors; all cells of a level have the same ones.
        threshold: Least IoU, above 0.
        image: Image of each box; needed with `usable`.
        usable: Priors that take part; all if left out.
        with_best: Whether the pairs of the best IoU are listed if it is below the threshold.
        share: Of the threshold, or of the best IoU, that is enough to be listed, above 0, at most 1.
    """
    kinds = _kinds(priors)
    found = []
    for rows in torch.arange(len(boxes), device=boxes.device).split(max(1, _SPANS_AT_ONCE // len(kinds.box))):
        flags = None if usable is None or image is None else (usable, image[rows])
        bound = boxes.new_full((len(rows),), threshold)
        if with_best:
            bound = bound.minimum(_best_nearby(boxes[rows], priors, kinds, flags))
        bound = bound * (share * (1 - 1e-5))
        spans = _spans(boxes[rows], kinds, _least_intersection(boxes[rows], kinds, bound))
        for some in _portions(spans):
            pairs = _measure(boxes[rows], priors, _list(spans, kinds, some), flags)
            pairs = _worth_keeping(pairs, threshold, len(rows), with_best=with_best, share=share)
            found.append(Overlaps(rows[pairs.row], pairs.prior, pairs.overlap))
    return Overlaps(*(torch.cat(column) for column in zip(*found, strict=True))) if found else _nothing(boxes)


def covered_priors(
    boxes: Float[Tensor, "boxes 4"],
    priors: Priors,
    share: float,
    *,
    image: Int64[Tensor, "boxes"],
    batch_size: int,
    of_region: bool = False,
) -> Bool[Tensor, "batch priors"]:
    """Marks every prior of which more than a share of the area lies in a single box of its image.

    Args:
        boxes: xyxy in canvas pixels.
        priors: Anchors; all cells of a level have the same ones.
        share: Of the prior's area, 0 to 1.
        image: Image of each box.
        batch_size: Number of images.
        of_region: Whether it is a share of the box's area, which the prior covers.
    """
    marked = torch.zeros(batch_size, len(priors), dtype=torch.bool, device=boxes.device)
    for row, prior in _covered(boxes, priors, share, of_region):
        marked[image[row], prior] = True
    return marked


def covered_pairs(
    boxes: Float[Tensor, "boxes 4"], priors: Priors, share: float, *, of_region: bool = False
) -> Candidates:
    """Lists box and prior where more than a share of the prior's area lies in the box.

    Args:
        boxes: xyxy in canvas pixels.
        priors: Anchors; all cells of a level have the same ones.
        share: Of the prior's area, 0 to 1.
        of_region: Whether it is a share of the box's area, which the prior covers.
    """
    nothing = torch.zeros(0, dtype=torch.int64, device=boxes.device)
    found = [Candidates(nothing, nothing), *_covered(boxes, priors, share, of_region)]
    return Candidates(*(torch.cat(column) for column in zip(*found, strict=True)))


def _covered(boxes: Tensor, priors: Priors, share: float, of_region: bool) -> Iterator[Candidates]:
    kinds = _kinds(priors)
    for rows in torch.arange(len(boxes), device=boxes.device).split(max(1, _SPANS_AT_ONCE // len(kinds.box))):
        of_prior = kinds.box[:, 2:].prod(dim=1)
        area = (
            _area(boxes[rows]).unsqueeze(1).expand(-1, len(of_prior)) if of_region else of_prior.expand(len(rows), -1)
        )
        spans = _spans(boxes[rows], kinds, area * (share * (1 - 1e-5)))
        for some in _portions(spans):
            row, prior = _list(spans, kinds, some)
            corners = cxcywh_to_xyxy(priors.boxes[prior])
            covered = (
                _intersection(boxes[rows][row], corners) / _area(boxes[rows][row] if of_region else corners) > share
            )
            yield Candidates(rows[row[covered]], prior[covered])


def _best_nearby(
    boxes: Tensor, priors: Priors, kinds: _Kinds, flags: tuple[Tensor, Tensor] | None
) -> Float[Tensor, "boxes"]:
    """Gives the largest IoU with the priors nearest to the middle of each box, one of every kind."""
    middle = ((boxes[:, :2] + boxes[:, 2:]) / 2).unsqueeze(1)
    cell = ((middle - kinds.box[:, :2]) / kinds.step).round().long().clamp(min=0).minimum(kinds.cells - 1)
    prior = _prior_at(cell, kinds)
    row = torch.arange(len(boxes), device=boxes.device).unsqueeze(1).expand_as(prior)
    pairs = _measure(boxes, priors, (row.flatten(), prior.flatten()), None)
    overlap = pairs.overlap.view(prior.shape)
    if flags is not None:
        usable, image = flags
        overlap = overlap * usable[image.unsqueeze(1), prior]
    return overlap.amax(dim=1)


def _least_intersection(boxes: Tensor, kinds: _Kinds, bound: Tensor) -> Float[Tensor, "boxes kinds"]:
    areas = _area(boxes).unsqueeze(1) + kinds.box[:, 2:].prod(dim=1)
    return areas * (bound / (1 + bound)).unsqueeze(1)


def _spans(boxes: Tensor, kinds: _Kinds, intersection: Float[Tensor, "boxes kinds"]) -> _Spans:
    """Bounds the cells whose prior can have the intersection; a little too wide, so that rounding loses none."""
    low, high = boxes[:, None, :2], boxes[:, None, 2:]
    centre, size = kinds.box[:, :2], kinds.box[:, 2:]
    smaller = (high - low).minimum(size)
    needed = intersection.unsqueeze(2) / smaller.flip(2).clamp(min=_LEAST_SIDE)  # along x what y leaves over
    slack = 0.01 + 1e-6 * (low.abs() + high.abs() + needed) / kinds.step
    first = ((low + needed - centre - size / 2) / kinds.step - slack).ceil().clamp(min=0)
    last = ((high - needed - centre + size / 2) / kinds.step + slack).floor().minimum(kinds.cells - 1)
    number = (last - first + 1).clamp(min=0)
    number = torch.where((needed <= smaller * (1 + 1e-5)) & (smaller > 0), number, 0)
    return _Spans(first.minimum(kinds.cells).long(), number.long())


def _portions(spans: _Spans) -> list[slice]:
    """Splits the boxes so that a part has few enough pairs, at least one box."""
    per_box = spans.number.prod(dim=2).sum(dim=1)
    if int(per_box.sum()) <= _PAIRS_AT_ONCE:
        return [slice(0, len(per_box))]
    parts, start, pairs = [], 0, 0
    for place, number in enumerate(per_box.tolist()):
        if pairs and pairs + number > _PAIRS_AT_ONCE:
            parts.append(slice(start, place))
            start, pairs = place, 0
        pairs += number
    return [*parts, slice(start, len(per_box))]


def _list(spans: _Spans, kinds: _Kinds, some: slice) -> tuple[Int64[Tensor, "pairs"], Int64[Tensor, "pairs"]]:
    """Gives box row and prior of every cell in the spans."""
    number = spans.number[some].flatten(0, 1)
    total = number.prod(dim=1)
    used = total.nonzero().squeeze(1)  # most spans are empty
    total, columns = total[used], number[used, 0]
    which = torch.arange(len(used), device=used.device).repeat_interleave(total)
    place = torch.arange(len(which), device=used.device) - (total.cumsum(0) - total)[which]
    down = place.div(columns[which], rounding_mode="floor")
    first = spans.first[some].flatten(0, 1)[used][which]
    column, row = first[:, 0] + place - down * columns[which], first[:, 1] + down
    box, kind = used.div(len(kinds.box), rounding_mode="floor"), used % len(kinds.box)
    across, per_cell, start = (column_of[kind][which] for column_of in (kinds.cells[:, 0], kinds.per_cell, kinds.start))
    return some.start + box[which], start + (row * across + column) * per_cell


def _measure(
    boxes: Tensor, priors: Priors, pairs: tuple[Tensor, Tensor], flags: tuple[Tensor, Tensor] | None
) -> Overlaps:
    row, prior = pairs
    if flags is not None:
        usable, image = flags
        takes_part = usable[image[row], prior]
        row, prior = row[takes_part], prior[takes_part]
    return Overlaps(row, prior, iou_of_pairs(boxes[row], priors.boxes[prior]))


def iou_of_pairs(boxes: Float[Tensor, "pairs 4"], prior_boxes: Float[Tensor, "pairs 4"]) -> Float[Tensor, "pairs"]:
    """Gives the plain IoU row by row, computed from corners as published code does, so that ties are the same.

    Args:
        boxes: xyxy.
        prior_boxes: cxcywh with a size above 0.
    """
    corners = cxcywh_to_xyxy(prior_boxes)
    intersection = _intersection(boxes, corners)
    return intersection / (_area(boxes) + _area(corners) - intersection)


def _worth_keeping(pairs: Overlaps, threshold: float, num_boxes: int, *, with_best: bool, share: float) -> Overlaps:
    keep = pairs.overlap >= threshold * share
    if with_best:
        best = max_per_group(pairs.overlap, pairs.row, num_boxes)
        keep |= (pairs.overlap >= best[pairs.row] * share) & (pairs.overlap > 0)
    return Overlaps(*(column[keep] for column in pairs))


def _intersection(boxes: Tensor, others: Tensor) -> Tensor:
    sides = (boxes[:, 2:].minimum(others[:, 2:]) - boxes[:, :2].maximum(others[:, :2])).clamp(min=0)
    return sides[:, 0] * sides[:, 1]


def _area(boxes: Tensor) -> Tensor:
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def _prior_at(cell: Int64[Tensor, "boxes kinds 2"], kinds: _Kinds) -> Int64[Tensor, "boxes kinds"]:
    return kinds.start + (cell[..., 1] * kinds.cells[:, 0] + cell[..., 0]) * kinds.per_cell


def _kinds(priors: Priors) -> _Kinds:
    start, right, below, cells, per_cell = _index(priors.grids, str(priors.boxes.device))
    box = priors.boxes[start]
    step = torch.stack((priors.boxes[right, 0] - box[:, 0], priors.boxes[below, 1] - box[:, 1]), dim=1)
    return _Kinds(box, step.masked_fill(cells == 1, 1.0), cells, start, per_cell)


@lru_cache(maxsize=64)
@torch.inference_mode(False)
def _index(grids: tuple[LevelGrid, ...], device: str) -> tuple[Tensor, ...]:
    """Gives for every kind its first prior, the next to the right, the next below, columns and rows, and per cell."""
    start, right, below, cells, per_cell = [], [], [], [], []
    for grid in grids:
        first = grid.start + torch.arange(grid.priors_per_cell)
        start.append(first)
        right.append(first + (grid.priors_per_cell if grid.width > 1 else 0))
        below.append(first + (grid.priors_per_cell * grid.width if grid.height > 1 else 0))
        cells.append(torch.tensor((grid.width, grid.height)).expand(len(first), 2))
        per_cell.append(torch.full_like(first, grid.priors_per_cell))
    return tuple(torch.cat(column).to(device) for column in (start, right, below, cells, per_cell))


def _nothing(boxes: Tensor) -> Overlaps:
    index = torch.zeros(0, dtype=torch.int64, device=boxes.device)
    return Overlaps(index, index, boxes.new_zeros(0))
