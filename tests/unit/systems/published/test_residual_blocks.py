import pytest
import torch
from torchvision import models

from boxwright.errors import DataError
from boxwright.systems.published.residual_blocks import resnet_variant


@pytest.mark.parametrize(("number", "variant"), [(18, "r18"), (34, "r34"), (50, "r50"), (101, "r101")])
def test_variants_are_told_by_their_blocks(number: int, variant: str) -> None:
    with torch.device("meta"):
        state = getattr(models, f"resnet{number}")().state_dict()
    assert resnet_variant(state, "") == variant
    assert (
        resnet_variant({f"backbone.body.{name}": value for name, value in state.items()}, "backbone.body.") == variant
    )


def test_others_are_said() -> None:
    with torch.device("meta"):
        state = models.resnet152().state_dict()
    with pytest.raises(DataError, match=r"its ResNet has \(3, 8, 36, 3\) bottlenecks; boxwright has"):
        resnet_variant(state, "")
