from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import pytest

from boxwright import pack
from boxwright.data import Dataset, RamCache, TableDataset, open_dataset
from boxwright.data.tiles.tiled import Tiled
from boxwright.geometry.tiling import Tiling
from boxwright.structures import GroundTruth, Sample
from boxwright.training.data_identity import DataIdentity, DataNote, noted_identity


class _InPython:
    """A data set of which nothing is known but what every data set has."""

    def __init__(self, dataset: Dataset, positions: list[int]) -> None:
        self.dataset, self.positions = dataset, positions
        self.categories, self.category_ids = dataset.categories, dataset.category_ids

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, position: int) -> Sample:
        return self.dataset[self.positions[position]]

    def truth(self, position: int) -> GroundTruth:
        return self.dataset.truth(self.positions[position])


@pytest.fixture(scope="module")
def folder(tiny_data: Path) -> TableDataset:
    found = open_dataset(tiny_data, "train")
    assert isinstance(found, TableDataset)
    return found


@pytest.fixture(scope="module")
def shards(tiny_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    place = tmp_path_factory.mktemp("shards") / "packed"
    pack(tiny_data, place, shard_megabytes=0.02)
    return open_dataset(f"shards:{place}", "train")


def _of(dataset: Dataset, window: int = 0, val: Dataset | None = None) -> DataIdentity:
    return DataIdentity.of((dataset, val or dataset), window, 0)


def test_a_folder_and_its_shards_are_the_same(folder: TableDataset, shards: Dataset) -> None:
    before = _of(folder)
    assert _of(shards) == _of(RamCache(folder)) == before
    assert before.differences(asdict(before)) == before.differences({}) == ""
    assert _of(Tiled(folder, Tiling((32, 32), 0.0))) == _of(Tiled(shards, Tiling((32, 32), 0.0)))


def test_another_order_is_said(folder: TableDataset, shards: Dataset) -> None:
    whole, one, two = asdict(_of(folder)), _of(shards, 1), _of(shards, 2)
    for now, before in ((one, whole), (one, asdict(two)), (_of(folder), asdict(one))):
        assert now.differences(before).startswith("The images come in another order than the run began with")
    assert _of(folder, 16).differences(whole) == ""


def _changed(folder: TableDataset, **columns: Any) -> TableDataset:
    return replace(folder, table=replace(folder.table, **columns))


def test_other_data_are_said(folder: TableDataset) -> None:
    before, length = asdict(_of(folder)), len(folder)
    table = folder.table
    others = [
        replace(folder, table=table.take(range(length - 1))),
        replace(folder, table=table.take([1, 0, *range(2, length)])),
        _changed(folder, boxes=table.boxes + np.float32(0.01)),
        _changed(folder, labels=1 - table.labels),
        _changed(folder, ignore=~table.ignore),
        _changed(folder, sizes=table.sizes + 1),
    ]
    for other in others:
        assert "to train on, or their annotations, are not those" in _of(other).differences(before)
        assert "AP before and after do not compare" in _of(folder, val=other).differences(before)
    assert _of(_changed(folder, paths=table.paths[::-1])) == _of(folder), "they may lie elsewhere"


def test_data_that_exist_in_python(folder: TableDataset) -> None:
    length = len(folder)
    before = asdict(_of(_InPython(folder, list(range(length)))))
    assert _of(_InPython(folder, list(range(length)))).differences(before) == ""
    for positions in (list(range(length - 1)), [1, 0, *range(2, length)], []):
        assert _of(_InPython(folder, positions)).differences(before) != ""


def test_it_travels_in_the_checkpoint(folder: TableDataset) -> None:
    checkpoint: dict[str, Any] = {}
    trainer = lightning.Trainer(logger=False, enable_checkpointing=False, accelerator="cpu")
    DataNote(_of(folder)).on_save_checkpoint(trainer, lightning.LightningModule(), checkpoint)
    assert noted_identity(checkpoint) == asdict(_of(folder))
    assert noted_identity({}) == {}
