import json
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from tests.contracts.dataset_laws import DatasetLaws, require_same

from boxwright.data import Dataset, RamCache, evaluation_loader, open_dataset, training_loader
from boxwright.data.images import reading
from boxwright.data.loading.kept_images import KeptImages
from boxwright.data.tiles.tiled import Place, Tiled, _tiles_of, in_tiles
from boxwright.data.verification.objects_to_learn import lack_of_objects
from boxwright.geometry.tiling import Tiling
from boxwright.structures import GroundTruth, ImageOrigin

TILING = Tiling((40, 40), 0.25)
SIZES = [(100, 70), (30, 40), (40, 160)]


@pytest.fixture(params=[".png", ".tif"])
def dataset(tmp_path: Path, request: pytest.FixtureRequest) -> Dataset:
    """Three images, of which the second fits into a tile, with masks."""
    rng = np.random.default_rng(0)
    images, annotations = [], []
    for number, (height, width) in enumerate(SIZES):
        name = f"{number}{request.param}"
        (tmp_path / "train").mkdir(exist_ok=True)
        more: Any = {"tiffinfo": {278: 8}} if request.param == ".tif" else {}
        Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8)).save(
            tmp_path / "train" / name, **more
        )
        images.append({"id": 10 + number, "file_name": name, "width": width, "height": height})
        for left in range(0, width - 20, 45):
            box = [left, 5, 18, 20]
            ring = [left, 5, left + 18, 5, left + 18, 25, left, 25]
            annotations.append({"bbox": box, "segmentation": [ring], "area": 360, "iscrowd": 0, "category_id": 1})
            annotations[-1] |= {"id": len(annotations), "image_id": 10 + number}
    document = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "a"}]}
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations" / "instances_train.json").write_text(json.dumps(document))
    return open_dataset(tmp_path, "train", masks=True)


class TestLaws(DatasetLaws):
    @pytest.fixture
    def subject(self, dataset: Dataset) -> Dataset:
        return Tiled(dataset, TILING)


class TestLawsInMemory(DatasetLaws):
    @pytest.fixture
    def subject(self, dataset: Dataset) -> Dataset:
        return Tiled(RamCache(dataset), TILING)


def test_tiles_come_image_by_image(dataset: Dataset) -> None:
    tiles = Tiled(dataset, TILING)
    assert len(tiles) == 3 * 2 + 1 + 5
    assert tiles.place(6) == Place(1, (0, 0, 40, 30), 1)
    assert [tiles.place(number).count for number in range(7)] == [6] * 6 + [1]
    assert [tiles.origin(image).image_id for image in range(3)] == [10, 11, 12]


def test_pixels_are_those_of_the_window(dataset: Dataset) -> None:
    tiles = Tiled(dataset, TILING)
    for number in range(len(tiles)):
        place = tiles.place(number)
        left, top, right, bottom = place.window
        assert torch.equal(tiles[number].image, dataset[place.image].image[:, top:bottom, left:right])


def test_an_image_that_is_one_tile_stays_as_it_is(dataset: Dataset) -> None:
    tiles = Tiled(dataset, Tiling((200, 200)))
    assert len(tiles) == len(dataset)
    for number in range(len(dataset)):
        sample, whole = tiles[number], dataset[number]
        assert sample.origin.image_id == number
        object.__setattr__(sample, "origin", whole.origin)
        require_same(sample, whole)


def test_objects_are_traced_to_the_whole_image(dataset: Dataset) -> None:
    tiles = Tiled(dataset, TILING)
    seen = set()
    for number in range(len(tiles)):
        sample, place = tiles[number], tiles.place(number)
        assert sample.annotation is not None
        for box, (image, row) in zip(sample.boxes, sample.annotation.tolist(), strict=True):
            assert image == place.image
            whole = dataset.truth(image).boxes[row] - torch.tensor((*place.window[:2], *place.window[:2]))
            assert bool((box[:2] >= whole[:2]).all() and (box[2:] <= whole[2:]).all())
            seen.add((image, row))
    assert seen == {(image, row) for image in range(3) for row in range(len(dataset.truth(image)))}
    batches = list(training_loader(tiles, (32, 32), 4))
    traced = torch.cat([batch.targets.annotation for batch in batches if batch.targets.annotation is not None])
    assert {tuple(each) for each in traced.tolist()} <= seen


def test_an_image_is_decoded_once_for_tiles_that_follow_each_other(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[str] = []
    decode = reading.decode_image

    def counted(encoded: Any, path: Any, *given: Any, **named: Any) -> Any:
        decoded.append(str(path))
        return decode(encoded, path, *given, **named)

    monkeypatch.setattr(reading, "decode_image", counted)
    for batch in evaluation_loader(Tiled(dataset, TILING), (32, 32), 4):
        assert len(batch) <= 4
    names = [Path(path).name for path in decoded]
    if names[0].endswith(".png"):
        assert names == ["0.png", "1.png", "2.png"]
    else:  # the others are read strip by strip
        assert names == ["1.tif"]


def test_memory_does_not_grow_with_tiles_times_objects() -> None:
    corners = torch.rand(2000, 2) * 20_000
    nothing = torch.zeros(2000, dtype=torch.int64)
    boxes = torch.cat((corners, corners + 5), dim=1)
    truth = GroundTruth(boxes, nothing, nothing.bool(), nothing.float(), ImageOrigin(0, "a", (20_010, 20_010)))
    tracemalloc.start()
    windows, is_empty = _tiles_of(truth, Tiling((640, 640)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**25  # a table of all pairs has 48 MB per corner
    shown = [(corners < right).all(1) & (corners + 5 > left).all(1) for left, right in _corners(windows)]
    assert is_empty.tolist() == [not bool(each.any()) for each in shown]
    assert 0 < is_empty.sum() < len(windows)


def _corners(windows: np.ndarray) -> list[tuple[torch.Tensor, torch.Tensor]]:
    return [(torch.tensor(each[:2]), torch.tensor(each[2:])) for each in windows]


def test_half_of_the_tiles_to_learn_from_may_be_empty(dataset: Dataset) -> None:
    assert len(Tiled(dataset, TILING).to_learn()) == len(Tiled(dataset, TILING))  # of which few are
    tiles = Tiled(dataset, Tiling((8, 8), 0.0))
    kept = tiles.to_learn()
    assert isinstance(kept, KeptImages)
    empty = [len(kept.truth(number)) == 0 for number in range(len(kept))]
    of_all = [len(tiles.truth(number)) == 0 for number in range(len(tiles))]
    assert of_all.count(False) == empty.count(False) == sum(empty) < sum(of_all)
    cut = Tiled(KeptImages(dataset, [1, 1]), TILING)  # images that are one tile all stay
    assert cut.to_learn() is cut


def test_where_there_is_no_object_all_tiles_stay(tmp_path: Path) -> None:
    """So that it is said that there is no object, and not that there is no image."""
    (tmp_path / "train").mkdir()
    Image.new("RGB", (70, 100)).save(tmp_path / "train" / "0.png")
    images = [{"id": 1, "file_name": "0.png", "width": 70, "height": 100}]
    document = {"images": images, "annotations": [], "categories": [{"id": 1, "name": "a"}]}
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations" / "instances_train.json").write_text(json.dumps(document))
    tiles = Tiled(open_dataset(tmp_path, "train"), TILING)
    assert tiles.to_learn() is tiles
    fault = lack_of_objects(tiles, (64, 64), "data", "learn")
    assert fault is not None
    assert fault.message == "no object to learn: there is none in 6 tiles"


def test_without_a_tiling_a_data_set_stays_as_it_is(dataset: Dataset) -> None:
    assert in_tiles(dataset, None) is dataset
    assert isinstance(in_tiles(dataset, TILING), Tiled)
