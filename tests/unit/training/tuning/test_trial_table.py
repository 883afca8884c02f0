"""The trials of a search as a table."""

import csv

from boxwright.training.tuning.trial_record import TrialRecord
from boxwright.training.tuning.trial_table import SHOWN, csv_of, table_of

NAMES = ["augmentation.hsv", "system"]
RECORDS = [
    TrialRecord(
        0, "complete", {NAMES[0]: [0, 0.5, 0.1], "system": "yolov8n"}, 1 / 3, (0.25, 5 / 12), 8, 12.34, ("a", "b")
    ),
    TrialRecord(1, "failed", {NAMES[0]: None, "system": "=cmd()"}, epochs=1, failure="loss is nan"),
    TrialRecord(2, "complete", {NAMES[0]: [0, 0, 0], "system": "yolov5n"}, 0.5, (0.5, 0.5), 8, 10.0, ("c", "d")),
]


def test_the_file_has_every_digit_the_best_first() -> None:
    rows = list(csv.DictReader(csv_of(RECORDS, NAMES, [0, 1]).splitlines()))
    assert [row["trial"] for row in rows] == ["2", "0", "1"]
    assert [row["ap"] for row in rows] == ["0.5", "0.3333333333333333", ""]
    assert [row["ap_seed_1"] for row in rows] == ["0.5", "0.4166666666666667", ""]
    assert rows[1] | {"seconds": ""} == {
        "trial": "0",
        "state": "complete",
        "ap": "0.3333333333333333",
        "ap_seed_0": "0.25",
        "ap_seed_1": "0.4166666666666667",
        "epochs": "8",
        "seconds": "",
        "augmentation.hsv": "[0,0.5,0.1]",
        "system": "yolov8n",
        "runs": "a b",
        "failure": "",
    }
    assert (rows[2]["system"], rows[2]["augmentation.hsv"], rows[2]["failure"]) == ("'=cmd()", "null", "loss is nan")
    assert "ap_seed_0" not in csv_of(RECORDS, NAMES, [0]).splitlines()[0]


def test_the_screen_has_columns() -> None:
    lines = table_of(RECORDS, NAMES).splitlines()
    assert lines[0].split() == ["trial", "AP", "epochs", *NAMES]
    assert lines[1].split() == ["2", "complete", "0.5000", "8", "[0,0,0]", "yolov5n"]
    assert lines[3].split() == ["1", "failed", "1", "null", "=cmd()"]
    many = [TrialRecord(number, "pruned") for number in range(SHOWN + 2)]
    assert table_of(many, []).splitlines()[-1] == "and 2 trials more, in trials.csv"
