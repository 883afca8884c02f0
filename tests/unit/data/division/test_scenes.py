from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from boxwright.data.division import scenes as module
from boxwright.data.division.scenes import scenes_of
from boxwright.data.formats.annotation_table import AnnotationTable
from boxwright.data.images import view_features
from boxwright.data.reading_limits import ReadingLimits


def _place(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (30, 40, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(small).resize((240, 180), Image.Resampling.BICUBIC))


def _table(folder: Path, pictures: list[np.ndarray]) -> AnnotationTable:
    paths = [str(folder / f"{number}.png") for number in range(len(pictures))]
    for path, pixels in zip(paths, pictures, strict=True):
        Image.fromarray(pixels).save(path)
    return AnnotationTable.build(paths, range(len(paths)), [pixels.shape[:2] for pixels in pictures], [])


def test_repeats_and_views_of_one_place_are_one_scene(tmp_path: Path) -> None:
    first, second, third = (_place(seed) for seed in range(3))
    views = [first[:120, :160], second[:120, :160], first[30:150, 20:180], third[:120, :160], second[:120, :160]]
    table = _table(tmp_path, views)
    assert scenes_of(table, ReadingLimits()) == [[0, 2], [1, 4], [3]]


def test_scenes_are_sought_again_only_if_a_file_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    check = module.check_images
    monkeypatch.setattr(module, "check_images", lambda *args, **kwargs: calls.append(1) or check(*args, **kwargs))
    table = _table(tmp_path, [_place(seed) for seed in (10, 11)])
    for _ in range(2):
        assert scenes_of(table, ReadingLimits()) == [[0], [1]]
    assert len(calls) == 1
    table = _table(tmp_path, [_place(seed) for seed in (10, 10)])
    assert scenes_of(table, ReadingLimits()) == [[0, 1]]


def test_a_file_that_is_listed_twice_is_one_scene(tmp_path: Path) -> None:
    table = _table(tmp_path, [_place(0), _place(1)])
    assert scenes_of(table.take(np.array([0, 1, 0])), ReadingLimits()) == [[0, 2], [1]]


def test_an_image_that_cannot_be_read_is_alone(tmp_path: Path) -> None:
    table = _table(tmp_path, [_place(0), _place(1)])
    (tmp_path / "0.png").write_bytes(b"")
    assert scenes_of(table, ReadingLimits()) == [[0], [1]]
    (tmp_path / "0.png").unlink()
    assert scenes_of(table, ReadingLimits()) == [[0], [1]]


def test_more_images_than_can_be_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = _table(tmp_path, [_place(0), _place(1)])
    monkeypatch.setattr(view_features, "_OF_ALL", 10)
    assert scenes_of(table, ReadingLimits()) is None
