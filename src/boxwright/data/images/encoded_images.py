"""Image files that lie elsewhere than at their own paths."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Int32, Int64

from boxwright.data.images.image_windows import Pixels


@dataclass(frozen=True, slots=True)
class Shards:
    """Files that hold many images each.

    Args:
        of_image: The file that holds each image, by number.
        fetch: Begins to fetch a file, and does not wait for it.
        most: How many of them this machine can keep at a time; None if they are all here.
    """

    of_image: Int32[np.ndarray, "images"]
    fetch: Callable[[int], None]
    most: int | None = None

    def take(self, positions: Int64[np.ndarray, "chosen"]) -> "Shards":
        """Picks images.

        Args:
            positions: Which; some may come several times.
        """
        return replace(self, of_image=self.of_image[positions])


@runtime_checkable
class EncodedImages(Protocol):
    """The bytes of the images of a data set, by position."""

    @property
    def shards(self) -> Shards:
        """The files; images of one file are best read at about the same time."""
        ...

    def name(self, position: int) -> str:
        """Says where an image is, for messages.

        Args:
            position: Of the image.
        """
        ...

    def read(self, position: int) -> Pixels:
        """Reads the bytes of an image file.

        Args:
            position: Of the image.

        Raises:
            DataError: They cannot be read.
        """
        ...


def shards_of(dataset: object) -> Shards | None:
    """Gives the files that hold the images of a data set; None where each image is a file.

    Args:
        dataset: May have an attribute `shards`.
    """
    found: Shards | None = getattr(dataset, "shards", None)
    return found
