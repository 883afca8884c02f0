"""The plain reference of RetinaNet against recorded numbers, in both conventions."""

from typing import Any

import numpy as np
import pytest

from conformance.reference.chain_rule import Scalar, gradient_of, larger, smaller
from conformance.reference.coding import centre_size, delta_decode, delta_encode
from conformance.reference.elementwise import focal, smooth_l1
from conformance.reference.priors import cells, on_image, retinanet_anchors, within_border
from conformance.reference.retinanet import FLOAT32_EPSILON, Rules, assign, divisors, losses
from conformance.reference.targets import Targets
from tests.conformance.recorded import Arrays, close, close_gradient, load, names, targets

MMDETECTION, TORCHVISION = "retinanet_mmdet", "retinanet_torchvision"
M_CASES = names(MMDETECTION, "m")
T_CASES = [*names(TORCHVISION, "t0"), *names(TORCHVISION, "t1")]
# Many anchors contain the tiny object and overlap it equally up to rounding: the losses hold for one rounding only.
ROUNDED = "m10_tiny_whole"


def mmdetection_rules(config: dict[str, Any]) -> Rules:
    return Rules(
        positive=config["pos_iou_thr"],
        negative=config["neg_iou_thr"],
        low_quality=config["match_low_quality"],
        least_claim=config["min_pos_iou"],
        all_ties=config["gt_max_assign_all"],
        zero_overlap=True,
        ignore_share=config["ignore_iof_thr"] if config["ignore_iof_thr"] >= 0 else None,
        alpha=config["alpha"],
        gamma=config["gamma"],
        box_loss=config["bbox_loss"],
        beta=config["beta"],
        positive_weight=config["pos_weight"] if config["pos_weight"] > 0 else 1.0,
        class_gain=config["cls_weight"],
        box_gain=config["bbox_weight"],
        stds=tuple(config["coder_stds"]),
        means=tuple(config["coder_means"]),
    )


def dense(arrays: Arrays, key: str, size: int) -> np.ndarray:
    """Lays the levels (image, anchor · value, row, column) out as (image, anchor, value)."""
    blocks = []
    for level in range(5):
        block = arrays[f"{key}_l{level}"].transpose(0, 2, 3, 1)
        blocks.append(block.reshape(len(block), -1, size))
    return np.concatenate(blocks, axis=1)


def global_index(recorded: np.ndarray, found: Targets, shift: int) -> np.ndarray:
    """Turns the k-th object of each image into the object's place in the list."""
    result = recorded.astype(int)
    for image in range(found.batch):
        own = found.of_image(image)
        for place, value in enumerate(recorded[image]):
            if value >= shift:
                result[image, place] = own[int(value) - shift]
    return result


def usable(config: dict[str, Any], anchors: list[list[float]]) -> np.ndarray:
    rows = []
    for image in range(config["batch"]):
        flags = on_image(config["batch_hw"], config["pad_hw"][image], config["strides"], 9)
        if config["allowed_border"] >= 0:
            inside = within_border(anchors, config["image_hw"][image], config["allowed_border"])
            flags = [a and b for a, b in zip(flags, inside, strict=True)]
        rows.append(flags)
    return np.array(rows)


@pytest.mark.parametrize("name", M_CASES)
def test_mmdetection(name: str) -> None:
    arrays, config = load(MMDETECTION, name)
    rules = mmdetection_rules(config)
    anchors = retinanet_anchors(config["batch_hw"], "mmdetection")
    close(anchors, arrays["anchors"], 0, 5e-5)
    anchors = arrays["anchors"].tolist()
    objects = targets(arrays["gt_boxes"], arrays["gt_labels"], arrays["gt_image"], config["batch"])
    use = usable(config, anchors)
    assert (use == arrays["inside"]).all()
    images = arrays.get("ignore_image", np.zeros(0))
    regions = [
        [
            box
            for box, owner in zip(arrays.get("ignore_boxes", np.zeros((0, 4))).tolist(), images, strict=True)
            if owner == image
        ]
        for image in range(config["batch"])
    ]
    matched = assign(anchors, objects, rules, use, regions)
    assigned = arrays["assigned"]
    wanted = np.where(assigned > 0, global_index(assigned, objects, 1), np.where(assigned == 0, -1, -2))
    clear = ~(arrays["close_call"] | arrays["best_tie"])
    assert (matched[clear] == wanted[clear]).all()
    if config["sampler"] == "random":
        wanted = np.where(arrays["sampled_pos"] | arrays["sampled_neg"], wanted, -2)
    check_losses(
        arrays, config, anchors, objects, wanted if config["sampler"] == "random" or name == ROUNDED else matched
    )


def check_losses(arrays: Arrays, config: dict[str, Any], anchors: list, objects: Targets, matched: np.ndarray) -> None:
    rules = mmdetection_rules(config)
    logits, codes = dense(arrays, "cls", config["num_classes"]), dense(arrays, "box", 4)
    divisor = (
        divisors(matched, rules)[0] if config["sampler"] == "pseudo" else float(arrays["avg_factor"]) + FLOAT32_EPSILON
    )
    close(divisor, arrays["avg_factor"] + FLOAT32_EPSILON, 1e-7, 0)
    found = losses(logits, codes, anchors, objects, matched, rules, [divisor] * config["batch"])
    close(found.losses["class"], arrays["loss_cls"], 1e-5, 1e-8)
    close(found.losses["box"], arrays["loss_bbox"], 1e-5, 1e-8)
    close_gradient(found.gradients["class_logits"], dense(arrays, "grad_cls", config["num_classes"]))
    close_gradient(found.gradients["codes"], dense(arrays, "grad_box", 4))
    if config["sampler"] == "pseudo":
        close(found.losses["class"], arrays["loss_cls_f64"], 1e-6, 1e-9)
        close(found.losses["box"], arrays["loss_bbox_f64"], 1e-5, 1e-9)
    sizes = [
        9 * rows * columns for rows, columns in (cells(config["batch_hw"], stride) for stride in config["strides"])
    ]
    for level, first in enumerate(np.cumsum([0, *sizes[:-1]])):
        own = np.full_like(matched, -2)
        own[:, first : first + sizes[level]] = matched[:, first : first + sizes[level]]
        found = losses(logits, codes, anchors, objects, own, rules, [divisor] * config["batch"])
        close(found.losses["class"], arrays["loss_cls_per_level"][level], 1e-5, 1e-7)
        close(found.losses["box"], arrays["loss_bbox_per_level"][level], 1e-5, 1e-7)


@pytest.mark.parametrize("name", T_CASES)
def test_torchvision(name: str) -> None:
    arrays, config = load(TORCHVISION, name)
    rules = Rules(
        "torchvision",
        config["fg_iou"],
        config["bg_iou"],
        zero_overlap=True,
        alpha=config["alpha"],
        gamma=config["gamma"],
        box_loss=config["box_loss"],
        beta=1.0,
    )
    anchors = retinanet_anchors(config["image_hw"], "torchvision")
    assert (np.array(anchors) == arrays["anchors"]).all()
    objects = targets(arrays["gt_boxes"], arrays["gt_labels"], arrays["gt_image"], config["batch"])
    matched = assign(anchors, objects, rules)
    clear = ~(arrays["close_call"] | arrays["best_tie"])
    wanted = global_index(arrays["matched"], objects, 0)
    assert (matched[clear] == wanted[clear]).all()
    assert clear.all() == (matched == wanted).all() or name != "t07_exact_ties"
    found = losses(arrays["cls_logits"], arrays["box_deltas"], anchors, objects, matched, rules)
    close(found.losses["class"], arrays["loss_cls"], 1e-5, 1e-8)
    close(found.losses["box"], arrays["loss_bbox"], 1e-5, 1e-8)
    close(found.losses["class"], arrays["loss_cls_f64"], 1e-6, 1e-9)
    close(found.losses["box"], arrays["loss_bbox_f64"], 1e-5, 1e-9)
    close_gradient(found.gradients["class_logits"], arrays["grad_logits"])
    close_gradient(found.gradients["codes"], arrays["grad_deltas"])


ODD = [
    (0, Rules(zero_overlap=True)),
    (1, Rules(least_claim=0.01, zero_overlap=True)),
    (2, Rules(zero_overlap=True)),
    (3, Rules(low_quality=False)),
    (4, Rules(all_ties=False)),
]


@pytest.mark.parametrize(("case", "rules"), ODD)
def test_odd_assignments(case: int, rules: Rules) -> None:
    arrays, _ = load(MMDETECTION, "x01_odd_assignments")
    boxes = arrays[f"case{case}.gt"].tolist()
    matched = assign(
        arrays[f"case{case}.anchors"].tolist(), Targets(boxes, [0] * len(boxes), [0] * len(boxes), 1), rules
    )
    recorded = arrays[f"case{case}.assigned"]
    wanted = np.where(recorded > 0, recorded - 1, np.where(recorded == 0, -1, -2))
    assert (matched[0] == wanted).all()


@pytest.mark.parametrize("case", [0, 2])
def test_an_object_without_overlap_claims_nothing_unless_asked_to(case: int) -> None:
    arrays, _ = load(MMDETECTION, "x01_odd_assignments")
    boxes = arrays[f"case{case}.gt"].tolist()
    assert len(boxes) == 2
    matched = assign(arrays[f"case{case}.anchors"].tolist(), Targets(boxes, [0, 0], [0, 0], 1), Rules())
    assert (matched >= 0).sum() < 0.1 * matched.size


def test_encoded_targets() -> None:
    arrays, config = load(MMDETECTION, "m01_plain")
    objects = targets(arrays["gt_boxes"], arrays["gt_labels"], arrays["gt_image"], config["batch"])
    assigned = global_index(arrays["assigned"], objects, 1)
    for image, anchor in np.argwhere(arrays["assigned"] > 0).tolist():
        box = objects.boxes[assigned[image, anchor]]
        found = delta_encode(box, centre_size(arrays["anchors"][anchor].tolist()))
        close(found, arrays["bbox_targets"][image, anchor], 1e-4, 1e-5)


@pytest.mark.parametrize(
    ("which", "means", "stds"),
    [
        ("a", (0.0, 0.0, 0.0, 0.0), (1.0, 1.0, 1.0, 1.0)),
        ("b", (0.0, 0.0, 0.0, 0.0), (0.1, 0.1, 0.2, 0.2)),
        ("c", (0.02, -0.03, 0.1, 0.05), (0.2, 0.1, 0.3, 0.25)),
    ],
)
def test_deltas_and_their_gradients(which: str, means: tuple[float, ...], stds: tuple[float, ...]) -> None:
    arrays, _ = load(MMDETECTION, "x02_parts")
    for row, corners in enumerate(arrays["coder.priors"].tolist()):
        prior = centre_size(corners)
        encoded = delta_encode(arrays["coder.gt"][row].tolist(), prior, stds, means)
        close(encoded, arrays[f"coder.encode_{which}"][row], 1e-4, 1e-5)
        code = arrays["coder.deltas"][row].tolist()
        close(delta_decode(code, prior, stds, means), arrays[f"coder.decode_{which}"][row], 1e-5, 1e-3)
        _, slopes = gradient_of(lambda at, prior=prior: sum_of(delta_decode(at, prior, stds, means)), code)
        close(slopes, arrays[f"coder.decode_grad_{which}"][row], 1e-4, 1e-4)


def sum_of(numbers: list[Scalar]) -> Scalar:
    return numbers[0] + numbers[1] + numbers[2] + numbers[3]


def test_decoded_boxes_cut_to_the_image() -> None:
    arrays, _ = load(MMDETECTION, "x02_parts")
    limits = (128.0, 96.0, 128.0, 96.0)
    for row, corners in enumerate(arrays["coder.priors"].tolist()):
        box = delta_decode(arrays["coder.deltas"][row].tolist(), centre_size(corners))
        cut = [larger(0.0, smaller(value, limit)) for value, limit in zip(box, limits, strict=True)]
        close(cut, arrays["coder.decode_clip"][row], 1e-5, 1e-3)


LOSSES = ["focal_g2_a0.25", "focal_g1.5_a0.6", "l1", "smooth_l1_0.11", "smooth_l1_1"]


@pytest.mark.parametrize("name", LOSSES)
def test_losses_alone(name: str) -> None:
    """As a mean without weights, divided by 7 + ε with weights, and number by number with weights."""
    arrays, config = load(MMDETECTION, "x02_parts")
    if name.startswith("focal"):
        gamma, alpha = (float(part[1:]) for part in name.split("_")[1:])
        truth = arrays["loss.labels"][:, None] == np.arange(4)
        pairs = zip(arrays["loss.logits"].ravel().tolist(), truth.ravel().tolist(), strict=True)
        rows = [focal(logit, float(label), alpha, gamma) for logit, label in pairs]
        weights = np.repeat(arrays["loss.weights"], 4)
    else:
        beta = 0.0 if name == "l1" else float(name.rpartition("_")[2])
        rows = [smooth_l1(d, beta) for d in (arrays["loss.pred"] - arrays["loss.target"]).ravel().tolist()]
        weights = arrays["loss.box_weights"].ravel()
    values, slopes = np.array(rows).T
    divisor = config["loss_avg_factor"] + FLOAT32_EPSILON
    for kind, value, slope in (
        ("mean", values.mean(), slopes / len(values)),
        ("avg7", (values * weights).sum() / divisor, slopes * weights / divisor),
        ("none", (values * weights).reshape(-1, 4), slopes * weights),
    ):
        close(value, arrays[f"loss.{name}_{kind}.value"], 1e-5, 1e-7)
        close_gradient(slope.reshape(-1, 4), arrays[f"loss.{name}_{kind}.grad"])
