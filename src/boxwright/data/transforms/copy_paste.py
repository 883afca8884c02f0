"""Objects of one picture pasted into another."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Bool
from torch import Tensor

from boxwright.data.images.reading import as_pixels, as_tensor
from boxwright.data.transforms.composition import fit_to_masks, keep_visible
from boxwright.data.transforms.mask_warp import covered_masks
from boxwright.data.transforms.tracing import traces
from boxwright.errors import ShapeError
from boxwright.structures import InstanceMasks, Sample


@dataclass(frozen=True, slots=True)
class CopyPaste:
    """Pastes objects of a second sample, cut out by their masks, where they lie in it.

    What they cover leaves the masks of the objects beneath, whose boxes then fit what is still seen; an object of which
    a tenth or less of what was seen is left is dropped, as where a picture cuts it (see `keep_visible`). So is an
    ignored region that is covered as a whole. Ignored regions are never pasted. Edges are not blended.

    Source: Ghiasi et al., "Simple Copy-Paste is a Strong Data Augmentation Method for Instance Segmentation", 2021,
    section 3: a random subset of the objects of another image, scaled and mirrored by itself; blending was found not to
    matter.

    Args:
        share: Probability of each object to be pasted.
    """

    share: float = 0.5

    def __call__(self, sample: Sample, other: Sample, rng: np.random.Generator) -> Sample:
        """Pastes objects of the second sample over the first, whose origin is kept without its letterbox.

        Raises:
            ShapeError: The sizes differ, or a sample has no masks.
        """
        if sample.size != other.size:
            raise ShapeError(f"Pasting needs images of one size; found {sample.size} and {other.size}. Fit them first.")
        if sample.masks is None or other.masks is None:
            raise ShapeError(
                f"Pasting needs masks of {sample.origin.name} and {other.origin.name}. Open the data with masks."
            )
        drawn = torch.from_numpy(rng.random(len(other.labels)) < self.share)
        pasted = _rows(other, drawn & ~other.ignore & (other.masks.areas > 0))
        if not len(pasted.labels):
            return sample
        assert pasted.masks is not None
        covered = _union(pasted.masks)
        beneath = _beneath(sample, covered)
        assert beneath.masks is not None
        pixels = np.where(covered[:, :, None], as_pixels(other.image), as_pixels(sample.image))
        names = sample.origin.mixed_with + other.origin.all_names
        return Sample(
            image=as_tensor(pixels),
            boxes=torch.cat((beneath.boxes, pasted.boxes)),
            labels=torch.cat((beneath.labels, pasted.labels)),
            ignore=torch.cat((beneath.ignore, pasted.ignore)),
            origin=replace(sample.origin, letterbox=None, mixed_with=names),
            masks=InstanceMasks.concatenate((beneath.masks, pasted.masks)),
            annotation=traces((beneath, pasted)),
        )


def _beneath(sample: Sample, covered: np.ndarray) -> Sample:
    """Gives the sample with what is still seen of its objects."""
    assert sample.masks is not None
    before = sample.masks.areas
    masks = covered_masks(sample.masks, covered)
    is_touched = masks.areas < before
    boxes = torch.where(is_touched[:, None], fit_to_masks(sample.boxes, masks), sample.boxes)
    seen = replace(sample, boxes=boxes, masks=masks)
    worth = keep_visible(sample.boxes, boxes, sample.ignore, masks.areas / before.clamp(min=1))
    return _rows(seen, ~is_touched | (worth & (masks.areas > 0)))


def _rows(sample: Sample, keep: Bool[Tensor, "targets"]) -> Sample:
    assert sample.masks is not None
    return replace(
        sample,
        boxes=sample.boxes[keep],
        labels=sample.labels[keep],
        ignore=sample.ignore[keep],
        masks=sample.masks.rows(keep),
        annotation=None if sample.annotation is None else sample.annotation[keep],
    )


def _union(masks: InstanceMasks) -> np.ndarray:
    """Gives a picture that is True where any mask is."""
    found = np.zeros(masks.size, np.bool_)
    for crop, (left, top, right, bottom) in zip(masks.crops(), masks.windows.tolist(), strict=True):
        found[top:bottom, left:right] |= crop.numpy()
    return found
