"""`boxwright benchmark` over a model and a file that was exported of it."""

import csv
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.end_to_end.export_models import finding_much
from tests.end_to_end.found_data import write_found_data

from boxwright import evaluate

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.slow
@pytest.mark.paints
def test_a_model_and_its_export_side_by_side(
    tiny_data: Path, tmp_path: Path, boxwright_copy: Run, boxwright: Run
) -> None:
    model = finding_much("retinanet_r18", tmp_path, ("green", "red"))  # of few layers, soon traced
    data = write_found_data(model, tiny_data, tmp_path / "data", 64)
    exported = tmp_path / "exported"
    typed = ("export", model, "--canvas", "64", "--output", exported, "--check", "null")
    ended = boxwright_copy(*typed)
    assert ended.returncode == 0, ended.stderr
    flags = ("--data", data, "--canvas", "64", "--batch_size", "2", "--threads", "1", "--device", "cpu")
    ended = boxwright("benchmark", model, exported, *flags, "--output", tmp_path / "runs")
    assert ended.returncode == 0, ended.stderr
    folder = tmp_path / "runs" / "benchmark"
    assert {each.name for each in folder.iterdir()} == {"benchmark.csv", "benchmark.png", "log.txt"}
    with (folder / "benchmark.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["model"], row["format"]) for row in rows] == [(str(model), "boxwright"), (str(exported), "onnx")]
    files = (model, exported / "model.onnx")
    for row, file in zip(rows, files, strict=True):
        assert (row["images"], row["batch_size"], row["threads"], row["canvas_width"]) == ("3", "2", "1", "64")
        report = evaluate(file, data, canvas=64, workers=0, device="cpu", output=tmp_path, gallery=False)
        assert report.ap > 0.05
        assert float(row["ap"]) == pytest.approx(report.ap, abs=1e-6)
        assert float(row["ap50"]) == pytest.approx(report.ap50, abs=1e-6)
        assert float(row["size_mb"]) == pytest.approx(file.stat().st_size / 1e6, abs=1e-3)
        assert str(file.parent if file != model else file) in ended.stdout
        assert f"{report.ap:.4f}" in ended.stdout


@pytest.mark.slow
def test_a_damaged_file_is_an_error_that_names_it(tiny_data: Path, tmp_path: Path, boxwright: Run) -> None:
    (tmp_path / "model.onnx").write_bytes(b"no network")
    ended = boxwright("benchmark", tmp_path / "model.onnx", "--data", tiny_data, "--output", tmp_path / "runs")
    assert ended.returncode == 1
    assert "model.onnx is no ONNX file" in ended.stderr
    assert "Traceback" not in ended.stderr
