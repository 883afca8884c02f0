"""Groups and levels of a tally worked by hand."""

import json
import math

import numpy as np

from boxwright.inspection.diagnosis.subject import Subject
from boxwright.inspection.diagnosis.survey.groups import Group, group_all, groupings, levels
from boxwright.inspection.diagnosis.survey.survey import Survey
from boxwright.inspection.diagnosis.survey.tally import Tally

SIZES = [[4, 4], [64, 16], [16, 64], [200, 200]]


def _survey(*, threshold: float | None = None, is_dynamic: bool = False, counted: bool = True) -> Survey:
    tally = Tally(
        2,
        1,
        np.array([0, 0, 1, 1]),
        np.array(SIZES, np.float32),
        np.array([[0, 0], [2, 1], [0, 1], [0, 4]], np.int32),
        np.array([[3, 0], [0, 0], [1, 0], [0, 0]], np.int32) if counted else None,
        np.array([0.1, 0.45, 0.6, 0.8], np.float32),
        np.array([False, False, True, True]),
    )
    return Survey(Subject("yolov5n", (256, 256)), tally, (8, 16), (100, 25), is_dynamic, threshold, 32)


def test_all_targets() -> None:
    group = group_all(_survey())
    assert (group.targets, group.without, group.share_without) == (4, 1, 0.25)
    assert (group.positives, group.poor, group.lost, group.share_beyond) == (2.0, 0.5, 1.0, 0.5)
    assert math.isclose(group.best, 0.525, rel_tol=1e-6)
    assert group_all(_survey(threshold=0.4)).poor == 0.25


def test_groups_hold_every_target_once() -> None:
    found = groupings(_survey(), ("red", "green", "blue"))
    for groups in found.values():
        assert sum(group.targets for group in groups) == 4
    counts = {name: {group.name: group.targets for group in groups if group.targets} for name, groups in found.items()}
    assert counts == {
        "coco_size": {"small": 1, "medium": 2, "large": 1},
        "size": {"0–8": 1, "32–64": 2, "128–256": 1},
        "class": {"red": 2, "green": 2},
        "aspect_ratio": {"under 1:3": 1, "2:3 – 3:2": 2, "over 3:1": 1},
    }
    (small,) = [group for group in found["coco_size"] if group.name == "small"]
    assert (small.share_without, small.lost) == (1.0, 3.0)


def test_what_nobody_measured_is_not_a_number() -> None:
    empty = groupings(_survey(), ("red", "green", "blue"))["class"][2]
    assert (empty.targets, empty.without, empty.beyond) == (0, 0, 0)
    assert all(math.isnan(value) for value in (empty.share_without, empty.positives, empty.best, empty.lost))
    assert math.isnan(group_all(_survey(counted=False)).lost)
    assert math.isnan(group_all(_survey(is_dynamic=True)).poor)


def test_levels() -> None:
    fine, coarse = levels(_survey())
    assert (fine.stride, fine.priors, fine.positives, fine.share) == (8, 100, 2, 0.25)
    assert (fine.served, fine.side, fine.lost) == (0.25, 32.0, 4.0)
    assert (coarse.positives, coarse.share, coarse.served, coarse.side, coarse.lost) == (6, 0.75, 0.75, 32.0, 0.0)


def test_json_knows_no_nan() -> None:
    values = Group("x", 0, 0, math.nan, math.nan, math.nan, math.nan, 0).to_dict()
    assert json.loads(json.dumps(values, allow_nan=False)) == {
        "name": "x",
        "targets": 0,
        "without": 0,
        "positives": None,
        "best": None,
        "poor": None,
        "lost": None,
        "beyond": 0,
        "share_without": None,
        "share_beyond": None,
    }
    assert all(level.to_dict()["stride"] for level in levels(_survey(counted=False)))
