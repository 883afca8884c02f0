"""Comparing models: what is refused before anything is measured, and what is written."""

from importlib import import_module
from pathlib import Path

import pytest

from boxwright import benchmark
from boxwright.benchmarking.task import Task
from boxwright.errors import ConfigError, DataError
from boxwright.systems import build_system, save_model
from tests.unit.benchmarking.rows import row

COMMAND = import_module("boxwright.benchmarking.command")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    save_model(path, build_system("yolov8n", 2), categories=["green", "red"], canvas_size=(64, 64), config={})
    return path


@pytest.mark.parametrize("setting", ["batch_size", "threads", "images"])
def test_a_number_under_one_is_refused(setting: str, model: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=rf"{setting} is 0\. Give a whole number of at least 1"):
        benchmark(model, data="x", output=tmp_path / "runs", device="cpu", **{setting: 0})
    assert not (tmp_path / "runs").exists()


def test_no_model_is_refused() -> None:
    with pytest.raises(ConfigError, match="models: there is none to measure"):
        benchmark([], data="x", device="cpu")


@pytest.mark.parametrize("name", ["other.safetensors", "other.onnx", "other.xml", "other.pt2"])
def test_a_model_that_is_not_there_is_an_error_before_the_first_is_measured(
    name: str, model: Path, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=name):
        benchmark([model, tmp_path / name], data="x", output=tmp_path / "runs", device="cpu")
    assert not (tmp_path / "runs").exists()


def test_what_was_measured_stays_when_a_later_model_fails(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Task] = []

    def measured(task: Task) -> object:
        asked.append(task)
        if len(asked) == 2:
            raise DataError("the second")
        return row()

    monkeypatch.setattr(COMMAND, "measured_alone", measured)
    with pytest.raises(DataError, match="the second"):
        benchmark([model, model], data="x", output=tmp_path, device="cpu", canvas=96)
    assert asked[0].canvas == (96, 96)
    assert len((tmp_path / "benchmark" / "benchmark.csv").read_text().splitlines()) == 2


def test_table_picture_and_warnings(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(COMMAND, "measured_alone", lambda task: row(model=task.model, warnings=("no GPU here",)))
    for _ in range(2):
        assert benchmark(model, data="x", output=tmp_path, device="cpu")[0].model == str(model)
    assert {each.name for each in tmp_path.iterdir()} == {"benchmark", "benchmark-2"}
    assert {each.name for each in (tmp_path / "benchmark-2").iterdir()} == {
        "benchmark.csv",
        "benchmark.png",
        "log.txt",
    }
    said = capsys.readouterr().out
    assert "no GPU here" in said
    assert "Images: 3, 2 at once; cpu, 1 thread." in said
    assert "0.2500" in said
