"""OpenVINO files: an .xml and a .bin."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from boxwright.errors import DataError
from boxwright.inference.programs.description import KEY
from boxwright.inference.programs.program import Opened, Program, required


def open_openvino(path: Path) -> Opened:
    """Opens an OpenVINO file.

    Args:
        path: The .xml; the .bin lies beside it.

    Raises:
        DataError: It is none, or the .bin is not there.
        MissingExtraError: OpenVINO is not installed.
    """
    openvino = required("openvino", path, "openvino")
    if not path.with_suffix(".bin").is_file():
        raise DataError(f"{path}: the weights, {path.with_suffix('.bin').name}, are not beside it. Copy them there.")
    try:
        model = openvino.Core().read_model(str(path))
    except Exception as error:
        reason = str(error).strip().rpartition("\n")[2]
        raise DataError(f"{path} is no OpenVINO file that can be read ({reason}). Export the model anew.") from error
    said = model.get_rt_info(KEY).astype(str) if model.has_rt_info(KEY) else None
    return said, lambda _: OpenVinoProgram(openvino, model)


class OpenVinoProgram(Program):
    """Runs an OpenVINO file, on the CPU.

    Args:
        openvino: The package.
        model: That was read.
    """

    def __init__(self, openvino: Any, model: Any) -> None:
        self.device = torch.device("cpu")
        # else a CPU with the right instructions would compute in bfloat16
        how = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": torch.get_num_threads()}
        self._compiled = openvino.Core().compile_model(model, "CPU", how)

    def __call__(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        """Gives the outputs, in order.

        Args:
            inputs: In order, on the CPU.
        """
        found = self._compiled([each.contiguous().numpy() for each in inputs])
        return [torch.from_numpy(found[port].copy()) for port in self._compiled.outputs]
