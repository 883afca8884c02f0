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
    """Cuts the windows of boxes into tiles, and lists the pairs of every box. The host waits once, for the sizes.

    Args:
        windows: xyxy of whole pixels of every box.
        box_of: Box of every pair.
    """
    size = (windows[:, 2:] - windows[:, :2]).clamp(min=0)
    tiles_of_box = (size[:, 0] * size[:, 1] + PIXELS - 1).div(PIXELS, rounding_mode="floor")
    counts = torch.zeros_like(tiles_of_box).index_add_(0, box_of, torch.ones_like(box_of))
    blocks = (counts + PAIRS - 1).div(PAIRS, rounding_mode="floor")
    num_blocks, num_tiles, most = 0, 0, 0
    if len(box_of):
        sizes = torch.stack((blocks.sum(), (blocks * tiles_of_box).sum(), counts.max()))
        num_blocks, num_tiles, most = sizes.tolist()
    block_box = torch.repeat_interleave(blocks, output_size=num_blocks)
    block_pairs = _pairs_of_blocks(box_of, counts, blocks, num_blocks, min(most, PAIRS))
    tiles = tiles_of_box[block_box]
    block = torch.repeat_interleave(tiles, output_size=num_tiles)
    place = torch.arange(num_tiles, device=box_of.device) - (tiles.cumsum(0) - tiles)[block]
    return PixelTiles(windows, block_box[block], place * PIXELS, block_pairs[block])


def _pairs_of_blocks(
    box_of: Tensor, counts: Tensor, blocks: Tensor, num_blocks: int, most: int
) -> Int64[Tensor, "blocks most"]:
    """Lists the pairs of every block, which are of one box; filled up with the number of pairs."""
    order = box_of.argsort(stable=True)
    box = box_of[order]
    rank = torch.arange(len(order), device=order.device) - (counts.cumsum(0) - counts)[box]
    block = (blocks.cumsum(0) - blocks)[box] + rank.div(PAIRS, rounding_mode="floor")
    pairs = order.new_full((num_blocks, most), len(order))
    pairs[block, rank % PAIRS] = order
    return pairs
