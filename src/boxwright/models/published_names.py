"""The names that published checkpoints give to their tensors, and ours."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor


@dataclass(frozen=True, slots=True)
class PublishedNames:
    """Translates the names of one family of published checkpoints; the same for all its variants.

    Args:
        layers: Layer number in the published definition → module. Missing numbers resize or concatenate and hold
            nothing.
        parts: Module → {published beginning of a name inside it → ours}, the first pattern that fits; "" holds those of
            all other modules.
        constants: Tensors that are no weights; they are left out.
        moved: Published beginning of a whole name → ours; goes before `layers`, for parts of a layer that lie elsewhere
            here.
    """

    layers: Mapping[str, str]
    parts: Mapping[str, Mapping[str, str]]
    constants: re.Pattern[str]
    moved: Mapping[str, str] = field(default_factory=dict)

    def rename(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Gives the tensors boxwright's names; a name that fits no rule is kept, so that loading reports it.

        Args:
            state: Name → tensor with names like `model.0.conv.weight`.
        """
        return {self._renamed(name): tensor for name, tensor in state.items() if not self.constants.fullmatch(name)}

    def _renamed(self, name: str) -> str:
        for pattern, ours in self.moved.items():
            if re.match(pattern, name):
                return re.sub(pattern, ours, re.sub(r"\bbn\.", "norm.", name), count=1)
        match = re.fullmatch(r"model\.(\d+)\.(.+)", name)
        if match is None or match[1] not in self.layers:
            return name
        layer, part = self.layers[match[1]], re.sub(r"\bbn\.", "norm.", match[2])
        for pattern, ours in self.parts.get(layer, self.parts[""]).items():
            if re.match(pattern, part):
                return f"{layer}.{re.sub(pattern, ours, part, count=1)}"
        return f"{layer}.{part}"


_BACKBONE = {
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
}
_BOTTLENECKS = {r"m\.(\d+)\.cv1\.": r"bottlenecks.\1.first.", r"m\.(\d+)\.cv2\.": r"bottlenecks.\1.second."}
_POOLING = {r"cv1\.": "reduce.", r"cv2\.": "merge."}

YOLOV8_NAMES = PublishedNames(
    layers=_BACKBONE
    | {
        "12": "neck.top_down.0",
        "15": "neck.top_down.1",
        "16": "neck.downsample.0",
        "18": "neck.bottom_up.0",
        "19": "neck.downsample.1",
        "21": "neck.bottom_up.1",
        "22": "head",
    },
    parts={
        "head": {r"cv2\.": "box_branches.", r"cv3\.": "class_branches."},
        "backbone.pooling": _POOLING,
        "": {r"cv1\.": "split.", r"cv2\.": "merge."} | _BOTTLENECKS,
    },
    # the expectation over distance bins is arithmetic here; published checkpoints store its 0, 1, 2, … weights
    constants=re.compile(r"model\.\d+\.dfl\.conv\.weight"),
    # only checkpoints that segment have these
    moved={
        r"model\.22\.proto\.cv1\.": "mask_head.prototypes.0.",
        r"model\.22\.proto\.upsample\.": "mask_head.prototypes.1.",
        r"model\.22\.proto\.cv2\.": "mask_head.prototypes.2.",
        r"model\.22\.proto\.cv3\.": "mask_head.prototypes.3.",
        r"model\.22\.cv4\.": "mask_head.coefficient_branches.",
    },
)

YOLOV5_NAMES = PublishedNames(
    layers=_BACKBONE
    | {
        "10": "neck.reduce.0",
        "13": "neck.top_down.0",
        "14": "neck.reduce.1",
        "17": "neck.top_down.1",
        "18": "neck.downsample.0",
        "20": "neck.bottom_up.0",
        "21": "neck.downsample.1",
        "23": "neck.bottom_up.1",
        "24": "head",
    },
    parts={
        "head": {r"m\.": "predictors."},
        "backbone.pooling": _POOLING,
        "": {r"cv1\.": "through.", r"cv2\.": "past.", r"cv3\.": "merge."} | _BOTTLENECKS,
    },
    # anchors are an option of the system here, see `published_yolov5_anchors`
    constants=re.compile(r"model\.\d+\.(?:anchors|anchor_grid)"),
)
