"""SSD300 with reproducible weights against recorded outputs of torchvision, and against torchvision itself."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torchvision.models import detection

from boxwright.errors import DataError
from boxwright.models import load_torchvision_ssd
from boxwright.postprocessing import softmax_scores
from boxwright.structures import ImageOrigin, Predictions
from boxwright.systems import System, build_system
from tests.parity.golden.network import recipe

GOLDEN = Path(recipe.__file__).parent
SEED, GAIN, NUM_CLASSES, CANVAS = 5, 1.0, 3, (300, 300)
pytestmark = pytest.mark.usefixtures("whole_vgg")


def rows(blocks: tuple[Tensor, ...]) -> np.ndarray:
    return torch.cat([block.permute(0, 3, 4, 1, 2).flatten(1, 3) for block in blocks], dim=1).numpy()


@pytest.fixture(scope="module")
def published() -> dict[str, Tensor]:
    listed = json.loads((GOLDEN / "ssd300_vgg16.tensors.json").read_text())
    state = recipe.build_state([row[:3] for row in listed["tensors"]], SEED, listed["constants"], GAIN)
    for name, _, _, *expected in listed["tensors"]:
        np.testing.assert_allclose(recipe.checksum(state[name]), expected, rtol=1e-9, atol=1e-6, err_msg=name)
    return {name: torch.from_numpy(np.asarray(values)) for name, values in state.items()}


@pytest.fixture(scope="module")
def golden() -> Mapping[str, np.ndarray]:
    with np.load(GOLDEN / "ssd300_vgg16.npz", allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


@pytest.fixture(scope="module")
def system(published: dict[str, Tensor]) -> System:
    built = build_system("ssd300", NUM_CLASSES, pretrained=True, dialect="torchvision")
    load_torchvision_ssd(built.detector, published)
    built.detector.eval()
    return built


@pytest.fixture(scope="module")
def predictions(system: System) -> Predictions:
    with torch.no_grad():
        return system.detector(torch.from_numpy(recipe.image((1, 3, *CANVAS), SEED)))


@pytest.mark.parametrize(("recorded", "blocks"), [("cls_logits", "class_logits"), ("box_deltas", "box_codes")])
def test_raw_head_outputs(
    recorded: str, blocks: str, predictions: Predictions, golden: Mapping[str, np.ndarray]
) -> None:
    expected = golden[recorded]
    found = rows(getattr(predictions, blocks))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4 * np.abs(expected).max())


def test_features_of_every_level(system: System, golden: Mapping[str, np.ndarray]) -> None:
    with torch.no_grad():
        images = torch.from_numpy(recipe.image((1, 3, *CANVAS), SEED))
        levels = system.detector.neck(system.detector.backbone(images))
    found = [[float(block.double().mean()), float(block.double().std())] for block in levels]
    np.testing.assert_allclose(np.array(found), golden["stage_stats"][:, :2], rtol=1e-4, atol=1e-5)


def test_decoded_boxes(system: System, predictions: Predictions, golden: Mapping[str, np.ndarray]) -> None:
    priors = system.prior_generator(CANVAS, "cpu")
    prior = torch.arange(len(priors))
    codes = predictions.box_codes_at(torch.zeros_like(prior), prior)
    found = system.postprocessor.coder.decode(codes=codes, priors=priors.rows(prior)).numpy()
    np.testing.assert_allclose(found, golden["boxes"][0], rtol=1e-4, atol=1e-2)


def test_scores_are_the_recorded_ones_without_the_background(
    predictions: Predictions, golden: Mapping[str, np.ndarray]
) -> None:
    found = rows(tuple(softmax_scores(logits) for logits in predictions.class_logits))
    np.testing.assert_allclose(found, golden["scores"][..., 1:], rtol=0, atol=1e-4)


def test_every_published_tensor_has_a_place(published: dict[str, Tensor], system: System) -> None:
    assert len(system.detector.state_dict()) == len(published)
    assert sum(parameter.numel() for parameter in system.detector.parameters()) == 24_013_232


def test_weights_of_another_class_count_do_not_fit(published: dict[str, Tensor]) -> None:
    with torch.device("meta"):
        other = build_system("ssd300", NUM_CLASSES + 1, pretrained=True).detector
    with pytest.raises(DataError, match=r"12 of another shape: .*class_predictors\.0\.bias \(16,\) instead"):
        load_torchvision_ssd(other, published)


@torch.no_grad()
def random_torchvision(images: Tensor) -> nn.Module:
    """Gives torchvision's detector with random weights, whose outputs spread by 1.5 (classes) and 1 (boxes)."""
    torch.manual_seed(3)
    model = detection.ssd300_vgg16(weights=None, weights_backbone=None, num_classes=NUM_CLASSES + 1).eval()
    features = model.backbone(images).values()
    for head, wanted in ((model.head.classification_head, 1.5), (model.head.regression_head, 1.0)):
        for predict, level in zip(head.module_list, features, strict=True):
            predict.weight.mul_(wanted / predict(level).std())
    return model


def test_the_whole_way_from_pixels_to_detections_is_torchvisions() -> None:
    pixels = torch.randint(0, 256, (2, 3, *CANVAS), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
    system = build_system("ssd300", NUM_CLASSES, pretrained=True, dialect="torchvision")
    images = system.normalization(pixels)
    model = random_torchvision(images)
    load_torchvision_ssd(system.detector, model.state_dict())
    shown, _ = model.transform(list(pixels / 255))
    np.testing.assert_allclose(images.numpy(), shown.tensors.numpy(), atol=0.01)  # 0.48235 · 255 is not quite 123
    with torch.no_grad():
        features = list(model.backbone(images).values())
        expected = model.head(features)
        predictions = system.detector.eval()(images)
    np.testing.assert_allclose(rows(predictions.class_logits), expected["cls_logits"].numpy(), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(rows(predictions.box_codes), expected["bbox_regression"].numpy(), rtol=1e-4, atol=1e-4)
    origins = [ImageOrigin(index, None, CANVAS) for index in range(2)]
    for most in (200, 20):
        model.detections_per_img = most
        theirs = model.postprocess_detections(expected, model.anchor_generator(shown, features), [CANVAS] * 2)
        postprocessor = replace(system.postprocessor, max_detections=most)
        ours = postprocessor(predictions, system.prior_generator(CANVAS, "cpu"), origins)
        for one, other in zip(ours, theirs, strict=True):
            assert len(one) == len(other["scores"]) == most
            np.testing.assert_allclose(one.scores.numpy(), other["scores"].numpy(), rtol=1e-4)
            np.testing.assert_array_equal(one.labels.numpy() + 1, other["labels"].numpy())
            np.testing.assert_allclose(one.boxes.numpy(), other["boxes"].numpy(), rtol=1e-4, atol=1e-2)
