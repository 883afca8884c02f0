"""YOLOv5: anchors matched by shape, a centre that three cells answer for, objectness.

Source: Jocher et al., YOLOv5 (software, 2020, release 7.0); YOLOv3, Redmon and Farhadi 2018 (anchors, objectness);
CSPNet, Wang et al. 2020 (blocks); Distance-IoU, Zheng et al. 2020 (CIoU).

What its losses are, and what divides them, is in `criterion/yolov5.py`.
"""

from collections.abc import Sequence
from typing import Any

from boxwright.coders import SigmoidOffsetCoder
from boxwright.criterion import yolov5_criterion
from boxwright.data import AugmentationSettings
from boxwright.errors import ConfigError
from boxwright.models import Detector, Normalization
from boxwright.models.backbones import PooledTimmBackbone, YOLOv5Backbone, yolov5_scale
from boxwright.models.heads import AnchoredHead
from boxwright.models.necks import ReducingPathAggregation
from boxwright.postprocessing import Postprocessor
from boxwright.prior_generators import AnchorGrid
from boxwright.settings.recipe import Recipe
from boxwright.systems.level_anchors import Anchors, level_anchors
from boxwright.systems.level_choice import chosen_strides
from boxwright.systems.system import System
from boxwright.systems.yolo_backbone import chosen_backbone, with_start

# Fitted to COCO on a canvas of 640 × 640; width and height in canvas pixels, by level from stride 8 on.
COCO_ANCHORS: Anchors = (
    ((10.0, 13.0), (16.0, 30.0), (33.0, 23.0)),
    ((30.0, 61.0), (62.0, 45.0), (59.0, 119.0)),
    ((116.0, 90.0), (156.0, 198.0), (373.0, 326.0)),
)
_POSTPROCESSOR = Postprocessor(
    SigmoidOffsetCoder(), score_threshold=0.001, iou_threshold=0.6, max_detections=300, clips_first=False
)


def yolov5(
    variant: str,
    num_classes: int,
    *,
    anchors: Sequence[Any] = COCO_ANCHORS,
    anchor_threshold: float = 4.0,
    label_smoothing: float = 0.0,
    focal_gamma: float = 0.0,
    class_positive_weight: float = 1.0,
    objectness_positive_weight: float = 1.0,
    autobalance: bool = False,
    levels: str = "3-5",
    backbone: str | None = None,
    pretrained: bool = False,
) -> System:
    """Assembles YOLOv5.

    The gains of the losses follow the number of classes, the levels and the canvas of each call, see `yolov5_gains`.

    Args:
        variant: "n", "s", "m", "l" or "x".
        num_classes: Number of categories.
        anchors: Of every level, finest first, as many pairs (width, height) in canvas pixels, see `level_anchors`.
        anchor_threshold: An anchor answers for objects whose sides differ from its own by less than this factor.
        label_smoothing: Share of the class labels that is spread, 0 to 1.
        focal_gamma: Exponent of focal weights on objectness and classes; 0 for none.
        class_positive_weight: Factor on the class loss where the class is present.
        objectness_positive_weight: Factor on the objectness loss where an object is.
        autobalance: Whether the weights of the levels' objectness follow their losses.
        levels: "3-5", or "2-5" with one of stride 4 for small objects.
        backbone: Any of timm's with features at strides 8, 16 and 32, and 4 with that level, in place of the system's
            own.
        pretrained: Whether a training starts from that backbone's published weights.

    Raises:
        ConfigError: Unknown variant or levels, no class, or impossible anchors or options.
    """
    if num_classes < 1:
        raise ConfigError(f"yolov5 needs num_classes of at least 1; found {num_classes}.")
    strides, own_anchors = chosen_strides(f"yolov5{variant}", levels), level_anchors(anchors, levels)
    losses: dict[str, Any] = {"anchor_threshold": anchor_threshold, "label_smoothing": label_smoothing}
    losses |= {"focal_gamma": focal_gamma, "class_positive_weight": class_positive_weight}
    losses |= {"objectness_positive_weight": objectness_positive_weight, "autobalance": autobalance}
    body = chosen_backbone(YOLOv5Backbone, yolov5_scale(variant), strides, backbone, pretrained=pretrained)
    network = _network(variant, num_classes, body, len(own_anchors[0]))
    system = System(
        name=f"yolov5{variant}",
        num_classes=num_classes,
        options={"anchors": own_anchors, **losses, "levels": levels},
        detector=network,
        prior_generator=AnchorGrid(own_anchors, strides),
        criterion=yolov5_criterion(num_classes, strides=strides, **losses),
        postprocessor=_POSTPROCESSOR,
        normalization=Normalization(mean=(0.0, 0.0, 0.0), std=(255.0, 255.0, 255.0)),
        max_stride=network.max_stride,
        recipe=Recipe(optimizer="sgd", lr=0.01, augmentation=AugmentationSettings(close_mosaic_epochs=0)),
    )
    return with_start(system, backbone, pretrained=pretrained)


def _network(
    variant: str, num_classes: int, body: YOLOv5Backbone | PooledTimmBackbone, anchors_per_cell: int
) -> Detector:
    neck = ReducingPathAggregation(body.channels, yolov5_scale(variant).repeats(3))
    head = AnchoredHead(neck.channels, body.strides, num_classes, anchors_per_cell=anchors_per_cell)
    return Detector(body, neck, head, max_stride=max(body.strides))
