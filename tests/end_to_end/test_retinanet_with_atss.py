"""RetinaNet with ATSS, as one line names it, from the training to an exported file."""

from pathlib import Path

import pytest
from tests.end_to_end.conftest import Run

from boxwright.assigners import AtssAssigner
from boxwright.systems import load_model, read_card

SMALL = "--system retinanet_r18 --canvas 64 --system_options.width 32 --system_options.depth 1 --parts.assigner atss"
QUICK = "--epochs 1 --batch_size 4 --workers 0 --logger csv --accelerator cpu"


@pytest.mark.slow
def test_it_is_trained_stored_measured_exported_predicted_and_inspected(
    boxwright_copy: Run, tiny_data: Path, tmp_path: Path
) -> None:
    def done(*words: object) -> str:
        ended = boxwright_copy(*words)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    output = ("--output", tmp_path)
    done("train", "--data", tiny_data, *SMALL.split(), *QUICK.split(), *output)
    run = tmp_path / "train"
    system, card = load_model(run)
    assert card.parts["assigner"]["name"] == "atss"
    assert system.criterion.assigner == AtssAssigner()
    assert "parts" in done("info", run)

    assert "all" in done("evaluate", "--model", run, "--data", tiny_data, "--workers", 0, "--device", "cpu", *output)
    exported = tmp_path / "exported"
    said = done("export", run, "--format", "onnx", "--check", tiny_data, "--output", exported)
    assert "detections matched" in said
    (file,) = exported.glob("*.onnx")
    for model in (run, file):
        found = done(
            "predict", "--model", model, "--source", tiny_data / "val", "--output", tmp_path / f"of_{model.name}"
        )
        assert "objects in 3 images" in found

    named = "retinanet_r18:assigner=atss"
    done(
        "inspect", tiny_data, "--system", "retinanet_r18", "--system", named, "--canvas", 64, "--output", tmp_path / "i"
    )
    assert named in done("diagnose", tiny_data, "--system", named, "--canvas", 64)
    assert read_card(run).parts == card.parts
