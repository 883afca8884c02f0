"""What an export refuses before it begins; tests/end_to_end/test_export.py has the files."""

from collections.abc import Callable
from pathlib import Path

import pytest

from boxwright.errors import ConfigError, DataError, MissingExtraError
from boxwright.exporting import onnx_file, openvino_file
from boxwright.exporting.command import export
from boxwright.systems import build_system, save_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "m.safetensors"
    save_model(path, build_system("yolov8n", 2), categories=("a", "b"), canvas_size=(64, 64), config={})
    return path


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"batch": 0}, "batch is 0"),
        ({"batch": True}, "batch is True"),
        ({"batch": 10**12}, "batch is 1000000000000. Give a number of images, 1 to 65,536, or dynamic"),
        ({"box_tolerance": -1.0}, "box_tolerance is -1.0. Give a finite number from 0"),
        ({"score_tolerance": float("nan")}, "score_tolerance is nan"),
        ({"canvas": True}, "canvas is True. Give a whole number"),
        ({"canvas": 100}, "multiples of 32"),
        ({"opset": 11}, "opset is 11"),
        ({"channels": "bgr"}, "--input uint8"),
        ({"max_detections": 5}, "max_detections: a file that removes no boxes"),
        ({"score_threshold": 0.5}, "score_threshold: a file that removes no boxes"),
        ({"nms": "graph", "iou_threshold": 2.0}, "iou_threshold is 2.0"),
    ],
)
def test_impossible_settings_are_errors(settings: dict[str, object], said: str, model: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=said):
        export(model, output=tmp_path / "out", **settings)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_holds_something_is_refused_at_once(model: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ConfigError, match=r"output: .* is not empty\. Name a new or an empty folder"):
        export(model, output=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_what_is_exported_is_not_exported_again(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is exported already"):
        export(tmp_path / "model.onnx", output=tmp_path / "out")


def test_data_that_are_not_there_are_missed_before_anything_is_written(model: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"There is no .*nowhere\. Give a data folder"):
        export(model, output=tmp_path / "out", check=str(tmp_path / "nowhere"))
    assert not (tmp_path / "out").exists()


def test_a_model_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="There is no model file"):
        export(tmp_path / "none.safetensors", output=tmp_path / "out")


@pytest.mark.parametrize(
    ("form", "require", "extra"),
    [("onnx", onnx_file.require_onnx, "onnx"), ("openvino", openvino_file.require_openvino, "openvino")],
)
def test_a_missing_package_is_named_with_the_command_that_installs_it(
    form: str, require: Callable[[], None], extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=rf'pip install "boxwright\[{extra}\]"'):
        require()
