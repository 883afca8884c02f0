"""Logarithms of the softmax scores of all priors, computed once for all who read them."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from boxwright.geometry.precision import widen
from boxwright.kernels.layout import Layout, layout_of


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
    @torch.inference_mode()
    def of(cls, logits: tuple[Float[Tensor, "batch _priors_per_cell _values _height _width"], ...]) -> "LogScores":
        """Computes them, in one buffer of the size of the logits.

        Args:
            logits: Level blocks, background first.
        """
        layout, wide = layout_of(logits), widen(logits[0][:0]).dtype
        buffer = logits[0].new_empty(layout.starts[-1], dtype=wide)
        if layout.array is not None:
            torch.log_softmax(layout.array.behind(logits), 2, dtype=wide, out=layout.array.over(buffer))
            return cls(buffer, layout)
        for block, part in zip(logits, layout.views(buffer), strict=True):
            torch.log_softmax(block, 2, dtype=wide, out=part)
        return cls(buffer, layout)

    @property
    def prior_values(self) -> Float[Tensor, "batch priors"]:
        """What every prior would cost as background."""
        return self.buffer.take(self.layout.first_values()).neg_()
