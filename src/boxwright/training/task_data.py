"""Opening the data of a training."""

import dataclasses
from functools import partial

from boxwright.data import Dataset, RamCache, ReadingLimits, open_parts, require_same_categories
from boxwright.errors import ConfigError, DataError, counted
from boxwright.settings.training import TrainingSettings
from boxwright.systems import has_masks
from boxwright.training.machine_processes import reading_of


def open_data(settings: TrainingSettings, data: str | None) -> tuple[Dataset, Dataset]:
    """Opens the data that the settings name, to train on and to measure on; once for all processes of a machine.

    Args:
        settings: Of the training.
        data: Its name.

    Raises:
        ConfigError: None is named.
        DataError: The data set is not usable.
    """
    if data is None:
        raise ConfigError("data: name the data set to train on, for instance --data sample:bccd, or use --resume.")
    masks = has_masks(settings.system)
    train_data, val_data = reading_of(settings)(
        repr(dataclasses.replace(settings, data=data)),
        partial(
            open_parts,
            data,
            ("train", "val"),
            on_bad=settings.on_bad,
            cache=settings.cache,
            masks=masks,
            check_images=settings.check_images,
            limits=ReadingLimits(settings.allow_outside, settings.max_pixels),
            val=settings.val,
            val_seed=settings.val_seed,
        ),
    )
    require_same_categories(train_data, val_data)
    return train_data, val_data


def given_data(settings: TrainingSettings, datasets: tuple[Dataset, Dataset]) -> tuple[Dataset, Dataset]:
    """Takes data sets that exist in Python.

    Args:
        settings: Of the training.
        datasets: To train on and to measure on.

    Raises:
        DataError: They do not belong together, or have no masks for a segmenter.
    """
    require_same_categories(*datasets)
    if has_masks(settings.system) and any(len(data) and data.truth(0).masks is None for data in datasets):
        raise DataError(f"{settings.system} needs masks, but the data sets have none. Add them to the targets.")
    if settings.cache != "ram":  # what it gives may differ every time
        return datasets
    once, what = reading_of(settings), repr(settings)
    train_data, val_data = (
        RamCache(data, once(f"{part} {what}", lambda data=data: RamCache(data).pixels))  # type: ignore[misc]
        for part, data in zip(("train", "val"), datasets, strict=True)
    )
    return train_data, val_data


def said_of_kept_images(*datasets: Dataset) -> str:
    """Says how many images are kept in memory, and what they take; nothing where none are.

    Args:
        *datasets: Of the training.
    """
    kept = [data for data in datasets if isinstance(data, RamCache)]
    size = sum(len(data.pixels) for data in kept)
    return f"\nKept in memory, decoded: {counted(sum(map(len, kept)), 'image')}, {size / 1e9:.2f} GB." if kept else ""
