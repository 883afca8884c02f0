"""Lightning's own loggers, by name."""

from collections.abc import Callable, Iterable

from lightning.pytorch.loggers import Logger, MLFlowLogger, TensorBoardLogger, WandbLogger

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
