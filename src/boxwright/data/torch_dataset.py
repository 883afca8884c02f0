"""Any data set of the torch world: an image and a dictionary of boxes and labels."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
from torch.utils.data import get_worker_info

from boxwright.bounded_text import listed
from boxwright.data.dataset import place_of
from boxwright.data.images.reading import as_tensor
from boxwright.data.images.rgb import rgb_pixels
from boxwright.data.torch_target import read_target, stated_size
from boxwright.errors import DataError
from boxwright.structures import GroundTruth, Sample


@runtime_checkable
class DetectionDataset(Protocol):
    """What torchvision's detection models are trained on."""

    def __len__(self) -> int:
        """Number of images."""
        ...

    def __getitem__(self, position: int) -> tuple[Any, Mapping[str, Any]]:
        """Gives an image, and `boxes` xyxy in its pixels, `labels`, and perhaps `masks`, `area`, `iscrowd`."""
        ...


class TorchDataset:
    """Wraps a data set with torchvision's contract, for `train`, `evaluate` and the loaders; see `from_torch`.

    Args:
        dataset: Gives images and targets.
        categories: Class names by label.
        first_label: What the data set calls the first of them.
    """

    def __init__(self, dataset: DetectionDataset, categories: Sequence[str], first_label: int) -> None:
        self.dataset, self.categories = dataset, tuple(categories)
        self.category_ids = tuple(range(first_label, first_label + len(self.categories)))
        self._truths: dict[int, GroundTruth] = {}

    categories: tuple[str, ...]
    category_ids: tuple[int, ...]

    def __len__(self) -> int:
        """Number of images."""
        return len(self.dataset)

    def __getitem__(self, position: int) -> Sample:
        """Takes one image with its objects.

        Raises:
            DataError: The image or its objects do not fit the contract.
        """
        place = place_of(position, len(self))
        image, target = self._item(place)
        pixels = _pixels(image, target, place)
        truth = self._kept(place, target, (pixels.shape[0], pixels.shape[1]))
        return Sample(as_tensor(pixels), truth.boxes, truth.labels, truth.ignore, truth.origin, truth.masks)

    def truth(self, position: int) -> GroundTruth:
        """Gives the objects of one image.

        The contract has no way to leave the image out, so it is made as well, but only the first time.
        """
        place = place_of(position, len(self))
        return _copied(self._truths[place]) if place in self._truths else self._read_truth(place)

    def _read_truth(self, place: int) -> GroundTruth:
        image, target = self._item(place)
        height, width = _pixels(image, target, place).shape[:2]
        return self._kept(place, target, (height, width))

    def _kept(self, place: int, target: Mapping[str, Any], size: tuple[int, int]) -> GroundTruth:
        """Gives the objects of a target; a worker process does not keep them, since each would keep all."""
        if place in self._truths:
            return _copied(self._truths[place])
        truth = read_target(target, f"Image {place}", place, size, len(self.categories), self.category_ids[0])
        if get_worker_info() is None:
            self._truths[place] = _copied(truth)
        return truth

    def _item(self, place: int) -> tuple[Any, Mapping[str, Any]]:
        item = self.dataset[place]
        if not isinstance(item, tuple | list) or len(item) != 2 or not isinstance(item[1], Mapping):
            raise DataError(
                f"Image {place}: expected an image and a dictionary of boxes and labels; found {item!r:.80}. "
                "Give such a pair."
            )
        return item[0], item[1]


def from_torch(dataset: DetectionDataset, categories: Sequence[str], *, first_label: int = 1) -> TorchDataset:
    """Adapts a data set that is made for torchvision's detection models.

    Each item is an image (tensor `3 height width`, uint8 or float from 0 to 1; Pillow; or array `height width 3`; for
    other forms see `boxwright.data.images.rgb_pixels`) and a dictionary: `boxes` xyxy in pixels, `labels`, and if
    known `masks` (`targets height width`), `iscrowd` (1 makes an ignored region) and `area`. Boxes that say that they
    have another form (`tv_tensors.BoundingBoxes`) are converted. It must give the same item every time: leave random
    transforms out, boxwright has its own.

    Args:
        dataset: Gives images and targets.
        categories: Class names, without a background class.
        first_label: The label of the first class; 1 in torchvision's contract, where 0 is background.

    Raises:
        DataError: The class names are no list of names, or one comes twice.

    Example:
        train(data=(from_torch(mine, ["cell"]), from_torch(mine_val, ["cell"])))
    """
    _require_names(categories)
    return TorchDataset(dataset, categories, first_label)


def _require_names(categories: Any) -> None:
    are_listed = isinstance(categories, Sequence) and not isinstance(categories, str | bytes) and len(categories)
    if not are_listed or not all(isinstance(name, str) and name.strip() for name in categories):
        raise DataError(f'categories must be a list of class names, as in ["cell"]; found {categories!r:.200}.')
    twice = [name for name, times in Counter(categories).items() if times > 1]
    if twice:
        raise DataError(f"The class names {listed(twice)} come more than once. Give every class its own.")


def _copied(truth: GroundTruth) -> GroundTruth:
    """Copies what somebody may change in place."""
    columns = {name: getattr(truth, name).clone() for name in ("boxes", "labels", "ignore", "area")}
    return replace(truth, **columns)


def _pixels(image: Any, target: Mapping[str, Any], place: int) -> npt.NDArray[np.uint8]:
    return rgb_pixels(image, f"Image {place}", expected_size=stated_size(target))
