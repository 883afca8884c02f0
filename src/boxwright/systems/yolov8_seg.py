"""YOLOv8-seg: YOLOv8 with prototype masks.

Source: YOLACT, Bolya et al. 2019 (prototypes and coefficients); Jocher et al., YOLOv8 (software, 2023).

What its losses are, and what divides them, is in `criterion/yolov8.py`.
"""

from dataclasses import replace

from boxwright.criterion import yolov8_seg_criterion
from boxwright.errors import ConfigError
from boxwright.models import Detector
from boxwright.models.backbones import yolov8_scale
from boxwright.models.heads import PrototypeMaskHead
from boxwright.systems.system import System
from boxwright.systems.yolov8 import yolov8

MASK_STRIDES = (1, 2, 4, 8, 16, 32)  # divide the sides of every canvas


def yolov8_seg(
    variant: str,
    num_classes: int,
    *,
    dialect: str = "current",
    guarantee: bool = False,
    reg_max: int = 16,
    levels: str = "3-5",
    num_prototypes: int = 32,
    mask_stride: int = 4,
    overlap_map: bool = False,
    backbone: str | None = None,
    pretrained: bool = False,
) -> System:
    """Assembles YOLOv8-seg.

    Args:
        variant: "n", "s", "m", "l" or "x".
        num_classes: Number of categories.
        dialect: Release whose assignment, initialisation and mask loss are followed, see `TASK_ALIGNED_DIALECTS`.
        guarantee: As in `yolov8`.
        reg_max: As in `yolov8`.
        levels: As in `yolov8`; prototypes come from the level of stride 8 all the same.
        num_prototypes: Prototype masks that are mixed.
        mask_stride: Canvas pixels per pixel of the true masks; 4 is the resolution of the prototypes.
        overlap_map: Whether a pixel that several objects share belongs to the smallest one only, as in published
            trainings; else to all of them.
        backbone: As in `yolov8`.
        pretrained: As in `yolov8`.

    Raises:
        ConfigError: As `yolov8`, or no prototype, or a mask stride that is not 1, 2, 4, 8, 16 or 32.
    """
    if num_prototypes < 1 or mask_stride not in MASK_STRIDES:
        raise ConfigError(
            f"yolov8-seg needs num_prototypes of at least 1 and a mask_stride in {MASK_STRIDES}; found "
            f"{num_prototypes} and {mask_stride}."
        )
    shared = {"dialect": dialect, "guarantee": guarantee, "reg_max": reg_max, "levels": levels, "backbone": backbone}
    boxes = yolov8(variant, num_classes, **shared, pretrained=pretrained)  # type: ignore[arg-type]
    return replace(
        boxes,
        name=f"{boxes.name}-seg",
        options={
            **boxes.options,
            "num_prototypes": num_prototypes,
            "mask_stride": mask_stride,
            "overlap_map": overlap_map,
        },
        detector=_with_masks(boxes.detector, variant, num_prototypes),
        criterion=yolov8_seg_criterion(dialect=dialect, guarantee=guarantee, reg_max=reg_max, overlap_map=overlap_map),
        mask_stride=mask_stride,
    )


def _with_masks(detector: Detector, variant: str, num_prototypes: int) -> Detector:
    """Adds the mask head; names of the other weights stay, so that a YOLOv8 can be taken up."""
    channels: tuple[int, ...] = detector.neck.channels  # type: ignore[assignment]
    width = yolov8_scale(variant).channels(256)
    strides: tuple[int, ...] = detector.head.strides  # type: ignore[assignment]
    mask_head = PrototypeMaskHead(channels, width, num_prototypes=num_prototypes, strides=strides)
    return Detector(
        detector.backbone, detector.neck, detector.head, max_stride=detector.max_stride, mask_head=mask_head
    )
