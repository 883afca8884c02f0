import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.structures import ImageOrigin, Targets
from boxwright.systems import System
from boxwright.systems.fcos import DIALECTS, fcos

# At 91 classes torchvision publishes 32,269,600 for r50, with frozen norms (53,120 less).
PARAMETERS = {"r18": 19_277_717, "r34": 29_385_877, "r50": 32_297_365, "r101": 51_289_493}


@pytest.fixture
def system() -> System:
    return fcos("r18", 3, width=32, depth=1)


def _losses(system: System, boxes: torch.Tensor) -> dict[str, torch.Tensor]:
    targets = Targets.from_lists([boxes, torch.zeros(0, 4)], [torch.full((len(boxes),), 1), torch.zeros(0)])
    predictions = system.detector(torch.rand(2, 3, 64, 64))
    return system.criterion(predictions, system.prior_generator((64, 64), "cpu"), targets)


def test_parameters_are_those_that_torchvision_counts() -> None:
    with torch.device("meta"):
        detector = fcos("r50", 91).detector
    assert sum(parameter.numel() for parameter in detector.parameters()) == 32_269_600 + 53_120


@pytest.mark.parametrize("variant", PARAMETERS)
def test_parameter_counts_at_80_classes(variant: str) -> None:
    with torch.device("meta"):
        detector = fcos(variant, 80).detector
    assert sum(parameter.numel() for parameter in detector.parameters()) == PARAMETERS[variant]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("canvas", [(32, 32), (96, 160), (320, 64)])
def test_predictions_and_priors_belong_together_on_any_canvas(dialect: str, canvas: tuple[int, int]) -> None:
    system = fcos("r18", 3, width=32, depth=0, dialect=dialect)
    with torch.no_grad():
        predictions = system.detector.eval()(torch.rand(1, 3, *canvas))
    priors = system.prior_generator(canvas, "cpu")
    predictions.check_priors(priors)
    assert [grid.stride for grid in priors.grids] == [8, 16, 32, 64, 128]
    assert torch.equal(priors.boxes[:, 2:], priors.stride[:, None].expand(-1, 2))
    assert bool((priors.boxes[0, :2] == (4.0 if dialect == "default" else 0.0)).all())


@pytest.mark.parametrize("boxes", [torch.tensor([[4.0, 4.0, 60.0, 50.0]]), torch.zeros(0, 4)])
def test_every_parameter_gets_a_gradient(system: System, boxes: torch.Tensor) -> None:
    losses = _losses(system, boxes)
    assert list(losses) == ["class", "box", "centreness"]
    torch.stack(list(losses.values())).sum().backward()
    without = [name for name, value in system.detector.named_parameters() if value.grad is None]
    assert without == []
    assert all(bool(value.grad.isfinite().all()) for value in system.detector.parameters())


def test_the_first_class_loss_is_small_by_the_prior_probability(system: System) -> None:
    assert float(_losses(system, torch.tensor([[4.0, 4.0, 60.0, 50.0]]))["class"].detach()) < 2.5


def test_an_untrained_network_finds_nothing(system: System) -> None:
    with torch.no_grad():
        predictions = system.detector.eval()(system.normalization(torch.zeros(1, 3, 64, 96, dtype=torch.uint8)))
    (found,) = system.postprocessor(
        predictions, system.prior_generator((64, 96), "cpu"), [ImageOrigin(0, None, (64, 96))]
    )
    assert len(found) == 0


def test_every_object_can_have_a_positive() -> None:
    """One of 3 pixels between the points, and two of the same size that share theirs."""
    boxes = torch.tensor([[9.0, 9.0, 11.0, 11.0], [20.0, 20.0, 44.0, 44.0], [20.0, 20.0, 44.0, 44.0]])
    targets = Targets.from_lists([boxes], [torch.zeros(3)])
    found = []
    for guarantee in (False, True):
        system = fcos("r18", 1, width=32, depth=0, guarantee=guarantee)
        found.append(system.criterion.assigner(system.prior_generator((64, 64), "cpu"), targets).target.unique())
    assert [each.tolist() for each in found] == [[1], [0, 1, 2]]


def test_published_weights_freeze_the_first_stage_and_hold_the_norms() -> None:
    system = fcos("r18", 3, pretrained=True)
    assert system.start is not None
    assert not any(value.requires_grad for value in system.detector.train().backbone.stages[0].parameters())
    assert (system.options["frozen_stages"], system.options["holds_norms"]) == (1, True)
    assert (system.recipe.clip_norm, system.recipe.augmentation.scale) == (0.0, 0.0)


def test_the_recipe_is_the_published_one(system: System) -> None:
    recipe = system.recipe
    assert (recipe.optimizer, recipe.lr, recipe.momentum, recipe.weight_decay) == ("sgd", 0.01, 0.9, 1e-4)
    assert (recipe.schedule, recipe.step_factor, recipe.nominal_batch) == ("steps", 0.1, 16)
    assert recipe.milestones == (60_000 / 90_000, 80_000 / 90_000)
    assert (recipe.warmup_min_batches, recipe.warmup_lr_fraction) == (500, 1 / 3)
    assert (system.fit, system.max_stride) == ("corner", 32)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 100}, "fcos needs .* a width that is a multiple of 32"),
        ({"dialect": "detectron"}, "Unknown dialect 'detectron'"),
        ({"box_loss": "l1"}, "Unknown box loss 'l1'"),
        ({"radius": 0.0}, "radius must be finite and above 0"),
        ({"levels": "3-5"}, "levels"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        fcos("r18", 3, **options)
