"""Records what torchvision's FCOS assigns, what it costs, and the gradients; see README.md."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
import torchvision
from torch import Tensor
from torchvision.models.detection.fcos import FCOS, FCOSHead

HERE = Path(__file__).parent
STRIDES, CANVAS, CLASSES = (8, 16, 32), (160, 192), 4
COUNTS: dict[str, tuple[int, ...]] = {
    "c01_plain": (5, 3),
    "c02_empty_image": (0, 6),
    "c03_all_empty": (0, 0),
    "c04_crowd": (40,),
}


def points() -> tuple[Tensor, list[int]]:
    """The middle of every cell as a square of a stride, level by level, and how many each level has."""
    levels = []
    for stride in STRIDES:
        rows, columns = torch.meshgrid(*(torch.arange(side // stride) for side in CANVAS), indexing="ij")
        corner = torch.stack((columns, rows, columns + 1, rows + 1), dim=-1).view(-1, 4)
        levels.append(corner.float() * stride)
    return torch.cat(levels), [len(level) for level in levels]


def drawn(seed: int, count: int) -> tuple[Tensor, Tensor]:
    """Boxes of all sizes, and labels."""
    generator = torch.Generator().manual_seed(seed)
    limit = torch.tensor([CANVAS[1], CANVAS[0]], dtype=torch.float32)
    sides = 4 + (limit - 4) * torch.rand(count, 2, generator=generator).square()
    corner = torch.rand(count, 2, generator=generator) * (limit - sides)
    return torch.cat((corner, corner + sides), dim=1), torch.randint(CLASSES, (count,), generator=generator)


def case(seed: int, counts: tuple[int, ...]) -> dict[str, Any]:
    """Runs the loss of torchvision on random outputs of a head."""
    anchors, per_level = points()
    objects = [drawn(10 * seed + number, count) for number, count in enumerate(counts)]
    targets = [{"boxes": boxes, "labels": labels} for boxes, labels in objects]
    generator = torch.Generator().manual_seed(seed)
    shape = (len(counts), len(anchors))
    logits = torch.randn(*shape, CLASSES, generator=generator).requires_grad_()
    sides = (3 * torch.rand(*shape, 4, generator=generator)).requires_grad_()
    outputs = {"cls_logits": logits, "bbox_regression": sides, "bbox_ctrness": torch.zeros(*shape, 1)}
    matched: list[Tensor] = []

    def keep(targets: Any, outputs: Any, anchors: Any, indices: list[Tensor]) -> dict[str, Tensor]:
        matched.extend(indices)
        return FCOSHead(32, 1, CLASSES).compute_loss(targets, outputs, anchors, indices)

    model = SimpleNamespace(center_sampling_radius=1.5, head=SimpleNamespace(compute_loss=keep))
    losses = FCOS.compute_loss(model, targets, outputs, [anchors] * len(counts), per_level)  # type: ignore[arg-type]
    of_classes, of_boxes = losses["classification"], losses["bbox_regression"]
    gradients = torch.autograd.grad(of_classes + of_boxes, (logits, sides))
    config = {"torchvision": torchvision.__version__, "strides": STRIDES, "canvas": CANVAS, "counts": counts}
    return {
        "boxes": torch.cat([boxes for boxes, _ in objects]),
        "labels": torch.cat([labels for _, labels in objects]),
        "cls_logits": logits.detach(),
        "box_sides": sides.detach(),
        "matched": torch.stack(matched),
        "loss_class": of_classes.detach(),
        "loss_box": of_boxes.detach(),
        "grad_cls_logits": gradients[0],
        "grad_box_sides": gradients[1],
        "config_json": np.array(json.dumps(config)),
    }


if __name__ == "__main__":
    for number, (name, counts) in enumerate(COUNTS.items(), 1):
        arrays = {key: np.asarray(value) for key, value in case(number, counts).items()}
        np.savez_compressed(HERE / f"{name}.npz", **arrays)
