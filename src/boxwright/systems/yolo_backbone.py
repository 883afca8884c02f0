"""The backbone of a YOLO system: its own, or one of timm under its neck."""

from dataclasses import replace
from typing import TypeVar

from boxwright.errors import ConfigError
from boxwright.models import load_imagenet_backbone
from boxwright.models.backbones import NetworkScale, PooledTimmBackbone, YOLOv5Backbone, YOLOv8Backbone
from boxwright.systems.system import System

Own = TypeVar("Own", YOLOv5Backbone, YOLOv8Backbone)
FULL_WIDTHS = {4: 128, 8: 256, 16: 512, 32: 1024}
"""Channels of the levels of both backbones in a network of width 1, by stride."""


def chosen_backbone(
    own: type[Own], scale: NetworkScale, strides: tuple[int, ...], name: str | None, *, pretrained: bool
) -> Own | PooledTimmBackbone:
    """Builds the system's own backbone, or one of timm with levels as wide.

    Args:
        own: Of the system.
        scale: Depth and width.
        strides: Canvas pixels per cell of the levels, finest first.
        name: Any of timm's with features at these strides, or None.
        pretrained: Whether a training starts from its published weights.

    Raises:
        ConfigError: The name is unknown, or there is none whose weights could be published.
    """
    if name is not None:
        return PooledTimmBackbone(name, tuple(scale.channels(FULL_WIDTHS[stride]) for stride in strides), strides)
    if pretrained:
        raise ConfigError(
            "pretrained: no weights of this backbone are published under a permissive licence. Choose one of timm by "
            "backbone, for instance mobilenetv3_large_100, or start from a model by --weights."
        )
    return own(scale, strides)


def with_start(system: System, name: str | None, *, pretrained: bool) -> System:
    """Gives a system the options of its backbone, and with one of timm what that wants of the images, and its start.

    Args:
        system: With the backbone in its detector.
        name: Of timm, or None for the system's own.
        pretrained: Whether a training starts from its published weights.
    """
    backbone = system.detector.backbone
    system = replace(system, options={**system.options, "backbone": name, "pretrained": pretrained})
    if not isinstance(backbone, PooledTimmBackbone):
        return system
    return replace(
        system,
        normalization=backbone.features.normalization,
        start=load_imagenet_backbone if pretrained else None,
    )
