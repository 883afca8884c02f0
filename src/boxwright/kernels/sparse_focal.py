"""The sparse implementation of focal loss against background: the gradient is made in the same pass as the value."""

from collections.abc import Iterator
from typing import Any, Protocol, runtime_checkable

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import softplus

from boxwright.geometry.precision import widen
from boxwright.kernels.hand_written import differentiable_once
from boxwright.kernels.layout import layout_of
from boxwright.kernels.level_rows import read_rows
from boxwright.kernels.prior_values import AgainstBackgroundForm
from boxwright.structures.requirement import check_labels

_LOGITS_AT_ONCE = {"cpu": 1 << 17}  # so that what is computed of them stays in the cache
_LOGITS_AT_ONCE_ELSEWHERE = 1 << 26


@runtime_checkable
class FocalForm(AgainstBackgroundForm, Protocol):
    """Focal loss of binary labels."""

    @property
    def gamma(self) -> float:
        """Exponent."""
        ...

    @property
    def alpha(self) -> float:
        """Weight of label 1; label 0 has 1 − alpha."""
        ...


def sparse_focal(
    loss: FocalForm,
    logits: tuple[Float[Tensor, "batch _priors_per_cell _classes _height _width"], ...],
    image: Int64[Tensor, "pairs"],
    prior: Int64[Tensor, "pairs"],
    label: Int64[Tensor, "pairs"],
    quality: Float[Tensor, "pairs"],
) -> Float[Tensor, "batch priors"]:
    """Gives the focal loss of every prior; differentiable once.

    The gradient of the background is made together with its value, from the same sigmoids, in one buffer the size of
    the logits:

        value = (1 − α) · σ^γ · softplus(x)        gradient = (1 − α) · σ^γ · (γ · (1 − σ) · softplus(x) + σ)

    Source: Focal Loss, Lin et al. 2017, eq. 5 and appendix B.

    Args:
        loss: Exponent, weight and formulas.
        logits: Level blocks.
        image: Image of each pair.
        prior: Prior of each pair.
        label: Class of each pair, from 0.
        quality: Soft label of each pair, 0 to 1; not differentiated.
    """
    is_tracked = torch.is_grad_enabled() and any(block.requires_grad for block in logits)
    check_labels(label, logits[0].shape[2])
    return _PriorFocal.apply(loss, is_tracked, image, prior, label, quality, *logits)  # type: ignore[no-any-return]


class _PriorFocal(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, loss: FocalForm, is_tracked: bool, *inputs: Tensor) -> Tensor:
        values, slopes = _values(loss, is_tracked, *inputs)
        ctx.loss, ctx.slopes = loss, slopes
        ctx.save_for_backward(*inputs)
        return values

    @staticmethod
    @differentiable_once
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        slopes, ctx.slopes = ctx.slopes, None  # they become the gradient; a second call makes them anew
        if slopes is None:
            _, slopes = _values(ctx.loss, True, *ctx.saved_tensors)
        blocks, results = ctx.saved_tensors[4:], []
        counts = [block.shape[1] * block.shape[3] * block.shape[4] for block in blocks]
        for block, slope, of_level in zip(blocks, slopes, gradients[0].split(counts, dim=1), strict=True):
            shape = (block.shape[3], block.shape[4], block.shape[1])
            of_priors = of_level.unflatten(1, shape).permute(0, 3, 1, 2).unsqueeze(2)
            results.append(slope.mul_(of_priors).to(block.dtype))
        return (None,) * 6 + tuple(results)


def _values(
    loss: FocalForm, is_tracked: bool, image: Tensor, prior: Tensor, label: Tensor, quality: Tensor, *blocks: Tensor
) -> tuple[Float[Tensor, "batch priors"], list[Tensor] | None]:
    """Gives the value of every prior, and on request the derivative by every logit, laid out like the blocks."""
    layout, wide = layout_of(blocks), widen(blocks[0][:0])
    buffer = wide.new_empty(layout.starts[-1] if is_tracked else 0)
    slopes = layout.views(buffer) if is_tracked else None
    levels = zip(blocks, slopes or (None,) * len(blocks), strict=True)
    costs = [_background(loss, block, slope).permute(0, 2, 3, 1).flatten(1) for block, slope in levels]
    with torch.set_grad_enabled(is_tracked):
        logits = widen(read_rows(blocks, layout, image, prior, label)).detach().requires_grad_(is_tracked)
        change = loss.change(lambda _: logits, label, quality)
        slope = torch.autograd.grad(change.sum(), logits)[0] if is_tracked else logits
    if is_tracked:
        buffer.index_put_((layout.addresses(image, prior, label),), slope, accumulate=True)
    return torch.cat(costs, dim=1).index_put_((image, prior), change.detach(), accumulate=True), slopes


def _background(loss: FocalForm, block: Tensor, slope: Tensor | None) -> Tensor:
    """Costs every logit as background, piece by piece, and writes the derivative."""
    value = block.new_empty((*block.shape[:2], *block.shape[3:]), dtype=widen(block[:0]).dtype)
    for images, slots, rows in _pieces(block):
        logits = widen(block[images, slots, :, rows])
        score, cost = torch.sigmoid(logits), softplus(logits)
        weight = (score.square() if loss.gamma == 2 else score**loss.gamma).mul_(1 - loss.alpha)
        if slope is not None:
            inner = torch.addcmul(cost, cost, score, value=-1).mul_(loss.gamma).add_(score)
            torch.mul(inner, weight, out=slope[images, slots, :, rows])
        value[images, slots, rows] = weight.mul_(cost).sum(dim=2)
    return value


def _pieces(block: Tensor) -> Iterator[tuple[slice, slice, slice]]:
    """Cuts a block along images, priors in the cell and rows of cells into pieces of about as many logits."""
    limit = _LOGITS_AT_ONCE.get(block.device.type, _LOGITS_AT_ONCE_ELSEWHERE)
    batch, per_cell, classes, height, width = block.shape
    images = max(1, limit // max(1, per_cell * classes * height * width))
    slots = max(1, limit // max(1, classes * height * width))
    rows = max(1, limit // max(1, classes * width))
    for image in range(0, batch, images):
        for slot in range(0, per_cell, slots):
            for row in range(0, height, rows):
                yield slice(image, image + images), slice(slot, slot + slots), slice(row, row + rows)
