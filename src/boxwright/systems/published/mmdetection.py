"""MMDetection's RetinaNet and SSD300."""

import re
from collections.abc import Mapping

from torch import Tensor

from boxwright.errors import DataError
from boxwright.foreign_weights import ForeignWeights
from boxwright.models import IMAGENET, Normalization
from boxwright.models.class_rows import kept_rows
from boxwright.models.mmdetection_names import MM_RETINANET_RULES, MM_SSD_RULES
from boxwright.models.torchvision_names import rename_by
from boxwright.systems.published.conversion import Conversion
from boxwright.systems.published.residual_blocks import resnet_variant

_ANCHORS = 9
_BOXES = (4, 6, 6, 6, 4, 4)
_LEVELS = range(len(_BOXES))
_UNSCALED = Normalization(mean=IMAGENET.mean, std=(1.0, 1.0, 1.0))  # what its SSD300 is trained with
_NUMBER = r"-?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:e[-+]?[0-9]++)?"
_THREE = re.compile(rf"({_NUMBER})\s*+,\s*+({_NUMBER})\s*+,\s*+({_NUMBER})\s*+,?\s*+[\])]")
_OF_RETINANET = {
    "scales_per_octave": (3.0,),
    "ratios": (0.5, 1.0, 2.0),
    "target_means": (0.0,) * 4,
    "target_stds": (1.0,) * 4,
}
_OF_SSD = {"target_means": (0.0,) * 4, "target_stds": (0.1, 0.1, 0.2, 0.2)}
_COCO_RANGE = (0.15, 0.9)  # sizes of the default boxes, of which boxwright has those for COCO


def convert_mmdetection(weights: ForeignWeights) -> Conversion | None:
    """Recognises RetinaNet with ResNet-18 to 101 and SSD300 with VGG-16.

    Their configuration, as far as the file has it, says whether the network wants red or blue first and what it takes
    off; otherwise it is as in MMDetection's own configurations of the two.

    Args:
        weights: Of somebody else.

    Returns:
        None if they are none of these.

    Raises:
        DataError: They are, but of a form that boxwright has not.
    """
    if "bbox_head.retina_cls.weight" in weights.tensors:
        return _retinanet(weights)
    if "backbone.features.33.weight" in weights.tensors and any("l2_norm.weight" in name for name in weights.tensors):
        return _ssd(weights)
    return None


def _retinanet(weights: ForeignWeights) -> Conversion:
    if re.search(r"style['\"]?\s*[=:]\s*['\"]caffe", weights.settings):
        raise DataError(
            "its ResNet has the style of Caffe (strides in the first convolution of a block); none is here."
        )
    _require_boxes(weights.settings, _OF_RETINANET)
    variant = resnet_variant(weights.tensors, "backbone.")
    renamed = _without_swallowed(rename_by(MM_RETINANET_RULES, weights.tensors))
    classes = renamed["head.class_predictor.weight"].shape[0] // _ANCHORS
    options = {
        "dialect": "mmdetection",
        "width": renamed["neck.lateral.0.weight"].shape[0],
        "depth": len({name for name in renamed if re.fullmatch(r"head\.box_tower\.\d+\.0\.weight", name)}),
        "head_norms": False,
        "holds_norms": True,
        "pretrained": False,
    }
    scale = _numbers(weights.settings, "octave_base_scale")
    if scale is not None:
        options["anchor_scale"] = scale[0]
    normalization = _normalization(weights.settings, renamed, "backbone.stem.0.weight", IMAGENET)
    name = f"retinanet_{variant}"
    form = "MMDetection's RetinaNet"
    return Conversion(form, name, classes, options, renamed, normalization=normalization)


def _ssd(weights: ForeignWeights) -> Conversion:
    found = re.search(r"basesize_ratio_range['\"]?\s*[=:]\s*[\[(]\s*([\d.]+)\s*,\s*([\d.]+)", weights.settings)
    if found and (float(found[1]), float(found[2])) != _COCO_RANGE:
        raise DataError(
            f"its default boxes have sizes of {found[1]} to {found[2]} of the canvas; those of ssd300 are for COCO, "
            f"{_COCO_RANGE[0]} to {_COCO_RANGE[1]}."
        )
    _require_boxes(weights.settings, _OF_SSD)
    renamed = _without_swallowed(rename_by(MM_SSD_RULES, weights.tensors))
    rows = renamed["head.class_predictors.0.weight"].shape[0] // _BOXES[0]
    order = (rows - 1, *range(rows - 1))  # the background is last there and first here
    for level in _LEVELS:
        for part in ("weight", "bias"):
            name = f"head.class_predictors.{level}.{part}"
            if name in renamed:
                renamed[name] = kept_rows(renamed[name], _BOXES[level], order)
    normalization = _normalization(weights.settings, renamed, "backbone.layers.0.weight", _UNSCALED)
    options = {"pretrained": True, "norms": False, "dialect": "default", "clips_boxes": False}
    return Conversion("MMDetection's SSD300", "ssd300", rows - 1, options, renamed, normalization=normalization)


def _require_boxes(settings: str, known: Mapping[str, tuple[float, ...]]) -> None:
    """Raises if a configuration has other anchors or codes of boxes, since what is found would lie elsewhere."""
    for name, usual in known.items():
        values = _numbers(settings, name)
        if values not in (None, usual):
            raise DataError(f"its configuration has {name} of {values}; boxwright builds this network with {usual}.")


def _numbers(settings: str, name: str) -> tuple[float, ...] | None:
    """Finds one number or a list of them."""
    found = re.search(rf"\b{name}['\"]?\s*+[=:]\s*+[\[(]?\s*+((?:{_NUMBER}\s*+,?\s*+){{1,20}}+)", settings)
    return None if found is None else tuple(float(value) for value in re.findall(_NUMBER, found[1]))


def _without_swallowed(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Leaves out the mean and deviation that newer files keep: they are no weights."""
    return {name: value for name, value in tensors.items() if not name.startswith("data_preprocessor.")}


def _normalization(settings: str, tensors: dict[str, Tensor], first: str, usual: Normalization) -> Normalization:
    """Gives mean and deviation for red, green, blue, and turns the first convolution round if it wants blue first."""
    mean, std = (_three(settings, name) for name in ("mean", "std"))
    is_blue_first = re.search(r"(?:bgr_to_rgb|to_rgb)['\"]?\s*[=:]\s*False", settings) is not None
    if is_blue_first:
        tensors[first] = tensors[first].flip(1)
        mean, std = (values and values[::-1] for values in (mean, std))
    return Normalization(mean or usual.mean, std or usual.std)


def _three(settings: str, name: str) -> tuple[float, float, float] | None:
    begins = re.search(rf"\b{name}['\"]?\s*+[=:]\s*+[\[(]\s*+(?:[\[(]\s*+)?(?=[-.0-9])", settings)
    if begins is None:
        return None
    found = _THREE.match(settings, begins.end())
    if found is None:
        shown = settings[begins.start() : begins.start() + 60]
        raise DataError(f"its configuration says {shown!r}…, which is not three numbers. Correct it, or take it out.")
    return float(found[1]), float(found[2]), float(found[3])
