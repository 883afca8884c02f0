"""The most memory that this process has held."""

from pathlib import Path

STATUS = Path("/proc/self/status")


def peak_memory() -> int | None:
    """Gives the most bytes that this process has held in memory, or None where the system does not say.

    What its parent held does not count, unlike in `resource.getrusage`.
    """
    try:
        lines = STATUS.read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), None)
