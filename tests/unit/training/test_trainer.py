"""The trainer and its arithmetic."""

from pathlib import Path

import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.run_files.run_directory import RunDirectory
from boxwright.settings.training import TrainingSettings
from boxwright.training.trainer import arithmetic, build_trainer


def test_what_is_set_for_the_process_is_put_back() -> None:
    before = torch.get_float32_matmul_precision(), torch.get_deterministic_debug_mode()
    with arithmetic(TrainingSettings(tf32=True, deterministic=True)):
        assert torch.get_float32_matmul_precision() == "high"
        assert torch.are_deterministic_algorithms_enabled()
    assert (torch.get_float32_matmul_precision(), torch.get_deterministic_debug_mode()) == before
    with arithmetic(TrainingSettings()):
        assert (torch.get_float32_matmul_precision(), torch.get_deterministic_debug_mode()) == before


def test_devices_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="strategy none: Lightning cannot use them here"):
        build_trainer(TrainingSettings(strategy="none", logger="csv"), RunDirectory(tmp_path), [])
