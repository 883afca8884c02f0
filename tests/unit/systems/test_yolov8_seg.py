from pathlib import Path

import pytest
import torch

from boxwright.errors import ConfigError, ShapeError
from boxwright.models import load_weights
from boxwright.reducers import PairMean, PerImageMean
from boxwright.structures import ImageOrigin, InstanceMasks, Targets
from boxwright.systems import System, build_system, load_model, save_model
from boxwright.systems.yolov8 import yolov8
from boxwright.systems.yolov8_seg import yolov8_seg

# Published counts (3,409,968 for n) add the 16 constant weights of the distance expectation, which is arithmetic here.
PARAMETERS = {"n": 3_409_952, "s": 11_821_040, "m": 27_285_952, "l": 45_997_712, "x": 71_827_872}


@pytest.fixture
def system() -> System:
    return yolov8_seg("n", 3)


def some_targets(count: int) -> Targets:
    boxes = torch.tensor([[4.0, 4.0, 60.0, 50.0], [10.0, 20.0, 30.0, 44.0]])[:count]
    drawn = torch.zeros(count, 16, 16, dtype=torch.bool)
    drawn[:, 5:11, 3:7] = True
    masks = InstanceMasks.from_boolean(drawn, 4) if count else InstanceMasks.empty((16, 16), 4)
    image = torch.zeros(count, dtype=torch.int64)
    return Targets(boxes, image, image, image.bool(), 2, masks)


@pytest.mark.parametrize("variant", PARAMETERS)
def test_parameter_counts_at_80_classes(variant: str) -> None:
    with torch.device("meta"):
        detector = yolov8_seg(variant, 80).detector
    assert sum(parameter.numel() for parameter in detector.parameters()) == PARAMETERS[variant]


@pytest.mark.parametrize("count", [2, 0])
def test_every_parameter_gets_a_gradient(system: System, count: int) -> None:
    predictions = system.detector(torch.rand(2, 3, 64, 64))
    losses = system.criterion(predictions, system.prior_generator((64, 64), "cpu"), some_targets(count))
    assert list(losses) == ["box", "class", "dfl", "mask"]
    torch.stack(list(losses.values())).sum().backward()
    without = [name for name, value in system.detector.named_parameters() if value.grad is None]
    assert without == []
    assert all(bool(value.grad.isfinite().all()) for value in system.detector.parameters())


def test_a_few_steps_teach_the_masks() -> None:
    torch.manual_seed(0)
    system = yolov8_seg("n", 3)
    images, targets, priors = torch.rand(2, 3, 64, 64), some_targets(2), system.prior_generator((64, 64), "cpu")
    optimizer = torch.optim.AdamW(system.detector.parameters(), lr=0.002)
    history = []
    for _ in range(20):
        losses = system.criterion(system.detector(images), priors, targets)
        optimizer.zero_grad()
        torch.stack(list(losses.values())).sum().backward()
        optimizer.step()
        history.append(float(losses["mask"].detach()))
    assert history[-1] < 0.6 * history[0]


def test_boxes_are_those_of_yolov8_with_the_same_weights(system: System) -> None:
    boxes_only = yolov8("n", 3).detector.eval()
    shared = {name: value for name, value in system.detector.state_dict().items() if not name.startswith("mask_head.")}
    load_weights(boxes_only, shared)
    images = torch.rand(1, 3, 64, 96)
    with torch.no_grad():
        ours, theirs = system.detector.eval()(images), boxes_only(images)
    for block, other in zip(ours.box_codes, theirs.box_codes, strict=True):
        assert torch.equal(block, other)
    assert theirs.masks is None


def test_detections_have_masks_in_pixels_of_the_image(system: System) -> None:
    images = torch.randint(0, 256, (2, 3, 64, 96), dtype=torch.uint8)
    with torch.no_grad():
        predictions = system.detector.eval()(system.normalization(images))
    origins = [ImageOrigin(index, None, (64, 96)) for index in range(2)]
    found = system.postprocessor(predictions, system.prior_generator((64, 96), "cpu"), origins)
    for detections in found:
        assert len(detections) > 0
        assert detections.masks is not None
        assert (len(detections.masks), detections.masks.size) == (len(detections), (64, 96))
        outside = detections.masks.windows[:, 2:] > detections.boxes[:, 2:].ceil()
        assert not outside.any()


@pytest.mark.parametrize(
    ("dialect", "resolution", "average"),
    [
        ("early", "prototypes", "images"),
        ("mid", "prototypes", "pairs"),
        ("8.4.0", "masks", "pairs"),
        ("current", "masks", "pairs"),
    ],
)
def test_the_dialect_reaches_the_mask_term(dialect: str, resolution: str, average: str) -> None:
    term = yolov8_seg("n", 3, dialect=dialect).criterion.terms[-1]
    assert (term.loss.resolution, term.loss.encoding) == (resolution, "instances")
    assert term.reducer == (PerImageMean() if average == "images" else PairMean())
    assert yolov8_seg("n", 3, overlap_map=True).criterion.terms[-1].loss.encoding == "index_map"


def test_targets_without_masks_are_refused(system: System) -> None:
    targets = Targets.from_lists([torch.tensor([[4.0, 4, 60, 50]])], [torch.tensor([0])])
    predictions = system.detector(torch.rand(1, 3, 64, 64))
    with pytest.raises(ShapeError, match="a mask for every target"):
        system.criterion(predictions, system.prior_generator((64, 64), "cpu"), targets)


@pytest.mark.parametrize(("prototypes", "stride"), [(0, 4), (32, 3), (32, 0)])
def test_impossible_values_are_refused(prototypes: int, stride: int) -> None:
    with pytest.raises(ConfigError, match=f"found {prototypes} and {stride}"):
        yolov8_seg("n", 3, num_prototypes=prototypes, mask_stride=stride)


def test_a_model_file_holds_everything(tmp_path: Path) -> None:
    system = build_system("yolov8n-seg", 2, mask_stride=8, num_prototypes=4)
    save_model(tmp_path / "model.pt", system, categories=("a", "b"), canvas_size=(64, 64), config={})
    loaded, card = load_model(tmp_path / "model.pt")
    assert (card.system, loaded.mask_stride) == ("yolov8n-seg", 8)
    images = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        one, other = system.detector.eval()(images).masks, loaded.detector(images).masks
    assert torch.equal(one.prototypes, other.prototypes)
