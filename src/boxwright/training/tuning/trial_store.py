"""The trials of a search, kept by Optuna in a file that outlives the process."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.pruners import BasePruner, MedianPruner, NopPruner, SuccessiveHalvingPruner
from optuna.trial import FrozenTrial, Trial, TrialState
from sqlalchemy import URL
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from boxwright.errors import DataError
from boxwright.settings.tuning.dimension import Choices, Dimension
from boxwright.training.tuning.points import count_of, untried
from boxwright.training.tuning.trial_record import State, TrialRecord
from boxwright.training.tuning.trial_table import shown_value

STUDY = "tune"
WAITS = 60.0
"""Seconds for another program, a copy or a viewer, that holds the file."""
PATIENCE_SHARE = 1 / 3
"""First epochs in which no trial is ended: the fastest start is seldom the best end."""
KEPT_SHARE = 3
"""Of so many trials one goes on, where they are halved."""
_STATES: dict[TrialState, State] = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned"}


class TrialStore:
    """Draws trials and keeps what became of them.

    Every trial is drawn by a sampler with a seed of its own, from what is known by then. So a search that was
    interrupted draws what it would have drawn.

    Args:
        path: SQLite file; made if it is not there.
        space: What is searched.
        seed: Of the search.
        epochs: Of a training.
        prune: As in `SearchSettings`.

    Raises:
        DataError: The file is no store, or damaged, of another search, or cannot be written to.
    """

    def __init__(self, path: Path, space: Sequence[Dimension], *, seed: int, epochs: int, prune: str) -> None:
        self.space, self.seed = space, seed
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        address = URL.create("sqlite", database=str(path)).render_as_string(hide_password=False)
        with reached(path):
            try:
                storage = optuna.storages.RDBStorage(address, engine_kwargs={"connect_args": {"timeout": WAITS}})
                self.study = optuna.create_study(
                    storage=storage,
                    study_name=STUDY,
                    direction="maximize",
                    load_if_exists=True,
                    pruner=pruner_of(prune, epochs),
                )
            except OperationalError:
                raise
            except (SQLAlchemyError, RuntimeError) as error:
                raise DataError(
                    f"{path} is no store of trials that can be read here ({_first_line(error)}). Give another --name."
                ) from error
            names = {each.name for each in space}
            if any(each.counts and each.values.keys() != names for each in self.records()):
                raise DataError(f"{path} holds trials of another search. Give another --name, or take the file away.")

    def take_up(self) -> list[int]:
        """Marks trials that were killed as failed, and has what they tried tried again.

        Returns:
            Their numbers.
        """
        killed = self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        for trial in killed:
            self.study.enqueue_trial(trial.params, user_attrs={"instead_of": trial.number})
            self.study.tell(trial.number, state=TrialState.FAIL)
        return [trial.number for trial in killed]

    def next(self) -> Trial:
        """Draws a trial, whose values are in `records`; of a space with finitely many points one that is new."""
        tried = [each.values for each in self.records() if each.counts]
        trial = self._asked([self.seed, len(tried)])
        points = count_of(self.space)
        if points is None or trial.user_attrs["values"] not in tried or self.is_exhausted:
            return trial
        trial.set_user_attr("repeats", True)
        self.study.tell(trial, state=TrialState.FAIL)
        values = untried(self.space, tried, np.random.default_rng([self.seed, len(tried)]))
        searched = {each.name: each for each in self.space}
        named = {n: shown_value(v) if isinstance(searched[n], Choices) else v for n, v in values.items()}
        self.study.enqueue_trial(named)
        return self._asked([self.seed, len(tried)])

    @property
    def is_exhausted(self) -> bool:
        """Whether every point of the space was tried."""
        tried: list[Mapping[str, Any]] = []
        for each in self.records():
            if each.counts and each.values not in tried:
                tried.append(each.values)
        return len(tried) == count_of(self.space)

    def _asked(self, entropy: Sequence[int]) -> Trial:
        seed = int(np.random.SeedSequence(entropy).generate_state(1)[0])
        self.study.sampler = optuna.samplers.TPESampler(seed=seed)
        trial = self.study.ask({each.name: distribution_of(each) for each in self.space})
        trial.set_user_attr("values", values_of(self.space, trial.params))
        return trial

    def keep_python_parts(self, names: Iterable[str]) -> list[str]:
        """Keeps what a search began with from Python.

        Args:
            names: Of the parts.

        Returns:
            Those that it began with.
        """
        if "own_parts" not in self.study.user_attrs:
            self.study.set_user_attr("own_parts", list(names))
        return list(self.study.user_attrs["own_parts"])

    def completed(self, trial: Trial, ap: float) -> None:
        """Notes the AP of a trial that came to its end.

        Args:
            trial: It.
            ap: Its score.
        """
        self.study.tell(trial, ap)

    def pruned(self, trial: Trial) -> None:
        """Notes that a trial fell behind.

        Args:
            trial: It.
        """
        self.study.tell(trial, state=TrialState.PRUNED)

    def failed(self, trial: Trial, reason: str, *, counts: bool = True) -> None:
        """Notes that a trial failed.

        Args:
            trial: It.
            reason: Why.
            counts: Whether it is one of those that were to be made.
        """
        if counts:
            trial.set_user_attr("failure", reason)
        self.study.tell(trial, state=TrialState.FAIL)

    def records(self) -> list[TrialRecord]:
        """Lists all trials that were begun; one that was drawn for the second time was not."""
        return [
            _record(trial)
            for trial in self.study.get_trials(deepcopy=False)
            if trial.state is not TrialState.WAITING and "repeats" not in trial.user_attrs
        ]


@contextmanager
def reached(path: Path) -> Iterator[None]:
    """Says what hinders where the file of a search cannot be read or written to.

    Args:
        path: The file.

    Raises:
        DataError: Another program holds it, it may not be changed, or the disk is full.
    """
    try:
        yield
    except (SQLAlchemyError, optuna.exceptions.StorageInternalError) as error:
        raise DataError(
            f"{path} cannot be used ({_first_line(error.__cause__ or error)}). Close it in other programs, allow "
            "writing, and make room on the disk; then the same command goes on with the search."
        ) from error


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]


def pruner_of(name: str, epochs: int) -> BasePruner:
    """Gives what judges trials by the AP of their epochs.

    Args:
        name: median, halving or off.
        epochs: Of a training.
    """
    if name == "median":
        return MedianPruner(n_startup_trials=4, n_warmup_steps=int(epochs * PATIENCE_SHARE))
    if name == "halving":
        return SuccessiveHalvingPruner(min_resource=max(1, epochs // KEPT_SHARE**2), reduction_factor=KEPT_SHARE)
    return NopPruner()


def distribution_of(dimension: Dimension) -> BaseDistribution:
    """Says it in Optuna's words; of a list, the values are written as text, since they may be lists themselves.

    Args:
        dimension: Of the space.
    """
    if isinstance(dimension, Choices):
        return CategoricalDistribution([shown_value(each) for each in dimension.values])
    low, high, step = dimension.low, dimension.high, dimension.step
    if dimension.is_whole:
        return IntDistribution(int(low), int(high), log=dimension.is_log, step=int(step or 1))
    return FloatDistribution(low, high, log=dimension.is_log, step=step)


def values_of(space: Sequence[Dimension], drawn: Mapping[str, Any]) -> dict[str, Any]:
    """Gives the values of settings that were drawn.

    Args:
        space: Of the search.
        drawn: By Optuna.
    """
    found = {}
    for each in space:
        if isinstance(each, Choices):
            found[each.name] = next(value for value in each.values if shown_value(value) == drawn[each.name])
        else:
            found[each.name] = each.rounded(drawn[each.name])
    return found


def _record(trial: FrozenTrial) -> TrialRecord:
    kept = trial.user_attrs
    state: State = _STATES.get(trial.state) or ("failed" if "failure" in kept else "ended")
    return TrialRecord(
        trial.number,
        state,
        kept.get("values", {}),
        ap=trial.value if trial.state is TrialState.COMPLETE else None,
        scores=tuple(kept.get("scores", ())),
        epochs=kept.get("epochs", trial.last_step or 0),
        seconds=kept.get("seconds", 0.0),
        runs=tuple(kept.get("runs", ())),
        failure=kept.get("failure", ""),
    )
