"""Images cut into tiles, from training to prediction, through the command line."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import supervision
import torch
from tests.end_to_end.conftest import Run

from boxwright import load, predict, train
from boxwright.data import open_dataset, read_image
from boxwright.data.tiles.tiled import Tiled
from boxwright.evaluation import measure
from boxwright.geometry.tiling import Tiling
from boxwright.inference import Runner
from boxwright.systems import load_model, read_card

NUCLEI = Path(__file__).parent / "nuclei"
QUICK = ("--workers", "0", "--device", "cpu")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trains for an epoch on four tiles of every image."""
    result = train(
        NUCLEI,
        "yolov8n-seg",
        canvas=64,
        tile=80,
        tile_overlap=0.25,
        epochs=1,
        batch_size=8,
        workers=0,
        logger="csv",
        accelerator="cpu",
        output=tmp_path_factory.mktemp("runs"),
    )
    log = (result.directory / "log.txt").read_text()
    assert "tiles of 80 × 80 pixels, overlap 0.25" in log
    return result.best_model


def test_the_model_knows_its_tiles_and_is_measured_with_them(model: Path, boxwright: Run, tmp_path: Path) -> None:
    assert read_card(model).tiling == Tiling((80, 80), 0.25)
    words = ("evaluate", "--model", model, "--data", NUCLEI, *QUICK, "--output", tmp_path)
    found = boxwright(*words)
    assert found.returncode == 0, found.stderr
    assert "Images are cut into tiles of 80 × 80 pixels, overlap 0.25, as in the training of this model" in found.stdout
    whole = boxwright(*words, "--tile", "null")
    assert whole.returncode == 0, whole.stderr
    assert "cut into" not in whole.stdout
    said = re.search(r"8 images, 77 objects, [\d,]+ detections", (model.parents[1] / "log.txt").read_text())
    assert said is not None
    assert said[0] in found.stdout
    assert said[0] not in whole.stdout


def test_prediction_puts_tiles_together_as_evaluation_does(model: Path, boxwright: Run, tmp_path: Path) -> None:
    found = boxwright(
        "predict", "--model", model, "--source", NUCLEI / "images", *QUICK, "--output", tmp_path, "--save", "json"
    )
    assert found.returncode == 0, found.stderr
    assert "as in the training of this model; --tile null takes them whole." in found.stderr
    settings = {"device": "cpu", "workers": 0, "score_threshold": 0.001, "one_class_per_box": False}
    system, card = load_model(model)
    tiles = Tiled(open_dataset(NUCLEI, "val", masks=True), Tiling((80, 80), 0.25))
    measured = measure(system, tiles, card.canvas_size, batch_size=4, workers=0).detections
    for detections in measured.values():
        again = predict(model, detections.origin.path, **settings)[0]
        assert len(again) > 0
        assert again.masks is not None
        assert again.masks.size == again.origin.size == detections.origin.size
        torch.testing.assert_close(again.scores[:20], detections.scores[:20], rtol=1e-4, atol=1e-6)


def test_an_image_that_fits_into_a_tile_gives_exactly_what_it_gives_without(model: Path) -> None:
    system, card = load_model(model)
    dataset = open_dataset(NUCLEI, "val")
    runner = Runner(system, card.canvas_size)
    plain = list(runner.over(dataset, batch_size=4, workers=0))
    tiled = measure(system, Tiled(dataset, Tiling((2000, 2000))), card.canvas_size, batch_size=4, workers=0).detections
    settings = {"device": "cpu", "workers": 0, "score_threshold": 0.001, "batch_size": 4}
    images = [detections.origin.path for detections in plain]
    whole, cut = (predict(model, images, tile=tile, **settings) for tile in (None, 2000))
    for detections, one, other in zip(plain, whole, cut, strict=True):
        pairs = [(detections, tiled[detections.origin.image_id]), (one, other)]
        for before, after in pairs:
            assert before.origin == after.origin
            assert len(before) > 0
            for name in ("boxes", "scores", "labels"):
                assert torch.equal(getattr(before, name), getattr(after, name))
            assert before.masks is not None
            assert after.masks is not None
            assert torch.equal(before.masks.bits, after.masks.bits)


def test_a_diagnosis_says_whether_tiles_would_help(boxwright: Run, tmp_path: Path) -> None:
    words = ("diagnose", NUCLEI, "--canvas", "64", "--tile", "64", "--advice", "false")
    words += ("--json", tmp_path / "found.json")
    found = boxwright(*words)
    assert found.returncode == 0, found.stderr
    assert "Tiles of 64 × 64 pixels, overlap 0.2, would help: the median side of the objects goes from" in found.stdout
    effect = json.loads((tmp_path / "found.json").read_text())["tiles"][0]
    assert effect["helps"]
    assert effect["median_side_in_tiles"] > 1.5 * effect["median_side"]
    assert effect["all_in_tiles"]["share_without"] < effect["all"]["share_without"]


def test_an_overlap_without_tiles_is_refused(boxwright: Run, model: Path) -> None:
    found = boxwright(
        "predict",
        "--model",
        model,
        "--source",
        NUCLEI / "images",
        "--tile",
        "null",
        "--tile_overlap",
        "0.5",
        "--output",
        "null",
    )
    assert found.returncode == 2
    assert "Give tile too, or leave it out" in found.stderr


def test_the_slicer_of_supervision_takes_a_model(model: Path) -> None:
    """As the page about tiles says."""
    loaded = load(model)
    settings = {"device": "cpu", "workers": 0, "score_threshold": 0.01}

    def found_in(image: np.ndarray) -> supervision.Detections:
        return loaded.predict(image, tile=None, **settings)[0].to_supervision()

    image = read_image(next((NUCLEI / "images").iterdir()))
    detections = supervision.InferenceSlicer(found_in, slice_wh=80, overlap_wh=20)(image)
    ours = loaded.predict(image, tile=80, tile_overlap=0.25, **settings)[0]
    assert len(detections) > 0
    assert set(detections.data["class_name"]) == {"nucleus"}
    assert detections.xyxy.min() >= 0
    assert detections.xyxy.max() <= 128
    best, theirs = ours.scores[0], detections.confidence
    assert theirs is not None
    assert float(best) == pytest.approx(theirs.max(), abs=1e-4)
