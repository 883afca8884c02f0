"""How many processes load images, and how many threads work beside a network."""

import os

from boxwright.arguments.possible_values import require_workers

MOST_WORKERS = 8
"""More are not chosen unasked."""


def worker_count(workers: int | None = None, processes: int = 1) -> int:
    """Gives how many processes load images for each process that computes: as many as asked for, or a good number.

    The network computes in the main process, so on a machine of few cores one loader is enough.

    Args:
        workers: What was asked for, or None to choose.
        processes: That compute, on this machine.

    Raises:
        ConfigError: No machine can run so many.
    """
    if workers is not None:
        return require_workers(workers)
    return max(1, min(MOST_WORKERS, _cores() // processes - 1))


def thread_count(workers: int | None = None) -> int:
    """Gives how many threads read, draw and write beside a network: as many as asked for, or two for each core.

    Each waits for its turn a part of the time, and what is done ahead has a bound, so that more of them keep a core
    busy and take none from the network that it could use.

    Args:
        workers: What was asked for, or None to choose.

    Raises:
        ConfigError: No machine can run so many.
    """
    return min(MOST_WORKERS, 2 * _cores()) if workers is None else require_workers(workers)


def _cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
