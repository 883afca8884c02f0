"""Generated predictions and targets, the same for every contestant."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from boxwright.prior_generators import PointGrid
from boxwright.structures import Predictions, Priors, Targets

NUM_CLASSES = 80
NUM_BINS = 16


@dataclass(frozen=True)
class Scene:
    """A batch as a head and a data loader would give it.

    Args:
        class_logits: Per level, `batch classes height width`, leaves that collect gradients.
        box_codes: Per level, `batch 64 height width`, leaves that collect gradients.
        targets: The objects.
        priors: The points.
    """

    class_logits: list[Tensor]
    box_codes: list[Tensor]
    targets: Targets
    priors: Priors

    @property
    def predictions(self) -> Predictions:
        return Predictions(
            tuple(block.unsqueeze(1) for block in self.class_logits),
            tuple(block.unsqueeze(1) for block in self.box_codes),
        )

    def forget_gradients(self) -> None:
        for block in (*self.class_logits, *self.box_codes):
            block.grad = None


def make_scene(
    counts: list[int], sides: tuple[float, float], *, canvas: int = 640, device: torch.device, seed: int = 0
) -> Scene:
    """Draws logits like a half-trained network's, and boxes with log-uniform sides anywhere in the canvas.

    Args:
        counts: Targets of each image.
        sides: Shortest and longest side in pixels.
        canvas: Side of the square canvas in pixels.
        device: Where the tensors go.
        seed: Of everything that is drawn.
    """
    generator = torch.Generator().manual_seed(seed)
    priors = PointGrid()((canvas, canvas), device)
    batch = len(counts)
    blocks: tuple[list[Tensor], list[Tensor]] = ([], [])
    for grid in priors.grids:
        for kind, (channels, centre) in enumerate(((NUM_CLASSES, -4.0), (4 * NUM_BINS, 0.0))):
            drawn = torch.randn(batch, channels, grid.height, grid.width, generator=generator) + centre
            blocks[kind].append(drawn.to(device).requires_grad_())
    total = sum(counts)
    centre_points = torch.rand(total, 2, generator=generator) * canvas
    low, high = (math.log(side) for side in sides)
    half = torch.exp(torch.rand(total, 2, generator=generator) * (high - low) + low) / 2
    boxes = torch.cat((centre_points - half, centre_points + half), dim=1).clamp(0, canvas)
    labels = torch.randint(NUM_CLASSES, (total,), generator=generator)
    image = torch.arange(batch).repeat_interleave(torch.tensor(counts))
    targets = Targets(boxes, labels, image, torch.zeros(total, dtype=torch.bool), batch).to(device)
    return Scene(blocks[0], blocks[1], targets, priors)
