"""Softmax cross-entropy of every prior against a sparse set of labels; all other priors are background."""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from boxwright.geometry.precision import widen
from boxwright.structures.predictions import Places, level_index, locate


@dataclass(frozen=True, slots=True)
class CrossEntropy:
    """Costs ln Σ exp(x) − x[background] per prior, and at the pairs − quality · (x[label] − x[background]) more.

    The first value of a prior is the logit of the background, that of label c is value c + 1. A quality below 1 leaves
    the rest of the label to the background. No labels of the size of the logits are ever built; the gradient is built
    once, in one buffer of their size.

    Source: SSD, Liu et al. 2016, eq. 3.
    """

    def __call__(
        self,
        logits: tuple[Float[Tensor, "batch _priors_per_cell _values _height _width"], ...],
        image: Int64[Tensor, "pairs"],
        prior: Int64[Tensor, "pairs"],
        label: Int64[Tensor, "pairs"],
        quality: Float[Tensor, "pairs"],
    ) -> Float[Tensor, "batch priors"]:
        """Gives the loss of every prior, in float32 or wider.

        Args:
            logits: Level blocks, background first.
            image: Image of each pair.
            prior: Prior of each pair.
            label: Class of each pair, from 0.
            quality: Soft label of each pair, 0 to 1; not differentiated.
        """
        return _PriorCrossEntropy.apply(image, prior, label, quality, *logits)  # type: ignore[no-any-return]

    def of_background(
        self, logits: tuple[Float[Tensor, "batch _priors_per_cell _values _height _width"], ...]
    ) -> Float[Tensor, "batch priors"]:
        """Gives what every prior would cost without any pair, in float32 or wider.

        Args:
            logits: Level blocks, background first.
        """
        return _join([-widen(block).log_softmax(dim=2)[:, :, 0] for block in logits])

    def of_rows(
        self,
        rows: Float[Tensor, "rows _values"],
        row: Int64[Tensor, "pairs"],
        label: Int64[Tensor, "pairs"],
        quality: Float[Tensor, "pairs"],
    ) -> Float[Tensor, "rows"]:
        """Gives the loss of some priors only, in float32 or wider.

        Args:
            rows: All logits of these priors, background first.
            row: Row of each pair.
            label: Class of each pair, from 0.
            quality: Soft label of each pair, 0 to 1; not differentiated.
        """
        rows = widen(rows)
        gain = rows[row].gather(1, label.unsqueeze(1) + 1).squeeze(1) - rows[row, 0]
        return (rows.logsumexp(dim=1) - rows[:, 0]).index_add(0, row, -quality.detach().to(rows.dtype) * gain)


class _PriorCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, image: Tensor, prior: Tensor, label: Tensor, quality: Tensor, *blocks: Tensor) -> Tensor:
        totals = [widen(block).logsumexp(dim=2) for block in blocks]
        values = _join([total - block[:, :, 0] for total, block in zip(totals, blocks, strict=True)])
        for block, place in zip(blocks, locate(blocks, image, prior), strict=True):
            pair, index, background = _where(block, place, label)
            gain = block[index].to(values.dtype) - block[background].to(values.dtype)
            values.index_put_((place.image, prior[pair]), -quality[pair].to(values.dtype) * gain, accumulate=True)
        ctx.save_for_backward(image, prior, label, quality, *totals, *blocks)
        return values

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = gradients
        image, prior, label, quality, *rest = ctx.saved_tensors
        totals, blocks = rest[: len(rest) // 2], rest[len(rest) // 2 :]
        results, start = [], 0
        for total, block, place in zip(totals, blocks, locate(blocks, image, prior), strict=True):
            shape = (block.shape[3], block.shape[4], block.shape[1])
            per_prior = gradient[:, start : start + _num_priors(block)].unflatten(1, shape).permute(0, 3, 1, 2)
            result = (widen(block) - total.unsqueeze(2)).exp_().mul_(per_prior.unsqueeze(2))
            result[:, :, 0] -= per_prior
            pair, index, background = _where(block, place, label)
            weight = quality[pair].to(result.dtype) * gradient[place.image, prior[pair]]
            result.index_put_(index, -weight, accumulate=True)
            result.index_put_(background, weight, accumulate=True)
            results.append(result.to(block.dtype))
            start += _num_priors(block)
        return (None, None, None, None, *results)


def _join(levels: list[Tensor]) -> Float[Tensor, "batch priors"]:
    """Orders `batch priors_per_cell height width` values of all levels by prior."""
    return torch.cat([level.permute(0, 2, 3, 1).flatten(1) for level in levels], dim=1)


def _where(block: Tensor, place: Places, label: Tensor) -> tuple[Tensor, tuple[Tensor, ...], tuple[Tensor, ...]]:
    """Gives the pairs of a level, and where in its block their label and their background are."""
    slot, row, column = level_index(block.shape, place.inside)
    value = label[place.pair] + 1
    labels, background = (
        (place.image, slot, value, row, column),
        (place.image, slot, torch.zeros_like(value), row, column),
    )
    return place.pair, labels, background


def _num_priors(block: Tensor) -> int:
    return block.shape[1] * block.shape[3] * block.shape[4]
