"""What can be known of a search before its first trial, and would stop one in the night."""

from collections.abc import Iterator, Sequence
from typing import Any

from boxwright.errors import ConfigError
from boxwright.inference.model_fit import check_canvas
from boxwright.settings.training import TrainingSettings, settings_from
from boxwright.settings.tuning.dimension import Choices, Dimension
from boxwright.settings.tuning.search import Search
from boxwright.settings.tuning.space import first_values, with_values
from boxwright.systems import build_system, has_masks, with_parts
from boxwright.training.trainer import build_trial_trainer

_BUILT_OF = ("system_options.", "parts.")
_CLASSES = 2  # with one, some systems have no loss of classes


def require_trainable(search: Search) -> None:
    """Refuses a search over systems whose AP mean different things, values that no system takes, and several devices.

    Args:
        search: As it was asked for.

    Raises:
        ConfigError: It is one.
    """
    settings = search.training
    systems = next((_values(each) for each in search.space if each.name == "system"), [settings.system])
    segmenters = [name for name in systems if has_masks(name)]
    if segmenters and len(segmenters) < len(systems):
        raise ConfigError(
            f"space.system: {', '.join(segmenters)} is judged by the AP of masks, the others by that of boxes. Search "
            "among one kind."
        )
    if build_trial_trainer(settings).world_size > 1:
        raise ConfigError(
            "devices: a search trains on one device at a time. Give --devices 1; for more devices start a search on "
            "each, with a --seed and a --name of its own."
        )
    for name, value, asked in _builds(search, systems):
        try:
            system = with_parts(build_system(asked.system, _CLASSES, **asked.system_options), asked.parts)
            for canvas in _canvases(search) if name == "system" else ():
                name, value = "canvas", canvas
                check_canvas(system, settings_from(with_values(asked.to_dict(), {"canvas": canvas})).canvas_size)
        except ConfigError as error:
            raise ConfigError(f"space.{name}, at {value!r}, with {asked.system}: {error}") from error


def _builds(search: Search, systems: Sequence[str]) -> Iterator[tuple[str, Any, TrainingSettings]]:
    """Lists what decides on how a network is built, each value with every system."""
    first = {name: value for name, value in first_values(search.space).items() if name.startswith(_BUILT_OF)}
    searched = {each.name for each in search.space}
    is_named = "system" in searched or "system" in search.given or not {"weights"} & {*searched, *search.given}
    if not is_named or not (first or searched & {"system", "canvas"}):  # else the weights say which system it is
        return
    for system in systems:
        given = with_values(search.given, {**first, "system": system})
        yield "system", system, settings_from(given)
        for each in search.space:
            for value in each.probes if each.name in first else ():
                yield each.name, value, settings_from(with_values(given, {each.name: value}))


def _canvases(search: Search) -> Sequence[Any]:
    return next((_values(each) for each in search.space if each.name == "canvas"), [search.training.canvas])


def _values(dimension: Dimension) -> Sequence[Any]:
    """Lists all values, of a range of whole numbers too."""
    if isinstance(dimension, Choices):
        return dimension.values
    return range(int(dimension.low), int(dimension.high) + 1, int(dimension.step or 1))
