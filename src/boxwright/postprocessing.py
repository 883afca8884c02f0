"""From the raw output of a head to the objects of every image, in original pixels."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from boxwright.coders.prototype_mask import decode_masks
from boxwright.errors import ConfigError, ShapeError, counted
from boxwright.geometry.precision import without_autocast
from boxwright.geometry.suppression import rank_in_group
from boxwright.kernels.candidates import Candidates, candidates_above, places
from boxwright.kernels.choice import takes_reference
from boxwright.kernels.level_rows import rows_at
from boxwright.kernels.suppression import survivors
from boxwright.structures import Detections, ImageOrigin, Predictions, Priors

# of one level: class logits and what else the head says of its priors, by name → scores, one per class
ScoreActivation = Callable[[Tensor, Mapping[str, Tensor]], Tensor]
# boxes in original pixels and labels → which of them are wanted
Wish = Callable[[Tensor, Tensor], Tensor]


@runtime_checkable
class BoxDecoder(Protocol):
    """The half of a coder that is needed here."""

    def decode(
        self, *, codes: Float[Tensor, "boxes code"], priors: Float[Tensor, "boxes 5"]
    ) -> Float[Tensor, "boxes 4"]:
        """Turns codes and rows of priors (cxcywh and stride) into xyxy boxes in canvas pixels."""
        ...


def sigmoid_scores(
    class_logits: Float[Tensor, "batch priors_per_cell classes height width"],
    further: Mapping[str, Float[Tensor, "batch priors_per_cell _values height width"]] | None = None,
) -> Float[Tensor, "batch priors_per_cell classes height width"]:
    """Turns logits of independent classes into scores, times the objectness where the system has one.

    Args:
        class_logits: Of one level.
        further: Of the same level; of these the "objectness" is read.
    """
    scores = class_logits.float().sigmoid()
    return scores * further["objectness"].float().sigmoid() if further and "objectness" in further else scores


def centred_scores(
    class_logits: Float[Tensor, "batch priors_per_cell classes height width"],
    further: Mapping[str, Float[Tensor, "batch priors_per_cell _values height width"]] | None = None,
) -> Float[Tensor, "batch priors_per_cell classes height width"]:
    """Turns logits of independent classes into scores, the geometric mean of class and centreness.

    Source: FCOS, Tian et al. 2019, sec. 3.3, and its version of 2020 (the square root).

    Args:
        class_logits: Of one level.
        further: Of the same level; of these the "centreness" is read.

    Raises:
        ShapeError: The network predicts no centreness.
    """
    if not further or "centreness" not in further:
        raise ShapeError("The predictions have no further levels 'centreness'. Use a head that predicts them.")
    return (class_logits.float().sigmoid() * further["centreness"].float().sigmoid()).sqrt()


def softmax_scores(
    class_logits: Float[Tensor, "batch priors_per_cell values height width"],
    further: Mapping[str, Float[Tensor, "batch priors_per_cell _values height width"]] | None = None,
) -> Float[Tensor, "batch priors_per_cell classes height width"]:
    """Turns logits of classes that exclude each other, that of the background first, into scores of the classes.

    Args:
        class_logits: Of one level, with one value more than there are classes.
        further: Not needed; the background says where nothing is.
    """
    del further
    return class_logits.float().softmax(dim=2)[:, :, 1:]


@dataclass(frozen=True, slots=True)
class Postprocessor:
    """Turns predictions into detections: threshold, top candidates, decoding, original pixels, suppression.

    Nothing dense is decoded: the threshold comes first, and only boxes of surviving (image, prior) pairs are.
    Equal scores go to the lower prior index, then to the lower label, on every device. A score that is NaN, a
    box that is not finite and a box that does not reach into the image are no detections. All arithmetic is
    float32, whatever the autocast state. Where the head predicts masks, every detection gets one, see `decode_masks`.

    Args:
        coder: Decodes the boxes.
        score_threshold: Only scores strictly above it count.
        iou_threshold: A box goes when a better one of its class overlaps it by strictly more than this.
        max_detections: Most detections per image.
        candidates_per_image: Most (prior, class) candidates per image that reach the suppression.
        multi_label: Whether one prior may give several classes; else it gives its best one.
        activation: Turns the logits of one level into scores.
        candidates_per_level: Most (prior, class) candidates per image and level, or None for no such limit.
        candidates_per_class: Most candidates per image and class, or None for no such limit.
        clips_first: Whether overlaps are those of boxes in original pixels, clipped to the image, as in torchvision and
            MMDetection; else those of boxes on the canvas, as the network gave them.
        class_agnostic: Whether a better box of any class suppresses; else one of its class only.
        keeps: Says of boxes in original pixels (`… 4`) and labels (`…`) which of those that survive are wanted; the
            others take no place among the `max_detections`. All are wanted if left out.

    Raises:
        ConfigError: A threshold outside 0 to 1, or a count below 1.
    """

    coder: BoxDecoder
    score_threshold: float = 0.001
    iou_threshold: float = 0.7
    max_detections: int = 300
    candidates_per_image: int = 30_000
    multi_label: bool = True
    activation: ScoreActivation = sigmoid_scores
    candidates_per_level: int | None = None
    candidates_per_class: int | None = None
    clips_first: bool = False
    class_agnostic: bool = False
    keeps: Wish | None = None

    def __post_init__(self) -> None:
        """Checks the ranges."""
        for name in ("score_threshold", "iou_threshold"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(f"{name} is {getattr(self, name)}. Give a number from 0 to 1.")
        for name in ("max_detections", "candidates_per_image", "candidates_per_level", "candidates_per_class"):
            limit = getattr(self, name)
            if limit is not None and limit < 1:
                raise ConfigError(f"{name} is {getattr(self, name)}. Give at least 1.")

    @torch.no_grad()
    def __call__(self, predictions: Predictions, priors: Priors, origins: Sequence[ImageOrigin]) -> list[Detections]:
        """Finds the objects of every image of a batch.

        Args:
            predictions: Raw output of the head.
            priors: Of the canvas that the network saw, on the same device.
            origins: One per image. With a letterbox the boxes come back in original pixels, clipped to the
                original image; without one they stay in canvas pixels, clipped to the canvas.

        Returns:
            One value per image, on the device of the predictions.

        Raises:
            ShapeError: Images and origins differ in number, predictions and priors do not belong together, or the
                activation is for other logits.
        """
        _check_counts(predictions, priors, origins)
        with without_autocast(predictions.device):
            found, is_allowed = self._candidates(predictions, priors)
            boxes = self._decode(predictions, priors, found)
            most = min(self.candidates_per_image, len(priors) * predictions.num_classes)
            table, kept, moved = self._survivors(found, is_allowed, boxes, origins, priors.canvas_size, most)
            order = (~kept).long().argsort(dim=1, stable=True)[:, : self.max_detections]
            counts = kept.sum(dim=1).tolist()
            detections = []
            for image, (origin, count) in enumerate(zip(origins, counts, strict=True)):
                places = order[image, :count]
                row = table[image, places]
                one = Detections(moved[image, places], found.score[row], found.label[row], origin)
                detections.append(_with_masks(one, predictions, image, found.prior[row], priors.canvas_size))
            return detections

    def _candidates(self, predictions: Predictions, priors: Priors) -> tuple[Candidates, Bool[Tensor, "candidates"]]:
        """Ranks the (image, prior, label) triples above the threshold, and marks those within the limits."""
        scores = [self._scores(predictions, level) for level in range(len(priors.grids))]
        drops = not takes_reference(predictions.device, sum([block.numel() for block in scores]))
        is_plain = self.candidates_per_level is None and self.candidates_per_class is None
        most = self.candidates_per_image if drops and is_plain else None
        found = candidates_above(scores, self.score_threshold, multi_label=self.multi_label, most=most)
        is_allowed, of_image = torch.ones_like(found.image, dtype=torch.bool), (lambda rows: rows.image)
        groups: tuple[tuple[Callable[[Candidates], Tensor], int | None], ...] = (
            (lambda rows: rows.image * len(priors.grids) + priors.level[rows.prior], self.candidates_per_level),
            (lambda rows: rows.image * predictions.num_classes + rows.label, self.candidates_per_class),
            (of_image, self.candidates_per_image),
        )
        for group, limit in groups:
            if limit is not None:
                rank = rank_in_group(group(found), None if drops else is_allowed, is_sorted=group is of_image)
                is_allowed = is_allowed & (rank < limit)
                if drops:
                    found = found.rows(is_allowed.nonzero().squeeze(1))
                    is_allowed = torch.ones_like(found.image, dtype=torch.bool)
        return found, is_allowed

    def _scores(self, predictions: Predictions, level: int) -> Tensor:
        """Gives the scores of one level, one per class."""
        further = {name: blocks[level] for name, blocks in predictions.further.items()}
        scores = self.activation(predictions.class_logits[level], further)
        if scores.shape[2] != predictions.num_classes:
            has = "have" if predictions.has_background else "do not have"
            raise ShapeError(
                f"The activation gives {counted(scores.shape[2], 'score')} per prior for "
                f"{counted(predictions.num_classes, 'class', 'classes')}; the "
                f"logits {has} one of the background. Use softmax_scores for logits with a background, sigmoid_scores "
                "for logits without."
            )
        return scores

    def _decode(self, predictions: Predictions, priors: Priors, found: Candidates) -> Float[Tensor, "candidates 4"]:
        """Decodes the boxes; where nothing waits for the host, every (image, prior) pair once."""
        if takes_reference(predictions.device, sum([block.numel() for block in predictions.box_codes])):
            return self._boxes_at(predictions, priors, found.image, found.prior)
        pairs, row = torch.unique(found.image * len(priors) + found.prior, return_inverse=True)
        image = pairs.div(len(priors), rounding_mode="floor")
        return self._boxes_at(predictions, priors, image, pairs - image * len(priors))[row]

    def _boxes_at(self, predictions: Predictions, priors: Priors, image: Tensor, prior: Tensor) -> Tensor:
        codes = rows_at(predictions.box_codes, image, prior).float()
        return self.coder.decode(codes=codes, priors=priors.rows(prior)).float()

    def _survivors(
        self,
        found: Candidates,
        is_allowed: Bool[Tensor, "candidates"],
        boxes: Float[Tensor, "candidates 4"],
        origins: Sequence[ImageOrigin],
        canvas_size: tuple[int, int],
        most: int,
    ) -> tuple[Int64[Tensor, "batch rows"], Bool[Tensor, "batch rows"], Float[Tensor, "batch rows 4"]]:
        """Suppresses duplicates of every image; gives a table of candidates, which of them stay, and their boxes.

        Candidates are sorted by score, and whether a box survives depends on better boxes only. So a table of the first
        ones that already gives enough survivors gives the same ones as all candidates would. What
        lies beside the image is no detection and suppresses nothing, so original pixels are known here already; which
        boxes are compared says `clips_first`.
        """
        size = 4 * self.max_detections
        boxes = torch.cat((boxes, boxes.new_zeros(1, 4)))  # something to read where nothing was found
        label = torch.cat((found.label, found.label.new_zeros(1)))
        while True:
            table, is_there = places(found.image, is_allowed, len(origins), min(size, most))
            on_canvas = boxes[table]
            images = [to_original(*image, canvas_size) for image in zip(on_canvas, origins, strict=True)]
            moved = torch.stack(images) if images else on_canvas
            is_seen = on_canvas.isfinite().all(dim=2) & (moved[..., 2:] > moved[..., :2]).all(dim=2) & is_there
            compared = moved if self.clips_first else on_canvas.where(is_seen.unsqueeze(2), 0)
            group = torch.zeros_like(table) if self.class_agnostic else label[table]
            kept = survivors(compared, group, is_seen, self.iou_threshold)
            if self.keeps is not None:
                kept = kept & self.keeps(moved, label[table])
            if size >= most or not bool((is_there[:, -1] & (kept.sum(dim=1) < self.max_detections)).any()):
                rank = kept.long().cumsum(dim=1)
                return table, kept & (rank <= self.max_detections), moved
            size *= 4


def _with_masks(
    detections: Detections, predictions: Predictions, image: int, prior: Tensor, canvas_size: tuple[int, int]
) -> Detections:
    """Adds the masks of one image, if the head predicted any."""
    if predictions.masks is None:
        return detections
    coefficients = rows_at(predictions.masks.coefficients, torch.full_like(prior, image), prior)
    prototypes = predictions.masks.prototypes[image]
    return replace(
        detections, masks=decode_masks(coefficients, prototypes, detections.boxes, detections.origin, canvas_size)
    )


def to_original(
    boxes: Float[Tensor, "boxes 4"], origin: ImageOrigin, canvas_size: tuple[int, int]
) -> Float[Tensor, "boxes 4"]:
    """Undoes the letterbox and clips to the image.

    Args:
        boxes: xyxy in canvas pixels.
        origin: How the image lies in the canvas; without a letterbox boxes stay where they are.
        canvas_size: Height and width in pixels.
    """
    if origin.letterbox is not None:
        boxes = origin.letterbox.to_original(boxes)
    height, width = canvas_size if origin.letterbox is None else origin.size
    return torch.stack(
        (
            boxes[:, 0].clamp(0, width),
            boxes[:, 1].clamp(0, height),
            boxes[:, 2].clamp(0, width),
            boxes[:, 3].clamp(0, height),
        ),
        dim=1,
    )


def _check_counts(predictions: Predictions, priors: Priors, origins: Sequence[ImageOrigin]) -> None:
    """Raises ShapeError where the inputs cannot belong together."""
    if len(origins) != predictions.batch_size:
        raise ShapeError(
            f"Predictions are of {counted(predictions.batch_size, 'image')}, origins of {len(origins)}. Give one "
            "origin per image."
        )
    predictions.check_priors(priors)
