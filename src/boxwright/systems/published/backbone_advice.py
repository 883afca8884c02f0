"""What to do with a file that holds a backbone alone."""

from collections.abc import Mapping

from torch import Tensor

from boxwright.errors import DataError
from boxwright.systems.published.residual_blocks import resnet_variant

_VGG = {"features.28.weight": ("VGG-16", "ssd300 --system_options.pretrained true")}
_VGG_WITH_NORMS = {"features.40.weight": ("VGG-16 with norms", "ssd300")}


def backbone_advice(tensors: Mapping[str, Tensor]) -> str | None:
    """Says which training starts from a classifier of torchvision, or of timm if its tensors have the same names.

    Args:
        tensors: By the names of their program.

    Returns:
        A sentence, or None if it is no ResNet and no VGG-16 that is known.
    """
    found = _resnet(tensors) or _vgg(tensors)
    if found is None:
        return None
    name, systems = found
    ways = " or ".join(f"boxwright train --system {system} --weights FILE" for system in systems)
    return (
        f"it holds a backbone alone, {name}, and no detector: nothing in it finds objects yet. A training starts from "
        f"it: {ways}. boxwright import FILE --system NAME makes a file of such a start."
    )


def _resnet(tensors: Mapping[str, Tensor]) -> tuple[str, list[str]] | None:
    if not {"conv1.weight", "layer1.0.conv1.weight"} <= tensors.keys():
        return None
    try:
        variant = resnet_variant(tensors, "")
    except DataError:
        return None
    number = variant.removeprefix("r")
    return f"ResNet-{number}", [f"retinanet_{variant}", f"yolov8n --system_options.backbone resnet{number}"]


def _vgg(tensors: Mapping[str, Tensor]) -> tuple[str, list[str]] | None:
    for last, (name, system) in (_VGG_WITH_NORMS | _VGG).items():
        if last in tensors and "features.0.weight" in tensors:
            return name, [system]
    return None
