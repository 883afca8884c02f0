"""FCOS's assignment, and the losses on it, against what torchvision recorded."""

import pytest
import torch
from torch import Tensor

from boxwright.assigners import FcosAssigner
from boxwright.coders import LtrbCoder
from boxwright.criterion import BoxRegressionTerm, ClassificationTerm, Criterion
from boxwright.losses import OverlapLoss, PriorFocalLoss
from boxwright.prior_generators import PointGrid
from boxwright.reducers import ByQuality
from boxwright.structures import Predictions, Priors, Targets
from tests.parity.golden_cases import case_names, load

FOLDER = "fcos_torchvision"
each = pytest.mark.parametrize("name", case_names(FOLDER, "c0"))


def read(name: str) -> tuple[dict[str, Tensor], Priors, Targets, tuple[Tensor, Tensor]]:
    arrays, config = load(FOLDER, name)
    priors = PointGrid(tuple(config["strides"]))(tuple(config["canvas"]))
    targets = Targets.from_lists(
        list(arrays["boxes"].split(config["counts"])), list(arrays["labels"].split(config["counts"]))
    )
    leaves = (arrays["cls_logits"].clone().requires_grad_(), arrays["box_sides"].clone().requires_grad_())
    return arrays, priors, targets, leaves


@each
def test_assignment_equals_the_recorded_one_in_every_place(name: str) -> None:
    arrays, priors, targets, _ = read(name)
    found = FcosAssigner()(priors, targets)
    first = torch.bincount(targets.image, minlength=targets.batch_size).cumsum(0)
    dense = torch.full_like(arrays["matched"], -1)
    start = torch.cat((first.new_zeros(1), first[:-1]))
    dense[found.image, found.prior] = found.target - start[found.image]
    assert torch.equal(dense, arrays["matched"])


@each
def test_losses_and_gradients_equal_the_recorded_ones(name: str) -> None:
    arrays, priors, targets, leaves = read(name)
    criterion = Criterion(
        FcosAssigner(),
        LtrbCoder().decode,
        (
            ClassificationTerm(gain=1.0, loss=PriorFocalLoss(2.0, 0.25), reducer=ByQuality()),
            BoxRegressionTerm(LtrbCoder().decode, gain=1.0, loss=OverlapLoss("giou"), reducer=ByQuality()),
        ),
        times_batch_size=False,
    )
    losses = criterion(Predictions.from_dense(*leaves, priors), priors, targets)
    torch.testing.assert_close(losses["class"], arrays["loss_class"], rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(losses["box"], arrays["loss_box"], rtol=1e-5, atol=1e-6)
    gradients = torch.autograd.grad(losses["class"] + losses["box"], leaves)
    torch.testing.assert_close(gradients[0], arrays["grad_cls_logits"], rtol=1e-4, atol=1e-7)
    torch.testing.assert_close(gradients[1], arrays["grad_box_sides"], rtol=1e-4, atol=1e-7)


def test_the_cases_reach_every_level() -> None:
    """And some objects go without a point, as published."""
    arrays, priors, _, _ = read("c04_crowd")
    positive = (arrays["matched"] >= 0).nonzero()[:, 1]
    assert set(priors.level[positive].tolist()) == {0, 1, 2}
    assert len(arrays["matched"].unique()) - 1 < len(arrays["boxes"])
