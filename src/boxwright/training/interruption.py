"""Ending a training from outside, by Ctrl-C, by SIGTERM or because a terminal is closed."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

import lightning
import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.utilities.exceptions import SIGTERMException

from boxwright.errors import Terminated
from boxwright.over_processes import sum_over_processes
from boxwright.stopping import ONE_STROKE, is_usual, let_loaders_die
from boxwright.structures import Batch

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


class Interruption(Callback):
    """Lets a signal that ends the training wait for the end of the step, where the training can be saved.

    All processes then end at the same batch, whichever of them was told: they agree after every one. A second signal, a
    second later, ends it at once. A signal that the caller handles or ignores is left alone. That a process which loads
    data has died is heard at the end of the step as well: a scheduler may tell those first.
    """

    def __init__(self) -> None:
        self.error: type[KeyboardInterrupt] | None = None
        numbers = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]
        self._usual = [number for number in numbers if is_usual(number)]
        self._at = 0.0
        self._before: dict[int, Any] = {}
        self._of_loaders: Any = None
        self._dead: tuple[int, FrameType | None] | None = None

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Listens from the moment that several processes are joined; Lightning would speak to the others at once."""
        if trainer.world_size > 1:
            connector: Any = trainer._signal_connector
            connector._sigterm_notifier_fn = _let_be
            self._listen()

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Listens, from when there is something to save."""
        self._listen()

    def _listen(self) -> None:
        try:
            for number in self._usual:
                before = signal.signal(number, self._note)
                self._before.setdefault(number, before)
        except ValueError:  # another thread than the main one, which gets no signals
            return

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.error is None:
            self.error, self._at = KeyboardInterrupt if number == signal.SIGINT else Terminated, time.monotonic()
        elif time.monotonic() - self._at >= ONE_STROKE:
            raise self.error

    @property
    def exit_code(self) -> int | None:
        """What the process ends with where it was told to end."""
        if self.error is None:
            return None
        return 128 + (signal.SIGTERM if issubclass(self.error, Terminated) else signal.SIGINT)

    def give_signals_back(self) -> None:
        """Puts the handlers back that were found."""
        for number, handler in self._before.items():
            if signal.getsignal(number) == self._note:
                signal.signal(number, handler)
        self._before.clear()

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Batch, batch_idx: int) -> None:
        """Listens for the death of loaders, once there are some."""
        handler = signal.getsignal(signal.SIGCHLD) if hasattr(signal, "SIGCHLD") else None
        if self._of_loaders is None and callable(handler):
            with suppress(ValueError):  # another thread than the main one, which gets no signals
                self._of_loaders = signal.signal(signal.SIGCHLD, self._note_loader)

    def stop_listening(self) -> None:
        """Puts the handler of the loaders back."""
        if self._of_loaders is not None:
            signal.signal(signal.SIGCHLD, self._of_loaders)
            self._of_loaders = None

    def _note_loader(self, number: int, frame: FrameType | None) -> None:
        self._dead = (number, frame)

    def end_if_told(self, trainer: Trainer) -> None:
        """Ends the training if some process was told to; every process must ask after every batch.

        Args:
            trainer: The trainer.

        Raises:
            SIGTERMException: It was.
            RuntimeError: A process that loads data has died.
        """
        is_told = self.error is not None
        if trainer.world_size > 1:
            is_told = bool(sum_over_processes(torch.tensor(int(is_told), device=trainer.strategy.root_device)))
        if is_told:
            self.error = self.error or Terminated
            raise SIGTERMException
        dead, self._dead = self._dead, None
        if dead is not None:
            self._of_loaders(*dead)

    def on_validation_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: object,
        batch: Batch,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Ends the training if some process was told to."""
        self.end_if_told(trainer)


@contextmanager
def interruptible(trainer: lightning.Trainer, interruption: Interruption) -> Iterator[None]:
    """Lets Ctrl-C and SIGTERM through as `KeyboardInterrupt` and `Terminated`.

    Lightning ignores Ctrl-C from then on and ends the process. Where the processes that load the data are terminated as
    well, torch raises an error for each of them, at any point of the main process; after `Terminated` it does not any
    more. Where the caller has a SIGTERM handler of its own, that decides; what it raises comes out as such.

    Args:
        trainer: The trainer that runs inside.
        interruption: That listens.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed.
        Terminated: The process got SIGTERM while the trainer listened; otherwise the signal does what it does anyhow.
    """
    on_interrupt, is_ours = signal.getsignal(signal.SIGINT), is_usual(signal.SIGTERM)
    try:
        yield
    except (Exception, SystemExit) as ended:
        told = interruption.error or (Terminated if is_ours and trainer.received_sigterm else None)
        if told is not None:
            let_loaders_die()
            raise told from ended
        if isinstance(ended, SystemExit) and isinstance(ended.__context__, KeyboardInterrupt):
            if on_interrupt is not None:  # it is None where it is not Python's
                signal.signal(signal.SIGINT, on_interrupt)
            raise type(ended.__context__) from ended
        raise
    finally:
        interruption.give_signals_back()
    interruption.stop_listening()
    if interruption.error is not None:  # after the last batch
        raise interruption.error
    if is_ours and trainer.received_sigterm:
        raise Terminated


def _let_be(_number: int, _frame: FrameType | None) -> None:
    """Does nothing."""
