"""The words that the readers of folder layouts share."""

import re
from collections.abc import Sequence
from typing import Literal

from boxwright.errors import DataError

Split = Literal["train", "val", "test"]
"""A part of a data set; the test part is only ever measured on."""

TRAINING_SPLITS: tuple[Split, ...] = ("train", "val")
"""The parts that a training needs, and that data without parts are divided into."""

Portion = Literal["train", "val", "test", "whole"]
"""What a reader is asked for: a part, or all of a data set that has no parts."""

SPLIT_WORDS: dict[Portion, tuple[str, ...]] = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation"),
    "test": ("test", "testing"),
    "whole": ("default", "all"),
}
"""What the parts of a data set are called in file and folder names."""


def split_of_name(name: str) -> Portion | None:
    """Finds the part that a file is named for, by a whole word in its name.

    Args:
        name: Without folder and suffix.
    """
    for split, words in SPLIT_WORDS.items():
        if re.search(rf"(?:^|[^a-z])(?:{'|'.join(words)})(?:[^a-z]|$)", name.lower()):
            return split
    return None


class PartNotFoundError(DataError):
    """A data set does not have the split that was asked for; it may have the other one."""


class UndividedError(PartNotFoundError):
    """Data have no parts, and nobody said how to divide them.

    Args:
        source: The data.
        images: How many there are.
    """

    def __init__(self, source: str, images: str) -> None:
        self.lack = f"{source} has {images} in no parts"
        super().__init__(f"{self.lack}. Say how many to measure on and not to train on: --val 0.2 (in Python val=0.2).")


class LayoutNotFoundError(PartNotFoundError):
    """A folder is not laid out in the way that a reader knows.

    Args:
        layout: The reader's name.
        tried: What it looked for.
    """

    def __init__(self, layout: str, tried: Sequence[str]) -> None:
        super().__init__(f"{layout}: no {' and no '.join(tried)}")


class OtherFormatError(DataError):
    """A file that is named as data is not of the format that was tried; another one may know it."""
