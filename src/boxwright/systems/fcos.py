"""FCOS: points near the centre of an object, on the level of its size, and how central each of them is.

Source: Tian et al., "FCOS: Fully Convolutional One-Stage Object Detection", 2019, and "FCOS: A Simple and Strong
Anchor-Free Object Detector", 2020; Feature Pyramid Networks, Lin et al. 2017; ResNet, He et al. 2016.
"""

from dataclasses import dataclass, replace
from typing import Any

from boxwright.coders import LtrbCoder
from boxwright.criterion import fcos_criterion
from boxwright.errors import unknown_name
from boxwright.models import IMAGENET, Detector, load_imagenet_backbone
from boxwright.models.heads import CentredTowersHead
from boxwright.models.necks import FeaturePyramid
from boxwright.postprocessing import Postprocessor, centred_scores
from boxwright.prior_generators import AnchorGrid, PointGrid
from boxwright.settings.recipe import Recipe
from boxwright.systems.level_choice import chosen_strides
from boxwright.systems.pyramid_backbone import backbone_options, pyramid_backbone, require_pyramid
from boxwright.systems.retinanet import retinanet_recipe
from boxwright.systems.system import System

NUM_EXTRA = 2  # P6 and P7


@dataclass(frozen=True, slots=True)
class _Dialect:
    """Where the points stand, and the least score of a detection."""

    stands_on_corners: bool
    score_threshold: float


DIALECTS = {
    # a network that has learned nothing gives scores of √(0.01 · 0.5), about 0.07
    "default": _Dialect(stands_on_corners=False, score_threshold=0.1),
    "torchvision": _Dialect(stands_on_corners=True, score_threshold=0.2),
}


def fcos(
    variant: str,
    num_classes: int,
    *,
    pretrained: bool = False,
    backbone: str | None = None,
    frozen_stages: int | None = None,
    holds_norms: bool | None = None,
    head_norms: bool = True,
    width: int = 256,
    depth: int = 4,
    dialect: str = "default",
    box_loss: str = "giou",
    radius: float | None = 1.5,
    guarantee: bool = False,
    levels: str = "3-7",
) -> System:
    """Assembles FCOS.

    What its losses are, and what divides them, is in `criterion/fcos.py`.

    Args:
        variant: Of ResNet: "r18", "r34", "r50" or "r101".
        num_classes: Number of categories.
        pretrained: Whether a training starts from a backbone trained on ImageNet.
        backbone: Any of timm's with features at strides 8, 16 and 32, and 4 with that level, in place of the ResNet.
        frozen_stages: The stem and as many stages of the ResNet stay as they are; left out, 1 if `pretrained`, else 0.
        holds_norms: Whether batch norms keep their statistics; left out, only if `pretrained`.
        head_norms: Whether group norms follow the convolutions of the head.
        width: Channels of pyramid and head, a multiple of 32; the published 256 cost most of the time on a CPU.
        depth: Convolutions of each tower of the head before the last.
        dialect: Whose points, bounds of levels and threshold, one of `DIALECTS`.
        box_loss: Of decoded boxes, for instance "giou".
        radius: How far from the centre of an object its points are, in strides; None: anywhere inside.
        guarantee: Whether every object gets at least one positive, which the published system does not promise.
        levels: "3-7", or "2-7" with one of stride 4 for small objects.

    Raises:
        ConfigError: An unknown name, no class, or an impossible number.
    """
    require_pyramid("fcos", num_classes, width, depth)
    if dialect not in DIALECTS:
        raise unknown_name("dialect", dialect, DIALECTS)
    losses: dict[str, Any] = {"dialect": dialect, "box_loss": box_loss, "radius": radius, "guarantee": guarantee}
    options = backbone_options(pretrained, backbone, frozen_stages, holds_norms)
    options |= {"head_norms": head_norms, "width": width, "depth": depth, **losses, "levels": levels}
    strides = chosen_strides(f"fcos_{variant}", levels, "3-7")
    network = _network(variant, num_classes, strides[:-NUM_EXTRA], options)
    return System(
        name=f"fcos_{variant}",
        num_classes=num_classes,
        options=options,
        detector=network,
        prior_generator=_points(DIALECTS[dialect], strides),
        criterion=fcos_criterion(**losses),
        postprocessor=_postprocessor(DIALECTS[dialect]),
        normalization=IMAGENET,
        max_stride=network.max_stride,
        recipe=fcos_recipe(is_pretrained=pretrained),
        fit="corner",
        start=load_imagenet_backbone if pretrained else None,
    )


def _network(variant: str, num_classes: int, strides: tuple[int, ...], options: dict[str, Any]) -> Detector:
    width = options["width"]
    body = pyramid_backbone(variant, strides, options)
    neck = FeaturePyramid(body.channels, body.strides, width, num_extra=NUM_EXTRA, extra_on="p5", has_extra_relu=True)
    head = CentredTowersHead(width, num_classes, depth=options["depth"], has_norms=options["head_norms"])
    return Detector(body, neck, head, max_stride=max(body.strides))


def _points(way: _Dialect, strides: tuple[int, ...]) -> PointGrid | AnchorGrid:
    """Puts points into the middle of cells; torchvision's are squares on corners, as far apart as fits the canvas."""
    if not way.stands_on_corners:
        return PointGrid(strides)
    squares = tuple(((float(stride), float(stride)),) for stride in strides)
    return AnchorGrid(squares, strides, centre=0.0, is_fitted=True)


def _postprocessor(way: _Dialect) -> Postprocessor:
    return Postprocessor(
        LtrbCoder(),
        score_threshold=way.score_threshold,
        iou_threshold=0.6,
        max_detections=100,
        activation=centred_scores,
        candidates_per_level=1000,
        clips_first=True,
    )


def fcos_recipe(*, is_pretrained: bool) -> Recipe:
    """Gives the published schedule, 90,000 steps of 16 images; from nothing as `retinanet_recipe` does.

    Args:
        is_pretrained: Whether the backbone starts from published weights.
    """
    recipe = retinanet_recipe(is_pretrained=is_pretrained)
    return replace(recipe, milestones=(60 / 90, 80 / 90), warmup_lr_fraction=1 / 3)
