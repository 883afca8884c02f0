"""SSD's criterion at 8732 priors beside torchvision's, on the same numbers in the same run."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torchvision.models.detection.anchor_utils import DefaultBoxGenerator
from torchvision.models.detection.ssd import SSD
from torchvision.ops import box_iou

from benchmarks.measure import median_seconds, peak_bytes
from boxwright.criterion import ssd_criterion
from boxwright.geometry.boxes import cxcywh_to_xyxy
from boxwright.prior_generators import DEFAULT_BOXES
from boxwright.structures import Predictions, Priors, Targets

Step = Callable[[], object]

CANVAS = (300, 300)
NUM_CLASSES = 20
BATCHES = (1, 16)
TARGETS = (1, 7, 50)
SIDES = (10, 200)


@dataclass(frozen=True)
class SSDScene:
    """A batch as a head and a data loader would give it.

    Args:
        class_logits: Per level, `batch priors_per_cell classes+1 height width`, leaves that collect gradients.
        box_codes: Per level, `batch priors_per_cell 4 height width`, leaves that collect gradients.
        targets: The objects, of sides log-uniform between `SIDES`.
        priors: The 8732 default boxes.
    """

    class_logits: list[Tensor]
    box_codes: list[Tensor]
    targets: Targets
    priors: Priors


def make_ssd_scene(batch: int, targets: int, *, device: torch.device, seed: int = 0) -> SSDScene:
    """Draws logits in which the background leads, as after some training, and boxes anywhere in the canvas."""
    generator = torch.Generator().manual_seed(seed)
    priors = DEFAULT_BOXES["ssd300"](CANVAS, device)
    blocks: tuple[list[Tensor], list[Tensor]] = ([], [])
    for grid in priors.grids:
        for kind, values in enumerate((NUM_CLASSES + 1, 4)):
            shape = (batch, grid.priors_per_cell, values, grid.height, grid.width)
            drawn = torch.randn(shape, generator=generator)
            if kind == 0:
                drawn[:, :, 0] += 4
            blocks[kind].append(drawn.to(device).requires_grad_())
    total = batch * targets
    sides = SIDES[0] * (SIDES[1] / SIDES[0]) ** torch.rand(total, 2, generator=generator)
    corner = torch.rand(total, 2, generator=generator) * (CANVAS[0] - sides)
    columns = (torch.cat((corner, corner + sides), dim=1), torch.randint(NUM_CLASSES, (total,), generator=generator))
    image = torch.arange(batch).repeat_interleave(targets)
    rows = Targets(*columns, image, torch.zeros(total, dtype=torch.bool), batch).to(device)
    return SSDScene(blocks[0], blocks[1], rows, priors)


def criterion_step(scene: SSDScene, dialect: str, *, from_blocks: bool = True) -> Step:
    """Ours, from what a head gives, or from dense arrays that were made beforehand."""
    criterion = ssd_criterion(dialect=dialect)
    logits, codes = (dense(blocks).detach().requires_grad_() for blocks in (scene.class_logits, scene.box_codes))
    leaves = (*scene.class_logits, *scene.box_codes, logits, codes)

    def step() -> None:
        if from_blocks:
            predictions = Predictions(tuple(scene.class_logits), tuple(scene.box_codes), has_background=True)
        else:
            predictions = Predictions.from_dense(logits, codes, scene.priors, has_background=True)
        losses = criterion(predictions, scene.priors, scene.targets)
        (losses["box"] + losses["class"]).backward()
        for leaf in leaves:
            leaf.grad = None

    return step


def assigner_step(scene: SSDScene, dialect: str) -> Step:
    assigner = ssd_criterion(dialect=dialect).assigner
    return lambda: assigner(scene.priors, scene.targets)


class _Nothing(nn.Module):
    out_channels = (1,)


def torchvision_step(scene: SSDScene, *, from_blocks: bool) -> Step:
    """The peer's matcher and loss on the same numbers.

    Its loss wants dense arrays. They are made of the level blocks in every step, as its head does it and ours need not,
    or beforehand, so that they cost it no time.
    """
    generator = DefaultBoxGenerator([[2], [2, 3], [2, 3], [2, 3], [2], [2]], steps=[8, 16, 32, 64, 100, 300])
    model = SSD(_Nothing(), generator, CANVAS, NUM_CLASSES + 1, head=nn.Module())
    anchors = [cxcywh_to_xyxy(scene.priors.boxes)] * scene.targets.batch_size
    fixed = [dense(blocks).detach().requires_grad_() for blocks in (scene.class_logits, scene.box_codes)]
    leaves = (*scene.class_logits, *scene.box_codes, *fixed)
    of_image = [scene.targets.image == image for image in range(scene.targets.batch_size)]
    rows = [{"boxes": scene.targets.boxes[mask], "labels": scene.targets.labels[mask] + 1} for mask in of_image]

    def step() -> None:
        logits, codes = (dense(scene.class_logits), dense(scene.box_codes)) if from_blocks else fixed
        matched = [
            model.proposal_matcher(box_iou(row["boxes"], boxes)) for row, boxes in zip(rows, anchors, strict=True)
        ]
        outputs = {"bbox_regression": codes, "cls_logits": logits}
        losses: dict[str, Tensor] = model.compute_loss(rows, outputs, anchors, matched)
        (losses["bbox_regression"] + losses["classification"]).backward()
        for leaf in leaves:
            leaf.grad = None

    return step


def dense(blocks: list[Tensor]) -> Tensor:
    return torch.cat([block.permute(0, 3, 4, 1, 2).flatten(1, 3) for block in blocks], dim=1)


def ssd_table(device: torch.device) -> None:
    print(f"\nSSD300: 8732 priors, {NUM_CLASSES} classes, sides {SIDES[0]} to {SIDES[1]} px; median ms, peak extra MB")
    print("assign: of the criterion's time; greedy: the default's own criterion; criterion: as torchvision does it")
    print("peer: torchvision's matcher and loss from what a head gives, level by level")
    print("dense: the criterion from ready dense arrays, and the peer from the same")
    names = ("batch", "targets", "assign", "greedy", "criterion", "MB", "peer", "MB", "speed-up")
    names += ("dense", "peer", "speed-up")
    print(" ".join(f"{name:>9}" for name in names))
    for batch in BATCHES:
        for targets in TARGETS:
            scene = make_ssd_scene(batch, targets, device=device)
            steps = (
                assigner_step(scene, "torchvision"),
                criterion_step(scene, "default"),
                criterion_step(scene, "torchvision"),
                torchvision_step(scene, from_blocks=True),
                criterion_step(scene, "torchvision", from_blocks=False),
                torchvision_step(scene, from_blocks=False),
            )
            assign, greedy, own, theirs, own_dense, their_dense = (
                median_seconds(step, device=device) for step in steps
            )
            memory = [peak_bytes(step, device=device) / (1 << 20) for step in steps[2:4]]
            cells = [f"{batch}", f"{targets}", f"{assign * 1e3:.1f}", f"{greedy * 1e3:.1f}", f"{own * 1e3:.1f}"]
            cells += [f"{memory[0]:.0f}", f"{theirs * 1e3:.1f}", f"{memory[1]:.0f}", f"{theirs / own:.1f}"]
            cells += [f"{own_dense * 1e3:.1f}", f"{their_dense * 1e3:.1f}", f"{their_dense / own_dense:.1f}"]
            print(" ".join(f"{cell:>9}" for cell in cells), flush=True)
