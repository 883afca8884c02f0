"""One file that holds a trained model: weights, how to build it, categories, configuration."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from boxwright.errors import ConfigError, DataError
from boxwright.foreign_weights import read_foreign
from boxwright.geometry.tiling import Tiling
from boxwright.models import load_weights
from boxwright.settings.given_paths import BEST_MODEL, OLDER_SUFFIX, no_model
from boxwright.systems.card_text import write_readme
from boxwright.systems.card_values import plain_card
from boxwright.systems.claimed_shapes import require_true_claims
from boxwright.systems.model_card import (
    BACKBONE,
    FORMAT_VERSION,
    UNKNOWN_LICENCE,
    ModelCard,
    card_from,
    card_of,
    plain_value,
)
from boxwright.systems.model_file import is_safetensors, read_header, read_tensors, write_tensors
from boxwright.systems.published import UnknownNetworkError, licence_of, located, read_published
from boxwright.systems.published.backbone_start import require_true_start, said_of_start
from boxwright.systems.system import System

OLDER_FORMAT = "boxwright model"


def save_model(
    path: str | Path,
    system: System,
    *,
    categories: Sequence[str],
    canvas_size: tuple[int, int],
    config: Mapping[str, Any],
    category_ids: Sequence[int] | None = None,
    state: Mapping[str, Tensor] | None = None,
    provenance: Mapping[str, Any] | None = None,
    licence: str = UNKNOWN_LICENCE,
    measurements: Mapping[str, Any] | None = None,
    tiling: Tiling | None = None,
) -> None:
    """Writes a model file; an interrupted write leaves what was there before. Only a model file is ever replaced.

    The file has the form of safetensors, whatever its name: nothing in it can run code.

    Args:
        path: Where to; missing folders are made.
        system: What was trained.
        categories: Class names by label.
        canvas_size: Height and width in pixels.
        config: Plain values only (dictionaries, lists, tuples, strings, numbers, None).
        category_ids: Ids by label in the annotations; the labels themselves if left out.
        state: Weights to write in place of the detector's own, for instance their average.
        provenance: Where the weights come from; plain values.
        licence: Of the weights.
        measurements: What the model reaches; plain values.
        tiling: How images were cut in the training, if they were.

    Raises:
        ConfigError: The configuration holds a value that is not plain, or the categories are not `num_classes`,
            or a file that is no model file is there.
    """
    ids = range(len(categories)) if category_ids is None else category_ids
    try:
        card = card_of(
            system,
            categories=tuple(str(name) for name in categories),
            category_ids=tuple(int(identity) for identity in ids),
            canvas_size=(int(canvas_size[0]), int(canvas_size[1])),
            tiling=tiling,
            config=config,
            provenance=provenance or {},
            licence=licence,
            measurements=measurements or {},
        )
    except ConfigError as error:
        raise ConfigError(f"Cannot save {path}: {error}") from error
    weights = system.detector.state_dict() if state is None else state
    write_tensors(Path(path), weights, card.header(), replaces=is_model_file(Path(path)))


def load_model(path: str | Path, device: torch.device | str = "cpu") -> tuple[System, ModelCard]:
    """Reads a model file and builds its system, with the detector in inference mode.

    Args:
        path: Written by `save_model`, or a run directory, whose best model is taken; or weights of others, in a form
            that is recognised, or named as `located` says. Nothing in a file is ever run.
        device: Where the detector goes.

    Raises:
        DataError: The file is missing, cut short, dangerous, of no network that is known, from a newer boxwright, or
            its weights do not fit.
        UnknownNetworkError: The weights are of a backbone alone, or of no network that is known.
    """
    path, source = _model_of(path)
    try:
        card, weights = _read(path)
    except UnknownNetworkError as error:
        raise error.named(source, licence_of(source.get("name", ""))) from error
    card = with_source(card, source)
    return build_loaded(card, weights, path, device), card


def build_loaded(
    card: ModelCard, weights: Mapping[str, Tensor], path: Path, device: torch.device | str = "cpu"
) -> System:
    """Builds the system of a card with its weights, with the detector in inference mode.

    Args:
        card: Of the model.
        weights: By name.
        path: Where they were read, for errors.
        device: Where the detector goes.

    Raises:
        DataError: The weights do not fit.
    """
    try:
        require_true_claims(card.system, card.num_classes, card.options, weights, card.canvas_size)
        system = card.build()
        load_weights(system.detector, weights)
    except (ConfigError, DataError) as error:
        raise DataError(f"{path}: {error}") from error
    system.detector.to(device).eval()
    return system


def fitting_tensors(card: ModelCard, weights: Mapping[str, Tensor], path: Path) -> dict[str, Tensor]:
    """Gives the weights as the system of a card has them, without memory for a network.

    Args:
        card: Of the model.
        weights: By name.
        path: Where they were read, for errors.

    Raises:
        DataError: The weights do not fit.
    """
    try:
        require_true_claims(card.system, card.num_classes, card.options, weights, card.canvas_size)
    except (ConfigError, DataError) as error:
        raise DataError(f"{path}: {error}") from error
    with torch.device("meta"):
        own = card.build().detector.state_dict()
    return {name: weights[name].to(value.dtype) for name, value in own.items()}


def read_card(path: str | Path) -> ModelCard:
    """Reads what a model file says about itself, without building the system.

    Args:
        path: As for `load_model`.

    Raises:
        DataError: As for `load_model`.
    """
    path, source = _model_of(path)
    header = read_header(path) if path.is_file() and is_safetensors(path) else None
    return with_source(_read(path)[0] if header is None else _card(header, path), source)


def add_measurements(path: Path, measurements: Mapping[str, Any]) -> ModelCard:
    """Writes into a model file what the model was measured to reach, and the text of its card beside it.

    Args:
        path: Of the model; one in the form of before is written anew.
        measurements: Plain values.

    Returns:
        The new card.
    """
    card, weights = _read(file_of_model(path))
    card = replace(card, format_version=FORMAT_VERSION, measurements=plain_value(measurements, "measurements"))
    write_tensors(path, weights, card.header(), replaces=is_model_file(path))
    write_readme(path.parent, card)
    return card


def has_model(path: Path) -> bool:
    """Tells whether a model file is there, also in the form of before.

    Args:
        path: Of a run.
    """
    return file_of_model(path).is_file()


def _model_of(given: str | Path) -> tuple[Path, dict[str, Any]]:
    path, source = located(given)
    return file_of_model(path), source


def with_source(card: ModelCard, source: Mapping[str, Any]) -> ModelCard:
    """Adds what is known of weights by their name.

    Args:
        card: Of the weights.
        source: As `located` gives it.
    """
    licence = licence_of(source.get("name", ""))
    known = licence if licence and card.licence == UNKNOWN_LICENCE else card.licence
    return replace(card, provenance={**card.provenance, **source}, licence=known) if source else card


def file_of_model(path: str | Path) -> Path:
    """Gives the file that is meant: the best of a run directory, and the one of before where there is no newer.

    Args:
        path: As for `load_model`.
    """
    path = Path(path)
    path = path / BEST_MODEL if path.is_dir() else path
    older = path.with_suffix(OLDER_SUFFIX)
    return older if not path.exists() and path.suffix == BEST_MODEL.suffix and older.is_file() else path


def is_model_file(path: Path) -> bool:
    """Tells whether a file is a model that boxwright has written.

    Args:
        path: Of any file.
    """
    if not path.is_file():
        return False
    try:
        if is_safetensors(path):
            return read_header(path) is not None
        content = read_foreign(path)
    except DataError:
        return False
    return is_older_model(content)


def is_older_model(content: Any) -> bool:
    """Tells whether what `read_foreign` has read is a model in the form of before.

    Args:
        content: Of a file.
    """
    return isinstance(content, dict) and content.get("format") == OLDER_FORMAT


def _read(path: Path) -> tuple[ModelCard, dict[str, Tensor]]:
    if not path.is_file():
        raise no_model(path)
    if path.suffix.lower() in (".onnx", ".xml", ".pt2"):
        raise DataError(
            f"{path} is an exported file. Only predict and evaluate run it; give the model file that it was made of."
        )
    if is_safetensors(path):
        header = read_header(path)
        return read_published(path) if header is None else _whole(_card(header, path), read_tensors(path), path)
    content = read_foreign(path)
    if not is_older_model(content):
        return read_published(path, content=content)
    card = _card(plain_card(content, path), path)
    if "weights" not in content:
        raise DataError(f"{path} lacks weights. Take a file that `save_model` wrote.")
    return card, content["weights"]


def _whole(card: ModelCard, tensors: dict[str, Tensor], path: Path) -> tuple[ModelCard, dict[str, Tensor]]:
    """Gives what a file holds, if it is a whole detector."""
    if card.holds == BACKBONE:
        require_true_start(card, tensors, path)
        raise UnknownNetworkError(said_of_start(card, path), tensors, card.provenance, card.licence, card)
    return card, tensors


def _card(values: Mapping[str, Any], path: Path) -> ModelCard:
    try:
        return card_from(values)
    except DataError as error:
        raise DataError(f"{path} {error}") from error
