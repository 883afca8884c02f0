import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from boxwright.data import RamCache, open_dataset
from boxwright.data.shards.named_place import absolute_place
from boxwright.data.shards.shard_index import INDEX, PackedFile
from boxwright.errors import DataError


@pytest.fixture
def copied(packed: Path, tmp_path: Path) -> Path:
    """Packed data to be damaged."""
    return Path(shutil.copytree(packed, tmp_path / "copied"))


def _index(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads((folder / INDEX).read_text())
    change(content)
    (folder / INDEX).write_text(json.dumps(content))


def _column(folder: Path, name: str, array: np.ndarray) -> None:
    """Replaces a column and what the index says of it."""
    path = folder / f"val/columns/{name}.npy"
    np.save(path, array)
    file = PackedFile.of(path, f"val/columns/{name}.npy")
    entry = {"name": file.name, "size": file.size, "sha256": file.sha256}
    _index(folder, lambda content: content["parts"]["val"]["columns"].update({name: entry}))


@pytest.mark.parametrize(
    ("name", "change", "found"),
    [
        ("labels", lambda labels: labels + 9, "labels or boxes are out of their range"),
        ("boxes", lambda boxes: boxes * np.float32("nan"), "labels or boxes are out of their range"),
        ("boxes", lambda boxes: boxes[1:], r"boxes \(2, 4\)"),
        ("boxes", lambda boxes: boxes.astype(np.float64), "values of the type float64, not float32"),
        ("offsets", lambda offsets: offsets[::-1].copy(), "offsets does not lead from 0 to 3"),
        ("rings", lambda rings: rings * 2, "rings does not lead from 0 to 3"),
        ("sizes", lambda sizes: sizes - 32, "sizes or places of images are out of their range"),
        ("shard", lambda shard: shard + np.int32(7), "images lie outside of the shards"),
        ("start", lambda start: start + 10**6, "images lie outside of the shards"),
        ("length", lambda length: length - 2**40, "lengths of images are under 0"),
        ("paths", lambda paths: np.array([b""] * len(paths), "S3"), "an image has no path"),
        ("image_ids", lambda ids: ids * 0, "two images have one id"),
        ("boxes", lambda boxes: boxes[:, ::-1].copy(), "boxes lie outside of their images"),
        ("boxes", lambda boxes: boxes + np.float32(1000), "boxes lie outside of their images"),
        ("boxes", lambda boxes: boxes - np.float32(1000), "boxes lie outside of their images"),
        ("areas", lambda areas: areas * np.float32("nan"), "areas are out of their range"),
        ("areas", lambda areas: -areas, "areas are out of their range"),
        ("ring_points", lambda ends: np.where(np.arange(len(ends)) > 0, ends[-1], 0), "has fewer than 3 points"),
    ],
)
def test_columns_that_do_not_fit_are_refused(copied: Path, name: str, change: Any, found: str) -> None:
    _column(copied, name, change(np.load(copied / f"val/columns/{name}.npy")))
    with pytest.raises(DataError, match=found):
        open_dataset(f"shards:{copied}", "val", masks=True)


def test_packed_images_are_kept_only_where_that_is_asked(packed: Path) -> None:
    kept = [isinstance(open_dataset(f"shards:{packed}", "train", cache=cache), RamCache) for cache in ("auto", "ram")]
    assert kept == [False, True]


def test_a_pickle_is_not_opened(copied: Path) -> None:
    _column(copied, "labels", np.array([{}, 1, 2], dtype=object))
    with pytest.raises(DataError, match=r"labels\.npy is no array of numbers"):
        open_dataset(f"shards:{copied}", "val")


def test_changed_and_missing_files_are_found_when_data_are_opened(copied: Path) -> None:
    path = copied / "train/columns/areas.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"areas\.npy was changed after it was packed"):
        open_dataset(f"shards:{copied}", "train")
    (copied / "val/val-000000.tar").unlink()
    with pytest.raises(DataError, match=r"val-000000\.tar is not there\. Copy it again"):
        open_dataset(f"shards:{copied}", "val")


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda content: content.update(version=2), "is of version 2 of the format"),
        (lambda content: content.update(format="x"), "is no index of packed data"),
        (lambda content: content.pop("categories"), "is damaged"),
        (lambda content: content["category_ids"].pop(), "is damaged .*categories have the ids"),
        (lambda content: content.update(category_ids=[1] * len(content["categories"])), "is damaged .*have the ids"),
        (lambda content: content["category_ids"].__setitem__(0, 2**70), "where a whole number is expected"),
        (lambda content: content["parts"]["train"]["shards"][0].update(name="../x.tar"), "does not lie beside"),
        (lambda content: content["parts"]["train"]["shards"][0].update(name="/x.tar"), "does not lie beside"),
        (lambda content: content["parts"]["train"].update(images="9"), "where a whole number is expected"),
        (lambda content: content["parts"]["train"]["columns"].pop("boxes"), "the index has no boxes of train"),
    ],
)
def test_an_index_is_not_believed(copied: Path, change: Callable[[dict[str, Any]], object], found: str) -> None:
    _index(copied, change)
    with pytest.raises(DataError, match=found):
        open_dataset(f"shards:{copied}", "train")


def test_a_folder_without_index_says_what_lacks(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds no packed data: index\.json cannot be read"):
        open_dataset(f"shards:{tmp_path}", "train")


@pytest.mark.parametrize(
    ("points", "text"),
    [
        (np.nan, b""),
        (np.inf, b""),
        (1e300, b""),
        (1e7, b""),
        (None, b"oooooooo1oooooo1"),
        (None, b"1N1N1N"),
        (None, b"1"),
    ],
)
def test_masks_that_nobody_could_draw_are_errors_that_name_the_image(
    copied: Path, points: float | None, text: bytes
) -> None:
    if points is None:
        _column(copied, "text", np.frombuffer(text, np.uint8))
        _column(copied, "texts", np.array([0, *[len(text)] * 3]))
    else:
        _column(copied, "points", np.load(copied / "val/columns/points.npy") * points)
    data = open_dataset(f"shards:{copied}", "val", masks=True)
    with pytest.raises(DataError, match=r"\.(png|jpg): a mask cannot be drawn: "):
        [data.truth(position) for position in range(len(data))]


def test_the_home_folder_is_found_behind_the_prefix(packed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(packed.parent))
    assert len(open_dataset(f"shards:~/{packed.name}", "val")) == len(open_dataset(f"shards:{packed}", "val"))
    assert absolute_place(f"~/{packed.name}") == str(packed)
