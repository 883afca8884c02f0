"""How much memory this process may still take."""

from pathlib import Path

CONTROL_GROUPS = (
    (Path("/sys/fs/cgroup"), "", "memory.max", "memory.current", "inactive_file"),
    (Path("/sys/fs/cgroup/memory"), "memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)
"""Where groups of processes are, by what name their controller goes, and in which files a group has its limit, its use,
and what of that is only kept of files: version 2 and version 1."""

OWN_GROUPS = Path("/proc/self/cgroup")
"""Says which groups this process is in."""


def available_memory() -> int | None:
    """Gives the bytes that can be allocated without swapping, or None where the system does not say.

    A container, or a job of a scheduler, has no more than its limit leaves, however much the machine has.
    """
    of_machine = _of_machine()
    found = [of_machine]
    for root, controller, *names in CONTROL_GROUPS:
        found += [_of_group(folder, *names) for folder in _own_folders(root, controller)]
    known = [value for value in found if value is not None]
    return None if of_machine is None else min(known)


def _of_machine() -> int | None:
    try:
        return _number_after("MemAvailable:", Path("/proc/meminfo")) * 1024
    except (OSError, StopIteration):
        return None


def _own_folders(root: Path, controller: str) -> list[Path]:
    """Lists the folders of the group of this process and of the groups around it."""
    try:
        lines = [line.split(":", 2) for line in OWN_GROUPS.read_text().splitlines()]
    except OSError:
        return [root]
    own = root / next((path.lstrip("/") for _, names, path in lines if controller in names.split(",")), "")
    return [each for each in (own, *own.parents) if each.is_relative_to(root)]


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
