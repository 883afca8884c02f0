"""The command that asks whether anchors reach the objects."""

import pytest

from boxwright import anchors
from boxwright.errors import ConfigError
from boxwright.systems import build_system


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
