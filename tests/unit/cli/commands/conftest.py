"""Files and folders that commands are given."""

from pathlib import Path

import pytest


@pytest.fixture
def places_that_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A present folder with what the tests of a command name."""
    monkeypatch.chdir(tmp_path)
    for name in ("x", "a-b", "images", "m.pt", "a.safetensors", "b,c.onnx"):
        Path(name).touch()
