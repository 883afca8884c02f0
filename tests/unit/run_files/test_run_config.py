"""The settings of a run, written and read."""

from pathlib import Path

from boxwright.run_files.run_config import read_settings, write_settings
from boxwright.settings.training import settings_from


def test_a_file_brings_back_the_same_settings(tmp_path: Path) -> None:
    settings = settings_from(
        {
            "data": "x",
            "canvas": (64, 96),
            "batch_size": "auto",
            "precision": "bf16",
            "augmentation": {"hsv": (0.1, 0.2, 0.3), "mosaic": 0},
            "system_options": {"dialect": "early", "guarantee": True},
        }
    )
    write_settings(settings, tmp_path / "config.yaml")
    assert read_settings(tmp_path / "config.yaml") == settings
