"""Putting weights into networks, ours and those published under other names."""

import re
from collections.abc import Mapping

from torch import Tensor, nn

from boxwright.errors import DataError
from boxwright.models.published_names import YOLOV5_NAMES, YOLOV8_NAMES
from boxwright.models.torchvision_names import FCOS_RULES, RETINANET_RULES, SSD_RULES, rename_by

MAX_LISTED = 12


def load_weights(module: nn.Module, state: Mapping[str, Tensor], *, fresh: tuple[str, ...] = ()) -> None:
    """Copies weights into a network; every name and shape must fit, and whole numbers are no weights.

    Args:
        module: The network.
        state: Name → tensor, as `module.state_dict()` names them.
        fresh: Beginnings of names that keep what the network has, for instance "head.class_branches" when the
            categories are new.

    Raises:
        DataError: A tensor is missing, unexpected, of another shape, or quantised; the message lists them.
    """
    own = {name: tensor for name, tensor in module.state_dict().items() if not name.startswith(fresh)}
    given = {name: tensor for name, tensor in state.items() if not name.startswith(fresh)}
    faults = {
        "missing": sorted(own.keys() - given.keys()),
        "unexpected": sorted(given.keys() - own.keys()),
        "of another shape": [
            f"{name} {tuple(given[name].shape)} instead of {tuple(tensor.shape)}"
            for name, tensor in own.items()
            if name in given and given[name].shape != tensor.shape
        ],
        "of another kind of number": [
            f"{name} {given[name].dtype} instead of {tensor.dtype}"
            for name, tensor in own.items()
            if name in given and tensor.is_floating_point() and not given[name].is_floating_point()
        ],
    }
    found = [f"{len(names)} {what}: {_listed(names)}." for what, names in faults.items() if names]
    if found:
        raise DataError(
            f"The weights do not fit the network. Tensors: {' '.join(found)} Build the variant and number of "
            "classes that the weights were trained for, or name in `fresh` the beginnings of what shall stay."
        )
    module.load_state_dict(given, strict=False)


def load_published_yolov8(detector: nn.Module, state: Mapping[str, Tensor], *, fresh: tuple[str, ...] = ()) -> None:
    """Copies the state dictionary of a published YOLOv8 checkpoint into a detector of the same variant.

    Args:
        detector: Built by `yolov8`.
        state: Name → tensor with names like `model.0.conv.weight`.
        fresh: As in `load_weights`.

    Raises:
        DataError: A tensor is missing, unexpected or of another shape.
    """
    load_weights(detector, rename_published_yolov8(state), fresh=fresh)


def rename_published_yolov8(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Gives the tensors of a published YOLOv8 checkpoint boxwright's names.

    The fixed weights of the distance expectation (`dfl.conv.weight`) are left out. A name that fits no rule
    is kept, so that loading reports it.

    Args:
        state: Name → tensor with names like `model.0.conv.weight`.
    """
    return YOLOV8_NAMES.rename(state)


def load_published_yolov5(detector: nn.Module, state: Mapping[str, Tensor], *, fresh: tuple[str, ...] = ()) -> None:
    """Copies the state dictionary of a published YOLOv5 checkpoint into a detector of the same variant.

    The anchors that the checkpoint was trained with are no weights here: read them by `published_yolov5_anchors` and
    build the system with them.

    Args:
        detector: Built by `yolov5`.
        state: Name → tensor with names like `model.0.conv.weight`.
        fresh: As in `load_weights`.

    Raises:
        DataError: A tensor is missing, unexpected or of another shape.
    """
    load_weights(detector, rename_published_yolov5(state), fresh=fresh)


def rename_published_yolov5(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Gives the tensors of a published YOLOv5 checkpoint boxwright's names.

    The anchors are left out. A name that fits no rule is kept, so that loading reports it.

    Args:
        state: Name → tensor with names like `model.0.conv.weight`.
    """
    return YOLOV5_NAMES.rename(state)


def published_yolov5_anchors(
    state: Mapping[str, Tensor], strides: tuple[int, ...] = (8, 16, 32)
) -> tuple[tuple[tuple[float, float], ...], ...]:
    """Reads the anchors of a published YOLOv5 checkpoint, which stores them in strides.

    Args:
        state: Name → tensor with names like `model.24.anchors`.
        strides: Canvas pixels per cell of the levels.

    Returns:
        Per level the width and height of every anchor in canvas pixels, as the option `anchors` of `yolov5` takes them.

    Raises:
        DataError: The checkpoint has no anchors, or not for these levels.
    """
    found = [tensor for name, tensor in state.items() if re.fullmatch(r"model\.\d+\.anchors", name)]
    if len(found) != 1 or found[0].ndim != 3 or found[0].shape[::2] != (len(strides), 2):
        shapes = [tuple(tensor.shape) for tensor in found]
        raise DataError(
            f"A published YOLOv5 checkpoint has one tensor model.<number>.anchors of ({len(strides)}, anchors, 2); "
            f"found {shapes}. Give the state dictionary of the whole model."
        )
    pixels = found[0].double() * found[0].new_tensor(strides).double().view(-1, 1, 1)
    return tuple(tuple((width, height) for width, height in level) for level in pixels.tolist())


def load_torchvision_fcos(detector: nn.Module, state: Mapping[str, Tensor], *, fresh: tuple[str, ...] = ()) -> None:
    """Copies the state dictionary of torchvision's `fcos_resnet50_fpn` into a detector.

    Build it by `fcos("r50", …)` with `dialect="torchvision"`; torchvision's classes include one for the background,
    which is never an object.

    Args:
        detector: Of the same backbone, neck and number of classes.
        state: Name → tensor with names like `backbone.body.conv1.weight`.
        fresh: As in `load_weights`.

    Raises:
        DataError: A tensor is missing, unexpected or of another shape.
    """
    load_weights(detector, with_counters(detector, rename_by(FCOS_RULES, state)), fresh=fresh)


def load_torchvision_retinanet(
    detector: nn.Module, state: Mapping[str, Tensor], *, fresh: tuple[str, ...] = ()
) -> None:
    """Copies the state dictionary of torchvision's `retinanet_resnet50_fpn` or `…_v2` into a detector.

    Build it by `retinanet("r50", …)` with `dialect="torchvision"` or "torchvision_v2"; torchvision's classes include
    one for the background, which is never an object.

    Args:
        detector: Of the same backbone, neck and number of classes.
        state: Name → tensor with names like `backbone.body.conv1.weight`.
        fresh: As in `load_weights`.

    Raises:
        DataError: A tensor is missing, unexpected or of another shape.
    """
    load_weights(detector, with_counters(detector, rename_by(RETINANET_RULES, state)), fresh=fresh)


def load_torchvision_ssd(detector: nn.Module, state: Mapping[str, Tensor], *, fresh: tuple[str, ...] = ()) -> None:
    """Copies the state dictionary of torchvision's `ssd300_vgg16` into a detector.

    Build it by `ssd300` with `pretrained=True`; torchvision's number of classes includes the background, ours does not.

    Args:
        detector: Of the same number of classes.
        state: Name → tensor with names like `backbone.features.0.weight`.
        fresh: As in `load_weights`.

    Raises:
        DataError: A tensor is missing, unexpected or of another shape.
    """
    load_weights(detector, rename_by(SSD_RULES, state), fresh=fresh)


def with_counters(module: nn.Module, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Adds the step counters of batch norms that a checkpoint with frozen norms leaves out.

    Args:
        module: Says which counters there are.
        state: Name → tensor, with the names of the module.
    """
    counters = {name: value for name, value in module.state_dict().items() if name.endswith("num_batches_tracked")}
    return counters | dict(state)


def _listed(names: list[str]) -> str:
    more = len(names) - MAX_LISTED
    return ", ".join(names[:MAX_LISTED]) + (f" and {more} more" if more > 0 else "")
