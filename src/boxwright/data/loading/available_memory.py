"""How much memory this process may still take."""

from pathlib import Path

CONTROL_GROUPS = (
    (Path("/sys/fs/cgroup"), "memory.max", "memory.current", "inactive_file"),
    (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)
"""Where a container has its limit, its use, and what of that is only kept of files: version 2 and version 1."""


def available_memory() -> int | None:
    """Gives the bytes that can be allocated without swapping, or None where the system does not say.

    A container has no more than its limit leaves, however much the machine has.
    """
    of_machine = _of_machine()
    found = [of_machine, *(_of_group(*group) for group in CONTROL_GROUPS)]
    known = [value for value in found if value is not None]
    return None if of_machine is None else min(known)


def _of_machine() -> int | None:
    try:
        return _number_after("MemAvailable:", Path("/proc/meminfo")) * 1024
    except (OSError, StopIteration):
        return None


def _of_group(folder: Path, limit: str, use: str, of_files: str) -> int | None:
    try:
        most = (folder / limit).read_text().strip()
        used = int((folder / use).read_text())
        kept = _number_after(of_files, folder / "memory.stat")
    except (OSError, StopIteration, ValueError):
        return None
    return max(0, int(most) - used + kept) if most.isdigit() else None


def _number_after(name: str, path: Path) -> int:
    lines = path.read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.split()[:1] == [name])
