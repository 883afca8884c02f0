"""Going on with a run that was interrupted."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch

from boxwright.arguments.plain import plain
from boxwright.data.shards.named_place import PREFIX
from boxwright.errors import ConfigError, DataError, counted, unknown_name
from boxwright.run_files.run_config import read_settings
from boxwright.run_files.run_directory import RunDirectory, find_checkpoint
from boxwright.settings.options import options_of, resolve_recipe
from boxwright.settings.parts.choice import ROLES, choices_of
from boxwright.settings.training import GROUPS, TrainingSettings, settings_from
from boxwright.systems import build_system, has_model, read_card, system_options
from boxwright.training.data_identity import noted_identity

# What may differ when a run goes on: where it computes and reads, not what it computes.
FREE_SETTINGS = (
    "data",
    "checkpoint_every",
    "workers",
    "cache",
    "check_images",
    "allow_outside",
    "max_pixels",
    "shard_window",
    "accelerator",
    "devices",
    "nodes",
    "strategy",
    "collective_timeout",
    "logger",
)


@dataclass(frozen=True, slots=True)
class Continuation:
    """A run to go on with.

    Args:
        run: Its directory.
        checkpoint: Where to go on from.
        epochs_done: Epochs that the checkpoint has behind it.
        is_finished: Whether training had ended, and gets no more epochs.
        changes: What differs from the settings that the run began with, in words.
        batches_done: Batches of the next epoch that it has behind it too.
        is_longer: Whether the run gets more epochs than it was to have.
        own_parts: What Python gave the run; it has to be given again.
        epochs: That the run was to have.
        data: What the checkpoint says about the data, see `DataIdentity`.
    """

    run: RunDirectory
    checkpoint: Path
    epochs_done: int
    is_finished: bool
    changes: tuple[str, ...] = ()
    batches_done: int = 0
    is_longer: bool = False
    own_parts: tuple[str, ...] = ()
    epochs: int = 0
    data: Mapping[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """Says what goes on, from where, and with what changes."""
        if self.is_finished:
            return (
                f"{self.run.path} had ended after epoch {self.epochs_done}; its best weights are measured again. To "
                f"train longer give --epochs N with N above {self.epochs}."
            )
        changed = f", with {', '.join(self.changes)}" if self.changes else ""
        batches = counted(self.batches_done, "batch", "batches")
        where = (
            f"in epoch {self.epochs_done + 1} after {batches}"
            if self.batches_done
            else f"after epoch {self.epochs_done}"
        )
        return f"{self.run.path} goes on {where}{changed}."


def continue_run(given: Mapping[str, Any]) -> tuple[TrainingSettings, Continuation]:
    """Finds the run to go on with, and its settings.

    Args:
        given: Names and values that were set, defaults left out, with `resume`; the rest must agree with the run,
            except where it computes.

    Raises:
        ConfigError: There is no such run, or a setting contradicts it.
    """
    asked = settings_from(given)
    assert asked.resume is not None
    run, checkpoint = find_checkpoint(Path(asked.resume))
    old = read_settings(run.config)
    if "system" in given and asked.system != old.system:  # whose options would mean something else
        raise _contradiction(run, [("system", old.system, asked.system)], old.epochs)
    wanted = _meant(run, _overlaid(old, asked, given))
    different = [
        (name, before, found)
        for (name, before), (_, found) in zip(_leaves(old), _leaves(wanted), strict=True)
        if _meaning(name, before, old) != _meaning(name, found, wanted) and not _is_where_it_lies(name, found, run)
    ]
    is_longer = wanted.epochs > old.epochs
    may_change = (*FREE_SETTINGS, "epochs") if is_longer else FREE_SETTINGS
    contradictions = [each for each in different if each[0] not in may_change]
    if contradictions:
        raise _contradiction(run, contradictions, old.epochs)
    free = {name: found for name, _, found in different if name in may_change}
    if old.shard_window is None and str(free.get("data")).startswith(PREFIX):  # in the order that the folder had
        free.setdefault("shard_window", 0)
    changes = tuple(f"{name} = {found} in place of {before}" for name, before, found in different if name in free)
    found = _progress(run, checkpoint)
    found = dataclasses.replace(
        found,
        is_finished=found.is_finished and not is_longer,
        changes=changes,
        is_longer=is_longer,
        epochs=old.epochs,
    )
    return dataclasses.replace(old, **free), found


def _progress(run: RunDirectory, checkpoint: Path) -> Continuation:
    """Reads how far a run came, whether that was its end, and what it was given from Python."""
    try:
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
        return Continuation(
            run,
            checkpoint,
            epochs_done=int(state.get("epochs_done", state["epoch"] + 1)),
            is_finished=bool(state["callbacks"]["CheckpointKeeper"]["is_finished"]),
            batches_done=int(state.get("batches_done", 0)),
            own_parts=tuple(state.get("own_parts", ())),
            data=noted_identity(state),
        )
    except (AttributeError, RuntimeError, UnpicklingError, EOFError, LookupError, TypeError, ValueError) as error:
        raise ConfigError(
            f"resume: {checkpoint} is no checkpoint of a run, or it is damaged. Name the run directory {run.path}, "
            f"or a file in {run.last_checkpoint.parent}. To begin anew with a model file, give it to --weights."
        ) from error


def require_same_classes(run: RunDirectory, categories: tuple[str, ...]) -> None:
    """Raises an error if a run is to go on with data of other categories.

    Args:
        run: That goes on.
        categories: Of the data to train on.

    Raises:
        DataError: They are not those that the run began with.
    """
    if not has_model(run.last_model):  # ended before its first model was written
        return
    before = read_card(run.last_model).categories
    if before != categories:
        raise DataError(
            f"resume: {run.path} learns {', '.join(before)}; the data has {', '.join(categories)}. Give the data that "
            f"the run began with, or start a new run with --weights {run.last_model}."
        )


def _contradiction(run: RunDirectory, found: list[tuple[str, Any, Any]], epochs: int) -> ConfigError:
    listed = ", and with ".join(f"{name} = {before}; found {asked}" for name, before, asked in found)
    return ConfigError(
        f"resume: {run.path} was trained with {listed}. A run goes on as it began: leave that out, or start a new run "
        f"with --weights {run.last_model}. What may change: {', '.join(FREE_SETTINGS)}; "
        f"epochs may become more: give --epochs N with N above {epochs}."
    )


def _overlaid(old: TrainingSettings, asked: TrainingSettings, given: Mapping[str, Any]) -> TrainingSettings:
    """Puts what was given, and nothing else, in place of what the run has."""
    values: dict[str, Any] = {name: getattr(asked, name) for name in given if name not in ("resume", *GROUPS)}
    for group in GROUPS:
        names = given.get(group, {})
        options = getattr(asked, group)
        values[group] = dataclasses.replace(getattr(old, group), **{name: getattr(options, name) for name in names})
    options = asked.system_options
    known = system_options(old.system)
    for name in options:
        if name not in known:
            raise unknown_name(f"option of {old.system}", name, known)
    values |= {"system_options": {**old.system_options, **options}, "parts": _parts(old, asked)}
    return dataclasses.replace(old, **values)


def _parts(old: TrainingSettings, asked: TrainingSettings) -> dict[str, Any]:
    """Puts the parts that were given in place of those of the run; a name alone keeps the options of that part."""
    given = {role: part for role, part in asked.parts.items() if old.parts.get(role, {}).get("name") != part}
    return {role: choice.values for role, choice in choices_of(old.system, {**old.parts, **given}).items()}


def _meant(run: RunDirectory, settings: TrainingSettings) -> TrainingSettings:
    """Fills in what is left to the system's recipe, as a new training would."""
    groups = [getattr(settings, group) for group in GROUPS]
    if not any(value is None for group in groups for value in dataclasses.asdict(group).values()):
        return settings
    card = read_card(run.last_model)
    recipe = build_system(card.system, card.num_classes, **card.options).recipe
    optimization, augmentation = options_of(resolve_recipe(recipe, settings.optimization, settings.augmentation))
    return dataclasses.replace(settings, optimization=optimization, augmentation=augmentation)


def _leaves(settings: TrainingSettings) -> Iterator[tuple[str, Any]]:
    """Lists the settings with their values, groups dotted; options that an older run lacks have their default."""
    for entry in dataclasses.fields(settings):
        value = getattr(settings, entry.name)
        if entry.name == "system_options":
            value = {**system_options(settings.system), **value}
        elif entry.name == "parts":
            value = {role: value.get(role) for role in ROLES}
        elif entry.name in GROUPS:
            value = dataclasses.asdict(value)
        else:
            yield entry.name, value
            continue
        for name, leaf in value.items():
            yield f"{entry.name}.{name}", leaf


def _meaning(name: str, value: Any, settings: TrainingSettings) -> Any:
    """Gives what a setting stands for, which may be written in several ways."""
    if name == "canvas":
        return settings.canvas_size
    if name == "shard_window":  # left out where the data were no shards
        return settings.shard_window or 0
    if name == "tile":
        return settings.tiling and settings.tiling.size
    if name in ("freeze", "logger"):
        return settings.frozen_prefixes if name == "freeze" else settings.loggers
    if name in ("weights", "output", "val") and isinstance(value, str):
        return Path(value).resolve()
    return plain(value)


def _is_where_it_lies(name: str, value: Any, run: RunDirectory) -> bool:
    """Tells whether a setting names the place of the run, which may have been moved or numbered since."""
    place = run.path.resolve()
    return (name == "output" and Path(value).resolve() == place.parent) or (name == "name" and value == place.name)
