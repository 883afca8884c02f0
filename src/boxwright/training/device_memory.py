"""The memory of the device that trains: how much is free, and how much steps take of it."""

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, runtime_checkable

import torch

from boxwright.data.loading.available_memory import available_memory
from boxwright.data.loading.freed_memory import give_freed_memory_back
from boxwright.errors import ConfigError

_STATUS, _CLEAR_PEAK = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_OUT_OF_MEMORY = (
    "out of memory",
    "not enough memory",
    "can't allocate memory",
    "STATUS_ALLOC_FAILED",  # cuDNN's and cuBLAS's
    "Unable to find a valid cuDNN algorithm",
)


@runtime_checkable
class DeviceMemory(Protocol):
    """Measures what steps take.

    Args:
        free: Bytes that are free at the beginning.
        share: How much of these a step may take.
        most_images: Larger batches gain nothing on this device; None for no such limit.
    """

    free: int
    share: float
    most_images: int | None

    def used_by(self, steps: Callable[[], object]) -> int | None:
        """Runs steps and gives the most bytes that they took, or None if the memory was used up."""


class CudaMemory:
    """That of a GPU: what torch reserves counts, with the room for the algorithms of cuDNN.

    Args:
        device: The GPU.
    """

    share = 0.8
    most_images: int | None = None

    def __init__(self, device: torch.device) -> None:
        self.device = device
        _release(device)
        self.free = torch.cuda.mem_get_info(device)[0]
        self._before = torch.cuda.memory_reserved(device)

    def used_by(self, steps: Callable[[], object]) -> int | None:
        """Runs steps and gives the most bytes that they took, or None if the memory was used up."""
        torch.cuda.reset_peak_memory_stats(self.device)
        self._before = min(self._before, torch.cuda.memory_reserved(self.device))  # without what was freed since then
        is_enough = has_enough_for(steps)
        peak = torch.cuda.max_memory_reserved(self.device)
        _release(self.device)
        return max(0, peak - self._before) if is_enough else None


class HostMemory:
    """That of the machine, for a CPU: the peak of what the process holds, as Linux counts it.

    Half of it is left to the processes that load images and to others.

    Raises:
        ConfigError: The system does not say.
    """

    share = 0.5
    most_images: int | None = 16

    def __init__(self) -> None:
        _give_back()
        free = available_memory()
        try:
            _CLEAR_PEAK.write_text("5")  # so Linux forgets the peak
            self._before = _peak()
        except (OSError, StopIteration):
            free = None
        if free is None:
            raise ConfigError("batch_size: auto cannot tell here how much memory a step takes. Give a number.")
        self.free = free

    def used_by(self, steps: Callable[[], object]) -> int | None:
        """Runs steps and gives the most bytes that they took, or None if the memory was used up."""
        _CLEAR_PEAK.write_text("5")
        self._before = min(self._before, _peak())  # without what was freed since then
        is_enough = has_enough_for(steps)
        peak = _peak()
        _give_back()
        return max(0, peak - self._before) if is_enough else None


def memory_of(device: torch.device) -> DeviceMemory:
    """Gives the memory of a device.

    Args:
        device: Where the network computes.

    Raises:
        ConfigError: Nobody can tell what steps take there.
    """
    if device.type == "cuda":
        return CudaMemory(device)
    if device.type == "cpu":
        return HostMemory()
    raise ConfigError(
        f"batch_size: auto measures the memory of a CUDA GPU or of a CPU; the device here is {device.type}. Give a "
        "number."
    )


def has_enough_for(steps: Callable[[], object]) -> bool:
    """Runs steps and tells whether the memory was enough for them; other errors come out.

    Args:
        steps: Without arguments.
    """
    try:
        steps()
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not any(phrase in str(error) for phrase in _OUT_OF_MEMORY):
            raise
        return False
    return True


def _peak() -> int:
    """Gives the most bytes that the process held since that was forgotten."""
    lines = _STATUS.read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def _give_back() -> None:
    gc.collect()
    give_freed_memory_back()


def _release(device: torch.device) -> None:
    gc.collect()
    with torch.cuda.device(device):
        torch.cuda.empty_cache()
