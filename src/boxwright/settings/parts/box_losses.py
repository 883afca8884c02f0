"""The losses of boxes that can be named."""

from boxwright.settings.parts.part import SMALLEST, Option, Part, Value

_NO_CODES = {
    "yolov5": "it compares codes, and those of this system have no limit where the box is at the edge of its reach",
    "yolov8": "it compares codes, and those of this system are distributions",
}


def _loss(
    name: str,
    about: str,
    source: str,
    kind: str,
    *options: Option,
    overlap: str = "",
    unfit: dict[str, str] | None = None,
) -> Part:
    fixed: dict[str, Value] = {"kind": overlap} if overlap else {}
    return Part(name, about, source, f"boxwright.losses:{kind}", options, fixed, unfit or {})


_DISTANCE = "Distance-IoU, Zheng et al. 2020"
_KINDS = ("iou", "giou", "diou", "ciou")

BOX_LOSSES = (
    _loss("iou", "1 − IoU", "UnitBox, Yu et al. 2016", "OverlapLoss", overlap="iou"),
    _loss(
        "giou",
        "1 − IoU, and the empty part of the enclosing box",
        "Rezatofighi et al. 2019",
        "OverlapLoss",
        overlap="giou",
    ),
    _loss("diou", "1 − IoU, and the distance of the centres", _DISTANCE, "OverlapLoss", overlap="diou"),
    _loss("ciou", "diou, and the difference of the aspect ratios", _DISTANCE, "OverlapLoss", overlap="ciou"),
    _loss(
        "siou",
        "1 − IoU, the distance along the nearer axis, and the shape",
        "SIoU Loss, Gevorgyan 2022",
        "SIoULoss",
        Option("theta", 4.0, "the larger, the less the shape counts", least=1),
    ),
    _loss(
        "eiou", "diou, and the differences of both sides", "Focal and Efficient IoU Loss, Zhang et al. 2021", "EIoULoss"
    ),
    _loss(
        "alpha_iou",
        "Powers of the overlap and of what is subtracted",
        "Alpha-IoU, He et al. 2021",
        "AlphaIoULoss",
        Option("alpha", 3.0, "exponent", least=1),
        Option("kind", "ciou", "whose penalties", choices=_KINDS),
    ),
    _loss(
        "wise_iou",
        "1 − IoU times the distance; what is far from the running mean counts less",
        "Wise-IoU, Tong et al. 2023",
        "WiseIoULoss",
        Option("version", 3, "1, without the running mean, or 3", least=1, most=3),
        Option("alpha", 1.9, "above 1; the larger, the less outliers count", least=1),
        Option("delta", 3.0, "multiple of the mean that counts as it is", least=SMALLEST),
        Option("momentum", 0.01, "how fast the mean follows", least=0, most=1),
    ),
    _loss(
        "inner_iou",
        "Another loss with the overlap of smaller or larger boxes",
        "Inner-IoU, Zhang et al. 2023",
        "InnerIoULoss",
        Option("ratio", 0.7, "sides of these boxes per side", least=SMALLEST),
        Option("kind", "ciou", "the other loss", choices=(*_KINDS, "siou", "eiou")),
    ),
    _loss("mpdiou", "1 − IoU, and the distances of two corners", "MPDIoU, Ma and Xu 2023", "CornerDistanceLoss"),
    _loss(
        "nwd",
        "Distance of boxes as normal distributions, for tiny objects",
        "Normalized Gaussian Wasserstein Distance, Wang et al. 2021",
        "WassersteinLoss",
        Option("constant", 12.8, "about the side of the objects in canvas pixels", least=SMALLEST),
    ),
    _loss("l1", "Distance of the codes", "RetinaNet in MMDetection", "L1", unfit=_NO_CODES),
    _loss(
        "smooth_l1",
        "Distance of the codes, rounded near zero",
        "Fast R-CNN, Girshick 2015",
        "SmoothL1",
        Option("beta", 1 / 9, "where the parabola meets the line", least=SMALLEST),
        unfit=_NO_CODES,
    ),
)
