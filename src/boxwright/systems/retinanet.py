"""RetinaNet: anchors matched by overlap, focal loss, a feature pyramid with heads shared by all levels.

Source: Lin et al., "Focal Loss for Dense Object Detection", 2017; Feature Pyramid Networks, Lin et al. 2017; ResNet, He
et al. 2016.

What its losses are, and what divides them, is in `criterion/retinanet.py`.
"""

from dataclasses import dataclass
from typing import Any, Literal

from boxwright.criterion import retinanet_coder, retinanet_criterion
from boxwright.data import AugmentationSettings
from boxwright.errors import unknown_name
from boxwright.models import IMAGENET, Detector, load_imagenet_backbone
from boxwright.models.heads import TowersHead
from boxwright.models.necks import FeaturePyramid
from boxwright.postprocessing import Postprocessor
from boxwright.prior_generators import retinanet_anchors
from boxwright.settings.recipe import Recipe
from boxwright.systems.level_choice import chosen_strides
from boxwright.systems.pyramid_backbone import backbone_options, pyramid_backbone, require_pyramid
from boxwright.systems.system import System

ANCHORS_PER_CELL = 9
COARSEST = 32  # of the backbone; levels beyond it are made of its last: P6 and P7


@dataclass(frozen=True, slots=True)
class _Dialect:
    """Names of the same in other parts, and where the levels P6 and P7 come from."""

    mathematics: str  # one of RETINANET_DIALECTS
    anchors: str
    extra_on: Literal["c5", "p5"]
    has_extra_relu: bool


DIALECTS = {
    "default": _Dialect("default", "mmdetection", "c5", has_extra_relu=True),
    "mmdetection": _Dialect("mmdetection", "mmdetection", "c5", has_extra_relu=False),
    "torchvision": _Dialect("torchvision", "torchvision", "p5", has_extra_relu=True),
    "torchvision_v2": _Dialect("torchvision", "torchvision", "c5", has_extra_relu=True),
}


def retinanet(
    variant: str,
    num_classes: int,
    *,
    pretrained: bool = False,
    backbone: str | None = None,
    frozen_stages: int | None = None,
    holds_norms: bool | None = None,
    head_norms: bool | None = None,
    width: int = 256,
    depth: int = 4,
    dialect: str = "default",
    box_loss: str = "l1",
    anchor_scale: float = 4.0,
    levels: str = "3-7",
) -> System:
    """Assembles RetinaNet.

    Args:
        variant: Of ResNet: "r18", "r34", "r50" or "r101".
        num_classes: Number of categories.
        pretrained: Whether a training starts from a backbone trained on ImageNet.
        backbone: Any of timm's with features at strides 8, 16 and 32, and 4 with that level, in place of the ResNet.
        frozen_stages: The stem and as many stages of the ResNet stay as they are; left out, 1 if `pretrained`, else 0.
        holds_norms: Whether batch norms keep their statistics; left out, only if `pretrained`.
        head_norms: Whether group norms follow the convolutions of the head; left out, only without `pretrained`.
        width: Channels of pyramid and head, a multiple of 32; the published 256 cost most of the time on a CPU.
        depth: Convolutions of each tower of the head before the last.
        dialect: Whose levels P6 and P7, anchors, matching and normaliser, one of `DIALECTS`.
        box_loss: Of codes, "l1" or "smooth_l1"; or of decoded boxes, for instance "giou".
        anchor_scale: Side of the smallest square anchor of a level, in strides; smaller ones suit small objects.
        levels: "3-7", or "2-7" with one of stride 4 for small objects; "3-5", "2-5", "3-6" and "2-6" end earlier.

    Raises:
        ConfigError: An unknown name, no class, or an impossible number.
    """
    require_pyramid("retinanet", num_classes, width, depth)
    way = _dialect(dialect)
    options = backbone_options(pretrained, backbone, frozen_stages, holds_norms)
    options |= {"head_norms": not pretrained if head_norms is None else head_norms}
    options |= {"width": width, "depth": depth, "dialect": dialect, "box_loss": box_loss}
    options |= {"anchor_scale": anchor_scale, "levels": levels}
    strides = chosen_strides(f"retinanet_{variant}", levels, "3-7", coarsest=(5, 6))
    network = _network(variant, num_classes, way, strides, options)
    return System(
        name=f"retinanet_{variant}",
        num_classes=num_classes,
        options=options,
        detector=network,
        prior_generator=retinanet_anchors(way.anchors, strides=strides, octave_base_scale=anchor_scale),
        criterion=retinanet_criterion(dialect=way.mathematics, box_loss=box_loss),
        postprocessor=_postprocessor(way),
        normalization=IMAGENET,
        max_stride=network.max_stride,
        recipe=retinanet_recipe(is_pretrained=pretrained),
        fit="corner",
        start=load_imagenet_backbone if pretrained else None,
    )


def _dialect(name: str) -> _Dialect:
    if name not in DIALECTS:
        raise unknown_name("dialect", name, DIALECTS)
    return DIALECTS[name]


def _network(
    variant: str, num_classes: int, way: _Dialect, strides: tuple[int, ...], options: dict[str, Any]
) -> Detector:
    width, depth = options["width"], options["depth"]
    of_backbone = tuple(stride for stride in strides if stride <= COARSEST)
    body = pyramid_backbone(variant, of_backbone, options)
    extra: dict[str, Any] = {
        "num_extra": len(strides) - len(of_backbone),
        "extra_on": way.extra_on,
        "has_extra_relu": way.has_extra_relu,
    }
    neck = FeaturePyramid(body.channels, body.strides, width, **extra)
    head = TowersHead(width, num_classes, ANCHORS_PER_CELL, depth=depth, has_norms=options["head_norms"])
    return Detector(body, neck, head, max_stride=max(body.strides))


def _postprocessor(way: _Dialect) -> Postprocessor:
    return Postprocessor(
        retinanet_coder(way.mathematics),
        score_threshold=0.05,
        iou_threshold=0.5,
        max_detections=100,
        candidates_per_level=1000,
        clips_first=True,
    )


def retinanet_recipe(*, is_pretrained: bool) -> Recipe:
    """Gives the published 1x schedule; training from nothing varies its images more and limits its gradients.

    Args:
        is_pretrained: Whether the backbone starts from published weights.
    """
    flips_only = AugmentationSettings(mosaic=0.0, hsv=(0.0, 0.0, 0.0), translate=0.0, scale=0.0, close_mosaic_epochs=0)
    return Recipe(
        optimizer="sgd",
        nesterov=False,
        lr=0.01,
        momentum=0.9,
        weight_decay=1e-4,
        warmup_epochs=0.01,
        warmup_min_batches=500,
        warmup_lr_fraction=0.001,
        warmup_momentum=0.9,
        warmup_bias_lr=0.0,
        schedule="steps",
        milestones=(8 / 12, 11 / 12),
        nominal_batch=16,
        clip_norm=0.0 if is_pretrained else 10.0,
        adamw_lr=0.0005,
        augmentation=flips_only if is_pretrained else AugmentationSettings(mosaic=0.0, close_mosaic_epochs=0),
    )
