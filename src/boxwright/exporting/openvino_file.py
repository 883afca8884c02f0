"""OpenVINO files, made of ONNX."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from boxwright.errors import ExportError, MissingExtraError


def write_openvino(path: Path, onnx: Path, metadata: Mapping[str, str], *, is_half: bool) -> None:
    """Writes an .xml with the network and a .bin with the weights beside it.

    Args:
        path: The .xml.
        onnx: The ONNX file that it is made of.
        metadata: Texts by name.
        is_half: Whether weights are kept in float16.

    Raises:
        ExportError: OpenVINO cannot convert it.
    """
    openvino = import_module("openvino")
    try:
        model = openvino.convert_model(str(onnx))
    except Exception as error:
        reason = str(error).strip().rpartition("\n")[2]
        raise ExportError(f"OpenVINO cannot convert the ONNX file ({reason}).") from error
    for name, text in metadata.items():
        model.set_rt_info(text, name)
    openvino.save_model(model, str(path), compress_to_fp16=is_half)


def require_openvino() -> None:
    """Raises an error if OpenVINO is missing.

    Raises:
        MissingExtraError: It is.
    """
    from importlib.util import find_spec

    if find_spec("openvino") is None:
        raise MissingExtraError(
            'Writing OpenVINO needs openvino, which is missing. Install it: pip install "boxwright[openvino]".'
        )
