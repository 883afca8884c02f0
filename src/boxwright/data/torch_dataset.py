"""Any data set of the torch world: an image and a dictionary of boxes and labels."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from boxwright.data.formats.box_check import UnsoundError, sound_box
from boxwright.data.images.reading import as_tensor
from boxwright.errors import DataError
from boxwright.structures import GroundTruth, ImageOrigin, InstanceMasks, Sample


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
        pixels, truth = self._item(position)
        return Sample(as_tensor(pixels), truth.boxes, truth.labels, truth.ignore, truth.origin, truth.masks)

    def truth(self, position: int) -> GroundTruth:
        """Gives the objects of one image. The contract has no way to leave the image out, so it is made as well."""
        return self._item(position)[1]

    def _item(self, position: int) -> tuple[np.ndarray, GroundTruth]:
        place = position % len(self)
        item = self.dataset[place]
        if not isinstance(item, tuple | list) or len(item) != 2 or not isinstance(item[1], Mapping):
            raise DataError(
                f"Image {place}: expected an image and a dictionary of boxes and labels; found {item!r:.80}."
            )
        image, target = item
        pixels = _pixels(image, place)
        lacking = [key for key in ("boxes", "labels") if key not in target]
        if lacking:
            raise DataError(f"Image {place}: the target has no {' and no '.join(lacking)}; found {sorted(target)}.")
        return pixels, self._truth(target, place, (pixels.shape[0], pixels.shape[1]))

    def _truth(self, target: Mapping[str, Any], place: int, size: tuple[int, int]) -> GroundTruth:
        boxes = torch.as_tensor(target["boxes"], dtype=torch.float32).reshape(-1, 4)
        boxes = _sound(boxes, place, size)
        count = len(boxes)
        columns = {
            "labels": torch.as_tensor(target["labels"], dtype=torch.int64) - self.category_ids[0],
            "iscrowd": torch.as_tensor(target.get("iscrowd", torch.zeros(count)), dtype=torch.bool),
            "area": torch.as_tensor(target.get("area", _areas(boxes)), dtype=torch.float32),
        }
        wrong = [f"{name} {tuple(value.shape)}" for name, value in columns.items() if value.shape != (count,)]
        if wrong:
            raise DataError(f"Image {place}: {count} boxes but {', '.join(wrong)}. Give one value per box.")
        labels = columns["labels"]
        if count and (int(labels.min()) < 0 or int(labels.max()) >= len(self.categories)):
            raise DataError(
                f"Image {place}: labels must be {self.category_ids[0]} to {self.category_ids[-1]}; found "
                f"{sorted(set(target['labels'].tolist()))}. Correct them, the categories, or first_label."
            )
        masks = _masks(target.get("masks"), count, place, size)
        origin = ImageOrigin(place, None, size)
        return GroundTruth(boxes, labels, columns["iscrowd"], columns["area"], origin, masks)


def from_torch(dataset: DetectionDataset, categories: Sequence[str], *, first_label: int = 1) -> TorchDataset:
    """Adapts a data set that is made for torchvision's detection models.

    Each item is an image (tensor `3 height width`, uint8 or float from 0 to 1; Pillow; or array `height width 3`) and
    a dictionary: `boxes` xyxy in pixels, `labels`, and if known `masks` (`targets height width`), `iscrowd` (1 makes
    an ignored region) and `area`. It must give the same item every time: leave random transforms out, boxwright has
    its own.

    Args:
        dataset: Gives images and targets.
        categories: Class names, without a background class.
        first_label: The label of the first class; 1 in torchvision's contract, where 0 is background.

    Example:
        train(data=(from_torch(mine, ["cell"]), from_torch(mine_val, ["cell"])))
    """
    return TorchDataset(dataset, categories, first_label)


def _pixels(image: Any, place: int) -> np.ndarray:
    """Gives an image as `height width 3`, 0 to 255."""
    if hasattr(image, "convert"):
        return np.array(image.convert("RGB"))
    if isinstance(image, Tensor):
        if image.ndim != 3 or image.shape[0] not in (1, 3):
            raise DataError(f"Image {place}: expected a tensor 3 × height × width; found {tuple(image.shape)}.")
        array = image.detach().cpu().expand(3, -1, -1).permute(1, 2, 0).numpy()
    else:
        array = np.asarray(image)
    if array.ndim != 3 or array.shape[2] != 3:
        raise DataError(f"Image {place}: expected height × width × 3; found an array of shape {array.shape}.")
    if np.issubdtype(array.dtype, np.floating):
        if array.size and (array.min() < 0 or array.max() > 1):
            raise DataError(f"Image {place}: float images must be 0 to 1; found {array.min():g} to {array.max():g}.")
        array = (array * 255).round().astype(np.uint8)
    if array.dtype != np.uint8:
        raise DataError(f"Image {place}: expected uint8 or float values; found {array.dtype}.")
    return np.ascontiguousarray(array)


def _sound(boxes: Tensor, place: int, size: tuple[int, int]) -> Tensor:
    """Clips boxes to their image by the rule of all formats."""
    kept = []
    for number, (left, top, right, bottom) in enumerate(boxes.tolist()):
        try:
            corners, _ = sound_box((left, top, right, bottom), size, f"box {[left, top, right, bottom]}")
        except UnsoundError as reason:
            cure = reason.cure or "Correct or remove it"
            raise DataError(f"Image {place}, object {number}: {reason.message}. {cure}.") from reason
        kept.append(corners)
    return torch.tensor(kept, dtype=torch.float32).reshape(-1, 4)


def _areas(boxes: Tensor) -> Tensor:
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def _masks(masks: Any, count: int, place: int, size: tuple[int, int]) -> InstanceMasks | None:
    if masks is None:
        return None
    pixels = torch.as_tensor(masks)
    if pixels.shape != (count, *size):
        raise DataError(f"Image {place}: masks must be {(count, *size)}; found {tuple(pixels.shape)}.")
    return InstanceMasks.from_boolean(pixels > 0)
