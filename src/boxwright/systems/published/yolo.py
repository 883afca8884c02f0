"""YOLOv5 and YOLOv8, boxes and masks: state dictionaries with names like `model.0.conv.weight`."""

from collections.abc import Mapping

from torch import Tensor

from boxwright.errors import DataError
from boxwright.foreign_weights import ForeignWeights
from boxwright.models import published_yolov5_anchors, rename_published_yolov5, rename_published_yolov8
from boxwright.models.backbones import YOLOV5_SCALES, YOLOV8_SCALES, NetworkScale
from boxwright.systems.published.conversion import Conversion

_STEM = "model.0.conv.weight"
_FIRST_WIDTH = 64  # of the stem of a network of width 1


def convert_yolo(weights: ForeignWeights) -> Conversion | None:
    """Recognises YOLOv5 and YOLOv8.

    Args:
        weights: Of somebody else.

    Returns:
        None if they are none of these.

    Raises:
        DataError: They are, but of no variant that boxwright has.
    """
    tensors = dict(weights.tensors)
    if _STEM not in tensors:
        return None
    if "model.24.m.0.weight" in tensors:
        return _yolov5(tensors)
    if "model.22.cv2.0.2.weight" in tensors and "model.22.cv3.0.2.weight" in tensors:
        return _yolov8(tensors)
    return None


def _yolov5(tensors: dict[str, Tensor]) -> Conversion:
    if any(name.startswith("model.24.proto.") for name in tensors):
        raise DataError("it is a YOLOv5 with masks, which boxwright has not. YOLOv8 finds masks here: yolov8n-seg.")
    variant = _variant(tensors, YOLOV5_SCALES, "YOLOv5")
    rows = tensors["model.24.m.0.weight"].shape[0]
    anchors = published_yolov5_anchors(tensors) if "model.24.anchors" in tensors else None
    per_cell = 3 if anchors is None else len(anchors[0])
    options = {} if anchors is None else {"anchors": anchors}
    notes = () if anchors else ("The file has no anchors; those of COCO are taken.",)
    system, classes = f"yolov5{variant}", rows // per_cell - 5
    return Conversion("YOLOv5", system, classes, options, rename_published_yolov5(tensors), notes=notes)


def _yolov8(tensors: dict[str, Tensor]) -> Conversion:
    variant = _variant(tensors, YOLOV8_SCALES, "YOLOv8")
    classes = tensors["model.22.cv3.0.2.weight"].shape[0]
    options: dict[str, object] = {"reg_max": tensors["model.22.cv2.0.2.weight"].shape[0] // 4}
    name = f"yolov8{variant}"
    if "model.22.cv4.0.2.weight" in tensors and "model.22.proto.cv3.conv.weight" in tensors:
        name += "-seg"
        options["num_prototypes"] = tensors["model.22.cv4.0.2.weight"].shape[0]
    return Conversion("YOLOv8", name, classes, options, rename_published_yolov8(tensors))


def _variant(tensors: Mapping[str, Tensor], scales: Mapping[str, NetworkScale], family: str) -> str:
    width = tensors[_STEM].shape[0]
    known = {scale.channels(_FIRST_WIDTH): name for name, scale in scales.items()}
    if width not in known:
        found = ", ".join(f"{name} {size}" for size, name in known.items())
        raise DataError(
            f"its first convolution has {width} channels; {family} has {found}. Such a variant is not built here."
        )
    return known[width]
