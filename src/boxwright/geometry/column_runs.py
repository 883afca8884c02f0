"""Masks as runs of pixels down the columns, the order in which COCO writes them.

A pixel (row, column) of an image with `height` rows has the position ``column * height + row``; a run is the pixels
from `start` to just before `end`.
"""

from typing import NamedTuple

import torch
from jaxtyping import Int64
from torch import Tensor


class ColumnRuns(NamedTuple):
    """Runs of several masks.

    Args:
        mask: Which mask a run belongs to, from 0.
        start: Position of the first pixel.
        end: Position after the last pixel, over `start`.
    """

    mask: Int64[Tensor, "runs"]
    start: Int64[Tensor, "runs"]
    end: Int64[Tensor, "runs"]


def fill_runs(runs: ColumnRuns, num_masks: int, height: int) -> tuple[Int64[Tensor, "masks 4"], list[Tensor]]:
    """Paints runs into the smallest windows that hold them; where runs of one mask overlap, it is their union.

    Args:
        runs: In any order; a run may go on over several columns.
        num_masks: Masks without a run get an empty window at the origin.
        height: Rows of the image.

    Returns:
        Windows as xyxy, and the pixels in each as a boolean `height width` tensor.
    """
    mask, column, top, bottom = _split_at_columns(runs, height)
    windows = _windows_around(mask, column, top, bottom, num_masks)
    heights, widths = windows[:, 3] - windows[:, 1], windows[:, 2] - windows[:, 0]
    offsets = torch.cat((windows.new_zeros(1), (heights * widths).cumsum(0)))
    first = offsets[mask] + (column - windows[mask, 0]) * heights[mask] - windows[mask, 1]
    steps = torch.zeros(int(offsets[-1]) + 1, dtype=torch.int32)
    ones = torch.ones_like(mask, dtype=torch.int32)
    # after each run the depth is back at 0, so one running sum serves all columns of all masks
    steps.index_add_(0, first + top, ones).index_add_(0, first + bottom, -ones)
    inside = steps.cumsum(0, dtype=torch.int32)[:-1] > 0
    parts = inside.split((heights * widths).tolist())
    sides = zip(parts, widths.tolist(), heights.tolist(), strict=True)
    return windows, [part.view(width, height).t() for part, width, height in sides]


def runs_of(windows: Int64[Tensor, "masks 4"], crops: list[Tensor], height: int) -> ColumnRuns:
    """Reads the runs off masks, ascending within each; runs that meet at the end of a column are one.

    Args:
        windows: xyxy within the image.
        crops: The pixels in each window, boolean `height width`.
        height: Rows of the image.
    """
    heights, widths = windows[:, 3] - windows[:, 1], windows[:, 2] - windows[:, 0]
    # one more pixel below every column keeps the runs of neighbouring columns apart
    lengths = (heights + 1) * widths
    inside = torch.zeros(int(lengths.sum()) + 1, dtype=torch.bool)
    parts = inside[1:].split(lengths.tolist())
    for part, crop in zip(parts, crops, strict=True):
        if len(part):
            part.view(crop.shape[1], crop.shape[0] + 1)[:, :-1].copy_(crop.t())
    changes = (inside[1:] != inside[:-1]).nonzero()[:, 0]
    offsets = torch.cat((lengths.new_zeros(1), lengths.cumsum(0)))
    mask = torch.searchsorted(offsets, changes[::2].contiguous(), right=True) - 1
    column, row = _divide(changes[::2] - offsets[mask], heights[mask] + 1)
    start = (column + windows[mask, 0]) * height + row + windows[mask, 1]
    return _joined(mask, start, start + changes[1::2] - changes[::2])


def _joined(mask: Tensor, start: Tensor, end: Tensor) -> ColumnRuns:
    """Joins runs that follow each other without a gap."""
    meets = (start[1:] == end[:-1]) & (mask[1:] == mask[:-1])
    apart = torch.ones(1, dtype=torch.bool)
    is_first, is_last = torch.cat((apart, ~meets)), torch.cat((~meets, apart))
    if not len(mask):
        return ColumnRuns(mask, start, end)
    return ColumnRuns(mask[is_first], start[is_first], end[is_last])


def _split_at_columns(runs: ColumnRuns, height: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Gives mask, column, first row and row after the last of every piece of a run within one column."""
    first = runs.start // height
    pieces = (runs.end - 1) // height - first + 1
    run = torch.repeat_interleave(pieces)
    number = torch.arange(len(run)) - (pieces.cumsum(0) - pieces)[run]
    column = first[run] + number
    top = (runs.start[run] - column * height).clamp(min=0)
    bottom = (runs.end[run] - column * height).clamp(max=height)
    return runs.mask[run], column, top, bottom


def _windows_around(mask: Tensor, column: Tensor, top: Tensor, bottom: Tensor, num_masks: int) -> Tensor:
    """Gives the xyxy windows of all masks; those without a piece are zero."""
    windows = torch.zeros((num_masks, 4), dtype=torch.int64)
    for place, values, pick in ((0, column, "amin"), (1, top, "amin"), (2, column + 1, "amax"), (3, bottom, "amax")):
        windows[:, place].scatter_reduce_(0, mask, values, pick, include_self=False)
    return windows


def _divide(values: Tensor, by: Tensor) -> tuple[Tensor, Tensor]:
    quotient = values // by
    return quotient, values - quotient * by
