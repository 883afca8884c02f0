"""Data sets of a few hand-made objects, whose shares are known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from boxwright.structures import GroundTruth, ImageOrigin, Sample

SIDE = 64


@dataclass(frozen=True)
class HandMade:
    """Images of one size with the given boxes (x1, y1, x2, y2, label, ignored); pixels are noise from the position."""

    rows: tuple[tuple[tuple[float, ...], ...], ...]
    side: int = SIDE
    categories: tuple[str, ...] = ("cell", "<b>&")
    category_ids: tuple[int, ...] = (1, 2)

    def __len__(self) -> int:
        return len(self.rows)

    def truth(self, position: int) -> GroundTruth:
        table = torch.tensor(self.rows[position], dtype=torch.float32).reshape(-1, 6)
        boxes = table[:, :4]
        area = (boxes[:, 2:] - boxes[:, :2]).prod(dim=1)
        origin = ImageOrigin(position, None, (self.side, self.side))
        return GroundTruth(boxes, table[:, 4].long(), table[:, 5].bool(), area, origin)

    def __getitem__(self, position: int) -> Sample:
        truth = self.truth(position)
        noise = np.random.default_rng(position).integers(0, 256, (self.side, self.side, 3), dtype=np.uint8)
        image = torch.from_numpy(noise).permute(2, 0, 1)
        return Sample(image, truth.boxes, truth.labels, truth.ignore, truth.origin)


Box = Sequence[float]
Make = Callable[..., HandMade]


@pytest.fixture(scope="session")
def hand_made() -> Make:
    """Builds a data set from one list of boxes per image; label and ignore flag may be left out."""

    def make(*images: Sequence[Box], side: int = SIDE) -> HandMade:
        whole = tuple(tuple((*box, 0.0, 0.0)[:6] if len(box) == 4 else tuple(box) for box in boxes) for boxes in images)
        return HandMade(whole, side)

    return make


@pytest.fixture(scope="session")
def mixed(hand_made: Make) -> HandMade:
    """For YOLOv5 on a canvas of 64: of four targets one is smaller than a quarter of every anchor; one is ignored."""
    return hand_made(
        [(10, 10, 12.4, 12.4, 0, 0), (20, 20, 44, 44, 0, 0), (0, 0, 30, 60, 1, 1)],
        [],
        [(4, 30, 24, 60, 1, 0), (30, 8, 60, 20, 1, 0)],
    )
