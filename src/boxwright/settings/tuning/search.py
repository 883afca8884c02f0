"""Everything that can be set about a search: the settings of its trainings, and its own."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from typing import Any, Literal

from boxwright.arguments.parser import SettingsParser
from boxwright.arguments.plain import plain
from boxwright.arguments.usage_error import UsageError
from boxwright.errors import MissingExtraError
from boxwright.settings.given_paths import require_model
from boxwright.settings.python_names import require_names
from boxwright.settings.training import SEEDS, TrainingSettings, require_start, settings_from
from boxwright.settings.tuning.dimension import Dimension
from boxwright.settings.tuning.space import first_values, require_space, space_of, with_values

DEFAULT_NAME = "tune"


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """What a search has beside the settings of its trainings.

    Args:
        space: What is searched, each setting by its name: --space.optimization.lr 1e-4..1e-2:log for a range,
            --space.system yolov8n,yolov5n for a list, 256..640:32 for steps.
        trials: How many trials are to be made in all.
        total_epochs: Epochs of all trainings together after which no trial begins, or null for no limit.
        seeds: Trainings of a trial, with seed, seed + 1 and so on; the mean of their AP counts.
        prune: Which trials end early: median ends those whose AP is below the median of the others at the same epoch,
            halving keeps a third of them at a few epochs, off lets all come to their end.
    """

    space: dict[str, Any] = field(default_factory=dict)
    trials: int = 20
    total_epochs: int | None = None
    seeds: int = 1
    prune: Literal["median", "halving", "off"] = "median"

    def __post_init__(self) -> None:
        """Checks the ranges."""
        for name in ("trials", "total_epochs", "seeds"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise UsageError(f"{name} must be at least 1; found {value}.")


@dataclass(frozen=True, slots=True)
class Search:
    """A search as it was asked for.

    Args:
        given: Names and values of `TrainingSettings` that were set, for all trainings.
        settings: Its own.
        space: What it varies.
    """

    given: Mapping[str, Any]
    settings: SearchSettings
    space: tuple[Dimension, ...]

    @property
    def training(self) -> TrainingSettings:
        """The settings of all trainings, with the first values of the space."""
        return settings_from(with_values(self.given, first_values(self.space)))

    @property
    def seeds(self) -> range:
        """Of the trainings of a trial."""
        return range(self.training.seed, self.training.seed + self.settings.seeds)


@cache
def _parser() -> SettingsParser:
    return SettingsParser(SearchSettings)


def search_from(values: Mapping[str, Any]) -> Search:
    """Builds a search from names and values, and refuses what cannot be trained.

    Args:
        values: Names of `TrainingSettings` and `SearchSettings` that were set.

    Raises:
        ConfigError: A name is unknown, or a value impossible.
    """
    own, of_training = (
        {entry.name for entry in dataclasses.fields(each)} for each in (SearchSettings, TrainingSettings)
    )
    require_names(
        "tune", {name: value for name, value in values.items() if value is not None}, (own | of_training) - {"resume"}
    )
    settings = SearchSettings(**_parser().of_object({name: plain(values[name]) for name in own & values.keys()}))
    given = {"name": DEFAULT_NAME, **{name: value for name, value in values.items() if name not in own}}
    space = sorted(space_of(settings.space), key=lambda each: each.name)  # on which it depends what is drawn
    search = Search(given, settings, tuple(space))
    require_space(given, search.space)
    if search.seeds.stop > SEEDS:
        raise UsageError(f"seed + seeds must be at most {SEEDS}; found {search.seeds.stop}.")
    return search


def require_search(values: Mapping[str, Any], *, has_data: bool = False) -> None:
    """Refuses a search that cannot begin: by its settings, or since there is no data or no Optuna.

    Args:
        values: As for `search_from`.
        has_data: Whether the data are given as such, and not by name.

    Raises:
        ConfigError: A setting is wrong.
        DataError: The data or the weights are not there.
        MissingExtraError: Optuna is not installed.
    """
    search = search_from(values)
    for weights in {each.name: each.probes for each in search.space}.get("weights", ()):
        if weights is not None:
            require_model(weights)
    if not has_data:
        require_start(with_values(search.given, first_values(search.space)))
    require_optuna()


def require_optuna() -> None:
    """Refuses to search without Optuna.

    Raises:
        MissingExtraError: It is not installed.
    """
    if find_spec("optuna") is None:
        raise MissingExtraError(
            'tune needs the package optuna, which is missing. Install it: pip install "boxwright[tune]".'
        )
