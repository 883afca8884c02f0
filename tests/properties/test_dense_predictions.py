"""Arrays of a foreign network, `batch priors values`, beside the level blocks of a head with the same numbers."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from boxwright.criterion import Criterion, retinanet_criterion, ssd_criterion
from boxwright.losses import binary_cross_entropy
from boxwright.prior_generators import DEFAULT_BOXES, PointGrid, retinanet_anchors
from boxwright.structures import Predictions, Priors, Targets
from tests.contracts.recorded_tensors import RecordedTensors
from tests.contracts.scenes import random_boxes
from tests.unit.criterion.test_criterion import build

CANVAS = (224, 224)
SYSTEMS: dict[str, tuple[Callable[[], Criterion], Callable[[tuple[int, int]], Priors], int, bool]] = {
    "yolov8": (build, PointGrid(), 64, False),
    "ssd": (ssd_criterion, DEFAULT_BOXES["ssd_tiny"], 4, True),
    "ssd, several levels": (ssd_criterion, retinanet_anchors(), 4, True),
    "retinanet": (retinanet_criterion, retinanet_anchors(), 4, False),
}
each_system = pytest.mark.parametrize("system", SYSTEMS)
Leaves = tuple[Tensor, ...]


def dense_leaves(priors: Priors, code: int, batch: int, dtype: torch.dtype) -> Leaves:
    generator = torch.Generator().manual_seed(0)
    shapes = ((batch, len(priors), 4), (batch, len(priors), code))
    return tuple(torch.randn(shape, generator=generator).to(dtype).requires_grad_() for shape in shapes)


def targets_for(batch: int) -> Targets:
    generator = torch.Generator().manual_seed(1)
    boxes = [random_boxes(generator, 3 + image, CANVAS, dtype=torch.float32) for image in range(batch)]
    return Targets.from_lists(boxes, [torch.arange(len(rows)) % 3 for rows in boxes])


def run(system: str, *, batch: int, dtype: torch.dtype) -> tuple[tuple[dict[str, Tensor], Leaves], ...]:
    """Gives losses and gradients, from dense arrays and from blocks; those of blocks are put in the dense order."""
    make, generate, code, has_background = SYSTEMS[system]
    criterion, priors, targets = make(), generate(CANVAS), targets_for(batch)
    dense = dense_leaves(priors, code, batch, dtype)
    views = Predictions.from_dense(*(leaf.detach() for leaf in dense), priors)
    blocks = [
        tuple(block.contiguous().requires_grad_() for block in levels)
        for levels in (views.class_logits, views.box_codes)
    ]
    from_dense = criterion(Predictions.from_dense(*dense, priors, has_background=has_background), priors, targets)
    from_blocks = criterion(Predictions(*blocks, has_background=has_background), priors, targets)
    whole = torch.autograd.grad(torch.stack(list(from_dense.values())).sum(), dense)
    parts = torch.autograd.grad(torch.stack(list(from_blocks.values())).sum(), [*blocks[0], *blocks[1]])
    levels = len(blocks[0])
    joined = tuple(
        torch.cat([part.permute(0, 3, 4, 1, 2).flatten(1, 3) for part in some], dim=1)
        for some in (parts[:levels], parts[levels:])
    )
    return (from_dense, whole), (from_blocks, joined)


@each_system
@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("limit", [0, 1 << 25])
def test_losses_and_gradients_are_those_of_level_blocks(
    system: str, batch: int, dtype: torch.dtype, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binary_cross_entropy, "_BYTES_IN_ONE_PIECE", limit)
    (ours, gradients), (wanted, expected) = run(system, batch=batch, dtype=dtype)
    assert list(ours) == list(wanted)
    for name, loss in ours.items():
        torch.testing.assert_close(loss, wanted[name])
    tolerance = {"rtol": 1e-5, "atol": 1e-7} if dtype == torch.float32 else {"rtol": 8e-3, "atol": 1e-5}
    for one, other in zip(gradients, expected, strict=True):
        assert one.any()
        torch.testing.assert_close(one, other, **tolerance)


@pytest.mark.parametrize(("system", "arrays"), [("yolov8", 2), ("ssd, several levels", 2), ("retinanet", 1)])
def test_gradients_are_made_where_they_stay(system: str, arrays: int) -> None:
    """No level is copied into that of the dense array. RetinaNet makes that of its classes in the forward pass."""
    make, generate, code, has_background = SYSTEMS[system]
    priors = generate(CANVAS)
    dense = dense_leaves(priors, code, 2, torch.float32)
    losses = make()(Predictions.from_dense(*dense, priors, has_background=has_background), priors, targets_for(2))
    total = torch.stack(list(losses.values())).sum()
    with RecordedTensors() as record:
        total.backward()
    made = record.at_least(min(leaf.numel() for leaf in dense))
    assert len(made) == arrays, made
    for leaf in dense:
        assert leaf.grad is not None
        assert leaf.grad.is_contiguous()
