import pytest
import torch
from torch import nn

from boxwright.errors import DataError
from boxwright.models import load_weights, rename_published_yolov8


def network() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4))


def test_weights_are_copied_with_the_buffers() -> None:
    source, target = network(), network()
    source[1].running_mean.fill_(7.0)
    load_weights(target, source.state_dict())
    assert all(torch.equal(target.state_dict()[name], value) for name, value in source.state_dict().items())


def test_every_fault_is_listed() -> None:
    state = network().state_dict()
    state["0.extra"] = state.pop("0.weight")
    state["1.bias"] = torch.zeros(5)
    with pytest.raises(DataError) as caught:
        load_weights(network(), state)
    message = str(caught.value)
    assert "1 missing: 0.weight." in message
    assert "1 unexpected: 0.extra." in message
    assert "1 of another shape: 1.bias (5,) instead of (4,)." in message


def test_nothing_is_copied_when_something_does_not_fit() -> None:
    target = network()
    before = {name: value.clone() for name, value in target.state_dict().items()}
    state = {name: value + 1 for name, value in before.items() if name != "1.bias"}
    with pytest.raises(DataError, match=r"missing: 1\.bias"):
        load_weights(target, state)
    assert all(torch.equal(target.state_dict()[name], value) for name, value in before.items())


def test_a_long_list_is_cut() -> None:
    with pytest.raises(DataError, match=r"20 unexpected: .* and 8 more\."):
        load_weights(network(), network().state_dict() | {f"x{i:02}": torch.zeros(1) for i in range(20)})


def test_fresh_parts_keep_what_they_have() -> None:
    source, target = network().state_dict(), network()
    before = target[1].bias.clone()
    source["1.bias"] = torch.zeros(9)
    load_weights(target, source, fresh=("1.bias",))
    assert torch.equal(target[1].bias, before)
    assert torch.equal(target[0].weight, source["0.weight"])


@pytest.mark.parametrize(
    ("published", "ours"),
    [
        ("model.0.conv.weight", "backbone.stem.conv.weight"),
        ("model.3.bn.running_var", "backbone.stages.1.0.norm.running_var"),
        ("model.6.m.1.cv2.bn.bias", "backbone.stages.2.1.bottlenecks.1.second.norm.bias"),
        ("model.8.cv2.conv.weight", "backbone.stages.3.1.merge.conv.weight"),
        ("model.9.cv1.bn.weight", "backbone.pooling.reduce.norm.weight"),
        ("model.12.cv1.conv.weight", "neck.top_down.0.split.conv.weight"),
        ("model.15.m.11.cv1.conv.weight", "neck.top_down.1.bottlenecks.11.first.conv.weight"),
        ("model.19.conv.weight", "neck.downsample.1.conv.weight"),
        ("model.22.cv2.1.0.bn.num_batches_tracked", "head.box_branches.1.0.norm.num_batches_tracked"),
        ("model.22.cv3.2.2.bias", "head.class_branches.2.2.bias"),
        ("model.99.conv.weight", "model.99.conv.weight"),
        ("ema.decay", "ema.decay"),
    ],
)
def test_published_names(published: str, ours: str) -> None:
    assert list(rename_published_yolov8({published: torch.zeros(1)})) == [ours]


def test_the_constants_of_the_expectation_are_left_out() -> None:
    assert rename_published_yolov8({"model.22.dfl.conv.weight": torch.arange(16.0)}) == {}
