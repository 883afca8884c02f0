"""Killing a training in the middle of an epoch, and going on."""

import csv
import signal
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

TINY = "--canvas 64 --batch_size 2 --epochs 3 --workers 1 --logger csv --log-objects csv --accelerator cpu"
TINY += " --augmentation.multi_scale 0.5"  # canvases of 32, 64 and 96, the same after the end

# the whole command line, but the process ends itself in the second epoch, before its third batch
ENDED = """
import multiprocessing, os, signal, subprocess, sys
from boxwright.cli.main import main
from boxwright.training.module import TrainingModule

step = TrainingModule.training_step

def training_step(module, batch, batch_idx):
    if (module.current_epoch, batch_idx) == (1, 2):
        {act}
    step(module, batch, batch_idx)

TrainingModule.training_step = training_step
sys.exit(main(sys.argv[1:]))
"""


def _rows(run: Path) -> list[dict[str, str]]:
    with (run / "metrics.csv").open() as file:
        return list(csv.DictReader(file))


def _weights(path: Path) -> dict[str, torch.Tensor]:
    return load_file(path)


@pytest.mark.slow
def test_a_killed_training_goes_on_as_if_nothing_had_happened(
    loaded_python, boxwright, tiny_data: Path, tmp_path: Path
) -> None:
    flags = ["train", "--data", tiny_data, "--output", tmp_path, *TINY.split()]
    assert boxwright(*flags, "--name", "whole").returncode == 0
    killed = loaded_python.run(
        "-c", ENDED.format(act="os.kill(os.getpid(), signal.SIGKILL)"), *flags, "--name", "killed"
    )
    assert killed.returncode == -signal.SIGKILL
    whole, run = tmp_path / "whole", tmp_path / "killed"
    assert [row["epoch"] for row in _rows(run)] == ["1"]
    objects = (run / "objects" / "0.csv").read_bytes()
    assert (whole / "objects" / "0.csv").read_bytes().startswith(objects), "whole rows, up to the last step"
    assert {line.split(b",")[1] for line in objects.splitlines()[1:]} >= {b"5", b"6"}, "of the second epoch too"
    resumed = boxwright("train", "--resume", run)
    assert resumed.returncode == 0, resumed.stderr
    assert "goes on after epoch 1" in resumed.stdout

    assert [row["epoch"] for row in _rows(run)] == ["1", "2", "3"]
    for name in ("box", "class", "dfl", "ap", "lr", "without_positive", "positives", "positives_small"):
        assert [row[name] for row in _rows(run)] == [row[name] for row in _rows(whole)]
    for name in ("best.safetensors", "last.safetensors"):
        one, other = _weights(whole / "weights" / name), _weights(run / "weights" / name)
        assert all(torch.equal(one[key], other[key]) for key in one)
    states = [torch.load(path / "checkpoints" / "last.ckpt", weights_only=True) for path in (whole, run)]
    assert states[0]["average"]["updates"] == states[1]["average"]["updates"]
    assert states[0]["epoch"] == states[1]["epoch"] == 2
    assert (run / "objects" / "0.csv").read_bytes() == (whole / "objects" / "0.csv").read_bytes()
    assert not list(run.rglob("*.part"))


@pytest.mark.slow
@pytest.mark.parametrize("loaders", [[], ["*[child.pid for child in multiprocessing.active_children()]"]])
def test_a_terminated_training_says_so_and_is_saved_where_it_is(
    loaders: list[str], loaded_python, tiny_data: Path, tmp_path: Path
) -> None:
    """A scheduler may tell the process alone, or those that load the data before it."""
    act = f"subprocess.run(['kill', *map(str, [{', '.join([*loaders, 'os.getpid()'])}])])"
    flags = ["train", "--data", tiny_data, "--output", tmp_path, *TINY.split()]
    ended = loaded_python.run("-c", ENDED.format(act=act), *flags, "--name", "ended")
    assert ended.returncode == 128 + signal.SIGTERM, ended.stderr
    assert "boxwright: terminated. A training goes on with --resume" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "Saved in epoch 2, after 3 batches." in ended.stdout
    state = torch.load(tmp_path / "ended" / "checkpoints" / "last.ckpt", weights_only=True)
    assert (state["epochs_done"], state["batches_done"]) == (1, 3)
