"""Arrays of a foreign network and their levels: views of them, and recognised by where they lie in memory."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.structures.priors import LevelGrid

Shape = tuple[int, ...]
Blocks = tuple[tuple[Shape, Shape], ...]
"""Shape and strides of every level."""


class DenseArray(NamedTuple):
    """An array `batch priors values`, and the strides of a copy of it without gaps."""

    shape: Shape
    strides: Shape
    buffer_strides: Shape

    def behind(self, blocks: Sequence[Tensor]) -> Float[Tensor, "batch priors values"]:
        """Gives the array that the blocks are slices of."""
        return blocks[0].as_strided(self.shape, self.strides)

    def over(self, buffer: Tensor) -> Float[Tensor, "batch priors values"]:
        """Gives a buffer as an array."""
        return buffer.as_strided(self.shape, self.buffer_strides)


class _LevelViews(torch.autograd.Function):
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


def level_views(dense: Float[Tensor, "batch priors values"], grids: tuple[LevelGrid, ...]) -> tuple[Tensor, ...]:
    """Views an array as level blocks; their gradients are put together at once, or stay where the losses made them.

    Args:
        dense: One row per prior.
        grids: Levels.
    """
    if not torch.compiler.is_compiling():
        return _LevelViews.apply(dense, grids)  # type: ignore[no-any-return]
    levels = zip(dense.split([grid.num_priors for grid in grids], dim=1), grids, strict=True)
    return tuple(
        [
            level.unflatten(1, (grid.height, grid.width, grid.priors_per_cell)).permute(0, 3, 4, 1, 2)
            for level, grid in levels
        ]
    )


def array_of(blocks: Sequence[Tensor]) -> Float[Tensor, "batch priors values"] | None:
    """Gives the array that blocks are slices of, or None if they are of none.

    Args:
        blocks: Level blocks, of one batch size and number of values.
    """
    offsets = offsets_of(blocks)
    array = None if offsets is None else known_array(shapes_and_strides(blocks), offsets)
    return None if array is None else array.behind(blocks)


def shapes_and_strides(blocks: Sequence[Tensor]) -> Blocks:
    """Gives shape and strides of every block."""
    return tuple([(block.shape, block.stride()) for block in blocks])


def offsets_of(blocks: Sequence[Tensor]) -> tuple[int, ...] | None:
    """Gives where blocks of one memory begin, counted from the first one; None if they are not."""
    first = blocks[0].storage_offset()
    if len(blocks) == 1:
        return (0,)
    if blocks[-1].storage_offset() <= first:
        return None
    memories = [block.untyped_storage() for block in blocks]
    if len({(memory.data_ptr(), memory.nbytes()) for memory in memories}) > 1:
        return None
    return tuple([int(block.storage_offset() - first) for block in blocks])


def gapless_strides(shape: Shape, stride: Shape) -> Shape:
    """Gives the strides of a copy without gaps in the same memory order."""
    return torch.empty_like(torch.empty_strided(shape, stride, device="meta")).stride()


@lru_cache(maxsize=1024)
def known_array(blocks: Blocks, offsets: tuple[int, ...]) -> DenseArray | None:
    """Gives the array that blocks of these places are slices of, or None if they are of none."""
    shapes = tuple([tuple(shape) for shape, _ in blocks])
    (batch, per_cell, values, height, width), first = blocks[0]
    counts = [shape[1] * shape[3] * shape[4] for shape in shapes]
    steps = ((per_cell, first[1]), (width, first[4] // per_cell), (height, first[3] // max(1, per_cell * width)))
    of_prior = next((step for size, step in steps if size > 1), 1)
    if len(blocks) > 1:
        of_prior = offsets[1] // max(1, counts[0])
    strides = (first[0], of_prior, first[2])
    for (shape, stride), offset, (start, wanted) in zip(blocks, offsets, slices(shapes, strides), strict=True):
        both = zip(shape, stride, wanted, strict=True)
        if offset != start or any(size > 1 and step != other for size, step, other in both):
            return None
    shape = (batch, sum(counts), values)
    return DenseArray(shape, strides, gapless_strides(shape, strides))


def slices(shapes: Sequence[Shape], array: Shape) -> list[tuple[int, Shape]]:
    """Gives start and strides of level blocks in an array.

    Args:
        shapes: Of the blocks, `batch priors_per_cell values height width`.
        array: Strides of the array `batch priors values`.
    """
    of_image, of_prior, of_value = array
    starts = accumulate((per_cell * height * width for _, per_cell, _, height, width in shapes), initial=0)
    return [
        (start * of_prior, (of_image, of_prior, of_value, of_prior * per_cell * width, of_prior * per_cell))
        for start, (_, per_cell, _, _, width) in zip(starts, shapes, strict=False)
    ]
