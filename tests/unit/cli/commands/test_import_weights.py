"""boxwright import."""

from pathlib import Path

import pytest
import torch
from tests.unit.systems.published.recorded import recorded_state

from boxwright.cli.commands import import_weights
from boxwright.cli.main import main
from boxwright.errors import ConfigError
from boxwright.systems import load_model


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    torch.save({"model": recorded_state("yolov8n"), "names": list("abcd")}, tmp_path / "theirs.pt")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "theirs.pt"


def test_it_writes_a_model_file_and_says_what_it_is(weights: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import_weights.run([str(weights), "--system", "yolov8n"])
    said = capsys.readouterr().out
    assert f"{weights} is yolov8n, in the form of YOLOv8.\nCategories: a, b, c, d.\nSHA-256: " in said
    assert "Licence: unknown" in said
    assert said.endswith("Written to theirs.safetensors.\n")
    _, card = load_model("theirs.safetensors")
    assert card.provenance["file"] == "theirs.pt"


def test_names_and_place_may_be_given(weights: Path) -> None:
    import_weights.run([str(weights), "--categories", "x, y,z,w", "--output", "new/mine.safetensors"])
    assert load_model("new/mine.safetensors")[1].categories == ("x", "y", "z", "w")


def test_what_is_there_stays(weights: Path) -> None:
    Path("theirs.safetensors").write_text("mine")
    with pytest.raises(ConfigError, match=r"output: theirs\.safetensors is there already"):
        import_weights.run([str(weights)])


def test_another_system_is_refused(weights: Path) -> None:
    with pytest.raises(ConfigError, match="is yolov8n, not yolov8s"):
        import_weights.run([str(weights), "--system", "yolov8s"])
    with pytest.raises(ConfigError, match="Unknown system 'yolov88'"):
        import_weights.run([str(weights), "--system", "yolov88"])


def test_a_model_of_boxwright_is_none_of_others(weights: Path) -> None:
    import_weights.run([str(weights)])
    with pytest.raises(ConfigError, match=r"theirs\.safetensors is a model of boxwright already"):
        import_weights.run(["theirs.safetensors", "--output", "again.safetensors"])


def test_it_is_a_command(weights: Path) -> None:
    assert main(["import", str(weights)]) == 0
    assert main(["import", str(weights)]) == 2
