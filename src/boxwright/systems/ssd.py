"""SSD: default boxes, two-rule matching, softmax classes with the hardest negatives.

Source: Liu et al., "SSD: Single Shot MultiBox Detector", 2016; VGG-16, Simonyan and Zisserman 2015; SSDLite, Sandler et
al. 2018 (the light one).

What its losses are, and what divides them, is in `criterion/ssd.py`.
"""

from dataclasses import replace

from torch import nn

from boxwright.criterion.ssd import ssd_coder, ssd_criterion
from boxwright.data import AugmentationSettings
from boxwright.errors import ConfigError
from boxwright.models import IMAGENET, Detector, Normalization, load_imagenet_backbone
from boxwright.models.backbones import TimmBackbone, VGGBackbone
from boxwright.models.heads import MultiBoxHead
from boxwright.models.necks import DilatedExtraLevels, LightExtraLevels
from boxwright.postprocessing import Postprocessor, softmax_scores
from boxwright.prior_generators import DEFAULT_BOXES, DefaultBoxes
from boxwright.settings.recipe import Recipe
from boxwright.systems.system import System

# The published features of VGG-16 want pixels without a scale.
VGG_FEATURES = Normalization(mean=(123.0, 117.0, 104.0), std=(1.0, 1.0, 1.0))


def ssd_tiny(
    num_classes: int, *, pretrained: bool = False, norms: bool | None = None, dialect: str = "default"
) -> System:
    """Assembles the tiny detector: VGG-16 to its end, 7 × 7 cells with 9 default boxes each on a canvas of 224.

    Args:
        num_classes: Number of categories.
        pretrained: Whether a training starts from VGG-16 as trained on ImageNet.
        norms: Whether batch norms follow the convolutions; left out, only without `pretrained`.
        dialect: Whose matching and box loss, see `SSD_DIALECTS`.

    Raises:
        ConfigError: No class, or an unknown dialect.
    """
    norms = not pretrained if norms is None else norms
    backbone = VGGBackbone(is_pooled=True, has_norms=norms)
    detector = _detector(backbone, nn.Identity(), backbone.channels, "ssd_tiny", num_classes, max_stride=32)
    options = {"pretrained": pretrained, "norms": norms, "dialect": dialect}
    return _system("ssd_tiny", num_classes, detector, DEFAULT_BOXES["ssd_tiny"], options)


def ssd300(
    num_classes: int,
    *,
    pretrained: bool = False,
    norms: bool | None = None,
    dialect: str = "default",
    clips_boxes: bool = True,
) -> System:
    """Assembles SSD300 with VGG-16: 8732 default boxes on six levels, on a canvas of 300 only.

    Args:
        num_classes: Number of categories.
        pretrained: Whether a training starts from VGG-16 as trained on ImageNet. Weights of torchvision's
            `ssd300_vgg16` need it too, for the scale of the pixels.
        norms: Whether batch norms follow the convolutions; left out, only without `pretrained`.
        dialect: Whose matching and box loss, see `SSD_DIALECTS`.
        clips_boxes: Whether a default box is at most as large as the canvas; those of MMDetection are not.

    Raises:
        ConfigError: No class, or an unknown dialect.
    """
    norms = not pretrained if norms is None else norms
    neck = DilatedExtraLevels(has_norms=norms)
    backbone = VGGBackbone(is_pooled=False, has_norms=norms)
    detector = _detector(backbone, neck, neck.channels, "ssd300", num_classes, max_stride=300)
    options = {"pretrained": pretrained, "norms": norms, "dialect": dialect, "clips_boxes": clips_boxes}
    return _system("ssd300", num_classes, detector, replace(DEFAULT_BOXES["ssd300"], clip=clips_boxes), options)


def ssd300_light(
    num_classes: int, *, backbone: str = "hgnetv2_b0", pretrained: bool = False, dialect: str = "default"
) -> System:
    """Assembles SSD300 on a light backbone, for machines without a GPU: its default boxes, a canvas of 300 only.

    Args:
        num_classes: Number of categories.
        backbone: Any of timm's with features at strides 8, 16 and 32.
        pretrained: Whether a training starts from the backbone's published weights.
        dialect: Whose matching and box loss, see `SSD_DIALECTS`.

    Raises:
        ConfigError: No class, an unknown backbone or dialect.
    """
    body = TimmBackbone(backbone)
    neck = LightExtraLevels(body.channels)
    detector = _detector(body, neck, neck.channels, "ssd300", num_classes, max_stride=300)
    options = {"backbone": backbone, "pretrained": pretrained, "dialect": dialect}
    return _system("ssd300_light", num_classes, detector, DEFAULT_BOXES["ssd300"], options)


def _detector(
    backbone: nn.Module, neck: nn.Module, channels: tuple[int, ...], boxes: str, num_classes: int, *, max_stride: int
) -> Detector:
    if num_classes < 1:
        raise ConfigError(f"ssd needs num_classes of at least 1; found {num_classes}.")
    counts = tuple(len(sizes) for sizes in DEFAULT_BOXES[boxes].sizes)
    head = MultiBoxHead(channels, counts, num_classes)
    return Detector(backbone, neck, head, max_stride=max_stride, has_one_canvas=len(counts) > 1)


def _system(
    name: str, num_classes: int, detector: Detector, default_boxes: DefaultBoxes, options: dict[str, object]
) -> System:
    is_pretrained, dialect = bool(options["pretrained"]), str(options["dialect"])
    has_features = is_pretrained and options.get("norms") is False
    return System(
        name=name,
        num_classes=num_classes,
        options=options,
        detector=detector,
        prior_generator=default_boxes,
        criterion=ssd_criterion(dialect=dialect),
        postprocessor=Postprocessor(
            ssd_coder(dialect),
            score_threshold=0.01,
            iou_threshold=0.45,
            max_detections=200,
            candidates_per_class=400,
            candidates_per_image=400 * num_classes,
            activation=softmax_scores,
            clips_first=True,
        ),
        normalization=VGG_FEATURES if has_features else IMAGENET,
        max_stride=detector.max_stride,
        recipe=ssd_recipe(is_pretrained=is_pretrained, is_light="backbone" in options),
        fit="stretch",
        start=load_imagenet_backbone if is_pretrained else None,
        has_one_canvas=detector.has_one_canvas,
    )


def ssd_recipe(*, is_pretrained: bool, is_light: bool = False) -> Recipe:
    """Gives the published schedule: SGD in three steps; ten times faster from nothing, where batch norms allow it.

    Args:
        is_pretrained: Whether the backbone starts from published weights.
        is_light: Whether that is another one than VGG-16.
    """
    return Recipe(
        optimizer="sgd",
        nesterov=False,
        lr=0.001 if is_pretrained else 0.01,
        momentum=0.9,
        weight_decay=5e-4,
        warmup_epochs=0.01,
        warmup_min_batches=500,
        warmup_lr_fraction=0.001,
        warmup_momentum=0.9,
        warmup_bias_lr=0.0,
        schedule="steps",
        milestones=(150 / 230, 190 / 230),
        nominal_batch=32,
        adamw_lr=0.001 if is_light else 0.0001 if is_pretrained else 0.0003,
        augmentation=AugmentationSettings(
            mosaic=0.0,
            hsv=(0.0, 0.0, 0.0),
            translate=0.0,
            scale=0.0,
            close_mosaic_epochs=0,
            photometric=0.5,
            zoom_out=0.5,
            iou_crop=1.0,
        ),
    )
