"""ONNX files, written by the exporter of torch."""

import warnings
from collections.abc import Mapping
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from boxwright.errors import ExportError, MissingExtraError
from boxwright.exporting.example_outputs import require_same
from boxwright.exporting.graph import DetectionGraph
from boxwright.writing.atomic_file import atomic_file

NEEDED = ("onnx", "onnxscript", "onnxruntime")


def write_onnx(
    path: Path,
    graph: DetectionGraph,
    examples: tuple[Tensor, ...],
    dynamic: tuple[dict[int, Any], ...],
    names: tuple[tuple[str, ...], tuple[str, ...]],
    metadata: Mapping[str, str],
    opset: int,
) -> None:
    """Writes an ONNX file in one piece, weights and all.

    The exporter runs it beside torch and compares; the operator that removes repeated boxes is one that torch
    cannot run, so that a file with it is compared by `boxwright.export` alone.

    Args:
        path: The file.
        graph: To export.
        examples: Its inputs.
        dynamic: Axes that are not fixed.
        names: Of inputs and of outputs.
        metadata: Texts by name.
        opset: Version of the operators.

    Raises:
        ExportError: The exporter cannot.
    """
    try:
        with warnings.catch_warnings(), redirect_stdout(StringIO()):
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                graph,
                examples,
                dynamo=True,
                opset_version=opset,
                dynamic_shapes=dynamic,
                input_names=list(names[0]),
                output_names=list(names[1]),
                external_data=False,
                verbose=False,
            )
            assert program is not None
            if not graph.suppresses:
                with torch.no_grad():
                    expected = graph(*examples)
                require_same(names[1], expected, program(*examples), graph.rounding(examples, expected))
    except AssertionError as error:
        reason = " ".join(str(error).split())
        raise ExportError(f"ONNX: the file gives other numbers than torch ({reason}). Please report it.") from error
    except Exception as error:
        raise ExportError(f"ONNX: the exporter of torch stopped. {_reason(error)}") from error
    model = program.model_proto
    del model.graph.value_info[:]  # shapes inside, which are of the example where a size is not fixed
    for name, text in metadata.items():
        model.metadata_props.add(key=name, value=text)
    with atomic_file(path) as file:
        file.write(model.SerializeToString())


def require_onnx() -> None:
    """Raises an error if a package that writing ONNX takes is missing.

    Raises:
        MissingExtraError: It is.
    """
    from importlib.util import find_spec

    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            f'Writing ONNX needs {", ".join(missing)}, which is missing. Install it: pip install "boxwright[onnx]".'
        )


def _reason(error: Exception) -> str:
    """Gives the first cause, in a line."""
    while error.__cause__ is not None and isinstance(error.__cause__, Exception):
        error = error.__cause__
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
