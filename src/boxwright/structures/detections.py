"""What a model found in one image."""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from boxwright.structures.image_origin import ImageOrigin


@dataclass(frozen=True, slots=True)
class Detections:
    """The objects found in one image, best score first.

    Args:
        boxes: xyxy in pixels of the original image, clipped to it.
        scores: 0 to 1, descending.
        labels: Class indices from 0.
        origin: Which image.
        masks: Instance masks, or None.
    """

    boxes: Float[Tensor, "detections 4"]
    scores: Float[Tensor, "detections"]
    labels: Int64[Tensor, "detections"]
    origin: ImageOrigin
    masks: Tensor | None = None

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
            mask=None if self.masks is None else self.masks.cpu().numpy().astype(bool),
            data=data,
        )
