"""YOLOv8: anchor-free points, task-aligned assignment, boxes as distributions.

Source: Jocher et al., YOLOv8 (software, 2023); TOOD, Feng et al. 2021 (assignment); Generalized Focal Loss,
Li et al. 2020 (distributions); Distance-IoU, Zheng et al. 2020 (CIoU).

What its losses are, and what divides them, is in `criterion/yolov8.py`.
"""

from boxwright.coders import DistributionCoder
from boxwright.criterion import yolov8_criterion
from boxwright.errors import ConfigError
from boxwright.models import Detector, Normalization
from boxwright.models.backbones import PooledTimmBackbone, YOLOv8Backbone, yolov8_scale
from boxwright.models.heads import DecoupledHead
from boxwright.models.necks import PathAggregation
from boxwright.postprocessing import Postprocessor
from boxwright.prior_generators import PointGrid
from boxwright.settings.recipe import Recipe
from boxwright.systems.level_choice import chosen_strides
from boxwright.systems.system import System
from boxwright.systems.yolo_backbone import chosen_backbone, with_start

# Initial bias of the box logits, where a release differs from the current one.
BOX_BIAS = {"early": 1.0, "mid": 1.0}


def yolov8(
    variant: str,
    num_classes: int,
    *,
    dialect: str = "current",
    guarantee: bool = False,
    reg_max: int = 16,
    levels: str = "3-5",
    backbone: str | None = None,
    pretrained: bool = False,
) -> System:
    """Assembles YOLOv8.

    Args:
        variant: "n", "s", "m", "l" or "x".
        num_classes: Number of categories.
        dialect: Release whose assignment and initialisation are followed, see `TASK_ALIGNED_DIALECTS`.
        guarantee: Whether every target gets at least one positive, which the published system does not promise.
        reg_max: Bins of one distance; the farthest side is reg_max - 1 strides away.
        levels: "3-5", or "2-5" with one of stride 4 for small objects, as wide as the backbone is there.
        backbone: Any of timm's with features at strides 8, 16 and 32, and 4 with that level, in place of the system's
            own.
        pretrained: Whether a training starts from that backbone's published weights.

    Raises:
        ConfigError: Unknown variant, dialect or levels, no class, or fewer than two bins.
    """
    if num_classes < 1 or reg_max < 2:
        raise ConfigError(
            f"yolov8 needs num_classes of at least 1 and reg_max of at least 2; found {num_classes} and {reg_max}."
        )
    strides = chosen_strides(f"yolov8{variant}", levels)
    body = chosen_backbone(YOLOv8Backbone, yolov8_scale(variant), strides, backbone, pretrained=pretrained)
    network = _network(variant, num_classes, body, reg_max=reg_max, box_bias=BOX_BIAS.get(dialect, 2.0))
    system = System(
        name=f"yolov8{variant}",
        num_classes=num_classes,
        options={"dialect": dialect, "guarantee": guarantee, "reg_max": reg_max, "levels": levels},
        detector=network,
        prior_generator=PointGrid(strides),
        criterion=yolov8_criterion(dialect=dialect, guarantee=guarantee, reg_max=reg_max),
        postprocessor=Postprocessor(
            DistributionCoder(reg_max), score_threshold=0.001, iou_threshold=0.7, max_detections=300, clips_first=False
        ),
        normalization=Normalization(mean=(0.0, 0.0, 0.0), std=(255.0, 255.0, 255.0)),
        max_stride=network.max_stride,
        recipe=yolov8_recipe(num_classes),
    )
    return with_start(system, backbone, pretrained=pretrained)


def _network(
    variant: str, num_classes: int, body: YOLOv8Backbone | PooledTimmBackbone, *, reg_max: int, box_bias: float
) -> Detector:
    neck = PathAggregation(body.channels, yolov8_scale(variant).repeats(3))
    head = DecoupledHead(neck.channels, body.strides, num_classes, reg_max=reg_max, box_bias=box_bias)
    return Detector(body, neck, head, max_stride=max(body.strides))


def yolov8_recipe(num_classes: int) -> Recipe:
    """Gives the published defaults for trainings of up to ten thousand steps: AdamW, slower for more classes.

    Longer trainings use `Recipe()`, that is SGD at 0.01.

    Args:
        num_classes: Number of categories.
    """
    return Recipe(optimizer="adamw", lr=round(0.01 / (4 + num_classes), 6), momentum=0.9, warmup_bias_lr=0.0)
