"""Files that are no exported model, or that lack something."""

from pathlib import Path

import onnx
import pytest
import torch

from boxwright.errors import DataError, MissingExtraError
from boxwright.inference import load_network
from boxwright.inference.programs import program
from boxwright.inference.programs.description import KEY, MODEL_JSON
from boxwright.inference.programs.opening import is_program
from boxwright.systems import load_model


def _onnx(path: Path, **metadata: str) -> Path:
    value = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])
    result = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1])
    graph = onnx.helper.make_graph([onnx.helper.make_node("Relu", ["x"], ["y"])], "g", [value], [result])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=9)
    for name, text in metadata.items():
        model.metadata_props.add(key=name, value=text)
    path.write_bytes(model.SerializeToString())
    return path


def test_programs_are_known_by_suffix_or_by_what_lies_in_the_folder(tmp_path: Path) -> None:
    assert all(is_program(tmp_path / name) for name in ("a.onnx", "A.ONNX", "b.xml", "c.pt2"))
    assert not any(is_program(tmp_path / name) for name in ("a.pt", "b.safetensors", "c"))
    assert not is_program(tmp_path)
    (tmp_path / MODEL_JSON).write_text("{}")
    assert is_program(tmp_path)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"There is no exported file .*none\.onnx"):
        load_network(tmp_path / "none.onnx")


@pytest.mark.parametrize("name", ["model.onnx", "model.xml", "model.pt2"])
def test_a_folder_with_the_name_of_a_file_is_an_error(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(DataError, match=rf"{name} is a folder without model\.json, so no export"):
        load_network(tmp_path / name)


@pytest.mark.parametrize("suffix", [".onnx", ".xml", ".pt2"])
@pytest.mark.parametrize("content", [b"", b"{}", bytes(range(256)) * 9])
def test_what_is_no_such_file_is_an_error(suffix: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"model{suffix}"
    path.write_bytes(content)
    path.with_suffix(".bin").write_bytes(b"")
    with pytest.raises(DataError, match="model") as raised:
        load_network(path)
    assert str(path) in str(raised.value)


def test_the_weights_of_openvino_lie_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "model.xml").write_text("<net/>")
    with pytest.raises(DataError, match=r"the weights, model\.bin, are not beside it"):
        load_network(tmp_path / "model.xml")


def test_a_file_of_another_program_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no metadata of boxwright"):
        load_network(_onnx(tmp_path / "theirs.onnx", names="{0: 'cat'}"))
    torch.export.save(torch.export.export(torch.nn.ReLU(), (torch.zeros(1),)), tmp_path / "theirs.pt2")
    with pytest.raises(DataError, match="has no metadata of boxwright"):
        load_network(tmp_path / "theirs.pt2")


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("{", "is no JSON"),
        ("[]", "is not of boxwright"),
        ('{"format": "other"}', "is not of boxwright"),
        ('{"format": "boxwright export", "format_version": 99}', "Upgrade boxwright"),
        ('{"format": "boxwright export", "format_version": 1}', "lacks file, program"),
    ],
)
def test_damaged_metadata_are_errors(said: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message):
        load_network(_onnx(tmp_path / "model.onnx", **{KEY: said}))
    (tmp_path / MODEL_JSON).write_text(said)
    with pytest.raises(DataError, match=message):
        load_network(tmp_path)


def test_a_missing_package_is_named_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(program, "import_module", missing)
    for name, extra in (("model.onnx", "onnx"), ("model.xml", "openvino")):
        (tmp_path / name).write_bytes(b"")
        with pytest.raises(MissingExtraError, match=rf'pip install "boxwright\[{extra}\]"'):
            load_network(tmp_path / name)


def test_trainings_say_that_an_exported_file_cannot_be_trained(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is an exported file"):
        load_model(_onnx(tmp_path / "model.onnx"))
