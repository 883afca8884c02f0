"""The objects of a part of an image."""

from dataclasses import replace

import torch
from jaxtyping import Int64
from torch import Tensor

from boxwright.data.transforms.affine_map import translation
from boxwright.data.transforms.composition import fit_to_masks, keep_visible
from boxwright.data.transforms.mask_warp import warp_masks
from boxwright.geometry.boxes import box_area, clip_boxes
from boxwright.geometry.tiling import Window
from boxwright.structures import GroundTruth, ImageOrigin


def cut_objects(
    truth: GroundTruth, window: Window, origin: ImageOrigin
) -> tuple[GroundTruth, Int64[Tensor, "targets"]]:
    """Gives the objects that a part of an image shows, in pixels of that part, and which of the whole image they are.

    What lies inside stays as it is. What a border cuts is clipped, masks too, and boxes are fitted to what is left of
    their masks. Whether that is still an object decides `keep_visible`, as for the crops of a training: if it is not,
    what is visible is an ignored region, since it is no background either.

    Args:
        truth: Of the whole image.
        window: The part.
        origin: Of the part.
    """
    left, top, right, bottom = window
    size = (bottom - top, right - left)
    moved = truth.boxes - truth.boxes.new_tensor((left, top, left, top))
    clipped = clip_boxes(moved, size)
    rows = (clipped[:, 2:] > clipped[:, :2]).all(dim=1).nonzero().squeeze(1)
    moved, clipped, ignore, area = moved[rows], clipped[rows], truth.ignore[rows], truth.area[rows]
    is_cut, masks, share = (moved != clipped).any(dim=1), None, None
    portion = box_area(clipped) / box_area(moved)
    if truth.masks is not None:
        whole = truth.masks.rows(rows)
        masks = warp_masks(whole, translation(-float(left), -float(top)), size)
        share = masks.areas / whole.areas.clamp(min=1)
        portion = share.to(portion.dtype)
        clipped = torch.where(is_cut.unsqueeze(1), fit_to_masks(clipped, masks), clipped)
    is_object = keep_visible(moved, clipped, ignore, share) | ~is_cut
    is_seen = ~is_cut | ignore | (portion > 0)
    part = GroundTruth(
        clipped[is_seen],
        truth.labels[rows][is_seen],
        (ignore | ~is_object)[is_seen],
        torch.where(is_cut, area * portion, area)[is_seen],
        replace(origin, size=size),
        None if masks is None else masks.rows(is_seen),
    )
    return part, rows[is_seen]
