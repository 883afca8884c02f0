import pytest
import torch

from boxwright.models.published_names import YOLOV5_NAMES, YOLOV8_NAMES, PublishedNames

NAMES = {"yolov5": YOLOV5_NAMES, "yolov8": YOLOV8_NAMES}


@pytest.mark.parametrize(
    ("family", "published", "ours"),
    [
        ("yolov8", "model.0.conv.weight", "backbone.stem.conv.weight"),
        ("yolov8", "model.3.bn.running_var", "backbone.stages.1.0.norm.running_var"),
        ("yolov8", "model.6.m.1.cv2.bn.bias", "backbone.stages.2.1.bottlenecks.1.second.norm.bias"),
        ("yolov8", "model.8.cv2.conv.weight", "backbone.stages.3.1.merge.conv.weight"),
        ("yolov8", "model.9.cv1.bn.weight", "backbone.pooling.reduce.norm.weight"),
        ("yolov8", "model.12.cv1.conv.weight", "neck.top_down.0.split.conv.weight"),
        ("yolov8", "model.15.m.11.cv1.conv.weight", "neck.top_down.1.bottlenecks.11.first.conv.weight"),
        ("yolov8", "model.19.conv.weight", "neck.downsample.1.conv.weight"),
        ("yolov8", "model.22.cv2.1.0.bn.num_batches_tracked", "head.box_branches.1.0.norm.num_batches_tracked"),
        ("yolov8", "model.22.cv3.2.2.bias", "head.class_branches.2.2.bias"),
        ("yolov8", "model.22.cv4.1.0.bn.bias", "mask_head.coefficient_branches.1.0.norm.bias"),
        ("yolov8", "model.22.proto.cv1.conv.weight", "mask_head.prototypes.0.conv.weight"),
        ("yolov8", "model.22.proto.upsample.bias", "mask_head.prototypes.1.bias"),
        ("yolov8", "model.22.proto.cv3.bn.running_var", "mask_head.prototypes.3.norm.running_var"),
        ("yolov5", "model.6.cv1.conv.weight", "backbone.stages.2.1.through.conv.weight"),
        ("yolov5", "model.6.cv2.bn.bias", "backbone.stages.2.1.past.norm.bias"),
        ("yolov5", "model.6.cv3.bn.weight", "backbone.stages.2.1.merge.norm.weight"),
        ("yolov5", "model.6.m.11.cv2.conv.weight", "backbone.stages.2.1.bottlenecks.11.second.conv.weight"),
        ("yolov5", "model.9.cv2.conv.weight", "backbone.pooling.merge.conv.weight"),
        ("yolov5", "model.14.conv.weight", "neck.reduce.1.conv.weight"),
        ("yolov5", "model.23.m.0.cv1.bn.running_mean", "neck.bottom_up.1.bottlenecks.0.first.norm.running_mean"),
        ("yolov5", "model.24.m.2.bias", "head.predictors.2.bias"),
        ("yolov8", "model.99.conv.weight", "model.99.conv.weight"),
        ("yolov5", "ema.decay", "ema.decay"),
    ],
)
def test_names(family: str, published: str, ours: str) -> None:
    assert list(NAMES[family].rename({published: torch.zeros(1)})) == [ours]


@pytest.mark.parametrize(
    ("names", "constant"),
    [
        (YOLOV8_NAMES, "model.22.dfl.conv.weight"),
        (YOLOV5_NAMES, "model.24.anchors"),
        (YOLOV5_NAMES, "model.24.anchor_grid"),
    ],
)
def test_constants_are_left_out(names: PublishedNames, constant: str) -> None:
    assert names.rename({constant: torch.zeros(16)}) == {}
