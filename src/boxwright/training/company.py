"""The other processes of a training: noticing that one has failed, and saying which and why."""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count

import lightning
import torch

from boxwright.bounded_text import bounded
from boxwright.errors import TrainingError
from boxwright.training.interruption import Interruption
from boxwright.training.process_strategy import PARENT

LOOKS_EVERY = 0.5
"""Seconds from one look at the others to the next."""
HEARS_WITHIN = 4.0
"""Seconds in which a process that has failed is heard of by the others."""
GIVES_UP_AFTER = 15.0
"""Seconds in which a process ends by itself once another has failed; a device may wait for that one for ever."""
FAILURE = 1
_LOST = ("gloo", "NCCL", "ProcessGroup", "TCPStore", "Connection reset", "Connection closed")
_trainings = count()


@contextmanager
def in_company(trainer: lightning.Trainer, interruption: Interruption) -> Iterator[None]:
    """Ends this process where another of the same training has failed, with an error that says which and why.

    A process that fails leaves word in the store that all share, and then ends. Who starts the others sees how they
    end; they see when it is gone. A process that waits in the driver of a device for another that is gone cannot raise
    anything: it says the error and ends after a while.

    Args:
        trainer: That trains inside.
        interruption: Knows whether the training was told to end.

    Raises:
        TrainingError: Another process has failed, or is not heard of any more.
    """
    if trainer.world_size == 1:
        yield
        return
    company = _Company(trainer, interruption)
    company.watch()
    try:
        yield
    except Exception as error:
        raise company.end_of(error) from error
    except BaseException:
        company.end_others()
        raise
    finally:
        company.is_over.set()


class _Company:
    def __init__(self, trainer: lightning.Trainer, interruption: Interruption) -> None:
        self.is_over = threading.Event()
        self._trainer, self._interruption = trainer, interruption
        self._parent = int(os.environ.get(PARENT, "0"))
        self._word = f"boxwright/failed/{next(_trainings)}"
        self._heard: str | None = None

    def watch(self) -> None:
        threading.Thread(target=self._look, name="boxwright-company", daemon=True).start()

    def end_of(self, error: Exception) -> Exception:
        """Gives the error to end with, leaves word of it, and sees to it that the others end."""
        word = self._news()
        until = time.monotonic() + HEARS_WITHIN
        while word is None and is_lost_connection(error) and time.monotonic() < until:
            time.sleep(LOOKS_EVERY)
            word = self._news()
        if word is None and not is_lost_connection(error):
            self._leave_word(error)
        else:
            error = TrainingError(self._said(word, error))
        self.end_others()
        return error

    def end_others(self) -> None:
        """Waits for the processes that this one has started, and kills those that do not end."""
        until = time.monotonic() + GIVES_UP_AFTER
        for process in self._started:
            try:
                process.wait(max(until - time.monotonic(), 0.0))
            except subprocess.TimeoutExpired:
                process.kill()

    @property
    def _started(self) -> Sequence["subprocess.Popen[bytes]"]:
        return getattr(self._trainer.strategy.launcher, "procs", ())

    def _look(self) -> None:
        while not self.is_over.wait(LOOKS_EVERY):
            word = self._news()
            if word is None:
                continue
            if self.is_over.wait(GIVES_UP_AFTER):  # it has ended by itself
                return
            for process in self._started:
                process.kill()
            os.write(2, f"boxwright: {self._said(word, None)}\n".encode(errors="backslashreplace"))
            os._exit(self._interruption.exit_code or FAILURE)

    def _news(self) -> str | None:
        """Says which process has failed and why, if one has; kept, since the first takes the store with it."""
        self._heard = self._heard or self._word_left() or self._of_started() or self._of_parent()
        return self._heard

    def _word_left(self) -> str | None:
        if not torch.distributed.is_initialized():
            return None
        try:
            store = torch.distributed.distributed_c10d._get_default_store()
            word = bytes(store.get(self._word)).decode() if store.check([self._word]) else None
        except (RuntimeError, ValueError):  # the process that keeps it is gone
            return None
        return None if word is None or word.startswith(self._name) else word

    def _leave_word(self, error: Exception) -> None:
        if torch.distributed.is_initialized():
            try:
                store = torch.distributed.distributed_c10d._get_default_store()
                store.set(self._word, f"{self._name} has failed: {bounded(_told(error))}")
            except (RuntimeError, ValueError):  # the process that keeps it is gone
                return
            if self._trainer.global_rank == 0:  # the store goes with it
                time.sleep(HEARS_WITHIN / 2)

    def _of_started(self) -> str | None:
        for place, process in enumerate(self._started):
            code = process.poll()
            if code and not self._interruption.error:
                name = f"Process {self._trainer.global_rank + 1 + place} (pid {process.pid} on {socket.gethostname()})"
                return f"{name} {_of_code(code)}"
        return None

    def _of_parent(self) -> str | None:
        if self._parent in (0, os.getppid()):
            return None
        return (
            f"The process that started this one (pid {self._parent} on {socket.gethostname()}) is gone without a word: "
            "it was killed, perhaps since the memory was used up"
        )

    def _said(self, word: str | None, error: Exception | None) -> str:
        if word is None:
            word = (
                f"{self._name} waited in vain for another process: that one is gone, or took longer than "
                f"--collective_timeout ({_told(error)})"
            )
        return f"{word.rstrip('. ')}. All processes of the training end with it. Go on with --resume RUN_DIRECTORY."

    @property
    def _name(self) -> str:
        return f"Process {self._trainer.global_rank} (pid {os.getpid()} on {socket.gethostname()})"


def is_lost_connection(error: BaseException) -> bool:
    """Tells whether an error only says that another process does not answer.

    Args:
        error: Of this process.
    """
    is_said = isinstance(error, RuntimeError) and any(phrase in str(error) for phrase in _LOST)
    return is_said or isinstance(error, torch.distributed.DistError)


def _told(error: BaseException | None) -> str:
    lines = str(error).strip().splitlines() or [""]
    return (
        lines[0] if isinstance(error, TrainingError | ValueError | OSError) else f"{type(error).__name__}: {lines[0]}"
    )


def _of_code(code: int) -> str:
    if code > 0:
        return f"has ended with exit code {code}; what it said stands above"
    name = signal.Signals(-code).name
    return f"was killed by {name}{', perhaps since the memory was used up' if code == -signal.SIGKILL else ''}"
