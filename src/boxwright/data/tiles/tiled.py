"""A data set whose images are tiles of those of another one."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from boxwright.data.dataset import Dataset, place_of
from boxwright.data.images.encoded_images import Shards, shards_of
from boxwright.data.images.image_windows import DecodedImage, ImageWindows
from boxwright.data.images.reading import as_pixels, as_tensor
from boxwright.data.loading.kept_images import KeptImages
from boxwright.data.tiles.cutting import cut_objects
from boxwright.geometry.tiling import Tiling, Window
from boxwright.structures import GroundTruth, ImageOrigin, Sample

EMPTY_SHARE = 0.5
"""Of the tiles of images that are cut, at most so many have nothing in them when a network learns."""

_PAIRS = 2**18


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tile is.

    Args:
        image: Position of its image in the whole data set.
        window: What of it the tile shows.
        count: How many tiles the image has.
    """

    image: int
    window: Window
    count: int


class Tiled:
    """The tiles of the images of a data set, image by image, row by row; an image that fits into one stays as it is.

    The id of a tile is its position here. Every object is traced to its annotation in the whole image. Decoding is
    bounded: one image is open at a time in each process, and tiles of it that follow each other share what was decoded;
    where the data set can open an image in parts (`open_windows`: TIFF files, images that are kept in memory), nothing
    else is read.

    Args:
        dataset: The whole images.
        tiling: How they are cut.
    """

    def __init__(self, dataset: Dataset, tiling: Tiling) -> None:
        self.dataset, self.tiling = dataset, tiling
        tiles = [_tiles_of(dataset.truth(position), tiling) for position in range(len(dataset))]
        counts = [len(windows) for windows, _ in tiles]
        self._images = np.repeat(np.arange(len(tiles)), counts)
        self._ends = np.cumsum(counts)
        self._windows: Int64[np.ndarray, "tiles 4"] = np.concatenate(
            [np.zeros((0, 4), np.int64), *(windows for windows, _ in tiles)]
        )
        self._is_empty: Bool[np.ndarray, tiles] = np.concatenate(
            [np.zeros(0, np.bool_), *(is_empty for _, is_empty in tiles)]
        )
        self._truth: tuple[int, GroundTruth] | None = None
        self._opened: tuple[int, ImageWindows] | None = None

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
        """The files that hold the images of the tiles, where one holds many."""
        shards = shards_of(self.dataset)
        return None if shards is None else shards.take(self._images)

    def __len__(self) -> int:
        """Number of tiles."""
        return len(self._images)

    def __getitem__(self, position: int) -> Sample:
        """Reads one tile, with the objects that it shows."""
        number = place_of(position, len(self))
        place = self.place(number)
        truth, rows = self._part(number)
        traced = torch.stack((torch.full_like(rows, place.image), rows), dim=1)
        if place.count == 1:
            whole = self.dataset[place.image]
            return replace(whole, origin=replace(whole.origin, image_id=number), annotation=traced)
        image = as_tensor(self._windows_of(place.image).read(place.window))
        return Sample(image, truth.boxes, truth.labels, truth.ignore, truth.origin, truth.masks, traced)

    def truth(self, position: int) -> GroundTruth:
        """Gives the objects that a tile shows, without decoding it."""
        return self._part(place_of(position, len(self)))[0]

    def place(self, position: int) -> Place:
        """Says where a tile is.

        Args:
            position: Of the tile.
        """
        number = place_of(position, len(self))
        image = int(self._images[number])
        left, top, right, bottom = self._windows[number].tolist()
        return Place(image, (left, top, right, bottom), self._count(image))

    def origin(self, image: int) -> ImageOrigin:
        """Says which image the tiles are of.

        Args:
            image: Position in the whole data set.
        """
        return self._truth_of(image).origin

    def to_learn(self) -> "Tiled | KeptImages":
        """Leaves out tiles without an object if they are more than half of the tiles of images that were cut.

        A large image is mostly background: an epoch would be spent on it, and hardly a batch would hold an object. Half
        is enough to learn what is none. Those that stay are spread evenly; images that are one tile all stay, and so do
        all tiles where there is no object at all.
        """
        is_cut = np.bincount(self._images, minlength=1)[self._images] > 1
        empty = np.flatnonzero(is_cut & self._is_empty)
        most = int((is_cut & ~self._is_empty).sum() * EMPTY_SHARE / (1 - EMPTY_SHARE))
        if len(empty) <= most or self._is_empty.all():
            return self
        kept = np.ones(len(self), dtype=np.bool_)
        kept[empty] = False
        kept[empty[np.linspace(0, len(empty) - 1, most).round().astype(np.int64)]] = True
        return KeptImages(self, np.flatnonzero(kept).tolist())

    def __getstate__(self) -> dict[str, Any]:
        """Leaves behind what is open when the data set is sent to a worker process."""
        return {**self.__dict__, "_truth": None, "_opened": None}

    def _count(self, image: int) -> int:
        return int(self._ends[image]) - (0 if image == 0 else int(self._ends[image - 1]))

    def _part(self, number: int) -> tuple[GroundTruth, Int64[Tensor, "targets"]]:
        place = self.place(number)
        whole = self._truth_of(place.image)
        origin = replace(whole.origin, image_id=number)
        if place.count == 1:
            return replace(whole, origin=origin), torch.arange(len(whole))
        return cut_objects(whole, place.window, origin)

    def _truth_of(self, image: int) -> GroundTruth:
        found = self._truth
        if found is None or found[0] != image:
            found = self._truth = (image, self.dataset.truth(image))
        return found[1]

    def _windows_of(self, image: int) -> ImageWindows:
        found = self._opened
        if found is None or found[0] != image:
            self._opened = None  # before the next one takes memory
            found = self._opened = (image, open_windows(self.dataset, image))
        return found[1]


def in_tiles(dataset: Dataset, tiling: Tiling | None) -> Dataset:
    """Cuts the images of a data set; without a tiling it stays as it is.

    Args:
        dataset: The whole images.
        tiling: How they are cut.
    """
    return dataset if tiling is None else Tiled(dataset, tiling)


def open_windows(dataset: Dataset, position: int) -> ImageWindows:
    """Opens an image to read it in parts, decoded as a whole where there is no other way.

    Args:
        dataset: May have an `open_windows` of its own, which gives None where it cannot.
        position: Of the image.

    Raises:
        DataError: The image cannot be read.
    """
    opener = getattr(dataset, "open_windows", None)
    found: ImageWindows | None = None if opener is None else opener(position)
    return DecodedImage(as_pixels(dataset[position].image)) if found is None else found


def _tiles_of(truth: GroundTruth, tiling: Tiling) -> tuple[Int64[np.ndarray, "tiles 4"], Bool[np.ndarray, "tiles"]]:
    """Gives the tiles of an image, and which of them show no object."""
    windows = np.array(tiling.windows(truth.origin.size), dtype=np.int64)
    boxes, is_empty = truth.boxes.numpy(), np.ones(len(windows), np.bool_)
    rows = max(1, _PAIRS // max(1, len(boxes)))  # of the table of all tiles and boxes, made at once
    for start in range(0, len(windows), rows):
        some = windows[start : start + rows, None]
        low, high = np.maximum(some[..., :2], boxes[:, :2]), np.minimum(some[..., 2:], boxes[:, 2:])
        is_empty[start : start + rows] = ~(high > low).all(axis=2).any(axis=1)
    return windows, is_empty
