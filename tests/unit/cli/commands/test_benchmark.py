"""boxwright benchmark."""

from importlib import import_module
from typing import Any

import pytest

from boxwright.cli.commands import benchmark
from boxwright.cli.main import main
from boxwright.errors import ConfigError


@pytest.mark.parametrize("models", [["a.safetensors"], ["a.safetensors", "b,c.onnx", "2024"]])
def test_models_come_first_and_reach_the_function(models: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[dict[str, Any]] = []
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
