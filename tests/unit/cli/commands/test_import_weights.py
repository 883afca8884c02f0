"""boxwright import."""

from pathlib import Path

import pytest
import torch
from tests.unit.systems.published.recorded import recorded_state

from boxwright.cli.commands import import_weights
from boxwright.cli.main import main
from boxwright.errors import ConfigError
from boxwright.models.download import file_sha256
from boxwright.systems import load_model, read_card
from boxwright.systems.published.starts import STARTS, NamedStart


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


@pytest.mark.parametrize(
    "name", ["two words.pt", "ünï-код-模型.pth", "no_ending", "a.b.c.pth.tar", "100%s{x}.pt", "-x.pt"]
)
def test_any_name_of_a_file(name: str, weights: Path) -> None:
    folder = weights.parent / "a folder"
    folder.mkdir()
    weights.rename(folder / name)
    assert main(["import", str(folder / name)]) == 0
    (written,) = Path().glob("*.safetensors")
    assert read_card(written).provenance["file"] == name


def test_a_name_of_published_weights(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = weights.parent / "checkpoints"
    cache.mkdir()
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(weights.parent))
    weights.rename(cache / "w.pt")
    start = NamedStart("w.pt", file_sha256(cache / "w.pt")[:8], "yolov8n", "COCO train2017", 1.0)
    monkeypatch.setitem(STARTS, "torchvision:theirs", start)
    assert main(["import", "torchvision:theirs"]) == 0
    card = read_card("theirs.safetensors")
    assert (card.licence, card.provenance["name"]) == ("BSD-3-Clause", "torchvision:theirs")
    assert main(["import", "torchvision:their"]) == 2


def test_without_a_hub_it_is_said_what_to_do(
    weights: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert main(["import", "hf:owner/name"]) != 0
    said = capsys.readouterr().err
    assert "Cannot fetch best.safetensors of owner/name, revision main" in said
    assert "give its path" in said


def test_options_belong_to_a_start(weights: Path) -> None:
    with pytest.raises(ConfigError, match="Name it: --system"):
        import_weights.run([str(weights), "--system_options.reg_max", "16"])
    with pytest.raises(ConfigError, match="whole detector, yolov8n, whose weights say what its options are"):
        import_weights.run([str(weights), "--system", "yolov8n", "--system_options.reg_max", "16"])


def test_it_is_a_command(weights: Path) -> None:
    assert main(["import", str(weights)]) == 0
    assert main(["import", str(weights)]) == 2
