"""Running a system over images several times, each time seen otherwise."""

from collections.abc import Callable, Sequence
from copy import copy

import torch

from boxwright.data.transforms import FitToCanvas
from boxwright.inference.look_merging import merge_looks
from boxwright.inference.looks import Look, canvases_of, usual_looks
from boxwright.inference.model_fit import check_canvas
from boxwright.inference.program_system import ProgramSystem
from boxwright.inference.runner import Runner
from boxwright.structures import Batch, Detections
from boxwright.systems import System

SAME_OBJECT = 0.7
"""Two looks have found one object if their boxes overlap by more than this, where a look suppresses nothing."""


class RepeatedRunner(Runner):
    """Looks at every batch several times, and merges what it finds; all else is as of a `Runner`.

    Canvases of other sizes are made of the canvas, not of the original images. Beside that each look is a run of its
    own, with threshold, suppression and way back; `merge_looks` puts them together.

    Law: one look at the canvas itself finds what a `Runner` finds.

    Args:
        system: With the detector to run.
        canvas_size: Height and width in pixels.
        device: Where the network computes.
        precision: As of a `Runner`.
        looks: How often and how; `usual_looks` if left out.

    Raises:
        ConfigError: As of a `Runner`; also where a look has a canvas that is not one of the system.
    """

    def __init__(
        self,
        system: System,
        canvas_size: tuple[int, int],
        *,
        device: torch.device | str = "cpu",
        precision: str = "32",
        looks: Sequence[Look] | None = None,
    ) -> None:
        super().__init__(system, canvas_size, device=device, precision=precision)
        self.looks = usual_looks(system, canvas_size) if looks is None else tuple(looks)
        self._runs: dict[tuple[int, int], Callable[[Batch], list[Detections]]] = {
            size: self._on(size) for size in canvases_of(self.looks)
        }

    def __call__(self, batch: Batch) -> list[Detections]:
        """Finds the objects of a batch.

        Args:
            batch: Images on the canvas; their origins have the way back.

        Returns:
            One value per image, on the CPU.
        """
        found = [self._runs[look.canvas_size](look.at(batch)) for look in self.looks]
        rule = self.system.postprocessor
        limits = {name: getattr(rule, name) for name in ("iou_threshold", "max_detections", "class_agnostic")}
        if self.system.finds_once and rule.iou_threshold >= 1:  # once in every look
            limits["iou_threshold"] = SAME_OBJECT
        merged = []
        for number, origin in enumerate(batch.origins):
            parts = [look.back(each[number], origin) for look, each in zip(self.looks, found, strict=True)]
            merged.append(merge_looks(parts, **limits))
        return merged

    def _on(self, canvas_size: tuple[int, int]) -> Callable[[Batch], list[Detections]]:
        """Gives a run on another canvas, with the same network."""
        if canvas_size == self.canvas_size:
            return super().__call__
        if isinstance(self.system, ProgramSystem):
            return Runner(self.system, canvas_size, device=self.device, precision=self.precision)
        check_canvas(self.system, canvas_size)
        other = copy(self)
        other.canvas_size, other.fit = canvas_size, FitToCanvas(canvas_size, fit=self.system.fit)
        with torch.inference_mode(False):
            other.priors = self.system.prior_generator(canvas_size, self.device)
        return super(RepeatedRunner, other).__call__
