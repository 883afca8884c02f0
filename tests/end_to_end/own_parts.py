"""What a researcher writes: an assigner, a loss with a state and a criterion, from docs/architecture.md alone."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from boxwright.criterion import Outcome
from boxwright.geometry.boxes import cxcywh_to_xyxy, xyxy_to_cxcywh
from boxwright.geometry.overlaps import aligned_iou, pairwise_iou
from boxwright.losses import BinaryCrossEntropy
from boxwright.structures import Assignment, Predictions, Priors, Proposals, Targets
from boxwright.structures.proposals import Decode


@dataclass(frozen=True)
class ATSS:
    """Adaptive training sample selection, Zhang et al. 2020, algorithm 1."""

    nearest: int = 9

    def __call__(self, priors: Priors, targets: Targets, proposals: Proposals | None = None) -> Assignment:
        objects = (~targets.ignore).nonzero().squeeze(1)
        if not len(objects):
            return Assignment.empty(targets.batch_size, len(priors), priors.boxes.device)
        boxes = targets.boxes[objects]
        distance = torch.cdist(xyxy_to_cxcywh(boxes)[:, :2], priors.boxes[:, :2])
        near = torch.cat([self.nearest_of(distance[:, grid.start : grid.stop], grid.start) for grid in priors.grids], 1)
        overlap = pairwise_iou(boxes, cxcywh_to_xyxy(priors.boxes)).gather(1, near)
        centre = priors.boxes[near, :2]
        inside = ((centre > boxes[:, None, :2]) & (centre < boxes[:, None, 2:])).all(dim=2)
        enough = overlap >= overlap.mean(dim=1, keepdim=True) + overlap.std(dim=1, keepdim=True)
        row, place = (enough & inside).nonzero(as_tuple=True)
        prior, target, value = near[row, place], objects[row], overlap[row, place]
        point = targets.image[target] * len(priors) + prior
        best = value.new_zeros(targets.batch_size * len(priors)).scatter_reduce_(0, point, value, "amax")
        first = torch.full_like(best, len(targets)).scatter_reduce_(
            0, point, target.where(value == best[point], len(targets)).to(value.dtype), "amin"
        )
        kept = target == first[point]
        return Assignment.of_pairs(priors, targets, prior=prior[kept], target=target[kept])

    def nearest_of(self, distance: Tensor, start: int) -> Tensor:
        return start + distance.topk(min(self.nearest, distance.shape[1]), largest=False).indices


class WiseIoU:
    """Wise-IoU v3, Tong et al. 2023, eq. 5 to 11: what is far better or worse than the running mean counts less."""

    mean, seen = torch.ones(()), None

    def __call__(self, boxes: Tensor, target_boxes: Tensor) -> Tensor:
        loss = 1 - aligned_iou(boxes, target_boxes)
        sides = torch.maximum(boxes, target_boxes)[:, 2:] - torch.minimum(boxes, target_boxes)[:, :2]
        offset = (xyxy_to_cxcywh(boxes) - xyxy_to_cxcywh(target_boxes))[:, :2]
        attention = (offset.square().sum(dim=1) / sides.detach().square().sum(dim=1).clamp(min=1e-7)).exp()
        outlier = loss.detach() / self.mean
        self.seen = loss.detach().mean() if len(loss) else None
        return attention * loss * outlier / (3 * 1.9 ** (outlier - 3))

    def after_step(self) -> None:
        self.mean = self.mean if self.seen is None else self.mean + 0.01 * (self.seen - self.mean)

    def state_dict(self) -> dict[str, Tensor]:
        return {"mean": self.mean}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        self.mean = state["mean"]


class MeanCriterion:
    """The mean of what every pair and every prior costs; it shares nothing with `Criterion`."""

    assigner, times_batch_size = ATSS(), False

    def __init__(self, decode: Decode) -> None:
        self.decode, self.loss = decode, WiseIoU()

    def assign(self, predictions: Predictions, priors: Priors, targets: Targets) -> Assignment:
        return self.assigner(priors, targets)

    def run(self, predictions: Predictions, priors: Priors, targets: Targets, *, attribute: bool = False) -> Outcome:
        pairs, rows = self.assign(predictions, priors, targets), priors.rows()
        boxes = self.decode(codes=predictions.box_codes_at(pairs.image, pairs.prior), priors=rows[pairs.prior])
        box = self.loss(boxes, targets.boxes[pairs.target]).sum() / max(1, len(pairs))
        labels, logits = targets.labels[pairs.target], predictions.class_logits
        values = BinaryCrossEntropy()(logits, pairs.image, pairs.prior, labels, pairs.quality)
        return Outcome({"box": box, "class": values.mean()}, pairs)
