"""Logarithms of the softmax scores of all priors, computed once for all who read them."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.geometry.precision import widen
from boxwright.kernels.layout import Layout, layout_of

_LONG_ROW = 16


@dataclass(frozen=True, slots=True)
class LogScores:
    """ln softmax of every prior's logits, in float32 or wider, not differentiated.

    Args:
        buffer: Of all levels, one after the other.
        layout: Where in it they lie.
    """

    buffer: Float[Tensor, "_"]
    layout: Layout

    @classmethod
    @torch.no_grad()
    def of(cls, logits: tuple[Float[Tensor, "batch _priors_per_cell _values _height _width"], ...]) -> "LogScores":
        """Computes them, in one buffer of the size of the logits.

        Args:
            logits: Level blocks, background first.
        """
        layout, wide = layout_of(logits), widen(logits[0][:0]).dtype
        buffer = logits[0].new_empty(layout.starts[-1], dtype=wide)
        if layout.array is not None:
            _log_softmax(layout.array.behind(logits), layout.array.over(buffer))
            return cls(buffer, layout)
        for block, part in zip(logits, layout.views(buffer), strict=True):
            torch.log_softmax(block, 2, dtype=wide, out=part)
        return cls(buffer, layout)

    @property
    def prior_values(self) -> Float[Tensor, "batch priors"]:
        """What every prior would cost as background."""
        return self.buffer.take(self.layout.first_values()).neg_()


def _log_softmax(rows: Float[Tensor, "batch priors values"], room: Float[Tensor, "batch priors values"]) -> None:
    """Writes ln softmax over the values; the operator is quick on memory in the order of its axes, and on long rows."""
    across, room_across = rows.transpose(1, 2), room.transpose(1, 2)
    if room_across.is_contiguous():
        torch.log_softmax(across, 1, dtype=room.dtype, out=room_across)
    elif room.shape[2] < _LONG_ROW:
        swapped = torch.empty_like(room_across, memory_format=torch.contiguous_format).copy_(across)
        room_across.copy_(torch.log_softmax(swapped, 1, out=swapped))
    else:
        torch.log_softmax(rows, 2, dtype=room.dtype, out=room)
