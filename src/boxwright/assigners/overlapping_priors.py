"""Which priors of a grid overlap a box, and which one overlaps it most, without comparing all with all.

The priors of one place in the cell have one size and stand one stride apart. So along each side, those that overlap a
box are neighbours, found by division; and since size is fixed, the best of them is best along each side on its own.

IoU is computed in float64 (float32 where there is none) from corners that are exact there, so priors that overlap a
box equally tie exactly, on every device.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from boxwright.assigners.grid_candidates import Candidates
from boxwright.geometry.boxes import cxcywh_to_xyxy
from boxwright.geometry.overlaps import aligned_iou
from boxwright.structures.priors import LevelGrid, Priors

_SLACK = 1e-6  # of a cell; a prior that rounding might lose is listed, its IoU then decides


class BestPriors(NamedTuple):
    """For every box the prior of largest IoU, the lowest among equals, and that IoU."""

    prior: Tensor
    overlap: Tensor


def overlapping_priors(boxes: Float[Tensor, "boxes 4"], priors: Priors, least_iou: float = 0.0) -> Candidates:
    """Lists every prior whose IoU with a box can be `least_iou` or more, and few others.

    Source: our own bound. The intervals that two boxes cover on an axis have at least the IoU of the boxes; for lengths
    a, b and centres d apart that is min(a, b) ≥ IoU · max(a, b) and d ≤ (a + b) / 2 · (1 − IoU) / (1 + IoU).

    Args:
        boxes: xyxy in canvas pixels.
        priors: Of a generator, or others whose cells repeat the first one of their level.
        least_iou: 0 to 1; 0 lists all priors that touch the box.
    """
    boxes = exact(boxes)
    levels = [_overlapping(boxes, grid, exact(priors.boxes[_first_cell(grid)]), least_iou) for grid in priors.grids]
    return Candidates(torch.cat([level.row for level in levels]), torch.cat([level.prior for level in levels]))


def best_priors(boxes: Float[Tensor, "boxes 4"], priors: Priors) -> BestPriors:
    """Finds the prior of largest IoU for every box; the cost follows boxes times priors per cell.

    A box that overlaps none has IoU 0, and its prior means nothing.

    Args:
        boxes: xyxy in canvas pixels.
        priors: Of a generator, or others whose cells repeat the first one of their level.
    """
    boxes = exact(boxes)
    levels = [_best_of_each_slot(boxes, grid, exact(priors.boxes[_first_cell(grid)])) for grid in priors.grids]
    prior = torch.cat(levels, dim=1)
    rows = torch.arange(len(boxes), device=boxes.device).repeat_interleave(prior.shape[1])
    overlap = overlaps_at(boxes, priors, rows, prior.flatten()).view_as(prior)
    best = overlap.amax(dim=1, keepdim=True)
    return BestPriors(prior.where(overlap == best, len(priors)).amin(dim=1), best.squeeze(1))


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
    return boxes.to(torch.float32 if boxes.device.type == "mps" else torch.float64)


def _first_cell(grid: LevelGrid) -> slice:
    return slice(grid.start, grid.start + grid.priors_per_cell)


def _overlapping(boxes: Tensor, grid: LevelGrid, slots: Float[Tensor, "slots 4"], least_iou: float) -> Candidates:
    first_column, num_columns = _touched(boxes, slots, 0, grid.stride, grid.width, least_iou)
    first_row, num_rows = _touched(boxes, slots, 1, grid.stride, grid.height, least_iou)
    counts = (num_columns * num_rows).flatten()
    window = torch.arange(len(counts), device=boxes.device).repeat_interleave(counts)
    place = torch.arange(len(window), device=boxes.device) - (counts.cumsum(0) - counts)[window]
    columns = num_columns.flatten()[window]
    down = place.div(columns, rounding_mode="floor")
    cell = (first_row.flatten()[window] + down) * grid.width + first_column.flatten()[window] + place - down * columns
    box = window.div(len(slots), rounding_mode="floor")
    return Candidates(box, grid.start + cell * len(slots) + window - box * len(slots))


def _touched(
    boxes: Tensor, slots: Tensor, axis: int, stride: int, cells: int, least_iou: float
) -> tuple[Int64[Tensor, "boxes slots"], Int64[Tensor, "boxes slots"]]:
    """Gives the first cell along one axis, and how many follow, for every box and every place in the cell."""
    side, length = _centre_and_length(boxes, axis)
    reach = (length + slots[:, 2 + axis]) * ((1 - least_iou) / (2 * (1 + least_iou)))
    offset = side - slots[:, axis]
    first = ((offset - reach) / stride - _SLACK).ceil().clamp(min=0)
    last = ((offset + reach) / stride + _SLACK).floor().clamp(max=cells - 1)
    shorter, longer = torch.minimum(length, slots[:, 2 + axis]), torch.maximum(length, slots[:, 2 + axis])
    count = (last - first + 1).clamp(min=0) * (shorter * (1 + _SLACK) >= least_iou * longer)
    return first.long(), count.long()


def _best_of_each_slot(boxes: Tensor, grid: LevelGrid, slots: Float[Tensor, "slots 4"]) -> Int64[Tensor, "boxes slots"]:
    """Gives the prior of every place in the cell that overlaps a box most, the lowest among equals."""
    column = _best_along(boxes, slots, 0, grid.stride, grid.width)
    row = _best_along(boxes, slots, 1, grid.stride, grid.height)
    slot = torch.arange(len(slots), device=boxes.device)
    return grid.start + (row * grid.width + column) * len(slots) + slot


def _best_along(boxes: Tensor, slots: Tensor, axis: int, stride: int, cells: int) -> Int64[Tensor, "boxes slots"]:
    """Gives the cell along one axis where the common length is largest, the lowest among equals.

    It is the nearest one; or, where the longer interval holds the shorter in several cells, the first of them. The
    estimate by division is at most one cell off, the lengths themselves decide.
    """
    side, length = _centre_and_length(boxes, axis)
    offset, sizes = side - slots[:, axis], slots[:, 2 + axis]
    nearest = (offset / stride - 0.5).ceil()
    first_inside = ((offset - (length - sizes).abs() / 2) / stride).ceil()
    guess = torch.minimum(nearest, first_inside).clamp(0, cells - 1)
    tried = (guess.unsqueeze(2) + guess.new_tensor((-1, 0, 1))).clamp(0, cells - 1)
    middle, half = slots[:, axis, None] + tried * stride, sizes.unsqueeze(1) / 2
    near, far = boxes[:, axis, None, None], boxes[:, 2 + axis, None, None]
    common = torch.minimum(middle + half, far) - torch.maximum(middle - half, near)
    return tried.gather(2, common.argmax(dim=2, keepdim=True)).squeeze(2).long()


def _centre_and_length(boxes: Tensor, axis: int) -> tuple[Float[Tensor, "boxes 1"], Float[Tensor, "boxes 1"]]:
    near, far = boxes[:, axis : axis + 1], boxes[:, 2 + axis : 3 + axis]
    return (near + far) / 2, far - near
