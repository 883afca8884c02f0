"""Anchors measured on data sets, and chosen before a training begins."""

import math
from pathlib import Path

import pytest
import torch

from boxwright.data import open_dataset
from boxwright.errors import ConfigError
from boxwright.settings.training import TrainingSettings
from boxwright.structures import GroundTruth, ImageOrigin
from boxwright.systems import build_system, save_model, system_options
from boxwright.training.assembly import assemble, summary
from boxwright.training.auto_anchor import anchors, measure_anchors, object_sizes, training_anchors, with_fitted

TINY_ANCHORS = (((1.0, 1.0),) * 3,) * 3  # reach nothing over 4 pixels


class OneImage:
    """A data set of one image of 100 × 200 that cannot be decoded."""

    categories = ("thing",)
    category_ids = (1,)

    def __init__(self, boxes: list[list[float]], ignore: list[bool]) -> None:
        self.boxes, self.ignore = torch.tensor(boxes).reshape(-1, 4), torch.tensor(ignore, dtype=torch.bool)

    def __len__(self) -> int:
        return 1

    def __getitem__(self, position: int) -> None:
        raise AssertionError("sizes need no pixels")

    def truth(self, position: int) -> GroundTruth:
        count = len(self.boxes)
        origin = ImageOrigin(1, None, (100, 200))
        return GroundTruth(self.boxes, torch.zeros(count, dtype=torch.int64), self.ignore, torch.ones(count), origin)


def settings_for(data: Path | str, **changes: object) -> TrainingSettings:
    return TrainingSettings(**{"data": str(data), "system": "yolov5n", "canvas": 64, **changes})


def test_sizes_are_those_on_the_canvas_without_ignored_and_empty_boxes() -> None:
    boxes = [[0.0, 0, 20, 40], [10, 10, 50, 20], [5, 5, 5, 30], [0, 0, 90, 90]]
    sizes = object_sizes(OneImage(boxes, [False, False, False, True]), (64, 64))
    assert torch.allclose(sizes, torch.tensor([[6.4, 12.8], [12.8, 3.2]]))


def test_bccd_is_reached_at_320_as_it_is() -> None:
    report = anchors("sample:bccd", canvas=320)
    assert report.num_objects == 922
    assert report.before.recall == 1.0
    assert report.before.fitness == pytest.approx(0.7836, abs=2e-4)
    assert report.after is not None
    assert report.after.recall == 1.0
    assert report.after.fitness > 0.9
    assert report.verdict() == "Anchors: 100.0 % of 922 objects on a canvas of 320 × 320 are within reach of one; kept."


def test_bccd_at_64_needs_other_anchors() -> None:
    report = anchors("sample:bccd", canvas=64)
    assert report.before.recall == pytest.approx(901 / 922)
    assert report.after is not None
    assert report.after.recall == 1.0
    assert report.verdict() == (
        "Anchors: only 97.7 % of 922 objects on a canvas of 64 × 64 are within reach of one; kept. Fitted: 100.0 %."
    )
    lines = report.table().splitlines()
    assert [line.split()[:2] for line in lines] == [["anchors", "within"], ["before", "97.7"], ["fitted", "100.0"]]
    assert "10x13 16x30 33x23 | 30x61 62x45 59x119 | 116x90 156x198 373x326" in lines[1]


def test_fitted_anchors_are_an_option_that_the_system_takes() -> None:
    report = anchors("sample:bccd", canvas=64)
    assert report.after is not None
    system = build_system("yolov5n", 3, anchors=report.after.anchors)
    assert system.options["anchors"] == report.after.anchors
    areas = [width * height for level in report.after.anchors for width, height in level]
    assert areas == sorted(areas)


def test_a_system_without_anchors_names_those_that_have_some() -> None:
    with pytest.raises(ConfigError, match=r"yolov8n has no anchors to fit\. Systems that have: yolov5n, yolov5s"):
        anchors("sample:bccd", "yolov8n")


def test_a_data_set_without_objects_keeps_the_anchors() -> None:
    sizes = object_sizes(OneImage([], []), (64, 64))
    report = with_fitted(measure_anchors(sizes, (64, 64), TINY_ANCHORS, 4.0), sizes, 4.0, seed=0)
    assert report.is_enough
    assert report.after is None
    assert math.isnan(report.before.recall)
    assert "no objects" in report.verdict()
    assert "–" in report.table()


def test_a_training_keeps_anchors_that_reach_enough(tiny_data: Path) -> None:
    task = assemble(settings_for(tiny_data), is_new=True)
    assert task.system.options["anchors"] == system_options("yolov5n")["anchors"]
    assert summary(task).endswith("100.0 % of 16 objects on a canvas of 64 × 64 are within reach of one; kept.")


def test_a_training_fits_anchors_that_reach_too_little(tiny_data: Path) -> None:
    task = assemble(settings_for("sample:bccd"), is_new=True)
    assert task.anchors is not None
    assert task.anchors.is_adopted
    assert task.anchors.after is not None
    assert task.system.options["anchors"] == task.anchors.after.anchors
    assert task.settings.system_options["anchors"] == task.anchors.after.anchors
    said = summary(task)
    assert (
        "only 97.7 % of 922 objects on a canvas of 64 × 64 were within reach of one; fitted ones reach 100.0 %" in said
    )
    assert task.anchors.table() in said


def test_a_training_that_goes_on_takes_the_anchors_of_its_settings(tiny_data: Path) -> None:
    settings = settings_for(tiny_data, system_options={"anchors": TINY_ANCHORS})
    task = assemble(settings, is_new=False)
    assert task.anchors is None
    assert task.system.options["anchors"] == TINY_ANCHORS


@pytest.mark.parametrize(
    "changes", [{"auto_anchor": "check"}, {"system_options": {"anchors": system_options("yolov5n")["anchors"]}}]
)
def test_given_anchors_and_a_check_change_nothing(changes: dict[str, object]) -> None:
    settings = settings_for("sample:bccd", **changes)
    options, report = training_anchors(settings, open_dataset("sample:bccd", "train"))
    assert options == settings.system_options
    assert report is not None
    assert not report.is_adopted
    assert "97.7 %" in report.verdict()
    assert "kept. Fitted: 100.0 %" in report.verdict()


@pytest.mark.parametrize("changes", [{"auto_anchor": "off"}, {"system": "yolov8n"}])
def test_nothing_is_measured_where_nothing_is_asked(changes: dict[str, object]) -> None:
    assert training_anchors(settings_for("sample:bccd", **changes), OneImage([], [])) == ({}, None)


@pytest.mark.parametrize("mode", ["off", "check"])
def test_weights_bring_their_anchors(tiny_data: Path, tmp_path: Path, mode: str) -> None:
    source = build_system("yolov5n", 2, anchors=TINY_ANCHORS)
    save_model(tmp_path / "model.pt", source, categories=("a", "b"), canvas_size=(64, 64), config={})
    settings = settings_for(tiny_data, weights=str(tmp_path / "model.pt"), auto_anchor=mode)
    assert assemble(settings, is_new=True).system.options["anchors"] == TINY_ANCHORS
