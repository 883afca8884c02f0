"""Exported files find what the model finds, through every program that runs them."""

import json
import pickle
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import onnx
import pyarrow
import pytest
import torch
from tests.end_to_end.export_models import strongest_above
from tests.end_to_end.kinds_of_pictures import write_pictures
from tests.loaded_python import LoadedPython

from boxwright import load, predict
from boxwright.cluster.finder import Finder
from boxwright.errors import ConfigError
from boxwright.exporting.checking.check import TOLERANCES
from boxwright.exporting.checking.comparison import Comparison, compare
from boxwright.prediction import RowPredictor
from boxwright.structures import Detections, InstanceMasks

# system, format, batch, canvas, nms, input, precision: each value of each with many values of the others
CASES = (
    "yolov8n,onnx,1,64x96,none,float,32",
    "yolov8n-seg,onnx,dynamic,dynamic,graph,uint8-bgr,32",
    "yolov5n,openvino,dynamic,128x160,graph,float,32",
    "ssd_tiny,onnx,dynamic,dynamic,none,float,16",
    "ssd300_light,openvino,2,own,none,uint8,32",
    "ssd300,onnx,dynamic,own,graph,float,32",
    "retinanet_r18,torch,dynamic,dynamic,none,uint8,32",
    "fcos_r18,onnx,dynamic,64x96,graph,float,32",
    "yolov8n-e2e,onnx,dynamic,64x96,graph,float,32",
    "yolov8n-e2e,torch,1,64x96,graph,float,32",
    "yolov8n-seg@2-5,onnx,1,64x96,none,float,32",
)
LEAST = 0.3  # score of detections that run_model.py is asked for
NEAR_A_LIMIT = {"32": 0.01, "16": 0.02}  # of a crowd of hundreds, found by chance, some overlaps fall on either side
RESIZED = ("odd", "8000 x 60")  # a pixel in a hundred is another by 1 of 255, and weights of chance make much of it
FIXED, SEGMENTER = (case.replace(",", "_") for case in CASES[:2])
TRAVELLING = Path(CASES[2].replace(",", "_")) / "model.xml"


@pytest.mark.slow
def test_exported_files_find_what_the_model_finds(tiny_data: Path, loaded_python: LoadedPython, tmp_path: Path) -> None:
    """One test for all, since tracing the first file takes longer than all others."""
    folder = tmp_path / "exported"
    folder.mkdir()
    reports = _reports(folder, tiny_data, loaded_python)
    for case in CASES:
        _require_counterparts(case, reports[case])
    _require_that_only_what_needs_it_suppresses(folder)
    _require_that_a_check_says_what_it_compared(reports, folder)
    _require_that_a_difference_is_an_error_that_places_it(reports, folder)
    _require_that_folder_and_file_are_models(folder, tiny_data)
    _require_that_every_form_travels(folder, tiny_data)
    _require_that_run_model_finds_the_same(folder, tiny_data, tmp_path)


def _reports(folder: Path, tiny_data: Path, python: LoadedPython) -> dict[str, dict[str, object]]:
    """Exports everything in one process."""
    model = folder / "yolov8n.safetensors"
    typed = f"typed export {model} --format torch --check {tiny_data} --output {folder}"
    commands = (f"{typed}/checked", f"{typed}/refused --box_tolerance 0 --score_tolerance 0")
    ended = python.run(Path(__file__).with_name("export_models.py"), folder, tiny_data, *CASES, *commands)
    assert ended.returncode == 0, ended.stderr
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    return {
        line["case"].rpartition("/")[2] if line["case"].startswith("typed") else line["case"]: line for line in lines
    }


def _require_counterparts(case: str, found: dict[str, object]) -> None:
    precision = case.rpartition(",")[2]
    allowed = TOLERANCES[precision]
    assert found["num_detections"] > 10, found
    assert found["num_matched"] == found["num_detections"], found
    assert found["box_difference"] < allowed.box, found
    assert found["score_difference"] < allowed.score, found
    assert found["share_of_all"] >= 1 - NEAR_A_LIMIT[precision], found
    assert (found["mask_difference"] is not None) == ("-seg" in case), found
    assert (found["mask_difference"] or 0) < 0.02, found  # a pixel at the edge, of a small mask


def _require_that_only_what_needs_it_suppresses(folder: Path) -> None:
    suppresses = {}
    for case in CASES:
        name, form, _, _, nms, *_ = case.split(",")
        if (form, nms) == ("onnx", "graph"):
            graph = onnx.load(folder / case.replace(",", "_") / "model.onnx").graph
            suppresses[name] = "NonMaxSuppression" in {node.op_type for node in graph.node}
    assert suppresses == {"yolov8n-seg": True, "ssd300": True, "fcos_r18": True, "yolov8n-e2e": False}


def _require_that_a_check_says_what_it_compared(reports: dict[str, dict[str, object]], folder: Path) -> None:
    found = reports["checked"]
    assert found["code"] == 0, found["noted"]
    for word in ("3 of the 3 validation images", "detections matched", "AP 50:95", "milliseconds/image", "raw outputs"):
        assert word in str(found["said"])
    assert {each.name for each in (folder / "checked").iterdir()} == {"model.pt2", "model.json"}


def _require_that_a_difference_is_an_error_that_places_it(reports: dict[str, dict[str, object]], folder: Path) -> None:
    found = next(each for name, each in reports.items() if name.startswith("refused"))
    if found["code"] == 0:  # torch adds up in the same order here: nothing differs by anything
        assert "largest difference   boxes 0 pixels, scores 0\n" in str(found["said"])
        return
    assert found["code"] == 1
    assert "does not find what the model finds" in str(found["noted"])
    assert "It begins in" in str(found["noted"])
    assert (folder / "refused" / "model.pt2").is_file()


def _require_that_folder_and_file_are_models(folder: Path, tiny_data: Path) -> None:
    files = sorted((tiny_data / "val").glob("*.png"))
    alone = folder / "alone.onnx"
    alone.write_bytes((folder / SEGMENTER / "model.onnx").read_bytes())
    one, other = (load(path).predict(files, canvas=64, device="cpu") for path in (folder / SEGMENTER, alone))
    assert [each.scores.tolist() for each in one] == [each.scores.tolist() for each in other]
    assert load(alone).names == {0: "green", 1: "red"}
    with pytest.raises(ConfigError, match="multiples of 32"):
        load(alone).predict(files, canvas=72)


def _require_that_every_form_travels(folder: Path, tiny_data: Path) -> None:
    """What an actor of a cluster does with a model of any form: it arrives as a pickle, and makes rows of bytes."""
    files = sorted(str(path) for path in (tiny_data / "val").glob("*.png"))
    pictures = pyarrow.Table.from_pylist(
        [{"path": file, "content": Path(file).read_bytes(), "fault": None} for file in files]
    )
    for model in (folder / TRAVELLING, folder / "checked" / "model.pt2", folder / FIXED / "model.onnx"):
        settings = {"device": "cpu", "score_threshold": 0.1, "batch_size": 2}
        finder = pickle.loads(pickle.dumps(Finder(RowPredictor(model, **settings))))
        rows = finder(pictures).to_pylist()
        found = list(predict(model, files, **settings))
        assert [row["path"] for row in rows] == files
        for name in ("boxes", "scores", "labels"):
            assert [row[name] for row in rows] == [getattr(each, name).tolist() for each in found], (model, name)
        assert sum(len(row["labels"]) for row in rows) > 10, model


def _require_that_run_model_finds_the_same(folder: Path, tiny_data: Path, tmp_path: Path) -> None:
    """In an environment with nothing else."""
    alone = _environment(tmp_path / "environment")
    pictures = sorted((tiny_data / "val").glob("*.png"))
    for case, canvas in ((FIXED, (64, 96)), (SEGMENTER, (128, 128))):
        kinds = write_pictures(pictures, tmp_path / case, canvas)
        if case == SEGMENTER:  # masks of a strip would be gigabytes of text
            kinds = {kind: written for kind, written in kinds.items() if kind not in RESIZED}
        names = [kind for kind, written in kinds.items() for _ in written]
        files = [str(file) for written in kinds.values() for file in written]
        program = _MASKS.format(folder=str(folder / case), files=files, threshold=LEAST, canvas=canvas)
        ended = subprocess.run([alone, "-I", "-c", program], capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr
        wanted = predict(folder / case, files, score_threshold=LEAST, device="cpu", canvas=canvas)
        total = dict.fromkeys(kinds, Comparison(0, 0, 0.0, 0.0))
        for kind, line, result in zip(names, ended.stdout.splitlines(), wanted, strict=True):
            least = strongest_above(result.scores, LEAST)
            total[kind] += compare(result, _detections(json.loads(line), result), least_score=least)
        for kind, found in total.items():
            assert found.num_detections > 0 or kind in RESIZED, kind
            if kind in RESIZED:
                assert found.num_matched >= 0.97 * found.num_detections, (kind, found)
                assert found.box_difference < 0.5, (kind, found)
                continue
            assert found.num_matched == found.num_detections, (kind, found)
            assert found.box_difference < TOLERANCES["32"].box, (kind, found)
            assert found.score_difference < TOLERANCES["32"].score, (kind, found)
            assert (found.mask_difference or 0) < 0.02, (kind, found)


_MASKS = """
import json, sys
sys.path.insert(0, {folder!r})
import run_model
from PIL import Image
for absent in ("torch", "cv2", "boxwright"):
    try:
        __import__(absent)
    except ImportError:
        continue
    raise SystemExit(absent + " is there")
model = run_model.Model({folder!r})
for file in {files!r}:
    found = model.detect(Image.open(file), {threshold}, {canvas})
    for each in found:
        each["mask"] = each["mask"].tolist() if "mask" in each else None
    print(json.dumps(found))
"""


def _detections(found: list[dict[str, object]], like: Detections) -> Detections:
    boxes = torch.tensor([each["box"] for each in found]).view(-1, 4)
    scores = torch.tensor([each["score"] for each in found])
    masks = None
    if like.masks is not None:
        masks = InstanceMasks.from_boolean(torch.tensor([each["mask"] for each in found]).view(-1, *like.origin.size))
    return Detections(boxes, scores, torch.tensor([each["label"] for each in found]).long(), like.origin, masks)


def _environment(place: Path) -> Path:
    """Makes a virtual environment that has numpy, ONNX Runtime, Pillow, what these need, and nothing else."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    site = next((place / "lib").glob("python*/site-packages"))
    for name in ("numpy", "onnxruntime", "pillow", "flatbuffers", "packaging", "protobuf"):
        package = distribution(name)
        for top in {Path(file).parts[0] for file in package.files or () if Path(file).parts[0] not in ("..", "google")}:
            if not (site / top).exists():
                (site / top).symlink_to(Path(str(package.locate_file(top))))
    return place / "bin" / "python"
