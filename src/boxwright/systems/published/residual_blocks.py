"""Telling a ResNet by the names and shapes of its tensors."""

import re
from collections.abc import Mapping

from torch import Tensor

from boxwright.errors import DataError

_VARIANTS: dict[tuple[tuple[int, ...], bool], str] = {
    ((2, 2, 2, 2), False): "r18",
    ((3, 4, 6, 3), False): "r34",
    ((3, 4, 6, 3), True): "r50",
    ((3, 4, 23, 3), True): "r101",
}


def resnet_variant(tensors: Mapping[str, Tensor], prefix: str) -> str:
    """Counts the blocks of the stages.

    Args:
        tensors: Of a network.
        prefix: Of the names of its backbone.

    Returns:
        Name of the variant, for instance "r50".

    Raises:
        DataError: No variant has such blocks.
    """
    blocks: dict[int, set[int]] = {}
    for name in tensors:
        if found := re.fullmatch(rf"{re.escape(prefix)}layer([1-4])\.(\d+)\.conv1\.weight", name):
            blocks.setdefault(int(found[1]), set()).add(int(found[2]))
    counts = tuple(len(blocks.get(stage, ())) for stage in range(1, 5))
    is_bottleneck = f"{prefix}layer1.0.conv3.weight" in tensors
    if (counts, is_bottleneck) not in _VARIANTS:
        kind = "bottlenecks" if is_bottleneck else "basic blocks"
        raise DataError(f"its ResNet has {counts} {kind}; boxwright has ResNet-18, 34, 50 and 101.")
    return _VARIANTS[counts, is_bottleneck]
