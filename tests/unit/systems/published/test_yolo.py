import pytest
import torch
from tests.unit.systems.published.recorded import recorded_state
from torch import Tensor

from boxwright.errors import DataError
from boxwright.foreign_weights import ForeignWeights
from boxwright.systems.published.yolo import convert_yolo


@pytest.fixture(scope="module")
def yolov8n() -> dict[str, Tensor]:
    return recorded_state("yolov8n")


def test_the_system_and_its_options_are_told_by_shapes(yolov8n: dict[str, Tensor]) -> None:
    found = convert_yolo(ForeignWeights(yolov8n))
    assert found is not None
    assert (found.system, found.num_classes, found.options) == ("yolov8n", 4, {"reg_max": 16})
    masks = convert_yolo(ForeignWeights(recorded_state("yolov8n_seg")))
    assert masks is not None
    assert (masks.system, masks.options["num_prototypes"]) == ("yolov8n-seg", 32)


def test_anchors_come_along() -> None:
    state = recorded_state("yolov5n")
    state["model.24.anchors"] = torch.arange(1.0, 19.0).view(3, 3, 2)
    found = convert_yolo(ForeignWeights(state))
    assert found is not None
    assert (found.system, found.num_classes, found.notes) == ("yolov5n", 3, ())
    assert found.options["anchors"][0] == ((8.0, 16.0), (24.0, 32.0), (40.0, 48.0))
    with pytest.raises(DataError, match="a YOLOv5 with masks"):
        convert_yolo(ForeignWeights(state | {"model.24.proto.cv1.conv.weight": torch.zeros(1)}))
    del state["model.24.anchors"]
    without = convert_yolo(ForeignWeights(state))
    assert without is not None
    assert without.notes == ("The file has no anchors; those of COCO are taken.",)


def test_others_are_none_of_these(yolov8n: dict[str, Tensor]) -> None:
    assert convert_yolo(ForeignWeights({"a": torch.zeros(1)})) is None
    later = {name.replace("model.22.", "model.23."): value for name, value in yolov8n.items()}
    assert convert_yolo(ForeignWeights(later)) is None


def test_a_width_that_is_none_is_said(yolov8n: dict[str, Tensor]) -> None:
    odd = yolov8n | {"model.0.conv.weight": torch.zeros(24, 3, 3, 3)}
    with pytest.raises(DataError, match="first convolution has 24 channels; YOLOv8 has n 16, s 32"):
        convert_yolo(ForeignWeights(odd))
