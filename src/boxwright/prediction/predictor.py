"""Running a detector over images."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
import torch
from jaxtyping import UInt8

from boxwright.compute_device import pick_device
from boxwright.data import collate
from boxwright.data.images.reading import as_tensor
from boxwright.errors import ConfigError
from boxwright.geometry.tiling import Tiling, Window
from boxwright.inference import Precision, RepeatedRunner, Runner, finding_at_most, merge_tiles
from boxwright.prediction.frames import Frame, read_frames
from boxwright.prediction.overlap import in_order
from boxwright.prediction.sources import Source
from boxwright.prediction.wishes import Wishes
from boxwright.structures import Detections, ImageOrigin, Sample
from boxwright.systems import ModelCard, System


class Predictor:
    """Finds objects in anything that can be read as images, batch by batch.

    It runs the network as evaluation does, so both give the same detections. The system stays as it is: what runs is a
    copy, with the weights of the moment.

    Args:
        system: With a trained detector.
        card: Says which canvas the model was trained at.
        device: "auto" takes a GPU where there is one.
        canvas_size: Height and width in pixels to letterbox to; that of the card if left out.
        score_threshold: Only detections with a higher score; that of the system if left out.
        iou_threshold: Overlap from which the weaker of two detections goes; that of the system if left out.
        max_detections: Most detections per image; that of the model if left out, which with tiles is one per tile.
        precision: "32", "bf16" or "fp16", with the meaning that it has in training.
        one_class_per_box: Whether a box is given once, with its best class; else as often as it has classes over the
            threshold, as AP is measured.
        class_agnostic: Whether a better box of any class suppresses; else one of its class only.
        wishes: Which of what is found is wanted; all if left out.
        tiling: How images are cut; what is found in tiles is put together. None takes images whole.
        tta: Whether every image is looked at several times, see `RepeatedRunner`.

    Raises:
        ConfigError: The canvas is not one of the system, a threshold is impossible, or there is no such device or
            precision.
    """

    def __init__(
        self,
        system: System,
        card: ModelCard,
        *,
        device: torch.device | str = "auto",
        canvas_size: tuple[int, int] | None = None,
        score_threshold: float | None = None,
        iou_threshold: float | None = None,
        max_detections: int | None = None,
        precision: Precision = "32",
        one_class_per_box: bool = True,
        class_agnostic: bool = False,
        wishes: Wishes | None = None,
        tiling: Tiling | None = None,
        tta: bool = False,
    ) -> None:
        self.card, self.tiling, self.wishes, self.most = card, tiling, wishes or Wishes(), max_detections
        if max_detections is not None:
            system = finding_at_most(system, max_detections)
        changes = {"score_threshold": score_threshold, "iou_threshold": iou_threshold}
        given: dict[str, Any] = {name: value for name, value in changes.items() if value is not None}
        given["multi_label"] = not one_class_per_box
        given |= {"class_agnostic": True} if class_agnostic else {}
        kept = (
            self.wishes if tiling is None else Wishes(self.wishes.labels)
        )  # the size of an object that is cut misleads
        given |= {"keeps": kept} if kept.are_any else {}
        self.system = replace(system, postprocessor=replace(system.postprocessor, **given))
        self.device, self.canvas_size = pick_device(device), canvas_size or card.canvas_size
        run = RepeatedRunner if tta else Runner
        self.runner = run(self.system, self.canvas_size, device=self.device, precision=precision)

    def __call__(self, source: Source, batch_size: int = 8, *, channels: str = "rgb") -> Iterator[Detections]:
        """Finds the objects of every image, in order; nothing is read before it is asked for.

        Args:
            source: Files, folders, patterns, videos, arrays or tensors, see `expand_source`.
            batch_size: Images that go through the detector at once.
            channels: Order of the channels of arrays and tensors, "rgb" or "bgr".

        Returns:
            One value per image or video frame, on the CPU, in original pixels.

        Raises:
            DataError: A source is not usable; the message names the file.
        """
        frames = read_frames(source, channels=channels, in_parts=self.tiling is not None)
        return (found for _, found in self.over(frames, batch_size))

    def over(
        self, frames: Iterable[Frame], batch_size: int = 8, *, workers: int = 0
    ) -> Generator[tuple[Frame, Detections], None, None]:
        """Finds the objects of every frame and hands both on.

        Args:
            frames: Images to look at.
            batch_size: Images that go through the detector at once.
            workers: Threads that bring images onto the canvas, a batch ahead. 0 holds one batch of frames.

        Raises:
            ConfigError: The batch is empty.
        """
        if batch_size < 1:
            raise ConfigError(f"batch_size is {batch_size}. Give at least 1.")
        if self.tiling is not None:
            yield from self._by_tiles(frames, self.tiling, batch_size, workers)
            return
        with closing(in_order(frames, self._fitted, threads=workers, ahead=batch_size)) as fitted:
            while chunk := list(islice(fitted, batch_size)):
                found = self.runner(collate([sample for _, sample in chunk]))
                yield from zip((frame for frame, _ in chunk), found, strict=True)

    def _by_tiles(
        self, frames: Iterable[Frame], tiling: Tiling, batch_size: int, workers: int
    ) -> Generator[tuple[Frame, Detections], None, None]:
        """Goes through tiles in batches, of one image after the other; beside that one it holds tiles on the canvas."""
        parts: list[tuple[Window, Detections]] = []
        with closing(in_order(_tiles(frames, tiling), self._fitted_tile, threads=workers, ahead=batch_size)) as fitted:
            while chunk := list(islice(fitted, batch_size)):
                found = self.runner(collate([sample for _, sample in chunk]))
                for (tile, _), detections in zip(chunk, found, strict=True):
                    parts.append((tile.window, detections))
                    if tile.is_last:
                        yield tile.frame, self._merged(parts, tile.frame)
                        parts = []

    def _merged(self, parts: list[tuple[Window, Detections]], frame: Frame) -> Detections:
        merged = merge_tiles(parts, frame.origin, class_agnostic=self.system.postprocessor.class_agnostic)
        if self.wishes.are_any:
            merged = merged.rows(self.wishes(merged.boxes, merged.labels))
        return merged if self.most is None else merged.rows(torch.arange(min(self.most, len(merged))))

    def _fitted_tile(self, tile: "_Tile") -> "tuple[_Tile, Sample]":
        left, top, right, bottom = tile.window
        origin = replace(tile.frame.origin, size=(bottom - top, right - left))
        return tile, self.runner.fit(_sample(tile.frame.part(tile.window), origin))

    def _fitted(self, frame: Frame) -> tuple[Frame, Sample]:
        return frame, self.runner.fit(_sample(frame.image, frame.origin))


@dataclass(frozen=True, slots=True)
class _Tile:
    frame: Frame
    window: Window
    is_last: bool


def _tiles(frames: Iterable[Frame], tiling: Tiling) -> Generator[_Tile, None, None]:
    for frame in frames:
        windows = tiling.windows(frame.origin.size)
        for number, window in enumerate(windows, start=1):
            yield _Tile(frame, window, number == len(windows))


def _sample(image: UInt8[np.ndarray, "height width 3"], origin: ImageOrigin) -> Sample:
    nothing = torch.zeros(0, dtype=torch.int64)
    return Sample(as_tensor(image), torch.zeros(0, 4), nothing, nothing.bool(), origin)
