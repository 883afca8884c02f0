"""The mask of one object, beside its box."""

from collections.abc import Callable
from typing import Any

from boxwright.data.formats.box_check import Corners, UnsoundError
from boxwright.data.formats.segmentation_check import sound_segmentation
from boxwright.data.formats.segmentations import Segmentation
from boxwright.data.reading_limits import MaskDemand

FAR = 0.5
"""IoU of a box with the one around its own mask, under which they count as far from each other."""

NEAR = 3.0
"""Pixels by which the edges of these boxes may always differ."""


def object_mask(
    found: Any,
    corners: Corners,
    size: tuple[int, int],
    demand: MaskDemand,
    note: Callable[[str, str], None],
    *,
    shown: str,
    is_ignored: bool,
) -> Segmentation:
    """Checks the mask of an object as far as masks are wanted, and whether the box is where the mask is.

    Args:
        found: The segmentation in COCO's form, or nothing.
        corners: The box, xyxy in pixels.
        size: Height and width of the image.
        demand: What becomes of masks.
        note: Takes code and message of what is no reason to refuse the object.
        shown: The image and the object, for messages.
        is_ignored: Whether it is a crowd or difficult; such an object needs no mask, and none where its box is.

    Returns:
        The mask, if masks are kept and there is one.

    Raises:
        UnsoundError: Masks are kept and this one is faulty. Where they are required, that is noted: the box still says
            where an object is.
    """
    if demand == "none":
        return None
    try:
        sound = sound_segmentation(found, size, shown)
    except UnsoundError as reason:
        if demand == "kept":
            raise
        note("mask-unused" if demand == "judged" else reason.code, reason.message)
        return None
    if sound.dropped:
        note("mask-unused" if demand == "judged" else "polygon-part", f"{shown}: {sound.dropped}")
    if sound.segmentation is None and demand == "required" and not is_ignored:
        note("mask-missing", f"{shown}: the object has a box and no mask")
    if sound.bounds is not None and not is_ignored:
        _compare(corners, sound.bounds, shown, note)
    return None if demand == "judged" else sound.segmentation


def overlap_if_far(box: Corners, mask: Corners) -> float | None:
    """Gives the IoU of a box and the one around its mask; None where they are near enough to be of one object.

    Args:
        box: xyxy in pixels.
        mask: xyxy of the box around the mask.
    """
    if max(abs(ours - theirs) for ours, theirs in zip(box, mask, strict=True)) <= NEAR:
        return None
    width, height = (min(box[side + 2], mask[side + 2]) - max(box[side], mask[side]) for side in (0, 1))
    common = max(width, 0.0) * max(height, 0.0)
    areas = [(right - left) * (bottom - top) for left, top, right, bottom in (box, mask)]
    iou = common / (sum(areas) - common)
    return iou if iou < FAR else None


def _compare(box: Corners, mask: Corners, shown: str, note: Callable[[str, str], None]) -> None:
    iou = overlap_if_far(box, mask)
    if iou is not None:
        places = [", ".join(f"{side:g}" for side in corners) for corners in (box, mask)]
        text = f"{shown}: the box ({places[0]}) and the one around its mask ({places[1]}) overlap by {iou:.0%} (IoU)"
        note("box-mask", text)
