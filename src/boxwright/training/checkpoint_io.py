"""Checkpoint files of Lightning that are whole or not there."""

from pathlib import Path
from typing import Any

import torch
from lightning.pytorch.plugins.io import TorchCheckpointIO

from boxwright.errors import ConfigError
from boxwright.writing.atomic_file import atomic_file


class AtomicCheckpointIO(TorchCheckpointIO):
    """Writes beside the target, flushes, then renames; reads plain types only (`weights_only=True`)."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any | None = None) -> None:
        """Writes a checkpoint; if the process dies meanwhile the file of before stays.

        Args:
            checkpoint: Tensors and plain types.
            path: A local file.
            storage_options: Unused, must be None.
        """
        if storage_options is not None:
            raise ConfigError("Checkpoints are written to local files; storage_options must be None.")
        with atomic_file(Path(path), replaces=True) as file:
            torch.save(checkpoint, file)

    def load_checkpoint(
        self, path: str | Path, map_location: Any = None, weights_only: bool | None = True
    ) -> dict[str, Any]:
        """Reads a checkpoint.

        Args:
            path: A local file.
            map_location: Where tensors go; the CPU if None.
            weights_only: Ignored: nothing but tensors and plain types is ever read.
        """
        del weights_only
        loaded: dict[str, Any] = torch.load(path, map_location=map_location or "cpu", weights_only=True)
        return loaded
