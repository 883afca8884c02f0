"""Loggers by name."""

from pathlib import Path

import pytest

from boxwright.errors import MissingExtraError
from boxwright.run_files.run_directory import RunDirectory
from boxwright.training import loggers


def test_tensorboard_writes_into_the_run(tmp_path: Path) -> None:
    built = loggers.build_loggers(["csv", "tensorboard"], RunDirectory(tmp_path))
    assert [Path(one.log_dir) for one in built] == [tmp_path / "tensorboard"]


def test_csv_needs_no_logger(tmp_path: Path) -> None:
    assert loggers.build_loggers(["csv"], RunDirectory(tmp_path)) == []


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch) -> None:
    def missing(**_: object) -> None:
        raise ModuleNotFoundError("No module named 'wandb'")

    monkeypatch.setattr(loggers, "WandbLogger", missing)
    with pytest.raises(MissingExtraError, match="wandb needs a package that is not installed"):
        loggers.build_loggers(["wandb"], RunDirectory(tmp_path))
