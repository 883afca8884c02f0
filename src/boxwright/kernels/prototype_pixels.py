"""Prototypes at single pixels, and the way back for their gradients."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from boxwright.geometry.masks import linear_taps
from boxwright.geometry.precision import widen
from boxwright.kernels.pixel_tiles import Tile


@dataclass(frozen=True, slots=True)
class PrototypePixels:
    """Reads prototypes at pixels of a grid that covers the same canvas; between their own pixels bilinearly.

    Args:
        image: Image of every box that tiles are cut from.
        size: Height and width of the prototypes in pixels.
        grid: Height and width of the grid in pixels.
    """

    image: Int64[Tensor, "boxes"]
    size: tuple[int, int]
    grid: tuple[int, int]

    def read(self, prototypes: Tensor, tile: Tile) -> Float[Tensor, "tiles pixels prototypes"]:
        """Gives the values of all prototypes at the pixels, in float32 or wider.

        Args:
            prototypes: `batch prototypes height width`.
            tile: The pixels.
        """
        values_last = prototypes.permute(0, 2, 3, 1)
        flat = values_last.flatten(0, 2) if values_last.is_contiguous() else None
        total = None
        for image, row, column, share in self._taps(tile):
            if flat is not None:
                place = (image * self.size[0] + row) * self.size[1] + column
                values = flat.index_select(0, place.flatten()).unflatten(0, place.shape)
            else:
                values = values_last[image, row, column]
            values = widen(values) if share is None else widen(values) * share.unsqueeze(2)
            total = values if total is None else total + values
        assert total is not None
        return total

    def add(self, buffer: Tensor, tile: Tile, gradient: Float[Tensor, "tiles pixels prototypes"]) -> None:
        """Adds gradients at the pixels to a buffer.

        Args:
            buffer: `places prototypes`, the prototypes with their values last, flat.
            tile: The pixels.
            gradient: Of what `read` gave.
        """
        for image, row, column, share in self._taps(tile):
            place = (image * self.size[0] + row) * self.size[1] + column
            part = gradient if share is None else gradient * share.unsqueeze(2)
            buffer.index_add_(0, place.flatten(), part.flatten(0, 1))

    def _taps(self, tile: Tile) -> list[tuple[Tensor, Tensor, Tensor, Tensor | None]]:
        """Lists the pixels of the prototypes that the pixels of the grid lie between, with their shares."""
        image = self.image[tile.box].unsqueeze(1).expand_as(tile.row)
        if self.size == self.grid:
            return [(image, tile.row, tile.column, None)]
        upper, lower, down = self._along(tile.row, 0)
        left, right, along = self._along(tile.column, 1)
        return [
            (image, upper, left, (1 - down) * (1 - along)),
            (image, upper, right, (1 - down) * along),
            (image, lower, left, down * (1 - along)),
            (image, lower, right, down * along),
        ]

    def _along(self, places: Tensor, axis: int) -> tuple[Tensor, Tensor, Tensor]:
        positions = (places.to(torch.get_default_dtype()) + 0.5) * (self.size[axis] / self.grid[axis])
        return linear_taps(positions, self.size[axis])
