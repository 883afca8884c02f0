"""The plain reference of SSD against recorded numbers, in the conventions of torchvision and of the tiny detector."""

from typing import Any

import numpy as np
import pytest

from conformance.reference.chain_rule import value_of
from conformance.reference.coding import corners
from conformance.reference.elementwise import cross_entropy
from conformance.reference.priors import crossed_default_boxes, paired_default_boxes
from conformance.reference.ssd import assign, hard_negatives, losses
from conformance.reference.targets import Targets
from tests.conformance.recorded import Arrays, close, close_gradient, load, names, targets
from tests.conformance.test_reference_retinanet import global_index

TINY, TORCHVISION = "ssd_tiny", "ssd_torchvision"
# Equally good priors up to rounding: the recorded losses hold for the record's rounding only.
ROUNDED = "p10_whole_image"
# Fewer negatives exist than are wanted, and the recorded code counts positives a second time.
TWICE = "d09_many_positives"
CASES = [(TINY, name) for name in names(TINY, "p0") + names(TINY, "p1")]
CASES += [(TORCHVISION, name) for name in names(TORCHVISION, "d0") + names(TORCHVISION, "d1")]
NAMES = {
    TINY: ("scores", "locs", "loss_conf", "loss_loc", "grad_scores", "grad_locs"),
    TORCHVISION: ("cls_logits", "box_deltas", "loss_cls", "loss_bbox", "grad_logits", "grad_deltas"),
}


def priors_of(folder: str, config: dict[str, Any]) -> list[tuple[float, ...]]:
    if folder == TINY:
        return [*crossed_default_boxes(7, (0.2, 0.4, 0.6), (1, 2, 0.5))]
    chosen = load(TORCHVISION, "d90_default_boxes")[1]["ssd300" if config["image_hw"][0] == 300 else "small"]
    return [*paired_default_boxes(config["image_hw"][0], chosen["steps"], chosen["scales"], chosen["extra_ratios"])]


def check_matches(arrays: Arrays, folder: str, objects: Targets, matched: np.ndarray) -> None:
    if folder == TINY:
        labels = np.array([0, *[label + 1 for label in objects.labels]])[matched + 1]
        clear = ~arrays["close_call"]
        assert (labels[clear] == arrays["classes"][clear]).all()
        return
    clear = ~(arrays["close_call"] | arrays["best_tie"])
    assert (matched[clear] == global_index(arrays["matched"], objects, 0)[clear]).all()


@pytest.mark.parametrize(("folder", "name"), CASES, ids=[name for _, name in CASES])
def test_everything(folder: str, name: str) -> None:
    arrays, config = load(folder, name)
    priors = priors_of(folder, config)
    boxes = [[value_of(value) for value in corners(*prior)] for prior in priors]
    if folder == TORCHVISION:
        close(boxes, arrays.get("anchors", boxes), 0, 5e-5)
    objects = targets(arrays["gt_boxes"], arrays["gt_labels"] - 1, arrays["gt_image"], config["batch"])
    convention = "tiny" if folder == TINY else "torchvision"
    matched = assign(boxes, objects, convention, config["threshold" if folder == TINY else "iou_thresh"])
    check_matches(arrays, folder, objects, matched)
    if name == ROUNDED:
        return
    logits, codes, class_loss, box_loss, class_gradient, code_gradient = NAMES[folder]
    ratio = config["neg_pos_ratio" if folder == TINY else "negatives_per_positive"]
    negatives = hard_negatives(arrays[logits], matched, ratio)
    assert (negatives == arrays["hard_negative"]).all()
    alpha = config.get("alpha", 1.0)
    found = losses(arrays[logits], arrays[codes], priors, objects, matched, negatives, convention, alpha)
    if name == TWICE:
        count_positives_again(arrays, objects, matched, found)
    close(found.losses["box"], alpha * arrays[box_loss], 1e-5, 1e-7)
    close(found.losses["class"], arrays[class_loss], 1e-5, 1e-7)
    close(found.losses["box"], alpha * arrays[f"{box_loss}_f64"], 2e-6, 1e-9)
    close(found.losses["class"], arrays[f"{class_loss}_f64"], 2e-6, 1e-9)
    close(found.losses["box"] + found.losses["class"], arrays["loss_total"], 1e-5, 1e-7)
    close_gradient(found.gradients["class_logits"], arrays[class_gradient])
    close_gradient(found.gradients["codes"], arrays[code_gradient])


def count_positives_again(arrays: Arrays, objects: Targets, matched: np.ndarray, found: Any) -> None:
    """Does what the recorded code does and the definition does not: its filled-up negatives are positives."""
    assert arrays["counted_twice"].any()
    positives = int((matched >= 0).sum())
    for image, prior in np.argwhere(arrays["counted_twice"]).tolist():
        label = objects.labels[matched[image, prior]] + 1
        value, slopes = cross_entropy(arrays["cls_logits"][image, prior].tolist(), label)
        found.losses["class"] += value / positives
        found.gradients["class_logits"][image, prior] += np.array(slopes) / positives


def test_the_papers_matching_leaves_no_object_without_a_prior() -> None:
    """Where several share their best prior, the recorded conventions leave all but the last without it."""
    arrays, config = load(TORCHVISION, "d10_shared_best_box")
    boxes = arrays["anchors"].tolist()
    objects = targets(arrays["gt_boxes"], arrays["gt_labels"] - 1, arrays["gt_image"], config["batch"])
    counts = [
        len(set(assign(boxes, objects, convention, 1.1).ravel().tolist()) - {-1})
        for convention in ("paper", "torchvision")
    ]
    assert counts[0] == len(objects.boxes) > counts[1]
