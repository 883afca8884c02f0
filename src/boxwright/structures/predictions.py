"""The raw output of a head, level by level, as the head made it."""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from boxwright.errors import ShapeError
from boxwright.structures.layout import array_of, slices
from boxwright.structures.level_rows import rows_at
from boxwright.structures.mask_predictions import MaskPredictions
from boxwright.structures.priors import LevelGrid, Priors

# one level; only the batch axis agrees over the levels
LevelBlock = Float[Tensor, "batch _priors_per_cell _values _height _width"]


@dataclass(frozen=True, slots=True)
class Predictions:
    """Logically `batch priors values` arrays; stored per level without a permuted or concatenated copy.

    A reader asks for the blocks of the levels, or for rows at (image, prior) pairs.

    Args:
        class_logits: Per level; values are the classes.
        box_codes: Per level; values are what the system's coder reads.
        objectness_logits: Per level with one value, or None.
        masks: Prototypes and coefficients of a system that segments, or None.
        has_background: Whether the first value of the class logits is that of the background, as a softmax needs it.
            It is no class: labels still count from 0, and `num_classes` does not include it.
    """

    class_logits: tuple[LevelBlock, ...]
    box_codes: tuple[LevelBlock, ...]
    objectness_logits: tuple[LevelBlock, ...] | None = None
    masks: MaskPredictions | None = None
    has_background: bool = False

    @classmethod
    def from_dense(
        cls,
        class_logits: Float[Tensor, "batch priors classes"],
        box_codes: Float[Tensor, "batch priors code"],
        priors: Priors,
        *,
        has_background: bool = False,
    ) -> "Predictions":
        """Views dense arrays of a foreign network as level blocks, without copying.

        Arrays that are differentiated must not be changed in place afterwards.

        Args:
            class_logits: Logits in prior order.
            box_codes: Codes in prior order.
            priors: The priors that the rows belong to.
            has_background: Whether the first class logit is that of the background.

        Raises:
            ShapeError: The arrays do not have one row per prior.
        """
        for name, dense in (("class_logits", class_logits), ("box_codes", box_codes)):
            if dense.shape[1] != len(priors):
                raise ShapeError(
                    f"{name} has {dense.shape[1]} rows per image, the canvas {priors.canvas_size} has {len(priors)} "
                    "priors. Build the priors for the canvas that the network saw."
                )
        blocks = [_LevelViews.apply(dense, priors.grids) for dense in (class_logits, box_codes)]
        return cls(blocks[0], blocks[1], has_background=has_background)

    @property
    def batch_size(self) -> int:
        """Number of images."""
        return self.class_logits[0].shape[0]

    @property
    def num_classes(self) -> int:
        """Number of classes, the background not counted."""
        return self.class_logits[0].shape[2] - self.has_background

    @property
    def num_priors(self) -> int:
        """Number of priors over all levels."""
        shapes = [block.shape for block in self.class_logits]
        return sum([per_cell * height * width for _, per_cell, _, height, width in shapes])

    @property
    def device(self) -> torch.device:
        """Where the blocks are."""
        return self.class_logits[0].device

    def box_codes_at(self, image: Int64[Tensor, "pairs"], prior: Int64[Tensor, "pairs"]) -> Float[Tensor, "pairs code"]:
        """Reads the box codes of (image, prior) pairs."""
        return rows_at(self.box_codes, image, prior)

    def class_logits_at(
        self,
        image: Int64[Tensor, "pairs"],
        prior: Int64[Tensor, "pairs"],
        label: Int64[Tensor, "pairs"] | None = None,
    ) -> Float[Tensor, "..."]:
        """Reads class logits of (image, prior) pairs: of one label each (`pairs`), or all (`pairs values`).

        All of them include that of the background, where there is one.
        """
        value = None if label is None else label + int(self.has_background)
        return rows_at(self.class_logits, image, prior, value)


class _LevelViews(torch.autograd.Function):
    """Views a dense array as level blocks; their gradients are put together at once, if they are not."""

    @staticmethod
    def forward(ctx: Any, dense: Tensor, grids: tuple[LevelGrid, ...]) -> tuple[Tensor, ...]:
        batch, _, values = dense.shape
        shapes = [(batch, grid.priors_per_cell, values, grid.height, grid.width) for grid in grids]
        levels = zip(shapes, slices(shapes, dense.stride()), strict=True)
        return tuple(
            [dense.as_strided(shape, stride, dense.storage_offset() + start) for shape, (start, stride) in levels]
        )

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        array = None if torch.is_grad_enabled() else array_of(gradients)
        if array is not None:  # the losses make the gradients of slices in such an array
            return array, None
        return torch.cat([block.permute(0, 3, 4, 1, 2).flatten(1, 3) for block in gradients], dim=1), None
