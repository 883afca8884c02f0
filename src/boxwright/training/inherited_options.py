"""Options of a system that come along with the weights that it starts from."""

from typing import Any

from boxwright.settings.training import TrainingSettings
from boxwright.systems import system_options
from boxwright.training.weights_read import WeightsRead

USUAL_LEVELS, NUM_USUAL = "3-5", 3
OF_EVERY_SYSTEM = ("anchors",)
"""What other systems take over too: boxes mean nothing without the anchors that they were learned with."""


def inherited_options(settings: TrainingSettings, weights: WeightsRead | None) -> dict[str, Any]:
    """Gives the options of a new training: those given, else those of the weights to start from.

    A network with other layers, levels or anchors would not understand the weights. Those of another system bring only
    their anchors along.

    Args:
        settings: Of the training.
        weights: To start from, if there are any.
    """
    given, known = settings.system_options, system_options(settings.system)
    if weights is None or weights.card is None:  # a classifier brings no options
        return given
    card = weights.card
    names = known if card.system == settings.system else OF_EVERY_SYSTEM
    found = {name: card.options[name] for name in names if name in card.options and name in known} | given
    if "anchors" in found and "anchors" not in given and found.get("levels", USUAL_LEVELS) == USUAL_LEVELS:
        found["anchors"] = found["anchors"][-NUM_USUAL:]  # without those of a finer level that the network has not
    return found


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
