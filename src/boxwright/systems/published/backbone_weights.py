"""Backbones that others have trained on ImageNet, from files."""

import re
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from boxwright.models.backbones import PooledTimmBackbone, ResNetBackbone, TimmBackbone, VGGBackbone
from boxwright.models.torchvision_names import RESNET_RULES, VGG_RULES, rename_by

_COUNTER = "num_batches_tracked"


def backbone_weights(backbone: nn.Module, tensors: Mapping[str, Tensor]) -> dict[str, Tensor] | None:
    """Finds the weights of a backbone among those of a classifier of torchvision or timm.

    Args:
        backbone: Of a detector.
        tensors: By the names of their program.

    Returns:
        By the names of the backbone, without what is new around one of timm; or None unless they are all there, of the
        same shapes.
    """
    if isinstance(backbone, PooledTimmBackbone):
        inner = backbone_weights(backbone.features, tensors)
        return None if inner is None else {f"features.{name}": value for name, value in inner.items()}
    own = backbone.state_dict()
    if isinstance(backbone, TimmBackbone):
        found = {name: tensors.get(name, tensors.get(_of_classifier(name))) for name in backbone.body.state_dict()}
        given = {f"body.{name}": value for name, value in found.items() if value is not None}
    elif isinstance(backbone, ResNetBackbone | VGGBackbone):
        given = rename_by(RESNET_RULES if isinstance(backbone, ResNetBackbone) else VGG_RULES, tensors)
    else:
        return None
    # a deeper one has all tensors of a shallower one, and more
    if isinstance(backbone, ResNetBackbone) and any(name.startswith("stages.") for name in given.keys() - own.keys()):
        return None
    counters = {name: torch.tensor(0) for name in own if name.endswith(_COUNTER)}
    complete = counters | {name: value for name, value in given.items() if name in own}
    return complete if is_same_network(own, complete) else None


def is_same_network(own: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> bool:
    """Tells whether tensors have the names and shapes of a network; whole numbers are no weights.

    Args:
        own: Of the network.
        given: To compare.
    """
    return own.keys() == given.keys() and all(
        value.shape == given[name].shape and value.is_floating_point() <= given[name].is_floating_point()
        for name, value in own.items()
    )


def _of_classifier(name: str) -> str:
    """Gives the name in timm's classifier: its features alone have stages_0 where that has stages.0."""
    return re.sub(r"^(\w+?)_(\d+)\.", r"\1.\2.", name)
