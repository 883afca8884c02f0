"""Loggers by name."""

import importlib.util
from pathlib import Path

import pytest
from lightning.pytorch.loggers import CSVLogger

from boxwright.errors import ConfigError, MissingExtraError
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


def test_mlflow_keeps_its_runs_beside_those_of_boxwright(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[str, object] = {}

    class Noted(loggers.MLFlowLogger):
        def __init__(self, **given: object) -> None:
            made.update(given)

    monkeypatch.setattr(loggers, "MLFlowLogger", Noted)
    monkeypatch.delenv(loggers.MLFLOW_ADDRESS, raising=False)
    loggers.build_loggers(["mlflow"], RunDirectory(tmp_path / "runs" / "train"))
    assert made["tracking_uri"] == f"sqlite:///{tmp_path}/runs/mlflow.db"
    assert made["artifact_location"] == (tmp_path / "runs" / "mlflow").as_uri()
    assert made["run_name"] == "train"
    monkeypatch.setenv(loggers.MLFLOW_ADDRESS, "http://server:5000")
    loggers.build_loggers(["mlflow"], RunDirectory(tmp_path / "runs" / "train"))
    assert (made["tracking_uri"], made["artifact_location"]) == ("http://server:5000", None)


def test_a_place_that_mlflow_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it does without a server where it has nothing to write a data base with."""
    mlflow = pytest.importorskip("mlflow.exceptions")

    def refused(**given: object) -> None:
        assert given["tracking_uri"] is None
        raise mlflow.MlflowException("The filesystem tracking backend is in maintenance mode. See there.")

    monkeypatch.setattr(loggers, "MLFlowLogger", refused)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.delenv(loggers.MLFLOW_ADDRESS, raising=False)
    with pytest.raises(ConfigError, match=r"maintenance mode\). Name a server in MLFLOW_TRACKING_URI, or install"):
        loggers.build_loggers(["mlflow"], RunDirectory(tmp_path / "train"))


def test_names_that_a_logger_takes(tmp_path: Path) -> None:
    values = {"epoch": 1, "class_ap/a+b": 2.0, "class_ap/a-b c": 3.0, "class_ap/a_b": 4.0, "class_ap/ä": 5.0}
    tensorboard = loggers.build_loggers(["tensorboard"], RunDirectory(tmp_path))[0]
    assert loggers.accepted(tensorboard, values) == {
        "epoch": 1,
        "class_ap/a_b": 2.0,
        "class_ap/a-b c": 3.0,
        "class_ap/a_b_2": 4.0,
        "class_ap/ä": 5.0,
    }


class _Refusing(CSVLogger):
    """As Weights & Biases where nobody is logged in."""

    def __init__(self, error: Exception) -> None:
        super().__init__("unused")
        self.error = error

    def log_hyperparams(self, params: object = None) -> None:
        raise self.error


def test_a_service_that_refuses_is_a_setting() -> None:
    refusal = type("UsageError", (Exception,), {"__module__": "wandb.errors.errors"})
    message = r"wandb cannot begin a run \(No API key configured\). Log in with `wandb login`, or set WANDB"
    with pytest.raises(ConfigError, match=message):
        loggers.tell_settings([_Refusing(refusal("No API key configured.\nMore."))], {"epochs": 3})
    with pytest.raises(KeyError):
        loggers.tell_settings([_Refusing(KeyError("ours"))], {})
