"""What is tried: only what a system offers."""

import json

import pytest

from boxwright.inspection.diagnosis.advice.changes import Change, possible_changes
from boxwright.inspection.diagnosis.subject import Subject
from boxwright.inspection.diagnosis.survey.survey import Survey, survey
from boxwright.inspection.diagnosis.survey.tally import join_tallies


def _changes(subject: Subject, dataset, *, threshold: float | None = None, max_stride: int = 32) -> list[Change]:
    found = Survey(subject, join_tallies([], 3), (8, 16, 32), (1, 1, 1), False, threshold, max_stride)
    return list(possible_changes(found, dataset))


def _kinds(changes: list[Change]) -> list[tuple[str, str]]:
    return [(change.kind, change.how) for change in changes if change.kind != "anchors"]


def test_yolov8(mixed) -> None:
    assert _kinds(_changes(Subject("yolov8n", (64, 96)), mixed)) == [
        ("canvas", "--canvas [96,160]"),
        ("canvas", "--canvas [128,192]"),
        ("guarantee", "--system_options.guarantee true"),
        ("dialect", "--system_options.dialect early"),
        ("dialect", "--system_options.dialect mid"),
        ("dialect", "--system_options.dialect 8.4.0"),
    ]
    sure = _changes(Subject("yolov8s-seg", (64, 64), {"guarantee": True, "dialect": "mid"}), mixed)
    assert {change.kind for change in sure} == {"canvas", "dialect"}
    assert ("dialect", "--system_options.dialect current") in _kinds(sure)


def test_yolov5_has_anchors_and_their_ratio(mixed) -> None:
    changes = {change.kind: change for change in _changes(Subject("yolov5n", (64, 64)), mixed)}
    assert set(changes) == {"canvas", "anchors", "threshold"}
    words = changes["anchors"].how.removeprefix("--system_options.anchors='").removesuffix("'")
    fitted = json.loads(words)
    assert [len(level) for level in fitted] == [3, 3, 3]
    assert json.loads(json.dumps(changes["anchors"].subject.options["anchors"])) == fitted
    assert changes["threshold"].subject.options == {"anchor_threshold": 6.0}


def test_matching_by_iou_has_a_threshold_and_ssd300_one_canvas_only(mixed) -> None:
    assert _kinds(_changes(Subject("ssd300_light", (300, 300)), mixed, threshold=0.5, max_stride=300)) == [
        ("dialect", "--system_options.dialect torchvision"),
        ("dialect", "--system_options.dialect tiny"),
        ("threshold", "Python: dataclasses.replace(system.criterion.assigner, threshold=0.4)"),
    ]
    changes = {change.kind: change for change in _changes(Subject("retinanet_r18", (64, 64)), mixed, threshold=0.5)}
    assert changes["anchors"].how == "--system_options.anchor_scale 2"
    assert changes["anchors"].subject.options == {"anchor_scale": 2.0}
    threshold = changes["threshold"]
    assert threshold.subject.assigner == {"positive": 0.4, "negative": 0.3}
    assert threshold.words == "with an IoU of 0.4 being enough"


@pytest.mark.parametrize("name", ["yolov5n", "retinanet_r18", "fcos_r18", "ssd_tiny", "ssd300_light"])
def test_everything_that_is_proposed_can_be_run(mixed, name: str) -> None:
    canvas = {"ssd_tiny": 224, "ssd300_light": 300}.get(name, 64)
    subject = Subject(name, (canvas, canvas))
    changes = list(possible_changes(survey(subject, mixed), mixed))
    assert changes
    for change in changes:
        assert len(survey(change.subject, mixed, reasons=False).tally) == 4


def test_a_finer_level_is_looked_at_and_has_anchors_of_its_own(mixed) -> None:
    subject = Subject("yolov5n", (64, 64), {"levels": "2-5"})
    anchors = next(change for change in _changes(subject, mixed) if change.kind == "anchors")
    assert [len(level) for level in anchors.subject.options["anchors"]] == [3, 3, 3, 3]
    assert survey(anchors.subject, mixed, reasons=False).strides == (4, 8, 16, 32)
    assert survey(Subject("yolov8n", (64, 64), {"levels": "2-5"}), mixed).strides == (4, 8, 16, 32)
