import pytest
import torch

from boxwright.errors import ShapeError
from boxwright.losses import (
    AgainstBackground,
    BinaryCrossEntropy,
    BoxLoss,
    CrossEntropy,
    DistanceLoss,
    DistributionFocalLoss,
    FocalLoss,
    InstanceLoss,
    MaskLoss,
    OverlapLoss,
    PriorFocalLoss,
    PriorLoss,
)
from boxwright.losses.kinds import CountedPriorLoss


@pytest.mark.parametrize(
    ("loss", "kind"),
    [
        (BinaryCrossEntropy(), PriorLoss),
        (AgainstBackground(FocalLoss()), PriorLoss),
        (PriorFocalLoss(), PriorLoss),
        (CrossEntropy(), PriorLoss),
        (CrossEntropy(), CountedPriorLoss),
        (OverlapLoss(), BoxLoss),
        (DistributionFocalLoss(), DistanceLoss),
        (MaskLoss(), InstanceLoss),
    ],
)
def test_ours_are_losses_of_their_kind(loss: object, kind: type) -> None:
    assert isinstance(loss, kind)


@pytest.mark.parametrize("choice", ["sparse", "reference"])
@pytest.mark.parametrize("label", [3, 4, 1000])
@pytest.mark.parametrize(
    ("loss", "values"),
    [
        (BinaryCrossEntropy(), 3),
        (AgainstBackground(FocalLoss()), 3),
        (PriorFocalLoss(), 3),
        (CrossEntropy(), 4),
    ],
)
def test_a_label_without_a_class_reads_no_other_prior(
    loss: PriorLoss, values: int, label: int, choice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOXWRIGHT_KERNELS", choice)
    blocks = (torch.randn(2, 1, values, 2, 2), torch.randn(2, 1, values, 1, 1))
    zero = torch.zeros(1, dtype=torch.int64)
    with pytest.raises((ShapeError, IndexError)):
        loss(blocks, zero, zero, zero + label, torch.ones(1))
