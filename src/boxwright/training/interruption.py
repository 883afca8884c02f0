"""Ending a training from outside, by Ctrl-C or by SIGTERM."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import lightning

from boxwright.errors import Terminated


@contextmanager
def interruptible(trainer: lightning.Trainer) -> Iterator[None]:
    """Lets Ctrl-C and SIGTERM through as `KeyboardInterrupt` and `Terminated`, and leaves all handlers as they were.

    Lightning ignores Ctrl-C from then on and ends the process; after SIGTERM it ends it at the next batch, with the
    exit code of success. Where the processes that load the data are terminated as well, torch raises an error for each
    of them, at any point of the main process.

    Args:
        trainer: The trainer that runs inside.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed.
        Terminated: The process got SIGTERM.
    """
    is_main = threading.current_thread() is threading.main_thread()  # only there can handlers be set
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def let_loaders_die(_number: int, _frame: FrameType | None) -> None:
        if sys.platform != "win32" and signal.SIGCHLD not in handlers:
            handlers[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, _let_be)

    if is_main and handlers[signal.SIGTERM] is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, let_loaders_die)  # Lightning calls it after its own
    try:
        yield
    except (Exception, SystemExit) as ended:
        if trainer.received_sigterm:
            raise Terminated from ended
        if isinstance(ended, SystemExit) and isinstance(ended.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from ended
        raise
    finally:
        if is_main:
            for number, handler in handlers.items():
                signal.signal(number, handler)


def _let_be(_number: int, _frame: FrameType | None) -> None:
    """Does nothing; with SIG_DFL, Python complains about a signal that is pending when it is set."""
