"""Training on several devices, a process each: how processes are started and joined."""

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar

from lightning.pytorch.strategies import DDPStrategy
from lightning.pytorch.strategies.launchers import _SubprocessScriptLauncher

from boxwright.settings.strategy import FIND_UNUSED

PARENT = "BOXWRIGHT_FIRST_PROCESS"
"""Variable that tells a process which one has started it."""


def starter_of(strategy: DDPStrategy) -> int:
    """Gives the process that has started all processes of a training on this machine, or is going to.

    Args:
        strategy: Of the training.
    """
    if PARENT in os.environ:
        return int(os.environ[PARENT])
    assert strategy.cluster_environment is not None
    is_other = strategy.cluster_environment.creates_processes_externally and not _Launcher.has_started
    return os.getppid() if is_other else os.getpid()


class SharedTraining(DDPStrategy):
    """Lets every process hold the whole network; gradients are averaged at every step of the optimiser.

    Batch norms are not looked after here, see `share_statistics`.

    Args:
        name: One of `STRATEGIES`.
        timeout: Seconds that a process waits for the others before it gives up.
    """

    def __init__(self, name: str, timeout: int) -> None:
        unused: dict[str, Any] = {"find_unused_parameters": True} if name == FIND_UNUSED else {}
        super().__init__(timeout=timedelta(seconds=timeout), **unused)

    def _configure_launcher(self) -> None:
        assert self.cluster_environment is not None
        self._launcher = _Launcher(self.cluster_environment, self.num_processes, self.num_nodes)


class _Launcher(_SubprocessScriptLauncher):
    """Starts the other processes of this machine, if nobody else does.

    Lightning's own kills them all without a word where one has ended; `Company` says why first.
    """

    has_started: ClassVar[bool] = False

    def launch(self, function: Callable[..., Any], *args: Any, trainer: Any = None, **kwargs: Any) -> Any:
        self.cluster_environment.validate_settings(num_devices=self.num_processes, num_nodes=self.num_nodes)
        if not self.cluster_environment.creates_processes_externally:
            os.environ[PARENT] = str(os.getpid())
            _Launcher.has_started = True
            try:
                self._call_children_scripts()
            finally:
                del os.environ[PARENT]
        return function(*args, **kwargs)
