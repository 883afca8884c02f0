"""Recognising whose weights a file holds, and building the system that they belong to."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from boxwright.bounded_text import listed
from boxwright.errors import BoxwrightError, ConfigError, DataError, counted
from boxwright.foreign_weights import ForeignWeights, read_foreign, weights_in
from boxwright.models.download import file_sha256
from boxwright.settings.catalog import default_canvas
from boxwright.systems.catalog import build_system
from boxwright.systems.model_card import FORMAT_VERSION, UNKNOWN_LICENCE, ModelCard, card_from
from boxwright.systems.model_file import is_safetensors, read_tensors
from boxwright.systems.published.backbone_advice import backbone_advice
from boxwright.systems.published.conversion import Conversion
from boxwright.systems.published.fused_norms import with_norms
from boxwright.systems.published.mmdetection import convert_mmdetection
from boxwright.systems.published.torchvision_detectors import convert_torchvision
from boxwright.systems.published.yolo import convert_yolo

_COUNTER = ".num_batches_tracked"  # of steps; files with frozen norms leave them out
CONVERTERS = (convert_torchvision, convert_mmdetection, convert_yolo)


class UnknownNetworkError(DataError):
    """Says that weights are of no detector that is known; they may still be those of a backbone.

    Args:
        message: For people.
        tensors: That were read.
        provenance: Where they come from.
        licence: Of them.
        card: Of a start that boxwright has written, whose tensors have its names; None for a file of others.
    """

    def __init__(
        self,
        message: str,
        tensors: Mapping[str, Tensor],
        provenance: Mapping[str, Any],
        licence: str,
        card: ModelCard | None = None,
    ) -> None:
        super().__init__(message)
        self.tensors, self.provenance, self.licence, self.card = tensors, dict(provenance), licence, card

    def named(self, source: Mapping[str, Any], licence: str | None) -> "UnknownNetworkError":
        """Adds what is known of weights by their name.

        Args:
            source: Where they are published.
            licence: Of them, or None.
        """
        known = licence if licence and self.licence == UNKNOWN_LICENCE else self.licence
        return UnknownNetworkError(str(self), self.tensors, {**self.provenance, **source}, known, self.card)


FORMS = (
    "torchvision's ssd300_vgg16, fcos_resnet50_fpn and retinanet_resnet50_fpn, also v2; MMDetection's RetinaNet and "
    "SSD300; YOLOv5, YOLOv8 and YOLOv8-seg, as state dictionaries or whole networks"
)


def read_published(
    path: Path, *, categories: Sequence[str] | None = None, content: Any = None
) -> tuple[ModelCard, dict[str, Tensor]]:
    """Reads weights of somebody else as those of a system of boxwright, running nothing of theirs.

    Args:
        path: Of torch.save or safetensors.
        categories: Names by label, where the file says none; they go before those of the file.
        content: Of the file, if it was read.

    Returns:
        The card of the model, and its tensors by boxwright's names.

    Raises:
        DataError: The file is no weights, dangerous, or of a network that is not known.
    """
    try:
        if content is None:
            content = read_tensors(path) if is_safetensors(path) else read_foreign(path)
        weights = weights_in(content)
        found = recognised(weights)
        if found is None:
            provenance = {"backbone": path.name, "sha256": file_sha256(path)}
            stated = weights.licence or UNKNOWN_LICENCE
            raise UnknownNetworkError(
                f"{path}: {_unknown(weights.tensors)}", _bare(weights.tensors), provenance, stated
            )
        names = _named(found, weights.names if categories is None else tuple(categories))
        with torch.device("meta"):
            frame = build_system(found.system, found.num_classes, **found.options)
        tensors = with_norms(frame.detector, found.tensors)
        counters = {name: torch.tensor(0) for name in frame.detector.state_dict() if name.endswith(_COUNTER)}
    except UnknownNetworkError:
        raise
    except (ConfigError, DataError) as error:
        raise DataError(str(error) if str(path) in str(error) else f"{path}: {error}") from error
    card = ModelCard(
        system=found.system,
        options=dict(frame.options),
        num_classes=found.num_classes,
        categories=names,
        category_ids=found.ids or tuple(range(found.num_classes)),
        canvas_size=(default_canvas(found.system),) * 2,
        config={},
        format_version=FORMAT_VERSION,
        boxwright_version=version("boxwright"),
        fit=frame.fit,
        normalization=found.normalization or frame.normalization,
        provenance={"file": path.name, "sha256": file_sha256(path), "format": found.form, "notes": list(found.notes)},
        licence=weights.licence or UNKNOWN_LICENCE,
    )
    return _readable(card, path), {**counters, **tensors}


def _readable(card: ModelCard, path: Path) -> ModelCard:
    """Gives a card, unless a model file with it would be refused: a file of a stranger says anything."""
    try:
        card_from(json.loads(card.header()))
    except DataError as error:
        raise DataError(f"{path} {error}") from error
    return card


def recognised(weights: ForeignWeights) -> Conversion | None:
    """Tells whose form weights have, whatever networks around the network have put before all names.

    Args:
        weights: Of somebody else.

    Returns:
        None if no form is theirs.

    Raises:
        DataError: A form is theirs, but a tensor is missing or of another shape.
    """
    for convert in CONVERTERS:
        try:
            found = convert(weights)
        except BoxwrightError:
            raise
        except (ArithmeticError, LookupError, TypeError, RuntimeError, ValueError) as error:
            raise DataError(
                f"it begins like a network that is known, but a tensor is missing or of another shape: {error}. Known "
                f"are {FORMS}."
            ) from error
        if found is not None:
            return found
    inner = _without_first_part(weights.tensors)
    return None if inner is None else recognised(replace(weights, tensors=inner))


def _bare(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Takes away what all names begin with."""
    inner = _without_first_part(tensors)
    return dict(tensors) if inner is None else _bare(inner)


def _without_first_part(tensors: Mapping[str, Tensor]) -> dict[str, Tensor] | None:
    """Takes the first part of the names away, if they all have the same and one more."""
    firsts = {name.partition(".")[0] for name in tensors}
    inner = {name.partition(".")[2]: value for name, value in tensors.items()}
    return inner if len(firsts) == 1 and all(inner) else None


def _named(found: Conversion, names: tuple[str, ...] | None) -> tuple[str, ...]:
    names = names or found.names
    if names is None:
        return tuple(f"class {label}" for label in range(found.num_classes))
    if len(names) != found.num_classes:
        raise DataError(
            f"the network finds {counted(found.num_classes, 'category', 'categories')}, {counted(len(names), 'name')} "
            "given: "
            f"{listed(names, 5)}. Give one name per category."
        )
    return names


def _unknown(tensors: dict[str, Tensor]) -> str:
    advice = backbone_advice(_bare(tensors))
    if advice is not None:
        return advice
    return (
        "it is not a boxwright model file, and no network that boxwright knows has weights of these names: "
        f"{listed(tensors, 4)}. Known are {FORMS}. The backbone of a network of timm is given to "
        "--weights of a training, and its name to --system_options.backbone."
    )
