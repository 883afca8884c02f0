"""A network that is read in no time, pictures, and an engine that is this process."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pyarrow
import pytest
import torch
from PIL import Image

from boxwright.cluster.finder import Finder
from boxwright.cluster.picture_reader import read_pictures
from boxwright.prediction import RowPredictor
from boxwright.systems import build_system, save_model


@pytest.fixture(scope="session")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained network, whose scores are all about the same."""
    path = tmp_path_factory.mktemp("model") / "best.safetensors"
    with torch.random.fork_rng():
        torch.manual_seed(0)
        system = build_system("ssd_tiny", 2)
    save_model(path, system, categories=("cat", "dog"), canvas_size=(64, 64), config={})
    return path


def write_picture(path: Path, seed: int = 0) -> bytes:
    """Writes a random picture, and gives the bytes of its file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (30 + seed, 40, 3), dtype=np.uint8)).save(path)
    return path.read_bytes()


@pytest.fixture
def picture_file() -> Callable[..., bytes]:
    return write_picture


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Six pictures and one broken file."""
    folder = tmp_path / "photos"
    for number in range(6):
        write_picture(folder / ("below" if number % 2 else ".") / f"{number}.png", number)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0nothing")
    return folder


def found_here(
    blocks: Sequence[pyarrow.Table], predictor: RowPredictor, actors: int, *, is_gpu: bool, rows: int
) -> Iterator[pyarrow.Table]:
    """Does what the engine does, in this process."""
    assert not is_gpu
    finder = Finder(predictor)
    for block in blocks:
        for pictures in read_pictures(block):
            for first in range(0, pictures.num_rows, rows):
                yield finder(pictures.slice(first, rows))


@pytest.fixture
def engine_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boxwright.cluster.command.connected", lambda: nullcontext((2, 0)))
    monkeypatch.setattr("boxwright.cluster.command.found_by_ray", found_here)
