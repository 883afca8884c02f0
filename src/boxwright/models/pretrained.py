"""Weights of backbones that others have trained on ImageNet."""

import http.client
from collections.abc import Mapping
from pathlib import Path

import torch
import torchvision
from torch import Tensor, nn

from boxwright.errors import DataError
from boxwright.models.backbones import PooledTimmBackbone, ResNetBackbone, TimmBackbone, VGGBackbone
from boxwright.models.torchvision_names import RESNET_RULES, VGG_RULES, rename_by
from boxwright.models.weights import load_weights, with_counters


def load_imagenet_backbone(detector: nn.Module) -> str:
    """Puts ImageNet weights into the backbone of a detector; what is not in a cache is downloaded.

    Args:
        detector: With a backbone of torchvision (ResNet, VGG) or timm.

    Returns:
        Whose weights they are, in words.

    Raises:
        DataError: The weights cannot be fetched.
    """
    backbone = detector.backbone
    if isinstance(backbone, PooledTimmBackbone):
        backbone = backbone.features
    if isinstance(backbone, TimmBackbone):
        load_weights(backbone.body, _timm_weights(backbone))
        return f"timm's {backbone.name}"
    assert isinstance(backbone, (ResNetBackbone, VGGBackbone))
    rules = RESNET_RULES if isinstance(backbone, ResNetBackbone) else VGG_RULES
    own = backbone.state_dict()
    # the file has a classifier too, and all of VGG-16
    renamed = rename_by(rules, _torchvision_weights(backbone.name))
    load_weights(backbone, with_counters(backbone, {name: renamed[name] for name in renamed if name in own}))
    return f"torchvision's {backbone.name}"


def _torchvision_weights(name: str) -> Mapping[str, Tensor]:
    published = torchvision.models.get_model_weights(name)
    # VGG's features alone were published for SSD
    weights = getattr(published, "IMAGENET1K_FEATURES", None) or published.IMAGENET1K_V1
    try:
        state: Mapping[str, Tensor] = weights.get_state_dict(progress=False, check_hash=True)
    except (OSError, http.client.HTTPException, RuntimeError) as error:
        place = Path(torch.hub.get_dir()) / "checkpoints" / Path(weights.url).name
        raise _unreachable(f"{weights.url}: {error}", f"put it at {place}") from error
    return state


def _timm_weights(backbone: TimmBackbone) -> Mapping[str, Tensor]:
    import timm

    try:
        published = timm.create_model(backbone.name, pretrained=True, features_only=True, out_indices=backbone.places)
    except (OSError, RuntimeError, ValueError) as error:
        first = str(error).strip().splitlines()[0]
        cure = "put it into the cache of Hugging Face (HF_HOME)"
        raise _unreachable(f"the weights of timm's {backbone.name}: {first}", cure) from error
    state: Mapping[str, Tensor] = published.state_dict()
    return state


def _unreachable(what: str, place: str) -> DataError:
    return DataError(
        f"Cannot download {what}. Check the connection, or fetch the file on another machine and {place}. To train "
        "without published weights set pretrained to false."
    )
