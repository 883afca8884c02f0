import logging
from pathlib import Path

import pyarrow
import pytest
from pyarrow.parquet import read_table, write_table

from boxwright.cluster import command
from boxwright.cluster.command import predict_over_cluster
from boxwright.errors import BoxwrightError
from boxwright.prediction import predict

SETTINGS = {"device": "cpu", "score_threshold": 0.0, "max_detections": 3, "batch_size": 1}
pytestmark = pytest.mark.usefixtures("engine_here")


def test_every_picture_has_a_row_and_a_second_start_does_nothing(
    photos: Path, model_file: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    output = f"parquet:{tmp_path / 'rows'}"
    said: list[tuple[int, int]] = []
    run = predict_over_cluster(
        model_file, str(photos), output, rows_per_file=4, progress=lambda *each: said.append(each), **SETTINGS
    )
    rows = {row["path"]: row for row in read_table(tmp_path / "rows").to_pylist()}
    expected = predict(model_file, sorted(photos.rglob("*.png")), **SETTINGS)
    assert {path: rows[path]["boxes"] for path in rows if rows[path]["error"] is None} == {
        each.path: each.boxes.tolist() for each in expected
    }
    broken = str(photos / "broken.jpg")
    assert (run.images, run.before, run.objects, list(run.faults)) == (7, 0, 18, [broken])
    assert len(rows) == read_table(tmp_path / "rows").num_rows == 7
    assert rows[broken]["boxes"] is None
    assert said[-1] == (7, 7)
    with caplog.at_level(logging.INFO, "boxwright"):
        again = predict_over_cluster(model_file, str(photos), output, rows_per_file=4, **SETTINGS)
    assert (again.images, again.before, again.objects, again.faults) == (7, 7, 0, run.faults)
    assert f"7 of 7 images have a row in {tmp_path / 'rows'}, and are passed over." in caplog.messages
    assert read_table(tmp_path / "rows").num_rows == 7


def test_what_was_found_before_an_error_is_kept(
    photos: Path, model_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = command.found_by_ray

    def ends_early(*given, **named):
        found = whole(*given, **named)
        yield next(found)
        raise BoxwrightError("The cluster has given up.")

    monkeypatch.setattr(command, "found_by_ray", ends_early)
    output = f"parquet:{tmp_path / 'rows'}"
    with pytest.raises(BoxwrightError, match="given up"):
        predict_over_cluster(model_file, str(photos), output, **SETTINGS)
    before = read_table(tmp_path / "rows").num_rows
    assert 0 < before < 7
    monkeypatch.setattr(command, "found_by_ray", whole)
    run = predict_over_cluster(model_file, str(photos), output, **SETTINGS)
    assert (run.images, run.before) == (7, before)
    paths = read_table(tmp_path / "rows")["path"].to_pylist()
    assert len(paths) == len(set(paths)) == 7


def test_a_table_of_no_pictures_is_no_error(model_file: Path, tmp_path: Path) -> None:
    write_table(pyarrow.table({"path": pyarrow.array([], pyarrow.string())}), tmp_path / "a.parquet")
    run = predict_over_cluster(model_file, str(tmp_path / "a.parquet"), f"parquet:{tmp_path / 'rows'}", **SETTINGS)
    assert (run.images, run.objects) == (0, 0)
    assert read_table(tmp_path / "rows").num_rows == 0
