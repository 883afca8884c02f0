from pathlib import Path

import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.structures import ImageOrigin, Targets
from boxwright.systems import System, load_model, save_model
from boxwright.systems.yolov5 import COCO_ANCHORS, yolov5

# Not fused: every convolution with its batch normalisation. Fused, s has 7,225,885.
PARAMETERS = {"n": 1_872_157, "s": 7_235_389, "m": 21_190_557, "l": 46_563_709, "x": 86_749_405}
SMALL_ANCHORS = (((4.0, 5.0), (8.0, 6.0)), ((20.5, 18.0), (12.0, 30.0)), ((60.0, 40.0), (50.0, 90.0)))


@pytest.fixture
def system() -> System:
    return yolov5("n", 3)


@pytest.mark.parametrize("variant", PARAMETERS)
def test_parameter_counts_at_80_classes(variant: str) -> None:
    with torch.device("meta"):
        detector = yolov5(variant, 80).detector
    assert sum(parameter.numel() for parameter in detector.parameters()) == PARAMETERS[variant]


@pytest.mark.parametrize("anchors", [COCO_ANCHORS, SMALL_ANCHORS])
@pytest.mark.parametrize("canvas", [(32, 32), (64, 96), (160, 32)])
def test_predictions_and_priors_belong_together_on_any_canvas(anchors: object, canvas: tuple[int, int]) -> None:
    system = yolov5("n", 3, anchors=anchors)
    predictions = system.detector.eval()(torch.rand(1, 3, *canvas))
    priors = system.prior_generator(canvas, "cpu")
    assert predictions.num_priors == len(priors)
    assert [block.shape[3:] for block in predictions.class_logits] == [(g.height, g.width) for g in priors.grids]
    assert [block.shape[1] for block in predictions.box_codes] == [g.priors_per_cell for g in priors.grids]


@pytest.mark.parametrize("has_targets", [True, False])
def test_every_parameter_gets_a_gradient(system: System, has_targets: bool) -> None:
    boxes = torch.tensor([[4.0, 4.0, 60.0, 50.0]]) if has_targets else torch.zeros(0, 4)
    targets = Targets.from_lists([boxes, torch.zeros(0, 4)], [torch.full((len(boxes),), 1), torch.zeros(0)])
    predictions = system.detector(torch.rand(2, 3, 64, 64))
    losses = system.criterion(predictions, system.prior_generator((64, 64), "cpu"), targets)
    assert list(losses) == ["box", "objectness", "class"]
    torch.stack(list(losses.values())).sum().backward()
    without = [name for name, value in system.detector.named_parameters() if value.grad is None]
    assert without == []
    assert all(bool(value.grad.isfinite().all()) for value in system.detector.parameters())
    assert all(bool((predictor.weight.grad != 0).any()) for predictor in system.detector.head.predictors)


def test_one_class_has_no_class_loss_and_is_certain() -> None:
    system = yolov5("n", 1)
    images = torch.rand(1, 3, 64, 64)
    targets = Targets.from_lists([torch.tensor([[4.0, 4.0, 60.0, 50.0]])], [torch.zeros(1)])
    predictions = system.detector(images)
    assert list(system.criterion(predictions, system.prior_generator((64, 64), "cpu"), targets)) == [
        "box",
        "objectness",
    ]
    assert all(bool((block.sigmoid() > 0.999).all()) for block in predictions.class_logits)


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
    assert all(bool((detections.boxes[:, 2] <= 96).all()) for detections in found)
    assert all(bool((detections.scores > 0.001).all()) for detections in found)


def test_anchors_from_a_file_are_lists_and_come_back_with_the_model(tmp_path: Path) -> None:
    listed = [[[*anchor] for anchor in level] for level in SMALL_ANCHORS]
    system = yolov5("n", 2, anchors=listed, label_smoothing=0.1, focal_gamma=1.5, autobalance=True)
    assert system.options["anchors"] == SMALL_ANCHORS
    save_model(tmp_path / "m.pt", system, categories=("a", "b"), canvas_size=(64, 64), config={})
    loaded, card = load_model(tmp_path / "m.pt")
    assert card.options["anchors"] == SMALL_ANCHORS
    assert loaded.options == system.options
    assert loaded.prior_generator == system.prior_generator
    sizes = loaded.prior_generator((32, 32), "cpu").boxes[:, 2:].unique(dim=0)
    assert sorted(map(tuple, sizes.tolist())) == sorted(anchor for level in SMALL_ANCHORS for anchor in level)


def test_options_reach_the_criterion() -> None:
    targets = Targets.from_lists([torch.tensor([[4.0, 4.0, 60.0, 50.0]])], [torch.ones(1)])

    def losses(**options: object) -> dict[str, float]:
        torch.manual_seed(0)
        system = yolov5("n", 3, **options)
        priors = system.prior_generator((64, 64), "cpu")
        with torch.no_grad():
            found = system.criterion(system.detector.eval()(torch.full((1, 3, 64, 64), 0.5)), priors, targets)
        return {name: float(value) for name, value in found.items()}

    plain = losses()
    assert losses() == plain
    changed = {
        "label_smoothing": (0.1, ["class"]),
        "focal_gamma": (1.5, ["objectness", "class"]),
        "class_positive_weight": (2.0, ["class"]),
        "objectness_positive_weight": (2.0, ["objectness"]),
        "anchor_threshold": (1.5, ["box", "objectness", "class"]),
    }
    for option, (value, names) in changed.items():
        found = losses(**{option: value})
        assert [name for name in plain if found[name] != plain[name]] == names, option


@pytest.mark.parametrize(
    ("anchors", "message"),
    [
        ([[[10, 13]], [[30, 61]]], r"found 2 levels with \[1, 1\] anchors"),
        ([[[10, 13]], [[30, 61], [62, 45]], [[116, 90]]], r"found 3 levels with \[1, 2, 1\] anchors"),
        ([[], [], []], r"found 3 levels with \[0, 0, 0\] anchors"),
        ([[10, 13], [30, 61], [116, 90]], r"anchors cannot be .*width, height"),
        ("auto", r"anchors cannot be 'auto'"),
        ([[[10, 0]], [[30, 61]], [[116, 90]]], r"level 0"),
    ],
)
def test_impossible_anchors_are_refused(anchors: object, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        yolov5("n", 3, anchors=anchors)


def test_no_class_is_refused() -> None:
    with pytest.raises(ConfigError, match="at least 1; found 0"):
        yolov5("n", 0)


def test_the_recipe_is_published_sgd_with_mosaic_to_the_end(system: System) -> None:
    recipe = system.recipe
    assert (recipe.optimizer, recipe.lr, recipe.momentum, recipe.weight_decay) == ("sgd", 0.01, 0.937, 5e-4)
    assert (recipe.warmup_epochs, recipe.warmup_bias_lr, recipe.schedule, recipe.nominal_batch) == (
        3.0,
        0.1,
        "linear",
        64,
    )
    assert (recipe.augmentation.mosaic, recipe.augmentation.close_mosaic_epochs) == (1.0, 0)
