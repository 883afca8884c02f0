"""The images in the shards of packed data."""

from contextlib import suppress
from dataclasses import dataclass
from threading import Lock, Thread

import numpy as np
from jaxtyping import Int64

from boxwright.data.images.encoded_images import Shards
from boxwright.data.images.image_windows import Pixels
from boxwright.data.shards.shard_index import PackedPart
from boxwright.data.shards.shard_place import ShardPlace
from boxwright.data.shards.table_columns import ImagePlaces
from boxwright.errors import DataError

_FETCHING = Lock()  # one shard at a time in each process
_TRIES = 3  # a shard may be taken away to make room between being found and being opened


@dataclass(frozen=True, slots=True)
class PackedImages:
    """Reads single images out of shards.

    Args:
        place: Where the shards are.
        part: Which they are.
        places: Where in them each image is.
    """

    place: ShardPlace
    part: PackedPart
    places: ImagePlaces

    @property
    def shards(self) -> Shards:
        """The shards; fetching one ahead needs no errors, since they come again when it is read."""
        return Shards(self.places.shard, self.fetch, self.place.most_kept(self.part))

    def fetch(self, shard: int) -> None:
        """Begins to fetch a shard in a thread, unless this process does so already or it is here.

        Args:
            shard: Its number.
        """
        file = self.part.shards[shard]
        if self.place.is_here(file) or not _FETCHING.acquire(blocking=False):
            return

        def fetched() -> None:
            try:
                with suppress(Exception):
                    self.place.path(file)
            finally:
                _FETCHING.release()

        Thread(target=fetched, daemon=True).start()

    def take(self, positions: Int64[np.ndarray, "chosen"]) -> "PackedImages":
        """Picks images.

        Args:
            positions: Which.
        """
        return PackedImages(self.place, self.part, self.places.take(positions))

    def name(self, position: int) -> str:
        """Says where an image is, for messages.

        Args:
            position: Of the image.
        """
        return f"{self.place.name}/{self.part.shards[int(self.places.shard[position])].name}"

    def read(self, position: int) -> Pixels:
        """Reads the bytes of an image file.

        Args:
            position: Of the image.

        Raises:
            DataError: The shard cannot be read.
        """
        file = self.part.shards[int(self.places.shard[position])]
        start, length = int(self.places.start[position]), int(self.places.length[position])
        for _ in range(_TRIES):
            try:
                with self.place.path(file).open("rb") as shard:
                    shard.seek(start)
                    content = shard.read(length)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise DataError(f"{self.name(position)} cannot be read ({error.strerror or error}).") from error
            if len(content) < length:
                raise DataError(f"{self.name(position)} is cut off. Copy it again, or pack the data again.")
            return np.frombuffer(content, np.uint8)
        raise DataError(f"{self.name(position)} is gone. Copy it there again.")
