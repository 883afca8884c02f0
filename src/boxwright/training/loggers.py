"""Lightning's own loggers, by name."""

from collections.abc import Callable, Iterable

import numpy as np
from lightning.pytorch.loggers import Logger, MLFlowLogger, TensorBoardLogger, WandbLogger
from PIL import Image

from boxwright.errors import MissingExtraError
from boxwright.run_files.run_directory import RunDirectory

PROJECT = "boxwright"


def build_loggers(names: Iterable[str], run: RunDirectory) -> list[Logger]:
    """Builds loggers. "csv" stands for metrics.csv, which every run has.

    Args:
        names: Of `settings.LOGGERS`.
        run: Where they may write.

    Raises:
        MissingExtraError: The package of a logger is not installed.
    """
    builders: dict[str, Callable[[], Logger]] = {
        "tensorboard": lambda: TensorBoardLogger(run.path, name="tensorboard", version=""),
        "wandb": lambda: WandbLogger(project=PROJECT, name=run.path.name, save_dir=run.path),
        "mlflow": lambda: MLFlowLogger(experiment_name=PROJECT, run_name=run.path.name),
    }
    built = []
    for name in names:
        if name not in builders:
            continue
        try:
            built.append(builders[name]())
        except ModuleNotFoundError as error:
            raise MissingExtraError(
                f"logger: {name} needs a package that is not installed ({error}). Install it, or leave {name} out."
            ) from error
    return built


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
