"""Loaders of training and evaluation batches."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import cv2
import torch
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from boxwright.data.dataset import Dataset
from boxwright.data.loading.batch_canvas import BatchCanvas
from boxwright.data.loading.collate import batch_of_none, collate
from boxwright.data.loading.epoch_sampler import BLANK, DealingSampler, Draw, EpochSampler
from boxwright.data.loading.freed_memory import keep_freed_memory
from boxwright.data.loading.repeat_factors import repeat_factors
from boxwright.data.loading.shard_window import ShardWindow
from boxwright.data.loading.training_picture import TrainingPicture
from boxwright.data.transforms import FitToCanvas
from boxwright.data.transforms.transform import Transform
from boxwright.errors import ConfigError, DataError
from boxwright.geometry.letterbox import Fit
from boxwright.settings.augmentation import AugmentationSettings
from boxwright.structures import Batch, Sample

_NICENESS = 5
"""Of workers beside the threads that use their batches: a third of the weight of those."""


class Loader(DataLoader[Any]):
    """A DataLoader of `Batch` that can be told the epoch.

    A DataError in a worker process is raised here as it is, without the traceback of the worker around it.
    """

    def __iter__(self) -> Iterator[Batch]:  # type: ignore[override]
        """Gives the batches of one epoch.

        Raises:
            DataError: An image cannot be read.
        """
        for batch in super().__iter__():
            if isinstance(batch, DataError):
                raise batch
            yield batch

    def set_epoch(self, epoch: int, batches_done: int = 0) -> None:
        """Sets the epoch that the next iteration draws; Lightning does the same by way of the sampler.

        Args:
            epoch: From 0.
            batches_done: Batches of it that are left out, since they were seen before.
        """
        if isinstance(self.sampler, EpochSampler):
            self.sampler.set_epoch(epoch)
            self.sampler.go_on_after(batches_done * (self.batch_size or 1))


@dataclass(frozen=True, slots=True)
class _Blank:
    """A place in a batch that stays empty."""

    canvas_size: tuple[int, int]


class _TrainingSamples(TorchDataset[Any]):
    def __init__(self, picture: TrainingPicture, canvas: BatchCanvas, epochs: int, window: ShardWindow | None) -> None:
        self.picture, self.canvas, self.epochs, self.window = picture, canvas, epochs, window

    def __len__(self) -> int:
        return len(self.picture.dataset)

    def __getitem__(self, draw: Draw) -> "Sample | DataError | _Blank":
        mosaic = self.picture.settings.mosaic_in(draw.epoch, self.epochs)
        picture = replace(self.picture, canvas_size=self.canvas(draw.epoch, draw.batch))
        if draw.position == BLANK:
            return _Blank(picture.canvas_size)
        if self.window is not None:
            self.window.fetch_next(draw.epoch, draw.turn)
            picture = replace(picture, partners=partial(self.window.partners, draw.epoch, draw.turn))
        try:
            return picture(draw.position, draw.generator(self.canvas.seed), mosaic=mosaic)
        except DataError as error:
            return error


class _EvaluationSamples(TorchDataset[Any]):
    def __init__(self, dataset: Dataset, fit: FitToCanvas, with_masks: bool) -> None:
        self.dataset, self.fit, self.with_masks = dataset, fit, with_masks

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, position: int) -> "Sample | DataError | _Blank":
        if position == BLANK:
            return _Blank(self.fit.canvas_size)
        try:
            sample = self.dataset[position]
            return self.fit(sample if self.with_masks else replace(sample, masks=None))
        except DataError as error:
            return error


def _collate(samples: list[Sample | DataError | _Blank], mask_stride: int | None) -> Batch | DataError:
    """Makes a batch of what is not blank, or passes the first error on to the process that can raise it."""
    for sample in samples:
        if isinstance(sample, DataError):
            return sample
    sound = [sample for sample in samples if isinstance(sample, Sample)]
    blanks = [sample for sample in samples if isinstance(sample, _Blank)]
    return collate(sound, mask_stride) if sound else batch_of_none(blanks[0].canvas_size, mask_stride)


def training_loader(
    dataset: Dataset,
    canvas_size: tuple[int, int],
    batch_size: int,
    augmentation: AugmentationSettings | None = None,
    *,
    seed: int = 0,
    epochs: int = 100,
    workers: int = 0,
    pin_memory: bool = False,
    mask_stride: int | None = None,
    fit: Fit = "centre",
    transform: Transform | None = None,
    max_stride: int = 32,
    shard_window: int = 0,
) -> Loader:
    """Builds the loader of augmented, shuffled batches.

    What a batch holds depends on the seed, the epoch and the positions alone: not on the number of workers, and not
    on any global random state. All pictures of a batch have one canvas. The last batch of an epoch may be smaller;
    nothing is dropped. Processes of a distributed run share the images, each once: that batch may be empty in some.

    Args:
        dataset: Images and objects.
        canvas_size: Height and width of the training pictures in pixels.
        batch_size: Images per batch on each device.
        augmentation: The random changes; the defaults if left out.
        seed: 0 or more.
        epochs: Length of the run; mosaic is off in its last `close_mosaic_epochs`.
        workers: Processes that prepare batches; 0 prepares them in this process.
        pin_memory: Whether batches are put into pinned memory, for a GPU.
        mask_stride: Canvas pixels per pixel of the masks in a batch (4 is usual), for a data set that was opened with
            masks; None for batches without masks.
        fit: Where an image lies in the canvas.
        transform: A further random change of the pictures, after all others.
        max_stride: Sides of canvases that vary are multiples of this.
        shard_window: For packed data: shards that are read at a time, see `ShardWindow`; 0 for all.

    Raises:
        ConfigError: A number is out of its range.
    """
    _check(canvas_size, batch_size, workers, mask_stride)
    if seed < 0 or epochs < 1:
        raise ConfigError(f"seed must be 0 or more and epochs 1 or more; found {seed} and {epochs}.")
    varied = augmentation or AugmentationSettings()
    picture = TrainingPicture(dataset, canvas_size, varied, fit, transform)
    window = ShardWindow.of(dataset, shard_window, seed)
    canvas = BatchCanvas(canvas_size, varied.multi_scale, max_stride, seed)
    samples = _TrainingSamples(picture, canvas, epochs, window)
    factors = repeat_factors(dataset, varied.repeat_rare)
    sampler = EpochSampler(len(dataset), seed, batch_size=batch_size, factors=factors, window=window)
    return _loader(samples, batch_size, workers, pin_memory, seed, sampler, mask_stride)


def evaluation_loader(
    dataset: Dataset,
    canvas_size: tuple[int, int],
    batch_size: int,
    *,
    workers: int = 0,
    pin_memory: bool = False,
    mask_stride: int | None = None,
    fit: Fit = "centre",
    is_shared: bool = False,
) -> Loader:
    """Builds the loader of letterboxed batches in the order of the data set.

    Origins carry the letterbox, the way back to original pixels.

    Args:
        dataset: Images and objects.
        canvas_size: Height and width in pixels.
        batch_size: Images per batch on each device.
        workers: Processes that prepare batches; 0 prepares them in this process.
        pin_memory: Whether batches are put into pinned memory, for a GPU.
        mask_stride: Canvas pixels per pixel of the masks in a batch (4 is usual), for a data set that was opened with
            masks; None for batches without masks.
        fit: Where an image lies in the canvas.
        is_shared: Whether the processes of a distributed run share the images, each once; the last batch may be empty
            in some.

    Raises:
        ConfigError: A number is out of its range.
    """
    _check(canvas_size, batch_size, workers, mask_stride)
    sampler = DealingSampler(len(dataset)) if is_shared else None
    samples = _EvaluationSamples(dataset, FitToCanvas(canvas_size, fit=fit), mask_stride is not None)
    return _loader(samples, batch_size, workers, pin_memory, 0, sampler, mask_stride)


def _loader(
    samples: TorchDataset[Any],
    batch_size: int,
    workers: int,
    pin_memory: bool,
    seed: int,
    sampler: EpochSampler | DealingSampler | None,
    mask_stride: int | None,
) -> Loader:
    make: Callable[..., Loader] = Loader
    return make(
        samples,
        batch_size=batch_size,
        sampler=sampler,
        num_workers=workers,
        collate_fn=partial(_collate, mask_stride=mask_stride),
        pin_memory=pin_memory,
        persistent_workers=workers > 0,
        worker_init_fn=partial(_start_worker, steps_aside=not pin_memory),
        # its own generator: otherwise starting an epoch would draw from the global one
        generator=torch.Generator().manual_seed(seed),
    )


def _start_worker(worker: int, *, steps_aside: bool) -> None:
    """Keeps a worker to one thread; the workers are the parallelism.

    Where the same processor computes the steps, whose threads wait for each other, workers take what these leave.
    """
    if steps_aside and hasattr(os, "nice"):  # Windows has none
        os.nice(_NICENESS)
    cv2.setNumThreads(0)
    torch.set_num_threads(1)
    keep_freed_memory()


def _check(canvas_size: tuple[int, int], batch_size: int, workers: int, mask_stride: int | None) -> None:
    if min(canvas_size) < 1 or batch_size < 1 or workers < 0 or (mask_stride is not None and mask_stride < 1):
        raise ConfigError(
            "canvas_size, batch_size and mask_stride must be 1 or more and workers 0 or more; "
            f"found {canvas_size}, {batch_size}, {mask_stride} and {workers}."
        )
