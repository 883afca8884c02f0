"""The assigners that can be named."""

from boxwright.settings.parts.part import SMALLEST, Option, Part

_REACH = "its priors write boxes whose centre is at most one cell away, and this one pairs priors farther off"
_SEVERAL = "it chooses cells, and the priors of a cell have different sizes here"
_MANY = "it lets one prior answer for several objects, which a class loss over all priors cannot tell apart"
_POINTS_ONLY = {"ssd": _SEVERAL, "retinanet": _SEVERAL, "yolov5": _REACH}
_GUARANTEE = Option("guarantee", False, "whether every object gets at least one positive")


def _assigner(
    name: str, about: str, source: str, kind: str, *options: Option, unfit: dict[str, str], topk: int | None = None
) -> Part:
    fixed = {} if topk is None else {"topk": topk}
    return Part(name, about, source, f"boxwright.assigners:{kind}", options, fixed, unfit)


_ALIGNED = (
    Option("alpha", 0.5, "exponent of the score", least=0),
    Option("beta", 6.0, "exponent of the overlap", least=0),
    Option("contested", "candidates", "who may win a contested point", choices=("candidates", "all")),
    _GUARANTEE,
)

ASSIGNERS = (
    _assigner(
        "max_iou",
        "Gives each prior to the object that it overlaps most, from an IoU on",
        "RetinaNet, Lin et al. 2017; Faster R-CNN, Ren et al. 2015",
        "MaxIouAssigner",
        Option("positive", 0.5, "least IoU of a pair", least=0, most=1),
        Option("negative", 0.4, "IoU under which a prior is background", least=0, most=1),
        Option("forced", "best", "who gets an object's best priors", choices=("off", "best", "last", "restore")),
        Option("least_forced", 0.0, "least IoU of these", least=0, most=1),
        Option("ignore_share", 0.5, "share of a prior in an ignored region above which it is ignored", least=0, most=1),
        unfit={"yolov5": _REACH},
    ),
    _assigner(
        "bipartite",
        "Gives each object its best prior, and other priors their best object from an IoU on",
        "SSD, Liu et al. 2016",
        "BipartiteAssigner",
        Option("threshold", 0.5, "IoU from which a prior joins", least=SMALLEST, most=1),
        Option("shared_best", "greedy", "who has the best prior of several", choices=("greedy", "last")),
        unfit={"yolov5": _REACH},
    ),
    _assigner(
        "shape_ratio",
        "Gives each object the anchors of about its shape, in up to three cells",
        "YOLOv5, Jocher et al. 2020",
        "ShapeRatioAssigner",
        Option("threshold", 4.0, "ratio of sides at which an anchor fits no more", least=1),
        unfit=dict.fromkeys(("ssd", "retinanet", "fcos", "yolov8"), _MANY),
    ),
    _assigner(
        "task_aligned",
        "Gives each object the points whose score and box fit it best",
        "TOOD, Feng et al. 2021",
        "TaskAlignedAssigner",
        Option("topk", 10, "points per object", least=1),
        *_ALIGNED,
        unfit=_POINTS_ONLY,
    ),
    _assigner(
        "one_to_one",
        "Gives each object the one point whose score and box fit it best: task_aligned with topk 1",
        "YOLOv10, Wang et al. 2024",
        "TaskAlignedAssigner",
        *_ALIGNED,
        unfit=_POINTS_ONLY,
        topk=1,
    ),
    _assigner(
        "atss",
        "Gives each object those priors of its nearest cells that overlap it unusually much",
        "ATSS, Zhang et al. 2020",
        "AtssAssigner",
        Option("nearest", 9, "cells per level", least=1),
        Option("point_scale", 8.0, "side in strides of the square that a point stands for", least=SMALLEST),
        _GUARANTEE,
        unfit={"yolov5": _REACH},
    ),
    _assigner(
        "fcos",
        "Gives each object the points near its centre, on the level of its size",
        "FCOS, Tian et al. 2019",
        "FcosAssigner",
        Option("radius", 1.5, "distance from the centre in strides", least=SMALLEST),
        Option("least", 4.0, "farthest side from which a level counts, in strides", least=0),
        Option("most", 8.0, "farthest side up to which it does", least=0),
        _GUARANTEE,
        unfit=_POINTS_ONLY,
    ),
    _assigner(
        "sim_ota",
        "Gives each object as many points as predict it well, the cheapest ones",
        "YOLOX, Ge et al. 2021",
        "SimOtaAssigner",
        Option("radius", 2.5, "distance from the centre in strides", least=SMALLEST),
        Option("topk", 10, "overlaps that are summed up to the number of points", least=1),
        Option("overlap_weight", 3.0, "of the overlap in the cost", least=0),
        _GUARANTEE,
        Option("candidates", "own", "whose points an object tries", choices=("own", "all")),
        unfit=_POINTS_ONLY,
    ),
    _assigner(
        "hungarian",
        "Gives each object one point, so that the sum of all gains is the largest",
        "POTO, Wang et al. 2021; DETR, Carion et al. 2020",
        "HungarianAssigner",
        Option("alpha", 0.8, "share of the overlap in the gain", least=0, most=1),
        Option("radius", 1.5, "distance from the centre in strides", least=SMALLEST),
        _GUARANTEE,
        unfit=_POINTS_ONLY,
    ),
)
