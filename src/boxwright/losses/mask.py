"""Binary cross-entropy of predicted masks, on the pixels inside each target's box only."""

from dataclasses import dataclass
from typing import Literal

from jaxtyping import Float, Int64
from torch import Tensor

from boxwright.errors import ShapeError, unknown_name
from boxwright.geometry.masks import pixel_windows
from boxwright.geometry.precision import constant
from boxwright.kernels.index_map import IndexMap
from boxwright.kernels.mask_sums import MaskProblem, mask_sums
from boxwright.kernels.pixel_tiles import pixel_tiles
from boxwright.kernels.prototype_pixels import PrototypePixels
from boxwright.structures.instance_masks import InstanceMasks
from boxwright.structures.targets import Targets

ENCODINGS = ("instances", "index_map")
RESOLUTIONS = ("masks", "prototypes")


@dataclass(frozen=True, slots=True)
class MaskLoss:
    """Costs the cross-entropy between coefficients · prototypes and the target's mask, summed inside the target's box.

    The sum goes over the pixels with x1 ≤ column < x2 and y1 ≤ row < y2 and is divided by the area of the box in
    pixels, so that it is about a mean. A side below one pixel counts as one: published code divides by the area alone,
    which has no bound. A box that holds no pixel costs nothing.

    Only pixels inside boxes are looked at, each once for all pairs of a target; memory follows the sum of the box areas
    of the pairs. Differentiable once.

    Source: YOLACT, Bolya et al. 2019, sec. 3.4; the crop to the true box and its area as in YOLOv8.

    Args:
        resolution: Where predicted and true pixels meet: at that of the "masks" (prototypes are enlarged bilinearly) or
            at that of the "prototypes" (the truth is reduced to its nearest pixels, as releases up to 8.3 do). With
            masks at the stride of the prototypes both are the same.
        encoding: What a true mask is where objects overlap: "instances" keeps all of them; "index_map" gives the pixel
            to the smallest object, as published code does by default.

    Raises:
        ConfigError: A field is unknown.
    """

    resolution: Literal["masks", "prototypes"] = "masks"
    encoding: Literal["instances", "index_map"] = "instances"

    def __post_init__(self) -> None:
        """Checks the names."""
        if self.resolution not in RESOLUTIONS:
            raise unknown_name("resolution of the mask loss", self.resolution, RESOLUTIONS)
        if self.encoding not in ENCODINGS:
            raise unknown_name("encoding of true masks", self.encoding, ENCODINGS)

    def __call__(
        self,
        coefficients: Float[Tensor, "pairs prototypes"],
        prototypes: Float[Tensor, "batch prototypes _rows _columns"],
        target: Int64[Tensor, "pairs"],
        targets: Targets,
    ) -> Float[Tensor, "pairs"]:
        """Gives the loss of each pair, in float32 or wider.

        Args:
            coefficients: Of the pairs.
            prototypes: Of the whole canvas.
            target: Row of the targets of each pair.
            targets: Boxes and masks.

        Raises:
            ShapeError: The targets have no masks.
        """
        masks = _masks_of(targets)
        size = (prototypes.shape[2], prototypes.shape[3])
        grid = masks.size if self.resolution == "masks" else size
        scale = masks.stride * masks.size[1] / grid[1], masks.stride * masks.size[0] / grid[0]
        boxes = targets.boxes / constant(scale * 2, targets.boxes.dtype, targets.boxes.device)
        problem = MaskProblem(
            pixel_tiles(pixel_windows(boxes, grid), target),
            PrototypePixels(targets.image, size, grid),
            IndexMap(masks, targets) if self.encoding == "index_map" else masks,
            masks.size,
        )
        sums = mask_sums(coefficients, prototypes, problem)
        area = (boxes[:, 2:] - boxes[:, :2]).clamp(min=1).prod(dim=1)
        return sums / area[target].to(sums.dtype)


def _masks_of(targets: Targets) -> InstanceMasks:
    if targets.masks is None:
        raise ShapeError(
            "The mask loss needs a mask for every target; the targets have boxes only. Train on data with masks, or a "
            "system without them."
        )
    return targets.masks
