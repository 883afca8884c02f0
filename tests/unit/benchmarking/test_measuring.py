"""Measuring one model."""

from dataclasses import replace
from pathlib import Path

import pytest

from boxwright.benchmarking.measuring import measured
from boxwright.errors import ConfigError, DataError
from boxwright.evaluation import evaluate
from boxwright.systems import build_system, save_model
from tests.end_to_end.export_models import finding_much
from tests.end_to_end.found_data import write_found_data
from tests.unit.benchmarking.test_one_model import TASK


def _model(folder: Path, name: str = "yolov8n", categories: tuple[str, ...] = ("green", "red")) -> str:
    path = folder / "model.safetensors"
    save_model(path, build_system(name, 2), categories=categories, canvas_size=(64, 64), config={})
    return str(path)


def test_it_measures_as_evaluate_does_on_as_many_images_as_wanted(tiny_data: Path, tmp_path: Path) -> None:
    model = finding_much("yolov8n", tmp_path, ("green", "red"))
    data = write_found_data(model, tiny_data, tmp_path / "data", (64, 96))
    task = replace(TASK, model=str(model), data=str(data), max_pixels=10**6)
    found = measured(task)
    report = evaluate(
        task.model, data, canvas=(64, 96), workers=0, device="cpu", output=tmp_path, sheet=False, gallery=False
    )
    assert report.ap > 0.05
    assert (found.ap, found.ap50, found.images) == (report.ap, report.ap50, 3)
    assert (found.format, found.system, found.canvas, found.device) == ("boxwright", "yolov8n", (64, 96), "cpu")
    assert found.size == Path(task.model).stat().st_size
    assert found.peak_memory is None or found.peak_memory > found.size
    fewer = measured(replace(task, images=2, canvas=None))
    assert (fewer.images, fewer.canvas) == (2, (128, 128))
    assert measured(replace(task, images=99)).images == 3


def test_other_categories_and_canvases_are_errors(tiny_data: Path, tmp_path: Path) -> None:
    task = replace(TASK, model=_model(tmp_path, categories=("a", "b")), data=str(tiny_data), max_pixels=10**6)
    with pytest.raises(DataError, match=r"model\.safetensors finds a, b; the data"):
        measured(task)
    with pytest.raises(ConfigError, match="canvas"):
        measured(replace(task, canvas=(63, 64)))
