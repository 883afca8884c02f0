import os
from functools import wraps

import numpy as np
import pytest

import boxwright
from boxwright.errors import ConfigError, DataError
from boxwright.evaluation import Report
from boxwright.prediction import Model, Predictor, Result, load
from boxwright.systems import save_model

PHOTO = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)


def write(path, model):
    system, card = model
    save_model(path, system, categories=card.categories, canvas_size=card.canvas_size, config={})
    return path


@pytest.fixture
def loaded(tmp_path, model) -> Model:
    return load(write(tmp_path / "weights.safetensors", model))


def test_the_habit_of_another_trainer(tmp_path, model, monkeypatch, image_file):
    """What its users type without thinking, all of it."""
    monkeypatch.chdir(tmp_path)
    image_file(tmp_path / "img.jpg")
    write(tmp_path / "best.safetensors", model)
    found = boxwright.load("best")
    results = found("img.jpg", score_threshold=0.0, device="cpu")
    assert len(results) == 1
    for result in results:
        assert isinstance(result, Result)
        print(result)
        for box, score, label in zip(result.boxes, result.scores, result.labels, strict=True):
            assert len(box.tolist()) == 4
            assert 0 <= float(score) <= 1
            assert result.names[int(label)] in found.names.values()
        assert result.plot().shape == (40, 60, 3)
        result.save(filename := "result.jpg")
        assert (tmp_path / filename).is_file()
    assert [each.path for each in found.predict(source="img.jpg", stream=True, device="cpu")] == ["img.jpg"]
    assert len(boxwright.predict(found, "img.jpg", device="cpu")) == 1
    with pytest.raises(ConfigError, match="opset is 11"):
        found.export(format="onnx", opset=11)


@pytest.mark.parametrize(
    ("settings", "answers"),
    [
        ({"conf": 0.5}, ["conf is called otherwise here: score_threshold=0.5"]),
        ({"imgsz": 640, "iou": 0.5}, ["canvas=640", "iou_threshold=0.5"]),
        ({"score_treshold": 0.5}, ["Did you mean 'score_threshold'"]),
        ({"half": True}, ["half is called otherwise here: precision='fp16'"]),
        ({"save_txt": True}, ["save=['pictures', 'labels']"]),
        ({"save_conf": True}, ["save_conf is no setting here: ", "save=['pictures', 'json']"]),
        ({"verbose": False}, ["verbose is no setting here: leave it out"]),
        ({"save": True}, ["save='pictures' and a folder as output"]),
        ({"save": False}, ["leave both out to write nothing"]),
        ({"device": "0"}, ["device='0' is written otherwise here: device='cuda:0'"]),
    ],
)
def test_unknown_settings_are_answered(loaded, settings, answers):
    with pytest.raises(ConfigError) as refused:
        loaded.predict(PHOTO, **settings)
    assert all(answer in str(refused.value) for answer in answers)


@pytest.mark.parametrize(("asked", "here"), [("val", "evaluate"), ("track", "tracker"), ("train", "weights")])
def test_methods_of_another_trainer_are_answered(loaded, asked, here):
    with pytest.raises(AttributeError, match=rf"no '{asked}'\. Here it is .*{here}"):
        getattr(loaded, asked)
    assert not hasattr(loaded, "nonsense")


def test_says_what_it_is(loaded):
    assert repr(loaded).startswith("yolov8n of ")
    assert repr(loaded).endswith("weights.safetensors: 2 classes (cat, Hörse), canvas 96 × 64")
    assert loaded.names == {0: "cat", 1: "Hörse"}


def test_the_network_is_built_once_for_the_same_settings(loaded, monkeypatch):
    built = []
    begin = Predictor.__init__
    monkeypatch.setattr(
        Predictor, "__init__", lambda self, *rest, **more: built.append(1) or begin(self, *rest, **more)
    )
    for _ in range(3):
        loaded(PHOTO, device="cpu")
    assert len(built) == 1
    loaded(PHOTO, device="cpu", score_threshold=0.5)
    assert len(built) == 2


def test_is_measured(loaded, monkeypatch):
    seen, report = {}, object.__new__(Report)

    @wraps(boxwright.evaluate)
    def record(*given, **more):
        seen.update(given=given, more=more)
        return report

    monkeypatch.setattr("boxwright.prediction.model.evaluate", record)
    assert loaded.evaluate("data", batch_size=2) is report
    assert seen == {"given": (loaded.path, "data", "val"), "more": {"batch_size": 2}}


def test_best_is_the_best_of_the_last_run(tmp_path, model, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=r"no run in .*runs has a weights/best\.safetensors"):
        load("best")
    for age, run in enumerate(("train-2", "train", "other")):
        for name in ("best", "last"):
            path = write(tmp_path / "runs" / run / "weights" / f"{name}.safetensors", model)
            os.utime(path, (10**9 - age, 10**9 - age))
    assert str(load("best").path) == os.path.join("runs", "train-2", "weights", "best.safetensors")
    assert str(load("last").path).endswith("last.safetensors")
    assert load("runs/train").card.categories == ("cat", "Hörse")
    write(tmp_path / "best.safetensors", model)
    assert str(load("best").path) == "best.safetensors"
    with pytest.raises(DataError, match="no model file"):
        load("worst")


def test_settings_of_other_methods_are_answered(loaded):
    with pytest.raises(ConfigError, match="imgsz is called otherwise here: canvas=64"):
        loaded.export(imgsz=64)
    with pytest.raises(ConfigError, match="conf is no setting here: AP looks at every score"):
        loaded.evaluate("sample:bccd", conf=0.1)


@pytest.mark.parametrize(("name", "here"), [("conf", "score_threshold"), ("iou", "iou_threshold"), ("x", "")])
def test_what_would_change_nothing_cannot_be_set(loaded, name, here):
    with pytest.raises(AttributeError, match=f"A Model has no '{name}'.*{here}"):
        setattr(loaded, name, 0.5)


@pytest.mark.parametrize(("name", "here"), [("YOLO", "boxwright.load"), ("val", "evaluate"), ("track", "tracker")])
def test_names_of_the_package_are_answered(name, here):
    with pytest.raises(AttributeError, match=f"no attribute '{name}'. Here it is .*{here}"):
        getattr(boxwright, name)
    assert not hasattr(boxwright, "nonsense")


def test_boxes_and_results_answer_too(loaded):
    results = loaded(PHOTO, score_threshold=0.0, device="cpu")
    with pytest.raises(AttributeError, match=r"Here it is result\.boxes itself"):
        results[0].boxes.xyxy  # noqa: B018
    with pytest.raises(AttributeError, match=r"Here it is result\.scores"):
        [box.conf for box in results[0].boxes]
    for name in ("boxes", "plot", "names", "pandas"):
        with pytest.raises(AttributeError, match=rf"Results have no '{name}'. Here it is results\[0\].{name}"):
            getattr(results, name)
    with pytest.raises(ConfigError, match=r"plot has no 'show'. Write result\.show\(\)"):
        results[0].plot(show=True)
    with pytest.raises(ConfigError, match=r"save has no 'filename'. Write path="):
        results[0].save(filename="a.jpg")
