"""boxwright evaluate."""

from importlib import import_module

import pytest

from boxwright.cli.commands import evaluate
from boxwright.errors import ConfigError


def test_flags_reach_the_function(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[dict[str, object]] = []
    monkeypatch.setattr(import_module("boxwright.evaluation"), "evaluate", lambda **settings: called.append(settings))
    evaluate.run(["--model", "m.pt", "--data", "x", "--split", "train", "--canvas", "96"])
    (settings,) = called
    assert (settings["model"], settings["data"], settings["split"], settings["canvas"]) == ("m.pt", "x", "train", 96)


def test_a_device_that_is_none_is_refused_before_anything_is_loaded() -> None:
    with pytest.raises(ConfigError, match=r"'0' is no device\. Did you mean cuda:0"):
        evaluate.run(["--model", "m.pt", "--data", "x", "--device", "0"])
