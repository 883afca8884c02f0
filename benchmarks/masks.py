"""The mask loss beside the dense formula, on the same inputs."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from benchmarks.cells import MEGABYTE
from benchmarks.measure import median_seconds, peak_bytes
from boxwright.losses import MaskLoss
from boxwright.structures import Targets
from boxwright.structures.instance_masks import InstanceMasks

PROTOTYPES, SIDE, STRIDE = 32, 160, 4
IMAGES, PAIRS_PER_TARGET = 8, 10
MEDIAN_SIDE = 40.0
POSITIVES = (70, 500, 3000)


@dataclass(frozen=True)
class MaskScene:
    """What both contestants are given.

    Args:
        coefficients: One row per positive; collects gradients.
        prototypes: Collects gradients.
        target: Target of each positive.
        targets: Boxes and masks.
    """

    coefficients: Tensor
    prototypes: Tensor
    target: Tensor
    targets: Targets

    def forget_gradients(self) -> None:
        self.coefficients.grad = self.prototypes.grad = None


def make_mask_scene(positives: int, device: torch.device, *, median: float = MEDIAN_SIDE) -> MaskScene:
    """Draws ellipses with log-normal sides, ten positives each, evenly over the images."""
    generator = torch.Generator().manual_seed(0)
    total = positives // PAIRS_PER_TARGET
    half = median / 2 * torch.exp(0.5 * torch.randn(total, 2, generator=generator))
    canvas = SIDE * STRIDE
    centre = torch.rand(total, 2, generator=generator) * canvas
    boxes = torch.cat((centre - half, centre + half), dim=1).clamp(0, canvas)
    image = (torch.arange(total) * IMAGES).div(total, rounding_mode="floor")
    places = (torch.arange(SIDE) + 0.5) * STRIDE
    down = (places[None, :, None] - centre[:, 1, None, None]) / half[:, 1, None, None]
    along = (places[None, None, :] - centre[:, 0, None, None]) / half[:, 0, None, None]
    masks = InstanceMasks.from_boolean(down.square() + along.square() < 1, STRIDE)
    flags = torch.zeros(total, dtype=torch.bool)
    targets = Targets(boxes, torch.zeros_like(image), image, flags, IMAGES, masks).to(device)
    prototypes = torch.randn(IMAGES, PROTOTYPES, SIDE, SIDE, generator=generator).to(device)
    coefficients = torch.randn(positives, PROTOTYPES, generator=generator).to(device) * 0.2
    target = torch.arange(total, device=device).repeat_interleave(PAIRS_PER_TARGET)
    prototypes = prototypes.contiguous(memory_format=torch.channels_last)  # as networks make them here
    return MaskScene(coefficients.requires_grad_(), prototypes.requires_grad_(), target, targets)


def sparse_step(scene: MaskScene) -> Callable[[], Tensor]:
    loss = MaskLoss()

    def step() -> Tensor:
        value = loss(scene.coefficients, scene.prototypes, scene.target, scene.targets).mean()
        value.backward()
        scene.forget_gradients()
        return value.detach()

    return step


def dense_step(scene: MaskScene) -> Callable[[], Tensor]:
    """Positives × height × width, image by image, as the formula is usually written."""
    targets = scene.targets
    assert targets.masks is not None
    truth = targets.masks.to_boolean()  # held beforehand, at no cost to the dense side
    boxes, image_of = targets.boxes / STRIDE, targets.image[scene.target]
    places = torch.arange(SIDE, device=boxes.device, dtype=boxes.dtype)

    def step() -> Tensor:
        total = scene.coefficients.new_zeros(())
        for image in range(IMAGES):
            rows = (image_of == image).nonzero().squeeze(1)
            target = scene.target[rows]
            logits = torch.einsum("pk,khw->phw", scene.coefficients[rows], scene.prototypes[image])
            costs = binary_cross_entropy_with_logits(logits, truth[target].to(logits.dtype), reduction="none")
            x1, y1, x2, y2 = boxes[target].view(-1, 4, 1).unbind(1)
            inside = ((places >= y1) & (places < y2)).unsqueeze(2) & ((places >= x1) & (places < x2)).unsqueeze(1)
            area = ((x2 - x1) * (y2 - y1)).squeeze(1)
            total = total + ((costs * inside).sum(dim=(1, 2)) / area).sum()
        value = total / len(scene.target)
        value.backward()
        scene.forget_gradients()
        return value.detach()

    return step


def mask_table(device: torch.device) -> None:
    print(
        f"\nMask loss forward and backward: {IMAGES} images, {PROTOTYPES} prototypes of {SIDE} × {SIDE}, "
        f"{PAIRS_PER_TARGET} positives per target, median box side {MEDIAN_SIDE:g} px; median ms, peak extra MB"
    )
    print("dense = positives × height × width; both include the gradient of the prototypes")
    names = ("positives", "ours", "MB", "dense", "MB", "speed-up", "less MB")
    print(" ".join(f"{name:>9}" for name in names))
    for positives in POSITIVES:
        scene = make_mask_scene(positives, device)
        ours, dense = sparse_step(scene), dense_step(scene)
        torch.testing.assert_close(ours(), dense(), rtol=1e-4, atol=1e-6)
        times = [median_seconds(step, device=device) for step in (ours, dense)]
        peaks = [peak_bytes(step, device=device) for step in (ours, dense)]
        cells = (
            f"{positives}",
            f"{times[0] * 1e3:.1f}",
            f"{peaks[0] / MEGABYTE:.1f}",
            f"{times[1] * 1e3:.1f}",
            f"{peaks[1] / MEGABYTE:.1f}",
            f"{times[1] / times[0]:.1f}",
            f"{peaks[1] / peaks[0]:.1f}",
        )
        print(" ".join(f"{cell:>9}" for cell in cells), flush=True)
