import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from boxwright.errors import ConfigError, DataError, ShapeError
from boxwright.geometry.tiling import Tiling
from boxwright.prediction import RowPredictor, predict
from boxwright.systems import ModelCard, System, build_system, save_model

CANVAS = (64, 96)
SETTINGS: dict[str, Any] = {"device": "cpu", "score_threshold": 0.02, "max_detections": 5, "batch_size": 2}


@pytest.fixture(scope="module")
def file(model: tuple[System, ModelCard], tmp_path_factory: pytest.TempPathFactory) -> Path:
    system, card = model
    path = tmp_path_factory.mktemp("model") / "best.safetensors"
    save_model(path, system, categories=card.categories, canvas_size=CANVAS, config={})
    return path


@pytest.fixture(scope="module")
def predictor(file: Path) -> RowPredictor:
    """Unpickled, as every process gets it."""
    return pickle.loads(pickle.dumps(RowPredictor(file, **SETTINGS)))


def _picture(seed: int = 0) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (40, 60, 3), dtype=np.uint8))


def _turned() -> bytes:
    exif, file = Image.Exif(), io.BytesIO()
    exif[0x0112] = 6
    _picture(1).save(file, "JPEG", exif=exif)
    return file.getvalue()


def _encoded(picture: Image.Image, kind: str) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind)
    return file.getvalue()


def _kinds() -> dict[str, bytes]:
    deep = np.random.default_rng(2).integers(0, 65536, (40, 60), dtype=np.uint16)
    return {
        "turned.jpg": _turned(),
        "grey.png": _encoded(_picture(3).convert("L"), "PNG"),
        "cmyk.jpg": _encoded(_picture(4).convert("CMYK"), "JPEG"),
        "deep.png": _encoded(Image.fromarray(deep), "PNG"),
        "palette.gif": _encoded(_picture(5), "GIF"),
    }


def test_rows_are_what_predict_finds_in_the_files(predictor: RowPredictor, file: Path, tmp_path: Path) -> None:
    kinds = _kinds()
    for name, content in kinds.items():
        (tmp_path / name).write_bytes(content)
    names = sorted(kinds)
    rows = predictor([kinds[name] for name in names], names)
    found = list(predict(file, tmp_path, **SETTINGS))
    assert [row["path"] for row in rows] == [each.name for each in found] == names
    for row, each in zip(rows, found, strict=True):
        assert (row["height"], row["width"]) == each.origin.size
        assert row["boxes"] == each.boxes.tolist()
        assert row["scores"] == each.scores.tolist()
        assert row["labels"] == each.labels.tolist()
        assert row["classes"] == [each.names[label] for label in row["labels"]]
        assert (row["masks"], row["error"]) == (None, None)
    assert sum(len(row["labels"]) for row in rows) > len(rows)
    assert (rows[names.index("turned.jpg")]["height"], rows[names.index("turned.jpg")]["width"]) == (60, 40)


def test_arrays_are_taken_too(predictor: RowPredictor) -> None:
    pixels = np.asarray(_picture(6))
    of_array, of_bytes = predictor([pixels, _encoded(_picture(6), "PNG")])
    assert of_array == of_bytes
    assert of_array["path"] is None


def test_what_cannot_be_read_has_an_error_and_the_others_go_on(predictor: RowPredictor) -> None:
    good = _encoded(_picture(7), "PNG")
    rows = predictor([b"nothing", good, None, good[:80], np.zeros((2, 2, 7)), b""], ["a", "b", "c", "d", "e", "f"])
    assert [row["error"] is None for row in rows] == [False, True, False, False, False, False]
    for row in rows:
        assert row["error"] is None or row["error"].startswith(f"{row['path']}: ")
    assert rows[1] == predictor([good], ["b"])[0]
    assert predictor([]) == []


def test_masks_are_run_lengths(tmp_path: Path) -> None:
    torch.manual_seed(0)
    path = tmp_path / "seg.safetensors"
    system = build_system("yolov8n-seg", 2)
    save_model(path, system, categories=("cat", "dog"), canvas_size=CANVAS, config={})
    settings = {**SETTINGS, "score_threshold": 0.0}
    pixels = np.asarray(_picture(8))
    (row,) = RowPredictor(path, **settings)([pixels])
    (found,) = predict(path, pixels, **settings)
    assert found.masks is not None
    assert row["masks"] == found.masks.to_rle()
    assert len(row["masks"]) == len(row["boxes"]) > 0
    assert row["masks"][0]["size"] == [40, 60]


def test_what_travels_is_a_path_and_settings(predictor: RowPredictor, file: Path) -> None:
    predictor([np.asarray(_picture())])
    travelling = pickle.dumps(predictor)
    assert len(travelling) < 1000
    assert pickle.loads(travelling).model == str(file)


def test_a_relative_path_travels_as_an_absolute_one(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    assert RowPredictor(file.name).model == str(file)


def test_what_does_not_fit_is_said(file: Path, predictor: RowPredictor) -> None:
    card, said = predictor.check()
    assert card.categories == ("cat", "Hörse")
    assert "0.02" in said
    with pytest.raises(ConfigError, match="outputs"):
        RowPredictor(file, outputs="x")
    with pytest.raises(ConfigError, match="score_threshold is 2"):
        RowPredictor(file, score_threshold=2.0)
    with pytest.raises(DataError, match="There is no model file"):
        RowPredictor(file.with_name("lost.safetensors"))
    with pytest.raises(ConfigError, match="dog"):
        RowPredictor(file, classes=["dog"]).check()
    with pytest.raises(ShapeError, match="1 path for 2 images"):
        predictor([b"", b""], ["a"])


def test_tiles_that_nobody_asked_for_are_said(model: tuple[System, ModelCard], tmp_path: Path) -> None:
    system, card = model
    path, tiling = tmp_path / "best.safetensors", Tiling((32, 48), 0.25)
    save_model(path, system, categories=card.categories, canvas_size=CANVAS, config={}, tiling=tiling)
    line = "Images are cut into tiles of 32 × 48 pixels, overlap 0.25, as in the training of this model"
    assert line in RowPredictor(path, **SETTINGS).check()[1].splitlines()[1]
    assert "tiles" not in RowPredictor(path, tile=None, **SETTINGS).check()[1]
