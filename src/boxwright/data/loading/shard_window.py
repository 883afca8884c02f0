"""An order of images that reads a few shards at a time."""

import numpy as np
from jaxtyping import Float64, Int64

from boxwright.data.images.encoded_images import Shards, shards_of
from boxwright.errors import ConfigError, counted

_SHARDS = 3  # a stream of random numbers beside those of the sampler and of the canvas


class ShardWindow:
    """Opens the shards of a data set one after the other, in another order in every epoch, a few of them at a time.

    Each shard is open for `width` turns, in which its images are spread evenly, so images of `width` shards mix, and a
    shard is fetched once in an epoch. Partners in a mosaic come from the shards that are open. What is drawn depends
    on seed and epoch alone.

    Args:
        shards: Of the images.
        width: Shards that are open at a time.
        seed: Of the run.
    """

    def __init__(self, shards: Shards, width: int, seed: int) -> None:
        self.shards, self.width, self.seed = shards, width, seed
        self._images = np.argsort(shards.of_image, kind="stable")
        self._counts = np.bincount(shards.of_image)
        self._starts = np.cumsum(self._counts) - self._counts
        self._opening: tuple[int, Int64[np.ndarray, shards]] = (-1, np.zeros(0, np.int64))

    @classmethod
    def of(cls, dataset: object, width: int, seed: int) -> "ShardWindow | None":
        """Gives the window over a data set; None if all of it is open, or each image is a file.

        Args:
            dataset: To train on.
            width: Shards that are open at a time; 0 for all.
            seed: Of the run.

        Raises:
            ConfigError: More are open than this machine can keep.
        """
        shards = shards_of(dataset)
        if shards is None:
            return None
        count = len(np.unique(shards.of_image))
        at_a_time = min(width + 1, count) if width else count  # one more is fetched ahead
        if shards.most is not None and at_a_time > shards.most:
            raise ConfigError(
                f"shard_window: {counted(at_a_time, 'shard')} are read at a time, and the disk cache keeps "
                f"{shards.most:,}. Allow it more gigabytes by BOXWRIGHT_SHARD_CACHE_GB, or read fewer at a time."
            )
        return None if not width or count <= width else cls(shards, width, seed)

    def times(
        self, positions: Int64[np.ndarray, "draws"], epoch: int, rng: np.random.Generator
    ) -> Float64[np.ndarray, "draws"]:
        """Draws when each image comes, in turns; its whole part is the shard that is opened last by then.

        Args:
            positions: Images; some may come several times.
            epoch: From 0.
            rng: Says when a shard is open each of its images comes.
        """
        order = self._order(epoch)
        turns = np.zeros(len(self._counts), np.int64)
        turns[order] = np.arange(len(order))
        found: Float64[np.ndarray, draws] = turns[self.shards.of_image[positions]] + self.width * rng.random(
            len(positions)
        )
        return found

    def partners(self, epoch: int, turn: int, rng: np.random.Generator, count: int) -> list[int]:
        """Draws images of the shards that are open, each as likely as the others.

        Args:
            epoch: From 0.
            turn: The shard that was opened last.
            rng: The only source of randomness.
            count: How many.
        """
        open_ones = self._order(epoch)[max(0, turn - self.width + 1) : turn + 1]
        ends = np.cumsum(self._counts[open_ones])
        drawn = rng.integers(ends[-1], size=count)
        which = np.searchsorted(ends, drawn, side="right")
        shard = open_ones[which]
        found: list[int] = self._images[self._starts[shard] + drawn - (ends - self._counts[open_ones])[which]].tolist()
        return found

    def fetch_next(self, epoch: int, turn: int) -> None:
        """Begins to fetch the shard that will be opened next.

        Args:
            epoch: From 0.
            turn: The shard that was opened last.
        """
        order = self._order(epoch)
        if turn + 1 < len(order):
            self.shards.fetch(int(order[turn + 1]))

    def _order(self, epoch: int) -> Int64[np.ndarray, "shards"]:
        """Gives the shards that hold images, in the order in which an epoch opens them."""
        if self._opening[0] != epoch:
            stream = np.random.SeedSequence(self.seed, spawn_key=(_SHARDS, epoch))
            held = np.flatnonzero(self._counts)
            self._opening = (epoch, np.random.default_rng(stream).permutation(held))
        return self._opening[1]

    @property
    def last_turn(self) -> int:
        """The turn in which the last shard is opened."""
        return int(np.count_nonzero(self._counts)) - 1
