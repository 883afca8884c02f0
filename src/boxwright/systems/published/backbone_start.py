"""A backbone alone as a file that trainings start from."""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from boxwright.bounded_text import bounded
from boxwright.errors import ConfigError, DataError
from boxwright.foreign_weights.own_numbers import require_own_numbers
from boxwright.models.backbones import PooledTimmBackbone
from boxwright.settings.catalog import default_canvas
from boxwright.systems.catalog import build_system
from boxwright.systems.model_card import BACKBONE, FORMAT_VERSION, ModelCard
from boxwright.systems.published.backbone_weights import backbone_weights, is_same_network
from boxwright.systems.published.recognition import UnknownNetworkError

PREFIX = "backbone."
OF_BACKBONE = ("backbone", "pretrained", "norms", "holds_norms", "frozen_stages")
"""Options that change the backbone of a system, or how it is trained."""


def backbone_start(
    found: UnknownNetworkError, system: str, options: Mapping[str, Any]
) -> tuple[ModelCard, dict[str, Tensor]]:
    """Makes the weights of a classifier those of the backbone of a system.

    Args:
        found: What was said of the weights.
        system: That shall start from them.
        options: Of that system, as far as its backbone depends on them.

    Returns:
        The card of the start, and its tensors by boxwright's names.

    Raises:
        ConfigError: An option is unknown, or the system has another backbone.
    """
    _require_of_backbone(options)
    with torch.device("meta"):
        frame = build_system(system, 1, **options)
    tensors = backbone_weights(frame.detector.backbone, found.tensors)
    if tensors is None:
        asked = "".join(f" --system_options.{name} {value}" for name, value in options.items())
        raise ConfigError(f"system: it is not the backbone of {system}{asked}. {found}")
    card = ModelCard(
        system=system,
        options=dict(options),
        num_classes=0,
        categories=(),
        category_ids=(),
        canvas_size=(default_canvas(system),) * 2,
        config={},
        format_version=FORMAT_VERSION,
        boxwright_version=version("boxwright"),
        fit=frame.fit,
        normalization=frame.normalization,
        provenance=found.provenance,
        licence=found.licence,
        holds=BACKBONE,
    )
    return card, {f"{PREFIX}{name}": value for name, value in tensors.items()}


def said_of_start(card: ModelCard, path: Path) -> str:
    """Says what a start is, and what can be done with it.

    Args:
        card: Of the start.
        path: Of the file.
    """
    return (
        f"{path} holds the backbone of {card.system} alone, a start and no detector: nothing in it finds objects yet. "
        f"Train from it: boxwright train --weights {path}."
    )


def started_backbone(backbone: nn.Module, tensors: Mapping[str, Tensor]) -> dict[str, Tensor] | None:
    """Gives the weights of a backbone that starts from a file of `backbone_start`.

    Args:
        backbone: Of a detector.
        tensors: Of the file.

    Returns:
        As `backbone_weights`.
    """
    is_pooled = isinstance(backbone, PooledTimmBackbone)
    own = {
        name: value for name, value in backbone.state_dict().items() if not is_pooled or name.startswith("features.")
    }
    given = {name.removeprefix(PREFIX): value for name, value in tensors.items()}
    return given if is_same_network(own, given) else None


def require_true_start(card: ModelCard, tensors: Mapping[str, Tensor], path: Path) -> None:
    """Raises if a file of a stranger is no start as `backbone_start` makes it: its options go into a training.

    Args:
        card: Of the file.
        tensors: Of the file.
        path: Of the file, for errors.

    Raises:
        DataError: It describes another backbone than it holds, or more than a backbone.
    """
    try:
        require_own_numbers(tensors)
        _require_of_backbone(card.options)
        with torch.device("meta"):
            backbone = build_system(card.system, 1, **card.options).detector.backbone
    except (ValueError, TypeError, AttributeError, LookupError, RuntimeError, OverflowError) as error:
        raise DataError(f"{path}: {bounded(str(error), 300)} Do not trust the file.") from error
    if started_backbone(backbone, tensors) is None:
        raise DataError(f"{path} holds another backbone than it describes. Do not trust the file.")


def _require_of_backbone(options: Mapping[str, Any]) -> None:
    others = [name for name in options if name not in OF_BACKBONE]
    if others:
        raise ConfigError(
            f"system_options: {', '.join(others)} is nothing that a backbone depends on. Give it to the training; here "
            f"are only {', '.join(OF_BACKBONE)}."
        )
