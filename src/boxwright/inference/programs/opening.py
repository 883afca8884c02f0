"""From a path to an exported network."""

from collections.abc import Callable
from pathlib import Path

from boxwright.errors import DataError
from boxwright.inference.programs.description import MODEL_JSON, ProgramDescription, read_description
from boxwright.inference.programs.onnx_runtime import open_onnx
from boxwright.inference.programs.openvino_runtime import open_openvino
from boxwright.inference.programs.program import Opened
from boxwright.inference.programs.torch_program import open_torch

OPENERS: dict[str, Callable[[Path], Opened]] = {".onnx": open_onnx, ".xml": open_openvino, ".pt2": open_torch}
"""By the suffix of the file."""


def is_program(path: str | Path) -> bool:
    """Tells whether a path means an exported network: by its suffix, or a folder with what an export writes.

    Args:
        path: As typed.
    """
    path = Path(path)
    return path.suffix.lower() in OPENERS or (path / MODEL_JSON).is_file()


def file_of_program(path: str | Path) -> Path:
    """Gives the file that is meant.

    Args:
        path: The file, or the folder of an export.

    Raises:
        DataError: There is no such file.
    """
    path = Path(path)
    if path.is_dir():
        if not (path / MODEL_JSON).is_file():
            raise DataError(
                f"{path} is a folder without {MODEL_JSON}, so no export. Name the file, or the folder that the export "
                "wrote."
            )
        text = (path / MODEL_JSON).read_text(encoding="utf-8", errors="replace")
        path = path / Path(read_description(text, path / MODEL_JSON).file).name
    if not path.is_file():
        raise DataError(f"There is no exported file {path}. Name the file, or the folder that the export wrote.")
    return path


def open_program(path: Path) -> tuple[ProgramDescription, Opened]:
    """Opens an exported network.

    Args:
        path: The file.

    Raises:
        DataError: It is not one of boxwright, or damaged.
        MissingExtraError: What runs it is not installed.
    """
    if path.suffix.lower() not in OPENERS:
        raise DataError(f"{path} is no exported file. Exported files end in {', '.join(OPENERS)}.")
    opened = OPENERS[path.suffix.lower()](path)
    return read_description(opened[0], path), opened
