"""What a search knows of one trial."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

State = Literal["complete", "pruned", "failed", "ended"]


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """A trial that was begun.

    Args:
        number: From 0, in the order of the search.
        state: "ended" is one that was killed or interrupted.
        values: Of the settings that are searched.
        ap: Mean over the seeds, of masks for a segmenter; None if it did not come to its end.
        scores: AP of every seed.
        epochs: Of all its trainings together.
        seconds: Likewise.
        runs: Names of its run directories.
        failure: Why it failed.
    """

    number: int
    state: State
    values: Mapping[str, Any] = field(default_factory=dict)
    ap: float | None = None
    scores: tuple[float, ...] = ()
    epochs: int = 0
    seconds: float = 0.0
    runs: tuple[str, ...] = ()
    failure: str = ""

    @property
    def counts(self) -> bool:
        """Whether it is one of the trials that were to be made; one that was ended from outside is made again."""
        return self.state != "ended"


def best_of(records: Sequence[TrialRecord]) -> TrialRecord | None:
    """Finds the trial with the highest AP, of equal ones the first; None if none came to its end.

    Args:
        records: Of a search.
    """
    complete = [each for each in records if each.state == "complete" and each.ap is not None]
    return max(complete, key=lambda each: (each.ap or 0.0, -each.number), default=None)
