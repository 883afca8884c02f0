"""The words that the readers of folder layouts share."""

from collections.abc import Sequence
from typing import Literal

from boxwright.errors import DataError

Split = Literal["train", "val"]


class LayoutNotFoundError(DataError):
    """A folder is not laid out in the way that a reader knows.

    Args:
        layout: The reader's name.
        tried: What it looked for.
    """

    def __init__(self, layout: str, tried: Sequence[str]) -> None:
        super().__init__(f"{layout}: no {' and no '.join(tried)}")
