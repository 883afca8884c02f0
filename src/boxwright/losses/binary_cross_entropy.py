"""Binary cross-entropy of every prior against a sparse set of soft labels."""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import softplus

from boxwright.geometry.precision import widen
from boxwright.structures.layout import layout_of
from boxwright.structures.predictions import pairs_by_level, read_rows

_LOGITS_AT_ONCE = 1 << 21


@dataclass(frozen=True, slots=True)
class BinaryCrossEntropy:
    """Costs Σ_classes softplus(x) − quality · x[label] per prior, where only pairs have the second part.

    This is BCE with logits against targets that are `quality` at the label of each pair and 0 elsewhere, without ever
    building those targets. Several pairs at one prior add up (their labels must differ for it to be BCE). The
    gradient is built once, in one buffer the size of the logits.
    """

    def __call__(
        self,
        logits: tuple[Float[Tensor, "batch _priors_per_cell _classes _height _width"], ...],
        image: Int64[Tensor, "pairs"],
        prior: Int64[Tensor, "pairs"],
        label: Int64[Tensor, "pairs"],
        quality: Float[Tensor, "pairs"],
    ) -> Float[Tensor, "batch priors"]:
        """Gives the loss of every prior, summed over its classes, in float32 or wider.

        Args:
            logits: Level blocks.
            image: Image of each pair.
            prior: Prior of each pair.
            label: Class of each pair, from 0.
            quality: Soft label of each pair, 0 to 1; not differentiated.
        """
        return _PriorCrossEntropy.apply(image, prior, label, quality, *logits)  # type: ignore[no-any-return]


class _PriorCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, image: Tensor, prior: Tensor, label: Tensor, quality: Tensor, *blocks: Tensor) -> Tensor:
        values = torch.cat([_background(block).permute(0, 2, 3, 1).flatten(1) for block in blocks], dim=1)
        ctx.layout = layout_of(blocks)
        by_level = pairs_by_level(ctx.layout, prior)
        at_label = read_rows(blocks, ctx.layout, by_level, image, prior, label)
        values.index_put_((image, prior), -quality.to(values.dtype) * at_label, accumulate=True)
        ctx.save_for_backward(image, prior, label, quality, *blocks, *by_level)
        return values

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = gradients
        image, prior, label, quality, *rest = ctx.saved_tensors
        blocks, by_level = rest[: len(rest) // 2], rest[len(rest) // 2 :]
        where, weight = ctx.layout.addresses(image, prior, label), -quality * gradient[image, prior]
        results = []
        of_levels = gradient.split([_num_priors(block) for block in blocks], dim=1)
        for block, of_level, pairs, first in zip(blocks, of_levels, by_level, ctx.layout.starts[:-1], strict=True):
            result = torch.sigmoid(widen(block)).mul_(_unflatten(of_level, block))
            flat = result.as_strided((result.numel(),), (1,))
            place = where.take(pairs).sub_(first)
            flat.index_put_((place,), weight.take(pairs).to(result.dtype), accumulate=True)
            results.append(result.to(block.dtype))
        return (None, None, None, None, *results)


def _background(block: Tensor) -> Tensor:
    """Gives Σ_classes softplus, some images at a time, so that no array of the size of all logits is held."""
    if block.numel() <= _LOGITS_AT_ONCE:
        return softplus(widen(block)).sum(dim=2)
    images_at_once = max(1, _LOGITS_AT_ONCE // max(1, block.shape[1:].numel()))
    return torch.cat([softplus(widen(images)).sum(dim=2) for images in block.split(images_at_once)])


def _num_priors(block: Tensor) -> int:
    return block.shape[1] * block.shape[3] * block.shape[4]


def _unflatten(values: Tensor, block: Tensor) -> Tensor:
    """Lays values ordered by prior out like a block with one class."""
    shape = (block.shape[3], block.shape[4], block.shape[1])
    laid_out: Tensor = values.unflatten(1, shape)
    return laid_out.permute(0, 3, 1, 2).unsqueeze(2)
