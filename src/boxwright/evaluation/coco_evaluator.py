"""COCO average precision."""

from collections.abc import Iterable, Sequence
from itertools import islice

import numpy as np

from boxwright.errors import ConfigError, DataError, counted
from boxwright.evaluation.class_precision import RECALLS, ClassPrecision, class_precisions
from boxwright.evaluation.compared_image import ComparedImage, Kind, compare
from boxwright.evaluation.matched_images import MatchedImages, joined, match_images
from boxwright.evaluation.report import ClassReport, Report
from boxwright.evaluation.threshold_curve import mean_curve, threshold_curve
from boxwright.structures import Detections, GroundTruth

PORTION = 256
"""Images that are matched side by side: enough that the work is in columns, and not all memory."""


class CocoEvaluator:
    """Matches detections with the truth as they come, and computes the COCO numbers.

    Ignored targets are crowds in the sense of COCO: detections that lie in them count neither for nor against.
    Images are ranked by their id, detections of equal score by image and then in the order given, as COCO does.

    Source: the COCO detection evaluation, https://cocodataset.org/#detection-eval; equal to pycocotools to 1e-6.

    Args:
        categories: Class names by label.
        max_detections: Best detections per class and image that count; COCO uses 100.
        most_per_image: Detections that the detector gives of one image, if that is known: the report counts the images
            that have more objects than either limit.

    Raises:
        ConfigError: max_detections is below 1.
    """

    def __init__(
        self, categories: Sequence[str], max_detections: int = 100, *, most_per_image: int | None = None
    ) -> None:
        if max_detections < 1:
            raise ConfigError(f"max_detections is {max_detections}. Give at least 1; COCO uses 100.")
        self.categories = tuple(categories)
        self.max_detections = max_detections
        self.most_per_image = most_per_image
        self.reset()

    def __len__(self) -> int:
        """Number of images seen."""
        return len(self._names)

    def reset(self) -> None:
        """Forgets everything seen."""
        self._names: dict[int, str] = {}
        self._without_masks: set[int] = set()
        self._matched: dict[Kind, list[MatchedImages]] = {"bbox": [], "segm": []}
        self._num_detections = self._num_over_limit = 0

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
                f"Found detections of {counted(len(found_all), 'image')} and truths of {len(truth_all):,}. Give one "
                "of each per image."
            )
        pairs = zip(found_all, truth_all, strict=True)
        while portion := list(islice(pairs, PORTION)):
            self._match([(truth.origin.image_id, self._compared(found, truth)) for found, truth in portion])

    def compute(self) -> Report:
        """Computes the numbers of everything seen so far; more updates may follow.

        Where every image came with masks, both found and true, the report has their numbers too.

        Raises:
            DataError: Some images came with masks and others did not.
        """
        without = self._without_masks
        if without and len(without) < len(self):
            raise DataError(
                f"{self._names[min(without)]} has no masks, other images have. Give masks with all detections and all "
                "truths, or with none."
            )
        masks = self._report("segm", None) if len(self) and not without else None
        return self._report("bbox", masks)

    def _compared(self, found: Detections, truth: GroundTruth) -> ComparedImage:
        """Checks an image, counts it, and gives what matching needs."""
        self._check(found, truth)
        self._names[truth.origin.image_id] = truth.origin.name
        image = compare(found, truth)
        if image.masks is None:
            self._without_masks.add(truth.origin.image_id)
        self._num_detections += len(image.scores)
        self._num_over_limit += self._has_too_many(image.target_labels[~image.target_ignored])
        return image

    def _match(self, images: list[tuple[int, ComparedImage]]) -> None:
        self._matched["bbox"].append(match_images(images, "bbox", self.max_detections))
        with_masks = [each for each in images if each[1].masks is not None]
        if with_masks:
            self._matched["segm"].append(match_images(with_masks, "segm", self.max_detections))

    def _report(self, kind: Kind, masks: Report | None) -> Report:
        most = self.max_detections
        matched = joined(self._matched[kind])
        known = {each.label: each for each in class_precisions(matched, (min(1, most), min(10, most), most))}
        num_targets = np.bincount(matched.target_labels, minlength=len(self.categories))
        precision = np.stack([each.precision.mean(axis=2) for each in known.values()] or [np.full((4, 10), np.nan)])
        recall = np.stack([each.recall[:, 0].mean(axis=1) for each in known.values()] or [np.full(3, np.nan)])
        return Report(
            ap=_mean(precision[:, 0]),
            ap50=_mean(precision[:, 0, 0]),
            ap75=_mean(precision[:, 0, 5]),
            ap_small=_mean(precision[:, 1]),
            ap_medium=_mean(precision[:, 2]),
            ap_large=_mean(precision[:, 3]),
            ar_1=_mean(recall[:, 0]),
            ar_10=_mean(recall[:, 1]),
            ar_max=_mean(recall[:, 2]),
            per_class=tuple(
                _class_report(name, known.get(label), int(count))
                for label, (name, count) in enumerate(zip(self.categories, num_targets, strict=True))
            ),
            max_detections=self.max_detections,
            num_images=len(self),
            num_targets=int(num_targets.sum()),
            num_detections=self._num_detections,
            masks=masks,
            num_over_limit=self._num_over_limit,
            most_per_image=self.most_per_image,
            by_threshold=mean_curve([each.by_threshold for each in known.values()]),
        )

    def _has_too_many(self, labels: np.ndarray) -> bool:
        """Tells whether an image has more objects to find than detections count."""
        if self.most_per_image is not None and len(labels) > self.most_per_image:
            return True
        return len(labels) > self.max_detections and int(np.bincount(labels).max()) > self.max_detections

    def _check(self, found: Detections, truth: GroundTruth) -> None:
        """Raises DataError where an image cannot be evaluated."""
        name, image_id = truth.origin.name, truth.origin.image_id
        if found.origin.image_id != image_id:
            raise DataError(f"{name}: truth of image {image_id} stands against detections of {found.origin.name}.")
        if image_id in self._names:
            raise DataError(
                f"{name}: image id {image_id} was evaluated before as {self._names[image_id]}. "
                "Give every image once, or call reset() between data sets."
            )
        for kind, labels in (("detection", found.labels), ("target", truth.labels)):
            if len(labels) and not 0 <= int(labels.min()) <= int(labels.max()) < len(self.categories):
                raise DataError(
                    f"{name}: a {kind} has a label in {int(labels.min())}…{int(labels.max())}, outside the "
                    f"{counted(len(self.categories), 'category', 'categories')}. Evaluate with the categories of the "
                    "data set."
                )
        if not bool(found.scores.isfinite().all() and found.boxes.isfinite().all()):
            raise DataError(f"{name}: a detection has a score or box that is not finite. Drop it before evaluation.")
        if found.masks is not None and truth.masks is not None and found.masks.size != truth.masks.size:
            raise DataError(
                f"{name}: masks of {found.masks.size} (height, width) stand against masks of {truth.masks.size}. Bring "
                "both to original pixels."
            )


def _class_report(name: str, known: ClassPrecision | None, num_targets: int) -> ClassReport:
    if known is None:
        nothing = threshold_curve(np.zeros(0), np.zeros(0), np.zeros(0), 0)
        return ClassReport(name, float("nan"), float("nan"), num_targets, np.full(len(RECALLS), np.nan), nothing)
    curve, of_all = known.precision[0, 0], known.precision[0]
    return ClassReport(name, _mean(of_all), _mean(curve), num_targets, curve, known.by_threshold)


def _mean(values: np.ndarray) -> float:
    """Averages what is known; NaN if nothing is."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")
