"""What is shown is the assignment of the system's own criterion, on images fitted as in evaluation."""

from importlib import import_module
from pathlib import Path

import pytest
import torch
from tests.end_to_end.tiny_data import write_tiny_data

from boxwright.data import collate, evaluation_loader, from_torch, open_dataset
from boxwright.errors import ConfigError
from boxwright.inference import network_input
from boxwright.inspection import Inspection, explain, inspect
from boxwright.structures import Assignment, Sample
from boxwright.systems import build_system

SYSTEMS = ("ssd_tiny", "retinanet_r18", "fcos_r18", "yolov5n", "yolov8n", "yolov8n-e2e", "yolov8n-seg")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_data(tmp_path_factory.mktemp("data") / "tiny")


def _pairs(assignment: Assignment) -> set[tuple[int, int]]:
    return set(zip(assignment.target.tolist(), assignment.prior.tolist(), strict=True))


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_pairs_are_those_of_the_criterion(tiny: Path, name: str) -> None:
    torch.manual_seed(3)
    system = build_system(name, 2)
    system.detector.eval()
    found = inspect(tiny, system, images=2, canvas=96)
    dataset = open_dataset(tiny, "val")
    priors = system.prior_generator((96, 96), "cpu")
    for position, shown in zip((0, len(dataset) - 1), found.images, strict=True):
        batch = list(evaluation_loader(dataset, (96, 96), 1, fit=system.fit))[position]
        with torch.no_grad():
            predictions = system.detector(network_input(system, batch.images))
            wanted = system.criterion.assign(predictions, priors, batch.targets)
        (explanation,) = shown.explanations
        assert _pairs(explanation.after) == _pairs(wanted)
        assert len(wanted)
        (letterbox,) = shown.letterboxes
        torch.testing.assert_close(letterbox.to_canvas(shown.boxes), batch.targets.boxes)


def test_systems_stand_side_by_side_in_the_order_of_asking(tiny: Path, tmp_path: Path) -> None:
    heard: list[tuple[str, int, int]] = []
    found = inspect(
        tiny,
        ["yolov5n", "yolov8n"],
        "train",
        images=["3.png", "1.png"],
        canvas=64,
        output=tmp_path / "page.html",
        progress=lambda *told: heard.append(told),
    )
    assert isinstance(found, Inspection)
    assert [system.name for system in found.systems] == ["yolov5n", "yolov8n"]
    assert [image.name for image in found.images] == ["3.png", "1.png"]
    assert found.title == "tiny (train): yolov5n, yolov8n"
    assert found.categories == ("green", "red")
    assert heard == [("inspection", 1, 2), ("inspection", 2, 2)]
    assert (tmp_path / "page.html").read_text() == found.html()


def test_the_same_seed_gives_the_same_page(tiny: Path) -> None:
    first, again, other = (inspect(tiny, "yolov8n", images=1, canvas=64, seed=seed) for seed in (1, 1, 2))
    assert first.html() == again.html()
    scores = [made.images[0].explanations[0].verdicts.score for made in (first, other)]
    assert not torch.equal(scores[0].nan_to_num(), scores[1].nan_to_num())


def test_a_fresh_network_sees_the_image_as_in_training(tiny: Path) -> None:
    """Its batch norms use the image itself, and what they have collected stays as it was."""
    torch.manual_seed(3)
    system = build_system("yolov8n", 2)
    before = {name: value.clone() for name, value in system.detector.state_dict().items()}
    found = inspect(tiny, system, images=1, canvas=64)
    assert system.detector.training
    for name, value in system.detector.state_dict().items():
        assert torch.equal(value, before[name]), name
    (batch, *_) = evaluation_loader(open_dataset(tiny, "val"), (64, 64), 1, fit=system.fit)
    twice = collate(
        [
            Sample(batch.images[0], batch.targets.boxes, batch.targets.labels, batch.targets.ignore, origin)
            for origin in batch.origins * 2
        ]
    )
    with torch.no_grad():
        predictions = system.detector(network_input(system, twice.images))
    priors = system.prior_generator((64, 64), "cpu")
    wanted = explain(system.criterion, predictions, priors, twice.targets).verdicts
    (explanation,) = found.images[0].explanations
    torch.testing.assert_close(explanation.verdicts.score, wanted.score[: len(explanation.verdicts)], equal_nan=True)
    assert _pairs(explanation.after) == {
        pair
        for pair in _pairs(system.criterion.assign(predictions, priors, twice.targets))
        if pair[0] < len(batch.targets)
    }


@pytest.mark.parametrize("name", ["ssd300_light", "retinanet_r18", "fcos_r18"])
def test_a_level_of_one_cell_is_no_trouble(tiny: Path, name: str) -> None:
    found = inspect(tiny, name, images=1, canvas=300 if name == "ssd300_light" else 128)
    ignored = found.images[0].explanations[0].after.ignored
    assert len(ignored) == 1


def test_without_anything_asked_for_it_is_yolov8n_on_its_canvas(tiny: Path) -> None:
    found = inspect(tiny, images=1)
    assert [(system.name, system.priors.canvas_size) for system in found.systems] == [("yolov8n", (640, 640))]


def test_a_data_set_of_ones_own(tiny: Path) -> None:
    picture = torch.zeros(3, 40, 60, dtype=torch.uint8)
    target = {"boxes": torch.tensor([[5.0, 5.0, 30.0, 30.0]]), "labels": torch.tensor([1])}
    nothing = {"boxes": torch.zeros(0, 4), "labels": torch.zeros(0, dtype=torch.int64)}
    dataset = from_torch([(picture, target), (picture, nothing)], ("a", "b"), first_label=0)
    found = inspect(dataset, "yolov8n", canvas=64)
    assert found.title == "Label assignment: yolov8n"
    assert [len(image.boxes) for image in found.images] == [1, 0]
    assert "data:image/jpeg" in found.html()


def test_an_unknown_image_is_said_before_networks_are_built(tiny: Path, monkeypatch) -> None:
    monkeypatch.setattr(import_module("boxwright.inspection.page.command"), "chosen_systems", None)
    with pytest.raises(ConfigError, match="Unknown image"):
        inspect(tiny, "yolov8n", images="7.png")


def test_a_file_that_is_there_stays(tiny: Path, tmp_path: Path) -> None:
    page, heard = tmp_path / "page.html", []
    page.write_text("theirs")
    with pytest.raises(ConfigError, match=r"^output: .*page.html is there already"):
        inspect(tiny, output=page, progress=lambda *told: heard.append(told))
    assert page.read_text() == "theirs"
    assert not heard


def test_a_data_set_that_exists_in_python_is_not_read() -> None:
    with pytest.raises(ConfigError, match="on_bad: only for data that is read from files"):
        inspect(open_dataset("sample:bccd", "val"), on_bad="skip")
