"""The pixels inside boxes, cut into tiles of one size, so that ragged boxes become batched matrices."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

PIXELS = 32
"""Pixels of a tile; the last tile of a box is filled up."""
PAIRS = 16
"""Most pairs that share a tile."""
_VALUES_AT_ONCE = 1 << 20


class Tile(NamedTuple):
    """Some tiles: pixels of one box each, and the pairs that answer for the box.

    `pairs` is filled up with the number of pairs, that is with the index after the last one.
    """

    box: Int64[Tensor, "tiles"]
    row: Int64[Tensor, "tiles pixels"]
    column: Int64[Tensor, "tiles pixels"]
    is_inside: Bool[Tensor, "tiles pixels"]
    pairs: Int64[Tensor, "tiles most"]


@dataclass(frozen=True, slots=True)
class PixelTiles:
    """All tiles of a set of boxes and pairs. Only boxes with pairs and pixels have tiles.

    Args:
        windows: xyxy of whole pixels of every box.
        box: Box of every tile.
        first: Number of the tile's first pixel in its box, counted row by row.
        pairs: Pairs of every tile, filled up with the number of pairs.
    """

    windows: Int64[Tensor, "boxes 4"]
    box: Int64[Tensor, "tiles"]
    first: Int64[Tensor, "tiles"]
    pairs: Int64[Tensor, "tiles most"]

    def __len__(self) -> int:
        """Number of tiles."""
        return len(self.box)

    def chunks(self, values_per_pixel: int) -> Iterator[Tile]:
        """Lists the pixels, so many tiles at once that memory stays bounded.

        Args:
            values_per_pixel: Numbers that will be read at a pixel.
        """
        at_once = max(1, _VALUES_AT_ONCE // (PIXELS * max(values_per_pixel, self.pairs.shape[1])))
        for start in range(0, len(self), at_once):
            rows = slice(start, start + at_once)
            yield self._pixels(self.box[rows], self.first[rows], self.pairs[rows])

    def _pixels(self, box: Tensor, first: Tensor, pairs: Tensor) -> Tile:
        left, top, right, bottom = self.windows[box].unsqueeze(2).unbind(1)
        width = right - left
        number = first.unsqueeze(1) + torch.arange(PIXELS, device=box.device)
        last = width * (bottom - top) - 1
        is_inside, number = number <= last, number.minimum(last)
        down = number.div(width, rounding_mode="floor")
        return Tile(box, top + down, left + number - down * width, is_inside, pairs)


def pixel_tiles(windows: Int64[Tensor, "boxes 4"], box_of: Int64[Tensor, "pairs"]) -> PixelTiles:
    """Cuts the windows of boxes into tiles, and lists the pairs of every box.

    Args:
        windows: xyxy of whole pixels of every box.
        box_of: Box of every pair.
    """
    size = (windows[:, 2:] - windows[:, :2]).clamp(min=0)
    area = size[:, 0] * size[:, 1]
    block_box, block_pairs = _pair_blocks(box_of, len(windows))
    tiles = (area[block_box] + PIXELS - 1).div(PIXELS, rounding_mode="floor")
    block = torch.arange(len(block_box), device=box_of.device).repeat_interleave(tiles)
    place = torch.arange(len(block), device=box_of.device) - (tiles.cumsum(0) - tiles)[block]
    return PixelTiles(windows, block_box[block], place * PIXELS, block_pairs[block])


def _pair_blocks(box_of: Tensor, num_boxes: int) -> tuple[Tensor, Tensor]:
    """Groups pairs of one box, at most `PAIRS` in a block; gives the box and the pairs of every block."""
    order = box_of.argsort(stable=True)
    counts = torch.bincount(box_of, minlength=num_boxes)
    blocks = (counts + PAIRS - 1).div(PAIRS, rounding_mode="floor")
    rank = torch.arange(len(order), device=order.device) - (counts.cumsum(0) - counts)[box_of[order]]
    block = (blocks.cumsum(0) - blocks)[box_of[order]] + rank.div(PAIRS, rounding_mode="floor")
    block_box = torch.arange(num_boxes, device=order.device).repeat_interleave(blocks)
    most = min(int(counts.max()), PAIRS) if len(order) else 0
    pairs = order.new_full((len(block_box), most), len(order))
    pairs[block, rank % PAIRS] = order
    return block_box, pairs
