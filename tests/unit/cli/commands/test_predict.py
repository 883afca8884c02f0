"""boxwright predict."""

import sys
from pathlib import Path

import pytest

from boxwright.cli.commands import predict
from boxwright.cluster.command import ClusterRun
from boxwright.errors import BoxwrightError, ConfigError, DataError
from boxwright.prediction.row_predictor import ROW_SETTINGS

pytestmark = pytest.mark.usefixtures("places_that_are_there")


def test_predict_says_where_the_results_are(monkeypatch, capsys) -> None:
    seen: dict[str, object] = {}

    def find(**settings: object) -> list[list[int]]:
        seen.update(settings)
        return [[1, 2], [3]]

    monkeypatch.setattr("boxwright.prediction.predict", find)
    predict.run(["--model", "m.pt", "--source", "images"])
    assert (seen["model"], seen["source"], seen["device"]) == ("m.pt", "images", "auto")
    assert capsys.readouterr().out == "3 objects in 2 images. The results are in runs/predict.\n"


def test_predict_says_that_nothing_was_saved(monkeypatch, capsys) -> None:
    monkeypatch.setattr("boxwright.prediction.predict", lambda **settings: ["four"] if settings["save"] == [] else [])
    predict.run(["--model", "m.pt", "--source", "images", "--save", "[]"])
    assert capsys.readouterr().out == "4 objects in 1 image. Nothing was saved.\n"


def test_files_have_no_order_of_channels() -> None:
    with pytest.raises(ConfigError, match="There is no setting 'channels'"):
        predict.run(["--model", "m.pt", "--source", "images", "--channels", "bgr"])


@pytest.mark.parametrize("name", ["2024", "2024-05-01", "1e5", "007", "null", "~", "yes", "a: b", "[a]", "#a", "1:30"])
def test_every_name_can_be_that_of_a_source_or_a_folder(name: str, monkeypatch, capsys) -> None:
    seen: list[dict[str, object]] = []

    def record(**settings: object) -> list[list[int]]:
        seen.append(settings)
        return []

    monkeypatch.setattr("boxwright.prediction.predict", record)
    Path(name).touch()
    predict.run(["--model", name, "--source", name, "--output", f"{name}x"])
    assert [seen[0][each] for each in ("model", "source", "output")] == [name, name, f"{name}x"]


def test_predictions_are_numbered(tmp_path: Path, monkeypatch, capsys) -> None:
    seen: list[object] = []

    def record(**settings: object) -> list[list[int]]:
        seen.append(settings["output"])
        (tmp_path / str(settings["output"])).mkdir(parents=True)
        (tmp_path / str(settings["output"]) / "a.jpg").touch()
        return []

    monkeypatch.setattr("boxwright.prediction.predict", record)
    monkeypatch.chdir(tmp_path)
    for _ in range(3):
        predict.run(["--model", "m.pt", "--source", "images"])
    assert seen == ["runs/predict", "runs/predict-2", "runs/predict-3"]
    assert capsys.readouterr().out.endswith("The results are in runs/predict-3.\n")


def test_results_are_taken_one_by_one(monkeypatch, capsys) -> None:
    monkeypatch.setattr(
        "boxwright.prediction.predict", lambda **settings: iter([[1], [2]] if settings["stream"] else [])
    )
    predict.run(["--model", "m.pt", "--source", "images", "--output", "null"])
    assert capsys.readouterr().out == "2 objects in 2 images. Nothing was saved.\n"


def test_what_can_be_typed(monkeypatch) -> None:
    seen: dict[str, object] = {}
    monkeypatch.setattr("boxwright.prediction.predict", lambda **settings: seen.update(settings) or [])
    flags = ["--classes", "[cell,7]", "--min_size", "8", "--tracker", "bytetrack", "--workers", "0"]
    predict.run(
        ["--model", "m.pt", "--source", "0", "--one_class_per_box", "false", "--class_agnostic", "true", *flags]
    )
    assert list(seen["classes"]) == ["cell", "7"]
    assert (seen["source"], seen["min_size"], seen["tracker"], seen["workers"]) == ("0", 8, "bytetrack", 0)
    assert (seen["one_class_per_box"], seen["class_agnostic"]) == (False, True)
    with pytest.raises(ConfigError, match="tracker"):
        predict.run(["--model", "m.pt", "--source", "0", "--tracker", "bytetracker"])


def test_all_settings_of_the_function_can_be_typed() -> None:
    import inspect
    from dataclasses import fields

    from boxwright.prediction import predict as function
    from boxwright.prediction.search import SearchSettings

    typed = {each.name for each in fields(predict.PredictFlags)}
    of_function = set(inspect.signature(function).parameters)
    assert of_function - typed == {"stream", "channels"}
    assert {each.name for each in fields(SearchSettings)} == of_function - {"model", "source"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--score_threshold 1.5", "score_threshold is 1.5. Give a number from 0 to 1."),
        ("--iou_threshold=-1", "iou_threshold is -1"),
        ("--max_detections 0", "max_detections is 0. Give at least 1."),
        ("--batch_size 0", "batch_size is 0. Give at least 1."),
        ("--workers=-1", "workers must be from 0"),
        ("--canvas 0", "both sides must be from 1"),
        ("--save picture", "Did you mean 'pictures'"),
        ("--min_size 9 --max_size 8", "so that no object is wanted"),
        ("--classes []", "classes is empty"),
        ("--category_ids [1,2]", 'Add "json" to save'),
        ("--model nowhere.safetensors", "There is no model file nowhere.safetensors"),
        ("--model runs/lost", "There is no model file runs/lost"),
        ("--source nowhere.jpg", "There is no file or folder nowhere.jpg"),
        ("--output m.pt", "m.pt is no folder"),
        ("--output run", "output: run is the folder of a training"),
        ("--output run/weights", "output: run/weights is the folder of a training"),
        ("--output null --device gpu", "Did you mean cuda:0"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_loaded(words: str, message: str, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "boxwright.prediction", None)  # an import would fail
    Path("run/weights").mkdir(parents=True)
    Path("run/config.yaml").touch()
    usual = [] if "--model" in words else ["--model", "m.pt"]
    usual += [] if "--source" in words else ["--source", "images"]
    with pytest.raises(BoxwrightError) as refused:
        predict.run([*usual, *words.split()])
    assert message in str(refused.value)


@pytest.mark.parametrize("source", ["0", "12", "rtsp://host/yard", "*.jpg", "images"])
def test_what_need_not_be_a_file_is_not_looked_for(source: str, monkeypatch, capsys) -> None:
    monkeypatch.setattr("boxwright.prediction.predict", lambda **settings: [])
    predict.run(["--model", "m.pt", "--source", source])
    assert capsys.readouterr().out.startswith("0 objects")


RAY = ["--model", "m.pt", "--source", "images", "--engine", "ray", "--output", "parquet:rows"]


def _over_cluster(monkeypatch, faults: dict[str, str]) -> dict[str, object]:
    seen: dict[str, object] = {}

    def find(**settings: object) -> ClusterRun:
        seen.update(settings)
        return ClusterRun("rows", images=9, before=2, objects=5, faults=faults)

    monkeypatch.setattr("boxwright.cluster.command.predict_over_cluster", find)
    return seen


def test_a_cluster_gets_what_it_can_use(monkeypatch, capsys) -> None:
    seen = _over_cluster(monkeypatch, {})
    predict.run([*RAY, "--actors", "3", "--rows_per_file", "7", "--score_threshold", "0.5"])
    assert (seen["output"], seen["actors"], seen["rows_per_file"]) == ("parquet:rows", 3, 7)
    assert set(seen) == {"model", "source", "output", "actors", "rows_per_file", "progress", *ROW_SETTINGS} - {
        "channels"
    }
    assert capsys.readouterr().out == "5 objects in 7 images. The rows of 9 are in rows.\n"


def test_what_a_cluster_cannot_read_is_an_error_or_a_warning(monkeypatch, capsys) -> None:
    _over_cluster(monkeypatch, {"a.jpg": "a.jpg: it is broken."})
    with pytest.raises(DataError, match=r"1 image could not be read; .*\n  - a\.jpg: it is broken\."):
        predict.run(RAY)
    predict.run([*RAY, "--on_bad", "skip"])
    assert "a.jpg: it is broken." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--engine ray --output rows", "Give --output parquet:DIR"),
        ("--engine ray", "Give --output parquet:DIR"),
        ("--engine ray --output parquet:rows --tracker sort", "tracker has no meaning with --engine ray"),
        ("--engine ray --output parquet:rows --save json", "save has no meaning with --engine ray"),
        ("--engine ray --output parquet:rows --source rtsp://host/yard", "is a camera or a stream"),
        ("--engine ray --output parquet:rows --source lost", "There is no file or folder lost"),
        ("--engine ray --output parquet:rows --model lost.onnx", "There is no model file lost.onnx"),
        ("--engine ray --output parquet:rows --actors 0", "actors is 0. Give at least 1."),
        ("--engine dask", "engine"),
        ("--actors 2", "Add --engine ray"),
        ("--output parquet:rows", "Add --engine ray"),
        ("--engine ray --output parquet:rows --show true", "show"),
    ],
)
def test_what_is_wrong_with_a_cluster_is_said_before_anything_is_loaded(words: str, message: str, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "boxwright.prediction", None)  # an import would fail
    monkeypatch.setitem(sys.modules, "boxwright.cluster", None)
    usual = [] if "--model" in words else ["--model", "m.pt"]
    usual += [] if "--source" in words else ["--source", "images"]
    with pytest.raises(BoxwrightError) as refused:
        predict.run([*usual, *words.split()])
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
