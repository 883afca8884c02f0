"""Model repositories of Triton, read by the rules of their own format, and by ONNX Runtime as the server does."""

import json
from pathlib import Path

import onnx
import onnxruntime
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format
from google.protobuf.message import Message
from onnx import TensorProto, helper

from boxwright.errors import ConfigError, ExportError
from boxwright.exporting.command import export
from boxwright.exporting.described import described
from boxwright.exporting.shapes import shapes_of
from boxwright.exporting.triton_repository import TYPES, write_triton
from boxwright.inference.programs.description import MODEL_JSON, read_description
from boxwright.settings.export import ExportSettings
from boxwright.systems import build_system, save_model
from boxwright.systems.model_card import card_of

CATEGORIES = ("Zelle", 'a "b"\\', "two\nlines", "красный")
NUMPY = {"TYPE_FP32": "tensor(float)", "TYPE_UINT8": "tensor(uint8)", "TYPE_INT64": "tensor(int64)"}
FIELDS = {
    "ModelConfig": (
        ("name", "string"),
        ("backend", "string"),
        ("max_batch_size", "int32"),
        ("input", "*Tensor"),
        ("output", "*Tensor"),
        ("dynamic_batching", "Nothing"),
        ("parameters", "*Parameter"),
    ),
    "Tensor": (("name", "string"), ("data_type", "DataType"), ("dims", "*int64"), ("reshape", "Shape")),
    "Shape": (("shape", "*int64"),),
    "Nothing": (),
    "Parameter": (("key", "string"), ("value", "Value")),
    "Value": (("string_value", "string"),),
}
"""Of the format that the server documents, the fields that are written here; * may be repeated."""


def _read(text: str) -> Message:
    """Parses the text format of protocol buffers; fields and types that there are none of are errors."""
    file = descriptor_pb2.FileDescriptorProto(name="model_config.proto", package="triton", syntax="proto3")
    types = file.enum_type.add(name="DataType")
    for number, name in enumerate(("TYPE_INVALID", "TYPE_BOOL", *TYPES.values())):
        types.value.add(name=name, number=number)
    for message, its in FIELDS.items():
        added = file.message_type.add(name=message)
        for number, (name, kind) in enumerate(its, 1):
            label = "LABEL_REPEATED" if kind.startswith("*") else "LABEL_OPTIONAL"
            field = added.field.add(name=name, number=number, label=label)
            kind = kind.lstrip("*")
            if kind in FIELDS or kind == "DataType":
                field.type = field.TYPE_MESSAGE if kind in FIELDS else field.TYPE_ENUM
                field.type_name = f".triton.{kind}"
            else:
                field.type = getattr(field, f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    config = message_factory.GetMessageClass(pool.FindMessageTypeByName("triton.ModelConfig"))()
    return text_format.Parse(text, config)


def _written(tmp_path: Path, batch: int | str, inputs: list, outputs: list, **asked: object) -> tuple[Path, Message]:
    """Puts an ONNX file of these inputs and outputs, that computes nothing, into a repository."""
    graph = helper.make_graph([], "g", inputs, outputs)
    (tmp_path / "model.onnx").write_bytes(helper.make_model(graph).SerializeToString())
    system = build_system("yolov8n", len(CATEGORIES))
    card = card_of(system, categories=CATEGORIES, category_ids=tuple(range(4)), canvas_size=(64, 96), config={})
    settings = ExportSettings(batch=batch, **asked)
    said = described(system, card, shapes_of(system, card, batch, None), settings, file="model.onnx", weights=None)
    (tmp_path / MODEL_JSON).write_text(said.to_json())
    folder = write_triton(tmp_path / "repository", tmp_path / "model.onnx", said)
    return folder, _read((folder / "config.pbtxt").read_text())


def _value(name: str, kind: int, *sides: int | str) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, sides)


def test_any_number_of_images_is_served_with_dynamic_batching(tmp_path: Path) -> None:
    pixels = _value("images", TensorProto.UINT8, "batch", 3, "32*rows", "32*columns")
    windows = _value("windows", TensorProto.FLOAT, "batch", 4)
    outputs = [
        _value("detections", TensorProto.FLOAT, "batch", 300, 6),
        _value("counts", TensorProto.INT64, "batch"),
    ]
    folder, config = _written(tmp_path, "dynamic", [pixels, windows], outputs, nms="graph", input="uint8")
    assert (config.name, config.max_batch_size, config.HasField("dynamic_batching")) == (folder.name, 8, True)
    assert [(each.name, list(each.dims)) for each in config.input] == [("images", [3, -1, -1]), ("windows", [4])]
    assert [list(each.dims) for each in config.output] == [[300, 6], [1]]
    assert [each.HasField("reshape") for each in config.output] == [False, True]
    assert not config.output[1].reshape.shape


def test_a_fixed_number_of_images_is_a_size_like_others(tmp_path: Path) -> None:
    inputs = [_value("images", TensorProto.FLOAT, 2, 3, 64, 96)]
    _, config = _written(tmp_path, 2, inputs, [_value("counts", TensorProto.INT64, 2)])
    assert (config.max_batch_size, config.HasField("dynamic_batching")) == (0, False)
    assert [list(each.dims) for each in (*config.input, *config.output)] == [[2, 3, 64, 96], [2]]


def test_names_come_through_whatever_they_are(tmp_path: Path) -> None:
    folder, config = _written(tmp_path, 1, [_value("images", TensorProto.FLOAT, 1, 3, 64, 96)], [])
    assert (folder / "labels.txt").read_text().splitlines() == ["Zelle", 'a "b"\\', "two lines", "красный"]
    (parameter,) = config.parameters
    assert read_description(parameter.value.string_value, folder).categories == CATEGORIES
    assert json.loads((folder / MODEL_JSON).read_text())["categories"] == list(CATEGORIES)


def test_a_type_that_the_server_has_not_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="images is COMPLEX64"):
        _written(tmp_path, 1, [_value("images", TensorProto.COMPLEX64, 1)], [])
    assert not (tmp_path / "repository").exists() or not any((tmp_path / "repository").iterdir())


def test_the_reader_of_this_test_refuses_what_is_wrong() -> None:
    for wrong in ("maximum_batch: 1", "input { data_type: TYPE_FLOAT }", "max_batch_size: [", 'name: "a'):
        with pytest.raises(text_format.ParseError):
            _read(wrong)


def test_a_model_that_is_there_stays(tmp_path: Path) -> None:
    model = tmp_path / "m.safetensors"
    save_model(model, build_system("yolov8n", 2), categories=("a", "b"), canvas_size=(64, 64), config={})
    mine = tmp_path / "repository" / "yolov8n"
    mine.mkdir(parents=True)
    with pytest.raises(ConfigError, match=r"triton: .*yolov8n"):
        export(model, output=tmp_path / "out", triton=tmp_path / "repository")
    with pytest.raises(ConfigError, match="holds ONNX, and format is torch"):
        export(model, output=tmp_path / "out", format="torch", triton=tmp_path / "other")
    assert not (tmp_path / "out").exists()
    assert not any(mine.iterdir())


def test_the_file_that_the_server_loads_is_the_one_that_is_described(tmp_path: Path) -> None:
    model = tmp_path / "m.safetensors"
    save_model(model, build_system("yolov8n", 2), categories=("a", "b"), canvas_size=(64, 64), config={})
    how = {"nms": "graph", "input": "uint8", "check": None, "output": tmp_path / "out"}
    folder = export(model, triton=tmp_path / "repository", **how).triton
    assert folder == tmp_path / "repository" / "yolov8n"
    config = _read((folder / "config.pbtxt").read_text())
    session = onnxruntime.InferenceSession(str(folder / "1" / "model.onnx"), providers=["CPUExecutionProvider"])
    for ours, theirs in ((config.input, session.get_inputs()), (config.output, session.get_outputs())):
        assert [each.name for each in ours] == [each.name for each in theirs]
        for one, other in zip(ours, theirs, strict=True):
            assert NUMPY[one.DESCRIPTOR.fields_by_name["data_type"].enum_type.values[one.data_type].name] == other.type
            sides = [] if one.HasField("reshape") else list(one.dims)
            assert sides == [side if isinstance(side, int) else -1 for side in other.shape[1:]]
            assert isinstance(other.shape[0], str), "the first axis is any number of images"
    assert {each.name for each in folder.iterdir()} == {"config.pbtxt", "labels.txt", "model.json", "1"}
