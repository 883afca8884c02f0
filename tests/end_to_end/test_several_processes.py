"""Trainings of two real processes against one."""

import csv
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning
import pytest
import torch
from lightning.pytorch.callbacks import Callback
from safetensors.torch import load_file
from tests.end_to_end.conftest import ENVIRONMENT
from tests.end_to_end.several_processes import SYSTEMS
from tests.end_to_end.tiny_data import write_tiny_data
from tests.loaded_python import LoadedPython

from boxwright.training import train

ROOT = Path(__file__).parents[2]
SCRIPT = "tests.end_to_end.several_processes"
LOSSES = ("box", "class", "dfl", "objectness", "mask", "centreness")
LIMIT = 600  # seconds, on a machine that is busy
ALONE = """
from pathlib import Path
from boxwright import train
from tests.end_to_end.several_processes import COMMON, equal_steps
train({data!r}, epochs=1, output={two!r}, name="begun_alone", canvas=64, batch_size=4, **COMMON)
equal_steps(Path({data!r}), Path({one!r}))
"""


def _port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def _started(commands: Sequence[list[Any]], environments: Sequence[dict[str, str]]) -> Iterator[list[Any]]:
    """Starts processes, each in a session of its own, and leaves none behind."""
    running = [
        subprocess.Popen(
            [sys.executable, *(str(word) for word in command)],
            env={**ENVIRONMENT, **environment},
            cwd=ROOT,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        for command, environment in zip(commands, environments, strict=True)
    ]
    try:
        yield running
    finally:
        for process in running:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            if process.stdout is not None:
                process.stdout.close()
            process.wait()


def _rows(run: Path) -> list[dict[str, str]]:
    with (run / "metrics.csv").open() as file:
        return list(csv.DictReader(file))


def _odd_data(root: Path) -> None:
    """Seven images to train on and five to measure on; objects are in the first two only."""
    write_tiny_data(root, train=7, val=5)
    path = root / "annotations" / "instances_train.json"
    document = json.loads(path.read_text())
    document["annotations"] = [each for each in document["annotations"] if each["image_id"] <= 2]
    path.write_text(json.dumps(document))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, loaded_python: LoadedPython) -> Path:
    """The trainings of two machines of one process each, which torchrun starts, and those of one process."""
    root = tmp_path_factory.mktemp("several")
    data, two = write_tiny_data(root / "data", masks=True), root / "two"
    _odd_data(root / "odd")
    alone = loaded_python.run("-c", ALONE.format(data=str(data), one=str(root / "one"), two=str(two)), folder=ROOT)
    assert alone.returncode == 0, alone.stderr
    launch = ["-m", "torch.distributed.run", "--nnodes", 2, "--nproc_per_node", 1, "--rdzv_backend", "static"]
    launch += ["--master_addr", "127.0.0.1", "--master_port", _port()]
    work = ["-m", SCRIPT, data, two, "devices=1", "nodes=2", "equal_steps", "shared_numbers", "going_on"]
    with _started([[*launch, "--node_rank", node, *work] for node in (0, 1)], [{}, {}]) as machines:
        said = [machine.communicate(timeout=LIMIT)[0] for machine in machines]
    assert [machine.returncode for machine in machines] == [0, 0], said
    assert not re.search("epoch|The run is in", said[1]), "the first process alone speaks"
    return root


@pytest.mark.slow
@pytest.mark.parametrize("system", SYSTEMS)
def test_two_processes_learn_what_one_learns(system: str, runs: Path) -> None:
    """In float64, where six steps move weights by up to 1: losses to the last digit written, weights to 1e-9."""
    one, two = runs / "one" / system, runs / "two" / system
    of_one, of_two = _rows(one), _rows(two)
    losses = [name for name in of_one[0] if name in LOSSES]
    assert len(losses) >= 2
    assert [[row[name] for name in losses] for row in of_two] == [[row[name] for name in losses] for row in of_one]
    beginning = torch.load(runs / "one" / f"{system}.pt", weights_only=True)
    weights, others = (torch.load(run / "checkpoints" / "last.ckpt", weights_only=True) for run in (one, two))
    assert max((value - beginning[name]).abs().max() for name, value in weights["state_dict"].items()) > 0.1
    for name, value in weights["state_dict"].items():
        torch.testing.assert_close(others["state_dict"][name], value, rtol=1e-9, atol=1e-9, msg=name)
    kept, shared = (state["criterion"] for state in (weights, others))
    if system == "yolov5n":
        for name, part in kept.items():
            torch.testing.assert_close(shared[name]["weights"], part["weights"])


@pytest.mark.slow
def test_one_process_makes_the_run_directory(runs: Path) -> None:
    assert sorted(path.name for path in (runs / "two").iterdir() if path.is_dir()) == sorted(
        [*SYSTEMS, "odd", "begun_alone"]
    )


@pytest.mark.slow
def test_what_is_measured_is_what_the_file_holds(runs: Path) -> None:
    first, second = (torch.load(runs / "two" / f"{rank}.pt", weights_only=True) for rank in (0, 1))
    saved = load_file(runs / "two" / "odd" / "weights" / "last.safetensors")
    for name, value in first["weights"].items():
        assert torch.equal(second["weights"][name], value), name
        assert torch.equal(saved[name], value), name
    assert torch.equal(*(each["balance"]["objectness"]["weights"] for each in (first, second)))


@pytest.mark.slow
def test_every_image_is_measured_once(runs: Path) -> None:
    report = json.loads((runs / "two" / "odd" / "report.json").read_text())
    assert report["num_images"] == 5


@pytest.mark.slow
def test_a_run_goes_on_with_more_processes_and_with_fewer(runs: Path, tmp_path: Path) -> None:
    assert [row["epoch"] for row in _rows(runs / "two" / "begun_alone")] == ["1", "2"]
    run = shutil.copytree(runs / "two" / "odd", tmp_path / "odd")  # other tests look at it as it is
    train(resume=run, epochs=3, devices=1, nodes=1, strategy="auto")
    assert [row["epoch"] for row in _rows(run)] == ["1", "2", "3"]


FLAGS = ["--canvas", 64, "--batch_size", 4, "--workers", 0, "--logger", "csv", "--accelerator", "cpu", "--devices", 2]


BATCHES = 2  # of an epoch: 8 images, 4 in a batch


@dataclass(frozen=True)
class Pair:
    """A training of two processes, of which the first is a copy of one that has loaded everything."""

    first: int
    second: int
    run: Path
    ended: Callable[[], subprocess.CompletedProcess[str]]


@contextmanager
def _training(folder: Path, python: LoadedPython) -> Iterator[Pair]:
    """Starts a long training of two processes by Lightning's launcher, and waits until an epoch is over."""
    write_tiny_data(folder / "data")
    words = ["train", "--data", folder / "data", "--epochs", 9999, "--output", folder, "--name", "run", *FLAGS]
    with python.started("-m", "boxwright.cli.main", *words, folder=ROOT) as (first, ended):
        try:
            until = time.monotonic() + LIMIT
            while not (folder / "run" / "checkpoints" / "last.ckpt").exists():
                assert not _is_gone(first), ended()
                assert time.monotonic() < until
                time.sleep(0.2)
            children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
            yield Pair(first, int(children[0]), folder / "run", ended)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(first, signal.SIGKILL)


def _wait_for_the_end_of(process: int) -> None:
    until = time.monotonic() + 60
    while not _is_gone(process):
        assert time.monotonic() < until
        time.sleep(0.2)


def _is_gone(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def _goes_on(run: Path) -> None:
    state = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)
    assert state["epochs_done"] >= 1
    lacks_validation_only = state["batches_done"] == BATCHES  # then that comes first, and one more epoch is begun
    train(resume=run, devices=1, callbacks=[_StopsSoon()])
    epochs = state["epochs_done"] + (2 if lacks_validation_only else 1)
    assert [int(row["epoch"]) for row in _rows(run)] == list(range(1, epochs + 1))


class _StopsSoon(Callback):
    def on_train_batch_start(self, trainer: lightning.Trainer, *_: object) -> None:
        trainer.should_stop = True


@pytest.mark.slow
def test_a_training_that_is_terminated_leaves_no_process(tmp_path: Path, loaded_python: LoadedPython) -> None:
    with _training(tmp_path, loaded_python) as pair:
        os.kill(pair.first, signal.SIGTERM)
        _wait_for_the_end_of(pair.first)
        assert _is_gone(pair.second)
        assert pair.ended().returncode == 143, pair.ended()
        _goes_on(pair.run)


@pytest.mark.slow
def test_a_process_that_is_killed_ends_the_training_and_is_named(tmp_path: Path, loaded_python: LoadedPython) -> None:
    with _training(tmp_path, loaded_python) as pair:
        os.kill(pair.second, signal.SIGKILL)
        _wait_for_the_end_of(pair.first)
        ended = pair.ended()
        said = ended.stdout + ended.stderr
        assert ended.returncode == 1, said
        assert f"boxwright: Process 1 (pid {pair.second} on {socket.gethostname()}) was killed by SIGKILL" in said
        assert "Traceback" not in said
        _goes_on(pair.run)


@pytest.mark.slow
def test_the_first_process_that_is_killed_ends_the_others(tmp_path: Path, loaded_python: LoadedPython) -> None:
    with _training(tmp_path, loaded_python) as pair:
        os.kill(pair.first, signal.SIGKILL)
        _wait_for_the_end_of(pair.second)
        ended = pair.ended()
        said = ended.stdout + ended.stderr
        assert f"(pid {pair.first} on {socket.gethostname()}) is gone without a word" in said
        _goes_on(pair.run)
