"""Weights to start from, read once for all that a training asks of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from boxwright.settings.training import TrainingSettings
from boxwright.systems import ModelCard, System, load_model
from boxwright.systems.published import UnknownNetworkError


@dataclass(frozen=True, slots=True)
class WeightsRead:
    """What `--weights` names.

    Args:
        name: As given.
        card: What they say of themselves; None for a classifier of others.
        system: With the weights, if they are of a whole detector.
        backbone: Else the weights, of which a backbone may start.
    """

    name: str
    card: ModelCard | None
    system: System | None
    backbone: UnknownNetworkError | None


def read_weights(name: str) -> WeightsRead:
    """Reads weights to start from.

    Args:
        name: A path, or a name as `located` takes it.

    Raises:
        DataError: They cannot be read.
    """
    try:
        system, card = load_model(name)
    except UnknownNetworkError as error:
        return WeightsRead(name, error.card, None, error)
    return WeightsRead(name, card, system, None)


def weights_of(settings: TrainingSettings) -> WeightsRead | None:
    """Reads the weights that a new training starts from.

    Args:
        settings: Of the training.

    Returns:
        None if it starts from none, or goes on.

    Raises:
        DataError: They cannot be read.
    """
    is_new = settings.resume is None
    return read_weights(settings.weights) if is_new and settings.weights is not None else None


def with_system_of_weights(given: Mapping[str, Any], weights: WeightsRead | None) -> Mapping[str, Any]:
    """Names the system of the weights to start from, where none is named.

    Args:
        given: Names and values of `TrainingSettings` that were set.
        weights: To start from; those of a classifier belong to many systems.
    """
    if weights is None or weights.card is None or "system" in given:
        return given
    return {**given, "system": weights.card.system}
