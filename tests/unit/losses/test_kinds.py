import pytest

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
