"""boxwright predict."""

from pathlib import Path

import pytest

from boxwright.cli.commands import predict
from boxwright.errors import ConfigError


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
