"""YOLOv8n-seg with reproducible weights against the recorded outputs of the published network."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from boxwright.errors import DataError
from boxwright.models import load_published_yolov8
from boxwright.structures import Predictions
from boxwright.systems import System, build_system
from tests.parity.golden.network import recipe

GOLDEN = Path(recipe.__file__).parent
SEED, GAIN, NUM_CLASSES, CANVAS = 2, 1.0, 3, (96, 128)


@pytest.fixture(scope="module")
def published() -> dict[str, Tensor]:
    listed = json.loads((GOLDEN / "yolov8n_seg.tensors.json").read_text())
    state = recipe.build_state([row[:3] for row in listed["tensors"]], SEED, listed["constants"], GAIN)
    for name, _, _, *expected in listed["tensors"]:
        np.testing.assert_allclose(recipe.checksum(state[name]), expected, rtol=1e-9, atol=1e-6, err_msg=name)
    return {name: torch.from_numpy(np.asarray(values)) for name, values in state.items()}


@pytest.fixture(scope="module")
def golden() -> Mapping[str, np.ndarray]:
    with np.load(GOLDEN / "yolov8n_seg.npz", allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


@pytest.fixture(scope="module")
def system(published: dict[str, Tensor]) -> System:
    built = build_system("yolov8n-seg", NUM_CLASSES)
    load_published_yolov8(built.detector, published)
    built.detector.eval()
    return built


@pytest.fixture(scope="module")
def predictions(system: System, golden: Mapping[str, np.ndarray]) -> Predictions:
    with torch.no_grad():
        return system.detector(torch.from_numpy(golden["input"]))


def assert_near(found: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("level", [0, 1, 2])
def test_raw_head_outputs(level: int, predictions: Predictions, golden: Mapping[str, np.ndarray]) -> None:
    found = torch.cat([predictions.box_codes[level], predictions.class_logits[level]], dim=2).squeeze(1).numpy()
    assert_near(found, golden[f"head_l{level}"])


def test_prototypes(predictions: Predictions, golden: Mapping[str, np.ndarray]) -> None:
    assert predictions.masks is not None
    assert_near(predictions.masks.prototypes.numpy(), golden["protos"])


def test_coefficients(predictions: Predictions, golden: Mapping[str, np.ndarray]) -> None:
    assert predictions.masks is not None
    found = torch.cat([block.flatten(3).squeeze(1) for block in predictions.masks.coefficients], dim=2)
    assert_near(found.numpy(), golden["mask_coeffs"])


def test_prototypes_pass_through_silu(predictions: Predictions) -> None:
    """A trap: also the last convolution of the prototype branch is activated."""
    assert predictions.masks is not None
    lowest = float(predictions.masks.prototypes.min())
    assert -0.2785 < lowest < 0


def test_every_published_tensor_has_a_place(published: dict[str, Tensor], system: System) -> None:
    assert len(system.detector.state_dict()) == len(published) - 1  # the constant weights of the expectation
    assert sum(parameter.numel() for parameter in system.detector.parameters()) == 3_264_201 - 16


def test_weights_of_a_detector_without_masks_name_what_is_missing(published: dict[str, Tensor]) -> None:
    boxes_only = {name: value for name, value in published.items() if ".proto." not in name and ".cv4." not in name}
    fresh = build_system("yolov8n-seg", NUM_CLASSES).detector
    with pytest.raises(DataError, match=r"missing: mask_head\.coefficient_branches"):
        load_published_yolov8(fresh, boxes_only)
    load_published_yolov8(fresh, boxes_only, fresh=("mask_head.",))
