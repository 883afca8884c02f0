"""Weights of others come through one door, and find what they found before."""

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from tests.unit.foreign_weights.hostile_contents import CONTENTS
from tests.unit.foreign_weights.trainer_objects import foreign_classes, network_of
from tests.unit.systems.published.recorded import CASES, recorded_state
from tests.unit.systems.published.same_detections import require_same
from torch import Tensor, nn

from boxwright.errors import DataError
from boxwright.foreign_weights import ForeignWeights
from boxwright.models import (
    load_published_yolov5,
    load_published_yolov8,
    load_torchvision_retinanet,
    load_torchvision_ssd,
)
from boxwright.structures import ImageOrigin, Predictions
from boxwright.systems import build_system, load_model, read_card
from boxwright.systems.published import read_published
from boxwright.systems.published.recognition import recognised

LOADERS = {
    "yolov8n": load_published_yolov8,
    "yolov8n_seg": load_published_yolov8,
    "yolov5n": load_published_yolov5,
    "retinanet_resnet50_fpn": load_torchvision_retinanet,
    "ssd300_vgg16": load_torchvision_ssd,
}
CANVAS = {"ssd300": (300, 300)}
NAMES = {3: ("cat", "dog", "cow"), 4: ("cat", "dog", "cow", "hen")}
COUNTS = {"yolov8n": 4, "yolov8n_seg": 3, "yolov5n": 3}
FORMS = [
    *(("archive", case) for case in CASES),
    *((form, "yolov8n") for form in ("older", "safetensors", "counted", "wrapped", "distributed")),
]
pytestmark = pytest.mark.usefixtures("whole_vgg")


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def state(case: str) -> dict[str, Tensor]:
    return recorded_state(case)


def _expected(case: str, path: Path, state: dict[str, Tensor]) -> nn.Module:
    """Loads the state dictionary by the function that recorded outputs are tested with."""
    card = read_card(path)
    system = build_system(card.system, card.num_classes, **card.options)
    LOADERS[case](system.detector, state)
    return system.detector.eval()


def _require_equal(path: Path, expected: nn.Module, tolerance: float = 0.0) -> None:
    system, card = load_model(path)
    own = system.detector.state_dict()
    if not tolerance:
        assert all(torch.equal(own[name], value) for name, value in expected.state_dict().items())
    torch.manual_seed(0)
    images = torch.rand(1, 3, *CANVAS.get(card.system, (64, 96)))
    with torch.no_grad():
        found, wanted = system.detector(images), expected(images)
    raw = list(zip(_tensors(found), _tensors(wanted), strict=True))
    assert len(raw) >= 2 * len(found.class_logits)
    for one, other in raw:
        torch.testing.assert_close(one, other, rtol=tolerance, atol=tolerance * float(other.abs().max()))
    finds = replace(system.postprocessor, score_threshold=0.0)
    priors, origin = system.prior_generator(images.shape[2:]), ImageOrigin(0, None, tuple(images.shape[2:]))
    (ours,), (theirs,) = (finds(predictions, priors, [origin]) for predictions in (found, wanted))
    assert len(ours.boxes)
    if tolerance:
        require_same((ours.boxes, ours.scores, ours.labels), (theirs.boxes, theirs.scores, theirs.labels), most=30)
        return
    for name in ("boxes", "scores", "labels"):
        assert torch.equal(getattr(ours, name), getattr(theirs, name)), name


def _tensors(predictions: Predictions) -> list[Tensor]:
    """Gives everything that a head says."""
    masks = [] if predictions.masks is None else [*predictions.masks.coefficients, predictions.masks.prototypes]
    further = [block for blocks in predictions.further.values() for block in blocks]
    return [*predictions.class_logits, *predictions.box_codes, *further, *masks]


@pytest.mark.parametrize(("form", "case"), FORMS, indirect=["case"])
def test_a_recorded_network_as_a_state_dictionary(
    form: str, case: str, state: dict[str, Tensor], tmp_path: Path
) -> None:
    path = tmp_path / "w.pt"
    content: dict[str, Any] = dict(state)
    if form == "wrapped":
        content = {
            "state_dict": state,
            "epoch": 3,
            "optimizer": torch.optim.SGD(nn.Linear(1, 1).parameters()).state_dict(),
        }
    if form == "distributed":
        content = {"model": {f"module.{name}": value for name, value in state.items()}}
    if form in ("safetensors", "counted"):
        counters = {"module.total_ops": torch.zeros(1)} if form == "counted" else {}
        save_file({f"module.{name}": state[name] for name in state} | counters if counters else state, path)
    else:
        torch.save(content, path, _use_new_zipfile_serialization=form != "older")
    card = read_card(path)
    assert card.system == CASES[case]
    assert card.provenance["file"] == "w.pt"
    assert len(card.provenance["sha256"]) == 64
    assert card.licence == "unknown"
    _require_equal(path, _expected(case, path, state))


@pytest.mark.parametrize("case", ["yolov8n", "yolov8n_seg", "yolov5n"], indirect=True)
@pytest.mark.parametrize("place", ["model", "ema", "stripped"])
def test_a_whole_network_of_a_trainer(place: str, case: str, state: dict[str, Tensor], tmp_path: Path) -> None:
    """Of classes that are not installed, in half precision, beside what a training keeps."""
    half = {name: value.half() if value.is_floating_point() else value for name, value in state.items()}
    with foreign_classes(Net="trainer.models.yolo", Args="trainer.settings") as made:
        network = network_of(half | {"total_ops": torch.zeros(1)}, made["Net"])
        network.names, network.stride = dict(enumerate(NAMES[COUNTS[case]])), torch.tensor([8.0])
        other = network_of({name: value * 0 for name, value in half.items()}, made["Net"])
        content: dict[str, Any] = {"model": network, "ema": None, "license": "AGPL-3.0 (https://example.org)"}
        if place == "ema":
            content |= {"model": other, "ema": network, "updates": 7}
        if place != "stripped":
            content |= {"optimizer": torch.optim.SGD(network.parameters(), momentum=0.9), "train_args": made["Args"]()}
        torch.save(content, tmp_path / "best.pt")
    card = read_card(tmp_path / "best.pt")
    assert card.licence == "AGPL-3.0 (https://example.org)"
    assert card.categories == NAMES[COUNTS[case]]
    full = {name: value.float() if value.is_floating_point() else value for name, value in half.items()}
    _require_equal(tmp_path / "best.pt", _expected(case, tmp_path / "best.pt", full))


@pytest.mark.parametrize("case", ["yolov8n", "yolov8n_seg", "yolov5n"], indirect=True)
def test_norms_in_the_convolutions(case: str, state: dict[str, Tensor], tmp_path: Path) -> None:
    fused = dict(state)
    for name in [name for name in state if name.endswith(".bn.weight")]:
        norm = name.removesuffix("weight")
        values = [fused.pop(f"{norm}{part}").double() for part in ("weight", "bias", "running_mean", "running_var")]
        del fused[f"{norm}num_batches_tracked"]
        factor = values[0] / (values[3] + 1e-3).sqrt()
        convolution = norm.removesuffix("bn.") + "conv."
        fused[f"{convolution}weight"] = (state[f"{convolution}weight"].double() * factor.view(-1, 1, 1, 1)).float()
        fused[f"{convolution}bias"] = (values[1] - values[2] * factor).float()
    torch.save(fused, tmp_path / "w.pt")
    _require_equal(tmp_path / "w.pt", _expected(case, tmp_path / "w.pt", state), tolerance=1e-4)


@pytest.mark.parametrize("prefix", ["model.", "net.", "model.model.", "module.detector.", "_forward_module.model."])
@pytest.mark.parametrize("case", ["yolov8n", "ssd300_vgg16"], indirect=True)
def test_networks_around_the_network(prefix: str, case: str, state: dict[str, Tensor]) -> None:
    """Lightning and others put the network into one of theirs."""
    bare = {f"{prefix}{name}": torch.empty(value.shape, device="meta") for name, value in state.items()}
    found = recognised(ForeignWeights(bare))
    assert found is not None
    assert found.system == CASES[case]


def test_quantised_weights_are_none(tmp_path: Path) -> None:
    """Whole numbers mean nothing without their scale."""
    state = recorded_state("yolov8n")
    name = "model.4.cv1.conv.weight"
    state[name] = state[name].to(torch.int8)
    torch.save(state, tmp_path / "w.pt")
    with pytest.raises(
        DataError, match=r"1 of another kind of number: backbone\S* torch\.int8 instead of torch\.float32"
    ):
        load_model(tmp_path / "w.pt")


def test_names_may_be_given(tmp_path: Path) -> None:
    torch.save(recorded_state("yolov8n"), tmp_path / "w.pt")
    assert read_card(tmp_path / "w.pt").categories == ("class 0", "class 1", "class 2", "class 3")
    card, _ = read_published(tmp_path / "w.pt", categories=tuple("abcd"))
    assert card.categories == tuple("abcd")
    with pytest.raises(DataError, match=r"w\.pt: the network finds 4 categories, 2 names given: a, b"):
        read_published(tmp_path / "w.pt", categories=("a", "b"))


def test_what_is_not_known_is_said_with_its_names(tmp_path: Path) -> None:
    torch.save(nn.Linear(2, 2).state_dict(), tmp_path / "w.pt")
    with pytest.raises(DataError, match=r"w\.pt: it is not .* these names: weight, bias\. Known are torchvision"):
        load_model(tmp_path / "w.pt")


def test_what_is_missing_is_said_by_name(tmp_path: Path) -> None:
    state = recorded_state("yolov8n")
    del state["model.4.cv1.conv.weight"]
    state["model.99.weight"] = torch.zeros(1)
    state["model.2.cv1.conv.weight"] = torch.zeros(1, 1, 1, 1)
    torch.save(state, tmp_path / "w.pt")
    with pytest.raises(
        DataError, match=r"1 missing: backbone.* 1 unexpected: model\.99\.weight.*of another shape: backbone"
    ):
        load_model(tmp_path / "w.pt")


def test_json_can_hold_the_card(tmp_path: Path) -> None:
    torch.save(recorded_state("yolov5n"), tmp_path / "w.pt")
    json.loads(read_card(tmp_path / "w.pt").header())


def test_any_tensor_that_lacks_or_has_other_sides_is_an_error(case: str, state: dict[str, Tensor]) -> None:
    """Never a fault of boxwright, whatever the tensor is that says the variant."""
    bare = {name: torch.empty(value.shape, device="meta") for name, value in state.items()}
    for name in bare:
        without = {other: value for other, value in bare.items() if other != name}
        for changed in (without, bare | {name: torch.empty(())}, bare | {name: torch.empty(1, device="meta")}):
            with suppress(DataError):
                recognised(ForeignWeights(changed))


def test_the_variant_is_said_by_tensors_that_may_lack(tmp_path: Path) -> None:
    torch.save({"bbox_head.retina_cls.weight": torch.zeros(9, 1)}, tmp_path / "w.pt")
    with pytest.raises(DataError, match=r"w\.pt: its ResNet has \(0, 0, 0, 0\) basic blocks"):
        load_model(tmp_path / "w.pt")
    state = recorded_state("retinanet_resnet50_fpn")
    del state["backbone.fpn.extra_blocks.p6.weight"]
    torch.save(state, tmp_path / "w.pt")
    with pytest.raises(
        DataError, match=r"w\.pt: it begins like a network that is known, but a tensor is missing.*extra"
    ):
        load_model(tmp_path / "w.pt")


@pytest.mark.parametrize("name", CONTENTS)
def test_what_no_training_writes_is_refused_by_name(name: str, tmp_path: Path) -> None:
    said, write = CONTENTS[name]
    write(tmp_path / "w.pt", tmp_path / "canary")
    with pytest.raises(DataError, match=rf"w\.pt.*({said})"):
        read_published(tmp_path / "w.pt")


def test_what_is_said_beside_the_weights_has_an_end(tmp_path: Path) -> None:
    state = recorded_state("yolov8n")
    for beside, said in (
        ({"names": ["a" * 501, "b", "c", "d"]}, "the name of a category in it has 501 letters"),
        ({"license": "MIT " * 30_000}, "the licence in it has 120,000 letters"),
    ):
        torch.save({"model": state, **beside}, tmp_path / "w.pt")
        with pytest.raises(DataError, match=rf"w\.pt: {said}"):
            read_published(tmp_path / "w.pt")


def test_a_fault_of_a_conversion_is_one_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def convert(weights: ForeignWeights) -> None:
        float("1.2.3")

    monkeypatch.setattr("boxwright.systems.published.recognition.CONVERTERS", (convert,))
    with pytest.raises(DataError, match=r"begins like a network that is known.*could not convert"):
        recognised(ForeignWeights({"w": torch.zeros(1)}))
