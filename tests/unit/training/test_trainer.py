"""The trainer and its arithmetic."""

from datetime import timedelta
from pathlib import Path

import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.run_files.run_directory import RunDirectory
from boxwright.settings.training import TrainingSettings
from boxwright.training.process_strategy import SharedTraining
from boxwright.training.synchronized_norms import SynchronizedNorms
from boxwright.training.trainer import arithmetic, build_trainer, require_devices


def test_what_is_set_for_the_process_is_put_back() -> None:
    before = torch.get_float32_matmul_precision(), torch.get_deterministic_debug_mode()
    with arithmetic(TrainingSettings(tf32=True, deterministic=True)):
        assert torch.get_float32_matmul_precision() == "high"
        assert torch.are_deterministic_algorithms_enabled()
    assert (torch.get_float32_matmul_precision(), torch.get_deterministic_debug_mode()) == before
    with arithmetic(TrainingSettings()):
        assert (torch.get_float32_matmul_precision(), torch.get_deterministic_debug_mode()) == before


def test_devices_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"accelerator none.*Lightning cannot use them here"):
        build_trainer(TrainingSettings(accelerator="none", logger="csv"), RunDirectory(tmp_path), [])


@pytest.mark.parametrize("strategy", ["auto", "ddp", "ddp_find_unused_parameters_true"])
def test_several_devices_are_trained_on_in_one_way(tmp_path: Path, strategy: str) -> None:
    settings = TrainingSettings(
        accelerator="cpu",
        batch_size=4,
        devices=2,
        strategy=strategy,
        logger="csv",
        collective_timeout=7,
        sync_batchnorm=True,
    )
    trainer = build_trainer(settings, RunDirectory(tmp_path), [])
    plan = trainer.strategy
    assert isinstance(plan, SharedTraining)
    assert plan._timeout == timedelta(seconds=7)
    assert bool(plan._ddp_kwargs.get("find_unused_parameters")) == strategy.endswith("true")
    assert isinstance(plan._layer_sync, SynchronizedNorms)


def test_one_device_is_trained_on_alone(tmp_path: Path) -> None:
    trainer = build_trainer(TrainingSettings(accelerator="cpu", logger="csv"), RunDirectory(tmp_path), [])
    assert not isinstance(trainer.strategy, SharedTraining)


LAUNCHERS = ("RANK", "LOCAL_RANK", "NODE_RANK", "GROUP_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "GROUP_WORLD_SIZE")
TORCHRUN = {"TORCHELASTIC_RUN_ID": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "1"}


@pytest.mark.parametrize(
    ("nodes", "environment", "is_first"),
    [
        (1, {}, True),
        (1, {"LOCAL_RANK": "1"}, False),
        (2, {"NODE_RANK": "0"}, True),
        (2, {"NODE_RANK": "1"}, False),
        (2, {**TORCHRUN, "RANK": "1", "LOCAL_RANK": "0", "GROUP_RANK": "1"}, False),
        (2, {**TORCHRUN, "RANK": "0", "LOCAL_RANK": "0", "GROUP_RANK": "0"}, True),
    ],
)
def test_one_process_of_all_is_the_first(
    nodes: int, environment: dict[str, str], is_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Launchers have many words for it."""
    for name in LAUNCHERS:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    devices = 1 if nodes == 2 else 2
    settings = TrainingSettings(accelerator="cpu", batch_size=4, devices=devices, nodes=nodes, strategy="ddp")
    assert require_devices(settings) == is_first
