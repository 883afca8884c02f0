"""The settings of a run as the file that says them again."""

from pathlib import Path

import yaml

from boxwright.settings.training import TrainingSettings, settings_from
from boxwright.writing.atomic_file import atomic_file


def read_settings(path: Path) -> TrainingSettings:
    """Reads the resolved configuration of a run.

    Args:
        path: The config.yaml of a run directory.
    """
    return settings_from(yaml.safe_load(path.read_text(encoding="utf-8")))


def write_settings(settings: TrainingSettings, path: Path, *, replaces: bool = False) -> None:
    """Writes a configuration that `--config` reads.

    Args:
        settings: Resolved.
        path: Where to.
        replaces: Whether the configuration of the same run is replaced.
    """
    with atomic_file(path, replaces=replaces) as file:
        file.write(yaml.safe_dump(settings.to_dict(), sort_keys=False).encode())
