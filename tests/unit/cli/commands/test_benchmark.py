"""boxwright benchmark."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from boxwright.cli.commands import benchmark
from boxwright.cli.main import main
from boxwright.errors import BoxwrightError, ConfigError

pytestmark = pytest.mark.usefixtures("places_that_are_there")


@pytest.mark.parametrize("models", [["a.safetensors"], ["a.safetensors", "b,c.onnx", "2024"]])
def test_models_come_first_and_reach_the_function(models: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[dict[str, Any]] = []
    Path("2024").touch()
    command = import_module("boxwright.benchmarking.command")
    monkeypatch.setattr(command, "benchmark", lambda **settings: called.append(settings))
    benchmark.run([*models, "--data", "x", "--canvas", "[64,96]", "--images", "5", "--threads", "2"])
    (settings,) = called
    assert settings["models"] in (models, models[0])
    assert len(models) == 1 or settings["models"] == models
    assert (tuple(settings["canvas"]), settings["images"], settings["threads"]) == ((64, 96), 5, 2)


def test_a_device_that_is_none_is_refused_before_anything_is_loaded() -> None:
    with pytest.raises(ConfigError, match=r"'0' is no device"):
        benchmark.run(["m.pt", "--data", "x", "--device", "0"])


def test_no_model_is_answered(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["benchmark", "--data", "x"]) == 2
    assert "MODELS" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("m.pt --data x --batch_size 0", "batch_size is 0"),
        ("m.pt --data x --threads 0", "threads is 0"),
        ("m.pt --data x --images 0", "images is 0"),
        ("m.pt lost.onnx --data x", "There is no model file lost.onnx"),
        ("m.pt --data lost", "lost. Give a data folder"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_loaded(words: str, message: str, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "boxwright.benchmarking.command", None)  # an import would fail
    with pytest.raises(BoxwrightError) as refused:
        benchmark.run(words.split())
    assert message in str(refused.value)
