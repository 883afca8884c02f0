"""COCO average precision, computed by faster-coco-eval."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from faster_coco_eval import COCO, COCOeval_faster
from jaxtyping import Bool, Float64, Int64
from torch import Tensor

from boxwright.errors import ConfigError, DataError
from boxwright.evaluation.report import RECALL_POINTS, ClassReport, Report
from boxwright.structures import Detections, GroundTruth

IOU_THRESHOLDS = tuple(float(threshold) for threshold in np.linspace(0.5, 0.95, 10))
SIZES = ("all", "small", "medium", "large")


@dataclass(frozen=True, slots=True)
class _Image:
    """Truth and detections of one image on the CPU; boxes are x, y, width, height."""

    name: str
    target_boxes: Float64[np.ndarray, "targets 4"]
    target_labels: Int64[np.ndarray, "targets"]
    target_areas: Float64[np.ndarray, "targets"]
    target_ignored: Bool[np.ndarray, "targets"]
    boxes: Float64[np.ndarray, "detections 4"]
    labels: Int64[np.ndarray, "detections"]
    scores: Float64[np.ndarray, "detections"]


class CocoEvaluator:
    """Collects detections with the truth they stand against, and computes the COCO numbers.

    Ignored targets are crowds in the sense of COCO: detections that lie in them count neither for nor against.
    Images are ranked by their id, detections of equal score by image and then in the order given, as COCO does.

    Source: the COCO detection evaluation, https://cocodataset.org/#detection-eval; equal to pycocotools to 1e-6.

    Args:
        categories: Class names by label.
        max_detections: Best detections per class and image that count; COCO uses 100.

    Raises:
        ConfigError: max_detections is below 1.
    """

    def __init__(self, categories: Sequence[str], max_detections: int = 100) -> None:
        if max_detections < 1:
            raise ConfigError(f"max_detections is {max_detections}. Give at least 1; COCO uses 100.")
        self.categories = tuple(categories)
        self.max_detections = max_detections
        self._images: dict[int, _Image] = {}

    def __len__(self) -> int:
        """Number of images seen."""
        return len(self._images)

    def reset(self) -> None:
        """Forgets everything seen."""
        self._images.clear()

    def update(self, detections: Iterable[Detections], truths: Iterable[GroundTruth]) -> None:
        """Adds images, each with what was found in it and what is there.

        Args:
            detections: One per image.
            truths: One per image, in the same order.

        Raises:
            DataError: The two differ in number or belong to different images, an image came before, a label has
                no category, or a score or box is not finite.
        """
        found_all, truth_all = list(detections), list(truths)
        if len(found_all) != len(truth_all):
            raise DataError(
                f"{len(found_all)} detections stand against {len(truth_all)} truths. Give one of each per image."
            )
        for found, truth in zip(found_all, truth_all, strict=True):
            image_id = truth.origin.image_id
            self._check(found, truth)
            self._images[image_id] = _collect(found, truth)

    def merge(self, others: Iterable["CocoEvaluator"]) -> None:
        """Adds what other evaluators saw, for instance those of other processes.

        Distributed samplers repeat images to fill the last batch: of an image that several saw, the first counts.

        Args:
            others: Evaluators of the same categories.

        Raises:
            ConfigError: An evaluator has other categories.
        """
        for other in others:
            if other.categories != self.categories:
                raise ConfigError(
                    f"Cannot merge evaluators of {self.categories} and {other.categories}. Use the same categories."
                )
            self._images = {**other._images, **self._images}

    def compute(self) -> Report:
        """Computes the numbers of everything seen so far; more updates may follow."""
        images = [self._images[image_id] for image_id in sorted(self._images)]
        precision, recall = self._evaluate(images)
        labels = [image.target_labels[~image.target_ignored] for image in images]
        num_targets = np.bincount(np.concatenate([*labels, np.zeros(0, np.int64)]), minlength=len(self.categories))
        per_class = tuple(
            ClassReport(
                name,
                _mean(precision[:, :, label, 0, -1]),
                _mean(precision[0, :, label, 0, -1]),
                int(num_targets[label]),
                _curve(precision[0, :, label, 0, -1]),
            )
            for label, name in enumerate(self.categories)
        )
        return Report(
            ap=_mean(precision[:, :, :, 0, -1]),
            ap50=_mean(precision[0, :, :, 0, -1]),
            ap75=_mean(precision[5, :, :, 0, -1]),
            ap_small=_mean(precision[:, :, :, 1, -1]),
            ap_medium=_mean(precision[:, :, :, 2, -1]),
            ap_large=_mean(precision[:, :, :, 3, -1]),
            ar_1=_mean(recall[:, :, 0, 0]),
            ar_10=_mean(recall[:, :, 0, 1]),
            ar_max=_mean(recall[:, :, 0, 2]),
            per_class=per_class,
            max_detections=self.max_detections,
            num_images=len(images),
            num_targets=int(num_targets.sum()),
            num_detections=sum(len(image.scores) for image in images),
        )

    def _evaluate(self, images: list[_Image]) -> tuple[np.ndarray, np.ndarray]:
        """Gives precision (IoU, recall, class, size, limit) and recall (IoU, class, size, limit); -1 is unknown."""
        limits = sorted((min(1, self.max_detections), min(10, self.max_detections), self.max_detections))
        sizes, classes = len(SIZES), len(self.categories)
        if not images or not classes:
            unknown = np.full((len(IOU_THRESHOLDS), RECALL_POINTS, classes, sizes, len(limits)), -1.0)
            return unknown, unknown[:, 0]
        truth, found = COCO(_truth_set(images, classes)), COCO(_detection_set(images, classes))
        evaluation = COCOeval_faster(truth, found, iouType="bbox", print_function=_silence)
        evaluation.params.maxDets = limits
        evaluation.evaluate()
        evaluation.accumulate()
        shape = (len(IOU_THRESHOLDS), RECALL_POINTS, classes, sizes, len(limits))
        precision = np.asarray(evaluation.eval["precision"]).reshape(shape)
        return precision, np.asarray(evaluation.eval["recall"]).reshape(shape[:1] + shape[2:])

    def _check(self, found: Detections, truth: GroundTruth) -> None:
        """Raises DataError where an image cannot be evaluated."""
        name, image_id = truth.origin.name, truth.origin.image_id
        if found.origin.image_id != image_id:
            raise DataError(f"{name}: truth of image {image_id} stands against detections of {found.origin.name}.")
        if image_id in self._images:
            raise DataError(
                f"{name}: image id {image_id} was evaluated before as {self._images[image_id].name}. "
                "Give every image once, or call reset() between data sets."
            )
        for kind, labels in (("detection", found.labels), ("target", truth.labels)):
            if len(labels) and not 0 <= int(labels.min()) <= int(labels.max()) < len(self.categories):
                raise DataError(
                    f"{name}: a {kind} has a label in {int(labels.min())}…{int(labels.max())}, outside the "
                    f"{len(self.categories)} categories. Evaluate with the categories of the data set."
                )
        if not bool(found.scores.isfinite().all() and found.boxes.isfinite().all()):
            raise DataError(f"{name}: a detection has a score or box that is not finite. Drop it before evaluation.")


def _collect(found: Detections, truth: GroundTruth) -> _Image:
    return _Image(
        name=truth.origin.name,
        target_boxes=_xywh(truth.boxes),
        target_labels=truth.labels.cpu().numpy(),
        target_areas=truth.area.double().cpu().numpy(),
        target_ignored=truth.ignore.cpu().numpy(),
        boxes=_xywh(found.boxes),
        labels=found.labels.cpu().numpy(),
        scores=found.scores.double().cpu().numpy(),
    )


def _xywh(boxes: Tensor) -> Float64[np.ndarray, "boxes 4"]:
    """Turns xyxy into x, y, width, height; in float64, so that no digit is lost."""
    wide = boxes.double().cpu().numpy().reshape(-1, 4)
    return np.concatenate([wide[:, :2], wide[:, 2:] - wide[:, :2]], axis=1)


def _truth_set(images: list[_Image], classes: int) -> dict[str, Any]:
    """Writes the truth as a COCO data set."""
    return _coco_set(
        classes,
        [
            {"image_id": index, "category_id": label, "bbox": box, "area": area, "iscrowd": int(ignored)}
            for index, image in enumerate(images)
            for box, label, area, ignored in zip(
                image.target_boxes.tolist(),
                image.target_labels.tolist(),
                image.target_areas.tolist(),
                image.target_ignored.tolist(),
                strict=True,
            )
        ],
        len(images),
    )


def _detection_set(images: list[_Image], classes: int) -> dict[str, Any]:
    """Writes the detections as a COCO data set, as COCO does with a result file."""
    return _coco_set(
        classes,
        [
            {"image_id": index, "category_id": label, "bbox": box, "area": box[2] * box[3], "score": score}
            for index, image in enumerate(images)
            for box, label, score in zip(
                image.boxes.tolist(), image.labels.tolist(), image.scores.tolist(), strict=True
            )
        ],
        len(images),
    )


def _coco_set(classes: int, rows: list[dict[str, Any]], num_images: int) -> dict[str, Any]:
    for index, row in enumerate(rows):
        row["id"] = index + 1  # from 1, since 0 means "no match" there
    return {
        "images": [{"id": index} for index in range(num_images)],
        "categories": [{"id": label, "name": str(label)} for label in range(classes)],
        "annotations": rows,
    }


def _mean(values: np.ndarray) -> float:
    """Averages what is known; NaN if nothing is."""
    known = values[values > -1]
    return float(known.mean()) if known.size else float("nan")


def _curve(values: np.ndarray) -> np.ndarray:
    return np.where(values > -1, values, np.nan)


def _silence(*_: object) -> None:
    """Takes the place of the library's printing."""
