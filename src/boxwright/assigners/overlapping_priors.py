"""Which priors of a grid overlap a box, and which one overlaps it most, without comparing all with all.

The priors of one place in the cell have one size and stand one stride apart. So along each side, those that overlap a
box are neighbours, found by division; and since size is fixed, the best of them is best along each side on its own.

IoU is computed in float64 (float32 where there is none) from corners that are exact there, so priors that overlap a
box equally tie exactly, on every device.
"""

from functools import lru_cache
from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from boxwright.assigners.grid_candidates import Candidates
from boxwright.geometry.boxes import cxcywh_to_xyxy, xyxy_to_cxcywh
from boxwright.geometry.overlaps import aligned_iou
from boxwright.structures.priors import LevelGrid, Priors

_SLACK = 1e-6  # of a cell; a prior that rounding might lose is listed, its IoU then decides


class BestPriors(NamedTuple):
    """For every box the prior of largest IoU, the lowest among equals, and that IoU."""

    prior: Tensor
    overlap: Tensor


class _Slots(NamedTuple):
    """One row per place in the cell, of all levels: index and box of its prior in the first cell, and the grid."""

    first: Tensor
    box: Tensor
    stride: Tensor
    cells: Tensor
    per_cell: Tensor

    def prior(self, column: Tensor, row: Tensor, slot: Tensor | slice = slice(None)) -> Tensor:
        """Gives the prior of a cell."""
        return self.first[slot] + (row * self.cells[slot, 0] + column) * self.per_cell[slot]


def overlapping_priors(
    boxes: Float[Tensor, "boxes 4"], priors: Priors, least_iou: float | Float[Tensor, "boxes"] = 0.0
) -> Candidates:
    """Lists every prior whose IoU with a box can be `least_iou` or more, and few others.

    Source: our own bound. The intervals that two boxes cover on an axis have at least the IoU of the boxes; for lengths
    a, b and centres d apart that is min(a, b) ≥ IoU · max(a, b) and d ≤ (a + b) / 2 · (1 − IoU) / (1 + IoU).

    Args:
        boxes: xyxy in canvas pixels.
        priors: Of a generator, or others whose cells repeat the first one of their level.
        least_iou: 0 to 1, of all boxes or of each; 0 lists all priors that touch the box.
    """
    boxes, slots = exact(boxes), _slots_of(priors)
    least = least_iou.to(boxes.dtype).view(-1, 1, 1) if isinstance(least_iou, Tensor) else least_iou
    (first_column, first_row), (columns, rows) = (half.unbind(2) for half in _touched(boxes, slots, least))
    counts = (columns * rows).flatten()
    window = torch.arange(len(counts), device=boxes.device).repeat_interleave(counts)
    place = torch.arange(len(window), device=boxes.device) - (counts.cumsum(0) - counts)[window]
    width = columns.flatten()[window]
    down = place.div(width, rounding_mode="floor")
    across = first_column.flatten()[window] + place - down * width
    box = window.div(len(slots.first), rounding_mode="floor")
    slot = window - box * len(slots.first)
    return Candidates(box, slots.prior(across, first_row.flatten()[window] + down, slot))


def best_priors(boxes: Float[Tensor, "boxes 4"], priors: Priors) -> BestPriors:
    """Finds the prior of largest IoU for every box; the cost follows boxes times priors per cell.

    A box that overlaps none has IoU 0, and its prior means nothing.

    Args:
        boxes: xyxy in canvas pixels.
        priors: Of a generator, or others whose cells repeat the first one of their level.
    """
    boxes, slots = exact(boxes), _slots_of(priors)
    column, row = _best_cells(boxes, slots).unbind(2)
    prior = slots.prior(column, row)
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


def _slots_of(priors: Priors) -> _Slots:
    first, stride, cells, per_cell = _slot_columns(priors.grids, str(priors.boxes.device))
    return _Slots(first, exact(priors.boxes[first]), stride, cells, per_cell)


@lru_cache(maxsize=64)
@torch.inference_mode(False)
def _slot_columns(grids: tuple[LevelGrid, ...], device: str) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    rows = [
        (grid.start + slot, grid.stride, grid.width, grid.height, grid.priors_per_cell)
        for grid in grids
        for slot in range(grid.priors_per_cell)
    ]
    table = torch.tensor(rows, dtype=torch.int64, device=device).view(-1, 5)
    return table[:, 0], table[:, 1:2], table[:, 2:4], table[:, 4]


def _touched(
    boxes: Tensor, slots: _Slots, least_iou: float | Float[Tensor, "boxes 1 1"]
) -> tuple[Int64[Tensor, "boxes slots 2"], Int64[Tensor, "boxes slots 2"]]:
    """Gives the first column and row that a box touches, and how many follow, for every place in the cell."""
    offset, length, size = _offset_and_lengths(boxes, slots)
    reach = (length + size) * ((1 - least_iou) / (2 * (1 + least_iou)))
    first = ((offset - reach) / slots.stride - _SLACK).ceil().clamp(min=0)
    last = ((offset + reach) / slots.stride + _SLACK).floor().minimum(slots.cells - 1)
    fits = torch.minimum(length, size) * (1 + _SLACK) >= least_iou * torch.maximum(length, size)
    return first.long(), ((last - first + 1).clamp(min=0) * fits).long()


def _best_cells(boxes: Tensor, slots: _Slots) -> Int64[Tensor, "boxes slots 2"]:
    """Gives the column and the row where the common length is largest, the lowest among equals.

    It is the nearest one; or, where the longer interval holds the shorter in several cells, the first of them. The
    estimate by division is at most one cell off, the lengths themselves decide.
    """
    offset, length, size = _offset_and_lengths(boxes, slots)
    nearest = (offset / slots.stride - 0.5).ceil()
    first_inside = ((offset - (length - size).abs() / 2) / slots.stride).ceil()
    guess = torch.minimum(nearest, first_inside)
    tried = guess.unsqueeze(3) + guess.new_tensor((-1, 0, 1))
    tried = tried.clamp(min=0).minimum((slots.cells - 1).unsqueeze(2))
    middle, half = slots.box[:, :2, None] + tried * slots.stride.unsqueeze(2), size.unsqueeze(2) / 2
    near, far = boxes[:, None, :2, None], boxes[:, None, 2:, None]
    common = torch.minimum(middle + half, far) - torch.maximum(middle - half, near)
    return tried.gather(3, common.argmax(dim=3, keepdim=True)).squeeze(3).long()


def _offset_and_lengths(boxes: Tensor, slots: _Slots) -> tuple[Tensor, Tensor, Tensor]:
    """Gives distances of centres from the first cell (`boxes slots 2`), and both lengths along x and y."""
    centre_size = xyxy_to_cxcywh(boxes).unsqueeze(1)
    return centre_size[..., :2] - slots.box[:, :2], centre_size[..., 2:], slots.box[:, 2:]
