"""Reading all parts that a data set has."""

from pathlib import Path

from boxwright.data.formats.layout import TRAINING_SPLITS, PartNotFoundError, Split
from boxwright.data.formats.losses import Losses
from boxwright.data.formats.table_dataset import Reading
from boxwright.data.reading_limits import ReadingLimits
from boxwright.data.shards.named_place import PREFIX
from boxwright.data.sources import read_source
from boxwright.errors import DataError


def read_every_part(
    source: str | Path, limits: ReadingLimits, val: float | str | None, val_seed: int, losses: Losses
) -> dict[Split, Reading]:
    """Reads the parts of a data set, those that are not there left out.

    Args:
        source: As for `read_source`.
        limits: What is refused.
        val: As for `read_source`.
        val_seed: As for `read_source`.
        losses: Takes what is not read, and a test part that is left out since its classes are others.

    Raises:
        DataError: The data are packed, have no part, one cannot be read, or train and val have different classes.
    """
    if str(source).startswith(PREFIX):
        raise DataError(f"{source} is packed, and files of images are needed. Give the data that were packed.")
    readings: dict[Split, Reading] = {}
    misses = []
    for split in TRAINING_SPLITS if val is not None else (*TRAINING_SPLITS, "test"):
        try:
            readings[split] = read_source(source, split, limits, val=val, val_seed=val_seed)
        except PartNotFoundError as miss:
            misses.append(miss)
    if not readings:
        raise misses[0]
    _settle_test(readings, losses)
    if len({(reading.categories, reading.category_ids) for reading in readings.values()}) > 1:
        raise DataError(f"{source}: the two parts have different classes. Write both with the same list of classes.")
    for reading in list(readings.values())[: None if val is None else 1]:  # divided parts were read from one source
        losses.include(reading.unread)
    return readings


def _settle_test(readings: dict[Split, Reading], losses: Losses) -> None:
    """Leaves out a test part that was read as another part already, and, which is said, one of other classes."""
    others = [reading for split, reading in readings.items() if split != "test"]
    test = readings.get("test")
    if test is None or not others:
        return
    if any(test.table.all_paths() == other.table.all_paths() for other in others):
        del readings["test"]
    elif any(test.categories != other.categories for other in others):
        losses.note("parts that have other classes than train and val, left out", f"test of {test.source}")
        del readings["test"]
