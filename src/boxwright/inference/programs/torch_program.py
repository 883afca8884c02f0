"""Programs that `torch.export` wrote."""

import pickle
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from boxwright.errors import DataError
from boxwright.inference.programs.description import KEY
from boxwright.inference.programs.program import Opened, Program

EXTRA_FILE = f"{KEY}.json"


def open_torch(path: Path) -> Opened:
    """Opens a program of `torch.export`.

    Args:
        path: The .pt2.

    Raises:
        DataError: It is none.
    """
    said = {EXTRA_FILE: ""}
    try:
        program = torch.export.load(path, extra_files=said)
    except (
        RuntimeError,
        OSError,
        ValueError,
        KeyError,
        AssertionError,
        zipfile.BadZipFile,
        pickle.PickleError,
    ) as error:
        reason = str(error).strip().partition("\n")[0]
        raise DataError(f"{path} is no program of torch.export ({reason}). Export the model anew.") from error
    return said[EXTRA_FILE] or None, lambda device: TorchProgram(program, device)


class TorchProgram(Program):
    """Runs a program of `torch.export`.

    Args:
        program: That was read.
        device: Where it computes.
    """

    def __init__(self, program: Any, device: torch.device) -> None:
        self.device = device
        if device.type != "cpu":
            from torch.export.passes import move_to_device_pass

            program = move_to_device_pass(program, device)
        self._module = program.module()

    @torch.no_grad()
    def __call__(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        """Gives the outputs, in order.

        Args:
            inputs: In order.
        """
        found: Sequence[Tensor] = self._module(*(each.to(self.device).contiguous() for each in inputs))
        return list(found)
