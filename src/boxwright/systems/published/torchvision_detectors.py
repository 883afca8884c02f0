"""torchvision's RetinaNet, FCOS and SSD300."""

from collections.abc import Mapping

from torch import Tensor

from boxwright.foreign_weights import ForeignWeights
from boxwright.models.class_rows import kept_rows
from boxwright.models.torchvision_names import FCOS_RULES, RETINANET_RULES, SSD_RULES, rename_by
from boxwright.systems.published.conversion import Conversion
from boxwright.systems.published.residual_blocks import resnet_variant

_ANCHORS, _BOXES = 9, 4  # at each cell: of RetinaNet, of the first level of SSD300
_COCO_ROWS = 91
_ABSENT = ("__background__", "N/A")


def convert_torchvision(weights: ForeignWeights) -> Conversion | None:
    """Recognises `retinanet_resnet50_fpn`, its second version, `fcos_resnet50_fpn`, their kind, and `ssd300_vgg16`.

    Args:
        weights: Of somebody else.

    Returns:
        None if they are none of these.

    Raises:
        DataError: They are, but of a ResNet that boxwright has not.
    """
    if "head.regression_head.bbox_ctrness.weight" in weights.tensors:
        return _fcos(weights.tensors)
    if "head.classification_head.cls_logits.weight" in weights.tensors:
        return _retinanet(weights.tensors)
    if (
        "head.classification_head.module_list.0.weight" in weights.tensors
        and "backbone.scale_weight" in weights.tensors
    ):
        return _ssd(weights.tensors)
    return None


def _retinanet(tensors: Mapping[str, Tensor]) -> Conversion:
    variant = resnet_variant(tensors, "backbone.body.")
    renamed = rename_by(RETINANET_RULES, tensors)
    first = renamed["neck.extra.0.weight"]
    count, names, ids = _named_classes(renamed, _ANCHORS)
    on_c5 = first.shape[1] != first.shape[0]
    options = {
        "dialect": "torchvision_v2" if on_c5 else "torchvision",
        "width": first.shape[0],
        "depth": _depth(renamed),
        "head_norms": "head.class_tower.0.1.weight" in renamed,
        "holds_norms": True,
        "pretrained": False,
    }
    form = f"torchvision's RetinaNet{' v2' if on_c5 else ''}"
    return Conversion(form, f"retinanet_{variant}", count, options, renamed, names, ids, notes=_notes(ids))


def _fcos(tensors: Mapping[str, Tensor]) -> Conversion:
    variant = resnet_variant(tensors, "backbone.body.")
    renamed = rename_by(FCOS_RULES, tensors)
    count, names, ids = _named_classes(renamed, 1)
    options = {
        "dialect": "torchvision",
        "width": renamed["neck.extra.0.weight"].shape[0],
        "depth": _depth(renamed),
        "head_norms": "head.class_tower.0.1.weight" in renamed,
        "holds_norms": True,
        "pretrained": False,
    }
    name = f"fcos_{variant}"
    return Conversion("torchvision's FCOS", name, count, options, renamed, names, ids, notes=_notes(ids))


def _named_classes(
    renamed: dict[str, Tensor], priors_per_cell: int
) -> tuple[int, tuple[str, ...] | None, tuple[int, ...] | None]:
    """Gives number, names and ids of the categories; of COCO only rows of categories with objects stay."""
    rows = renamed["head.class_predictor.weight"].shape[0] // priors_per_cell
    if rows != _COCO_ROWS:
        return rows, None, None
    names, ids = _coco_names()
    for part in ("weight", "bias"):  # those of the background and of names without objects say nothing
        name = f"head.class_predictor.{part}"
        renamed[name] = kept_rows(renamed[name], priors_per_cell, ids)
    return len(ids), names, ids


def _depth(renamed: Mapping[str, Tensor]) -> int:
    return len({name for name in renamed if name.startswith("head.box_tower.") and name.endswith(".0.weight")})


def _notes(ids: tuple[int, ...] | None) -> tuple[str, ...]:
    return () if ids else ("Class 0 is the background in torchvision's trainings, and never found.",)


def _ssd(tensors: Mapping[str, Tensor]) -> Conversion:
    rows = tensors["head.classification_head.module_list.0.weight"].shape[0] // _BOXES
    names = ids = None
    if rows == _COCO_ROWS:  # the rows of names without objects stay, since softmax counts them
        every = _coco_list()
        names = tuple(name if name not in _ABSENT else f"{name} {label}" for label, name in enumerate(every) if label)
        ids = tuple(range(1, _COCO_ROWS))
    options = {"pretrained": True, "norms": False, "dialect": "torchvision"}
    return Conversion("torchvision's SSD300", "ssd300", rows - 1, options, rename_by(SSD_RULES, tensors), names, ids)


def _coco_names() -> tuple[tuple[str, ...], tuple[int, ...]]:
    every = _coco_list()
    ids = tuple(label for label, name in enumerate(every) if name not in _ABSENT)
    return tuple(every[label] for label in ids), ids


def _coco_list() -> list[str]:
    from torchvision.models.detection import SSD300_VGG16_Weights

    names: list[str] = SSD300_VGG16_Weights.DEFAULT.meta["categories"]
    return names
