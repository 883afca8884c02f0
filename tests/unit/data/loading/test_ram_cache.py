import errno
import io
import pickle
from dataclasses import replace
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.multiprocessing  # (teaches ForkingPickler to share tensors)

from boxwright.data import Dataset, RamCache, open_dataset, training_loader
from boxwright.data.loading import ram_cache
from boxwright.data.loading.ram_cache import cached_if_small
from boxwright.errors import ConfigError, DataError


@pytest.fixture
def dataset(many_images: Path) -> Any:
    return open_dataset(many_images, "train")


def test_same_samples_without_reading_again(dataset: Any, many_images: Path) -> None:
    expected = [dataset[position] for position in range(len(dataset))]
    cached = RamCache(dataset)
    for file in (many_images / "images").iterdir():
        file.unlink()
    assert isinstance(cached, Dataset)
    assert cached.categories == dataset.categories
    for position, sample in enumerate(expected):
        assert torch.equal(cached[position].image, sample.image)
        assert torch.equal(cached[position].boxes, sample.boxes)
        assert cached[position].origin == sample.origin
    assert torch.equal(cached[-1].image, expected[-1].image)
    assert torch.equal(cached.truth(4).boxes, expected[4].boxes)


def test_changing_a_sample_does_not_change_the_cache(dataset: Any) -> None:
    cached = RamCache(dataset)
    before = cached[0].image.clone()
    cached[0].image.fill_(0)
    assert torch.equal(cached[0].image, before)


def test_same_batches(dataset: Any) -> None:
    plain, cached = training_loader(dataset, (32, 32), 4), training_loader(RamCache(dataset), (32, 32), 4, workers=1)
    for one, other in zip(plain, cached, strict=True):
        assert torch.equal(one.images, other.images)


def test_packed_images_come_in_the_same_order(packed: Path) -> None:
    """The files that they came from are not fetched again, however few this machine can keep."""
    fetched: list[int] = []

    class Remote:
        """Data of which shards are fetched."""

        def __init__(self, dataset: Any) -> None:
            self.dataset = dataset
            self.shards = replace(dataset.shards, fetch=fetched.append, most=2)

        def __getattr__(self, name: str) -> Any:
            return getattr(self.dataset, name)

        def __len__(self) -> int:
            return len(self.dataset)

        def __getitem__(self, position: int) -> Any:
            return self.dataset[position]

    dataset: Any = Remote(open_dataset(f"shards:{packed}", "train"))
    cached = RamCache(dataset)
    assert len(np.unique(dataset.shards.of_image)) > 2
    loaders = (training_loader(each, (32, 32), 1, shard_window=1) for each in (dataset, cached))
    assert all(torch.equal(one.images, other.images) for one, other in zip(*loaders, strict=True))
    seen = len(fetched)
    assert seen
    for width in (1, 0):
        list(training_loader(cached, (32, 32), 1, shard_window=width))
    assert len(fetched) == seen


def test_workers_that_are_not_forked_share_the_pixels(dataset: Any) -> None:
    cached = RamCache(dataset)
    sent = io.BytesIO()
    ForkingPickler(sent, pickle.HIGHEST_PROTOCOL).dump(cached)
    pixels = sum(dataset[position].image.numel() for position in range(len(dataset)))
    assert len(sent.getvalue()) < pixels / 2
    other = pickle.loads(sent.getvalue())
    cached.pixels.bytes[0] = 77
    assert other.pixels.bytes[0] == 77


def test_pixels_of_another_cache_are_not_decoded_again(dataset: Any, many_images: Path) -> None:
    cached = RamCache(dataset)
    for file in (many_images / "images").iterdir():
        file.unlink()
    assert torch.equal(RamCache(dataset, cached.pixels)[3].image, cached[3].image)


def test_too_large_for_the_memory(dataset: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ram_cache, "available_memory", lambda: 30_000)
    with pytest.raises(ConfigError, match="Leave the cache off"):
        RamCache(dataset)


def test_unknown_memory_is_no_hindrance(dataset: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ram_cache, "available_memory", lambda: None)
    assert len(RamCache(dataset)) == 11


def test_few_images_are_kept_unasked(dataset: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    needed = sum(dataset[position].image.numel() for position in range(len(dataset)))
    for available, is_kept in ((None, True), (10 * needed, True), (10 * needed - 10, False)):
        monkeypatch.setattr(ram_cache, "available_memory", lambda available=available: available)
        assert isinstance(cached_if_small(dataset), RamCache) is is_kept
    monkeypatch.setattr(ram_cache, "available_memory", lambda: None)
    for most, is_kept in ((needed, True), (needed - 1, False)):
        monkeypatch.setattr(ram_cache, "_MOST_UNASKED", most)
        assert isinstance(cached_if_small(dataset), RamCache) is is_kept


def test_a_broken_image_is_no_error_where_nobody_asked(dataset: Any, many_images: Path) -> None:
    (many_images / "images/3.png").write_bytes(b"broken")
    assert cached_if_small(dataset) is dataset


def test_memory_that_is_not_given_is_no_error_where_nobody_asked(dataset: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit of the address space, which some schedulers set, is none of the memory that is available."""

    def refused(size: int) -> None:
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    monkeypatch.setattr(ram_cache, "MachineMemory", refused)
    assert cached_if_small(dataset) is dataset


def test_broken_image_is_named(dataset: Any, many_images: Path) -> None:
    (many_images / "images/3.png").write_bytes(b"broken")
    with pytest.raises(DataError, match=r"3\.png"):
        RamCache(dataset)


def test_a_loop_over_it_ends(dataset: Any) -> None:
    class Endless:
        """A data set that takes every position, as wrappers of others may."""

        categories, category_ids = dataset.categories, dataset.category_ids

        def __len__(self) -> int:
            return len(dataset)

        def __getitem__(self, position: int) -> Any:
            return dataset[position % len(dataset)]

        def truth(self, position: int) -> Any:
            return dataset.truth(position % len(dataset))

    cached = RamCache(Endless())
    assert len(list(cached)) == len(dataset)  # type: ignore[call-overload]
    for position in (len(dataset), -len(dataset) - 1):
        with pytest.raises(IndexError, match="there is no position"):
            cached[position]
