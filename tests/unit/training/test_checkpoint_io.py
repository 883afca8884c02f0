"""Checkpoints that are whole or not there."""

import os
from pathlib import Path

import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.training.checkpoint_io import AtomicCheckpointIO


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "last.ckpt"
    AtomicCheckpointIO().save_checkpoint({"epoch": 3, "state": {"w": torch.ones(2)}}, path)
    loaded = AtomicCheckpointIO().load_checkpoint(path, weights_only=False)
    assert loaded["epoch"] == 3
    assert loaded["state"]["w"].tolist() == [1.0, 1.0]


def test_a_crash_between_writing_and_renaming_leaves_the_old_file(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "last.ckpt"
    AtomicCheckpointIO().save_checkpoint({"epoch": 1}, path)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", crash)
    with pytest.raises(KeyboardInterrupt):
        AtomicCheckpointIO().save_checkpoint({"epoch": 2}, path)
    assert AtomicCheckpointIO().load_checkpoint(path) == {"epoch": 1}


def test_a_crash_while_writing_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "last.ckpt"
    AtomicCheckpointIO().save_checkpoint({"epoch": 1}, path)

    def crash(_: object, file) -> None:
        file.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(torch, "save", crash)
    with pytest.raises(OSError, match="disk full"):
        AtomicCheckpointIO().save_checkpoint({"epoch": 2}, path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["last.ckpt"]
    assert AtomicCheckpointIO().load_checkpoint(path) == {"epoch": 1}


class _Foreign:
    pass


def test_foreign_objects_are_not_read(tmp_path: Path) -> None:
    torch.save({"object": _Foreign()}, tmp_path / "evil.ckpt")
    with pytest.raises(Exception, match=r"weights_only|Weights only"):
        AtomicCheckpointIO().load_checkpoint(tmp_path / "evil.ckpt", weights_only=False)


def test_storage_options_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="local files"):
        AtomicCheckpointIO().save_checkpoint({}, tmp_path / "x", storage_options={"a": 1})
