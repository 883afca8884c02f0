"""The anchors of RetinaNet: scales inside an octave times ratios, in the two published conventions."""

import math
from collections.abc import Callable

from boxwright.errors import ConfigError, unknown_name
from boxwright.prior_generators.anchor_grid import AnchorGrid, LevelAnchors

RETINANET_STRIDES = (8, 16, 32, 64, 128)


def retinanet_anchors(
    dialect: str = "mmdetection",
    *,
    strides: tuple[int, ...] = RETINANET_STRIDES,
    octave_base_scale: float = 4.0,
    scales_per_octave: int = 3,
    ratios: tuple[float, ...] = (0.5, 1.0, 2.0),
    centre: float = 0.0,
) -> AnchorGrid:
    """Builds the anchor grid: per cell, for every ratio, `scales_per_octave` sizes.

    The size s of the k-th scale is stride · octave_base_scale · 2^(k / scales_per_octave), its anchor of ratio r is
    s / √r wide and s · √r high. Every anchor stands on the corner of its cell (column · stride, row · stride).

    Dialects: "mmdetection" takes the numbers as they are. "torchvision" cuts sizes to whole pixels, rounds half sides
    to whole pixels (a half to the even one), and fits the distance of cells to the canvas, see `AnchorGrid`.

    Source: RetinaNet, Lin et al. 2017, sec. 4.

    Args:
        dialect: "mmdetection" or "torchvision".
        strides: Of the levels, finest first.
        octave_base_scale: Smallest size in strides.
        scales_per_octave: Sizes per ratio.
        ratios: Height over width.
        centre: Where in its cell an anchor stands, as a share of the stride: 0 for the corner, ½ for the middle.

    Raises:
        ConfigError: The dialect is unknown, or a number is not above 0.
    """
    if dialect not in _SIDES:
        raise unknown_name("dialect", dialect, _SIDES)
    if scales_per_octave < 1 or octave_base_scale <= 0 or not all(ratio > 0 for ratio in ratios):
        raise ConfigError(
            f"scales_per_octave, octave_base_scale and ratios must be above 0; found {scales_per_octave}, "
            f"{octave_base_scale} and {ratios}."
        )
    octave = [octave_base_scale * 2 ** (step / scales_per_octave) for step in range(scales_per_octave)]
    levels: list[LevelAnchors] = [
        tuple(_SIDES[dialect](stride * scale, ratio) for ratio in ratios for scale in octave) for stride in strides
    ]
    return AnchorGrid(tuple(levels), strides, centre, is_fitted=dialect == "torchvision")


def _real_sides(size: float, ratio: float) -> tuple[float, float]:
    """Gives width and height."""
    return size / math.sqrt(ratio), size * math.sqrt(ratio)


def _whole_sides(size: float, ratio: float) -> tuple[float, float]:
    """Gives width and height whose halves are whole."""
    width, height = _real_sides(float(math.floor(size)), ratio)
    return 2.0 * round(width / 2), 2.0 * round(height / 2)


_SIDES: dict[str, Callable[[float, float], tuple[float, float]]] = {
    "mmdetection": _real_sides,
    "torchvision": _whole_sides,
}
RETINANET_ANCHOR_DIALECTS = tuple(_SIDES)
