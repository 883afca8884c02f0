"""Folders that a command has made for what it leaves, in which nothing else is to be put."""

from pathlib import Path

from boxwright.errors import ConfigError

_MARKS = {
    "a training": ("config.yaml", "weights"),
    "a measurement": ("report.json", "errors.csv"),
    "a comparison": ("benchmark.csv", "benchmark.png"),
    "an export": ("model.json",),
}
_OF_TRAINING = ("weights", "checkpoints", "objects", "tensorboard")


def require_unfinished(folder: Path, setting: str) -> None:
    """Raises an error if results would mix with those of another command.

    Args:
        folder: That files are to be written to.
        setting: The setting that names it, for the message.

    Raises:
        ConfigError: It is the folder of a training, a measurement or an export, or belongs to one.
    """
    place = folder.absolute()
    above = [place.parent] if place.name in _OF_TRAINING else []
    for each in (place, *above):
        for whose, marks in _MARKS.items():
            if all((each / mark).exists() for mark in marks):
                raise ConfigError(
                    f"{setting}: {folder} is the folder of {whose} ({marks[0]} lies in {each}), and other results "
                    f"would mix with it. Name another, for instance {each / 'predict'}, or leave it out."
                )
