"""Cross-entropy of mixtures of prototypes against true masks, summed over the pixels of boxes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import softplus

from boxwright.geometry.masks import nearest_pixels
from boxwright.geometry.precision import widen
from boxwright.kernels.choice import takes_reference
from boxwright.kernels.hand_written import differentiable_once
from boxwright.kernels.index_map import IndexMap
from boxwright.kernels.pixel_tiles import PIXELS, PixelTiles, Tile
from boxwright.kernels.prototype_pixels import PrototypePixels
from boxwright.structures.instance_masks import InstanceMasks


@dataclass(frozen=True, slots=True)
class MaskProblem:
    """Which pixels are compared, where prototypes are read, and what is true."""

    tiles: PixelTiles
    pixels: PrototypePixels
    truth: InstanceMasks | IndexMap
    truth_size: tuple[int, int]

    def chunks(self, num_prototypes: int) -> Iterator[Tile]:
        """Lists the pixels, some tiles at a time."""
        return self.tiles.chunks(num_prototypes)

    def labels(self, tile: Tile) -> Bool[Tensor, "tiles 1 pixels"]:
        """Gives what is true, also at pixels that only fill up a tile."""
        row, column = tile.row, tile.column
        if self.truth_size != self.pixels.grid:
            row = nearest_pixels(row, self.truth_size[0], self.pixels.grid[0])
            column = nearest_pixels(column, self.truth_size[1], self.pixels.grid[1])
        return self.truth.at(tile.box.unsqueeze(1).expand_as(row), row, column).unsqueeze(1)


def mask_sums(
    coefficients: Float[Tensor, "pairs prototypes"],
    prototypes: Float[Tensor, "batch prototypes _rows _columns"],
    problem: MaskProblem,
) -> Float[Tensor, "pairs"]:
    """Sums the cross-entropy of every pair over the pixels of its box, in float32 or wider.

    Law: the sparse implementation, which keeps one number per pair and pixel for the way back, gives the sums and the
    gradients of the plain one.

    Args:
        coefficients: Of the pairs.
        prototypes: Of the whole canvas.
        problem: Which pixels, and what is true.
    """
    if not takes_reference(prototypes.device, len(problem.tiles) * PIXELS * prototypes.shape[1]):
        return _CrossEntropySums.apply(coefficients, prototypes, problem)  # type: ignore[no-any-return]
    mixtures = torch.nn.functional.pad(widen(coefficients), (0, 0, 0, 1))
    # all depend on both inputs, so that there are gradients where no box holds a pixel
    sums = 0 * (mixtures.sum(dim=1) + widen(prototypes[:1, :1, :1, :1]).sum())
    for tile in problem.chunks(prototypes.shape[1]):
        logits = mixtures[tile.pairs] @ problem.pixels.read(prototypes, tile).transpose(1, 2)
        labels = problem.labels(tile).to(logits.dtype)
        costs = ((softplus(logits) - labels * logits) * tile.is_inside.unsqueeze(1)).sum(dim=2)
        sums = sums.index_add(0, tile.pairs.flatten(), costs.flatten())
    return sums[:-1]


class _CrossEntropySums(torch.autograd.Function):
    """Sums the cross-entropy of every pair over the pixels of its box, chunk by chunk.

    Saved for the way back is one number per pair and pixel, the derivative by the logit.
    """

    @staticmethod
    def forward(ctx: Any, coefficients: Tensor, prototypes: Tensor, problem: MaskProblem) -> Tensor:
        mixtures = torch.nn.functional.pad(widen(coefficients), (0, 0, 0, 1))
        sums = mixtures.new_zeros(len(mixtures))
        slopes = []
        for tile in problem.chunks(prototypes.shape[1]):
            logits = mixtures[tile.pairs] @ problem.pixels.read(prototypes, tile).transpose(1, 2)
            labels, inside = problem.labels(tile).to(logits.dtype), tile.is_inside.unsqueeze(1).to(logits.dtype)
            costs = softplus(logits).sub_(labels * logits).mul_(inside).sum(dim=2)
            sums.index_add_(0, tile.pairs.flatten(), costs.flatten())
            slopes.append(logits.sigmoid_().sub_(labels).mul_(inside))
        ctx.save_for_backward(coefficients, prototypes, *slopes)
        ctx.problem = problem
        return sums[:-1]

    @staticmethod
    @differentiable_once
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        coefficients, prototypes, *slopes = ctx.saved_tensors
        mixtures, weights = (
            torch.nn.functional.pad(values, (0, 0, 0, 1)) for values in (widen(coefficients), gradients[0].unsqueeze(1))
        )
        to_mixtures = torch.zeros_like(mixtures)
        batch, num, height, width = prototypes.shape
        to_prototypes = mixtures.new_zeros(batch * height * width, num)
        for tile, slope in zip(ctx.problem.chunks(num), slopes, strict=True):
            weighted = slope * weights[tile.pairs]
            parts = weighted @ ctx.problem.pixels.read(prototypes, tile)
            to_mixtures.index_add_(0, tile.pairs.flatten(), parts.flatten(0, 1))
            ctx.problem.pixels.add(to_prototypes, tile, weighted.transpose(1, 2) @ mixtures[tile.pairs])
        laid_out = to_prototypes.view(batch, height, width, num).permute(0, 3, 1, 2)
        return to_mixtures[:-1].to(coefficients.dtype), laid_out.to(prototypes.dtype), None
