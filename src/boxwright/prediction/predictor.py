"""Running a detector over images."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import torch

from boxwright.compute_device import pick_device
from boxwright.data.images.reading import as_tensor
from boxwright.errors import ConfigError
from boxwright.inference import Precision, Runner, finding_at_most
from boxwright.prediction.frames import Frame, read_frames
from boxwright.prediction.sources import Source
from boxwright.structures import Detections, Sample
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
        max_detections: Most detections per image; that of the system if left out.
        precision: "32", "bf16" or "fp16", with the meaning that it has in training.

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
    ) -> None:
        self.card = card
        if max_detections is not None:
            system = finding_at_most(system, max_detections)
        changes = {"score_threshold": score_threshold, "iou_threshold": iou_threshold}
        given: dict[str, Any] = {name: value for name, value in changes.items() if value is not None}
        self.system = replace(system, postprocessor=replace(system.postprocessor, **given))
        self.device, self.canvas_size = pick_device(device), canvas_size or card.canvas_size
        self.runner = Runner(self.system, self.canvas_size, device=self.device, precision=precision)

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
        return (found for _, found in self.over(read_frames(source, channels=channels), batch_size))

    def over(self, frames: Iterable[Frame], batch_size: int = 8) -> Iterator[tuple[Frame, Detections]]:
        """Finds the objects of every frame and hands both on; one batch of frames is held.

        Args:
            frames: Images to look at.
            batch_size: Images that go through the detector at once.
        """
        if batch_size < 1:
            raise ConfigError(f"batch_size is {batch_size}. Give at least 1.")
        waiting = iter(frames)
        while chunk := list(islice(waiting, batch_size)):
            yield from zip(chunk, self.runner.of_samples([_sample(frame) for frame in chunk]), strict=True)


def _sample(frame: Frame) -> Sample:
    nothing = torch.zeros(0, dtype=torch.int64)
    return Sample(as_tensor(frame.image), torch.zeros(0, 4), nothing, nothing.bool(), frame.origin)
