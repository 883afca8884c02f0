"""Which image comes when, in every epoch and on every device."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch.distributed
from torch.utils.data import DistributedSampler

from boxwright.data.loading.repeat_factors import Factors, drawn_counts, draws_per_epoch
from boxwright.data.loading.shard_window import ShardWindow

_SHUFFLE, _DRAW = 0, 1  # separate streams of random numbers
BLANK = -1
"""Position of no image: a place that stays empty in the last batch of a process."""


class Draw(NamedTuple):
    """One image in one epoch, in a batch of it, for the first or a further time; the key that travels to the workers.

    Where a few shards are read at a time, it also says which of them was opened last.

    The epoch is part of the key, so workers that live through all epochs need not be told about a new one.
    """

    epoch: int
    position: int
    batch: int = 0
    repeat: int = 0
    turn: int = 0

    def generator(self, seed: int) -> np.random.Generator:
        """Gives the random numbers of this draw, whichever process asks.

        Args:
            seed: The seed of the run, 0 or more.
        """
        key = (_DRAW, self.epoch, self.position, *((self.repeat,) if self.repeat else ()))
        return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


class EpochSampler(DistributedSampler[Draw]):
    """Shuffles by seed and epoch, and deals the images out over the processes of a distributed run.

    Every image comes once. Every process gets the same number of draws; where the images do not divide evenly, the
    last draw of some is `BLANK`, no image. It is a DistributedSampler so that Lightning leaves it in its place and
    calls `set_epoch`. Rank and number of processes are read when an epoch starts, not when the sampler is built.

    Args:
        length: Number of images in the data set.
        seed: The seed of the run, 0 or more.
        batch_size: Images per batch of a process; a draw says in which batch it is.
        factors: How often each image comes in an epoch on average, see `repeat_factors`; once if left out.
        window: Shards that are read at a time; all of them if left out.
    """

    def __init__(
        self,
        length: int,
        seed: int,
        *,
        batch_size: int = 1,
        factors: Factors | None = None,
        window: ShardWindow | None = None,
    ) -> None:
        super().__init__(range(length), num_replicas=1, rank=0, seed=seed)  # type: ignore[arg-type]
        self.batch_size = batch_size
        self.factors = None if factors is None or bool((factors == 1).all()) else factors
        self.length = length if self.factors is None else draws_per_epoch(self.factors)
        self.images, self.window = length, window
        self._passed = (0, 0)

    def go_on_after(self, draws: int) -> None:
        """Leaves out the first draws of the present epoch, and of that one only.

        Args:
            draws: How many this process has seen of it.
        """
        self._passed = (self.epoch, draws)

    def __iter__(self) -> Iterator[Draw]:
        """Gives the draws of the present epoch for this process."""
        rank, processes = _place_in_group()
        stream = np.random.SeedSequence(self.seed, spawn_key=(_SHUFFLE, self.epoch))
        rng = np.random.default_rng(stream)
        order = rng.permutation(self.length)
        positions, repeats = self._images(rng)
        turns = np.zeros(self.length, np.int64)
        if self.window is not None:
            times = self.window.times(positions, self.epoch, rng)
            order, turns = np.argsort(times, kind="stable"), np.minimum(times.astype(np.int64), self.window.last_turn)
        order = dealt(order, rank, processes)
        # where a place of -1 leads
        positions, repeats, turns = np.append(positions, BLANK), np.append(repeats, 0), np.append(turns, 0)
        passed = self._passed[1] if self._passed[0] == self.epoch else 0
        return self._draws(self.epoch, passed, positions[order], repeats[order], turns[order])

    def _draws(self, epoch: int, passed: int, *columns: npt.NDArray[np.int64]) -> Iterator[Draw]:
        """Gives the draws one by one: a list of a million would take 200 MB."""
        for number in range(passed, len(columns[0])):
            position, repeat, turn = (int(column[number]) for column in columns)
            yield Draw(epoch, position, number // self.batch_size, repeat, turn)

    def _images(self, rng: np.random.Generator) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Gives the images of an epoch, not shuffled, and for which time each comes."""
        if self.factors is None:
            return np.arange(self.images), np.zeros(self.images, np.int64)
        counts = drawn_counts(self.factors, rng.random())
        firsts = np.repeat(np.cumsum(counts) - counts, counts)
        return np.repeat(np.arange(self.images), counts), np.arange(self.length) - firsts

    def __len__(self) -> int:
        """Number of draws per epoch for this process."""
        return -(-self.length // _place_in_group()[1])


class DealingSampler(DistributedSampler[int]):
    """Deals the positions of a data set out over the processes of a distributed run, in order, each once.

    Every process gets the same number; where the images do not divide evenly, the last of some is `BLANK`.

    Args:
        length: Number of images in the data set.
    """

    def __init__(self, length: int) -> None:
        super().__init__(range(length), num_replicas=1, rank=0, shuffle=False)  # type: ignore[arg-type]
        self.length = length

    def __iter__(self) -> Iterator[int]:
        """Gives the positions for this process."""
        return iter(dealt(np.arange(self.length), *_place_in_group()).tolist())

    def __len__(self) -> int:
        """Number of positions for this process, with one that is blank."""
        return -(-self.length // _place_in_group()[1])


def dealt(order: npt.NDArray[np.int64], rank: int, processes: int) -> npt.NDArray[np.int64]:
    """Gives the part of a process; all get as many, the last of some is `BLANK`.

    Args:
        order: What all of them get, one after the other.
        rank: Of the process.
        processes: How many there are.
    """
    lacking = -len(order) % processes
    return np.append(order, np.full(lacking, BLANK))[rank::processes]


def _place_in_group() -> tuple[int, int]:
    """Gives rank and number of processes."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank(), torch.distributed.get_world_size()
    return 0, 1
