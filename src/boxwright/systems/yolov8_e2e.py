"""YOLOv8 without suppression: a second head learns to find every object once.

Source: YOLOv10, Wang et al. 2024, sec. 3.1 (consistent dual assignments); the network is that of `yolov8`.
"""

from dataclasses import replace

from boxwright.criterion import yolov8_e2e_criterion
from boxwright.models import Detector
from boxwright.models.heads import DualHead
from boxwright.systems.system import System
from boxwright.systems.yolov8 import BOX_BIAS, yolov8


def yolov8_e2e(
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
    """Assembles YOLOv8 with a head for many points per object and one for one, which it predicts by.

    Nothing is suppressed: the best `max_detections` scores of an image are its detections.

    What its losses are, and what divides them, is in `criterion/yolov8.py`.

    Args:
        variant: "n", "s", "m", "l" or "x".
        num_classes: Number of categories.
        dialect: As in `yolov8`.
        guarantee: As in `yolov8`, for both heads.
        reg_max: As in `yolov8`.
        levels: As in `yolov8`.
        backbone: As in `yolov8`.
        pretrained: As in `yolov8`.

    Raises:
        ConfigError: As `yolov8`.
    """
    own = yolov8(
        variant,
        num_classes,
        dialect=dialect,
        guarantee=guarantee,
        reg_max=reg_max,
        levels=levels,
        backbone=backbone,
        pretrained=pretrained,
    )
    return replace(
        own,
        name=f"{own.name}-e2e",
        detector=_with_two_heads(own.detector, num_classes, reg_max, BOX_BIAS.get(dialect, 2.0)),
        criterion=yolov8_e2e_criterion(dialect=dialect, guarantee=guarantee, reg_max=reg_max),
        postprocessor=replace(own.postprocessor, iou_threshold=1.0),  # which no overlap exceeds
        finds_once=True,
    )


def _with_two_heads(detector: Detector, num_classes: int, reg_max: int, box_bias: float) -> Detector:
    channels: tuple[int, ...] = detector.neck.channels  # type: ignore[assignment]
    strides: tuple[int, ...] = detector.head.strides  # type: ignore[assignment]
    head = DualHead(channels, strides, num_classes, reg_max=reg_max, box_bias=box_bias)
    return Detector(detector.backbone, detector.neck, head, max_stride=detector.max_stride)
