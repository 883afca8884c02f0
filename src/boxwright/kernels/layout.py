"""Where the numbers of level blocks lie in memory, so that one index reaches those of all levels."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

import torch
from jaxtyping import Int64
from torch import Tensor

from boxwright.structures.dense_array import (
    Blocks,
    DenseArray,
    Shape,
    gapless_strides,
    known_array,
    offsets_of,
    shapes_and_strides,
    slices,
)


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Gives addresses of numbers by image, prior and value.

    A number's address in its own block counts from the block's first one, in the block's own memory order. Its address
    in a buffer is that in one array which holds a gapless copy of every block, level after level, each in the memory
    order of its block. An index into a buffer serves all levels at once. Of blocks that are slices of one dense array
    the buffer is an array like that.

    Args:
        shapes: Of the blocks, `batch priors_per_cell values height width`.
        strides: Of the parts of a buffer.
        starts: Where the parts of a buffer begin, and at last its length.
        in_block: Per prior: address of its first value in image 0, step to the next image, step to the next value.
        in_buffer: The same in a buffer.
        level: Of each prior.
        values: The numbers of the values, from 0.
        extents: How many places of memory each block spans.
        array: The array that the blocks are slices of, if they are.
    """

    shapes: tuple[Shape, ...]
    strides: tuple[Shape, ...]
    starts: tuple[int, ...]
    in_block: Int64[Tensor, "priors 3"]
    in_buffer: Int64[Tensor, "priors 3"]
    level: Int64[Tensor, "priors"]
    values: Int64[Tensor, "values"]
    extents: tuple[int, ...]
    array: DenseArray | None

    def views(self, buffer: Tensor) -> list[Tensor]:
        """Gives the parts of a buffer, shaped and ordered like the blocks."""
        parts = zip(self.shapes, self.strides, self.starts[:-1], strict=True)
        return [buffer.as_strided(shape, stride, start) for shape, stride, start in parts]

    def join(self, blocks: Sequence[Tensor]) -> Tensor:
        """Copies blocks into a buffer."""
        buffer = blocks[0].new_empty(self.starts[-1])
        torch._foreach_copy_(self.views(buffer), list(blocks))
        return buffer

    def first_values(self) -> Int64[Tensor, "batch priors"]:
        """Gives the address in a buffer of the first value of every prior of every image; it is kept."""
        return _first_values(self)

    def addresses(
        self, image: Int64[Tensor, "*pairs"], prior: Int64[Tensor, "*pairs"], value: Int64[Tensor, "*#pairs"] | None
    ) -> Int64[Tensor, "..."]:
        """Gives addresses in a buffer: of one value per pair, or of all (`*pairs values`).

        Args:
            image: Image of each pair.
            prior: Prior of each pair.
            value: Which number of each prior; all if left out.
        """
        first, image_step, value_step = self.in_buffer[prior].unbind(-1)
        first = torch.addcmul(first, image, image_step)
        if value is not None:
            return torch.addcmul(first, value, value_step)
        return torch.addcmul(first.unsqueeze(-1), value_step.unsqueeze(-1), self.values)


def layout_of(blocks: Sequence[Tensor]) -> Layout:
    """Gives the layout of blocks, kept for the next blocks of these shapes and strides.

    Args:
        blocks: Level blocks, of one batch size and number of values.
    """
    return _layout(shapes_and_strides(blocks), offsets_of(blocks), str(blocks[0].device))


@lru_cache(maxsize=32)
@torch.inference_mode(False)  # what is kept must also serve a later training step
def _layout(blocks: Blocks, offsets: tuple[int, ...] | None, device: str) -> Layout:
    shapes = tuple([tuple(shape) for shape, _ in blocks])
    sizes = [torch.Size(shape).numel() for shape in shapes]
    starts = [*accumulate(sizes, initial=0)]
    strides = [gapless_strides(shape, stride) for shape, stride in blocks]
    array = None if offsets is None else known_array(blocks, offsets)
    if array is not None:
        pieces = slices(shapes, array.buffer_strides)
        starts, strides = [*[start for start, _ in pieces], starts[-1]], [stride for _, stride in pieces]
    in_block, in_buffer, level, extents = [], [], [], []
    for number, ((shape, stride), own, start) in enumerate(zip(blocks, strides, starts[:-1], strict=True)):
        in_block.append(_first_and_steps(shape, stride, 0))
        in_buffer.append(_first_and_steps(shape, own, start))
        level.append(torch.full((len(in_block[-1]),), number))
        span = 1 + sum((size - 1) * step for size, step in zip(shape, stride, strict=True))
        extents.append(span if sizes[number] else 0)
    tables = [torch.cat(column).to(device) for column in (in_block, in_buffer, level)]
    return Layout(
        shapes=shapes,
        strides=tuple(strides),
        starts=tuple(starts),
        in_block=tables[0],
        in_buffer=tables[1],
        level=tables[2],
        values=torch.arange(shapes[0][2], device=device),
        extents=tuple(extents),
        array=array,
    )


@lru_cache(maxsize=4)
@torch.inference_mode(False)
def _first_values(layout: Layout) -> Int64[Tensor, "batch priors"]:
    first, image_step, _ = layout.in_buffer.unbind(1)
    return torch.addcmul(first, torch.arange(layout.shapes[0][0], device=first.device).unsqueeze(1), image_step)


def _first_and_steps(shape: Shape, stride: Shape, start: int) -> Int64[Tensor, "priors 3"]:
    """Gives address of the first value, step of images and step of values for the priors of one level."""
    _, per_cell, _, height, width = shape
    rows, columns, slots = (torch.arange(count) for count in (height, width, per_cell))
    cells = (rows[:, None] * stride[3] + columns * stride[4]).flatten()
    first = (start + cells[:, None] + slots * stride[1]).flatten()
    return torch.stack((first, torch.full_like(first, stride[0]), torch.full_like(first, stride[2])), dim=1)
