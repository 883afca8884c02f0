"""Systems come by name, as values, and from model files."""

from pathlib import Path
from typing import Any

import pytest
import torch

from boxwright.errors import BoxwrightError, ConfigError, DataError
from boxwright.inspection.page.chosen_systems import ChosenSystem, chosen_systems
from boxwright.systems import build_system, save_model

CPU = torch.device("cpu")
AB = ("a", "b")


def _chosen(systems: Any = (), models: Any = (), **settings: Any) -> list[ChosenSystem]:
    usual: dict[str, Any] = {"canvas": None, "options": {}, "seed": 0, "device": CPU}
    return chosen_systems(systems, models, AB, **(usual | settings))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "cells" / "weights" / "best.safetensors"
    save_model(path, build_system("yolov5n", 2), categories=AB, canvas_size=(96, 64), config={})
    return path


def test_each_has_its_own_canvas() -> None:
    found = _chosen(["yolov8n", "ssd_tiny"])
    assert [(each.name, each.runner.canvas_size) for each in found] == [
        ("yolov8n", (640, 640)),
        ("ssd_tiny", (224, 224)),
    ]
    assert all(each.runner.network.training for each in found)


def test_weights_follow_from_the_seed_alone() -> None:
    def weights(names: list[str], seed: int) -> torch.Tensor:
        return next(iter(_chosen(names, seed=seed, canvas=64)[-1].runner.network.parameters()))

    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    first = weights(["yolov8n"], 1)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.equal(first, weights(["yolov5n", "yolov8n"], 1))
    assert not torch.equal(first, weights(["yolov8n"], 2))


def test_a_model_file_has_the_name_of_its_run_and_its_canvas(model: Path) -> None:
    (found,) = _chosen(models=[model])
    assert (found.name, found.runner.canvas_size) == ("yolov5n, cells", (96, 64))
    assert not found.runner.network.training
    (other,) = _chosen(models=[model.parent.parent], canvas=128)
    assert (other.name, other.runner.canvas_size) == ("yolov5n, cells", (128, 128))


def test_names_are_told_apart(model: Path) -> None:
    names = [each.name for each in _chosen(["yolov5n", build_system("yolov5n", 2)], [model, model], canvas=64)]
    assert names == ["yolov5n", "yolov5n (2)", "yolov5n, cells", "yolov5n, cells (2)"]


def test_options_go_to_the_systems_that_have_them() -> None:
    first, second = _chosen(["yolov8n", "yolov5n"], canvas=64, options={"guarantee": True})
    assert first.runner.system.options["guarantee"] is True
    assert "guarantee" not in second.runner.system.options


@pytest.mark.parametrize(
    ("systems", "settings", "message"),
    [
        (["yolov9n"], {}, "Unknown system 'yolov9n'"),
        (["yolov8n"], {"options": {"garantee": True}}, "Did you mean 'guarantee'"),
        (["yolov8n"], {"canvas": 100}, "yolov8n, canvas: both sides must be multiples of 32"),
        ([build_system("yolov8n", 3)], {}, "3 classes, the data set has 2: a, b"),
    ],
)
def test_what_cannot_be_is_said(systems: Any, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        _chosen(systems, **settings)


def test_a_model_of_other_categories_is_refused(model: Path) -> None:
    with pytest.raises(DataError, match="categories"):
        chosen_systems([], [model], ("a", "c"), canvas=None, options={}, seed=0, device=CPU)
    with pytest.raises(BoxwrightError):
        _chosen(models=[model.parent / "missing.pt"])
