"""One definition of the settings."""

from pathlib import Path

import pytest

from boxwright.errors import ConfigError
from boxwright.geometry.tiling import Tiling
from boxwright.settings.options import OptimizationOptions
from boxwright.settings.training import TrainingSettings, require_parts, settings_from


def test_groups_may_be_dictionaries_or_options() -> None:
    by_dict = settings_from({"data": Path("x"), "optimization": {"lr": 0.1}, "freeze": ("backbone",)})
    by_options = settings_from({"data": "x", "optimization": OptimizationOptions(lr=0.1), "freeze": ["backbone"]})
    assert by_dict == by_options
    assert by_dict.optimization.lr == 0.1


def test_canvas_is_a_side_or_height_and_width() -> None:
    assert TrainingSettings(canvas=320).canvas_size == (320, 320)
    assert settings_from({"canvas": [320, 640]}).canvas_size == (320, 640)


def test_tiles_are_a_side_or_height_and_width() -> None:
    assert TrainingSettings().tiling is None
    assert settings_from({"tile": 64}).tiling == Tiling((64, 64), 0.2)
    assert settings_from({"tile": [64, 96], "tile_overlap": 0.5}).tiling == Tiling((64, 96), 0.5)


def test_lists_may_be_written_with_commas() -> None:
    settings = TrainingSettings(freeze="backbone, neck", logger="csv")
    assert settings.frozen_prefixes == ["backbone", "neck"]
    assert TrainingSettings().frozen_prefixes == []
    assert settings.loggers == ["csv"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"epohs": 3}, "Did you mean 'epochs'"),
        ({"optimization": {"lrr": 3}}, "Did you mean 'optimization.lr'"),
        ({"imgsz": 320}, "imgsz is called otherwise here: canvas=320"),
        ({"lr0": 0.1}, r'lr0 is called otherwise here: optimization=\{"lr": 0\.1\}'),
        ({"epochs": 0}, "epochs must be at least 1; found 0"),
        ({"detections_per_image": 0}, "detections_per_image must be at least 1; found 0"),
        ({"patience": 0}, "patience must be at least 1"),
        ({"batch_size": 0}, "batch_size must be at least 1, or auto; found 0"),
        ({"batch_size": "aut"}, "Did you mean 'auto'"),
        ({"workers": -1}, "workers must be from 0 to"),
        ({"workers": 10**5}, "workers must be from 0 to"),
        ({"canvas": 0}, "canvas: both sides must be from 1"),
        ({"canvas": (64, 10**9)}, "canvas: both sides must be from 1"),
        ({"tile": 0}, "tile: both sides must be from 1"),
        ({"tile": 64, "tile_overlap": 1.0}, "tile_overlap is a share"),
        ({"tile_overlap": 1.0}, "tile_overlap is a share"),
        ({"seed": 2**32}, "seed must be from 0 to"),
        ({"seed": -1}, "seed must be from 0 to"),
        ({"logger": "csv,tensorbord"}, "Did you mean 'tensorboard'"),
        ({"precision": "fp61"}, "Did you mean 'fp16'"),
    ],
)
def test_what_is_wrong_is_named(values: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        settings_from(values)


@pytest.mark.parametrize(
    ("given", "expected"), [({}, (640, 640)), ({"system": "ssd_tiny"}, (224, 224)), ({"canvas": (32, 64)}, (32, 64))]
)
def test_the_canvas_is_that_of_the_system_unless_it_is_given(
    given: dict[str, object], expected: tuple[int, int]
) -> None:
    assert settings_from(given).canvas_size == expected


@pytest.mark.parametrize("system", ["ssd300", "ssd300_light"])
def test_a_system_of_one_canvas_has_no_others(system: str) -> None:
    settings = settings_from({"system": system, "augmentation": {"multi_scale": 0.5}})
    with pytest.raises(ConfigError, match=rf"augmentation\.multi_scale: {system} has one canvas"):
        require_parts(settings)
    require_parts(settings_from({"system": "ssd_tiny", "augmentation": {"multi_scale": 0.5}}))
