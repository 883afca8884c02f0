"""Two processes of one machine that are copies of one which has loaded everything."""

import json
import multiprocessing
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.strategies.launchers import subprocess_script
from tests.unpainted import leave_process_unpainted

from boxwright.cli.failure import explain_failure
from boxwright.cli.main import main
from boxwright.errors import Terminated
from boxwright.training import train

FORK = multiprocessing.get_context("fork")
SMALLEST: dict[str, Any] = {
    "system": "retinanet_r18",
    "system_options": {"backbone": "test_resnet", "width": 32, "depth": 0},
    "canvas": 64,
    "batch_size": 4,
    "workers": 0,
    "logger": "csv",
    "accelerator": "cpu",
}
TOLD = 4  # times that a training is told to end


def port() -> int:
    """Finds one that is free."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def two(work: Callable[..., None], *given: Any) -> None:
    """Lets two processes do something together, as a launcher starts them; prints how they ended."""
    leave_process_unpainted()
    place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port()), "NODE_RANK": "0", "WORLD_SIZE": "2"}
    processes = [FORK.Process(target=_in_place, args=(rank, place, work, given)) for rank in (0, 1)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    print(json.dumps([[process.pid, process.exitcode] for process in processes]))


def _in_place(rank: int, place: Mapping[str, str], work: Callable[..., None], given: tuple[Any, ...]) -> None:
    os.environ.update({**place, "LOCAL_RANK": str(rank)})
    try:
        work(rank, *given)
    except KeyboardInterrupt as ended:
        sys.exit(128 + (signal.SIGTERM if isinstance(ended, Terminated) else signal.SIGINT))
    except Exception as error:
        print(f"boxwright: {explain_failure(error) or repr(error)}", file=sys.stderr, flush=True)
        sys.exit(1)


class _Once(Callback):
    """Does something in the second epoch, and notes when."""

    def __init__(self, what: Callable[[], object], noted: Path) -> None:
        self._what, self._noted = what, noted

    def on_train_epoch_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        if trainer.current_epoch == 1:
            self._noted.write_text(str(time.monotonic()))
            self._what()


def failing(rank: int, data: str, output: str, fault: str) -> None:
    """Trains until something happens to one of the two processes."""

    def happens() -> None:
        if fault == "broken image" and rank == 0:
            (Path(data) / "train" / "1.png").write_bytes(b"broken")
        if fault == "memory" and rank == 1:
            resource.setrlimit(resource.RLIMIT_AS, (2**20, resource.RLIM_INFINITY))
        if fault == "disk" and rank == 0:
            with suppress(OSError), (Path(output) / "filler").open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(2**12))

    noted = Path(data) / f"began-{rank}"
    options = {**SMALLEST, "cache": None, "augmentation": {"mosaic": 0.0}, "callbacks": [_Once(happens, noted)]}
    train(data, epochs=3, output=output, name="run", devices=2, strategy="ddp", **options)


def going_on(run: str) -> None:
    """Takes one more batch in one process."""

    class StopsSoon(Callback):
        def on_train_batch_start(self, trainer: lightning.Trainer, *_: object) -> None:
            trainer.should_stop = True

    leave_process_unpainted()
    train(resume=run, devices=1, strategy="auto", callbacks=[StopsSoon()])


def told_to_end(rank: int, data: str, output: str) -> None:
    """Is told to end several times, now the one process and now the other, at any moment."""

    class Tells(Callback):
        def __init__(self, number: int) -> None:
            self._number = number

        def on_fit_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
            if trainer.global_rank == self._number % 2:
                kind = signal.SIGINT if self._number % 3 == 0 else signal.SIGTERM
                delay = random.Random(self._number).random() * self._number / 5
                threading.Timer(delay, os.kill, (os.getpid(), kind)).start()

    begins = {"data": data, "epochs": 999, "output": output, "name": "run", "devices": 2, "strategy": "ddp", **SMALLEST}
    ends = []
    for number in range(TOLD):
        try:
            train(callbacks=[Tells(number)], **({"resume": f"{output}/run"} if number else begins))
        except KeyboardInterrupt as ended:
            ends.append("terminated" if isinstance(ended, Terminated) else "interrupted")
    Path(output, f"ends-{rank}.json").write_text(json.dumps(ends))


def reading(rank: int, data: str, output: str) -> None:
    """Trains with cached images, and notes which files of the data were opened, and what the cache takes."""
    opened: list[str] = []

    def heard(event: str, given: tuple[Any, ...]) -> None:
        if event == "open" and str(given[0]).startswith(data):
            opened.append(os.path.relpath(str(given[0]), data))

    sys.addaudithook(heard)

    class Looks(Callback):
        def on_train_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
            trainer.strategy.barrier()
            found = {"opened": opened, "share": _proportional("memfd:boxwright")}
            Path(output, f"reading-{rank}.json").write_text(json.dumps(found))
            trainer.strategy.barrier()

    train(
        data,
        epochs=1,
        output=output,
        name="run",
        devices=2,
        strategy="ddp",
        cache="ram",
        check_images="headers",
        callbacks=[Looks()],
        **SMALLEST,
    )


def _proportional(name: str) -> int:
    """Gives the kilobytes that mappings of a name take, each page divided by the processes that have it."""
    total, is_named = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        word = line.split()[0]
        if not word.endswith(":"):
            is_named = name in line
        elif is_named and word == "Pss:":
            total += int(line.split()[1])
    return total


class Reserve:
    """A process that waits to be the one that Lightning starts: it is there at once, and a child as any other."""

    def __init__(self, *words: str) -> None:
        listens, self._speaks = FORK.Pipe()
        self._process = FORK.Process(target=self._run, args=(listens, words))
        self._process.start()

    def __call__(self, _command: object, *, env: dict[str, str], cwd: object = None) -> "Reserve":
        """Begins, as `subprocess.Popen` does."""
        self._speaks.send(env)
        return self

    @staticmethod
    def _run(listens: Any, words: tuple[str, ...]) -> None:
        os.environ.update(listens.recv())
        sys.exit(main(list(words)))

    @property
    def pid(self) -> int | None:
        """Its number."""
        return self._process.pid

    def poll(self) -> int | None:
        """Tells how it ended."""
        return self._process.exitcode

    def wait(self, timeout: float) -> None:
        """Waits for its end."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("", timeout)

    def kill(self) -> None:
        """Ends it."""
        self._process.kill()


def launching(*words: str) -> None:
    """Runs the command line; the second process is one that waits."""
    torch.set_num_threads(1)
    leave_process_unpainted()
    reserve = Reserve(*words)

    class Starts:
        Popen = staticmethod(reserve)

    subprocess_script.subprocess = Starts  # type: ignore[attr-defined]
    sys.exit(main(list(words)))
