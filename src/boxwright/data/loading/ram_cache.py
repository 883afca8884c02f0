"""Keeping decoded images in memory."""

import logging
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import torch

from boxwright.data.dataset import Dataset, place_of
from boxwright.data.images.encoded_images import Shards, shards_of
from boxwright.data.images.image_windows import DecodedImage, ImageWindows
from boxwright.data.images.reading import as_pixels, as_tensor
from boxwright.data.loading.available_memory import available_memory
from boxwright.data.loading.machine_memory import MachineMemory
from boxwright.errors import ConfigError, DataError
from boxwright.structures import GroundTruth, Sample

_log = logging.getLogger(__name__)
_LARGEST_SHARE = 0.8  # of the available memory
_MOST_UNASKED = 10**9  # bytes
_SHARE_UNASKED = 0.1  # of the available memory


class RamCache:
    """A data set whose images are decoded once, when it is built.

    All pixels lie in one piece of memory, which worker processes share, and the processes of a distributed training
    that take it over from the first (`pixels`). An image takes height × width × 3 bytes: 640×480 0.9 MB, 1,000 of them
    0.9 GB.

    Args:
        dataset: The data set whose images are kept.
        pixels: Those of a cache of the same images, in place of decoding them.

    Raises:
        ConfigError: The images need more than four fifths of the available memory.
        DataError: An image cannot be decoded.
    """

    def __init__(self, dataset: Dataset, pixels: MachineMemory | None = None) -> None:
        self.dataset = dataset
        sizes = np.array([dataset.truth(position).origin.size for position in range(len(dataset))]).reshape(-1, 2)
        self._offsets = np.concatenate(([0], np.cumsum(sizes.prod(axis=1) * 3)))
        self.pixels = self._decoded() if pixels is None else pixels

    @property
    def categories(self) -> tuple[str, ...]:
        """Class names by label."""
        return self.dataset.categories

    @property
    def category_ids(self) -> tuple[int, ...]:
        """Ids by label in the annotations."""
        return self.dataset.category_ids

    @property
    def shards(self) -> Shards | None:
        """The files that the images came from, by which they stay ordered; none is fetched any more."""
        shards = shards_of(self.dataset)
        return None if shards is None else replace(shards, fetch=_fetch_nothing, most=None)

    def __len__(self) -> int:
        """Number of images."""
        return len(self.dataset)

    def __getitem__(self, position: int) -> Sample:
        """Gives one image from memory, as a copy, with its objects."""
        position = place_of(position, len(self))
        truth = self.dataset.truth(position)
        height, width = truth.origin.size
        pixels = self._part(position).clone().numpy().reshape(height, width, 3)
        return Sample(as_tensor(pixels), truth.boxes, truth.labels, truth.ignore, truth.origin, truth.masks)

    def truth(self, position: int) -> GroundTruth:
        """Gives the objects of one image."""
        return self.dataset.truth(place_of(position, len(self)))

    def open_windows(self, position: int) -> ImageWindows:
        """Gives one image to read it in parts, of which only these are copied."""
        position = place_of(position, len(self))
        height, width = self.dataset.truth(position).origin.size
        return DecodedImage(self._part(position).numpy().reshape(height, width, 3))

    def _part(self, position: int) -> torch.Tensor:
        return self.pixels.bytes[self._offsets[position] : self._offsets[position + 1]]

    def _decoded(self) -> MachineMemory:
        needed = int(self._offsets[-1])
        _check_memory(needed, len(self))
        decoded = MachineMemory(needed)

        def fill(position: int) -> None:
            pixels = as_pixels(self.dataset[position].image)
            part = decoded.bytes[self._offsets[position] : self._offsets[position + 1]]
            part.copy_(torch.from_numpy(pixels.reshape(-1)))

        with ThreadPoolExecutor(max_workers=os.cpu_count()) as threads:
            list(threads.map(fill, range(len(self))))
        _log.info("%d decoded images are kept in memory (%.2f GB).", len(self), needed / 1e9)
        return decoded


def cached_if_small(dataset: Dataset) -> Dataset:
    """Keeps the decoded images of a data set in memory, if all take at most 1 GB and a tenth of the available memory.

    An image that cannot be decoded is no error yet, and none are kept then; nor are they where the system does not give
    the memory (RLIMIT_AS).

    Args:
        dataset: Its images are those of files, the same every time.
    """
    available = available_memory()
    left = _MOST_UNASKED if available is None else min(_MOST_UNASKED, int(_SHARE_UNASKED * available))
    for position in range(len(dataset)):
        height, width = dataset.truth(position).origin.size
        left -= height * width * 3
        if left < 0:
            return dataset
    try:
        return RamCache(dataset)
    except (DataError, MemoryError, OSError):  # a DataError comes again when it is the turn of the image
        return dataset


def _fetch_nothing(shard: int) -> None:
    """Takes the place of fetching a file, in worker processes too."""


def _check_memory(needed: int, images: int) -> None:
    available = available_memory()
    if available is not None and needed > _LARGEST_SHARE * available:
        raise ConfigError(
            f'cache="ram" needs {needed / 1e9:.1f} GB for {images} decoded images; {available / 1e9:.1f} GB are '
            "available, of which at most four fifths may be used. Leave the cache off, or shrink the images."
        )
