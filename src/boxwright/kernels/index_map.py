"""One map per image that says whose pixel it is, as published code stores true masks."""

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from boxwright.geometry.bit_packing import unpack_bits
from boxwright.structures.instance_masks import InstanceMasks
from boxwright.structures.targets import Targets


class IndexMap:
    """Gives every pixel to one target of its image at most: among those whose mask holds it, the smallest.

    Targets are painted by descending area of their masks, so that small ones lie on top; among equal ones the later row
    does. Ignored targets are not painted.

    Args:
        masks: One per target.
        targets: Says of which image each is.
    """

    def __init__(self, masks: InstanceMasks, targets: Targets) -> None:
        rank = torch.empty_like(targets.image)
        order = masks.areas.argsort(descending=True, stable=True)
        rank[order] = torch.arange(1, len(rank) + 1, device=rank.device)
        self._rank = rank.masked_fill(targets.ignore, 0)
        self._image = targets.image
        self._size = masks.size
        inside = unpack_bits(masks.bits).nonzero().squeeze(1)
        first = 8 * masks.byte_offsets
        row = torch.searchsorted(first, inside, right=True) - 1
        left, top, right, _ = masks.windows[row].unbind(1)
        place, width = inside - first[row], right - left
        down = place.div(width, rounding_mode="floor")
        pixel = self._pixel(row, top + down, left + place - down * width)
        owners = rank.new_zeros(targets.batch_size * masks.size[0] * masks.size[1])
        self._owners = owners.scatter_reduce_(0, pixel, self._rank[row], "amax")

    def at(
        self, row: Int64[Tensor, "*points"], y: Int64[Tensor, "*points"], x: Int64[Tensor, "*points"]
    ) -> Bool[Tensor, "*points"]:
        """Looks up whether mask pixels belong to targets.

        Args:
            row: Which target.
            y: Row of the mask pixel.
            x: Column of the mask pixel.
        """
        return self._owners[self._pixel(row, y, x)] == self._rank[row]

    def _pixel(self, row: Tensor, y: Tensor, x: Tensor) -> Tensor:
        return (self._image[row] * self._size[0] + y) * self._size[1] + x
