"""Canvases that differ from batch to batch."""

import math
from dataclasses import dataclass

import numpy as np

_CANVAS = 2  # a stream of random numbers beside those of the sampler


@dataclass(frozen=True, slots=True)
class BatchCanvas:
    """Draws the canvas of a batch: sides that are multiples of a stride, each as likely as the others.

    What is drawn depends on seed, epoch and number of the batch alone, so it is the same on every device and where a
    training goes on. Both sides of a canvas that is not square change by one factor, as nearly as the stride allows.

    Source: Redmon and Farhadi, "YOLO9000", 2017, section 2 (multi-scale training, multiples of the largest stride).

    Args:
        canvas_size: Height and width in the middle, in pixels.
        spread: Largest relative change, 0.5 for 0.5 to 1.5; 0 for none.
        max_stride: Sides are multiples of this.
        seed: Of the run.
    """

    canvas_size: tuple[int, int]
    spread: float
    max_stride: int
    seed: int = 0

    def __call__(self, epoch: int, batch: int) -> tuple[int, int]:
        """Gives height and width in pixels.

        Args:
            epoch: From 0.
            batch: Its number in the epoch, from 0.
        """
        canvases = self.canvases
        if len(canvases) == 1:
            return canvases[0]
        stream = np.random.SeedSequence(self.seed, spawn_key=(_CANVAS, epoch, batch))
        return canvases[int(np.random.default_rng(stream).integers(len(canvases)))]

    @property
    def canvases(self) -> list[tuple[int, int]]:
        """All that can be drawn, the smallest first; at least the one in the middle."""
        if not self.spread:
            return [self.canvas_size]
        shorter = min(self.canvas_size)
        first = max(1, math.ceil(shorter * (1 - self.spread) / self.max_stride))
        last = max(first, math.floor(shorter * (1 + self.spread) / self.max_stride))
        factors = [number * self.max_stride / shorter for number in range(first, last + 1)]
        return [(self._side(0, factor), self._side(1, factor)) for factor in factors]

    def _side(self, axis: int, factor: float) -> int:
        return max(1, round(self.canvas_size[axis] * factor / self.max_stride)) * self.max_stride
