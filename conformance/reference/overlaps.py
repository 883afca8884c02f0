"""How much two boxes (x1, y1, x2, y2) overlap: IoU and its relatives.

Two styles of keeping divisors from 0 are in use. "yolo": ε = 1e-7 is added to heights, to the union, to the enclosing
area and to the squared diagonal. "torchvision": ε is added to divisors only. "exact" adds nothing; 0 / 0 is 0.

Source: GIoU, Rezatofighi et al. 2019; DIoU and CIoU, Zheng et al. 2020, eq. 7 and 10.
"""

import math
from collections.abc import Sequence

from conformance.reference.chain_rule import Scalar, arc_tangent, larger, positive_part, smaller, value_of

Box = Sequence[Scalar]
EPSILON = 1e-7
STYLES = ("yolo", "torchvision", "exact")


def intersection(box: Box, other: Box) -> Scalar:
    """Gives the area that lies in both boxes."""
    width = positive_part(smaller(box[2], other[2]) - larger(box[0], other[0]))
    height = positive_part(smaller(box[3], other[3]) - larger(box[1], other[1]))
    return width * height


def union(box: Box, other: Box, style: str = "yolo") -> Scalar:
    """Gives the area that lies in at least one of the boxes."""
    (width, height), (other_width, other_height) = _sides(box, style), _sides(other, style)
    return width * height + other_width * other_height - intersection(box, other)


def iou(box: Box, other: Box, style: str = "yolo") -> Scalar:
    """Gives intersection over union."""
    return _ratio(intersection(box, other), union(box, other, style) + _epsilon(style))


def giou(box: Box, other: Box, style: str = "yolo") -> Scalar:
    """Gives IoU minus the share of the smallest enclosing box that neither box covers."""
    width, height = _enclosing_sides(box, other)
    enclosing, covered = width * height, union(box, other, style)
    if style == "yolo":
        enclosing, covered = enclosing + EPSILON, covered + EPSILON
        return iou(box, other, style) - (enclosing - covered) / enclosing
    return iou(box, other, style) - _ratio(enclosing - covered, enclosing + _epsilon(style))


def diou(box: Box, other: Box, style: str = "yolo") -> Scalar:
    """Gives IoU minus the squared distance of the centres over the squared diagonal of the enclosing box."""
    return iou(box, other, style) - distance_penalty(box, other, style)


def ciou(box: Box, other: Box, style: str = "yolo") -> Scalar:
    """Gives DIoU minus α v. The trade-off α is a constant: no gradient flows through it."""
    overlap, aspect = iou(box, other, style), aspect_penalty(box, other, style)
    alpha = _ratio(value_of(aspect), 1 - value_of(overlap) + value_of(aspect) + _epsilon(style))
    return overlap - distance_penalty(box, other, style) - value_of(alpha) * aspect


def distance_penalty(box: Box, other: Box, style: str = "yolo") -> Scalar:
    """Gives ρ² / c²: how far the centres are apart, as a share of the enclosing diagonal."""
    right = (other[0] + other[2] - box[0] - box[2]) / 2
    down = (other[1] + other[3] - box[1] - box[3]) / 2
    width, height = _enclosing_sides(box, other)
    return _ratio(right * right + down * down, width * width + height * height + _epsilon(style))


def aspect_penalty(box: Box, other: Box, style: str = "yolo") -> Scalar:
    """Gives v = 4/π² (atan(w/h) − atan(w′/h′))²."""
    turn = _slant(*_sides(box, style)) - _slant(*_sides(other, style))
    return 4 / math.pi**2 * (turn * turn)


def _sides(box: Box, style: str) -> tuple[Scalar, Scalar]:
    height = box[3] - box[1]
    return box[2] - box[0], height + EPSILON if style == "yolo" else height


def _slant(width: Scalar, height: Scalar) -> Scalar:
    """Gives atan(w/h): a right angle for a box of no height, 0 for a box of no size at all."""
    if value_of(height) == 0:
        return math.pi / 2 if value_of(width) > 0 else 0.0
    return arc_tangent(width / height)


def _enclosing_sides(box: Box, other: Box) -> tuple[Scalar, Scalar]:
    width = larger(box[2], other[2]) - smaller(box[0], other[0])
    return width, larger(box[3], other[3]) - smaller(box[1], other[1])


def _epsilon(style: str) -> float:
    return 0.0 if style == "exact" else EPSILON


def _ratio(part: Scalar, whole: Scalar) -> Scalar:
    return part / whole if value_of(whole) else 0.0


MEASURES = {"iou": iou, "giou": giou, "diou": diou, "ciou": ciou}
