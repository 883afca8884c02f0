"""Arrays of a foreign network, `batch priors values`, beside the level blocks of a head with the same numbers."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from boxwright.criterion import Criterion, retinanet_criterion, ssd_criterion
from boxwright.kernels import sparse_cross_entropy
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
MEMORY: dict[str, Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]] = {
    "two arrays": lambda logits, codes: (logits.clone(), codes.clone()),
    "one output": lambda logits, codes: split(torch.cat((logits, codes), dim=2)),
    "feature maps": lambda logits, codes: split(torch.cat((logits, codes), dim=2).mT.contiguous().mT),
}


def split(output: Tensor) -> tuple[Tensor, Tensor]:
    return output[..., :4], output[..., 4:]


def random_arrays(priors: Priors, code: int, batch: int, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    logits, codes = (torch.randn((batch, len(priors), size), generator=generator).to(dtype) for size in (4, code))
    return logits.requires_grad_(), codes.requires_grad_()


def blocks_of(arrays: tuple[Tensor, Tensor], priors: Priors, *, has_background: bool) -> Predictions:
    """Gives each level a memory of its own, as a head leaves it."""
    views = Predictions.from_dense(*arrays, priors)
    logits, codes = ([level.contiguous() for level in levels] for levels in (views.class_logits, views.box_codes))
    return Predictions(tuple(logits), tuple(codes), has_background=has_background)


def targets_for(batch: int) -> Targets:
    generator = torch.Generator().manual_seed(1)
    boxes = [random_boxes(generator, 3 + image, CANVAS, dtype=torch.float32) for image in range(batch)]
    return Targets.from_lists(boxes, [torch.arange(len(rows)) % 3 for rows in boxes])


@each_system
@pytest.mark.parametrize("memory", MEMORY)
@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("limit", [0, 1 << 25])
def test_losses_and_gradients_are_those_of_level_blocks(
    system: str, memory: str, batch: int, dtype: torch.dtype, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sparse_cross_entropy, "_BYTES_IN_ONE_PIECE", limit)
    make, generate, code, has_background = SYSTEMS[system]
    criterion, priors, targets = make(), generate(CANVAS), targets_for(batch)
    leaves = random_arrays(priors, code, batch, dtype)
    dense = Predictions.from_dense(*MEMORY[memory](*leaves), priors, has_background=has_background)
    results = []
    for predictions in (dense, blocks_of(leaves, priors, has_background=has_background)):
        losses = criterion(predictions, priors, targets)
        results.append((losses, torch.autograd.grad(torch.stack(list(losses.values())).sum(), leaves)))
    (ours, gradients), (wanted, expected) = results
    assert list(ours) == list(wanted)
    for name, loss in ours.items():
        torch.testing.assert_close(loss, wanted[name])
    tolerance = {"rtol": 1e-5, "atol": 1e-7} if dtype == torch.float32 else {"rtol": 8e-3, "atol": 1e-5}
    for one, other in zip(gradients, expected, strict=True):
        assert one.any()
        torch.testing.assert_close(one, other, **tolerance)


@pytest.mark.usefixtures("sparse_kernels")
@pytest.mark.parametrize(("system", "arrays"), [("yolov8", 2), ("ssd, several levels", 2), ("retinanet", 1)])
def test_gradients_are_made_where_they_stay(system: str, arrays: int) -> None:
    """No level is copied into that of the dense array. RetinaNet makes that of its classes in the forward pass."""
    make, generate, code, has_background = SYSTEMS[system]
    priors = generate(CANVAS)
    dense = random_arrays(priors, code, 2, torch.float32)
    losses = make()(Predictions.from_dense(*dense, priors, has_background=has_background), priors, targets_for(2))
    total = torch.stack(list(losses.values())).sum()
    with RecordedTensors() as record:
        total.backward()
    made = record.at_least(min(leaf.numel() for leaf in dense))
    assert len(made) == arrays, made
    for leaf in dense:
        assert leaf.grad is not None
        assert leaf.grad.is_contiguous()
