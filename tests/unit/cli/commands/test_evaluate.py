"""boxwright evaluate."""

import sys
from importlib import import_module

import pytest

from boxwright.cli.commands import evaluate
from boxwright.errors import BoxwrightError, ConfigError

pytestmark = pytest.mark.usefixtures("places_that_are_there")


def test_flags_reach_the_function(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[dict[str, object]] = []
    monkeypatch.setattr(import_module("boxwright.evaluation"), "evaluate", lambda **settings: called.append(settings))
    evaluate.run(["--model", "m.pt", "--data", "x", "--split", "train", "--canvas", "96"])
    (settings,) = called
    assert (settings["model"], settings["data"], settings["split"], settings["canvas"]) == ("m.pt", "x", "train", 96)


def test_a_device_that_is_none_is_refused_before_anything_is_loaded() -> None:
    with pytest.raises(ConfigError, match=r"'0' is no device\. Did you mean cuda:0"):
        evaluate.run(["--model", "m.pt", "--data", "x", "--device", "0"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--score_threshold 2", "score_threshold is 2"),
        ("--max_detections 0", "max_detections is 0"),
        ("--batch_size 0", "batch_size is 0"),
        ("--canvas 0", "both sides must be from 1"),
        ("--workers 9999", "workers must be from 0"),
        ("--max_pixels 0", "max_pixels is 0"),
        ("--model lost", "There is no model file lost"),
        ("--data lost", "lost. Give a data folder"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_loaded(words: str, message: str, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "boxwright.evaluation", None)  # an import would fail
    usual = [] if "--model" in words else ["--model", "m.pt"]
    usual += [] if "--data" in words else ["--data", "x"]
    with pytest.raises(BoxwrightError) as refused:
        evaluate.run([*usual, *words.split()])
    assert message in str(refused.value)
