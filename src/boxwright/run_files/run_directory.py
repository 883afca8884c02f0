"""Where a run keeps its files."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from boxwright.data.division.split_file import SPLIT_FILE
from boxwright.errors import ConfigError, MissingExtraError
from boxwright.settings.training import require_run
from boxwright.systems import BEST_MODEL
from boxwright.writing.atomic_file import require_folder


@dataclass(frozen=True, slots=True)
class RunDirectory:
    """The names of the files of a run.

    Args:
        path: The directory.
    """

    path: Path

    @property
    def config(self) -> Path:
        """The resolved configuration."""
        return self.path / "config.yaml"

    @property
    def split(self) -> Path:
        """Which image was trained on and which measured on, where `--val` divided the data."""
        return self.path / SPLIT_FILE

    @property
    def metrics(self) -> Path:
        """Losses and AP of every epoch."""
        return self.path / "metrics.csv"

    @property
    def class_metrics(self) -> Path:
        """AP of every class of every epoch that was evaluated."""
        return self.path / "class_ap.csv"

    @property
    def step_losses(self) -> Path:
        """The losses of single steps, if they are logged."""
        return self.path / "steps.csv"

    @property
    def loss_figure(self) -> Path:
        """Curves of the losses and of AP."""
        return self.path / "losses.png"

    @property
    def objects(self) -> Path:
        """The losses of every object, if they are logged: a folder."""
        return self.path / "objects"

    @property
    def log(self) -> Path:
        """What was printed."""
        return self.path / "log.txt"

    @property
    def skipped(self) -> Path:
        """The faulty images and objects that the training goes without, if any."""
        return self.path / "skipped.txt"

    @property
    def report(self) -> Path:
        """The measurements of the best weights."""
        return self.path / "report.json"

    @property
    def best_model(self) -> Path:
        """The averaged weights of the epoch with the highest AP."""
        return self.path / BEST_MODEL

    @property
    def last_model(self) -> Path:
        """The averaged weights of the last epoch."""
        return self.path / "weights" / "last.safetensors"

    @property
    def best_checkpoint(self) -> Path:
        """What `--resume` needs, of the epoch with the highest AP."""
        return self.path / "checkpoints" / "best.ckpt"

    @property
    def last_checkpoint(self) -> Path:
        """What `--resume` needs, of the last epoch."""
        return self.path / "checkpoints" / "last.ckpt"


def new_run_directory(output: Path, name: str) -> RunDirectory:
    """Makes a directory that did not exist: `output/name`, else `output/name-2`, and so on.

    Args:
        output: Folder of all runs.
        name: Of the run.

    Raises:
        ConfigError: It cannot be made, for instance since a folder above it is a file.
    """
    require_folder(output, "output")
    if not name or any(part in (".", "..") for part in name.split("/")) or Path(name).is_absolute():
        raise ConfigError(f"name: {name!r} is no name of a folder in {output}. Give one such as train.")
    number = 1
    while True:
        path = output / (name if number == 1 else f"{name}-{number}")
        try:
            path.mkdir(parents=True)
        except FileExistsError:
            number += 1
            continue
        return RunDirectory(path)


@contextmanager
def removed_if_refused(run: RunDirectory, *, is_new: bool) -> Iterator[None]:
    """Takes a run directory away if a setting is refused before anything was trained.

    Args:
        run: The run.
        is_new: Whether its directory was made just now, by this run.
    """
    try:
        yield
    except (ConfigError, MissingExtraError):
        if is_new and not any(file.exists() for file in (run.metrics, run.step_losses, run.last_checkpoint)):
            shutil.rmtree(run.path, ignore_errors=True)
        raise


def find_checkpoint(resume: Path) -> tuple[RunDirectory, Path]:
    """Finds the run and the checkpoint that a person means.

    Args:
        resume: A run directory, or a checkpoint in it.

    Raises:
        ConfigError: There is no checkpoint.
    """
    require_run(resume)
    if resume.is_dir():
        run = RunDirectory(resume)
        checkpoint = run.last_checkpoint
    else:
        run, checkpoint = RunDirectory(resume.absolute().parent.parent), resume
    if not checkpoint.is_file():
        raise ConfigError(
            f"resume: there is no checkpoint {checkpoint}. Name a run directory that finished at least one epoch, or "
            "start anew without --resume."
        )
    if not run.config.is_file():
        raise ConfigError(
            f"resume: {checkpoint} lies in no run directory, since {run.config} is missing. Keep checkpoints where "
            "training put them: RUN/checkpoints/last.ckpt."
        )
    return run, checkpoint
