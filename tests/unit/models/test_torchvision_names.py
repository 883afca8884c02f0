import pytest
import torch

from boxwright.models.torchvision_names import (
    FCOS_RULES,
    RESNET_RULES,
    RETINANET_RULES,
    SSD_RULES,
    VGG_RULES,
    rename_by,
)

RULES = {"retinanet": RETINANET_RULES, "fcos": FCOS_RULES, "ssd": SSD_RULES, "resnet": RESNET_RULES, "vgg": VGG_RULES}


@pytest.mark.parametrize(
    ("family", "published", "ours"),
    [
        ("retinanet", "backbone.body.conv1.weight", "backbone.stem.0.weight"),
        ("retinanet", "backbone.body.bn1.running_var", "backbone.stem.1.running_var"),
        ("retinanet", "backbone.body.layer1.0.downsample.1.bias", "backbone.stages.0.0.downsample.1.bias"),
        ("retinanet", "backbone.body.layer4.2.conv3.weight", "backbone.stages.3.2.conv3.weight"),
        ("retinanet", "backbone.fpn.inner_blocks.2.0.weight", "neck.lateral.2.weight"),
        ("retinanet", "backbone.fpn.inner_blocks.0.weight", "neck.lateral.0.weight"),
        ("retinanet", "backbone.fpn.layer_blocks.1.0.bias", "neck.output.1.bias"),
        ("retinanet", "backbone.fpn.extra_blocks.p7.bias", "neck.extra.1.bias"),
        ("retinanet", "head.classification_head.conv.3.0.bias", "head.class_tower.3.0.bias"),
        ("retinanet", "head.classification_head.conv.3.1.weight", "head.class_tower.3.1.weight"),
        ("retinanet", "head.classification_head.conv.2.weight", "head.class_tower.1.0.weight"),
        ("retinanet", "head.regression_head.conv.6.bias", "head.box_tower.3.0.bias"),
        ("retinanet", "head.regression_head.bbox_reg.bias", "head.box_predictor.bias"),
        ("fcos", "backbone.fpn.extra_blocks.p6.weight", "neck.extra.0.weight"),
        ("fcos", "head.classification_head.conv.0.weight", "head.class_tower.0.0.weight"),
        ("fcos", "head.classification_head.conv.10.bias", "head.class_tower.3.1.bias"),
        ("fcos", "head.regression_head.conv.9.weight", "head.box_tower.3.0.weight"),
        ("fcos", "head.regression_head.bbox_ctrness.bias", "head.centreness_predictor.bias"),
        ("ssd", "backbone.scale_weight", "neck.scale"),
        ("ssd", "backbone.features.21.weight", "backbone.layers.21.weight"),
        ("ssd", "backbone.extra.0.1.bias", "backbone.layers.24.bias"),
        ("ssd", "backbone.extra.0.5.weight", "backbone.layers.28.weight"),
        ("ssd", "backbone.extra.0.7.1.weight", "neck.fully.0.weight"),
        ("ssd", "backbone.extra.0.7.3.bias", "neck.fully.2.bias"),
        ("ssd", "backbone.extra.4.2.weight", "neck.extra.3.2.weight"),
        ("ssd", "head.regression_head.module_list.5.bias", "head.box_predictors.5.bias"),
        ("resnet", "layer2.1.bn2.weight", "stages.1.1.bn2.weight"),
        ("vgg", "features.28.bias", "layers.28.bias"),
        ("vgg", "classifier.0.bias", "classifier.0.bias"),
        ("retinanet", "model.0.conv.weight", "model.0.conv.weight"),
    ],
)
def test_names(family: str, published: str, ours: str) -> None:
    assert list(rename_by(RULES[family], {published: torch.zeros(1)})) == [ours]
