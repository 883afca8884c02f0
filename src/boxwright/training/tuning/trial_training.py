"""The trainings of one trial."""

import gc
import time
from dataclasses import dataclass, replace

from optuna.trial import Trial

from boxwright.settings.tuning.search import Search
from boxwright.training.command import run_training
from boxwright.training.python_parts import PythonParts
from boxwright.training.tuning.epoch_scores import EpochScores, counted_score
from boxwright.training.tuning.results import asked_of_training
from boxwright.training.tuning.search_folder import SearchFolder


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a trial found.

    Args:
        ap: Mean over its seeds.
        is_pruned: Whether it fell behind and was ended.
    """

    ap: float
    is_pruned: bool


def train_trial(search: Search, trial: Trial, folder: SearchFolder, parts: PythonParts) -> Outcome:
    """Trains with every seed; the first training is compared with those of other trials and may be ended.

    What is known is kept with the trial after every training.

    Args:
        search: Says what all trials have in common.
        trial: Was drawn.
        folder: The runs are made in it.
        parts: What Python gave.
    """
    scores: list[float] = []
    runs: list[str] = []
    began, epochs = time.monotonic(), 0
    for seed in search.seeds:
        watch = EpochScores(trial if seed == search.seeds[0] else None)
        name = run_name(trial.number, seed if len(search.seeds) > 1 else None)
        asked = {
            **asked_of_training(search, trial.user_attrs["values"], seed),
            "output": str(folder.path),
            "name": name,
        }
        trial.set_user_attr("runs", [*runs, name])
        try:
            result = run_training(asked, replace(parts, callbacks=(*parts.callbacks, watch)))
        finally:
            epochs += watch.epochs
            trial.set_user_attr("epochs", epochs)
            trial.set_user_attr("seconds", time.monotonic() - began)
        gc.collect()  # the memory of a device too
        assert result.report is not None  # there is one process
        runs.append(result.directory.name)
        scores.append(counted_score((result.report.masks or result.report).ap))
        trial.set_user_attr("runs", runs)
        trial.set_user_attr("scores", scores)
        if watch.is_pruned:
            return Outcome(scores[0], is_pruned=True)
    return Outcome(sum(scores) / len(scores), is_pruned=False)


def run_name(number: int, seed: int | None) -> str:
    """Names the run directory of a training.

    Args:
        number: Of the trial.
        seed: Where a trial has several.
    """
    return f"trial-{number:03}" if seed is None else f"trial-{number:03}-seed-{seed}"
