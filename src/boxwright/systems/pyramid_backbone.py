"""The backbone beneath a feature pyramid: a ResNet, or one of timm."""

from typing import Any

from boxwright.errors import ConfigError
from boxwright.models.backbones import ResNetBackbone, TimmBackbone


def require_pyramid(name: str, num_classes: int, width: int, depth: int) -> None:
    """Refuses numbers that no pyramid and no head of towers can have.

    Args:
        name: Of the system, for errors.
        num_classes: Number of categories.
        width: Channels of pyramid and head.
        depth: Convolutions of each tower of the head before the last.

    Raises:
        ConfigError: One is impossible.
    """
    if num_classes < 1 or depth < 0 or width < 32 or width % 32:
        raise ConfigError(
            f"{name} needs num_classes of at least 1, a width that is a multiple of 32 and no negative depth; found "
            f"{num_classes}, {width} and {depth}."
        )


def backbone_options(
    pretrained: bool, backbone: str | None, frozen_stages: int | None, holds_norms: bool | None
) -> dict[str, Any]:
    """Gives the options of the backbone; fills in what depends on the weights that a training starts from.

    Args:
        pretrained: Whether a training starts from a backbone trained on ImageNet.
        backbone: Of timm, or None for a ResNet.
        frozen_stages: The stem and as many stages of the ResNet stay as they are; None for 1 if `pretrained`, else 0.
        holds_norms: Whether batch norms keep their statistics; None for only if `pretrained`.
    """
    usual = int(pretrained and backbone is None)
    return {
        "pretrained": pretrained,
        "backbone": backbone,
        "frozen_stages": usual if frozen_stages is None else frozen_stages,
        "holds_norms": pretrained if holds_norms is None else holds_norms,
    }


def pyramid_backbone(variant: str, strides: tuple[int, ...], options: dict[str, Any]) -> ResNetBackbone | TimmBackbone:
    """Builds the backbone.

    Args:
        variant: Of ResNet.
        strides: Canvas pixels per cell of the levels that it hands on, finest first.
        options: As `backbone_options` gives them.

    Raises:
        ConfigError: A name is unknown, or stages of a backbone that has none shall be frozen.
    """
    name, frozen_stages, holds_norms = options["backbone"], options["frozen_stages"], options["holds_norms"]
    if name is None:
        return ResNetBackbone(variant, frozen_stages=frozen_stages, holds_norms=holds_norms, strides=strides)
    if frozen_stages:
        raise ConfigError(
            f"frozen_stages counts the stages of a ResNet; found {frozen_stages} with the backbone {name}. Name what "
            "shall stay in --freeze, for instance backbone.body.blocks.0."
        )
    return TimmBackbone(name, strides, holds_norms=holds_norms)
