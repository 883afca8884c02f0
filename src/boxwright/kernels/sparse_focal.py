"""The sparse implementation of focal loss against background: the gradient is made in the same pass as the value."""

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol, runtime_checkable

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import softplus

from boxwright.geometry.precision import widen
from boxwright.kernels.hand_written import differentiable_once
from boxwright.kernels.layout import layout_of
from boxwright.kernels.level_rows import Places, level_index, locate
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
        pairs, blocks = _Pairs(*inputs[:4]), inputs[4:]
        values, slopes = [], _rooms(blocks) if is_tracked else [None] * len(blocks)
        for block, place, slope in zip(blocks, locate(blocks, pairs.image, pairs.prior), slopes, strict=True):
            value = _level(loss, block, pairs, place, slope)
            values.append(value.permute(0, 2, 3, 1).flatten(1))
        ctx.loss, ctx.slopes = loss, slopes
        ctx.save_for_backward(*inputs)
        return torch.cat(values, dim=1)

    @staticmethod
    @differentiable_once
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = gradients
        pairs, blocks = _Pairs(*ctx.saved_tensors[:4]), ctx.saved_tensors[4:]
        results, start = [], 0
        for level, (block, place) in enumerate(zip(blocks, locate(blocks, pairs.image, pairs.prior), strict=True)):
            slope, ctx.slopes[level] = ctx.slopes[level], None  # it becomes the gradient; a second call makes it anew
            if slope is None:
                slope = _room(block)
                _level(ctx.loss, block, pairs, place, slope)
            shape = (block.shape[3], block.shape[4], block.shape[1])
            stop = start + shape[0] * shape[1] * shape[2]
            of_priors = gradient[:, start:stop].unflatten(1, shape).permute(0, 3, 1, 2).unsqueeze(2)
            results.append(slope.mul_(of_priors).to(block.dtype))
            start = stop
        return (None,) * 6 + tuple(results)


class _Pairs(NamedTuple):
    image: Tensor
    prior: Tensor
    label: Tensor
    quality: Tensor


def _rooms(blocks: tuple[Tensor, ...]) -> list[Tensor]:
    """Gives room for a derivative by every logit; that of slices of a dense array is to become its gradient."""
    layout = layout_of(blocks)
    if layout.array is not None:
        return layout.views(blocks[0].new_empty(layout.starts[-1], dtype=widen(blocks[0][:0]).dtype))
    return [_room(block) for block in blocks]


def _room(block: Tensor) -> Tensor:
    return torch.empty_like(block, dtype=widen(block[:0]).dtype)


def _level(loss: FocalForm, block: Tensor, pairs: _Pairs, place: Places, slope: Tensor | None) -> Tensor:
    """Gives the value of every prior of a level, laid out like the block, and writes the derivative by every logit."""
    value = _background(loss, block, slope)
    slot, row, column = level_index(block.shape, place.inside)
    at_logit = (place.image, slot, pairs.label[place.pair], row, column)
    change, change_of_slope = _change(loss, block[at_logit], pairs.quality[place.pair], with_slope=slope is not None)
    value.index_put_((place.image, slot, row, column), change, accumulate=True)
    if slope is not None and change_of_slope is not None:
        slope.index_put_(at_logit, change_of_slope, accumulate=True)
    return value


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


def _change(loss: FocalForm, logits: Tensor, quality: Tensor, *, with_slope: bool) -> tuple[Tensor, Tensor | None]:
    """Gives what a label changes in the value of its logit, and in the derivative."""
    with torch.set_grad_enabled(with_slope):
        leaf = widen(logits).detach().requires_grad_(with_slope)
        change = loss.change(lambda _: leaf, quality.long(), quality)
        slope = torch.autograd.grad(change.sum(), leaf)[0] if with_slope else None
    return change.detach(), slope


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
