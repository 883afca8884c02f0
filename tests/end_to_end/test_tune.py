"""A search over settings: its trials differ, its best one can be trained again, and a killed one goes on."""

import csv
import json
import shlex
import signal
from itertools import pairwise
from pathlib import Path

import pytest
from tests.loaded_python import LoadedPython

TINY = (
    "--canvas 64 --epochs 2 --batch_size 2 --workers 0 --accelerator cpu --trials 3 --prune off "
    "--space.optimization.lr 1e-4..1e-2:log --space.augmentation.mosaic 0,1 --space.system ssd_tiny,yolov5n"
)
FLAGS = ["tune", *TINY.split(), "--logger", ""]

# the whole command line, but the process ends itself in the second epoch of the second trial
KILLED = """
import os, signal, sys
from boxwright.cli.main import main
from boxwright.training.module import TrainingModule

step = TrainingModule.training_step

def training_step(module, batch, batch_idx):
    if module.current_epoch == 1 and "trial-001" in str(module.trainer.default_root_dir):
        os.kill(os.getpid(), signal.SIGKILL)
    step(module, batch, batch_idx)

TrainingModule.training_step = training_step
sys.exit(main(sys.argv[1:]))
"""


def _rows(search: Path) -> list[dict[str, str]]:
    with (search / "trials.csv").open() as file:
        return sorted(csv.DictReader(file), key=lambda row: int(row["trial"]))


def _ap(run: Path) -> float:
    return float(json.loads((run / "report.json").read_text())["ap"])


@pytest.fixture(scope="module")
def searched(tiny_data: Path, tmp_path_factory: pytest.TempPathFactory, loaded_python: LoadedPython) -> Path:
    output = tmp_path_factory.mktemp("searched")
    done = loaded_python.run("-m", "boxwright.cli.main", *FLAGS, "--data", tiny_data, "--output", output)
    assert done.returncode == 0, done.stderr
    assert (output / "tune" / "best.txt").read_text().strip() in done.stdout
    assert (output / "tune" / "trials.db").is_file()
    return output / "tune"


@pytest.mark.slow
def test_trials_differ_and_the_command_of_the_best_one_repeats_it(searched: Path, boxwright) -> None:
    rows = _rows(searched)
    assert [row["state"] for row in rows] == ["complete"] * 3
    assert len({(row["optimization.lr"], row["augmentation.mosaic"], row["system"]) for row in rows}) == 3
    assert len({row["ap"] for row in rows}) > 1
    for row in rows:  # every trial is a run of its own
        run = searched / row["runs"]
        assert repr(_ap(run)) == row["ap"]
        assert (run / "weights" / "best.safetensors").is_file()
    best = max(rows, key=lambda row: float(row["ap"]))
    assert float(best["ap"]) > 0
    (line,) = (searched / "best.txt").read_text().splitlines()
    name, *words = shlex.split(line)
    assert name == "boxwright"
    assert "--optimization.lr" in words
    again = boxwright(*words)
    assert again.returncode == 0, again.stderr
    assert repr(_ap(searched.parent / "tune-best")) == best["ap"]


@pytest.mark.slow
def test_a_killed_search_goes_on_as_if_nothing_had_happened(
    searched: Path, tiny_data: Path, tmp_path: Path, boxwright, loaded_python: LoadedPython
) -> None:
    flags = [*FLAGS, "--data", tiny_data, "--output", tmp_path]
    killed = loaded_python.run("-c", KILLED, *flags)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    gone_on = boxwright(*flags)
    assert gone_on.returncode == 0, gone_on.stderr
    assert "Trial 1 was ended from outside. What it tried is tried again." in gone_on.stdout
    rows, whole = _rows(tmp_path / "tune"), _rows(searched)
    assert [row["state"] for row in rows] == ["complete", "ended", "complete", "complete"]
    assert (tmp_path / "tune" / "trial-001").is_dir()
    settings = ("optimization.lr", "augmentation.mosaic", "system")
    assert [rows[1][name] for name in settings] == [rows[2][name] for name in settings]
    for name in (*settings, "ap"):
        assert [row[name] for row in rows if row["state"] == "complete"] == [row[name] for row in whole]
    once_more = boxwright(*flags)  # nothing is left to do
    assert once_more.returncode == 0
    assert _rows(tmp_path / "tune") == rows
    longer = boxwright(*[3 if before == "--epochs" else word for before, word in pairwise(["", *flags])])
    assert longer.returncode == 2
    assert "is a search with epochs = 2; found 3" in longer.stderr
