"""A system with a batch of predictions and targets, as a training or a prediction has it."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from boxwright.structures import ImageOrigin, InstanceMasks, Predictions, Priors, Targets
from boxwright.systems import System, build_system


@dataclass(frozen=True)
class Scene:
    system: System
    predictions: Predictions
    priors: Priors
    targets: Targets
    origins: list[ImageOrigin]

    def step(self) -> None:
        """Computes the losses and their gradients."""
        losses = self.system.criterion(self.predictions, self.priors, self.targets)
        torch.stack(list(losses.values())).sum().backward()  # type: ignore[no-untyped-call]

    def postprocess(self) -> None:
        self.system.postprocessor(self.predictions, self.priors, self.origins)


def make_scene(name: str, *, images: int = 4, targets: int = 10, side: int = 128, classes: int = 5) -> Scene:
    """Draws a batch; every image has as many targets."""
    torch.manual_seed(0)
    system = build_system(name, classes)
    system.detector.eval()
    with torch.no_grad():
        predictions = system.detector(torch.randn(images, 3, side, side))
    corners = [torch.rand(targets, 2) * side * 0.6 for _ in range(images)]
    boxes = [torch.cat((low, (low + 8 + torch.rand(targets, 2) * side * 0.3)), dim=1) for low in corners]
    labels = [torch.randint(classes, (targets,)) for _ in range(images)]
    truth = Targets.from_lists(boxes, labels)
    if system.mask_stride:
        truth = replace(truth, masks=_masks(truth.boxes / system.mask_stride, side // system.mask_stride, system))
    priors = system.prior_generator((side, side), "cpu")
    origins = [ImageOrigin(number, None, (side, side)) for number in range(images)]
    return Scene(system, _leaves(predictions), priors, truth, origins)


def _masks(boxes: Tensor, side: int, system: System) -> InstanceMasks:
    masks = torch.zeros(len(boxes), side, side, dtype=torch.bool)
    for mask, (left, top, right, bottom) in zip(masks, boxes.long().tolist(), strict=True):
        mask[top : bottom + 1, left : right + 1] = True
    return InstanceMasks.from_boolean(masks, system.mask_stride or 1)


def _leaves(predictions: Predictions) -> Predictions:
    """Makes the blocks collect gradients of their own."""

    def leaves(blocks: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return tuple(block.detach().requires_grad_() for block in blocks)

    masks = predictions.masks
    if masks is not None:
        masks = replace(masks, coefficients=leaves(masks.coefficients), prototypes=leaves((masks.prototypes,))[0])
    return replace(
        predictions,
        class_logits=leaves(predictions.class_logits),
        box_codes=leaves(predictions.box_codes),
        further={name: leaves(blocks) for name, blocks in predictions.further.items()},
        masks=masks,
    )
