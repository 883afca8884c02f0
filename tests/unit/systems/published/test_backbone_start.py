"""Classifiers become starts: a file that trainings take, and that nothing takes for a detector."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from tests.unit.systems.model_files import rewritten
from torch import nn
from torchvision import models

from boxwright.cli.main import main
from boxwright.errors import ConfigError, DataError
from boxwright.systems import build_system, load_model, read_card
from boxwright.systems.card_text import card_text
from boxwright.systems.import_file import import_file
from boxwright.systems.model_file import read_tensors
from boxwright.systems.published import UnknownNetworkError
from boxwright.systems.published.backbone_start import started_backbone

CASES: list[tuple[str, dict[str, Any], Callable[[], nn.Module]]] = [
    ("retinanet_r18", {}, models.resnet18),
    ("retinanet_r18", {}, lambda: timm.create_model("resnet18")),
    ("yolov8n", {"backbone": "mobilenetv3_small_050"}, lambda: timm.create_model("mobilenetv3_small_050")),
    ("ssd300_light", {"backbone": "resnet18"}, models.resnet18),
]


@pytest.mark.parametrize(("system", "options", "build"), CASES)
def test_a_classifier_becomes_a_start(
    system: str, options: dict[str, Any], build: Callable[[], nn.Module], tmp_path: Path
) -> None:
    torch.manual_seed(0)
    theirs = build()
    torch.save({"state_dict": theirs.state_dict(), "license": "MIT"}, tmp_path / "w.pth")
    said = import_file(tmp_path / "w.pth", tmp_path / "s.safetensors", system=system, options=options)
    assert "s.safetensors holds the backbone of " in said
    assert "Licence, as the file states it: MIT." in said
    card = read_card(tmp_path / "s.safetensors")
    assert (card.holds, card.system, card.options, card.categories) == ("backbone", system, options, ())
    assert card.provenance["backbone"] == "w.pth"
    tensors = read_tensors(tmp_path / "s.safetensors")
    own = build_system(system, 1, **options).detector
    assert set(tensors) <= set(own.state_dict())
    found = started_backbone(own.backbone, tensors)
    assert found is not None
    first = next(value for name, value in theirs.state_dict().items() if name.endswith("weight"))
    assert any(torch.equal(value, first) for name, value in found.items() if not name.startswith("widen."))


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("start")
    torch.save(models.resnet18().state_dict(), folder / "w.pth")
    import_file(folder / "w.pth", folder / "s.safetensors", system="retinanet_r18")
    return folder / "s.safetensors"


def test_it_is_no_detector_and_says_what_to_do(start: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UnknownNetworkError, match="a start and no detector: nothing in it finds objects yet"):
        load_model(start)
    photograph = Path(__file__).parents[3] / "parity" / "bccd" / "JPEGImages" / "BloodImage_00001.jpg"
    for words in (
        ["predict", "--model", str(start), "--source", str(photograph)],
        ["evaluate", "--model", str(start), "--data", "sample:bccd"],
    ):
        assert main(words) != 0
        assert f"Train from it: boxwright train --weights {start}." in capsys.readouterr().err


def test_its_card_says_so(start: Path) -> None:
    text = card_text(read_card(start))
    assert "# A backbone for retinanet_r18\n\nA start for trainings (`--weights`), and no detector" in text
    assert "pipeline_tag" not in text
    assert "categories" not in text


def test_it_is_refused_where_it_does_not_fit(tmp_path: Path) -> None:
    torch.save(models.resnet18().state_dict(), tmp_path / "w.pth")
    for system, options in (("retinanet_r50", {}), ("yolov8n", {}), ("yolov8n", {"backbone": "resnet34"})):
        with pytest.raises(ConfigError, match=rf"system: it is not the backbone of {system}.*w\.pth: it holds a back"):
            import_file(tmp_path / "w.pth", tmp_path / "s.safetensors", system=system, options=options)
    with pytest.raises(ConfigError, match=r"categories: .*a backbone finds no categories"):
        import_file(tmp_path / "w.pth", tmp_path / "s.safetensors", system="retinanet_r18", categories=["a"])
    with pytest.raises(DataError, match="boxwright import FILE --system NAME makes a file of such a start"):
        import_file(tmp_path / "w.pth", tmp_path / "s.safetensors")
    assert not (tmp_path / "s.safetensors").exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"options": {"depth": 10**9}},
        {"options": {"width": 2**40}},
        {"options": {"backbone": "resnet50"}},
        {"options": {"backbone": 3}},
        {"options": {"nothing": 1}},
        {"system": "yolov8n"},
        {"system": "nothing"},
    ],
)
def test_a_start_of_a_stranger_describes_what_it_holds(changes: dict[str, Any], start: Path, tmp_path: Path) -> None:
    """A training would build the network that its options describe."""
    copy = tmp_path / "m.safetensors"
    copy.write_bytes(start.read_bytes())
    rewritten(copy, **changes)
    with pytest.raises(DataError, match=r"m\.safetensors.* Do not trust the file\.") as caught:
        load_model(copy)
    assert not isinstance(caught.value, UnknownNetworkError)


def test_quantised_weights_are_no_start(tmp_path: Path) -> None:
    state = models.resnet18().state_dict()
    state["conv1.weight"] = state["conv1.weight"].to(torch.int8)
    torch.save(state, tmp_path / "w.pth")
    with pytest.raises(ConfigError, match="it is not the backbone of retinanet_r18"):
        import_file(tmp_path / "w.pth", tmp_path / "s.safetensors", system="retinanet_r18")


def test_options_of_other_parts_are_for_the_training(tmp_path: Path) -> None:
    torch.save(models.resnet18().state_dict(), tmp_path / "w.pth")
    with pytest.raises(ConfigError, match="system_options: width is nothing that a backbone depends on"):
        import_file(tmp_path / "w.pth", tmp_path / "s.safetensors", system="retinanet_r18", options={"width": 64})


def test_the_card_holds_one_of_two_things(start: Path, tmp_path: Path) -> None:
    copy = tmp_path / "m.safetensors"
    copy.write_bytes(start.read_bytes())
    rewritten(copy, holds="everything")
    with pytest.raises(DataError, match="says that it holds 'everything', which it cannot"):
        load_model(copy)
    rewritten(copy, holds="detector")  # no tensor of a neck, and no category
    with pytest.raises(DataError, match=r"m\.safetensors: "):
        load_model(copy)
