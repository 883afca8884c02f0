"""What is wrong shows before a run begins."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from boxwright.data import Dataset, from_torch
from boxwright.errors import ConfigError, DataError
from boxwright.settings.catalog import default_canvas
from boxwright.settings.training import TrainingSettings
from boxwright.systems import build_system, save_model
from boxwright.training.assembly import assemble, left_out, said_of_parts, summary


def test_nothing_is_left_to_the_recipe(tiny_data: Path) -> None:
    task = assemble(TrainingSettings(data=str(tiny_data), canvas=64), is_new=True)
    assert task.settings.optimization.lr == task.recipe.lr
    assert task.settings.augmentation.mosaic == task.recipe.augmentation.mosaic
    assert task.settings.system_options["dialect"] == "current"
    assert task.system.num_classes == 2
    assert "8 images to train on, 3 to measure on. Canvas 64 × 64" in summary(task)


@pytest.mark.parametrize("system", ["yolov8n", "yolov5n", "retinanet_r18", "fcos_r18", "ssd300_light"])
def test_a_published_recipe_is_that_of_the_system(system: str, tiny_data: Path) -> None:
    asked = TrainingSettings(data=str(tiny_data), system=system, canvas=default_canvas(system))
    task = assemble(replace(asked, recipe="published"), is_new=True)
    assert task.recipe == task.system.recipe
    assert (task.settings.batch_size, task.recipe_choice) == (16, "")
    fitted = assemble(asked, is_new=True)
    assert fitted.recipe != fitted.system.recipe
    assert fitted.settings.batch_size == fitted.recipe.nominal_batch == 4
    assert fitted.recipe_choice in summary(fitted)


def _crowd(objects: int) -> Dataset:
    boxes = torch.tensor([[0.0, 0.0, 9.0, 9.0]]).repeat(objects, 1)
    sample = (torch.zeros(3, 64, 64, dtype=torch.uint8), {"boxes": boxes, "labels": torch.ones(objects).long()})
    return from_torch([sample], categories=("cell",), first_label=1)


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [({}, 500), ({"detections_per_image": 50}, 50), ({"recipe": "published"}, 100), ({"tile": 32}, 500)],
)
def test_a_model_has_room_for_a_crowd(changes: dict[str, Any], wanted: int) -> None:
    crowds = (_crowd(230), _crowd(900))
    asked = TrainingSettings(system="retinanet_r18", canvas=64, val=None, **changes)
    task = assemble(asked, is_new=True, datasets=crowds)
    assert task.settings.detections_per_image == task.system.postprocessor.max_detections == wanted
    said = "has up to 230 objects, so with room to spare the model finds up to 500 in one in place of 100."
    assert (said in summary(task)) == (wanted == 500)
    few = f"has up to 230 objects, and the model finds {wanted} in one at most"
    assert (few in summary(task)) == (wanted < 230)
    again = assemble(task.settings, is_new=False, datasets=crowds)
    assert again.system.postprocessor == task.system.postprocessor


def test_a_system_of_ones_own_keeps_its_limit() -> None:
    crowds, asked = (_crowd(230), _crowd(900)), TrainingSettings(system="ssd_tiny", canvas=64)
    own = build_system("ssd_tiny", 1)
    own = replace(own, postprocessor=replace(own.postprocessor, candidates_per_class=50))
    task = assemble(asked, is_new=True, datasets=crowds, own=own)
    assert task.settings.detections_per_image == 200
    assert task.system.postprocessor == own.postprocessor
    assert "and the model finds 200 in one at most" in summary(task)
    many = replace(own, postprocessor=replace(own.postprocessor, max_detections=20_000))
    assert assemble(asked, is_new=True, datasets=crowds, own=many).settings.detections_per_image == 20_000
    given = assemble(replace(asked, detections_per_image=300), is_new=True, datasets=crowds, own=own)
    assert given.system.postprocessor.max_detections == given.system.postprocessor.candidates_per_class == 300


def test_the_seed_decides_the_weights(tiny_data: Path) -> None:
    states = [
        assemble(TrainingSettings(data=str(tiny_data), canvas=64, seed=seed), is_new=True).system.detector.state_dict()
        for seed in (0, 0, 1)
    ]
    name = "backbone.stem.conv.weight"
    assert torch.equal(states[0][name], states[1][name])
    assert not torch.equal(states[0][name], states[2][name])


def test_weights_that_fit_are_taken_over(tiny_data: Path, tmp_path: Path) -> None:
    source = build_system("yolov8n", 5)
    save_model(tmp_path / "model.pt", source, categories=list("abcde"), canvas_size=(64, 64), config={})
    task = assemble(TrainingSettings(data=str(tiny_data), canvas=64, weights=str(tmp_path / "model.pt")), is_new=True)
    own, given = task.system.detector.state_dict(), source.detector.state_dict()
    fitting = [name for name, value in given.items() if own[name].shape == value.shape]
    assert all(torch.equal(own[name], given[name]) for name in fitting)
    assert 0 < len(fitting) < len(own)  # five classes do not fit two
    assert f"{len(fitting)} of {len(own)} tensors start from" in summary(task)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data": None}, "name the data set"),
        ({"canvas": 100}, "multiples of 32; found 100 × 100. The nearest that fits is 96 × 96"),
        ({"system": "yolov8q"}, "Unknown system 'yolov8q'"),
        ({"freeze": "backbon"}, "Did you mean 'backbone'"),
        ({"system_options": {"dialekt": "early"}}, "Did you mean 'dialect'"),
    ],
)
def test_impossible_settings(tiny_data: Path, changes: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        assemble(TrainingSettings(**{"data": str(tiny_data), "canvas": 64, **changes}), is_new=True)


def test_faults_of_both_parts_are_one_error(tiny_data: Path, tmp_path: Path) -> None:
    root = tmp_path / "data"
    shutil.copytree(tiny_data, root)
    (root / "train/1.png").write_bytes(b"")
    (root / "val/2.png").unlink()
    with pytest.raises(DataError) as caught:
        assemble(TrainingSettings(data=str(root), canvas=64), is_new=True)
    assert "train/1.png: the file has no bytes" in str(caught.value)
    assert "val/2.png does not exist" in str(caught.value)
    task = assemble(TrainingSettings(data=str(root), canvas=64, on_bad="skip"), is_new=True)
    assert (len(task.train_data), len(task.val_data)) == (7, 2)
    assert [line.partition(": ")[0].rpartition("/")[2] for line in left_out(task)][:1] == ["1.png"]
    assert "listed in skipped.txt" in summary(task)


def test_the_check_of_images_can_be_left_out(tiny_data: Path, tmp_path: Path) -> None:
    root = tmp_path / "data"
    shutil.copytree(tiny_data, root)
    (root / "train/1.png").write_bytes(b"")
    task = assemble(TrainingSettings(data=str(root), canvas=64, check_images="off"), is_new=True)
    assert len(task.train_data) == 8
    assert left_out(task) == []


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({}, ""),
        ({"class_loss": "varifocal"}, "\nParts in place of the system's own: class_loss varifocal ("),
        ({"assigner": "atss", "box_loss": {"name": "wise_iou", "version": 1}}, "; box_loss wise_iou (version 1"),
    ],
)
def test_exchanged_parts_are_named(parts: dict, said: str, tiny_data: Path) -> None:
    task = assemble(TrainingSettings(data=str(tiny_data), canvas=64, parts=parts), is_new=True)
    assert said in said_of_parts(task) if said else said_of_parts(task) == ""
    assert said_of_parts(task) in summary(task)
