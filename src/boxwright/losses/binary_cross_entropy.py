"""Binary cross-entropy of every prior against a sparse set of soft labels."""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import softplus

from boxwright.geometry.precision import widen
from boxwright.structures.predictions import Places, locate, rows_view

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
        values = torch.cat([_flatten(_background(block)) for block in blocks], dim=1)
        places = locate(blocks, image, prior)
        for block, place in zip(blocks, places, strict=True):
            view, index = rows_view(block, place, label)
            at_label = torch.ops.aten.index(view, index).to(values.dtype)
            correction = -quality[place.pair].to(values.dtype) * at_label
            values.index_put_((place.image, prior[place.pair]), correction, accumulate=True)
        ctx.save_for_backward(prior, label, quality, *blocks, *(column for place in places for column in place))
        return values

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = gradients
        prior, label, quality, *rest = ctx.saved_tensors
        num_levels = len(rest) // 4
        results, start = [], 0
        for level, block in enumerate(rest[:num_levels]):
            place = Places(*rest[num_levels + 3 * level : num_levels + 3 * level + 3])
            stop = start + _num_priors(block)
            result = torch.sigmoid(widen(block)).mul_(_unflatten(gradient[:, start:stop], block))
            weight = -quality[place.pair].to(result.dtype) * gradient[place.image, prior[place.pair]]
            view, index = rows_view(result, place, label)
            torch.ops.aten.index_put_(view, index, weight, True)
            results.append(result.to(block.dtype))
            start = stop
        return (None, None, None, None, *results)


def _background(block: Tensor) -> Tensor:
    """Gives Σ_classes softplus, some images at a time, so that no array of the size of all logits is held."""
    images_at_once = max(1, _LOGITS_AT_ONCE // max(1, block[:1].numel()))
    return torch.cat([softplus(widen(images)).sum(dim=2) for images in block.split(images_at_once)])


def _num_priors(block: Tensor) -> int:
    return block.shape[1] * block.shape[3] * block.shape[4]


def _flatten(values: Tensor) -> Tensor:
    """Orders `batch priors_per_cell height width` values by prior."""
    return values.permute(0, 2, 3, 1).flatten(1)


def _unflatten(values: Tensor, block: Tensor) -> Tensor:
    """Lays values ordered by prior out like a block with one class."""
    shape = (block.shape[3], block.shape[4], block.shape[1])
    laid_out: Tensor = values.unflatten(1, shape)
    return laid_out.permute(0, 3, 1, 2).unsqueeze(2)
