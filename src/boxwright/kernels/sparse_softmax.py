"""The sparse implementation of softmax cross-entropy of the priors that a sampler left."""

from typing import Any

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from boxwright.kernels.hand_written import differentiable_once
from boxwright.kernels.log_scores import LogScores
from boxwright.structures.requirement import check_labels


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
