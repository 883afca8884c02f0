"""Memory that several processes of a machine have together."""

import mmap
import os
import sys
import weakref
from typing import Any

import torch


class MachineMemory:
    """Bytes that every process of the machine can map which gets them, pickled or by fork.

    They have no name in any file system and no limit but the memory, and are given back when the last process that has
    mapped them ends, however it ends. Pickled, this is the way to the bytes; whoever takes the pickle apart, as long as
    the process that made it lives, maps the same ones. Where the system cannot do that, torch's rules for tensors hold.

    Args:
        size: Number of bytes; they are 0.
    """

    def __init__(self, size: int) -> None:
        if sys.platform != "linux":
            self.bytes = torch.zeros(size, dtype=torch.uint8)
            return
        file = os.memfd_create("boxwright")
        os.ftruncate(file, max(size, 1))
        self._map(file, size)

    def __len__(self) -> int:
        """Number of bytes."""
        return len(self.bytes)

    def own_view(self) -> memoryview:
        """Gives the bytes so that a change of them stays in this process; what is not changed takes no memory."""
        if sys.platform != "linux":
            return memoryview(self.bytes.clone().numpy())
        return memoryview(mmap.mmap(self._file, max(len(self), 1), access=mmap.ACCESS_COPY))

    def __reduce__(self) -> tuple[Any, ...]:
        """Gives the way to the bytes."""
        if sys.platform != "linux":
            return _from_tensor, (self.bytes,)
        return _from_process, (os.getpid(), self._file, len(self))

    def _map(self, file: int, size: int) -> None:
        self._file = file
        weakref.finalize(self, os.close, file)
        self.bytes = torch.frombuffer(mmap.mmap(file, max(size, 1)), dtype=torch.uint8)[:size]


def _from_process(process: int, file: int, size: int) -> MachineMemory:
    memory = MachineMemory.__new__(MachineMemory)
    memory._map(os.open(f"/proc/{process}/fd/{file}", os.O_RDWR), size)
    return memory


def _from_tensor(tensor: torch.Tensor) -> MachineMemory:
    memory = MachineMemory.__new__(MachineMemory)
    memory.bytes = tensor
    return memory
