"""Trainings of two real processes against one, on two machines."""

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from tests.end_to_end.conftest import ENVIRONMENT
from tests.end_to_end.one_machine import port
from tests.end_to_end.several_processes import COUNTS, IMAGES, PACKED, SYSTEMS
from tests.end_to_end.tiny_data import write_tiny_data
from tests.loaded_python import LoadedPython

from boxwright import pack

ROOT = Path(__file__).parents[2]
SCRIPT = "tests.end_to_end.several_processes"
LOSSES = ("box", "class", "dfl", "objectness", "mask", "centreness")
LIMIT = 600  # seconds, on a machine that is busy
ALONE = """
from pathlib import Path
from boxwright import train
from tests.end_to_end.one_machine import SMALLEST
from tests.end_to_end.several_processes import each_once, equal_steps, quick
quick()
train({data!r}, epochs=1, output={two!r}, name="begun_alone", **SMALLEST)
equal_steps(Path({data!r}), Path({one!r}))
each_once(Path({data!r}), Path({one!r}))
"""


@contextmanager
def _started(commands: Sequence[list[Any]]) -> Iterator[list[Any]]:
    """Starts processes, each in a session of its own, and leaves none behind."""
    running = [
        subprocess.Popen(
            [sys.executable, *(str(word) for word in command)],
            env=ENVIRONMENT,
            cwd=ROOT,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        for command in commands
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
    data, two = write_tiny_data(root / "data", train=IMAGES, val=1, masks=True), root / "two"
    _odd_data(root / "odd")
    for count in COUNTS:
        packed = f"count{count}" in PACKED
        folder = write_tiny_data(root / ("folder" if packed else f"count{count}"), train=count, val=count)
        if packed:
            pack(folder, root / f"count{count}", shard_megabytes=0.02)
    alone = loaded_python.run("-c", ALONE.format(data=str(data), one=str(root / "one"), two=str(two)), folder=ROOT)
    assert alone.returncode == 0, alone.stderr
    launch = ["-m", "torch.distributed.run", "--nnodes", 2, "--nproc_per_node", 1, "--rdzv_backend", "static"]
    launch += ["--master_addr", "127.0.0.1", "--master_port", port()]
    work = ["-m", SCRIPT, data, two, "devices=1", "nodes=2", "equal_steps", "each_once", "shared_numbers", "going_on"]
    with _started([[*launch, "--node_rank", node, *work] for node in (0, 1)]) as machines:
        said = [machine.communicate(timeout=LIMIT)[0] for machine in machines]
    assert [machine.returncode for machine in machines] == [0, 0], said
    assert not re.search("epoch|The run is in", said[1]), "the first process alone speaks"
    return root


def _are_equal(runs: Path, name: str) -> dict[str, Any]:
    """Compares two trainings: losses to the last digit written, weights to 1e-10; gives the states of the criteria."""
    one, two = runs / "one" / name, runs / "two" / name
    of_one, of_two = _rows(one), _rows(two)
    losses = [column for column in of_one[0] if column.removeprefix("val_").removeprefix("one_") in LOSSES]
    assert len(losses) >= 4
    assert [[row[name] for name in losses] for row in of_two] == [[row[name] for name in losses] for row in of_one]
    beginning = torch.load(runs / "one" / f"{name}.pt", weights_only=True)
    weights, others = (torch.load(run / "checkpoints" / "last.ckpt", weights_only=True) for run in (one, two))
    trained = [name for name in beginning if name.startswith("detector.") and name.endswith((".weight", ".bias"))]
    assert max((weights["state_dict"][name] - beginning[name]).abs().max() for name in trained) > 0.002
    for name, value in weights["state_dict"].items():
        torch.testing.assert_close(others["state_dict"][name], value, rtol=1e-9, atol=1e-10, msg=name)
    return {"one": weights["criterion"], "two": others["criterion"]}


@pytest.mark.slow
@pytest.mark.parametrize("system", SYSTEMS)
def test_two_processes_learn_what_one_learns(system: str, runs: Path) -> None:
    """In float64; of the last batch, which is one image, one process has nothing."""
    kept = _are_equal(runs, system)
    if system == "yolov5n":
        for name, part in kept["one"].items():
            torch.testing.assert_close(kept["two"][name]["weights"], part["weights"])


@pytest.mark.slow
@pytest.mark.parametrize("count", COUNTS)
def test_each_image_is_learned_from_once_and_measured_once(count: int, runs: Path) -> None:
    """And counts as much as it does in one process, however the images divide, from shards too."""
    name = f"count{count}"
    _are_equal(runs, name)
    for kind, processes in (("one", 1), ("two", 2)):
        parts = [json.loads((runs / kind / f"{name}-{rank}.json").read_text()) for rank in range(processes)]
        for seen in zip(*parts, strict=True):  # learned, measured
            assert sorted(image for part in seen for image in part) == list(range(1, count + 1))
    report = json.loads((runs / "two" / name / "report.json").read_text())
    assert report["num_images"] == count


@pytest.mark.slow
def test_one_process_makes_the_run_directory(runs: Path) -> None:
    assert sorted(path.name for path in (runs / "two").iterdir() if path.is_dir()) == sorted(
        [*SYSTEMS, *(f"count{count}" for count in COUNTS), "odd", "begun_alone"]
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
def test_gradients_travel_when_a_step_follows_and_not_before(runs: Path) -> None:
    """Four batches in each of two epochs, and a step after every second."""
    for rank in (0, 1):
        travels = torch.load(runs / "two" / f"{rank}.pt", weights_only=True)["travels"]
        assert [number > 0 for number in travels] == [False, True] * 4


@pytest.mark.slow
def test_a_run_goes_on_with_more_processes_and_with_fewer(
    runs: Path, tmp_path: Path, loaded_python: LoadedPython
) -> None:
    assert [row["epoch"] for row in _rows(runs / "two" / "begun_alone")] == ["1", "2"]
    run = shutil.copytree(runs / "two" / "odd", tmp_path / "odd")  # other tests look at it as it is
    goes_on = f"from boxwright import train; train(resume={str(run)!r}, epochs=3, nodes=1, strategy='auto')"
    assert loaded_python.run("-c", goes_on).returncode == 0
    assert [row["epoch"] for row in _rows(run)] == ["1", "2", "3"]
