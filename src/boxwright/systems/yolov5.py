"""YOLOv5: anchors matched by shape, a centre that three cells answer for, objectness.

Source: Jocher et al., YOLOv5 (software, 2020, release 7.0); YOLOv3, Redmon and Farhadi 2018 (anchors, objectness);
CSPNet, Wang et al. 2020 (blocks); Distance-IoU, Zheng et al. 2020 (CIoU).
"""

from collections.abc import Sequence
from typing import Any

from boxwright.coders import SigmoidOffsetCoder
from boxwright.criterion import yolov5_criterion
from boxwright.data import AugmentationSettings
from boxwright.errors import ConfigError, counted
from boxwright.models import Detector, Normalization
from boxwright.models.backbones import YOLOv5Backbone, yolov5_scale
from boxwright.models.heads import AnchoredHead
from boxwright.models.necks import ReducingPathAggregation
from boxwright.postprocessing import Postprocessor
from boxwright.prior_generators import AnchorGrid
from boxwright.settings.recipe import Recipe
from boxwright.systems.system import System
from boxwright.systems.yolo_backbone import chosen_backbone, with_start

Anchors = tuple[tuple[tuple[float, float], ...], ...]

# Fitted to COCO on a canvas of 640 × 640; width and height in canvas pixels, by level.
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
    backbone: str | None = None,
    pretrained: bool = False,
) -> System:
    """Assembles YOLOv5.

    The gains of the losses follow the number of classes, the levels and the canvas of each call, see `yolov5_gains`.

    Args:
        variant: "n", "s", "m", "l" or "x".
        num_classes: Number of categories.
        anchors: Three levels, finest first, of as many pairs (width, height) in canvas pixels each.
        anchor_threshold: An anchor answers for objects whose sides differ from its own by less than this factor.
        label_smoothing: Share of the class labels that is spread, 0 to 1.
        focal_gamma: Exponent of focal weights on objectness and classes; 0 for none.
        class_positive_weight: Factor on the class loss where the class is present.
        objectness_positive_weight: Factor on the objectness loss where an object is.
        autobalance: Whether the weights of the levels' objectness follow their losses.
        backbone: Any of timm's with features at strides 8, 16 and 32, in place of the system's own.
        pretrained: Whether a training starts from that backbone's published weights.

    Raises:
        ConfigError: Unknown variant, no class, or impossible anchors or options.
    """
    if num_classes < 1:
        raise ConfigError(f"yolov5 needs num_classes of at least 1; found {num_classes}.")
    strides, levels = YOLOv5Backbone.strides, _checked_anchors(anchors)
    losses: dict[str, Any] = {
        "anchor_threshold": anchor_threshold,
        "label_smoothing": label_smoothing,
        "focal_gamma": focal_gamma,
        "class_positive_weight": class_positive_weight,
        "objectness_positive_weight": objectness_positive_weight,
        "autobalance": autobalance,
    }
    network = _network(variant, num_classes, len(levels[0]), backbone, pretrained=pretrained)
    system = System(
        name=f"yolov5{variant}",
        num_classes=num_classes,
        options={"anchors": levels, **losses},
        detector=network,
        prior_generator=AnchorGrid(levels, strides),
        criterion=yolov5_criterion(num_classes, strides=strides, **losses),
        postprocessor=_POSTPROCESSOR,
        normalization=Normalization(mean=(0.0, 0.0, 0.0), std=(255.0, 255.0, 255.0)),
        max_stride=network.max_stride,
        recipe=Recipe(optimizer="sgd", lr=0.01, augmentation=AugmentationSettings(close_mosaic_epochs=0)),
    )
    return with_start(system, backbone, pretrained=pretrained)


def _network(
    variant: str, num_classes: int, anchors_per_cell: int, backbone: str | None, *, pretrained: bool
) -> Detector:
    scale = yolov5_scale(variant)
    body = chosen_backbone(YOLOv5Backbone, scale, backbone, pretrained=pretrained)
    neck = ReducingPathAggregation(body.channels, scale.repeats(3))
    head = AnchoredHead(neck.channels, body.strides, num_classes, anchors_per_cell=anchors_per_cell)
    return Detector(body, neck, head, max_stride=max(body.strides))


def _checked_anchors(anchors: Sequence[Any]) -> Anchors:
    """Copies anchors that may come from a file as nested lists."""
    cure = "Give three levels, finest first, of as many pairs [width, height] in canvas pixels each."
    try:
        levels = tuple(tuple((float(width), float(height)) for width, height in level) for level in anchors)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"anchors cannot be {anchors!r}. {cure}") from error
    counts = [len(level) for level in levels]
    if len(counts) != len(YOLOv5Backbone.strides) or len(set(counts)) != 1 or not counts[0]:
        raise ConfigError(f"anchors: found {counted(len(counts), 'level')} with {counts} anchors. {cure}")
    return levels
