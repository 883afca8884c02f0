from collections.abc import Callable

import pytest
import torch
from torch import nn

from boxwright.errors import DataError
from boxwright.models import (
    load_published_yolov5,
    load_published_yolov8,
    load_weights,
    published_yolov5_anchors,
    rename_published_yolov5,
    rename_published_yolov8,
)


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


def test_published_names_are_translated_before_they_are_loaded() -> None:
    state = {"model.0.conv.weight": torch.zeros(1), "model.2.cv2.conv.weight": torch.ones(1)}
    stem, block = "backbone.stem.conv.weight", "backbone.stages.0.1"
    assert list(rename_published_yolov8(state)) == [stem, f"{block}.merge.conv.weight"]
    assert list(rename_published_yolov5(state)) == [stem, f"{block}.past.conv.weight"]


@pytest.mark.parametrize("load", [load_published_yolov5, load_published_yolov8])
def test_a_name_without_a_place_is_reported(load: Callable[..., None]) -> None:
    with pytest.raises(DataError, match=r"1 unexpected: model\.99\.conv\.weight"):
        load(network(), {"model.99.conv.weight": torch.zeros(1)})


def test_published_anchors_are_stored_in_strides() -> None:
    state = {"model.24.anchors": torch.tensor([[[1.25, 1.625]], [[2.0, 3.0]]]), "model.0.conv.weight": torch.zeros(1)}
    assert published_yolov5_anchors(state, (8, 16)) == (((10.0, 13.0),), ((32.0, 48.0),))


@pytest.mark.parametrize("anchors", [None, (3, 3), (2, 3, 2), (3, 3, 3)])
def test_anchors_that_do_not_belong_to_the_levels_are_refused(anchors: tuple[int, ...] | None) -> None:
    state = {} if anchors is None else {"model.24.anchors": torch.ones(anchors)}
    with pytest.raises(DataError, match=r"of \(3, anchors, 2\); found \["):
        published_yolov5_anchors(state)
