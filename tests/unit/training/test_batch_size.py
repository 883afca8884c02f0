"""The batch size that the memory allows."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.run_files.run_config import read_settings
from boxwright.training import batch_size as subject
from boxwright.training import train
from boxwright.training.batch_size import Trial, divisors, try_sizes

TINY = {"canvas": 64, "workers": 0, "logger": "csv", "accelerator": "cpu", "epochs": 2}


class FakeMemory:
    """Takes so many bytes for a training and for every image, and is used up at some point."""

    share = 0.5
    most_images: int | None = None

    def __init__(self, free: int, of_all: int, of_each: int, sizes: tuple[int, ...] = (1, 2, 4, 8, 16)) -> None:
        self.free, self._taken = free, iter([(size, of_all + size * of_each) for size in sizes])

    def used_by(self, steps: Callable[[], object]) -> int | None:
        steps()
        _, taken = next(self._taken)
        return taken if taken <= self.free else None


@pytest.mark.parametrize(
    ("nominal", "most", "sizes"), [(64, 999, [1, 2, 4, 8, 16, 32, 64]), (64, 7, [1, 2, 4]), (12, 11, [1, 2, 3, 4, 6])]
)
def test_sizes_make_up_the_nominal_batch(nominal: int, most: int, sizes: list[int]) -> None:
    assert divisors(nominal, most) == sizes


def test_sizes_are_tried_until_one_takes_more_than_its_share() -> None:
    tried: list[int] = []
    found = try_sizes([1, 2, 4, 8, 16], FakeMemory(1000, 20, 100), tried.append)
    assert tried == [1, 2, 4, 8]
    assert found == [Trial(1, 120), Trial(2, 220), Trial(4, 420), Trial(8, 820)]


def test_what_the_smaller_sizes_forbid_is_not_tried() -> None:
    """A system may end a process that takes more memory than there is."""
    tried: list[int] = []
    found = try_sizes([1, 2, 4, 8, 16], FakeMemory(900, 0, 100), tried.append)
    assert tried == [1, 2, 4, 8]
    memory = FakeMemory(700, 0, 87, (1, 4))
    memory.share = 1.0
    assert try_sizes([1, 4, 16], memory, tried.append)[-1] == Trial(16, 1392, is_foretold=True)
    assert found[-1] == Trial(8, 800)


def test_memory_that_is_used_up_ends_the_trial() -> None:
    memory = FakeMemory(100, 0, 60)
    memory.share = 1.0
    assert try_sizes([1, 2, 4], memory, lambda size: None) == [Trial(1, 60), Trial(2, None)]


def _rows(run: Path) -> list[dict[str, str]]:
    """Gives the measurements of every epoch, without those of the time."""
    with (run / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    return [{name: row[name] for name in row if not name.startswith("time_") and "second" not in name} for row in rows]


def _same(one: object, other: object) -> bool:
    """Compares what a checkpoint holds, to the last digit."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return one.dtype == other.dtype and torch.equal(one, other)
    return type(one) is type(other) and bool(one == other)


@pytest.mark.parametrize("system", ["yolov8n", "yolov5n"])
def test_nothing_of_the_trial_remains(
    system: str, tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The training with the size that was found is the training with that size given, to the last digit."""
    how = {**TINY, "system": system, "output": tmp_path, "optimization": {"nominal_batch": 64}}
    if system == "yolov5n":  # with a loss that has a state
        how |= {"system_options": {"autobalance": True}, "auto_anchor": "off"}
    monkeypatch.setattr(subject, "memory_of", lambda device: FakeMemory(1000, 20, 100))
    found = train(tiny_data, batch_size="auto", name="found", **how)
    said = "Batch size 4 was chosen: it took 0.00 GB of 0.00 GB of free memory, of which 50% may be used; 8 took"
    assert said in capsys.readouterr().out
    given = train(tiny_data, batch_size=4, name="given", **how)
    first, second = (torch.load(run.directory / "checkpoints/last.ckpt") for run in (found, given))
    for name in ("state_dict", "optimizer_states", "average", "criterion", "random_state"):
        assert _same(first[name], second[name]), name
    assert _rows(found.directory) == _rows(given.directory)
    assert read_settings(found.directory / "config.yaml").batch_size == 4
    train(resume=str(found.directory), epochs=3)  # with the number
    with pytest.raises(ConfigError, match="was trained with batch_size = 4; found auto"):
        train(resume=str(found.directory), batch_size="auto")


def test_a_real_cpu(tiny_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = train(tiny_data, batch_size="auto", output=tmp_path, optimization={"nominal_batch": 64}, **TINY)
    assert read_settings(result.directory / "config.yaml").batch_size == 8
    said = capsys.readouterr().out
    assert "Batch size 8 was chosen: it took 0." in said
    assert "the data has 8 images." in said


def test_not_even_one_image(tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "memory_of", lambda device: FakeMemory(10**9, 6 * 10**8, 0))
    with pytest.raises(ConfigError, match=r"auto found none: 1 took 0.60 GB, of 1.00 GB .* 50% may be used. Make"):
        train(tiny_data, batch_size="auto", output=tmp_path, **TINY)
    assert not list(tmp_path.iterdir())


def test_several_devices(tiny_data: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"auto measures one device; here are 2. Find the number with --devices 1"):
        train(tiny_data, batch_size="auto", devices=2, output=tmp_path, **TINY)
