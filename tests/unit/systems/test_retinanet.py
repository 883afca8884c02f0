import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.structures import ImageOrigin, Targets
from boxwright.systems import System
from boxwright.systems.retinanet import DIALECTS, retinanet

# At 80 classes without norms in the head, levels P6 and P7 on C5. For r50 torchvision publishes 34,014,999 with 91
# classes, frozen norms (53,120 less) and P6 on P5 (1792 · 256 · 9 less); 11 classes are 11 · 9 · (256 · 9 + 1).
PARAMETERS = {"r18": 21_410_100, "r34": 31_518_260, "r50": 37_968_692, "r101": 56_960_820}


@pytest.fixture
def system() -> System:
    return retinanet("r18", 3, width=32, depth=1)


@pytest.mark.parametrize("variant", PARAMETERS)
def test_parameter_counts_at_80_classes(variant: str) -> None:
    with torch.device("meta"):
        detector = retinanet(variant, 80, head_norms=False).detector
    assert sum(parameter.numel() for parameter in detector.parameters()) == PARAMETERS[variant]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("canvas", [(32, 32), (96, 160), (320, 64)])
def test_predictions_and_priors_belong_together_on_any_canvas(dialect: str, canvas: tuple[int, int]) -> None:
    system = retinanet("r18", 3, width=32, depth=0, dialect=dialect)
    with torch.no_grad():
        predictions = system.detector.eval()(torch.rand(1, 3, *canvas))
    grids = system.prior_generator(canvas, "cpu").grids
    assert [block.shape[3:] for block in predictions.class_logits] == [(grid.height, grid.width) for grid in grids]
    assert [block.shape[1] for block in predictions.box_codes] == [9] * 5
    assert [grid.stride for grid in grids] == [8, 16, 32, 64, 128]


@pytest.mark.parametrize("has_targets", [True, False])
def test_every_parameter_gets_a_gradient(system: System, has_targets: bool) -> None:
    boxes = torch.tensor([[4.0, 4.0, 60.0, 50.0]]) if has_targets else torch.zeros(0, 4)
    targets = Targets.from_lists([boxes, torch.zeros(0, 4)], [torch.full((len(boxes),), 1), torch.zeros(0)])
    predictions = system.detector(torch.rand(2, 3, 64, 64))
    losses = system.criterion(predictions, system.prior_generator((64, 64), "cpu"), targets)
    assert list(losses) == ["class", "box"]
    torch.stack(list(losses.values())).sum().backward()
    without = [name for name, value in system.detector.named_parameters() if value.grad is None]
    assert without == []
    assert all(bool(value.grad.isfinite().all()) for value in system.detector.parameters())


def test_the_first_class_loss_is_small_by_the_prior_probability(system: System) -> None:
    targets = Targets.from_lists([torch.tensor([[4.0, 4.0, 60.0, 50.0]])], [torch.ones(1)])
    with torch.no_grad():
        predictions = system.detector(torch.rand(1, 3, 64, 64))
        losses = system.criterion(predictions, system.prior_generator((64, 64), "cpu"), targets)
    assert float(losses["class"]) < 2.5


def test_untrained_detections_stay_inside_the_image(system: System) -> None:
    images = torch.randint(0, 256, (2, 3, 64, 96), dtype=torch.uint8)
    with torch.no_grad():
        system.detector.head.class_predictor.bias.fill_(0.0)
        predictions = system.detector.eval()(system.normalization(images))
    origins = [ImageOrigin(index, None, (64, 96)) for index in range(2)]
    found = system.postprocessor(predictions, system.prior_generator((64, 96), "cpu"), origins)
    assert [len(each) > 0 for each in found] == [True, True]
    assert all(bool((each.boxes[:, 2] <= 96).all()) and bool((each.scores > 0.05).all()) for each in found)


def test_published_weights_freeze_the_first_stage_and_hold_the_norms() -> None:
    system = retinanet("r18", 3, pretrained=True)
    assert system.start is not None
    backbone = system.detector.train().backbone
    assert not any(value.requires_grad for value in backbone.stages[0].parameters())
    assert not backbone.stages[3][0].bn1.training
    assert (system.options["head_norms"], system.recipe.clip_norm) == (False, 0.0)
    assert system.recipe.augmentation.scale == 0.0


def test_from_nothing_everything_is_trained(system: System) -> None:
    assert system.start is None
    assert all(value.requires_grad for value in system.detector.parameters())
    assert system.detector.train().backbone.stages[0][0].bn1.training
    assert (system.options["head_norms"], system.options["frozen_stages"]) == (True, 0)


def test_another_backbone_by_name() -> None:
    system = retinanet("r18", 3, backbone="mobilenetv3_small_050", width=32, depth=0)
    predictions = system.detector.eval()(torch.rand(1, 3, 64, 64))
    assert predictions.num_priors == len(system.prior_generator((64, 64), "cpu"))
    with pytest.raises(ConfigError, match="frozen_stages counts the stages of a ResNet; found 1"):
        retinanet("r18", 3, backbone="mobilenetv3_small_050", frozen_stages=1)


def test_the_recipe_is_the_published_1x(system: System) -> None:
    recipe = system.recipe
    assert (recipe.optimizer, recipe.nesterov, recipe.lr, recipe.momentum, recipe.weight_decay) == (
        "sgd",
        False,
        0.01,
        0.9,
        1e-4,
    )
    assert (recipe.schedule, recipe.step_factor, recipe.nominal_batch) == ("steps", 0.1, 16)
    assert recipe.milestones == (8 / 12, 11 / 12)
    assert (recipe.warmup_min_batches, recipe.warmup_lr_fraction) == (500, 0.001)
    assert (system.fit, system.max_stride) == ("corner", 32)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 100}, "a width that is a multiple of 32"),
        ({"depth": -1}, "no negative depth"),
        ({"dialect": "detectron"}, "Unknown dialect 'detectron'"),
        ({"box_loss": "l2"}, "Unknown box loss 'l2'"),
        ({"frozen_stages": 7}, "frozen_stages must be 0 to 4"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        retinanet("r18", 3, **options)


def test_no_class_is_refused() -> None:
    with pytest.raises(ConfigError, match="num_classes of at least 1"):
        retinanet("r18", 0)


def test_smaller_anchors_are_an_option() -> None:
    boxes = [
        retinanet("r18", 1, **options).prior_generator((64, 64), "cpu").boxes for options in ({}, {"anchor_scale": 2.0})
    ]
    assert torch.equal(boxes[0][:, :2], boxes[1][:, :2])
    assert torch.allclose(boxes[0][:, 2:], 2 * boxes[1][:, 2:])
    assert float(boxes[1][:, 2:].prod(dim=1).min().sqrt()) == pytest.approx(16, abs=1e-4)
