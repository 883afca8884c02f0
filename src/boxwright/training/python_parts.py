"""What a training gets from Python only."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from lightning.pytorch.callbacks import Callback

from boxwright.data import Dataset
from boxwright.errors import ConfigError
from boxwright.systems import System


@dataclass(frozen=True, slots=True)
class PythonParts:
    """What has no name that a command line or a file could give.

    Args:
        datasets: To train on and to measure on, in place of what `data` names.
        system: To train, in place of the one of that name and those options.
        callbacks: Called with the own ones of a training.
        transform: A further change of training pictures, see `OutsideTransform`.
    """

    datasets: tuple[Dataset, Dataset] | None = None
    system: System | None = None
    callbacks: tuple[Callback, ...] = ()
    transform: Callable[..., Any] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parts that a run is not the same without."""
        return tuple(name for name in ("system", "transform") if getattr(self, name) is not None)

    def require_same(self, before: Collection[str]) -> None:
        """Refuses to go on without the parts that a run began with, or with others.

        Args:
            before: Their names.

        Raises:
            ConfigError: They differ.
        """
        if set(before) != set(self.names):
            raise ConfigError(
                f"resume: the run began with {_said(before)} from Python; found {_said(self.names)}. Give train() the "
                "same."
            )


def _said(names: Collection[str]) -> str:
    return f"its own {' and '.join(sorted(names))}" if names else "nothing of its own"


NO_PARTS = PythonParts()
