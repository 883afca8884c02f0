"""Searching settings, from names and values to the best training and the command that repeats it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch.callbacks import Callback

from boxwright.data import Dataset
from boxwright.errors import BoxwrightError, TrainingError
from boxwright.run_files.narration import narration
from boxwright.settings.training import TrainingSettings
from boxwright.settings.tuning.search import DEFAULT_NAME, Search, SearchSettings, require_search, search_from
from boxwright.systems import System
from boxwright.training.python_parts import NO_PARTS, PythonParts
from boxwright.training.python_signature import signature_of, told_apart
from boxwright.training.tuning.rehearsal import require_trainable
from boxwright.training.tuning.results import TuningResult, result_of, said_of_results, write_results
from boxwright.training.tuning.search_folder import SearchFolder, opened_folder
from boxwright.training.tuning.trial_record import TrialRecord, best_of
from boxwright.training.tuning.trial_table import shown_value


def tune(
    data: str | Path | tuple[Dataset, Dataset] | None = None,
    system: str | System | None = None,
    *,
    callbacks: Sequence[Callback] = (),
    transform: Callable[..., Any] | None = None,
    **settings: Any,
) -> TuningResult:
    """Trains many times, each time with other settings, and says which are the best.

    The same call again goes on with its search where that was ended, and trials may become more.

    Args:
        data: As for `train`.
        system: Likewise, unless it is searched.
        callbacks: As for `train`; the same objects for every trial.
        transform: As for `train`.
        **settings: The fields of `SearchSettings` and of `TrainingSettings`; `space` as a dictionary.

    Raises:
        ConfigError: A setting is unknown or impossible, or the space has a value that is.
        DataError: The data set is not usable.
        MissingExtraError: Optuna is not installed.
        TrainingError: No trial came to its end.

    Example:
        tune("sample:bccd", space={"optimization.lr": "1e-4..1e-2:log"}, trials=20, canvas=320, epochs=30)
    """
    return run_search(*told_apart(data, system, callbacks, transform, settings))


def run_search(values: Mapping[str, Any], parts: PythonParts = NO_PARTS) -> TuningResult:
    """Searches by what was given, or goes on with the search that is there.

    Args:
        values: Names and values of `TrainingSettings` and `SearchSettings` that were set.
        parts: What has no name on a command line.
    """
    require_search(values, has_data=parts.datasets is not None)
    from boxwright.training.tuning.trial_store import TrialStore, reached  # needs Optuna

    search = search_from(values)
    require_trainable(search)
    settings = search.training
    with opened_folder(search, values) as folder, reached(folder.store):
        store = TrialStore(
            folder.store, search.space, seed=settings.seed, epochs=settings.epochs, prune=search.settings.prune
        )
        parts.require_same(store.keep_python_parts(parts.names))
        for number in store.take_up():
            _say(folder, f"Trial {number} was ended from outside. What it tried is tried again.")
        while _is_left(store.records(), search) and not store.is_exhausted:
            _try_one(search, store, folder, parts)
            write_results(search, store.records(), folder, parts)
        records = store.records()
        if _is_left(records, search):
            _say(folder, "\nEvery point of the space was tried.")
        result = result_of(search, records, folder, parts)
        _say(folder, said_of_results(search, records, result))
        return result


def _try_one(search: Search, store: Any, folder: SearchFolder, parts: PythonParts) -> None:
    """Draws a trial, trains, and notes what became of it."""
    from boxwright.training.tuning.trial_training import train_trial  # needs Optuna

    before = store.records()
    trial = store.next()
    values = ", ".join(f"{name} {shown_value(value)}" for name, value in trial.user_attrs["values"].items())
    place = sum(each.counts for each in before) + 1
    _say(folder, f"\nTrial {trial.number} ({place} of {search.settings.trials}): {values}.")
    try:
        found = train_trial(search, trial, folder, parts)
    except (TrainingError, torch.OutOfMemoryError, MemoryError) as error:
        reason = str(error) or "the memory is used up"
        store.failed(trial, reason)
        _say(folder, f"Trial {trial.number} failed: {reason}")
    except BoxwrightError as error:
        is_first = not any(each.counts for each in before)  # then it would be so in all of them
        store.failed(trial, str(error), counts=not is_first)
        if is_first:
            raise
        _say(folder, f"Trial {trial.number} failed: {error}")
    else:
        if found.is_pruned:
            store.pruned(trial)
            _say(folder, f"Trial {trial.number} was ended early: its AP is behind that of the others.")
            return
        store.completed(trial, found.ap)
        best = best_of(before)
        is_best = best is None or found.ap > (best.ap or 0.0)
        _say(folder, f"Trial {trial.number}: AP {found.ap:.4f}{', the best so far' if is_best else ''}.")


def _is_left(records: Sequence[TrialRecord], search: Search) -> bool:
    """Says whether a trial is to be made."""
    limit = search.settings.total_epochs
    is_within = limit is None or sum(each.epochs for each in records) < limit
    return is_within and sum(each.counts for each in records) < search.settings.trials


def _say(folder: SearchFolder, text: str) -> None:
    with narration(folder.log) as logger:
        logger.info(text)


tune.__signature__ = signature_of(  # type: ignore[attr-defined]
    TuningResult, TrainingSettings, SearchSettings, without=("resume",), name=DEFAULT_NAME
)
