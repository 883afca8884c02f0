"""YOLOv8n with reproducible weights against the recorded outputs of the published network."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from boxwright.errors import DataError
from boxwright.geometry.boxes import xyxy_to_cxcywh
from boxwright.models import load_published_yolov8
from boxwright.structures import Predictions
from boxwright.systems import System, build_system
from tests.parity.golden.network import recipe

GOLDEN = Path(recipe.__file__).parent
SEED, GAIN, NUM_CLASSES, CANVAS = 1, 1.0, 4, (96, 128)


@pytest.fixture(scope="module")
def published() -> dict[str, Tensor]:
    listed = json.loads((GOLDEN / "yolov8n.tensors.json").read_text())
    state = recipe.build_state([row[:3] for row in listed["tensors"]], SEED, listed["constants"], GAIN)
    for name, _, _, *expected in listed["tensors"]:
        np.testing.assert_allclose(recipe.checksum(state[name]), expected, rtol=1e-9, atol=1e-6, err_msg=name)
    return {name: torch.from_numpy(np.asarray(values)) for name, values in state.items()}


@pytest.fixture(scope="module")
def golden() -> Mapping[str, np.ndarray]:
    with np.load(GOLDEN / "yolov8n.npz", allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


@pytest.fixture(scope="module")
def system(published: dict[str, Tensor]) -> System:
    built = build_system("yolov8n", NUM_CLASSES)
    load_published_yolov8(built.detector, published)
    built.detector.eval()
    return built


@pytest.fixture(scope="module")
def predictions(system: System, golden: Mapping[str, np.ndarray]) -> Predictions:
    with torch.no_grad():
        return system.detector(torch.from_numpy(golden["input"]))


def test_the_recipe_gives_the_numbers_its_readme_promises() -> None:
    expected = [0.22051155283713786, 0.9184134097856437, 0.722026730067003]
    assert recipe.uniform("input", 1, 3).tolist() == expected


def test_the_input_is_the_recipes_image(golden: Mapping[str, np.ndarray]) -> None:
    np.testing.assert_array_equal(golden["input"], recipe.image((2, 3, *CANVAS), SEED))


@pytest.mark.parametrize("level", [0, 1, 2])
def test_raw_head_outputs(level: int, predictions: Predictions, golden: Mapping[str, np.ndarray]) -> None:
    found = torch.cat([predictions.box_codes[level], predictions.class_logits[level]], dim=2).squeeze(1).numpy()
    expected = golden[f"head_l{level}"]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4 * np.abs(expected).max())


def test_decoded_boxes(system: System, predictions: Predictions, golden: Mapping[str, np.ndarray]) -> None:
    priors = system.prior_generator(CANVAS, "cpu")
    image = torch.arange(2).repeat_interleave(len(priors))
    prior = torch.arange(len(priors)).repeat(2)
    boxes = system.postprocessor.coder.decode(codes=predictions.box_codes_at(image, prior), priors=priors.boxes[prior])
    found = xyxy_to_cxcywh(boxes).unflatten(0, (2, -1)).transpose(1, 2).numpy()
    np.testing.assert_allclose(found, golden["decoded"][:, :4], rtol=1e-4, atol=1e-2)


def test_class_probabilities(system: System, predictions: Predictions, golden: Mapping[str, np.ndarray]) -> None:
    num_priors = len(system.prior_generator(CANVAS, "cpu"))
    image, prior = torch.arange(2).repeat_interleave(num_priors), torch.arange(num_priors).repeat(2)
    logits = predictions.class_logits_at(image, prior)
    found = logits.sigmoid().unflatten(0, (2, -1)).transpose(1, 2).numpy()
    np.testing.assert_allclose(found, golden["decoded"][:, 4:], rtol=0, atol=1e-4)


def test_every_published_tensor_has_a_place(published: dict[str, Tensor], system: System) -> None:
    own = system.detector.state_dict()
    assert len(own) == len(published) - 1  # the published list has the constant weights of the expectation
    assert sum(parameter.numel() for parameter in system.detector.parameters()) == 3_011_628 - 16


def test_weights_of_another_class_count_do_not_fit(published: dict[str, Tensor]) -> None:
    other = build_system("yolov8n", NUM_CLASSES + 1).detector
    with pytest.raises(DataError, match=r"6 of another shape: head\.class_branches\.0\.2\.weight \(4, 64, 1, 1\) "):
        load_published_yolov8(other, published)


def test_weights_of_another_variant_do_not_fit(published: dict[str, Tensor]) -> None:
    with torch.device("meta"):
        other = build_system("yolov8s", NUM_CLASSES).detector
    with pytest.raises(DataError, match="of another shape"):
        load_published_yolov8(other, published)


def test_everything_but_the_classes_can_be_taken_over(published: dict[str, Tensor]) -> None:
    other = build_system("yolov8n", NUM_CLASSES + 1).detector
    before = other.state_dict()["head.class_branches.0.2.bias"].clone()
    load_published_yolov8(other, published, fresh=("head.class_branches",))
    after = other.state_dict()
    assert torch.equal(after["head.class_branches.0.2.bias"], before)
    assert torch.equal(after["backbone.stem.conv.weight"], published["model.0.conv.weight"])
    assert torch.equal(after["head.box_branches.2.2.bias"], published["model.22.cv2.2.2.bias"])
