"""What tells the data of a run, and the order of its images, from others."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import lightning
import numpy as np
from lightning.pytorch.callbacks import Callback

from boxwright.data import Dataset, RamCache
from boxwright.data.formats.annotation_table import AnnotationTable
from boxwright.data.loading.shard_window import ShardWindow
from boxwright.data.tiles.tiled import Tiled

_KEY = "data_identity"
_OF_TABLE = ("sizes", "offsets", "boxes", "labels", "ignore")
_OF_MASKS = ("rings", "points", "text")
_LOOKS = 64  # at images of a data set that exists in Python


@dataclass(frozen=True, slots=True)
class DataIdentity:
    """Digests of the annotations of a run and of the order that its images come in, as hexadecimal numbers.

    A folder and the shards that it was packed into have the same: paths and image files are not looked at.

    Args:
        train: Of the images to train on.
        val: Of the images to measure on.
        order: Of what their order depends on beside their number and the seed: shards, and how many are open.
    """

    train: str
    val: str
    order: str

    @classmethod
    def of(cls, pictures: tuple[Dataset, Dataset], shard_window: int, seed: int) -> "DataIdentity":
        """Looks at the data of a training.

        Args:
            pictures: To train on and to measure on.
            shard_window: Shards that are read at a time; 0 for all.
            seed: Of the run.
        """
        window = ShardWindow.of(pictures[0], shard_window, seed)
        order = "whole" if window is None else _digest(window.width, window.shards.of_image)
        return cls(_content(pictures[0]), _content(pictures[1]), order)

    def differences(self, before: Mapping[str, Any]) -> str:
        """Says how a run that goes on with these data differs from one that was never interrupted.

        Args:
            before: What the checkpoint says; nothing, if it is of an older version.

        Returns:
            A sentence; empty if it does not differ, or that cannot be told.
        """
        if not before:
            return ""
        changed = [name for name, value in asdict(self).items() if before.get(name) != value]
        if "train" in changed:
            return (
                "The images to train on, or their annotations, are not those that the run began with. It goes on, but "
                "its result is not that of one training on either."
            )
        said = []
        if "order" in changed:
            said.append(
                "The images come in another order than the run began with, since it reads other shards, or another "
                "number at a time: the result is not, number by number, that of a run without interruption. It is "
                "with the data it began with, and the same --shard_window."
            )
        if "val" in changed:
            said.append(
                "The images to measure on, or their annotations, are not those that the run began with: AP before and "
                "after do not compare, and the best epoch is chosen by both."
            )
        return " ".join(said)


class DataNote(Callback):
    """Writes the identity of the data into every checkpoint.

    Args:
        identity: Of the data of this training.
    """

    def __init__(self, identity: DataIdentity) -> None:
        self.identity = identity

    def on_save_checkpoint(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Adds it.

        Args:
            trainer: Of the run.
            pl_module: Its module.
            checkpoint: Takes it.
        """
        checkpoint[_KEY] = asdict(self.identity)


def noted_identity(checkpoint: Mapping[str, Any]) -> dict[str, str]:
    """Gives what a checkpoint says about its data; nothing for one of an older version.

    Args:
        checkpoint: As read.
    """
    return dict(checkpoint.get(_KEY, {}))


def _content(dataset: Dataset) -> str:
    length = len(dataset)
    while isinstance(dataset, RamCache | Tiled):
        dataset = dataset.dataset
    table = getattr(dataset, "table", None)
    if isinstance(table, AnnotationTable):
        masks = () if table.segmentations is None else (getattr(table.segmentations, name) for name in _OF_MASKS)
        return _digest(length, *(getattr(table, name) for name in _OF_TABLE), *masks)
    places = np.unique(np.linspace(0, len(dataset) - 1, min(_LOOKS, len(dataset))).astype(int)).tolist()
    truths = [dataset.truth(place) for place in places]
    return _digest(length, *(each.boxes.numpy() for each in truths), *(each.labels.numpy() for each in truths))


def _digest(number: int, *arrays: np.ndarray) -> str:
    found = hashlib.sha256(str(number).encode())
    for each in arrays:
        found.update(f"{each.dtype}{each.shape}".encode())
        found.update(np.ascontiguousarray(each).reshape(-1).view(np.uint8).data)
    return found.hexdigest()
