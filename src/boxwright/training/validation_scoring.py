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
        rank: Which of them this is; the first, 0, scores.
    """

    def __init__(self, truth: Dataset, max_detections: int, *, most_per_image: int, devices: int, rank: int) -> None:
        self._devices, self._is_first = devices, rank == 0
        self._scoring = Scoring(truth, max_detections, most_per_image=most_per_image)
        self._sent: list[Detections] = []  # to the first device

    def add(self, found: Sequence[Detections]) -> None:
        """Takes the detections of a batch.

        Args:
            found: By this device, of images that no other device has.
        """
        if self._is_first:
            self._scoring.add(found)
        else:
            self._sent += found

    def report(self) -> Report | None:
        """Gives the numbers on the first device, None on others; every process must ask."""
        if self._devices > 1:
            parts: list[Any] | None = [None] * self._devices if self._is_first else None
            torch.distributed.gather_object(self._sent, parts)
            for part in parts or ():
                self._scoring.add(part)
        return self._scoring.report() if self._is_first else None
