"""Anchors that are chosen before a training begins."""

from pathlib import Path

import pytest
from tests.unit.data.test_anchor_report import OneImage

from boxwright.data import open_dataset
from boxwright.settings.training import TrainingSettings
from boxwright.systems import build_system, save_model, system_options
from boxwright.training.anchor_choice import training_anchors
from boxwright.training.assembly import assemble, summary

TINY_ANCHORS = (((1.0, 1.0),) * 3,) * 3  # reach nothing over 4 pixels


def settings_for(data: Path | str, **changes: object) -> TrainingSettings:
    return TrainingSettings(**{"data": str(data), "system": "yolov5n", "canvas": 64, **changes})


def test_a_training_keeps_anchors_that_reach_enough(tiny_data: Path) -> None:
    task = assemble(settings_for(tiny_data), is_new=True)
    assert task.system.options["anchors"] == system_options("yolov5n")["anchors"]
    assert "100.0 % of 16 objects on a canvas of 64 × 64 are within reach of one; kept.\n" in summary(task)


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
    options, report = training_anchors(settings, open_dataset("sample:bccd", "train"), None)
    assert options == settings.system_options
    assert report is not None
    assert not report.is_adopted
    assert "97.7 %" in report.verdict()
    assert "kept. Fitted: 100.0 %" in report.verdict()


@pytest.mark.parametrize("changes", [{"auto_anchor": "off"}, {"system": "yolov8n"}])
def test_nothing_is_measured_where_nothing_is_asked(changes: dict[str, object]) -> None:
    assert training_anchors(settings_for("sample:bccd", **changes), OneImage([], []), None) == ({}, None)


@pytest.mark.parametrize("mode", ["off", "check"])
def test_weights_bring_their_anchors(tiny_data: Path, tmp_path: Path, mode: str) -> None:
    source = build_system("yolov5n", 2, anchors=TINY_ANCHORS)
    save_model(tmp_path / "model.pt", source, categories=("a", "b"), canvas_size=(64, 64), config={})
    settings = settings_for(tiny_data, weights=str(tmp_path / "model.pt"), auto_anchor=mode)
    assert assemble(settings, is_new=True).system.options["anchors"] == TINY_ANCHORS


def test_a_finer_level_gets_anchors_of_its_own() -> None:
    settings = settings_for("sample:bccd", system_options={"levels": "2-5"}, auto_anchor="check")
    _, report = training_anchors(settings, open_dataset("sample:bccd", "train"), None)
    assert report is not None
    assert [len(level) for level in report.before.anchors] == [3, 3, 3, 3]


def test_fitted_ones_are_as_many_as_a_finer_level_makes() -> None:
    options = {"levels": "2-5", "anchor_threshold": 1.2}
    settings = settings_for("sample:bccd", system_options=options)
    options, report = training_anchors(settings, open_dataset("sample:bccd", "train"), None)
    assert report is not None
    assert report.is_adopted
    assert [len(level) for level in options["anchors"]] == [3, 3, 3, 3]
