"""What a model found in one image."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
        ids: Which object of a film each is, the same in every frame, from 1; -1 where that is not known, as in the
            first frame that has it. None where nobody followed them.

    Raises:
        ShapeError: There are masks, but not one per detection in the frame of the original image.
    """

    boxes: Float[Tensor, "detections 4"]
    scores: Float[Tensor, "detections"]
    labels: Int64[Tensor, "detections"]
    origin: ImageOrigin
    masks: InstanceMasks | None = None
    ids: Int64[Tensor, "detections"] | None = None

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
        columns = {name: getattr(self, name) for name in ("boxes", "scores", "labels", "masks", "ids")}
        return replace(self, **{name: value.to(device) for name, value in columns.items() if value is not None})

    def rows(self, index: Tensor) -> "Detections":
        """Picks detections.

        Args:
            index: Positions in any order, or one True or False per detection.
        """
        masks = None if self.masks is None else self.masks.rows(index)
        ids = None if self.ids is None else self.ids[index]
        picked = {name: getattr(self, name)[index] for name in ("boxes", "scores", "labels")}
        return replace(self, **picked, masks=masks, ids=ids)

    def to_supervision(self, categories: Sequence[str] | None = None) -> Any:
        """Converts to `supervision.Detections`, with class names where given, and ids as its `tracker_id`.

        Masks become a `supervision.CompactMask`, which keeps of each what lies in its window and gives the whole one
        where it is asked for: in full, 300 of them in an
        image of 12 megapixels take 3.6 GB.

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
            mask=None if self.masks is None else _compact(self.masks.to("cpu")),
            tracker_id=None if self.ids is None else self.ids.cpu().numpy(),
            data=data,
        )


def _compact(masks: InstanceMasks) -> Any:
    """Puts masks window by window into the form of supervision, which is joined from one of each."""
    import numpy as np
    import supervision

    height, width = masks.size
    parts = []
    for crop, (left, top, right, bottom) in zip(masks.crops(), masks.windows.tolist(), strict=True):
        if not crop.numel():
            crop, right, bottom = torch.zeros((1, 1), dtype=torch.bool), 1, 1
        window = np.array([[0, 0, right - left - 1, bottom - top - 1]], dtype=np.float32)  # its last pixel counts
        part = supervision.CompactMask.from_dense(crop.numpy()[None], window, (crop.shape[0], crop.shape[1]))
        parts.append(part.with_offset(left, top, (height, width)))
    return supervision.CompactMask.merge(parts) if parts else np.zeros((0, height, width), dtype=np.bool_)
