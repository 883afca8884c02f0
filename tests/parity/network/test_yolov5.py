"""YOLOv5n with reproducible weights against the recorded outputs of the published network."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from boxwright.errors import DataError
from boxwright.geometry.boxes import xyxy_to_cxcywh
from boxwright.models import load_published_yolov5, published_yolov5_anchors
from boxwright.postprocessing import Postprocessor, sigmoid_scores
from boxwright.structures import ImageOrigin, Predictions
from boxwright.systems import System, build_system
from tests.parity.golden.network import recipe

GOLDEN = Path(recipe.__file__).parent
SEED, GAIN, NUM_CLASSES, CANVAS = 3, 0.96, 3, (96, 128)


@pytest.fixture(scope="module")
def published() -> dict[str, Tensor]:
    listed = json.loads((GOLDEN / "yolov5n.tensors.json").read_text())
    state = recipe.build_state([row[:3] for row in listed["tensors"]], SEED, listed["constants"], GAIN)
    for name, _, _, *expected in listed["tensors"]:
        np.testing.assert_allclose(recipe.checksum(state[name]), expected, rtol=1e-9, atol=1e-6, err_msg=name)
    return {name: torch.from_numpy(np.asarray(values)) for name, values in state.items()}


@pytest.fixture(scope="module")
def golden() -> Mapping[str, np.ndarray]:
    with np.load(GOLDEN / "yolov5n.npz", allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


@pytest.fixture(scope="module")
def system(published: dict[str, Tensor]) -> System:
    built = build_system("yolov5n", NUM_CLASSES, anchors=published_yolov5_anchors(published))
    load_published_yolov5(built.detector, published)
    built.detector.eval()
    return built


@pytest.fixture(scope="module")
def predictions(system: System, golden: Mapping[str, np.ndarray]) -> Predictions:
    with torch.no_grad():
        return system.detector(torch.from_numpy(golden["input"]))


def anchor_by_anchor(values: np.ndarray, system: System) -> np.ndarray:
    """Reorders recorded rows (level, anchor, row, column) to the order of priors (level, row, column, anchor)."""
    parts = []
    for grid in system.prior_generator(CANVAS, "cpu").grids:
        block = values[:, grid.start : grid.stop]
        shape = (len(values), grid.priors_per_cell, grid.height * grid.width, values.shape[2])
        parts.append(block.reshape(shape).swapaxes(1, 2).reshape(block.shape))
    return np.concatenate(parts, axis=1)


def test_the_input_is_the_recipes_image(golden: Mapping[str, np.ndarray]) -> None:
    np.testing.assert_array_equal(golden["input"], recipe.image((2, 3, *CANVAS), SEED))


@pytest.mark.parametrize("level", [0, 1, 2])
def test_raw_head_outputs(level: int, predictions: Predictions, golden: Mapping[str, np.ndarray]) -> None:
    parts = [predictions.box_codes[level], predictions.further["objectness"][level], predictions.class_logits[level]]
    found = torch.cat(parts, dim=2).permute(0, 1, 3, 4, 2).numpy()
    expected = golden[f"head_l{level}"]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4 * np.abs(expected).max())


def test_decoded_boxes(system: System, predictions: Predictions, golden: Mapping[str, np.ndarray]) -> None:
    priors = system.prior_generator(CANVAS, "cpu")
    image = torch.arange(2).repeat_interleave(len(priors))
    prior = torch.arange(len(priors)).repeat(2)
    codes = predictions.box_codes_at(image, prior)
    boxes = system.postprocessor.coder.decode(codes=codes, priors=priors.rows(prior))
    found = xyxy_to_cxcywh(boxes).unflatten(0, (2, -1)).numpy()
    np.testing.assert_allclose(found, anchor_by_anchor(golden["decoded"], system)[..., :4], rtol=1e-4, atol=1e-2)


def test_probabilities(system: System, predictions: Predictions, golden: Mapping[str, np.ndarray]) -> None:
    """A score is the recorded objectness times the recorded class probability."""
    blocks = zip(predictions.class_logits, predictions.further["objectness"], strict=True)
    found = [
        sigmoid_scores(logits, {"objectness": seen}).permute(0, 3, 4, 1, 2).reshape(2, -1, NUM_CLASSES)
        for logits, seen in blocks
    ]
    expected = anchor_by_anchor(golden["decoded"], system)
    np.testing.assert_allclose(torch.cat(found, 1).numpy(), expected[..., 4:5] * expected[..., 5:], rtol=0, atol=1e-4)


def test_the_detections_are_the_recorded_boxes_and_scores(
    system: System, predictions: Predictions, golden: Mapping[str, np.ndarray]
) -> None:
    every = Postprocessor(system.postprocessor.coder, score_threshold=0.0, iou_threshold=1.0, max_detections=3000)
    origins = [ImageOrigin(index, None, CANVAS) for index in range(2)]
    expected = anchor_by_anchor(golden["decoded"], system).astype(np.float64)
    for found, rows in zip(every(predictions, system.prior_generator(CANVAS, "cpu"), origins), expected, strict=True):
        low, high = rows[:, :2] - rows[:, 2:4] / 2, rows[:, :2] + rows[:, 2:4] / 2
        corners = np.concatenate([low, high], axis=1).clip(0, [CANVAS[1], CANVAS[0]] * 2)
        is_seen = (corners[:, 2:] > corners[:, :2]).all(axis=1)
        scores = (rows[is_seen, 4:5] * rows[is_seen, 5:]).ravel()
        assert len(found.scores) == len(scores)
        best = np.argsort(-scores)[:20]
        np.testing.assert_allclose(found.scores[:20].numpy(), scores[best], rtol=0, atol=1e-4)
        np.testing.assert_allclose(
            found.boxes[0].numpy(), corners[is_seen][best[0] // NUM_CLASSES], rtol=1e-4, atol=1e-2
        )
        assert int(found.labels[0]) == best[0] % NUM_CLASSES


def test_every_published_tensor_has_a_place(published: dict[str, Tensor], system: System) -> None:
    own = system.detector.state_dict()
    assert len(own) == len(published) - 1  # the published list has the anchors
    assert sum(parameter.numel() for parameter in system.detector.parameters()) == 1_767_976


def test_the_recorded_anchors_are_the_default(published: dict[str, Tensor]) -> None:
    assert published_yolov5_anchors(published) == build_system("yolov5n", 1).options["anchors"]


def test_weights_of_another_class_count_do_not_fit(published: dict[str, Tensor]) -> None:
    other = build_system("yolov5n", NUM_CLASSES + 1).detector
    with pytest.raises(DataError, match=r"6 of another shape: head\.predictors\.0\.weight \(24, 64, 1, 1\) "):
        load_published_yolov5(other, published)


def test_weights_of_another_variant_do_not_fit(published: dict[str, Tensor]) -> None:
    with torch.device("meta"):
        other = build_system("yolov5s", NUM_CLASSES).detector
    with pytest.raises(DataError, match="of another shape"):
        load_published_yolov5(other, published)


def test_everything_but_the_head_can_be_taken_over(published: dict[str, Tensor]) -> None:
    other = build_system("yolov5n", NUM_CLASSES + 1).detector
    before = other.state_dict()["head.predictors.0.bias"].clone()
    load_published_yolov5(other, published, fresh=("head.predictors",))
    after = other.state_dict()
    assert torch.equal(after["head.predictors.0.bias"], before)
    assert torch.equal(after["backbone.stem.conv.weight"], published["model.0.conv.weight"])
    assert torch.equal(after["neck.bottom_up.1.merge.conv.weight"], published["model.23.cv3.conv.weight"])
