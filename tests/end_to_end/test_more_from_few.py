"""All that makes more of few images, together: a finer level, pasted objects, canvases that vary, several looks."""

import json
from pathlib import Path

import pytest
import yaml

from boxwright.systems import read_card

NUCLEI = Path(__file__).parent / "nuclei"
ASKED = {"copy_paste": 0.5, "multi_scale": 0.5, "repeat_rare": 0.5, "close_mosaic_epochs": 0}


@pytest.mark.slow
def test_a_segmenter_trains_with_all_of_it_and_is_looked_at_several_times(boxwright, tmp_path: Path) -> None:
    asked = [word for name, value in ASKED.items() for word in (f"--augmentation.{name}", value)]
    flags = ["--system", "yolov8n-seg", "--canvas", 64, "--batch_size", 4, "--epochs", 1, "--workers", 0]
    flags += ["--logger", "csv", "--accelerator", "cpu"]
    levels = ["--system_options.levels", "2-5"]
    trained = boxwright("train", "--data", NUCLEI, "--output", tmp_path, "--name", "run", *flags, *levels, *asked)
    assert trained.returncode == 0, trained.stderr
    rare = "augmentation.repeat_rare (no category that is shown is in less than 0.5 of the images)"
    assert trained.stdout.count("Without effect") == trained.stdout.count(f"Without effect here: {rare}.") == 1
    run = tmp_path / "run"
    config = yaml.safe_load((run / "config.yaml").read_text())
    assert {name: config["augmentation"][name] for name in ASKED} == ASKED
    assert read_card(run).options["levels"] == "2-5"

    measured = boxwright(
        "evaluate", "--data", NUCLEI, "--model", run, "--tta", "true", "--output", tmp_path, "--workers", 0
    )
    assert measured.returncode == 0, measured.stderr
    found = tmp_path / "found"
    words = ("--source", NUCLEI / "images", "--save", "json", "--score_threshold", 0.0001, "--tta", "true")
    predicted = boxwright("predict", "--model", run, *words, "--output", found)
    assert predicted.returncode == 0, predicted.stderr
    detections = json.loads((found / "detections.json").read_text())
    assert detections
    assert all("segmentation" in each for each in detections)


@pytest.mark.slow
def test_what_does_not_fit_is_said_before_anything_is_made(boxwright, tiny_data: Path, tmp_path: Path) -> None:
    flags = ["train", "--data", tiny_data, "--output", tmp_path, "--epochs", 1, "--workers", 0, "--accelerator", "cpu"]
    for words, said in (
        (["--system", "ssd300_light", "--augmentation.multi_scale", 0.5], "ssd300_light has one canvas"),
        (["--system", "ssd_tiny", "--system_options.levels", "2-5"], "levels: those of ssd_tiny"),
        (["--system", "yolov8n", "--system_options.levels", "1-5"], "yolov8n has 3-5, or 2-5"),
        (["--system", "yolov8n", "--system_options.label_smoothing", 0.1], "the published yolov8n defines none"),
    ):
        ended = boxwright(*flags, *words)
        assert ended.returncode in (1, 2)
        assert said in ended.stderr
    assert not list(tmp_path.iterdir())
