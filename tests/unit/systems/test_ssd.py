from collections.abc import Callable

import pytest
import torch

from boxwright.errors import ConfigError
from boxwright.models import IMAGENET
from boxwright.structures import ImageOrigin, Targets
from boxwright.systems import System
from boxwright.systems.ssd import VGG_FEATURES, ssd300, ssd300_light, ssd_tiny

SMALL = {"backbone": "mobilenetv3_small_050"}


def light(num_classes: int = 3) -> System:
    return ssd300_light(num_classes, **SMALL)


@pytest.mark.parametrize(
    ("build", "canvas", "num_priors"), [(ssd_tiny, 224, 441), (ssd300, 300, 8732), (ssd300_light, 300, 8732)]
)
def test_predictions_and_priors_belong_together(build: Callable[..., System], canvas: int, num_priors: int) -> None:
    with torch.device("meta"):
        system = build(3)
        predictions = system.detector.eval()(torch.zeros(1, 3, canvas, canvas))
    priors = system.prior_generator((canvas, canvas), "cpu")
    assert predictions.num_priors == len(priors) == num_priors
    assert [block.shape[3:] for block in predictions.class_logits] == [(g.height, g.width) for g in priors.grids]
    assert predictions.num_classes == 3
    assert system.fit == "stretch"


@pytest.mark.parametrize("has_targets", [True, False])
def test_every_parameter_gets_a_gradient(has_targets: bool) -> None:
    system = light()
    boxes = torch.tensor([[40.0, 40.0, 160.0, 150.0]]) if has_targets else torch.zeros(0, 4)
    targets = Targets.from_lists([boxes, torch.zeros(0, 4)], [torch.full((len(boxes),), 1), torch.zeros(0)])
    predictions = system.detector(torch.rand(2, 3, 300, 300))
    losses = system.criterion(predictions, system.prior_generator((300, 300), "cpu"), targets)
    assert list(losses) == ["box", "class"]
    torch.stack(list(losses.values())).sum().backward()
    assert [name for name, value in system.detector.named_parameters() if value.grad is None] == []
    assert all(bool(value.grad.isfinite().all()) for value in system.detector.parameters())
    assert has_targets or not any(float(value.detach()) for value in losses.values())


def test_an_image_without_objects_gives_no_loss_and_still_scores() -> None:
    system, images = light(), torch.randint(0, 256, (1, 3, 300, 300), dtype=torch.uint8)
    with torch.no_grad():
        predictions = system.detector.eval()(system.normalization(images))
    origin = ImageOrigin(0, None, (300, 300))
    (found,) = system.postprocessor(predictions, system.prior_generator((300, 300), "cpu"), [origin])
    assert len(found) == 200
    assert set(found.labels.tolist()) <= {0, 1, 2}


def test_pixels_are_scaled_as_the_published_weights_want_them() -> None:
    assert ssd300(3, pretrained=True).normalization == VGG_FEATURES
    assert ssd_tiny(3, pretrained=True, norms=True).normalization == IMAGENET
    with torch.device("meta"):
        assert ssd300(3).normalization == IMAGENET
    assert ssd300_light(3, pretrained=True, **SMALL).normalization == IMAGENET


def test_published_weights_bring_no_norms_and_a_slower_start() -> None:
    with torch.device("meta"):
        old, new = ssd_tiny(3, pretrained=True), ssd_tiny(3)
    assert (old.options["norms"], old.recipe.lr, old.start is not None) == (False, 0.001, True)
    assert (new.options["norms"], new.recipe.lr, new.start is not None) == (True, 0.01, False)


def test_the_recipe_is_the_published_schedule() -> None:
    recipe = light().recipe
    assert (recipe.optimizer, recipe.nesterov, recipe.momentum, recipe.weight_decay) == ("sgd", False, 0.9, 5e-4)
    assert (recipe.schedule, recipe.nominal_batch) == ("steps", 32)
    assert recipe.milestones == (150 / 230, 190 / 230)


def test_the_dialect_reaches_coder_and_criterion() -> None:
    system = ssd300_light(3, dialect="torchvision", **SMALL)
    assert system.postprocessor.coder.clamp == "upper"
    assert system.criterion.assigner.shared_best == "last"


@pytest.mark.parametrize(
    ("options", "message"),
    [({"dialect": "tensorflow"}, "Unknown dialect"), ({"backbone": "mobilenetv3_smal_050"}, "timm has no backbone")],
)
def test_impossible_options_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        ssd300_light(3, **(SMALL | options))


@pytest.mark.parametrize("build", [ssd_tiny, ssd300, ssd300_light])
def test_no_class_is_refused(build: Callable[..., System]) -> None:
    with torch.device("meta"), pytest.raises(ConfigError, match="at least 1; found 0"):
        build(0)
