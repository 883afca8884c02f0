"""A data set that is read in no time, where the command is what is tested."""

import pytest
from PIL import Image


@pytest.fixture
def squares(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Names a YOLO data set of two images to train on and one to measure on, each with a square."""
    folder = tmp_path_factory.mktemp("squares")
    for number, split in enumerate(("train", "train", "val")):
        for kind in ("images", "labels"):
            (folder / kind / split).mkdir(parents=True, exist_ok=True)
        picture = Image.new("RGB", (64, 64), "white")
        picture.paste((number * 60, 0, 0), (16, 16, 48, 48))
        picture.save(folder / "images" / split / f"{number}.png")
        (folder / "labels" / split / f"{number}.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    (folder / "data.yaml").write_text("train: images/train\nval: images/val\nnames: [square]\n")
    return str(folder)
