"""Reading data once on a machine, for all of its processes."""

import hashlib
import os
import pickle
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from boxwright.data.loading.machine_memory import MachineMemory

Value = TypeVar("Value")
_LOOKS_EVERY = 0.05  # seconds
_ALIGNED = 64  # bytes
_CREDENTIALS = struct.Struct("3i")  # process, user and group
_LENGTH = struct.Struct("Q")


@dataclass(frozen=True, slots=True)
class MachineReading:
    """Lets the first of some processes that asks for something read it, and the others take it over.

    The large arrays of what was read are then in the memory once. The processes find each other by a name in the
    kernel, so nothing is left behind, however they end; if the one that reads ends, another reads. Only Linux has that:
    elsewhere each process reads for itself.

    Args:
        name: Of the training on this machine; the same in its processes, and in no others.
        processes: How many of them are on this machine.
    """

    name: str
    processes: int

    def __call__(self, what: str, read: Callable[[], Value]) -> Value:
        """Gives what was read.

        Args:
            what: Name of it; a process that asks by another one reads for itself.
            read: Reads it; what it gives can be pickled. Every process must ask.

        Returns:
            As of `read`; arrays that are changed are changed in this process only.
        """
        if self.processes == 1 or sys.platform != "linux":
            return read()
        address = f"\0boxwright-{hashlib.sha256(f'{self.name} {what}'.encode()).hexdigest()[:32]}"
        while True:
            own = socket.socket(socket.AF_UNIX)
            try:
                own.bind(address)
            except OSError:  # another one reads, or has read
                own.close()
            else:
                return self._offered(own, read)
            try:
                taken = _taken(address)
            except (PermissionError, FileNotFoundError):  # of another user, or the memory of others is not to be seen
                return read()
            if taken:
                value: Value = taken[0]
                return value
            time.sleep(_LOOKS_EVERY)

    def _offered(self, own: socket.socket, read: Callable[[], Value]) -> Value:
        try:
            own.listen(self.processes)
            offer = _Offer(own, read(), self.processes - 1)
        except BaseException:
            own.close()  # those who wait hear that, and read for themselves
            raise
        value: Value = _unpacked(offer.packed)  # first: once the others have it, what is offered is let go
        threading.Thread(target=offer.serve, name="boxwright-reading", daemon=True).start()
        return value


class _Offer:
    """What was read, kept until all others have it."""

    def __init__(self, own: socket.socket, value: Any, times: int) -> None:
        self._own, self._times = own, times
        buffers: list[pickle.PickleBuffer] = []
        head = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
        parts = [np.frombuffer(buffer.raw(), np.uint8) for buffer in buffers]
        ends = np.cumsum([-(-len(part) // _ALIGNED) * _ALIGNED for part in parts], dtype=np.int64).tolist()
        places = [(start, start + len(part)) for start, part in zip([0, *ends], parts, strict=False)]
        memory = MachineMemory(ends[-1] if ends else 0)
        for (start, end), part in zip(places, parts, strict=True):
            memory.bytes.numpy()[start:end] = part
        self.packed = pickle.dumps((head, places, memory))
        self._kept = (value, memory)  # of which the pickles have the numbers of open files

    def serve(self) -> None:
        with self._own:
            while self._times:
                there, _ = self._own.accept()
                with there, suppress(OSError):  # one that has ended
                    if _is_mine(there):
                        there.sendall(_LENGTH.pack(len(self.packed)) + self.packed)
                        self._times -= len(there.recv(1))
        del self._kept


def _taken(address: str) -> tuple[Any, ...]:
    """Waits for what another process reads; gives it, or nothing if that process ends before.

    Raises:
        PermissionError: It belongs to somebody else.
        FileNotFoundError: That process has ended since, or hides what it has.
    """
    with socket.socket(socket.AF_UNIX) as there:
        try:
            there.connect(address)
            if not _is_mine(there):
                raise PermissionError
            with there.makefile("rb") as file:
                (length,) = _LENGTH.unpack(file.read(_LENGTH.size))
                packed = file.read(length)
        except (ConnectionError, struct.error):
            return ()
        if len(packed) < length:
            return ()
        value = _unpacked(packed)
        with suppress(ConnectionError):
            there.sendall(b"+")
        return (value,)


def _unpacked(packed: bytes) -> Any:
    head, places, memory = pickle.loads(packed)
    view = memory.own_view()
    return pickle.loads(head, buffers=[view[start:end] for start, end in places])


def _is_mine(there: socket.socket) -> bool:
    """Tells whether the process at the other end is of the same user; only then its pickle is taken apart."""
    _, user, _ = _CREDENTIALS.unpack(there.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    return bool(user == os.getuid())
