"""What one training step receives."""

from dataclasses import dataclass

import torch
from jaxtyping import UInt8
from torch import Tensor

from boxwright.structures.image_origin import ImageOrigin
from boxwright.structures.targets import Targets


@dataclass(frozen=True, slots=True)
class Batch:
    """Images of one canvas size with their targets.

    Args:
        images: RGB, 0 to 255.
        targets: Objects of all images, in canvas pixels.
        origins: One per image.
    """

    images: UInt8[Tensor, "batch 3 height width"]
    targets: Targets
    origins: tuple[ImageOrigin, ...]

    def __len__(self) -> int:
        """Number of images."""
        return len(self.images)

    def to(self, device: torch.device | str, *, non_blocking: bool = False) -> "Batch":
        """Moves images and targets to a device."""
        return Batch(
            self.images.to(device, non_blocking=non_blocking),
            self.targets.to(device, non_blocking=non_blocking),
            self.origins,
        )

    def pin_memory(self) -> "Batch":
        """Pins images and targets for a fast copy to a GPU; called by DataLoader."""
        return Batch(self.images.pin_memory(), self.targets.pin_memory(), self.origins)
