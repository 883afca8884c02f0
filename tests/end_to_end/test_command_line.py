"""From images to a measured model and drawn detections, by typing."""

import json
from pathlib import Path

import pytest
from tests.end_to_end.tiny_data import write_tiny_data


@pytest.mark.slow
def test_train_evaluate_predict(boxwright_process, boxwright_copy, tmp_path: Path) -> None:
    tiny_data = write_tiny_data(tmp_path / "data", train=48, val=8)
    (tmp_path / "run.yaml").write_text(
        f"data: {tiny_data}\ncanvas: 64\nepochs: 9\nbatch_size: 8\nworkers: 1\nevaluate_every: 6\naugmentation:\n"
        "  mosaic: 0.0\noptimization:\n  nominal_batch: 8\n  lr: 0.004\n  warmup_epochs: 0.0\n"
    )
    trained = boxwright_process(
        "train", "--config", tmp_path / "run.yaml", "--epochs", "12", "--output", tmp_path / "runs"
    )
    assert trained.returncode == 0, trained.stderr
    assert trained.stderr == ""
    run = tmp_path / "runs" / "train"
    assert "epoch 12/12" in trained.stdout
    report = json.loads((run / "report.json").read_text())
    assert report["ap50"] > 0.3  # coloured rectangles are found after 72 steps
    assert (run / "tensorboard").is_dir()

    evaluated = boxwright_copy(
        "evaluate", "--model", run, "--data", tiny_data, "--output", tmp_path / "runs", "--workers", "0"
    )
    assert evaluated.returncode == 0, evaluated.stderr
    again = json.loads((tmp_path / "runs" / "evaluate" / "report.json").read_text())
    assert again["ap"] == pytest.approx(report["ap"], abs=1e-6)

    found = tmp_path / "found"
    predicted = boxwright_copy(
        "predict", "--model", run, "--source", tiny_data / "val", "--output", found, "--save", "[pictures,json]"
    )
    assert predicted.returncode == 0, predicted.stderr
    assert sorted(path.name for path in found.iterdir()) == [
        *(f"{number}.png" for number in range(1, 9)),
        "detections.json",
    ]
    assert len(json.loads((found / "detections.json").read_text())) > 0
    assert "objects in 8 images" in predicted.stdout


def test_a_wrong_setting_ends_with_2_and_the_cure(boxwright_process) -> None:
    ended = boxwright_process("train", "--data", "sample:bccd", "--epocs", "3")
    assert ended.returncode == 2
    assert ended.stderr == "boxwright: There is no setting 'epocs'. Did you mean 'epochs'?\n"
