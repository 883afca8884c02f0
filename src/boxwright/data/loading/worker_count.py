"""How many processes load images."""

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
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(MOST_WORKERS, cores // processes - 1))
