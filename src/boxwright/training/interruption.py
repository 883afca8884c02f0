"""Ending a training from outside, by Ctrl-C or by SIGTERM."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import lightning

from boxwright.errors import Terminated
from boxwright.stopping import let_loaders_die


@contextmanager
def interruptible(trainer: lightning.Trainer) -> Iterator[None]:
    """Lets Ctrl-C and SIGTERM through as `KeyboardInterrupt` and `Terminated`.

    Lightning ignores Ctrl-C from then on and ends the process; after SIGTERM it ends it at the next batch, with the
    exit code of success. Where the processes that load the data are terminated as well, torch raises an error for each
    of them, at any point of the main process; after `Terminated` it does not any more. Where the caller has a SIGTERM
    handler of its own, that decides; `Terminated` that it raises comes out as such.

    Args:
        trainer: The trainer that runs inside.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed.
        Terminated: The process got SIGTERM while Lightning listened; otherwise the signal does what it does anyhow.
    """
    on_interrupt, is_ours = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    try:
        yield
    except (Exception, SystemExit) as ended:
        if is_ours and trainer.received_sigterm:
            let_loaders_die()
            raise Terminated from ended
        if isinstance(ended, SystemExit) and isinstance(ended.__context__, KeyboardInterrupt):
            if on_interrupt is not None:  # it is None where it is not Python's
                signal.signal(signal.SIGINT, on_interrupt)
            raise type(ended.__context__) from ended
        raise
    if is_ours and trainer.received_sigterm:  # after the last batch
        raise Terminated
