"""Ways of looking at the images of a batch, and the ways back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import UInt8
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from boxwright.data.transforms.mask_warp import mirror_masks
from boxwright.geometry.letterbox import Letterbox, resized_size
from boxwright.inference.program_system import ProgramSystem
from boxwright.structures import Batch, Detections, ImageOrigin
from boxwright.systems import System

FACTORS = (1.0, 0.75, 1.25)
"""Sides of the canvases of looks, over that of the canvas itself."""


@dataclass(frozen=True, slots=True)
class Look:
    """One way of looking at a batch: on a canvas of some size, and mirrored or not.

    Args:
        canvas_size: Height and width in pixels.
        is_mirrored: Whether left and right are swapped.
    """

    canvas_size: tuple[int, int]
    is_mirrored: bool = False

    def at(self, batch: Batch) -> Batch:
        """Gives the images as this look shows them; its origins lead back to original images, mirrored as they are.

        Args:
            batch: Images on a canvas; targets are not looked at.
        """
        before: tuple[int, int] = (batch.images.shape[2], batch.images.shape[3])
        images = _mirrored(batch.images, batch.origins) if self.is_mirrored else batch.images
        origins = tuple(self._origin(each, before) for each in batch.origins)
        return replace(batch, images=_resized(images, self.canvas_size), origins=origins)

    def back(self, detections: Detections, origin: ImageOrigin) -> Detections:
        """Gives what this look has found in the pixels of the original image.

        Args:
            detections: In the image as the look shows it.
            origin: Of the image as it is.
        """
        if not self.is_mirrored:
            return replace(detections, origin=origin)
        width = origin.size[1]
        boxes = detections.boxes.clone()
        boxes[:, 0], boxes[:, 2] = width - detections.boxes[:, 2], width - detections.boxes[:, 0]
        masks = None if detections.masks is None else mirror_masks(detections.masks, 0)
        return replace(detections, boxes=boxes, masks=masks, origin=origin)

    def _origin(self, origin: ImageOrigin, before: tuple[int, int]) -> ImageOrigin:
        letterbox = origin.letterbox or Letterbox((1.0, 1.0), (0.0, 0.0), before)
        vertical, horizontal = (new / old for new, old in zip(self.canvas_size, before, strict=True))
        (top, left), (height, width) = letterbox.pad, letterbox.scale
        placed = Letterbox(
            (height * vertical, width * horizontal), (top * vertical, left * horizontal), self.canvas_size
        )
        return replace(origin, letterbox=placed)


def usual_looks(system: System, canvas_size: tuple[int, int]) -> tuple[Look, ...]:
    """Gives the looks of a search that looks several times: three canvases, each as it is and mirrored.

    A system of one canvas, or an exported file, which may work on one only, has that one.

    Args:
        system: Says of what sides must be multiples.
        canvas_size: Height and width in pixels; the first look is on it, as without others.
    """
    fixed = isinstance(system, ProgramSystem) and system.description.canvas_multiple is None
    factors = FACTORS[:1] if fixed or system.has_one_canvas else FACTORS
    canvases = dict.fromkeys(_canvas(canvas_size, factor, system.max_stride) for factor in factors)
    return tuple(Look(canvas, is_mirrored) for canvas in canvases for is_mirrored in (False, True))


def canvases_of(looks: Sequence[Look]) -> list[tuple[int, int]]:
    """Lists the canvases of looks, each once.

    Args:
        looks: At least one.
    """
    return list(dict.fromkeys(look.canvas_size for look in looks))


def _canvas(size: tuple[int, int], factor: float, stride: int) -> tuple[int, int]:
    height, width = (side if factor == 1 else max(1, round(side * factor / stride)) * stride for side in size)
    return height, width


def _mirrored(
    images: UInt8[Tensor, "batch 3 height width"], origins: Sequence[ImageOrigin]
) -> UInt8[Tensor, "batch 3 height width"]:
    """Mirrors each image where it lies in the canvas, as if it had been mirrored before it was put there."""
    mirrored = images.flip(3)
    for image, origin in zip(mirrored, origins, strict=True):
        if origin.letterbox is not None:
            width = resized_size(origin.letterbox, origin.size)[1]
            shift = 2 * round(origin.letterbox.pad[1]) + width - images.shape[3]  # what lies beside it is grey all over
            image.copy_(image.roll(shift, dims=2))
    return mirrored


def _resized(
    images: UInt8[Tensor, "batch 3 height width"], size: tuple[int, int]
) -> UInt8[Tensor, "batch 3 _height _width"]:
    if (images.shape[2], images.shape[3]) == size:
        return images
    found = F.interpolate(images.float(), size=size, mode="bilinear", antialias=True)
    return found.round().clamp(0, 255).to(torch.uint8)
