from pathlib import Path

import pytest

from boxwright.exporting.checking.check_data import SAMPLE, check_images, most_images
from boxwright.systems import ModelCard, build_system


@pytest.mark.parametrize(
    ("file", "precision", "most"),
    [("model.pt2", "16", 4), ("model.pt2", "32", 48), ("model.onnx", "16", 48), ("model.xml", "16", 48)],
)
def test_few_images_where_each_takes_long(file: str, precision: str, most: int) -> None:
    assert most_images(Path(file), precision) == most


@pytest.mark.parametrize("data", ["auto", SAMPLE])
def test_the_first_images_are_taken(data: str) -> None:
    card = ModelCard("yolov8n", {}, 1, ("a",), (0,), (64, 64), {}, 2, "0")
    images, said = check_images(data, build_system("yolov8n", 1), card, 4)
    assert (len(images), said) == (4, "4 of the 20 validation images of sample:bccd")
