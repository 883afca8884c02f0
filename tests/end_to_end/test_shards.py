"""Training from packed data, by the command line. That batches are those of the folder is shown by the unit tests."""

from pathlib import Path

import fsspec
import pytest
import yaml

from boxwright.cli.main import main

TINY = "--canvas 64 --batch_size 4 --epochs 1 --workers 0 --logger csv --accelerator cpu"


@pytest.mark.slow
def test_a_training_from_an_object_store(tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOXWRIGHT_SHARD_CACHE", str(tmp_path / "cache"))
    assert main(["pack", str(tiny_data), "packed", "--shard_megabytes", "0.02"]) == 0
    fsspec.filesystem("memory").put("packed", "/store", recursive=True)
    assert main(["train", "--data", "shards:memory://store", "--shard_window", "2", *TINY.split()]) == 0
    settings = yaml.safe_load(Path("runs/train/config.yaml").read_text())
    assert (settings["data"], settings["shard_window"]) == ("shards:memory://store", 2)
    assert len(list(Path("cache").rglob("*.tar"))) == len(list(Path("packed").rglob("*.tar"))) >= 4
    assert len(Path("runs/train/metrics.csv").read_text().splitlines()) == 2
