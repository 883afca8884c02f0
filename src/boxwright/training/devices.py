"""Threads and worker processes."""

import os

MOST_WORKERS = 8


def default_workers(processes: int = 1) -> int:
    """Chooses how many processes load images for each training process.

    The network computes in the main process, so on a machine of few cores one loader is enough.

    Args:
        processes: Training processes on this machine.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(MOST_WORKERS, cores // processes - 1))


def process_rank() -> int:
    """Gives the place of this process in a distributed training, as launchers say it, before it has begun."""
    names = ("RANK", "LOCAL_RANK", "SLURM_PROCID")
    return next((int(os.environ[name]) for name in names if name in os.environ), 0)
