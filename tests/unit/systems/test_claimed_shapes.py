from pathlib import Path
from typing import Any

import pytest
import torch
from tests.unit.systems.model_files import rewritten

from boxwright.errors import ConfigError, DataError
from boxwright.systems import build_system, load_model, save_model
from boxwright.systems.claimed_shapes import require_true_claims

OPTIONS = {"width": 32, "depth": 0}


@pytest.fixture(scope="module")
def weights() -> dict[str, torch.Tensor]:
    return build_system("retinanet_r18", 1, **OPTIONS).detector.state_dict()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    save_model(path, build_system("ssd_tiny", 1), categories=["cell"], canvas_size=(64, 64), config={})
    return path


def test_an_honest_file_passes(weights: dict[str, torch.Tensor]) -> None:
    require_true_claims("retinanet_r18", 1, OPTIONS, weights, (64, 64))


@pytest.mark.parametrize(
    ("num_classes", "options"),
    [
        (1, {"width": 64_000, "depth": 0}),
        (1, {"width": 32, "depth": 10**9}),
        (10**7, OPTIONS),
    ],
)
def test_a_network_larger_than_its_weights_is_never_built(
    num_classes: int, options: dict[str, Any], weights: dict[str, torch.Tensor]
) -> None:
    """Each would take from 10 GB to no end."""
    with pytest.raises(DataError, match="do not fit the network"):
        require_true_claims("retinanet_r18", num_classes, options, weights, (64, 64))
    torch.nn.Linear(2, 2)  # nothing counts any more


def test_weights_that_are_views_of_little_are_refused(weights: dict[str, torch.Tensor]) -> None:
    views = weights | {"neck.lateral.0.weight": torch.zeros(1).expand(64_000, 128, 1, 1)}
    with pytest.raises(DataError, match=r"neck\.lateral\.0\.weight. of .* claims more numbers"):
        require_true_claims("retinanet_r18", 1, {"width": 64_000, "depth": 0}, views, (64, 64))


@pytest.mark.parametrize("canvas", [(10**6, 10**6), (0, 64), (64,)])
def test_an_impossible_canvas_is_refused(canvas: tuple[int, ...], weights: dict[str, torch.Tensor]) -> None:
    with pytest.raises(DataError, match="the canvas cannot be"):
        require_true_claims("retinanet_r18", 1, OPTIONS, weights, canvas)


@pytest.mark.parametrize("changed", [{"system": "yolov8x", "options": {}}, {"canvas_size": [10**6, 10**6]}])
def test_load_model_asks(changed: dict[str, Any], file: Path) -> None:
    rewritten(file, **changed)
    with pytest.raises(DataError, match=r"model\.safetensors: (The weights do not fit|the canvas cannot be)"):
        load_model(file)


@pytest.mark.parametrize(
    ("system", "options"),
    [
        ("yolov8n", {"reg_max": "x"}),
        ("yolov8n", {"reg_max": ((1,),)}),
        ("yolov8n", {"backbone": 3}),
        ("yolov5n", {"anchors": ("a",)}),
        ("yolov5n", {"anchors": 3}),
        ("retinanet_r18", {"width": "x"}),
        ("retinanet_r18", {"depth": 1.5}),
        ("retinanet_r18", {"width": -1}),
        ("ssd300", {"dialect": ()}),
        ("ssd300_light", {"backbone": ()}),
    ],
)
def test_options_of_another_kind_are_errors(system: str, options: dict[str, object]) -> None:
    with pytest.raises((DataError, ConfigError)):
        require_true_claims(system, 1, options, {"a": torch.zeros(1)}, (64, 64))
