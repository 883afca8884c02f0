"""Lightning's own loggers, by name."""

import importlib.util
import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from lightning.pytorch.loggers import Logger, MLFlowLogger, TensorBoardLogger, WandbLogger
from PIL import Image

from boxwright.errors import ConfigError, MissingExtraError
from boxwright.run_files.run_directory import RunDirectory

PROJECT = "boxwright"
MLFLOW_ADDRESS = "MLFLOW_TRACKING_URI"
_CURES = {
    "wandb": "Log in with `wandb login`, or set WANDB_MODE=offline to write into the run only",
    "mlflow": f"Look at the server that {MLFLOW_ADDRESS} names",
}


def build_loggers(names: Iterable[str], run: RunDirectory) -> list[Logger]:
    """Builds loggers. "csv" stands for metrics.csv, which every run has.

    Args:
        names: Of `settings.LOGGERS`.
        run: Where they may write; MLflow, which keeps many runs together, beside it.

    Raises:
        MissingExtraError: The package of a logger is not installed.
        ConfigError: MLflow refuses the place that it is to write to.
    """
    builders: dict[str, Callable[[], Logger]] = {
        "tensorboard": lambda: TensorBoardLogger(run.path, name="tensorboard", version=""),
        "wandb": lambda: WandbLogger(project=PROJECT, name=run.path.name, save_dir=run.path),
        "mlflow": lambda: _mlflow(run),
    }
    built = []
    for name in names:
        if name not in builders:
            continue
        try:
            built.append(builders[name]())
        except ModuleNotFoundError as error:
            raise MissingExtraError(
                f"logger: {name} needs a package that is not installed ({error}). Install boxwright[{name}], or leave "
                f"{name} out."
            ) from error
    return built


def tell_settings(loggers: Iterable[Logger], settings: Mapping[str, Any]) -> None:
    """Begins the runs of the loggers with the settings of the training.

    Args:
        loggers: Of the training.
        settings: Nested plain values.

    Raises:
        ConfigError: A service refuses.
    """
    for one in loggers:
        try:
            one.log_hyperparams(dict(settings))
        except Exception as error:
            service = type(error).__module__.partition(".")[0]
            if service not in _CURES:
                raise
            reason = str(error).strip().partition("\n")[0].rstrip(". ")
            raise ConfigError(
                f"logger: {service} cannot begin a run ({reason}). {_CURES[service]}, or leave {service} out."
            ) from error


def accepted(logger: Logger, values: Mapping[str, int | float]) -> dict[str, int | float]:
    """Renames values so that a logger takes each of them under a name of its own.

    Args:
        logger: That gets them.
        values: By name, such as class_ap/NAME with the name of a class.
    """
    letters = r"[^a-zA-Z0-9_.\- /]" if isinstance(logger, MLFlowLogger) else r"[^\w.\- /]"
    renamed: dict[str, int | float] = {}
    for name, value in values.items():
        plain = unique = re.sub(letters, "_", name)
        number = 1
        while unique in renamed:
            number += 1
            unique = f"{plain}_{number}"
        renamed[unique] = value
    return renamed


def hand_over(loggers: Iterable[Logger], run: RunDirectory) -> None:
    """Gives the loggers the pictures of a run and, where they keep models, its best model; ends their runs.

    Args:
        loggers: That logged the training.
        run: That has ended.
    """
    pictures = [
        path for path in (run.loss_figure, run.path / "validation.jpg", run.path / "pr_curve.png") if path.is_file()
    ]
    for one in loggers:
        if isinstance(one, TensorBoardLogger):
            for path in pictures:
                one.experiment.add_image(path.stem, np.asarray(Image.open(path).convert("RGB")), dataformats="HWC")
            one.experiment.close()
        elif isinstance(one, WandbLogger):
            for path in pictures:
                one.log_image(path.stem, [str(path)])
            one.experiment.log_artifact(str(run.best_model), name=f"{run.path.name}-best", type="model")
            one.experiment.finish()
        elif isinstance(one, MLFlowLogger):
            for path in (*pictures, run.best_model):
                one.experiment.log_artifact(one.run_id, str(path))


def _mlflow(run: RunDirectory) -> MLFlowLogger:
    """Builds MLflow's logger: on the server that the environment names, else in a data base beside the runs."""
    from mlflow.exceptions import MlflowException

    folder, address = run.path.parent.absolute(), os.environ.get(MLFLOW_ADDRESS)
    artifacts: str | None = None
    if not address and importlib.util.find_spec("sqlalchemy"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        address, artifacts = f"sqlite:///{folder / 'mlflow.db'}", (folder / "mlflow").as_uri()
    try:
        return MLFlowLogger(
            experiment_name=PROJECT,
            run_name=run.path.name,
            tracking_uri=address,
            save_dir=str(folder / "mlruns"),
            artifact_location=artifacts,
        )
    except MlflowException as error:
        raise ConfigError(
            f"logger: mlflow cannot write here ({str(error).partition('. ')[0]}). Name a server in {MLFLOW_ADDRESS}, "
            "or install boxwright[mlflow]."
        ) from error
