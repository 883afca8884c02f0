"""The plain reference of YOLOv5 against recorded numbers: pairs, losses, gradients, and the weights of the levels."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from conformance.reference.priors import yolov5_priors
from conformance.reference.yolov5 import Rules, assign, losses, next_balance, objectness_labels, objectness_losses
from tests.conformance.recorded import Arrays, close, close_gradient, from_fractions, load, names, targets

CASES = names("yolov5", "v")


def rules_of(config: dict[str, Any]) -> Rules:
    return Rules(
        tuple(config["strides"]),
        tuple(config["balance_start"]),
        config["box"],
        config["cls"],
        config["obj"],
        config["anchor_t"],
        config["label_smoothing"],
        config["fl_gamma"],
        config["cls_pw"],
        config["obj_pw"],
        "largest" if config["sort_obj_iou"] else "last",
        repeats=True,
    )


def dense(arrays: Arrays, key: str) -> np.ndarray:
    """Lays (image, anchor, row, column, value) out as (image, prior, value)."""
    blocks = [arrays[f"{key}_l{level}"].transpose(0, 2, 3, 1, 4) for level in range(3)]
    return np.concatenate([block.reshape(len(block), -1, block.shape[-1]) for block in blocks], axis=1)


def recorded_pairs(arrays: Arrays, config: dict[str, Any]) -> list[tuple[int, int, int, int]]:
    """(image, level, prior, label) of every recorded row, in its order."""
    found, first = [], 0
    for level, stride in enumerate(config["strides"]):
        rows, columns = (-(-side // stride) for side in config["image_hw"])
        kinds = [arrays[f"{key}_l{level}"].tolist() for key in ("image", "anchor", "row", "col", "class")]
        for image, anchor, row, column, label in zip(*kinds, strict=True):
            found.append((image, level, first + (row * columns + column) * 3 + anchor, label))
        first += rows * columns * 3
    return found


def anchors_of(config: dict[str, Any]) -> list[list[list[float]]]:
    return [np.array(sizes, dtype=float).reshape(-1, 2).tolist() for sizes in config["anchors_px"]]


@pytest.mark.parametrize("name", CASES)
def test_everything(name: str) -> None:
    arrays, config = load("yolov5", name)
    rules, anchors, canvas = rules_of(config), anchors_of(config), config["image_hw"]
    priors = yolov5_priors(canvas, rules.strides, anchors)
    rows = arrays["targets"]
    boxes = from_fractions(rows[:, 2:], canvas)
    objects = targets(boxes, rows[:, 1].astype(int), rows[:, 0].astype(int), config["batch"])
    pairs = assign(objects, canvas, anchors, rules)
    labelled = [(image, level, prior, objects.labels[target]) for image, level, prior, target in pairs]
    assert labelled == recorded_pairs(arrays, config)
    values = dense(arrays, "pred")
    labels = objectness_labels(values[..., :4], priors, objects, pairs, rules)
    close(labels, objectness_of(arrays, config), 1e-4, 1e-5)
    found = losses(values[..., :4], values[..., 4], values[..., 5:], priors, objects, pairs, rules)
    for ours, theirs in (("box", "loss_box"), ("objectness", "loss_obj"), ("class", "loss_cls")):
        close(found.losses[ours], arrays[theirs] * config["batch"], 1e-5, 1e-7)
        close(found.losses[ours], arrays[f"{theirs}_f64"] * config["batch"], 1e-6, 1e-8)
    close(sum(found.losses.values()), arrays["loss_total"], 1e-5, 1e-7)
    parts = found.gradients
    gradient = np.concatenate((parts["codes"], parts["objectness"][..., None], parts["class_logits"]), axis=2)
    close_gradient(gradient, dense(arrays, "grad"))


def objectness_of(arrays: Arrays, config: dict[str, Any]) -> np.ndarray:
    blocks = [arrays[f"obj_target_l{level}"].transpose(0, 2, 3, 1) for level in range(3)]
    return np.concatenate([block.reshape(config["batch"], -1) for block in blocks], axis=1)


def test_moving_weights_of_the_levels() -> None:
    """Three calls in a row; predictions move by a quarter each time."""
    arrays, config = load("yolov5", "v10_autobalance")
    rules, anchors = rules_of(config), anchors_of(config)
    priors = yolov5_priors(config["image_hw"], rules.strides, anchors)
    rows = arrays["targets"]
    boxes = from_fractions(rows[:, 2:], config["image_hw"])
    objects = targets(boxes, rows[:, 1].astype(int), rows[:, 0].astype(int), config["batch"])
    pairs = assign(objects, config["image_hw"], anchors, rules)
    for call in range(config["calls"]):
        values = dense(arrays, "pred") + 0.25 * call
        found = losses(values[..., :4], values[..., 4], values[..., 5:], priors, objects, pairs, rules)
        items = [found.losses[key] for key in ("box", "objectness", "class")]
        close(items, arrays[f"call{call}.loss_items"] * config["batch"], 1e-5, 1e-7)
        labels = objectness_labels(values[..., :4], priors, objects, pairs, rules)
        level_losses, _ = objectness_losses(values[..., 4], labels, priors, rules)
        rules = replace(rules, balance=tuple(next_balance(rules.balance, level_losses, rules.strides)))
        close(rules.balance, arrays[f"call{call}.balance_after"], 1e-7, 0)
