"""ONNX files, run by ONNX Runtime."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from boxwright.errors import DataError
from boxwright.inference.programs.description import KEY
from boxwright.inference.programs.program import Opened, Program, required

_ERRORS_ONLY = 3


def open_onnx(path: Path) -> Opened:
    """Opens an ONNX file.

    Args:
        path: The file.

    Raises:
        DataError: It is none.
        MissingExtraError: ONNX Runtime is not installed.
    """
    runtime = required("onnxruntime", path, "onnx")
    session = _session(runtime, path, ["CPUExecutionProvider"])
    said = session.get_modelmeta().custom_metadata_map.get(KEY)
    return said, lambda device: OnnxProgram(runtime, path, session, device)


class OnnxProgram(Program):
    """Runs an ONNX file, on a GPU where ONNX Runtime has one.

    Args:
        runtime: The package.
        path: The file.
        session: On the CPU.
        device: Where it is wanted.
    """

    def __init__(self, runtime: Any, path: Path, session: Any, device: torch.device) -> None:
        self.device = torch.device("cpu")  # where outputs are
        if device.type == "cuda":
            if "CUDAExecutionProvider" in runtime.get_available_providers():
                chosen = ("CUDAExecutionProvider", {"device_id": device.index or 0})
                session = _session(runtime, path, [chosen, "CPUExecutionProvider"])
            else:
                warnings.warn(
                    f"{path} runs on the CPU: this ONNX Runtime knows no GPU. Install onnxruntime-gpu for one.",
                    stacklevel=2,
                )
        self._session = session
        self._names = [each.name for each in session.get_inputs()]

    def __call__(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        """Gives the outputs, in order.

        Args:
            inputs: In order, on the CPU.
        """
        given = {name: each.contiguous().numpy() for name, each in zip(self._names, inputs, strict=True)}
        return [torch.from_numpy(each) for each in self._session.run(None, given)]


def _session(runtime: Any, path: Path, providers: list[Any]) -> Any:
    options = runtime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = _ERRORS_ONLY
    try:
        return runtime.InferenceSession(str(path), options, providers=providers)
    except Exception as error:
        reason = str(error).strip().partition("\n")[0]
        raise DataError(f"{path} is no ONNX file that can be run ({reason}). Export the model anew.") from error
