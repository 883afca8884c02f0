"""The SSD criterion against torchvision's own, on the same random inputs."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torchvision.models.detection.anchor_utils import DefaultBoxGenerator
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.ssd import SSD
from torchvision.ops import box_iou

from boxwright.criterion import ssd_criterion
from boxwright.geometry.boxes import cxcywh_to_xyxy
from boxwright.prior_generators import DEFAULT_BOXES
from boxwright.structures import Predictions, Targets
from tests.contracts.scenes import random_boxes

CELLS = (38, 19, 10, 5, 3, 1)
PRIORS = DEFAULT_BOXES["ssd300"]((300, 300))
GENERATOR = DefaultBoxGenerator(
    [[2], [2, 3], [2, 3], [2, 3], [2], [2]],
    scales=[0.07, 0.15, 0.33, 0.51, 0.69, 0.87, 1.05],
    steps=[8, 16, 32, 64, 100, 300],
)


class _Nothing(nn.Module):
    out_channels = (1,)


def reference(num_classes: int) -> SSD:
    """torchvision's SSD with a backbone and a head that are never called."""
    return SSD(_Nothing(), GENERATOR, (300, 300), num_classes + 1, head=nn.Module())


def reference_losses(logits: Tensor, codes: Tensor, boxes: list[Tensor], labels: list[Tensor]) -> dict[str, Tensor]:
    model = reference(logits.shape[2] - 1)
    rows = [{"boxes": each, "labels": label + 1} for each, label in zip(boxes, labels, strict=True)]
    anchors = [cxcywh_to_xyxy(PRIORS.boxes)] * len(boxes)
    matched = [model.proposal_matcher(model_iou(row["boxes"], anchors[0])) for row in rows]
    matched = [
        torch.full((len(PRIORS),), -1) if len(row["boxes"]) == 0 else found
        for row, found in zip(rows, matched, strict=True)
    ]
    outputs = {"bbox_regression": codes, "cls_logits": logits}
    found: dict[str, Tensor] = model.compute_loss(rows, outputs, anchors, matched)
    return {"box": found["bbox_regression"], "class": found["classification"]}


def model_iou(boxes: Tensor, anchors: Tensor) -> Tensor:
    iou: Tensor = box_iou(boxes, anchors)
    return iou if len(boxes) else iou.new_zeros(1, len(anchors))


def without_ties(boxes: Tensor) -> Tensor:
    """Drops boxes that overlap several priors equally, or one by exactly the threshold: there rounding decides."""
    overlap = box_iou(boxes.double(), cxcywh_to_xyxy(PRIORS.boxes.double()))
    first, second = overlap.topk(2, dim=1).values.unbind(1)
    return boxes[(first - second > 1e-6) & ((overlap - 0.5).abs().amin(dim=1) > 1e-6)]


def test_default_boxes_are_those_of_torchvision() -> None:
    features = [torch.zeros(1, 1, side, side) for side in CELLS]
    (boxes,) = GENERATOR(ImageList(torch.zeros(1, 3, 300, 300), [(300, 300)]), features)
    torch.testing.assert_close(cxcywh_to_xyxy(PRIORS.boxes), boxes, rtol=0, atol=5e-5)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("counts", [(3, 0, 5), (1,), (20, 12), (0, 0)])
def test_losses_and_gradients_are_those_of_torchvision(seed: int, counts: tuple[int, ...]) -> None:
    generator = torch.Generator().manual_seed(seed)
    drawn = [random_boxes(generator, 20 + 4 * count, (300, 300), smallest=8.0, dtype=torch.float32) for count in counts]
    boxes = [without_ties(rows)[:count] for rows, count in zip(drawn, counts, strict=True)]
    assert tuple(map(len, boxes)) == counts
    labels = [torch.randint(4, (len(rows),), generator=generator) for rows in boxes]
    arrays: dict[str, Any] = {
        name: torch.randn(len(counts), len(PRIORS), values, generator=generator)
        for name, values in (("logits", 5), ("codes", 4))
    }
    ours, theirs = ([array.clone().requires_grad_() for array in arrays.values()] for _ in range(2))
    predictions = Predictions.from_dense(ours[0], ours[1], PRIORS, has_background=True)
    found = ssd_criterion(dialect="torchvision")(predictions, PRIORS, Targets.from_lists(boxes, labels))
    wanted = reference_losses(theirs[0], theirs[1], boxes, labels)
    for name, loss in wanted.items():
        torch.testing.assert_close(found[name].detach(), loss.detach(), rtol=2e-5, atol=1e-6)
    for losses in (found, wanted):
        (losses["box"] + losses["class"]).backward()
    for mine, other in zip(ours, theirs, strict=True):
        assert mine.grad is not None
        assert other.grad is not None
        torch.testing.assert_close(mine.grad, other.grad, rtol=0, atol=2e-5 * float(other.grad.abs().max()) + 1e-8)
