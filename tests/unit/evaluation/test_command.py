"""Measuring a model file."""

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from boxwright.data import open_dataset
from boxwright.errors import ConfigError, DataError
from boxwright.evaluation import evaluate
from boxwright.systems import build_system, read_card, save_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "model.pt"
    save_model(path, build_system("yolov8n", 2), categories=["green", "red"], canvas_size=(64, 64), config={})
    return path


def _evaluate(model: Path, data: Path, output: Path, **settings: object):
    return evaluate(model, data, workers=0, device="cpu", output=output, **settings)


def test_results_are_printed_and_written(model: Path, tiny_data: Path, tmp_path: Path, capsys) -> None:
    report = _evaluate(model, tiny_data, tmp_path)
    assert report.num_images == 3
    assert report.table() in capsys.readouterr().out
    written = json.loads((tmp_path / "evaluate" / "report.json").read_text())
    assert written["num_detections"] == report.num_detections
    assert {path.name for path in (tmp_path / "evaluate").iterdir()} == {
        "confusion.csv",
        "confusion.png",
        "errors.csv",
        "errors.html",
        "images.csv",
        "log.txt",
        "pr_curve.png",
        "report.json",
        "thresholds.png",
        "validation.jpg",
    }


def test_split_canvas_and_sheet(model: Path, tiny_data: Path, tmp_path: Path) -> None:
    report = _evaluate(model, tiny_data, tmp_path, split="train", canvas=96, sheet=False, name="other")
    assert report.num_images == 8
    assert not (tmp_path / "other" / "validation.jpg").exists()


def test_a_data_set_that_exists_in_python(model: Path, tiny_data: Path, tmp_path: Path) -> None:
    named = _evaluate(model, tiny_data, tmp_path, sheet=False)
    assert _evaluate(model, open_dataset(tiny_data, "val"), tmp_path, sheet=False).ap == named.ap


def test_other_categories_are_an_error(tiny_data: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    save_model(path, build_system("yolov8n", 2), categories=["red", "green"], canvas_size=(64, 64), config={})
    with pytest.raises(DataError, match=r"model.pt finds red, green; the data"):
        _evaluate(path, tiny_data, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_limit_of_detections_is_that_of_the_report(model: Path, tiny_data: Path, tmp_path: Path) -> None:
    report = _evaluate(model, tiny_data, tmp_path, sheet=False, max_detections=500)
    assert (report.max_detections, report.most_per_image, report.num_over_limit) == (500, 500, 0)
    few = _evaluate(model, tiny_data, tmp_path, sheet=False, max_detections=1)
    truths = [open_dataset(tiny_data, "val").truth(position) for position in range(3)]
    assert few.num_over_limit == sum(max(truth.labels.bincount().tolist(), default=0) > 1 for truth in truths) > 0
    with pytest.raises(ConfigError, match="max_detections must be at least 1; found 0"):
        _evaluate(model, tiny_data, tmp_path, max_detections=0)


def test_a_data_set_that_exists_in_python_is_not_read(model: Path, tiny_data: Path, tmp_path: Path) -> None:
    for name, value in {"split": "train", "on_bad": "skip", "val": 0.2, "max_pixels": 5}.items():
        with pytest.raises(ConfigError, match=f"{name}: only for data that is read from files"):
            _evaluate(model, open_dataset(tiny_data, "val"), tmp_path, **{name: value})


def test_data_without_parts_are_measured_with_those_of_the_run(model: Path, tmp_path: Path) -> None:
    run, data = tmp_path / "run", tmp_path / "data"
    data.mkdir()
    (run / "weights").mkdir(parents=True)
    shutil.copy(model, run / "weights/best.safetensors")
    (run / "split.json").write_text('{"train": ["a.png"], "val": ["b.png"]}')
    for name in "ab":
        Image.new("RGB", (8, 8)).save(data / f"{name}.png")
        (data / f"{name}.xml").write_text("<annotation><size><width>8</width><height>8</height></size></annotation>")
    for given in (run, run / "weights/best.safetensors"):
        with pytest.raises(DataError, match=r"data has 2 images in no parts.* --val .*run \(in Python"):
            _evaluate(given, data, tmp_path)


def test_the_best_threshold_goes_into_the_model_on_request(model: Path, tiny_data: Path, tmp_path: Path) -> None:
    mine = tmp_path / "model.safetensors"
    shutil.copy(model, mine)
    before = mine.read_bytes()
    report = _evaluate(mine, tiny_data, tmp_path)
    assert mine.read_bytes() == before
    _evaluate(mine, tiny_data, tmp_path, update_model=True, sheet=False, gallery=False)
    card = read_card(mine)
    assert card.measurements["best_threshold"] == report.best_threshold
    assert card.measurements["data"] == f"{tiny_data}, val"
    (tmp_path / "run" / "weights").mkdir(parents=True)
    shutil.copy(model, tmp_path / "run" / "weights" / "best.safetensors")
    _evaluate(tmp_path / "run", tiny_data, tmp_path, update_model=True, sheet=False, gallery=False)
    assert read_card(tmp_path / "run").measurements == card.measurements


def test_errors_are_those_above_the_named_threshold(model: Path, tiny_data: Path, tmp_path: Path, capsys) -> None:
    _evaluate(model, tiny_data, tmp_path, score_threshold=0.9)
    targets = sum(len(open_dataset(tiny_data, "val").truth(position)) for position in range(3))
    assert f"errors of detections with a score over 0.9: miss {targets}, false alarm 0" in capsys.readouterr().out
    with pytest.raises(ConfigError, match="score_threshold"):
        _evaluate(model, tiny_data, tmp_path, score_threshold=1.5)


def test_several_looks_do_not_become_what_a_model_says_of_itself(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Leave tta or update_model out"):
        evaluate(tmp_path / "nothing.safetensors", "sample:bccd", tta=True, update_model=True)
