"""The tiles of a training."""

from boxwright.data import Dataset
from boxwright.data.tiles.tiled import Tiled
from boxwright.settings.training import TrainingSettings

Tiles = tuple[Dataset, Tiled]
"""To train on and to measure on."""


def cut(settings: TrainingSettings, train_data: Dataset, val_data: Dataset) -> Tiles | None:
    """Cuts the images into tiles, if that is asked for; of those to train on some that are empty stay out.

    Args:
        settings: Of the training.
        train_data: To train on.
        val_data: To measure on.
    """
    if settings.tiling is None:
        return None
    return Tiled(train_data, settings.tiling).to_learn(), Tiled(val_data, settings.tiling)


def said_of_cutting(settings: TrainingSettings, tiles: Tiles | None) -> str:
    """Says how many tiles there are, in words to follow the numbers of images.

    Args:
        settings: Of the training.
        tiles: If images are cut.
    """
    return "" if tiles is None else f", cut into {len(tiles[0]):,} and {len(tiles[1]):,} {settings.tiling}"
