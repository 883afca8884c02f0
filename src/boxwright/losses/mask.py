"""Binary cross-entropy of predicted masks, on the pixels inside each target's box only."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor
from torch.nn.functional import softplus

from boxwright.errors import ShapeError, unknown_name
from boxwright.geometry.hand_written import differentiable_once
from boxwright.geometry.masks import nearest_pixels, pixel_windows
from boxwright.geometry.precision import constant, widen
from boxwright.kernels.index_map import IndexMap
from boxwright.kernels.pixel_tiles import PixelTiles, Tile, pixel_tiles
from boxwright.kernels.prototype_pixels import PrototypePixels
from boxwright.structures.instance_masks import InstanceMasks
from boxwright.structures.targets import Targets

ENCODINGS = ("instances", "index_map")
RESOLUTIONS = ("masks", "prototypes")


@dataclass(frozen=True, slots=True)
class MaskLoss:
    """Costs the cross-entropy between coefficients · prototypes and the target's mask, summed inside the target's box.

    The sum goes over the pixels with x1 ≤ column < x2 and y1 ≤ row < y2 and is divided by the area of the box in
    pixels, so that it is about a mean. A side below one pixel counts as one: published code divides by the area alone,
    which has no bound. A box that holds no pixel costs nothing.

    Only pixels inside boxes are looked at, each once for all pairs of a target; memory follows the sum of the box areas
    of the pairs. Differentiable once.

    Source: YOLACT, Bolya et al. 2019, sec. 3.4; the crop to the true box and its area as in YOLOv8.

    Args:
        resolution: Where predicted and true pixels meet: at that of the "masks" (prototypes are enlarged bilinearly) or
            at that of the "prototypes" (the truth is reduced to its nearest pixels, as releases up to 8.3 do). With
            masks at the stride of the prototypes both are the same.
        encoding: What a true mask is where objects overlap: "instances" keeps all of them; "index_map" gives the pixel
            to the smallest object, as published code does by default.

    Raises:
        ConfigError: A field is unknown.
    """

    resolution: Literal["masks", "prototypes"] = "masks"
    encoding: Literal["instances", "index_map"] = "instances"

    def __post_init__(self) -> None:
        """Checks the names."""
        if self.resolution not in RESOLUTIONS:
            raise unknown_name("resolution of the mask loss", self.resolution, RESOLUTIONS)
        if self.encoding not in ENCODINGS:
            raise unknown_name("encoding of true masks", self.encoding, ENCODINGS)

    def __call__(
        self,
        coefficients: Float[Tensor, "pairs prototypes"],
        prototypes: Float[Tensor, "batch prototypes _rows _columns"],
        target: Int64[Tensor, "pairs"],
        targets: Targets,
    ) -> Float[Tensor, "pairs"]:
        """Gives the loss of each pair, in float32 or wider.

        Args:
            coefficients: Of the pairs.
            prototypes: Of the whole canvas.
            target: Row of the targets of each pair.
            targets: Boxes and masks.

        Raises:
            ShapeError: The targets have no masks.
        """
        masks = _masks_of(targets)
        size = (prototypes.shape[2], prototypes.shape[3])
        grid = masks.size if self.resolution == "masks" else size
        scale = masks.stride * masks.size[1] / grid[1], masks.stride * masks.size[0] / grid[0]
        boxes = targets.boxes / constant(scale * 2, targets.boxes.dtype, targets.boxes.device)
        problem = _Problem(
            pixel_tiles(pixel_windows(boxes, grid), target),
            PrototypePixels(targets.image, size, grid),
            IndexMap(masks, targets) if self.encoding == "index_map" else masks,
            masks.size,
        )
        sums: Tensor = _CrossEntropySums.apply(coefficients, prototypes, problem)
        area = (boxes[:, 2:] - boxes[:, :2]).clamp(min=1).prod(dim=1)
        return sums / area[target].to(sums.dtype)


def _masks_of(targets: Targets) -> InstanceMasks:
    if targets.masks is None:
        raise ShapeError(
            "The mask loss needs a mask for every target; the targets have boxes only. Train on data with masks, or a "
            "system without them."
        )
    return targets.masks


@dataclass(frozen=True, slots=True)
class _Problem:
    """Which pixels are compared, where prototypes are read, and what is true."""

    tiles: PixelTiles
    pixels: PrototypePixels
    truth: InstanceMasks | IndexMap
    truth_size: tuple[int, int]

    def chunks(self, num_prototypes: int) -> Iterator[Tile]:
        return self.tiles.chunks(num_prototypes)

    def labels(self, tile: Tile) -> Bool[Tensor, "tiles 1 pixels"]:
        """Gives what is true, also at pixels that only fill up a tile."""
        row, column = tile.row, tile.column
        if self.truth_size != self.pixels.grid:
            row = nearest_pixels(row, self.truth_size[0], self.pixels.grid[0])
            column = nearest_pixels(column, self.truth_size[1], self.pixels.grid[1])
        return self.truth.at(tile.box.unsqueeze(1).expand_as(row), row, column).unsqueeze(1)


class _CrossEntropySums(torch.autograd.Function):
    """Sums the cross-entropy of every pair over the pixels of its box, chunk by chunk.

    Saved for the way back is one number per pair and pixel, the derivative by the logit.
    """

    @staticmethod
    def forward(ctx: Any, coefficients: Tensor, prototypes: Tensor, problem: _Problem) -> Tensor:
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
