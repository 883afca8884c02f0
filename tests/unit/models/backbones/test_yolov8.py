import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.models.backbones import YOLOv8Backbone, yolov8_scale

CHANNELS = {
    "n": (64, 128, 256),
    "s": (128, 256, 512),
    "m": (192, 384, 576),
    "l": (256, 512, 512),
    "x": (320, 640, 640),
}
DEPTHS = {"n": [1, 2, 2, 1], "s": [1, 2, 2, 1], "m": [2, 4, 4, 2], "l": [3, 6, 6, 3], "x": [3, 6, 6, 3]}


@pytest.mark.parametrize("variant", CHANNELS)
def test_widths_and_depths_of_the_variants(variant: str) -> None:
    with torch.device("meta"):
        backbone = YOLOv8Backbone(yolov8_scale(variant))
    assert backbone.channels == CHANNELS[variant]
    assert [len(stage[1].bottlenecks) for stage in backbone.stages] == DEPTHS[variant]


def test_features_have_strides_8_16_32_on_a_canvas_that_is_not_square() -> None:
    backbone = YOLOv8Backbone(yolov8_scale("n"))
    features = backbone(torch.rand(1, 3, 64, 96))
    assert [tuple(level.shape) for level in features] == [(1, 64, 8, 12), (1, 128, 4, 6), (1, 256, 2, 3)]
    assert backbone.strides == (8, 16, 32)


def test_backbone_bottlenecks_have_shortcuts() -> None:
    backbone = YOLOv8Backbone(yolov8_scale("n"))
    assert all(bottleneck.shortcut for stage in backbone.stages for bottleneck in stage[1].bottlenecks)


def test_an_unknown_variant_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"Unknown YOLOv8 variant 'xl'\. Did you mean 'x'\?"):
        yolov8_scale("xl")
