"""The plain reference of YOLOv8 and YOLOv8-seg against three recorded releases: assignment, losses, gradients."""

from typing import Any

import numpy as np
import pytest

from conformance.reference.priors import cell_points
from conformance.reference.targets import Targets
from conformance.reference.task_aligned import Rules, assign, candidates_of, sigmoids
from conformance.reference.yolov8 import Gains, decode, losses
from conformance.reference.yolov8_seg import losses as mask_losses
from tests.conformance.recorded import Arrays, close, close_gradient, from_fractions, load, names, targets
from tests.conformance.test_reference_retinanet import global_index

RELEASES = ("early", "mid", "current")
LOSSES = {"box": "loss_box", "class": "loss_cls", "dfl": "loss_dfl", "mask": "loss_seg"}


def rules_of(config: dict[str, Any], release: str) -> Rules:
    return Rules(release, tuple(config["strides"]), config["topk"], config["alpha"], config["beta"])


def compare(arrays: Arrays, release: str, matched: np.ndarray, quality: np.ndarray, objects: Targets) -> None:
    clear = ~(arrays[f"{release}.tie_topk"] | arrays[f"{release}.tie_gt"])
    wanted = global_index(arrays[f"{release}.gt_index"], objects, 0)
    assert (matched[clear] == wanted[clear]).all()
    close(quality[clear], arrays[f"{release}.scores"].sum(axis=2)[clear], 1e-4, 1e-6)


def compare_candidates(
    arrays: Arrays, rules: Rules, inputs: tuple[np.ndarray, np.ndarray, np.ndarray], objects: Targets
) -> None:
    """What enters the choice; the recorded alignment is 0 outside."""
    scores, predicted, points = inputs
    for image in range(objects.batch):
        own = objects.of_image(image)
        if not own:
            continue
        boxes, labels = [objects.boxes[target] for target in own], [objects.labels[target] for target in own]
        found = candidates_of(scores[image], predicted[image], points, boxes, labels, rules)
        recorded = {key: arrays[f"{rules.dialect}.{key}"][image, : len(own)] for key in ("in_gt", "iou", "metric")}
        assert (found.inside == recorded["in_gt"]).all()
        close(found.overlap, recorded["iou"], 1e-4, 1e-5)
        close(found.alignment * found.inside, recorded["metric"], 1e-3, 1e-5)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("name", names("yolov8_detect", "a"))
def test_the_assigner_alone(name: str, release: str) -> None:
    arrays, config = load("yolov8_detect", name)
    image, place = np.nonzero(arrays["gt_valid_padded"])
    boxes, labels = arrays["gt_boxes_padded"][image, place], arrays["gt_labels_padded"][image, place]
    objects = targets(boxes, labels, image, len(arrays["pred_scores"]))
    points = arrays["anchor_centers_px"]
    found = assign(arrays["pred_scores"], arrays["pred_boxes"], points, objects, rules_of(config, release))
    compare(arrays, release, *found, objects)
    compare_candidates(
        arrays, rules_of(config, release), (arrays["pred_scores"], arrays["pred_boxes"], points), objects
    )
    close(found[1].sum(), arrays[f"{release}.score_sum"], 1e-4, 1e-5)


def inputs(folder: str, name: str) -> tuple[Arrays, dict[str, Any], np.ndarray, Targets, np.ndarray, np.ndarray]:
    arrays, config = load(folder, name)
    points = np.array(cell_points(config["image_hw"], config["strides"]))
    boxes = from_fractions(arrays["gt_xywhn"], config["image_hw"])
    objects = targets(boxes, arrays["gt_class"], arrays["gt_image_index"], config["batch"])
    return (
        arrays,
        config,
        points,
        objects,
        arrays["box_logits"].transpose(0, 2, 1),
        arrays["cls_logits"].transpose(0, 2, 1),
    )


@pytest.mark.parametrize("name", names("yolov8_detect", "d"))
def test_everything(name: str) -> None:
    arrays, config, points, objects, box_logits, class_logits = inputs("yolov8_detect", name)
    places, strides = points[:, :2], points[:, 2]
    boxes, scores = decode(box_logits, places, strides), sigmoids(class_logits)
    close(boxes, arrays["decoded_boxes_px"], 1e-5, 1e-3)
    gains = Gains(config["gain_box"], config["gain_cls"], config["gain_dfl"])
    for release in RELEASES:
        assigned = assign(scores, boxes, places, objects, rules_of(config, release))
        compare(arrays, release, *assigned, objects)
        compare_candidates(arrays, rules_of(config, release), (scores, boxes, places), objects)
        found = losses(box_logits, class_logits, places, strides, objects, assigned, gains)
        for ours, value in found.losses.items():
            close(value, arrays[f"{release}.{LOSSES[ours]}"] * config["batch"], 1e-5, 1e-6)
            close(value, arrays[f"{release}.{LOSSES[ours]}_f64"] * config["batch"], 1e-6, 1e-9)
        close(sum(found.losses.values()), arrays[f"{release}.loss_total"], 1e-5, 1e-6)
        for ours, theirs in (("box_logits", "grad_box_logits"), ("class_logits", "grad_cls_logits")):
            close_gradient(found.gradients[ours].transpose(0, 2, 1), arrays[f"{release}.{theirs}"])


def object_masks(arrays: Arrays, config: dict[str, Any], objects: Targets) -> np.ndarray:
    """One mask per object, also out of an index map."""
    given = arrays["gt_masks"]
    if not config["overlap_mask"]:
        return given.astype(float)
    found = []
    for target, image in enumerate(objects.images):
        found.append(given[image] == objects.of_image(image).index(target) + 1)
    return np.array(found, dtype=float).reshape(len(objects.boxes), *given.shape[1:])


@pytest.mark.parametrize("name", names("yolov8_segment", "s"))
def test_everything_with_masks(name: str) -> None:
    arrays, config, points, objects, box_logits, class_logits = inputs("yolov8_segment", name)
    places, strides = points[:, :2], points[:, 2]
    boxes, scores = decode(box_logits, places, strides), sigmoids(class_logits)
    masks, coefficients = object_masks(arrays, config, objects), arrays["mask_coeffs"].transpose(0, 2, 1)
    for release in RELEASES:
        matched, quality = assign(scores, boxes, places, objects, rules_of(config, release))
        compare(arrays, release, matched, quality, objects)
        found = mask_losses(
            coefficients, arrays["protos"], masks, config["image_hw"], objects, matched, release, config["gain_box"]
        )
        close(found.losses["mask"], arrays[f"{release}.loss_seg"] * config["batch"], 1e-5, 1e-6)
        close(found.losses["mask"], arrays[f"{release}.loss_seg_f64"] * config["batch"], 1e-6, 1e-9)
        close_gradient(found.gradients["coefficients"].transpose(0, 2, 1), arrays[f"{release}.grad_mask_coeffs"])
        close_gradient(found.gradients["prototypes"], arrays[f"{release}.grad_protos"])
