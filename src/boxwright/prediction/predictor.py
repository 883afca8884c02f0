"""Running a detector over images."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

import torch

from boxwright.compute_device import pick_device
from boxwright.data import collate
from boxwright.data.images.reading import as_tensor
from boxwright.data.transforms import FitToCanvas
from boxwright.errors import ConfigError
from boxwright.geometry.letterbox import next_canvas
from boxwright.prediction.frames import Frame, read_frames
from boxwright.prediction.sources import Source
from boxwright.structures import Batch, Detections, Sample
from boxwright.systems import ModelCard, System


class Predictor:
    """Finds objects in anything that can be read as images, batch by batch.

    Images are letterboxed to the canvas as in evaluation, so both give the same detections.

    Args:
        system: With a trained detector; it is moved to the device and put in inference mode.
        card: Says which canvas the model was trained at.
        device: "auto" takes a GPU where there is one.
        canvas_size: Height and width in pixels to letterbox to; that of the card if left out.
        score_threshold: Only detections with a higher score; that of the system if left out.
        iou_threshold: Overlap from which the weaker of two detections goes; that of the system if left out.
        max_detections: Most detections per image; that of the system if left out.

    Raises:
        ConfigError: A side of the canvas is not a multiple of the largest stride, a threshold is impossible, or
            there is no such device.
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
    ) -> None:
        self.system, self.card = system, card
        self.device = pick_device(device)
        self.canvas_size = canvas_size or card.canvas_size
        cure = next_canvas(self.canvas_size, system.max_stride, is_only=system.has_one_canvas)
        if cure != tuple(self.canvas_size):
            needs = "sides of" if system.has_one_canvas else "sides that are multiples of"
            raise ConfigError(
                f"canvas_size is {self.canvas_size}; {system.name} needs {needs} {system.max_stride}. Use {cure}."
            )
        changes = {
            "score_threshold": score_threshold,
            "iou_threshold": iou_threshold,
            "max_detections": max_detections,
        }
        given = {name: value for name, value in changes.items() if value is not None}
        self.postprocessor = replace(system.postprocessor, **given)  # type: ignore[arg-type]
        system.detector.to(self.device).eval()

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
        waiting, fit = iter(frames), FitToCanvas(self.canvas_size, fit=self.system.fit)
        while chunk := list(islice(waiting, batch_size)):
            batch = collate([fit(_sample(frame)) for frame in chunk])
            yield from zip(chunk, self._find(batch), strict=True)

    @torch.no_grad()  # not inference_mode: priors are cached, and training may need them later
    def _find(self, batch: Batch) -> list[Detections]:
        images = self.system.normalization(batch.images.to(self.device))
        predictions = self.system.detector(images)
        priors = self.system.prior_generator(self.canvas_size, self.device)
        return [found.to("cpu") for found in self.postprocessor(predictions, priors, batch.origins)]


def best_device() -> torch.device:
    """Gives the first GPU where there is one, else the CPU."""
    return pick_device("auto")


def _sample(frame: Frame) -> Sample:
    nothing = torch.zeros(0, dtype=torch.int64)
    return Sample(as_tensor(frame.image), torch.zeros(0, 4), nothing, nothing.bool(), frame.origin)
