"""Going on with a run that was interrupted."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import torch

from boxwright.errors import ConfigError
from boxwright.training.run_directory import RunDirectory, find_checkpoint
from boxwright.training.settings import TrainingSettings, read_settings

# What may differ when a run goes on: where it computes and reads, not what it computes.
FREE_SETTINGS = ("data", "workers", "cache", "accelerator", "devices", "nodes", "strategy", "logger")


@dataclass(frozen=True, slots=True)
class Continuation:
    """A run to go on with.

    Args:
        run: Its directory.
        checkpoint: Where to go on from.
        epochs_done: Epochs that the checkpoint has behind it.
        is_finished: Whether training had ended.
    """

    run: RunDirectory
    checkpoint: Path
    epochs_done: int
    is_finished: bool


def continue_run(settings: TrainingSettings) -> tuple[TrainingSettings, Continuation]:
    """Finds the run to go on with, and its settings.

    Args:
        settings: With `resume`; what else is set must agree with the run, except where it computes.

    Raises:
        ConfigError: There is no such run, or a setting contradicts it.
    """
    assert settings.resume is not None
    run, checkpoint = find_checkpoint(Path(settings.resume))
    old, default = read_settings(run.config), TrainingSettings()
    changes = {}
    for entry in dataclasses.fields(TrainingSettings):
        given = getattr(settings, entry.name)
        if entry.name == "resume" or given == getattr(default, entry.name) or given == getattr(old, entry.name):
            continue
        if entry.name not in FREE_SETTINGS:
            raise ConfigError(
                f"resume: {run.path} was trained with {entry.name} = {getattr(old, entry.name)}; found {given}. A run "
                "goes on as it began: leave it out, or start a new run with --weights."
            )
        changes[entry.name] = given
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    finished = state["callbacks"]["CheckpointKeeper"]["is_finished"]
    return dataclasses.replace(old, **changes), Continuation(run, checkpoint, state["epoch"] + 1, finished)
