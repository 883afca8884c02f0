"""The sparse implementation of binary cross-entropy against background: one gradient buffer, no joined copy."""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import softplus

from boxwright.geometry.precision import widen
from boxwright.kernels.hand_written import differentiable_once
from boxwright.kernels.layout import Layout, layout_of
from boxwright.kernels.level_rows import pairs_by_level, read_rows
from boxwright.structures.requirement import check_labels

_LOGITS_AT_ONCE = 1 << 21
# the C library keeps pieces up to this size for the next step; larger ones cost a page fault for every 4 KB each time
_BYTES_IN_ONE_PIECE = 1 << 25


def sparse_cross_entropy(
    logits: tuple[Float[Tensor, "batch _priors_per_cell _classes _height _width"], ...],
    image: Int64[Tensor, "pairs"],
    prior: Int64[Tensor, "pairs"],
    label: Int64[Tensor, "pairs"],
    quality: Float[Tensor, "pairs"],
) -> Float[Tensor, "batch priors"]:
    """Gives Σ softplus(x) − quality · x[label] per prior; differentiable once.

    The gradient is built once, in one buffer the size of the logits.

    Args:
        logits: Level blocks.
        image: Image of each pair.
        prior: Prior of each pair.
        label: Class of each pair, from 0.
        quality: Soft label of each pair, 0 to 1; not differentiated.
    """
    check_labels(label, logits[0].shape[2])  # an address of another prior would be read without a word
    return _PriorCrossEntropy.apply(image, prior, label, quality, *logits)  # type: ignore[no-any-return]


class _PriorCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, image: Tensor, prior: Tensor, label: Tensor, quality: Tensor, *blocks: Tensor) -> Tensor:
        values = torch.cat([_background(block).permute(0, 2, 3, 1).flatten(1) for block in blocks], dim=1)
        ctx.layout = layout_of(blocks)
        at_label = read_rows(blocks, ctx.layout, image, prior, label)
        values.index_put_((image, prior), -quality.to(values.dtype) * at_label, accumulate=True)
        ctx.save_for_backward(image, prior, label, quality, *blocks)
        return values

    @staticmethod
    @differentiable_once
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = gradients
        image, prior, label, quality, *blocks = ctx.saved_tensors
        parts, buffer = _parts(ctx.layout, blocks)
        of_levels = gradient.split([_num_priors(block) for block in blocks], dim=1)
        for block, part, of_level in zip(blocks, parts, of_levels, strict=True):
            torch.sigmoid(widen(block), out=part).mul_(_unflatten(of_level, block))
        where = ctx.layout.addresses(image, prior, label)
        weight = (-quality * gradient[image, prior]).to(parts[0].dtype)
        if buffer is not None:
            buffer.index_put_((where,), weight, accumulate=True)
            return (None, None, None, None, *ctx.layout.views(buffer.to(blocks[0].dtype)))
        by_level = pairs_by_level(ctx.layout, prior)
        for part, pairs, first in zip(parts, by_level, ctx.layout.starts[:-1], strict=True):
            flat = part.as_strided((part.numel(),), (1,))
            flat.index_put_((where.take(pairs).sub_(first),), weight.take(pairs), accumulate=True)
        return (None, None, None, None, *[part.to(block.dtype) for part, block in zip(parts, blocks, strict=True)])


def _parts(layout: Layout, blocks: Sequence[Tensor]) -> tuple[list[Tensor], Tensor | None]:
    """Gives room for a gradient: level by level, and the one buffer that they are parts of, if they are."""
    wide = widen(blocks[0][:0])
    if layout.array is None and layout.starts[-1] * wide.element_size() > _BYTES_IN_ONE_PIECE:
        return [torch.empty_like(block, dtype=wide.dtype) for block in blocks], None
    buffer = wide.new_empty(layout.starts[-1])
    return layout.views(buffer), buffer


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
