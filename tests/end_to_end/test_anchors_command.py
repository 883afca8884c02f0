"""The command that measures and fits anchors."""

import json
import re

import pytest

from boxwright.cli.main import main


def test_it_prints_the_recall_before_and_after(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["anchors", "--data", "sample:bccd", "--system", "yolov5n", "--canvas", "64"]) == 0
    said = capsys.readouterr().out
    assert "only 97.7 % of 922 objects on a canvas of 64 × 64 are within reach of one" in said
    assert re.search(r"^before +97\.7 %", said, re.MULTILINE)
    assert re.search(r"^fitted +100\.0 %", said, re.MULTILINE)


def test_what_it_prints_is_the_flag_that_training_takes(capsys: pytest.CaptureFixture[str]) -> None:
    main(["anchors", "--data", "sample:bccd", "--canvas", "320", "--split", "val"])
    flag = re.search(r"--system_options\.anchors='(.+)'", capsys.readouterr().out)
    assert flag is not None
    anchors = json.loads(flag[1])
    assert [[len(anchor) for anchor in level] for level in anchors] == [[2, 2, 2]] * 3
    with pytest.raises(SystemExit) as stop:
        main(["train", "--system", "yolov5n", f"--system_options.anchors={flag[1]}", "--print_config"])
    assert stop.value.code in (0, None)
    assert str(anchors[0][0][0]) in capsys.readouterr().out


def test_a_system_without_anchors_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["anchors", "--data", "sample:bccd", "--system", "yolov8n"]) == 2
    assert "yolov8n has no anchors to fit" in capsys.readouterr().err
