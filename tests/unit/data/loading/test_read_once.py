"""One process of a machine reads, the others take it over."""

import multiprocessing
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from boxwright.data.loading import read_once
from boxwright.data.loading.machine_memory import MachineMemory
from boxwright.data.loading.read_once import MachineReading
from boxwright.errors import DataError

_FORK = multiprocessing.get_context("fork")
_Found = dict[str, Any]


def _value() -> dict[str, Any]:
    memory = MachineMemory(4)
    memory.bytes[0] = 7
    return {"numbers": np.arange(1000), "none": np.zeros((0, 2)), "pixels": memory, "names": ("a", "b")}


def _in_processes(folder: Path, work: Callable[[int, Callable[[], None]], None], number: int = 3) -> int:
    """Lets processes do something at once; gives how often they said that they read."""

    def note() -> None:
        (folder / f"{os.getpid()}-{time.monotonic_ns()}").touch()
        time.sleep(0.3)  # the others come meanwhile

    processes = [_FORK.Process(target=work, args=(rank, note)) for rank in range(number)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert {process.exitcode for process in processes} <= {0, 9}
    return len(list(folder.iterdir()))


def test_one_process_reads_and_all_have_it(tmp_path: Path) -> None:
    name = str(tmp_path)
    (seen := tmp_path / "seen").mkdir()
    (done := tmp_path / "done").mkdir()

    def work(rank: int, note: Callable[[], None]) -> None:
        def read() -> dict[str, Any]:
            note()
            return _value()

        found = MachineReading(name, 3)("data", read)
        assert found["numbers"].tolist() == list(range(1000))
        assert found["none"].shape == (0, 2)
        assert found["names"] == ("a", "b")
        found["numbers"][0] = rank + 5  # for itself
        found["pixels"].bytes[rank + 1] = 1  # for all
        (done / str(rank)).touch()
        while len(list(done.iterdir())) < 3:
            time.sleep(0.01)
        assert found["numbers"][0] == rank + 5
        assert found["pixels"].bytes.tolist() == [7, 1, 1, 1]

    assert _in_processes(seen, work) == 1


def test_another_reads_if_the_one_that_reads_ends(tmp_path: Path) -> None:
    (seen := tmp_path / "seen").mkdir()
    (done := tmp_path / "done").mkdir()
    first = tmp_path / "first"

    def work(rank: int, note: Callable[[], None]) -> None:
        def read() -> int:
            note()
            try:
                first.mkdir()
            except FileExistsError:
                return 3
            os._exit(9)

        assert MachineReading(str(tmp_path), 3)("data", read) == 3
        (done / str(rank)).touch()
        while len(list(done.iterdir())) < 2:
            time.sleep(0.01)

    assert _in_processes(seen, work) == 2


def test_what_is_wrong_with_the_data_is_said_to_every_process(tmp_path: Path) -> None:
    (seen := tmp_path / "seen").mkdir()

    def work(_rank: int, note: Callable[[], None]) -> None:
        def read() -> None:
            note()
            raise DataError("broken")

        with pytest.raises(DataError, match="broken"):
            MachineReading(str(tmp_path), 2)("data", read)

    assert _in_processes(seen, work, 2) == 2


def test_one_process_reads_for_itself_and_so_does_one_that_asks_for_something_else(tmp_path: Path) -> None:
    value = _value()
    assert MachineReading("", 1)("data", lambda: value) is value
    reading = MachineReading(str(tmp_path), 2)
    assert reading("data", lambda: 1) == 1
    assert reading("other data", lambda: 2) == 2
    assert reading("data", lambda: 3) == 1


def test_it_has_it_before_it_gives_it_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that is as fast as can be: what is offered is gone when it ends."""

    class AtOnce:
        def __init__(self, target: Callable[[], None], **_: object) -> None:
            self.start = target

    monkeypatch.setattr(read_once.threading, "Thread", AtOnce)

    def gone(offer: Any) -> None:
        offer._own.close()
        del offer._kept

    monkeypatch.setattr(read_once._Offer, "serve", gone)
    found = MachineReading(str(tmp_path), 2)("data", _value)
    assert found["pixels"].bytes[0] == 7


def test_what_another_user_offers_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reading = MachineReading(str(tmp_path), 2)
    assert reading("data", lambda: 1) == 1
    monkeypatch.setattr(read_once, "_is_mine", lambda _: False)
    assert reading("data", lambda: 3) == 3
