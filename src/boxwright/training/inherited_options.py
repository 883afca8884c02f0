"""Options of a system that come along with the weights that it starts from."""

from collections.abc import Mapping
from typing import Any

from boxwright.settings.training import TrainingSettings
from boxwright.systems import load_model, system_options
from boxwright.systems.published import UnknownNetworkError

OF_EVERY_SYSTEM = ("anchors",)
"""What other systems take over too: boxes mean nothing without the anchors that they were learned with."""


def with_system_of_weights(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Names the system of the weights to start from, where none is named.

    Args:
        given: Names and values of `TrainingSettings` that were set.

    Raises:
        DataError: The weights cannot be read.
    """
    if given.get("weights") is None or given.keys() & {"system", "resume"}:
        return given
    try:
        _, card = load_model(given["weights"])
    except UnknownNetworkError:  # a backbone belongs to many
        return given
    return {**given, "system": card.system}


def inherited_options(settings: TrainingSettings) -> dict[str, Any]:
    """Gives the options of a new training: those given, else those of the weights to start from.

    A network with other layers, levels or anchors would not understand the weights. Those of another system bring only
    their anchors along.

    Args:
        settings: Of the training.

    Raises:
        DataError: The weights cannot be read.
    """
    given, known = settings.system_options, system_options(settings.system)
    if settings.weights is None:
        return given
    try:
        _, card = load_model(settings.weights)  # whole: options of a stranger may describe a network without end
    except UnknownNetworkError:  # a backbone brings no options
        return given
    names = known if card.system == settings.system else OF_EVERY_SYSTEM
    return {name: card.options[name] for name in names if name in card.options and name in known} | given


def said_of_options(settings: TrainingSettings, options: dict[str, Any]) -> str:
    """Says which options came along that the system has otherwise.

    Args:
        settings: Of the training.
        options: Of the system.
    """
    if settings.weights is None:
        return ""
    usual = system_options(settings.system)
    changed = [
        f"{name} {value}"
        for name, value in options.items()
        if name not in settings.system_options and name not in OF_EVERY_SYSTEM and value != usual[name]
    ]
    return f" Options of the weights: {', '.join(changed)}." if changed else ""
