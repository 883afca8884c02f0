"""The numbers of a validation whose images are found by several devices."""

from collections.abc import Sequence
from typing import Any

import torch

from boxwright.data import Dataset
from boxwright.evaluation.report import Report
from boxwright.evaluation.scoring import Scoring
from boxwright.structures import Detections


class ValidationScoring:
    """Scores what the first device finds while it is found, and what the others found at the end.

    Args:
        truth: The data set that validation measures against.
        max_detections: Best detections per image and category that count.
        most_per_image: Detections that the detector gives of one image.
        devices: How many there are.
        is_first: Whether this is the one that scores.
    """

    def __init__(
        self, truth: Dataset, max_detections: int, *, most_per_image: int, devices: int, is_first: bool
    ) -> None:
        self._devices, self._is_first = devices, is_first
        self._scoring = Scoring(truth, max_detections, most_per_image=most_per_image)
        self._seen: set[int] = set()
        self._sent: list[Detections] = []  # to the first device

    def add(self, found: Sequence[Detections]) -> None:
        """Takes the detections of a batch; images that came before are passed over, as samplers repeat some.

        Args:
            found: By this device.
        """
        new = [detections for detections in found if detections.origin.image_id not in self._seen]
        self._seen.update(detections.origin.image_id for detections in new)
        if self._is_first:
            self._scoring.add(new)
        else:
            self._sent += new

    def report(self) -> Report | None:
        """Gives the numbers on the first device, None on others; every process must ask."""
        if self._devices > 1:
            parts: list[Any] = [None] * self._devices
            torch.distributed.all_gather_object(parts, self._sent)
            for part in parts if self._is_first else ():
                self.add(part)
        return self._scoring.report() if self._is_first else None
