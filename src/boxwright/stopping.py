"""Ending a command from outside: Ctrl-C, SIGTERM, a terminal that is closed."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from boxwright.errors import Terminated

_DEFAULTS = {"SIGINT": signal.default_int_handler, "SIGTERM": signal.SIG_DFL, "SIGHUP": signal.SIG_DFL}
ONE_STROKE = 1.0  # seconds: what comes within them is the same wish
_handlers: list[Callable[[int, FrameType | None], None]] = []  # of the blocks that are `stoppable` now


@dataclass
class Stop:
    """What told the process to end.

    Args:
        error: As it is raised; None as long as nothing told it.
        at: When, of the monotonic clock.
    """

    error: type[KeyboardInterrupt] | None = None
    at: float = 0.0


@contextmanager
def stoppable() -> Iterator[Stop]:
    """Raises `KeyboardInterrupt` or `Terminated` where a signal would end the process, so that it can clean up.

    SIGTERM and SIGHUP end a process at once and leave what is half written. Signals that somebody else handles or
    ignores are left alone, and so are all of them outside of the main thread. A second signal soon after the first
    does not stop the cleaning.
    """
    stop, process = Stop(), os.getpid()

    def end(number: int, _frame: FrameType | None) -> None:
        is_child = os.getpid() != process
        if is_child and number != signal.SIGINT:  # it was forked, and what it does is not ours to clean up
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
            return
        if stop.error is not None and time.monotonic() - stop.at < ONE_STROKE:
            return
        stop.error = KeyboardInterrupt if number == signal.SIGINT else Terminated
        stop.at = time.monotonic()
        if stop.error is Terminated:
            let_loaders_die()
        raise stop.error

    before = {}
    _handlers.append(end)
    for name, default in _DEFAULTS.items():
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is default:
            try:
                before[number] = signal.signal(number, end)
            except ValueError:  # another thread than the main one
                break
    try:
        yield stop
    finally:
        _handlers.remove(end)
        for number, handler in before.items():
            signal.signal(number, handler)


def is_usual(number: int) -> bool:
    """Tells whether a signal does what it does anyhow, or what `stoppable` makes of it: nobody else handles it.

    Args:
        number: Of the signal.
    """
    handler = signal.getsignal(number)
    return handler in (signal.SIG_DFL, signal.default_int_handler, *_handlers)


def let_loaders_die() -> None:
    """Takes away torch's handler, which raises an error for each process that loads data and is ended as well."""
    if sys.platform != "win32":
        signal.signal(signal.SIGCHLD, _let_be)  # with SIG_DFL, Python complains about a signal that is pending


def _let_be(_number: int, _frame: FrameType | None) -> None:
    """Does nothing."""
