"""What a search leaves behind: the table of its trials, and the way to the best one once more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boxwright.errors import TrainingError
from boxwright.settings.tuning.search import Search
from boxwright.settings.tuning.space import with_values
from boxwright.training.python_parts import PythonParts
from boxwright.training.tuning.search_folder import SearchFolder
from boxwright.training.tuning.train_command import train_command
from boxwright.training.tuning.trial_record import TrialRecord, best_of
from boxwright.training.tuning.trial_table import csv_of, table_of
from boxwright.writing.atomic_file import atomic_file


@dataclass(frozen=True, slots=True)
class TuningResult:
    """What a search found.

    Args:
        directory: Its folder, with `trials.csv` and the run directories of all trials.
        ap: Of the best trial: the mean over its seeds, of masks for a segmenter.
        best_runs: Run directories of the best trial, one for each seed.
        best_settings: What `boxwright.train` is given to repeat it, for the first seed.
        commands: The same as lines for a shell, for every seed.
    """

    directory: Path
    ap: float
    best_runs: tuple[Path, ...]
    best_settings: Mapping[str, Any]
    commands: tuple[str, ...]


def asked_of_training(search: Search, values: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """Gives what `boxwright.train` is to be given for a training of a trial, without the place of its run.

    Args:
        search: Says what all trials have in common.
        values: Of the trial.
        seed: Of the training.
    """
    given = {name: value for name, value in search.given.items() if name not in ("output", "name")}
    return {**with_values(given, values), **({"seed": seed} if seed else {})}


def write_results(search: Search, records: Sequence[TrialRecord], folder: SearchFolder, parts: PythonParts) -> None:
    """Writes the table, and the commands of the best trial if there is one.

    Args:
        search: As it was asked for.
        records: Of its trials.
        folder: Of the search.
        parts: What Python gave.
    """
    with atomic_file(folder.table, replaces=True) as file:
        file.write(csv_of(records, [each.name for each in search.space], search.seeds).encode())
    best = best_of(records)
    if best is not None:
        with atomic_file(folder.best, replaces=True) as file:
            file.write("".join(f"{line}\n" for line in commands_of(search, best, parts)).encode())


def commands_of(search: Search, best: TrialRecord, parts: PythonParts) -> list[str]:
    """Writes how a trial is trained once more, a line for every seed.

    Args:
        search: As it was asked for.
        best: The trial.
        parts: What Python gave, which a command line cannot.
    """
    asked = [{**asked_of_training(search, best.values, seed), **_place(search)} for seed in search.seeds]
    if parts.datasets is None and not parts.names and not parts.callbacks:
        return [train_command(each) for each in asked]
    named = [name for name in ("datasets", "callbacks") if getattr(parts, name)] + list(parts.names)
    return [f"# in Python, with the same {', '.join(named)}: boxwright.train(**{each!r})" for each in asked]


def result_of(search: Search, records: Sequence[TrialRecord], folder: SearchFolder, parts: PythonParts) -> TuningResult:
    """Gives what was found.

    Args:
        search: As it was asked for.
        records: Of its trials.
        folder: Of the search.
        parts: What Python gave.

    Raises:
        TrainingError: No trial came to its end.
    """
    best = best_of(records)
    if best is None or best.ap is None:
        reasons = "; ".join(f"trial {each.number}: {each.failure}" for each in records if each.failure)
        raise TrainingError(f"No trial came to its end ({reasons}). Change the space, and give another --name.")
    asked = {**asked_of_training(search, best.values, search.seeds[0]), **_place(search)}
    runs = tuple(folder.path / name for name in best.runs)
    return TuningResult(folder.path, best.ap, runs, asked, tuple(commands_of(search, best, parts)))


def said_of_results(search: Search, records: Sequence[TrialRecord], result: TuningResult) -> str:
    """Says what was found.

    Args:
        search: As it was asked for.
        records: Of its trials.
        result: Of the search.
    """
    best = best_of(records)
    assert best is not None
    table = table_of(records, [each.name for each in search.space])
    again = "\n".join(f"  {line}" for line in result.commands)
    return (
        f"\n{table}\n\nThe best is trial {best.number}, AP {result.ap:.4f}, in {result.best_runs[0]}. The same once "
        f"more:\n{again}\nEverything is in {result.directory}."
    )


def _place(search: Search) -> dict[str, str]:
    settings = search.training
    place = {"output": settings.output} if "output" in search.given else {}
    return {**place, "name": f"{settings.name}-best"}
