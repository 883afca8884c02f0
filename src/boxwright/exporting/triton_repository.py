"""Model repositories of Triton: a folder that its server serves as it is."""

import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from shutil import copyfile
from typing import Any

from boxwright.errors import ConfigError, ExportError
from boxwright.inference.programs.description import KEY, MODEL_JSON, ProgramDescription
from boxwright.writing.atomic_file import atomic_file, require_free
from boxwright.writing.whole_folder import whole_folder

MOST_AT_ONCE = 8
"""Images that the server puts together, of a file that takes any number."""
CONFIGURATION, LABELS = "config.pbtxt", "labels.txt"
TYPES = {
    "FLOAT": "TYPE_FP32",
    "FLOAT16": "TYPE_FP16",
    "UINT8": "TYPE_UINT8",
    "INT32": "TYPE_INT32",
    "INT64": "TYPE_INT64",
}


def require_repository(repository: Path, name: str, format: str) -> None:
    """Raises an error if a model cannot be written to a repository.

    Args:
        repository: Folder with a folder for each model.
        name: Of the model.
        format: Of the export.

    Raises:
        ConfigError: The format is not ONNX, or the repository has the model.
    """
    if format != "onnx":
        raise ConfigError(f"triton: the repository holds ONNX, and format is {format}. Leave out --format.")
    require_free(repository / name, "triton")


def write_triton(repository: Path, file: Path, description: ProgramDescription) -> Path:
    """Writes a model into a repository: its configuration, the ONNX file as version 1, its labels and `model.json`.

    Names, types and sizes are read from the ONNX file. A file that takes any number of images is served with dynamic
    batching; one that fixes it gets exactly so many. What the file says about itself is a parameter of the
    configuration, which clients can ask for.

    Args:
        repository: Folder with a folder for each model.
        file: The ONNX file, with `model.json` beside it.
        description: What the file says about itself.

    Returns:
        The folder of the model.

    Raises:
        ConfigError: The repository has the model.
        ExportError: The server has no such type.
    """
    folder = repository / description.system
    require_free(folder, "triton")
    with whole_folder(folder) as place:
        names = (" ".join(each.splitlines()) for each in description.categories)
        for name, lines in ((CONFIGURATION, _lines(file, description)), (LABELS, names)):
            with atomic_file(place / name) as text:
                text.write("".join(f"{line}\n" for line in lines).encode())
        copyfile(file.with_name(MODEL_JSON), place / MODEL_JSON)
        (place / "1").mkdir()
        copyfile(file, place / "1" / "model.onnx")
    return folder


def _lines(file: Path, description: ProgramDescription) -> Iterator[str]:
    """Gives the lines of the configuration."""
    graph = import_module("onnx").load(str(file)).graph
    batches = description.batch is None
    yield f"name: {_quoted(description.system)}"
    yield 'backend: "onnxruntime"'
    yield f"max_batch_size: {MOST_AT_ONCE if batches else 0}"
    for kind, values in (("input", graph.input), ("output", graph.output)):
        for value in values:
            yield f"{kind} {{ {_tensor(value, without_batch=batches)} }}"
    if batches:
        yield "dynamic_batching { }"
    yield f"parameters {{ key: {_quoted(KEY)} value {{ string_value: {_quoted(description.to_json())} }} }}"


def _tensor(value: Any, *, without_batch: bool) -> str:
    """Gives name, type and sizes; -1 for a size that is not fixed."""
    tensor = value.type.tensor_type
    found = import_module("onnx").TensorProto.DataType.Name(tensor.elem_type)
    if found not in TYPES:
        raise ExportError(f"Triton: {value.name} is {found}, which has no name there. Please report it.")
    sides = [side.dim_value if side.HasField("dim_value") else -1 for side in tensor.shape.dim][int(without_batch) :]
    shape = f"dims: [ {', '.join(map(str, sides))} ]" if sides else "dims: [ 1 ] reshape { shape: [ ] }"
    return f"name: {_quoted(value.name)} data_type: {TYPES[found]} {shape}"


def _quoted(text: str) -> str:
    return json.dumps(text)
