"""boxwright tune."""

import sys
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from boxwright.cli.commands import tune
from boxwright.cli.main import main
from boxwright.errors import BoxwrightError
from boxwright.settings.tuning.dimension import Choices, Range
from boxwright.settings.tuning.search import Search, search_from

pytestmark = pytest.mark.usefixtures("places_that_are_there")
LR = ["--space.optimization.lr", "1e-4..1e-2:log"]


@pytest.fixture
def searched(monkeypatch) -> list[Search]:
    """Collects what a search would have been started with."""
    found: list[Search] = []
    monkeypatch.setattr(
        import_module("boxwright.training.tuning.command"), "run_search", lambda given: found.append(search_from(given))
    )
    return found


def test_flags_reach_the_search(searched: list[Search]) -> None:
    words = "--data x --epochs 9 --trials 4 --space.augmentation.mosaic 0..1 --space.system yolov8n,yolov5n"
    tune.run([*words.split(), *LR, "--space.canvas", "[320,[320,640]]"])
    (search,) = searched
    assert search.space == (
        Range("augmentation.mosaic", 0.0, 1.0),
        Choices("canvas", (320, [320, 640])),
        Range("optimization.lr", 1e-4, 1e-2, is_log=True),
        Choices("system", ("yolov8n", "yolov5n")),
    )
    assert search.given == {"name": "tune", "data": "x", "epochs": 9}
    assert search.settings.trials == 4


def test_a_file_says_the_same_as_flags(searched: list[Search]) -> None:
    space = {"optimization": {"lr": "1e-4..1e-2:log"}, "augmentation.mosaic": "0..1"}
    Path("tune.yaml").write_text(yaml.safe_dump({"space": space, "trials": 3}))
    tune.run(["--config", "tune.yaml", "--data", "x"])
    tune.run(["--data", "x", "--trials", "3", *LR, "--space.augmentation.mosaic", "0..1"])
    assert searched[0].space == searched[1].space
    assert searched[0].given == searched[1].given


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "space: name what to search"),
        (["--space.optimization.lrr", "0..1"], "Did you mean 'optimization.lr'"),
        (["--space.optimization.momentum", "0..2"], "momentum must be at least 0 and below 1; found 2"),
        (["--space.optimization.lr", "1..0"], "from a number to a larger one"),
        (["--space.system", "yolov8n,yolov9n"], "Unknown system 'yolov9n'"),
        ([*LR, "--resume", "runs/tune"], "There is no setting 'resume'"),
        ([*LR, "--trials", "0"], "trials must be at least 1"),
        (["--data", "x", "--space.weights", "null,m.pt,lost.pt"], "There is no model file lost.pt"),
        ([*LR, "--data", "lost"], "lost. Give a data folder"),
        ([*LR], "data: name the data set to train on"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_loaded(words: list[str], said: str, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "boxwright.training.tuning.command", None)  # an import would fail
    with pytest.raises(BoxwrightError) as refused:
        tune.run(words)
    assert said in str(refused.value)


def test_words_of_another_trainer_are_answered(capsys) -> None:
    assert main(["tune", *LR, "--imgsz", "320", "--resume", "x"]) == 2
    said = capsys.readouterr().err
    assert "--imgsz 320: write --canvas 320" in said
    assert "the same command again goes on with its search" in said
