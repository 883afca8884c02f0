"""Pictures and readings that the tests of all formats need."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from boxwright.data.formats.table_dataset import Reading

SavePicture = Callable[..., Path]
Objects = Callable[[Reading], list[tuple[str, str, list[float]]]]


@pytest.fixture
def save_picture(tmp_path: Path) -> SavePicture:
    """Writes a picture below the folder of the test, 60 wide and 40 high if not said otherwise."""

    def save(name: str, size: tuple[int, int] = (40, 60)) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(len(name)).integers(0, 256, (*size, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
        return path

    return save


@pytest.fixture
def objects() -> Objects:
    """Gives the image name, class and box of every object of a reading, in its order."""

    def listed(reading: Reading) -> list[tuple[str, str, list[float]]]:
        found = []
        for position in range(len(reading.table)):
            truth = reading.table.truth(position)
            name = Path(truth.origin.name).name
            for box, label in zip(truth.boxes.tolist(), truth.labels.tolist(), strict=True):
                found.append((name, reading.categories[label], [round(value, 3) for value in box]))
        return found

    return listed
