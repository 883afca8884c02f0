"""Programs of `torch.export`, which torch runs without boxwright."""

import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from boxwright.errors import ExportError
from boxwright.exporting.graph import DetectionGraph
from boxwright.inference.programs.torch_program import EXTRA_FILE


def write_torch(
    path: Path, graph: DetectionGraph, examples: tuple[Tensor, ...], dynamic: tuple[dict[int, Any], ...], metadata: str
) -> None:
    """Writes a .pt2.

    Args:
        path: The file.
        graph: To export.
        examples: Its inputs.
        dynamic: Axes that are not fixed.
        metadata: What the file says about itself.

    Raises:
        ExportError: The exporter cannot.
    """
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            program = torch.export.export(graph, examples, dynamic_shapes=dynamic, strict=False)
            torch.export.save(program, path, extra_files={EXTRA_FILE: metadata})
    except Exception as error:
        reason = str(error).strip().partition("\n")[0]
        raise ExportError(f"torch.export stopped. {type(error).__name__}: {reason}") from error
