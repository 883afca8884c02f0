"""What a model found in one image."""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from boxwright.errors import ShapeError
from boxwright.structures.image_origin import ImageOrigin
from boxwright.structures.instance_masks import InstanceMasks


@dataclass(frozen=True, slots=True)
class Detections:
    """The objects found in one image, best score first.

    Args:
        boxes: xyxy in pixels of the original image, clipped to it.
        scores: 0 to 1, descending.
        labels: Class indices from 0.
        origin: Which image.
        masks: One per detection, in pixels of the original image, or None.

    Raises:
        ShapeError: There are masks, but not one per detection in the frame of the original image.
    """

    boxes: Float[Tensor, "detections 4"]
    scores: Float[Tensor, "detections"]
    labels: Int64[Tensor, "detections"]
    origin: ImageOrigin
    masks: InstanceMasks | None = None

    def __post_init__(self) -> None:
        """Checks that masks belong to these detections."""
        if self.masks is None:
            return
        if len(self.masks) != len(self.scores) or self.masks.size != self.origin.size or self.masks.stride != 1:
            raise ShapeError(
                f"{self.origin.name}: {len(self.scores)} detections in an image of {self.origin.size} need as many "
                f"masks of that size at stride 1; found {len(self.masks)} of {self.masks.size} at stride "
                f"{self.masks.stride}. Bring masks back to original pixels together with the boxes."
            )

    def __len__(self) -> int:
        """Number of detections."""
        return len(self.scores)

    def to(self, device: torch.device | str) -> "Detections":
        """Moves every tensor to a device."""
        masks = None if self.masks is None else self.masks.to(device)
        return Detections(self.boxes.to(device), self.scores.to(device), self.labels.to(device), self.origin, masks)

    def to_supervision(self, categories: tuple[str, ...] | None = None) -> Any:
        """Converts to `supervision.Detections`, with class names where given.

        Args:
            categories: Class names by label.
        """
        import numpy as np
        import supervision

        labels = self.labels.cpu().numpy()
        data: dict[str, Any] = {"class_name": np.array([categories[label] for label in labels])} if categories else {}
        return supervision.Detections(
            xyxy=self.boxes.cpu().float().numpy().reshape(-1, 4),
            confidence=self.scores.cpu().float().numpy(),
            class_id=labels,
            mask=None if self.masks is None else self.masks.to("cpu").to_boolean().numpy(),
            data=data,
        )
