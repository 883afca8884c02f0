"""The plain reference of the small parts against recorded numbers."""

from collections.abc import Callable

import numpy as np
import pytest

from conformance.reference.chain_rule import difference_quotients, value_of
from conformance.reference.coding import centre_size, corners, delta_decode, delta_encode, ltrb_decode, ltrb_encode
from conformance.reference.elementwise import (
    blurred_bce,
    clamped_distance,
    cross_entropy,
    dfl,
    focal,
    quality_focal,
    smooth_l1,
    smooth_labels,
)
from conformance.reference.masks import crop, detection_mask
from conformance.reference.priors import (
    cell_points,
    crossed_default_boxes,
    on_image,
    paired_default_boxes,
    retinanet_anchors,
)
from conformance.reference.suppression import suppress
from tests.conformance.recorded import close, load

ELEMENTWISE: dict[str, Callable[[float], tuple[float, float]]] = {
    "focal": lambda x: focal(x, 0.3, 0.25, 1.5),
    "focal without balance": lambda x: focal(x, 1.0, -1, 2.0),
    "quality focal": lambda x: quality_focal(x, 0.7, 0.25, 1.5, 2.0),
    "blurred": lambda x: blurred_bce(x, 1.0, 0.05),
    "smooth": lambda x: smooth_l1(x, 0.7),
}


@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.parametrize("at", [-3.1, -0.4, 0.2, 2.7])
def test_written_out_slopes_are_the_limits_of_differences(name: str, at: float) -> None:
    formula = ELEMENTWISE[name]
    quotients = difference_quotients(lambda inputs: formula(inputs[0])[0], [at], 1e-6)
    assert formula(at)[1] == pytest.approx(quotients[0], abs=1e-8)


def test_slopes_of_softmax_losses_are_the_limits_of_differences() -> None:
    logits = [0.3, -1.2, 2.0, 0.7, -0.1]
    for formula in (lambda inputs: cross_entropy(inputs, 3), lambda inputs: dfl(inputs, 2.3)):
        quotients = difference_quotients(lambda inputs, formula=formula: formula(inputs)[0], logits, 1e-6)
        close(formula(logits)[1], quotients, 0, 1e-8)


def test_distribution_focal_loss() -> None:
    arrays, config = load("geometry", "g10_dfl")
    bins = config["bins"]
    distances = [[clamped_distance(value, bins) for value in row] for row in arrays["dfl_target"].tolist()]
    close(distances, arrays["dfl_target_clamped"], 1e-6, 1e-6)
    recorded = arrays["dfl_target_clamped"].ravel().tolist()  # rounded to float32: 14.99 is not exact
    found = [dfl(logits, distance) for logits, distance in zip(arrays["dfl_logits"].tolist(), recorded, strict=True)]
    means = np.array([value for value, _ in found]).reshape(-1, 4).mean(axis=1)
    for release in ("", "early."):
        close(means, arrays[f"{release}dfl.value"][:, 0], 1e-5, 1e-6)
        close([[slope / 4 for slope in slopes] for _, slopes in found], arrays[f"{release}dfl.grad"], 1e-4, 1e-6)


@pytest.mark.parametrize(("key", "canvas"), [("12x16@8_6x8@16_3x4@32", (96, 128)), ("10x10@8_5x5@16_3x3@32", (80, 80))])
def test_points(key: str, canvas: tuple[int, int]) -> None:
    arrays, _ = load("geometry", "g11_points_distances")
    found = np.array(cell_points(canvas, (8, 16, 32)))
    assert (found[:, 2] == arrays[f"anchor_strides_{key}"].ravel()).all()
    assert (found[:, :2] / found[:, 2:] == arrays[f"anchor_points_{key}"]).all()


def test_distances() -> None:
    arrays, _ = load("geometry", "g11_points_distances")
    for row, point in enumerate(arrays["points"].tolist()):
        close(ltrb_decode(arrays["distances"][row].tolist(), point, 1.0), arrays["dist2bbox_xyxy"][row], 1e-5, 1e-5)
        encoded = ltrb_encode(arrays["boxes"][row].tolist(), point, 1.0)
        close(encoded, arrays["bbox2dist_unclamped"][row], 1e-5, 1e-5)
        close([clamped_distance(value, 16) for value in encoded], arrays["bbox2dist_15"][row], 1e-5, 1e-5)


@pytest.mark.parametrize("threshold", [0.3, 0.45, 0.6, 0.7, 0.9])
def test_suppression(threshold: float) -> None:
    arrays, _ = load("geometry", "g12_nms")
    boxes, scores, labels = (arrays[f"nms_{key}"].tolist() for key in ("boxes", "scores", "classes"))
    assert suppress(boxes, scores, [0] * len(boxes), threshold) == arrays[f"nms_keep_{threshold}"].tolist()
    assert suppress(boxes, scores, labels, threshold) == arrays[f"batched_keep_{threshold}"].tolist()


@pytest.mark.parametrize("threshold", [0.25, 0.5, 0.75])
def test_an_overlap_equal_to_the_threshold_is_kept(threshold: float) -> None:
    arrays, _ = load("geometry", "g12_nms")
    boxes, scores = arrays["exact_boxes"].tolist(), arrays["exact_scores"].tolist()
    assert suppress(boxes, scores, [0] * len(boxes), threshold) == arrays[f"exact_keep_{threshold}"].tolist()


@pytest.mark.parametrize("alpha", ["0.25", "-1"])
@pytest.mark.parametrize("gamma", ["2.0", "1.5"])
def test_focal(alpha: str, gamma: str) -> None:
    arrays, _ = load("geometry", "g13_focal")
    pairs = zip(arrays["focal_logits"].ravel().tolist(), arrays["focal_targets"].ravel().tolist(), strict=True)
    found = np.array([focal(x, y, float(alpha), float(gamma)) for x, y in pairs])
    key = f"focal_alpha{alpha}_gamma{gamma}"
    close(found[:, 0], arrays[f"{key}.value"].ravel(), 1e-5, 1e-8)
    close(found[:, 1], arrays[f"{key}.grad"].ravel(), 1e-4, 1e-6)


def test_cropping() -> None:
    arrays, _ = load("geometry", "g14_masks")
    found = [crop(mask, box) for mask, box in zip(arrays["crop_masks"], arrays["crop_boxes"].tolist(), strict=True)]
    assert (np.array(found) == arrays["crop_result"]).all()


def test_masks_of_detections() -> None:
    """At the image: enlarged first, then cut. At the prototypes: cut there."""
    arrays, config = load("geometry", "g14_masks")
    size = config["image_hw"]
    scale = arrays["proto"].shape[2] / size[1]
    for row, box in enumerate(arrays["det_boxes"].tolist()):
        logits = np.tensordot(arrays["coeffs"][row], arrays["proto"], axes=1)
        small = crop(logits, [value * scale for value in box]) > 0
        assert (small == arrays["mask_proto_size"][row]).all()
        sure = arrays["mask_margin_ok"][row]
        assert (detection_mask(logits, box, size)[sure] == arrays["mask_native"][row][sure]).all()


def test_centre_and_size() -> None:
    arrays, _ = load("geometry", "g11_points_distances")
    centred = [centre_size(box) for box in arrays["boxes"].tolist()]
    close(centred, arrays["to_cxcywh"], 1e-6, 1e-6)
    close([corners(*row) for row in centred], arrays["to_xyxy"], 1e-6, 1e-5)


def test_functions_around_binary_cross_entropy() -> None:
    arrays, _ = load("yolov5", "f01_functions")
    pairs = list(zip(arrays["logits"].ravel().tolist(), arrays["labels"].ravel().tolist(), strict=True))
    keys = [key.removesuffix(".value") for key in arrays if key.endswith(".value")]
    assert len(keys) == 16
    for key in keys:
        kind, *parts = key.split("_")
        numbers = {
            word.rstrip("0123456789."): float(word.lstrip("abcdefghijklmnopqrstuvwxyz"))
            for word in parts
            if word[-1].isdigit()
        }
        alpha, gamma, weight = numbers.get("alpha", 0.25), numbers.get("gamma", 1.5), numbers.get("posweight", 1.0)
        if kind == "blur":
            found = np.array([blurred_bce(x, y, alpha) for x, y in pairs])
        elif kind == "focal":
            found = np.array([focal(x, y, alpha, gamma, weight) for x, y in pairs])
        else:
            found = np.array([quality_focal(x, y, alpha, gamma, weight) for x, y in pairs])
        scale = 1.0 if key.endswith(("_none", "_sum")) else len(pairs)
        recorded = arrays[f"{key}.value"]
        value = found[:, 0].reshape(recorded.shape) if recorded.ndim else found[:, 0].sum() / scale
        close(value, recorded, 1e-5, 1e-7)
        gradient = arrays[f"{key}.grad"].ravel()
        close(found[:, 1] / scale, gradient, 0, 1e-5 * np.abs(gradient).max() + 1e-8)
    wanted = [smooth_labels(float(epsilon)) for epsilon in arrays["smooth_eps"]]
    close(wanted, arrays["smooth_pos_neg"], 1e-6, 1e-7)


@pytest.mark.parametrize("size", [(96, 128), (70, 100)])
def test_anchors_of_torchvision(size: tuple[int, int]) -> None:
    arrays, _ = load("retinanet_torchvision", "t90_parts")
    assert (np.array(retinanet_anchors(size, "torchvision")) == arrays[f"anchors_{size[0]}x{size[1]}"]).all()


@pytest.mark.parametrize(("size", "padded"), [((96, 128), (76, 91)), ((64, 64), (44, 27))])
def test_anchors_of_mmdetection(size: tuple[int, int], padded: tuple[int, int]) -> None:
    arrays, _ = load("retinanet_mmdet", "x02_parts")
    close(retinanet_anchors(size, "mmdetection"), arrays[f"anchors_{size[0]}x{size[1]}"], 0, 5e-5)
    flags = on_image(size, padded, (8, 16, 32, 64, 128), 9)
    assert flags == arrays[f"valid_{size[0]}x{size[1]}_{padded[0]}x{padded[1]}"].tolist()


def test_default_boxes() -> None:
    arrays, _ = load("ssd_tiny", "p90_parts")
    close(crossed_default_boxes(7, (0.2, 0.4, 0.6), (1, 2, 0.5)), arrays["priors"], 0, 1e-7)
    arrays, config = load("ssd_torchvision", "d90_default_boxes")
    for key, canvas, recorded in (("ssd300", 300, "boxes_300x300"), ("small", 96, "boxes_small_96x96")):
        chosen = config[key]
        found = paired_default_boxes(canvas, chosen["steps"], chosen["scales"], chosen["extra_ratios"])
        close([corners(*box) for box in found], arrays[recorded], 0, 5e-5)


CODERS = {
    ("retinanet_torchvision", "t90_parts", "encoded_retina", "decoded_retina"): (1.0,) * 4,
    ("retinanet_torchvision", "t90_parts", "encoded_ssd", "decoded_ssd"): (0.1, 0.1, 0.2, 0.2),
    ("ssd_torchvision", "d90_default_boxes", "encoded_ssd", "decoded_ssd"): (0.1, 0.1, 0.2, 0.2),
}


@pytest.mark.parametrize("which", CODERS)
def test_deltas(which: tuple[str, str, str, str]) -> None:
    folder, name, encoded, decoded = which
    arrays, _ = load(folder, name)
    for row, (x1, y1, x2, y2) in enumerate(arrays["priors"].tolist()):
        prior = ((x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1)
        stds = CODERS[which]
        close(delta_encode(arrays["objects"][row].tolist(), prior, stds), arrays[encoded][row], 1e-4, 1e-5)
        found = delta_decode(arrays["deltas"][row].tolist(), prior, stds, clamp="upper")
        close(found, arrays[decoded][row], 1e-4, 1e-3)


def test_deltas_of_the_tiny_detector() -> None:
    arrays, _ = load("ssd_tiny", "p90_parts")
    for row, prior in enumerate(arrays["priors"].tolist()):
        box = [value_of(number) for number in corners(*arrays["boxes_c"][row].tolist())]
        close(delta_encode(box, prior, (0.1, 0.1, 0.2, 0.2)), arrays["encoded"][row], 1e-4, 1e-5)
        found = delta_decode(arrays["offsets"][row].tolist(), prior, (0.1, 0.1, 0.2, 0.2), clamp="upper")
        close(found, corners(*arrays["decoded"][row].tolist()), 1e-5, 2e-6)
