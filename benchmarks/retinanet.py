"""RetinaNet's assigner and criterion at 76,725 anchors beside torchvision's, on the same numbers in the same run."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor
from torchvision.models.detection._utils import Matcher
from torchvision.models.detection.retinanet import RetinaNet, RetinaNetHead
from torchvision.ops import box_iou

from benchmarks.measure import median_seconds, peak_bytes
from boxwright.criterion import retinanet_criterion
from boxwright.geometry.boxes import cxcywh_to_xyxy
from boxwright.prior_generators import retinanet_anchors
from boxwright.structures import Predictions, Priors, Targets

Step = Callable[[], object]
Losses = dict[str, Tensor]

CANVAS = (640, 640)
NUM_CLASSES = 80
BATCHES = (1, 4)
TARGETS = (0, 7, 100, 500)
SIDES = (8.0, 256.0)
MEGABYTE = 1 << 20


@dataclass(frozen=True)
class RetinaNetScene:
    """A batch as a head and a data loader would give it.

    Args:
        class_logits: Per level, `batch 9 classes height width`, leaves that collect gradients.
        box_codes: Per level, `batch 9 4 height width`, leaves that collect gradients.
        targets: The objects, of sides log-uniform between `SIDES`.
        priors: The 76,725 anchors.
    """

    class_logits: list[Tensor]
    box_codes: list[Tensor]
    targets: Targets
    priors: Priors


def make_retinanet_scene(batch: int, targets: int, *, device: torch.device, seed: int = 0) -> RetinaNetScene:
    """Draws logits like those of a head that expects background, and boxes anywhere in the canvas.

    Args:
        batch: Number of images.
        targets: Objects per image.
        device: Where the tensors go.
        seed: Of everything that is drawn.
    """
    generator = torch.Generator().manual_seed(seed)
    priors = retinanet_anchors("torchvision")(CANVAS, device)
    blocks: tuple[list[Tensor], list[Tensor]] = ([], [])
    for grid in priors.grids:
        for kind, (values, centre) in enumerate(((NUM_CLASSES, -4.0), (4, 0.0))):
            shape = (batch, grid.priors_per_cell, values, grid.height, grid.width)
            drawn = torch.randn(shape, generator=generator) + centre
            blocks[kind].append(drawn.to(device).requires_grad_())
    total = batch * targets
    low, high = (math.log(side) for side in SIDES)
    half = torch.exp(torch.rand(total, 2, generator=generator) * (high - low) + low) / 2
    centre_points = torch.rand(total, 2, generator=generator) * CANVAS[0]
    boxes = torch.cat((centre_points - half, centre_points + half), dim=1).clamp(0, CANVAS[0])
    labels = torch.randint(NUM_CLASSES, (total,), generator=generator)
    image = torch.arange(batch).repeat_interleave(targets)
    rows = Targets(boxes, labels, image, torch.zeros(total, dtype=torch.bool), batch).to(device)
    return RetinaNetScene(blocks[0], blocks[1], rows, priors)


def our_steps(scene: RetinaNetScene, dialect: str) -> tuple[Step, Callable[[], Losses]]:
    """Assigner, and criterion with its backward pass."""
    criterion = retinanet_criterion(dialect=dialect)
    predictions = Predictions(tuple(scene.class_logits), tuple(scene.box_codes))

    def step() -> Losses:
        losses = criterion(predictions, scene.priors, scene.targets)
        torch.stack(list(losses.values())).sum().backward()
        for block in (*scene.class_logits, *scene.box_codes):
            block.grad = None
        return {name: loss.detach() for name, loss in losses.items()}

    return lambda: criterion.assigner(scene.priors, scene.targets), step


def torchvision_steps(scene: RetinaNetScene) -> tuple[Step, Callable[[], Losses]]:
    """The peer's matcher, and its loss with the backward pass; numbers are laid out densely beforehand."""
    anchors = cxcywh_to_xyxy(scene.priors.boxes)
    matcher = Matcher(0.5, 0.4, allow_low_quality_matches=True)
    head = RetinaNetHead(8, 9, NUM_CLASSES).to(anchors.device)
    model: Any = SimpleNamespace(head=head, proposal_matcher=matcher)
    images = [scene.targets.image == image for image in range(scene.targets.batch_size)]
    rows = [{"boxes": scene.targets.boxes[mine], "labels": scene.targets.labels[mine]} for mine in images]
    logits, codes = (
        torch.cat([block.detach().permute(0, 3, 4, 1, 2).flatten(1, 3) for block in blocks], dim=1).requires_grad_()
        for blocks in (scene.class_logits, scene.box_codes)
    )
    outputs = {"cls_logits": logits, "bbox_regression": codes}

    def match() -> None:
        for image in rows:
            if len(image["boxes"]):
                matcher(box_iou(image["boxes"], anchors))

    def step() -> Losses:
        losses: Losses = RetinaNet.compute_loss(model, rows, outputs, [anchors] * len(rows))
        torch.stack(list(losses.values())).sum().backward()
        logits.grad = codes.grad = None
        return {name: loss.detach() for name, loss in losses.items()}

    return match, step


def retinanet_table(device: torch.device) -> None:
    """Both compute the same losses, which is checked; our default assigns differently at about the same cost."""
    print(
        f"\nRetinaNet at 640 × 640, 76,725 anchors, {NUM_CLASSES} classes, sides 8 to 256 px; median ms, peak extra MB"
    )
    print("ours with torchvision's dialect, and torchvision itself; criterion forward and backward")
    names = ("batch", "targets", "assign", "MB", "peer", "MB", "criterion", "MB", "peer", "MB", "speed-up", "memory")
    print(" ".join(f"{name:>9}" for name in names))
    for batch in BATCHES:
        for targets in TARGETS:
            scene = make_retinanet_scene(batch, targets, device=device)
            print(" ".join(f"{cell:>9}" for cell in (batch, targets, *_cells(scene, device))), flush=True)


def _cells(scene: RetinaNetScene, device: torch.device) -> list[str]:
    (assign, criterion), (match, peer) = our_steps(scene, "torchvision"), torchvision_steps(scene)
    _check_same(criterion(), peer())
    seconds, held = [], []
    for step in (assign, match, criterion, peer):
        seconds.append(median_seconds(step, device=device))
        held.append(peak_bytes(step, device=device))
    cells = [
        cell
        for time, memory in zip(seconds, held, strict=True)
        for cell in (f"{time * 1e3:.1f}", f"{memory / MEGABYTE:.0f}")
    ]
    return [*cells, f"{seconds[3] / seconds[2]:.1f}", f"{held[3] / held[2]:.1f}"]


def _check_same(ours: Losses, theirs: Losses) -> None:
    for name, other in (("class", "classification"), ("box", "bbox_regression")):
        torch.testing.assert_close(ours[name], theirs[other], rtol=1e-4, atol=1e-6)
