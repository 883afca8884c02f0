"""Putting weights into networks, ours and those published under other names."""

import re
from collections.abc import Mapping

from torch import Tensor, nn

from boxwright.errors import DataError

# Layer number in the published YOLOv8 definition → module. Missing numbers resize or concatenate and hold
# nothing.
YOLOV8_LAYERS = {
    "0": "backbone.stem",
    "1": "backbone.stages.0.0",
    "2": "backbone.stages.0.1",
    "3": "backbone.stages.1.0",
    "4": "backbone.stages.1.1",
    "5": "backbone.stages.2.0",
    "6": "backbone.stages.2.1",
    "7": "backbone.stages.3.0",
    "8": "backbone.stages.3.1",
    "9": "backbone.pooling",
    "12": "neck.top_down.0",
    "15": "neck.top_down.1",
    "16": "neck.downsample.0",
    "18": "neck.bottom_up.0",
    "19": "neck.downsample.1",
    "21": "neck.bottom_up.1",
    "22": "head",
}

# Published name of a part inside its layer → ours; the first pattern that fits the start is applied.
YOLOV8_PARTS = {
    "head": {r"cv2\.": "box_branches.", r"cv3\.": "class_branches."},
    "backbone.pooling": {r"cv1\.": "reduce.", r"cv2\.": "merge."},
    "": {
        r"cv1\.": "split.",
        r"cv2\.": "merge.",
        r"m\.(\d+)\.cv1\.": r"bottlenecks.\1.first.",
        r"m\.(\d+)\.cv2\.": r"bottlenecks.\1.second.",
    },
}

# The expectation over distance bins is arithmetic in boxwright; published checkpoints store its 0, 1, 2, …
# weights.
YOLOV8_CONSTANTS = re.compile(r"model\.\d+\.dfl\.conv\.weight")

MAX_LISTED = 12


def load_weights(module: nn.Module, state: Mapping[str, Tensor], *, fresh: tuple[str, ...] = ()) -> None:
    """Copies weights into a network; every name and shape must fit.

    Args:
        module: The network.
        state: Name → tensor, as `module.state_dict()` names them.
        fresh: Beginnings of names that keep what the network has, for instance "head.class_branches" when the
            categories are new.

    Raises:
        DataError: A tensor is missing, unexpected or of another shape; the message lists them.
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
    return {_renamed(name): tensor for name, tensor in state.items() if not YOLOV8_CONSTANTS.fullmatch(name)}


def _renamed(name: str) -> str:
    match = re.fullmatch(r"model\.(\d+)\.(.+)", name)
    if match is None or match[1] not in YOLOV8_LAYERS:
        return name
    layer, part = YOLOV8_LAYERS[match[1]], re.sub(r"\bbn\.", "norm.", match[2])
    for pattern, ours in YOLOV8_PARTS.get(layer, YOLOV8_PARTS[""]).items():
        if re.match(pattern, part):
            return f"{layer}.{re.sub(pattern, ours, part, count=1)}"
    return f"{layer}.{part}"


def _listed(names: list[str]) -> str:
    more = len(names) - MAX_LISTED
    return ", ".join(names[:MAX_LISTED]) + (f" and {more} more" if more > 0 else "")
