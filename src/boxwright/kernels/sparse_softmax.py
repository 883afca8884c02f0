"""The sparse implementations of softmax cross-entropy: of all priors, and of those that a sampler left."""

from typing import Any

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from boxwright.geometry.hand_written import differentiable_once
from boxwright.geometry.precision import widen
from boxwright.kernels.level_rows import Places, level_index, locate
from boxwright.kernels.log_scores import LogScores
from boxwright.structures.requirement import check_labels


def sparse_softmax(
    logits: tuple[Float[Tensor, "batch _priors_per_cell _values _height _width"], ...],
    image: Int64[Tensor, "pairs"],
    prior: Int64[Tensor, "pairs"],
    label: Int64[Tensor, "pairs"],
    quality: Float[Tensor, "pairs"],
) -> Float[Tensor, "batch priors"]:
    """Gives the softmax cross-entropy of every prior; differentiable once, its gradient is one buffer per level.

    Args:
        logits: Level blocks, background first.
        image: Image of each pair.
        prior: Prior of each pair.
        label: Class of each pair, from 0.
        quality: Soft label of each pair, 0 to 1; not differentiated.
    """
    check_labels(label, logits[0].shape[2] - 1)
    return _PriorCrossEntropy.apply(image, prior, label, quality, *logits)  # type: ignore[no-any-return]


def sparse_counted_softmax(
    logits: tuple[Float[Tensor, "batch _priors_per_cell _values _height _width"], ...],
    counted: Bool[Tensor, "batch priors"],
    image: Int64[Tensor, "pairs"],
    prior: Int64[Tensor, "pairs"],
    label: Int64[Tensor, "pairs"],
    quality: Float[Tensor, "pairs"],
    scores: LogScores,
) -> Float[Tensor, "batch priors"]:
    """Gives the softmax cross-entropy of some priors and 0 for the others; only these are differentiated.

    Args:
        logits: Level blocks, background first.
        counted: Which priors; pairs of others are left out.
        image: Image of each pair.
        prior: Prior of each pair.
        label: Class of each pair, from 0.
        quality: Soft label of each pair, 0 to 1; not differentiated.
        scores: Of the logits.
    """
    check_labels(label, logits[0].shape[2] - 1)
    return _CountedCrossEntropy.apply(scores, counted, image, prior, label, quality, *logits)  # type: ignore[no-any-return]


class _CountedCrossEntropy(torch.autograd.Function):
    """Costs −Σ label · ln score with a row of soft labels for every counted prior."""

    @staticmethod
    def forward(ctx: Any, scores: LogScores, counted: Tensor, *inputs: Tensor) -> Tensor:
        image, prior, label, quality, *blocks = inputs
        row_image, row_prior = counted.nonzero().unbind(1)
        point = torch.add(row_prior, row_image, alpha=counted.shape[1])
        where = scores.layout.addresses(row_image, row_prior, None)
        rows = scores.buffer.take(where)
        labels = torch.zeros_like(rows)
        labels.select(1, 0).fill_(1)
        if len(point):
            row = torch.searchsorted(point, torch.add(prior, image, alpha=counted.shape[1]))
            place = row.clamp_(max=len(point) - 1) * rows.shape[1]
            share = (quality * counted[image, prior]).to(rows.dtype)
            labels.view(-1).index_add_(0, place, share, alpha=-1).index_add_(0, place + label + 1, share)
        values = (rows * labels).sum(dim=1).neg_()
        ctx.layout, ctx.dtype = scores.layout, blocks[0].dtype
        ctx.save_for_backward(point, where, rows, labels)
        return values.new_zeros(counted.numel()).index_copy_(0, point, values).view(counted.shape)

    @staticmethod
    @differentiable_once
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        point, where, rows, labels = ctx.saved_tensors
        slopes = rows.exp().sub_(labels).mul_(gradients[0].take(point).unsqueeze(1))
        buffer = torch.zeros(ctx.layout.starts[-1], dtype=ctx.dtype, device=rows.device)
        buffer.scatter_(0, where.view(-1), slopes.to(ctx.dtype).view(-1))
        return (None,) * 6 + tuple(ctx.layout.views(buffer))


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
    @differentiable_once
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
