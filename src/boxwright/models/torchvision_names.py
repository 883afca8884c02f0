"""The names that torchvision gives to the tensors of its detectors, and ours."""

import re
from collections.abc import Mapping, Sequence

from torch import Tensor

Rules = Sequence[tuple[str, str]]
"""Pattern of the beginning of a published name → beginning of ours; the first that fits counts."""

MOST_CONVOLUTIONS = 16  # of a tower, as far as names are known
_RESNET = (
    (r"conv1\.", "stem.0."),
    (r"bn1\.", "stem.1."),
    *((rf"layer{number}\.", f"stages.{number - 1}.") for number in range(1, 5)),
)
# The convolutions of a tower are 0, 2, 4, 6 in files of the first version, and 0.0 to 3.0 (norms: 0.1 to 3.1) since.
_TOWER = (
    *((rf"conv\.{number}\.([01])\.", rf"{number}.\1.") for number in range(4)),
    *((rf"conv\.{2 * number}\.", f"{number}.0.") for number in range(4)),
)

_PYRAMID = (
    *((rf"backbone\.body\.{theirs}", f"backbone.{ours}") for theirs, ours in _RESNET),
    (r"backbone\.fpn\.inner_blocks\.(\d)\.(?:0\.)?", r"neck.lateral.\1."),
    (r"backbone\.fpn\.layer_blocks\.(\d)\.(?:0\.)?", r"neck.output.\1."),
    (r"backbone\.fpn\.extra_blocks\.p6\.", "neck.extra.0."),
    (r"backbone\.fpn\.extra_blocks\.p7\.", "neck.extra.1."),
)
_PREDICTORS = (
    (r"head\.classification_head\.cls_logits\.", "head.class_predictor."),
    (r"head\.regression_head\.bbox_reg\.", "head.box_predictor."),
)
# Convolution, norm and ReLU follow one another in one sequence.
_NORMED_TOWER = tuple(
    (rf"conv\.{3 * number + part}\.", f"{number}.{part}.") for number in range(MOST_CONVOLUTIONS) for part in (0, 1)
)

RETINANET_RULES: Rules = (
    *_PYRAMID,
    *((rf"head\.classification_head\.{theirs}", f"head.class_tower.{ours}") for theirs, ours in _TOWER),
    *((rf"head\.regression_head\.{theirs}", f"head.box_tower.{ours}") for theirs, ours in _TOWER),
    *_PREDICTORS,
)

FCOS_RULES: Rules = (
    *_PYRAMID,
    *((rf"head\.classification_head\.{theirs}", f"head.class_tower.{ours}") for theirs, ours in _NORMED_TOWER),
    *((rf"head\.regression_head\.{theirs}", f"head.box_tower.{ours}") for theirs, ours in _NORMED_TOWER),
    *_PREDICTORS,
    (r"head\.regression_head\.bbox_ctrness\.", "head.centreness_predictor."),
)

SSD_RULES: Rules = (
    (r"backbone\.scale_weight$", "neck.scale"),
    (r"backbone\.features\.", "backbone.layers."),
    # what torchvision calls the first extra block begins with the fourth pooling, number 23 of VGG-16
    *((rf"backbone\.extra\.0\.{number}\.(?=\w+$)", f"backbone.layers.{23 + number}.") for number in (1, 3, 5)),
    (r"backbone\.extra\.0\.7\.1\.", "neck.fully.0."),
    (r"backbone\.extra\.0\.7\.3\.", "neck.fully.2."),
    *((rf"backbone\.extra\.{number}\.", f"neck.extra.{number - 1}.") for number in range(1, 5)),
    (r"head\.classification_head\.module_list\.", "head.class_predictors."),
    (r"head\.regression_head\.module_list\.", "head.box_predictors."),
)

RESNET_RULES: Rules = _RESNET
VGG_RULES: Rules = ((r"features\.", "layers."),)


def rename_by(rules: Rules, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Gives tensors boxwright's names; a name that fits no rule is kept, so that loading reports it.

    Args:
        rules: Of the family of networks.
        state: Name → tensor as published.
    """
    return {_renamed(rules, name): tensor for name, tensor in state.items()}


def _renamed(rules: Rules, name: str) -> str:
    for pattern, ours in rules:
        if re.match(pattern, name):
            return re.sub(pattern, ours, name, count=1)
    return name
