"""What changes nothing is listed; what changes something, or was not changed, is not."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from boxwright.settings.options import options_of, resolve_recipe
from boxwright.settings.training import TrainingSettings, settings_from
from boxwright.systems import build_system
from boxwright.training.idle_settings import idle_settings


class Half:
    """Two images, of which one shows the second category."""

    categories = ("often", "seldom")
    category_ids = (0, 1)

    def __len__(self) -> int:
        return 2

    def __getitem__(self, position: int) -> Any:
        raise AssertionError("no image need be read")

    def truth(self, position: int) -> Any:
        labels = torch.arange(1 + position)
        return SimpleNamespace(labels=labels, ignore=torch.zeros(len(labels), dtype=torch.bool))


def _idle(*, num_classes: int = 2, **given: Any) -> list[str]:
    settings = settings_from(given)
    system = build_system(settings.system, num_classes, **settings.system_options)
    recipe = resolve_recipe(system.recipe, settings.optimization, settings.augmentation)
    return [each.partition(" (")[0] for each in idle_settings(settings, system, system.recipe, recipe, Half())]


@pytest.mark.parametrize(
    ("given", "idle"),
    [
        ({"optimization": {"nesterov": False}}, ["optimization.nesterov"]),  # AdamW
        ({"optimization": {"nesterov": False, "optimizer": "sgd"}}, []),
        ({"optimization": {"nesterov": False, "optimizer": "sgd", "momentum": 0.0}}, ["optimization.nesterov"]),
        ({"optimization": {"milestones": [0.5]}}, ["optimization.milestones"]),
        ({"optimization": {"step_factor": 0.5}}, ["optimization.step_factor"]),
        ({"optimization": {"milestones": [0.5], "schedule": "steps"}}, []),
        ({"optimization": {"final_lr_fraction": 0.1, "schedule": "steps"}}, ["optimization.final_lr_fraction"]),
        ({"optimization": {"final_lr_fraction": 0.1}}, []),
        ({"optimization": {"warmup_epochs": 0, "warmup_min_batches": 9}}, ["optimization.warmup_min_batches"]),
        ({"optimization": {"warmup_epochs": 0, "warmup_momentum": 0.5}}, ["optimization.warmup_momentum"]),
        ({"optimization": {"warmup_epochs": 0, "optimizer": "sgd"}}, []),
        ({"optimization": {"ema_decay": 0, "ema_tau": 9}}, ["optimization.ema_tau"]),
        ({"epochs": 10}, ["augmentation.mosaic"]),
        ({"epochs": 10, "augmentation": {"mixup": 0.5}}, ["augmentation.mosaic and mixup"]),
        ({"epochs": 11}, []),
        ({"augmentation": {"mosaic": 0, "mixup": 0.5}}, ["augmentation.mixup"]),
        ({"augmentation": {"mosaic": 0, "close_mosaic_epochs": 5}}, ["augmentation.close_mosaic_epochs"]),
        (
            {"augmentation": {"close_mosaic_epochs": 0, "zoom_out": 0.5, "iou_crop": 0.5}},
            ["augmentation.zoom_out", "augmentation.iou_crop"],
        ),
        ({"augmentation": {"zoom_out": 0.5}}, []),
        ({"augmentation": {"zoom_out_largest": 2.0}}, ["augmentation.zoom_out_largest"]),
        ({"augmentation": {"iou_crop_smallest": 0.5}}, ["augmentation.iou_crop_smallest"]),
        ({"augmentation": {"zoom_out_largest": 2.0, "iou_crop_smallest": 0.5}, "system": "ssd_tiny"}, []),
        ({"augmentation": {"multi_scale": 0.5}, "canvas": 64}, []),
        ({"augmentation": {"multi_scale": 0.4}, "canvas": 64}, ["augmentation.multi_scale"]),
        ({"augmentation": {"copy_paste": 0.5}}, ["augmentation.copy_paste"]),
        ({"augmentation": {"copy_paste": 0.5}, "system": "ssd_tiny"}, ["augmentation.copy_paste"]),
        ({"augmentation": {"copy_paste": 0.5}, "system": "yolov8n-seg"}, []),
        ({"augmentation": {"copy_paste": 0.5, "mosaic": 0, "close_mosaic_epochs": 5}, "system": "yolov8n-seg"}, []),
        (
            {"augmentation": {"copy_paste": 0.5}, "system": "yolov8n-seg", "epochs": 10},
            ["augmentation.mosaic", "augmentation.copy_paste"],
        ),
        ({"augmentation": {"repeat_rare": 0.5}}, ["augmentation.repeat_rare"]),
        ({"augmentation": {"repeat_rare": 0.6}}, []),
        ({"auto_anchor": "check"}, ["auto_anchor"]),
        ({"auto_anchor": "check", "system": "yolov5n"}, []),
        ({"auto_anchor": "off"}, []),
        (
            {"system": "yolov5n", "num_classes": 1, "system_options": {"label_smoothing": 0.1}},
            ["system_options.label_smoothing"],
        ),
        ({"system": "yolov5n", "system_options": {"label_smoothing": 0.1}}, []),
        ({"val": "split.json", "val_seed": 3}, ["val_seed"]),
        ({"val": 0.2, "val_seed": 3}, []),
        ({"patience": 100}, ["patience"]),
        ({"patience": 99}, []),
        ({"freeze_epochs": 3}, ["freeze_epochs"]),
        ({"tile_overlap": 0.3}, ["tile_overlap"]),
        ({"tile_overlap": 0.3, "tile": 64}, []),
        ({"freeze_epochs": 3, "freeze": "backbone"}, []),
        (
            {"system": "ssd_tiny", "weights": "w.pt", "system_options": {"pretrained": True}},
            ["system_options.pretrained, for the weights"],
        ),
    ],
)
def test_settings_that_change_nothing(given: dict[str, Any], idle: list[str]) -> None:
    assert _idle(**given) == idle


@pytest.mark.parametrize("name", ["yolov8n", "yolov8n-seg", "yolov5n", "ssd_tiny", "retinanet_r18", "fcos_r18"])
def test_a_recipe_as_it_is_changes_something(name: str) -> None:
    system = build_system(name, 2)
    optimization, augmentation = options_of(system.recipe)
    recipe = resolve_recipe(system.recipe, optimization, augmentation)
    assert idle_settings(TrainingSettings(system=name), system, system.recipe, recipe, Half()) == []
