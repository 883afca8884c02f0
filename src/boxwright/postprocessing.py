"""From the raw output of a head to the objects of every image, in original pixels."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol, runtime_checkable

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from boxwright.coders.prototype_mask import decode_masks
from boxwright.errors import ConfigError, ShapeError
from boxwright.geometry.precision import without_autocast
from boxwright.geometry.suppression import class_aware_nms, rank_in_group
from boxwright.structures import Detections, ImageOrigin, Predictions, Priors
from boxwright.structures.level_rows import rows_at

# of one level: class logits and what else the head says of its priors, by name → scores, one per class
ScoreActivation = Callable[[Tensor, Mapping[str, Tensor]], Tensor]


@runtime_checkable
class BoxDecoder(Protocol):
    """The half of a coder that is needed here."""

    def decode(
        self, *, codes: Float[Tensor, "boxes code"], priors: Float[Tensor, "boxes 5"]
    ) -> Float[Tensor, "boxes 4"]:
        """Turns codes and rows of priors (cxcywh and stride) into xyxy boxes in canvas pixels."""
        ...


class _Candidates(NamedTuple):
    """One row per (image, prior, label) above the threshold; images ascending, inside an image best first."""

    image: Tensor
    prior: Tensor
    label: Tensor
    score: Tensor

    def rows(self, index: Tensor) -> "_Candidates":
        return _Candidates(*(column[index] for column in self))


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
    """Turns predictions into detections: threshold, top candidates, decoding, suppression, original pixels.

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
        clips_first: Whether boxes are clipped to the image before the suppression, as torchvision and MMDetection do;
            else after it.

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
            found = self._candidates(predictions, priors)
            boxes = self._decode(predictions, priors, found)
            counts = torch.bincount(found.image, minlength=len(origins)).tolist()
            all_boxes, all_scores, all_labels = (column.split(counts) for column in (boxes, found.score, found.label))
            finished = [
                self._finish(all_boxes[i], all_scores[i], all_labels[i], origin, priors.canvas_size)
                for i, origin in enumerate(origins)
            ]
            return [
                _with_masks(detections, predictions, image, prior[kept], priors.canvas_size)
                for image, (prior, (kept, detections)) in enumerate(
                    zip(found.prior.split(counts), finished, strict=True)
                )
            ]

    def _candidates(self, predictions: Predictions, priors: Priors) -> _Candidates:
        """Picks the best (image, prior, label) triples of every image."""
        levels = [
            self._level_candidates(self._scores(predictions, level), grid.start)
            for level, grid in enumerate(priors.grids)
        ]
        found = _Candidates(*(torch.cat(column) for column in zip(*levels, strict=True)))
        if self.candidates_per_level is None and self.candidates_per_class is None:
            found = self._strongest(found, predictions.batch_size)
        place = (found.image * len(priors) + found.prior) * predictions.num_classes + found.label
        found = found.rows(place.argsort())
        found = found.rows(found.score.argsort(descending=True, stable=True))
        found = found.rows(found.image.argsort(stable=True))
        if self.candidates_per_level is not None:
            level = found.image * len(priors.grids) + priors.level[found.prior]
            found = _first_of(found, level, self.candidates_per_level)
        if self.candidates_per_class is not None:
            label = found.image * predictions.num_classes + found.label
            found = _first_of(found, label, self.candidates_per_class)
        return _first_of(found, found.image, self.candidates_per_image)

    def _scores(self, predictions: Predictions, level: int) -> Tensor:
        """Gives the scores of one level, one per class."""
        further = {name: blocks[level] for name, blocks in predictions.further.items()}
        scores = self.activation(predictions.class_logits[level], further)
        if scores.shape[2] != predictions.num_classes:
            has = "have" if predictions.has_background else "do not have"
            raise ShapeError(
                f"The activation gives {scores.shape[2]} scores per prior for {predictions.num_classes} classes; the "
                f"logits {has} one of the background. Use softmax_scores for logits with a background, sigmoid_scores "
                "for logits without."
            )
        return scores

    def _strongest(self, found: _Candidates, batch_size: int) -> _Candidates:
        """Drops what is weaker than the last candidate that its image may keep, before anything is sorted."""
        counts = torch.bincount(found.image, minlength=batch_size)
        crowded = (counts > self.candidates_per_image).nonzero().squeeze(1).tolist()
        if not crowded:
            return found
        weakest = found.score.new_zeros(batch_size)
        for image in crowded:
            weakest[image] = found.score[found.image == image].topk(self.candidates_per_image).values[-1]
        return found.rows((found.score >= weakest[found.image]).nonzero().squeeze(1))

    def _level_candidates(self, scores: Tensor, start: int) -> _Candidates:
        """Applies the threshold to the score block of one level, whose first prior is `start`."""
        if not self.multi_label:
            best, label_of = scores.nan_to_num(nan=0.0).max(dim=2)
            image, slot, row, column = (best > self.score_threshold).nonzero(as_tuple=True)
            label, score = label_of[image, slot, row, column], best[image, slot, row, column]
        else:
            image, slot, label, row, column = (scores > self.score_threshold).nonzero(as_tuple=True)
            score = scores[image, slot, label, row, column]
        cell = row * scores.shape[4] + column
        return _Candidates(image, start + cell * scores.shape[1] + slot, label, score)

    def _decode(self, predictions: Predictions, priors: Priors, found: _Candidates) -> Float[Tensor, "candidates 4"]:
        """Decodes every surviving (image, prior) pair once, however many classes it has."""
        pairs, row = torch.unique(found.image * len(priors) + found.prior, return_inverse=True)
        image = pairs.div(len(priors), rounding_mode="floor")
        prior = pairs - image * len(priors)
        codes = predictions.box_codes_at(image, prior).float()
        return self.coder.decode(codes=codes, priors=priors.rows(prior)).float()[row]

    def _finish(
        self,
        boxes: Float[Tensor, "candidates 4"],
        scores: Float[Tensor, "candidates"],
        labels: Int64[Tensor, "candidates"],
        origin: ImageOrigin,
        canvas_size: tuple[int, int],
    ) -> tuple[Int64[Tensor, "kept"], Detections]:
        """Suppresses duplicates in one image and moves what is left to original pixels; says which rows are left."""
        moved = _to_original(boxes, origin, canvas_size)
        seen = (boxes.isfinite().all(dim=1) & (moved[:, 2:] > moved[:, :2]).all(dim=1)).nonzero().squeeze(1)
        compared = moved if self.clips_first else boxes
        kept = seen[self._best_kept(compared[seen], scores[seen], labels[seen])]
        return kept, Detections(moved[kept], scores[kept], labels[kept], origin)

    def _best_kept(self, boxes: Tensor, scores: Tensor, labels: Tensor) -> Int64[Tensor, "kept"]:
        """Gives the first `max_detections` survivors of the suppression.

        Rows are sorted by score, and whether a box survives depends on better boxes only. So a prefix that
        already gives enough survivors gives the same ones as all rows would.
        """
        size = 4 * self.max_detections
        while True:
            prefix = slice(0, size)
            kept = class_aware_nms(boxes[prefix], scores[prefix], labels[prefix], self.iou_threshold)
            if len(kept) >= self.max_detections or size >= len(boxes):
                return kept[: self.max_detections]
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


def _first_of(found: _Candidates, group: Tensor, limit: int) -> _Candidates:
    """Keeps the first candidates of every group, which are its best ones."""
    return found.rows((rank_in_group(group) < limit).nonzero().squeeze(1))


def _to_original(
    boxes: Float[Tensor, "boxes 4"], origin: ImageOrigin, canvas_size: tuple[int, int]
) -> Float[Tensor, "boxes 4"]:
    """Undoes the letterbox and clips to the image."""
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
            f"Predictions are of {predictions.batch_size} images, origins of {len(origins)}. Give one origin per image."
        )
    predictions.check_priors(priors)
