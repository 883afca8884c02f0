import json
import math
from dataclasses import replace

import numpy as np

from boxwright.evaluation import ClassReport, Report
from boxwright.evaluation.threshold_curve import threshold_curve

NAN = float("nan")


def make_report(**changes) -> Report:
    curve = np.linspace(1.0, 0.0, 101)
    values = {
        "ap": 0.5, "ap50": 0.75, "ap75": 0.25, "ap_small": NAN, "ap_medium": 0.5, "ap_large": 1.0,
        "ar_1": 0.1, "ar_10": 0.2, "ar_max": 0.3,
        "per_class": (
            ClassReport("cat", 0.5, 0.75, 12, curve),
            ClassReport("a long name", NAN, NAN, 0, np.full(101, NAN)),
        ),
        "max_detections": 100, "num_images": 4, "num_targets": 12, "num_detections": 34,
    }  # fmt: skip
    return Report(**{**values, **changes})


def test_to_dict_is_json_without_nan():
    report = make_report()
    back = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert back["ap"] == 0.5
    assert back["ap_small"] is None
    assert back["per_class"][0]["name"] == "cat"
    assert back["per_class"][1]["ap"] is None
    assert back["per_class"][1]["precision"] == [None] * 101
    assert back["recall"] == report.recall.tolist()
    assert len(back["recall"]) == len(back["per_class"][0]["precision"]) == 101


def test_a_summary_has_no_curves_and_no_nan():
    summary = make_report().summary("cells, val")
    back = json.loads(json.dumps(summary, allow_nan=False))
    assert (back["data"], back["num_images"], back["ap"], back["ap_small"]) == ("cells, val", 4, 0.5, None)
    assert back["per_class"][0] == {"name": "cat", "num_targets": 12, "ap": 0.5, "ap50": 0.75, "best_threshold": None}


def test_numbers_are_in_coco_order():
    names = list(make_report().numbers)
    assert names == ["ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large", "ar_1", "ar_10", "ar_max"]


def test_table_is_aligned_and_complete():
    table = make_report().table()
    lines = table.splitlines()
    assert lines[0] == "4 images, 12 objects, 34 detections"
    rows = lines[5:]
    assert rows == [
        "class        objects     AP   AP50",
        "cat               12  0.500  0.750",
        "a long name        0      –      –",
        "all               12  0.500  0.750",
    ]
    assert len(lines[2]) == len(lines[3])
    assert lines[3].split() == ["0.500", "0.750", "0.250", "–", "0.500", "1.000", "0.100", "0.200", "0.300"]


def test_table_names_the_limit():
    assert "AR 300" in make_report(max_detections=300).table()
    assert "AR 100" in make_report().table()


def test_table_with_a_low_limit_does_not_repeat_a_column():
    table = make_report(max_detections=10, ar_max=0.2).table()
    assert table.splitlines()[2].split("AR")[1:] == [" 1  ", " 10"]


def test_recall_points():
    assert make_report().recall[[0, 1, 100]].tolist() == [0.0, 0.01, 1.0]
    assert not math.isnan(make_report().recall.sum())


def test_masks_follow_boxes_in_the_table_the_numbers_and_the_json():
    report = make_report(masks=make_report(ap=0.123))
    lines = report.table().splitlines()
    assert [line for line in lines if line in ("boxes", "masks")] == ["boxes", "masks"]
    assert sum("4 images" in line for line in lines) == 1
    assert "0.123" in report.table()[report.table().index("masks") :]
    assert list(report.numbers)[:9] == list(make_report().numbers)
    assert report.numbers["mask_ap"] == 0.123
    back = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert (back["ap"], back["masks"]["ap"]) == (0.5, 0.123)
    assert "mask_ap" not in back
    assert "masks" not in make_report().to_dict()


def test_a_limit_that_binds_is_said():
    assert make_report().limit_line == ""
    report = make_report(num_images=40, num_over_limit=12)
    assert report.limit_line == (
        "AP counts at most 100 detections per image and category; 12 of 40 images have more objects. "
        "Raise max_detections to count them."
    )
    assert report.table().splitlines()[1] == report.limit_line
    assert report.to_dict()["num_over_limit"] == 12
    assert ", of 200 that the detector gives; " in make_report(num_over_limit=1, most_per_image=200).limit_line


def test_a_name_stays_on_its_line_and_in_its_column():
    row = ClassReport("two\nlines \x1b[31m", 0.5, 0.5, 3, np.linspace(1, 0, 101))
    table = Report(*[0.5] * 9, (row,), 100, 4, 3, 34).table()
    (line,) = [line for line in table.splitlines() if "lines" in line]
    assert line.split()[-3:] == ["3", "0.500", "0.500"]
    assert line.startswith(r"two\nlines \x1b[31m")


def test_the_table_says_that_no_threshold_is_the_best():
    def report(found, wrong, **changes):
        curve = threshold_curve(np.array(found + wrong), np.array(found), np.array(found), 12)
        rows = tuple(replace(row, by_threshold=curve) for row in make_report().per_class)
        return make_report(by_threshold=curve, per_class=rows, **changes)

    poor, good = report([0.03], [0.04] * 999), report([0.8] * 9, [])
    assert "No threshold of the score is the best: F1 is at most 0.002" in poor.table().splitlines()[-1]
    assert poor.summary("cells")["best_threshold"] is None
    assert "No threshold" in replace(good, masks=poor).table()
    for each in (good, make_report(), replace(poor, masks=good), report([], [], num_targets=0)):
        assert "No threshold" not in each.table()
