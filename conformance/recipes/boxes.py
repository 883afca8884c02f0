"""Cases of box coding and of the places of priors."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from conformance.case import Array, Case, Tolerance
from conformance.recipes.drawing import GIVEN, PIXELS, WIDE, drawn, drawn_boxes, written
from conformance.reference.coding import (
    centre_size,
    delta_decode,
    delta_encode,
    ltrb_decode,
    ltrb_encode,
    mean_bin,
    sigmoid_offset_decode,
    split_sides,
)
from conformance.reference.elementwise import clamped_distance
from conformance.reference.priors import cell_points, retinanet_anchors

PLAIN, SSD = (1.0, 1.0, 1.0, 1.0), (0.1, 0.1, 0.2, 0.2)


def cases() -> list[Case]:
    """Gives the cases of the section."""
    return [
        *_encoded(),
        *_decoded(),
        _wild("upper"),
        _wild("both"),
        *_ltrb(),
        *_distributions(),
        _sigmoids(),
        _points(),
        *[_anchors(convention) for convention in ("mmdetection", "torchvision")],
    ]


def _case(
    name: str,
    function: str,
    words: tuple[str, str, str],
    inputs: dict[str, Array],
    parameters: dict[str, Any],
    value: object,
    tolerance: Tolerance,
) -> Case:
    expected = {"value": written(value)}
    return Case("boxes", name, function, *words, inputs, parameters, expected, {"value": tolerance})


def _priors() -> Array:
    corners = drawn_boxes(31, 16, (96, 128), (8, 64))
    return np.array([centre_size(box) for box in corners.tolist()], dtype=np.float32)


def _encoded() -> list[Case]:
    boxes, priors = drawn_boxes(37, 16, (96, 128), (6, 80)), _priors()
    about = (
        "((x − px) / pw, (y − py) / ph, ln(w / pw), ln(h / ph)) over the standard deviations. Boxes are corners, "
        "priors centre and size."
    )
    words = {
        "plain": "Centres off: priors taken for corners. Sides off: the logarithm is missing, or of prior over box.",
        "ssd_variances": "A factor of 5 or 10 off: multiplied by the variances, or 0.2 for centres and 0.1 for sides.",
    }
    found = []
    for name, stds in (("plain", PLAIN), ("ssd_variances", SSD)):
        value = [delta_encode(box, prior, stds) for box, prior in zip(boxes.tolist(), priors.tolist(), strict=True)]
        source = "Girshick et al. 2014, appendix C; the variances: Liu et al. 2016, the authors' code"
        inputs, parameters = {"boxes": boxes, "priors": priors}, {"stds": list(stds)}
        found.append(
            _case(f"delta_encode_{name}", "delta_encode", (about, source, words[name]), inputs, parameters, value, WIDE)
        )
    return found


def _decoded() -> list[Case]:
    priors, codes = _priors(), drawn(41, (16, 4), -1.5, 1.5)
    about = (
        "The inverse of delta_encode: corners of the box that a code says. Ratios of sides are within the clamp here."
    )
    mistake = "Boxes shifted by half their size: corners computed from the corner, not from the centre."
    found = []
    for name, stds in (("plain", PLAIN), ("ssd_variances", SSD)):
        rows = zip(codes.tolist(), priors.tolist(), strict=True)
        value = [delta_decode(code, prior, stds) for code, prior in rows]
        inputs, parameters = {"codes": codes, "priors": priors}, {"stds": list(stds), "clamp": "upper"}
        words = (about, "Girshick et al. 2014, eq. 1 to 4", mistake)
        found.append(_case(f"delta_decode_{name}", "delta_decode", words, inputs, parameters, value, PIXELS))
    return found


def _wild(clamp: str) -> Case:
    priors = np.array([[32, 32, 16, 8], [40, 24, 10, 20]], dtype=np.float32)
    codes = np.array([[0, 0, 50, -50], [0.5, -0.5, -9, 9]], dtype=np.float32)
    value = [
        delta_decode(code, prior, PLAIN, clamp=clamp)
        for code, prior in zip(codes.tolist(), priors.tolist(), strict=True)
    ]
    words = (
        f"Log ratios of sides are clamped to ln(1000/16) {'on both sides' if clamp == 'both' else 'from above only'}.",
        "Detectron; torchvision clamps from above, MMDetection on both sides",
        "inf: no clamp. Heights of 0 where 0.128 is expected, or the reverse: the other convention.",
    )
    inputs, parameters = {"codes": codes, "priors": priors}, {"stds": list(PLAIN), "clamp": clamp}
    return _case(f"delta_decode_clamp_{clamp}", "delta_decode", words, inputs, parameters, value, PIXELS)


def _ltrb() -> list[Case]:
    points = drawn(43, (12, 2), 4, 90, 0.5)
    strides = np.array([8, 16, 32] * 4, dtype=np.float32)
    boxes = drawn_boxes(47, 12, (96, 128), (10, 90))
    rows = list(zip(boxes.tolist(), points.tolist(), strides.tolist(), strict=True))
    encoded = [ltrb_encode(*row) for row in rows]
    codes = drawn(53, (12, 4), -0.5, 6)
    decoded = [ltrb_decode(code, point, stride) for code, (_, point, stride) in zip(codes.tolist(), rows, strict=True)]
    source = "Tian et al. 2019, eq. 1"
    places = {"points": points, "strides": strides}
    words = (
        "Distances of the left, top, right and bottom side from the point, in strides; negative if the point is "
        "outside.",
        source,
        "A factor of the stride: pixels. Left and top negative: not seen from the point.",
    )
    back = ("Corners of the box whose sides are that many strides from the point.", source, words[2])
    return [
        _case("ltrb_encode", "ltrb_encode", words, {"boxes": boxes, **places}, {}, encoded, WIDE),
        _case("ltrb_decode", "ltrb_decode", back, {"codes": codes, **places}, {}, decoded, PIXELS),
    ]


def _distributions() -> list[Case]:
    logits = drawn(59, (6, 64), -4, 4)
    points, strides = drawn(61, (6, 2), 4, 90, 0.5), np.array([8, 16, 32] * 2, dtype=np.float32)
    value = []
    for row, point, stride in zip(logits.tolist(), points.tolist(), strides.tolist(), strict=True):
        value.append(ltrb_decode([mean_bin(side)[0] for side in split_sides(row)], point, stride))
    words = (
        "Each side's distance is the mean of the bins 0, 1, …, 15 under the softmax of its 16 logits, in strides. "
        "Logits "
        "lie side by side: all of the left side first.",
        "Li et al. 2020, eq. 4",
        "All sides nearly equal: softmax over the four sides, or bins and sides interleaved. One stride too large: "
        "bins "
        "counted from 1.",
    )
    inputs = {"logits": logits, "points": points, "strides": strides}
    distances = drawn(67, (8, 4), -2, 20)
    clamped = [[clamped_distance(distance, 16) for distance in row] for row in distances.tolist()]
    limits = (
        "The true distance is kept within [0, bins − 1 − 0.01], so that there is a bin on either side of it.",
        "Releases of YOLOv8, measured",
        "15 in place of 14.99: the right bin is number 16, beyond the array. Negative values: no lower clamp.",
    )
    return [
        _case("distribution_decode", "distribution_decode", words, inputs, {}, value, PIXELS),
        _case("clamped_distances", "clamped_distances", limits, {"distances": distances}, {"bins": 16}, clamped, WIDE),
    ]


def _sigmoids() -> Case:
    priors = np.array([[4, 4, 10, 13], [60, 28, 33, 23], [24, 8, 62, 45], [48, 48, 116, 90]], dtype=np.float32)
    strides = np.array([8, 8, 16, 32], dtype=np.float32)
    codes = drawn(71, (4, 4), -3, 3)
    rows = zip(codes.tolist(), priors.tolist(), strides.tolist(), strict=True)
    value = [sigmoid_offset_decode(*row) for row in rows]
    words = (
        "The centre is that of the cell plus (2σ − 1) strides, a side (2σ)² times the anchor's. Priors are the middle "
        "of "
        "the cell and the anchor's sides. Gives corners.",
        "YOLOv5, measured",
        "Half a stride off: 2σ − ½ counts from the cell's corner, 2σ − 1 from its middle. Sides up to 7 times the "
        "anchor's and more: e^x, as YOLOv3 had it.",
    )
    inputs = {"codes": codes, "priors": priors, "strides": strides}
    return _case("sigmoid_offset_decode", "sigmoid_offset_decode", words, inputs, {}, value, PIXELS)


def _points() -> Case:
    canvas, strides = (80, 96), (8, 16, 32)
    words = (
        "x, y and stride of every point: the middle of each cell, levels from the finest, cells row by row. A cell "
        "that "
        "the border cuts counts.",
        "Tian et al. 2019, section 3.1",
        "Off by half a stride: corners of cells. The right set in another order: column by column.",
    )
    parameters: dict[str, Sequence[int]] = {"canvas": list(canvas), "strides": list(strides)}
    return _case("cell_points", "cell_points", words, {}, parameters, cell_points(canvas, strides), GIVEN)


def _anchors(convention: str) -> Case:
    canvas, strides = (72, 100), (16, 32, 64)
    about = {
        "mmdetection": "Real-valued sizes 4 · 2^(k/3) strides, for each ratio height / width ½, 1, 2; on the corners "
        "of "
        "cells, a stride apart.",
        "torchvision": "Sizes cut to whole pixels, half sides rounded (to even ones where two are equally near), on "
        "the "
        "corners of cells, floor(side of the canvas / cells) apart.",
    }
    words = (
        about[convention],
        "Lin et al. 2017, section 4; both releases, measured",
        "Off by half a stride: middles of cells. Wide and high swapped: ratio taken as width / height.",
    )
    value = retinanet_anchors(canvas, convention, strides)
    parameters = {"canvas": list(canvas), "strides": list(strides), "convention": convention}
    return _case(f"retinanet_anchors_{convention}", "retinanet_anchors", words, {}, parameters, value, GIVEN)
