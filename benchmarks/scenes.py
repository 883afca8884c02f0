"""Generated predictions and targets, the same for every contestant."""

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor

from boxwright.prior_generators import AnchorGrid, PointGrid
from boxwright.structures import LevelGrid, Predictions, Priors, Targets
from boxwright.systems.yolov5 import COCO_ANCHORS

NUM_CLASSES = 80
NUM_BINS = 16


@dataclass(frozen=True)
class Scene:
    """A batch as a head and a data loader would give it.

    Args:
        class_logits: Per level, `batch classes height width`, leaves that collect gradients.
        box_codes: Per level, `batch 64 height width`, leaves that collect gradients.
        targets: The objects.
        priors: The points or anchors.
        objectness_logits: Per level with one value, or none.
    """

    class_logits: list[Tensor]
    box_codes: list[Tensor]
    targets: Targets
    priors: Priors
    objectness_logits: list[Tensor] = field(default_factory=list)

    @property
    def predictions(self) -> Predictions:
        class_logits, box_codes, objectness_logits = (
            tuple(
                block.unflatten(1, (grid.priors_per_cell, -1))
                for block, grid in zip(blocks, self.priors.grids, strict=False)
            )
            for blocks in (self.class_logits, self.box_codes, self.objectness_logits)
        )
        further = {"objectness": objectness_logits} if objectness_logits else {}
        return Predictions(class_logits, box_codes, further)

    @property
    def logits(self) -> list[Tensor]:
        """Everything that becomes a score."""
        return [*self.class_logits, *self.objectness_logits]

    def forget_gradients(self) -> None:
        for block in (*self.class_logits, *self.box_codes, *self.objectness_logits):
            block.grad = None


def make_scene(
    counts: list[int], sides: tuple[float, float], *, canvas: int = 640, device: torch.device, seed: int = 0
) -> Scene:
    """Draws YOLOv8's logits like a half-trained network's, and boxes with log-uniform sides anywhere in the canvas.

    Args:
        counts: Targets of each image.
        sides: Shortest and longest side in pixels.
        canvas: Side of the square canvas in pixels.
        device: Where the tensors go.
        seed: Of everything that is drawn.
    """
    generator = torch.Generator().manual_seed(seed)
    priors = PointGrid()((canvas, canvas), device)
    blocks: tuple[list[Tensor], list[Tensor]] = ([], [])
    for grid in priors.grids:
        for kind, (channels, centre) in enumerate(((NUM_CLASSES, -4.0), (4 * NUM_BINS, 0.0))):
            blocks[kind].append(_draw(len(counts), channels, centre, grid, generator, device))
    return Scene(*blocks, _draw_targets(counts, sides, canvas, generator).to(device), priors)


def make_yolov5_scene(
    counts: list[int], sides: tuple[float, float], *, canvas: int = 640, device: torch.device, seed: int = 0
) -> Scene:
    """Draws what `make_scene` draws, for YOLOv5 with the anchors fitted to COCO."""
    generator = torch.Generator().manual_seed(seed)
    priors = AnchorGrid(COCO_ANCHORS, (8, 16, 32))((canvas, canvas), device)
    blocks: tuple[list[Tensor], list[Tensor], list[Tensor]] = ([], [], [])
    for grid in priors.grids:
        for kind, (values, centre) in enumerate(((NUM_CLASSES, -4.0), (4, 0.0), (1, -5.0))):
            blocks[kind].append(_draw(len(counts), values * grid.priors_per_cell, centre, grid, generator, device))
    class_logits, box_codes, objectness = blocks
    targets = _draw_targets(counts, sides, canvas, generator).to(device)
    return Scene(class_logits, box_codes, targets, priors, objectness)


def _draw(
    batch: int, channels: int, centre: float, grid: LevelGrid, generator: torch.Generator, device: torch.device
) -> Tensor:
    drawn = torch.randn(batch, channels, grid.height, grid.width, generator=generator) + centre
    return drawn.to(device).requires_grad_()


def _draw_targets(counts: list[int], sides: tuple[float, float], canvas: int, generator: torch.Generator) -> Targets:
    total = sum(counts)
    centre_points = torch.rand(total, 2, generator=generator) * canvas
    low, high = (math.log(side) for side in sides)
    half = torch.exp(torch.rand(total, 2, generator=generator) * (high - low) + low) / 2
    boxes = torch.cat((centre_points - half, centre_points + half), dim=1).clamp(0, canvas)
    labels = torch.randint(NUM_CLASSES, (total,), generator=generator)
    image = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    return Targets(boxes, labels, image, torch.zeros(total, dtype=torch.bool), len(counts))
