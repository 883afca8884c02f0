"""What becomes of a training of two processes when one of them fails, or is told to end; and what they read."""

import csv
import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from tests.end_to_end.one_machine import SMALLEST, TOLD
from tests.end_to_end.tiny_data import write_tiny_data
from tests.loaded_python import LoadedPython

ROOT = Path(__file__).parents[2]
LIMIT = 600  # seconds, on a machine that is busy
A_MINUTE = 60  # seconds in which all have ended
BATCHES = 2  # of an epoch: 8 images, 4 in a batch
HERE = socket.gethostname()
TWO = "from tests.end_to_end.one_machine import {0}, two; two({0}, *{1!r})"
LAUNCHING = "from tests.end_to_end.one_machine import launching; launching(*{!r})"


def _two(python: LoadedPython, work: str, *given: str) -> tuple[list[list[int]], str]:
    """Runs something of `one_machine` in two processes; gives their numbers and exit codes, and what they said."""
    done = python.run("-c", TWO.format(work, given), folder=ROOT)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stdout + done.stderr


def _goes_on(run: Path, python: LoadedPython) -> None:
    """Takes one more batch in one process, from the last checkpoint, which is whole."""
    state = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)
    assert state["epochs_done"] >= 1
    lacks_validation_only = state["batches_done"] == BATCHES  # then that comes first, and one more epoch is begun
    done = python.run("-c", f"from tests.end_to_end.one_machine import going_on; going_on({str(run)!r})", folder=ROOT)
    assert done.returncode == 0, done.stderr
    epochs = state["epochs_done"] + (2 if lacks_validation_only else 1)
    with (run / "metrics.csv").open() as file:
        assert [int(row["epoch"]) for row in csv.DictReader(file)] == list(range(1, epochs + 1))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "fails", "cause"),
    [
        ("broken image", (0, 1), r"\S*/1\.png\b.*"),
        ("memory", (1,), r".*(alloc|memory).*"),
        ("disk", (0,), r".*No space left on device.*"),
    ],
)
def test_a_process_that_fails_ends_the_training_with_its_name_and_the_cause(
    fault: str, fails: tuple[int, ...], cause: str, tmp_path: Path, loaded_python: LoadedPython
) -> None:
    data = write_tiny_data(tmp_path / "data")
    whole = (data / "train" / "1.png").read_bytes()
    with _disk(tmp_path / "output", "48m" if fault == "disk" else None) as output:
        ended, said = _two(loaded_python, "failing", str(data), str(output), fault)
        assert time.monotonic() - float((data / "began-0").read_text()) < A_MINUTE
        assert [code for _, code in ended] == [1, 1], said
        names = [re.escape(f"Process {rank} (pid {ended[rank][0]} on {HERE})") for rank in fails]
        assert re.search(rf"boxwright: ({'|'.join(names)}) has failed: {cause}Go on with --resume", said), said
        assert re.search(rf"^boxwright: (?!Process){cause}$", said, re.MULTILINE), said
        (data / "train" / "1.png").write_bytes(whole)
        (output / "filler").unlink(missing_ok=True)
        _goes_on(output / "run", loaded_python)


@contextmanager
def _disk(folder: Path, size: str | None) -> Iterator[Path]:
    """Gives a folder, on a disk of its own that is as small as is said."""
    folder.mkdir()
    if size is None:
        yield folder
        return
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("only root can make a small disk, and not in every container")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.slow
def test_two_processes_end_together_whenever_one_is_told_to(tmp_path: Path, loaded_python: LoadedPython) -> None:
    """Ctrl-C or SIGTERM to the one or the other, before, between and in batches, saving and measuring."""
    write_tiny_data(tmp_path / "data")
    ended, said = _two(loaded_python, "told_to_end", str(tmp_path / "data"), str(tmp_path))
    assert [code for _, code in ended] == [0, 0], said
    ends = [json.loads((tmp_path / f"ends-{rank}.json").read_text()) for rank in (0, 1)]
    assert [len(each) for each in ends] == [TOLD, TOLD]
    kinds = ["interrupted" if number % 3 == 0 else "terminated" for number in range(TOLD)]
    for number, kind in enumerate(kinds):  # the other one knows only that it is to end
        assert ends[number % 2][number] == kind


@pytest.mark.slow
def test_data_are_read_once_on_a_machine(tmp_path: Path, loaded_python: LoadedPython) -> None:
    data = write_tiny_data(tmp_path / "data")
    ended, said = _two(loaded_python, "reading", str(data), str(tmp_path))
    assert [code for _, code in ended] == [0, 0], said
    found = [json.loads((tmp_path / f"reading-{rank}.json").read_text()) for rank in (0, 1)]
    opened = next(each["opened"] for each in found if each["opened"])
    assert {"annotations/instances_train.json", "annotations/instances_val.json"} < set(opened)
    assert len({name for name in opened if name.endswith(".png")}) == 8 + 3
    assert [] in [each["opened"] for each in found], "the other one has opened nothing"
    pixels = (8 + 3) * 60 * 64 * 3 / 1024
    assert pixels <= sum(each["share"] for each in found) < 1.7 * pixels, "kilobytes, annotations with them"


@dataclass(frozen=True)
class Pair:
    """A training of two processes, of which the first is a copy of one that has loaded everything."""

    first: int
    second: int
    run: Path
    ended: Callable[[], subprocess.CompletedProcess[str]]


@contextmanager
def _training(folder: Path, python: LoadedPython, *, is_launched: bool = False) -> Iterator[Pair]:
    """Starts a long training of two processes, and waits until an epoch is over.

    The second one is started by Lightning's launcher, or is a copy that waits in its place.
    """
    write_tiny_data(folder / "data")
    words = [f"--system_options.{name}={value}" for name, value in SMALLEST["system_options"].items()]
    words += [f"--{name}={value}" for name, value in SMALLEST.items() if name != "system_options"]
    words = ["train", f"--data={folder / 'data'}", "--epochs=9999", f"--output={folder}", "--name=run", *words]
    words.append("--devices=2")
    start = ["-m", "boxwright.cli.main", *words] if is_launched else ["-c", LAUNCHING.format(words)]
    with python.started(*start, folder=ROOT) as (first, ended):
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
    until = time.monotonic() + A_MINUTE
    while not _is_gone(process):
        assert time.monotonic() < until
        time.sleep(0.2)


def _is_gone(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.slow
def test_a_training_that_is_terminated_leaves_no_process(tmp_path: Path, loaded_python: LoadedPython) -> None:
    with _training(tmp_path, loaded_python, is_launched=True) as pair:
        os.kill(pair.first, signal.SIGTERM)
        _wait_for_the_end_of(pair.first)
        assert _is_gone(pair.second)
        assert pair.ended().returncode == 143, pair.ended()
    _goes_on(pair.run, loaded_python)


@pytest.mark.slow
def test_a_process_that_is_killed_ends_the_training_and_is_named(tmp_path: Path, loaded_python: LoadedPython) -> None:
    with _training(tmp_path, loaded_python) as pair:
        os.kill(pair.second, signal.SIGKILL)
        _wait_for_the_end_of(pair.first)
        ended = pair.ended()
        said = ended.stdout + ended.stderr
        assert ended.returncode == 1, said
        assert f"boxwright: Process 1 (pid {pair.second} on {HERE}) was killed by SIGKILL" in said
        assert "Traceback" not in said
    _goes_on(pair.run, loaded_python)


@pytest.mark.slow
def test_the_first_process_that_is_killed_ends_the_others(tmp_path: Path, loaded_python: LoadedPython) -> None:
    with _training(tmp_path, loaded_python) as pair:
        os.kill(pair.first, signal.SIGKILL)
        _wait_for_the_end_of(pair.second)
        ended = pair.ended()
        said = ended.stdout + ended.stderr
        assert f"(pid {pair.first} on {HERE}) is gone without a word" in said
    _goes_on(pair.run, loaded_python)
