"""What is timed: our assigner and criterion, the floor that no loss can beat, and an installed peer."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import softplus

from benchmarks.scenes import NUM_BINS, Scene
from boxwright import criterion
from boxwright.criterion import Criterion

Step = Callable[[], object]


def yolov8_criterion() -> Criterion:
    return criterion.yolov8_criterion(reg_max=NUM_BINS)


def assigner_step(scene: Scene, parts: Criterion) -> Step:
    return lambda: parts.assign(scene.predictions, scene.priors, scene.targets)


def criterion_step(scene: Scene, parts: Criterion) -> Step:
    def step() -> None:
        losses = parts(scene.predictions, scene.priors, scene.targets)
        torch.stack(list(losses.values())).sum().backward()
        scene.forget_gradients()

    return step


def floor_step(scene: Scene) -> Step:
    """Softplus summed over all score logits, forward and backward: the least that any such loss computes."""

    def step() -> None:
        torch.stack([softplus(block).sum() for block in scene.logits]).sum().backward()
        scene.forget_gradients()

    return step


def ultralytics_step(scene: Scene) -> Step | None:
    """The peer's own loss on the same logits and boxes through its public API, or None where it is not installed.

    It wants the levels joined, which its head does in every step, and so does this; ours reads them as they are.
    """
    try:
        from ultralytics import YOLO
        from ultralytics.cfg import get_cfg
    except ImportError:
        return None
    model = YOLO("yolov8n.yaml", verbose=False).model.to(scene.class_logits[0].device).train()
    model.args = get_cfg()
    batch = _batch_of_the_peer(scene)

    def step() -> Tensor:
        boxes, scores = (
            torch.cat([block.flatten(2) for block in blocks], dim=2) for blocks in (scene.box_codes, scene.class_logits)
        )
        loss, parts = model.loss(batch, {"boxes": boxes, "scores": scores, "feats": scene.box_codes})
        loss.sum().backward()
        scene.forget_gradients()
        return parts

    return step


def _batch_of_the_peer(scene: Scene) -> dict[str, Tensor]:
    """Writes the targets as the peer wants them, beforehand, so that this costs it no time."""
    targets, (height, width) = scene.targets, scene.priors.canvas_size
    x1, y1, x2, y2 = (targets.boxes / targets.boxes.new_tensor((width, height, width, height))).unbind(1)
    return {
        "batch_idx": targets.image.float(),
        "cls": targets.labels.float().unsqueeze(1),
        "bboxes": torch.stack(((x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1), dim=1),
        "img": torch.zeros(targets.batch_size, 3, height, width, device=targets.boxes.device),
    }
