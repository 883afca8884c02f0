import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.structures import ImageOrigin, Targets
from boxwright.systems import System
from boxwright.systems.yolov8 import yolov8, yolov8_recipe

# Not fused: every convolution with its batch normalisation. Published counts (3,157,200 for n) add the 16 constant
# weights of the distance expectation, which is arithmetic here.
PARAMETERS = {"n": 3_157_184, "s": 11_166_544, "m": 25_902_624, "l": 43_691_504, "x": 68_229_632}


@pytest.fixture
def system() -> System:
    return yolov8("n", 3)


@pytest.mark.parametrize("variant", PARAMETERS)
def test_parameter_counts_at_80_classes(variant: str) -> None:
    with torch.device("meta"):
        detector = yolov8(variant, 80).detector
    assert sum(parameter.numel() for parameter in detector.parameters()) == PARAMETERS[variant]


@pytest.mark.parametrize("canvas", [(32, 32), (64, 96), (160, 32)])
def test_predictions_and_priors_belong_together_on_any_canvas(system: System, canvas: tuple[int, int]) -> None:
    predictions = system.detector.eval()(torch.rand(1, 3, *canvas))
    priors = system.prior_generator(canvas, "cpu")
    assert predictions.num_priors == len(priors)
    assert [block.shape[3:] for block in predictions.class_logits] == [(g.height, g.width) for g in priors.grids]


@pytest.mark.parametrize("has_targets", [True, False])
def test_every_parameter_gets_a_gradient(system: System, has_targets: bool) -> None:
    boxes = torch.tensor([[4.0, 4.0, 60.0, 50.0]]) if has_targets else torch.zeros(0, 4)
    targets = Targets.from_lists([boxes, torch.zeros(0, 4)], [torch.full((len(boxes),), 1), torch.zeros(0)])
    predictions = system.detector(torch.rand(2, 3, 64, 64))
    losses = system.criterion(predictions, system.prior_generator((64, 64), "cpu"), targets)
    assert list(losses) == ["box", "class", "dfl"]
    torch.stack(list(losses.values())).sum().backward()
    without = [name for name, value in system.detector.named_parameters() if value.grad is None]
    assert without == []
    assert all(bool(value.grad.isfinite().all()) for value in system.detector.parameters())
    used = [branch[-1].weight.grad.abs().sum() > 0 for branch in system.detector.head.class_branches]
    assert all(used)


def test_channels_last_gives_the_same_numbers(system: System) -> None:
    detector, images = system.detector.eval(), torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        expected = detector(images)
        detector.to(memory_format=torch.channels_last)
        found = detector(images.contiguous(memory_format=torch.channels_last))
    for block, other in zip(found.box_codes, expected.box_codes, strict=True):
        assert torch.allclose(block, other, atol=1e-5)


def test_an_untrained_network_gives_detections_inside_the_canvas(system: System) -> None:
    images = torch.randint(0, 256, (2, 3, 64, 96), dtype=torch.uint8)
    with torch.no_grad():
        predictions = system.detector.eval()(system.normalization(images))
    origins = [ImageOrigin(index, None, (64, 96)) for index in range(2)]
    found = system.postprocessor(predictions, system.prior_generator((64, 96), "cpu"), origins)
    assert [len(detections.boxes) > 0 for detections in found] == [True, True]
    assert all(bool((detections.boxes[:, 2] <= 96).all()) for detections in found)


@pytest.mark.parametrize(("dialect", "box_bias"), [("early", 1.0), ("mid", 1.0), ("8.4.0", 2.0), ("current", 2.0)])
def test_the_dialect_reaches_assigner_and_initialisation(dialect: str, box_bias: float) -> None:
    system = yolov8("n", 3, dialect=dialect, guarantee=True)
    assert system.criterion.assigner.guarantee
    assert (system.criterion.assigner.contested == "all") == (dialect == "early")
    assert float(system.detector.head.box_branches[0][-1].bias.detach()[0]) == box_bias


def test_fewer_bins_reach_head_and_coder() -> None:
    system = yolov8("n", 3, reg_max=8)
    assert system.detector.head.box_branches[0][-1].weight.shape[0] == 32
    assert system.postprocessor.coder.code_size == 32


@pytest.mark.parametrize(("classes", "bins"), [(0, 16), (3, 1)])
def test_impossible_values_are_refused(classes: int, bins: int) -> None:
    with pytest.raises(ConfigError, match=f"found {classes} and {bins}"):
        yolov8("n", classes, reg_max=bins)


def test_an_unknown_dialect_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'current'"):
        yolov8("n", 3, dialect="curent")


@pytest.mark.parametrize(("classes", "lr"), [(80, 0.000119), (3, 0.001429), (1, 0.002)])
def test_the_recipe_is_slower_for_more_classes(classes: int, lr: float) -> None:
    recipe = yolov8_recipe(classes)
    assert (recipe.optimizer, recipe.lr, recipe.momentum, recipe.warmup_bias_lr) == ("adamw", lr, 0.9, 0.0)
