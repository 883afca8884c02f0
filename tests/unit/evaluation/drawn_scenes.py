"""Images with targets and detections, for tests of how they are compared."""

import numpy as np
import torch

from boxwright.evaluation.compared_image import ComparedImage, compare
from boxwright.structures import Detections, GroundTruth, ImageOrigin

Box = tuple[float, float, float, float]


def scene(
    found: list[tuple[Box, int, float]],
    there: list[tuple[Box, int]],
    image_id: int = 0,
    crowd: tuple[int, ...] = (),
    size: tuple[int, int] = (200, 200),
) -> tuple[Detections, GroundTruth]:
    """Detections (box, label, score) and targets (box, label) of one image; boxes are xyxy."""
    origin = ImageOrigin(image_id, f"{image_id}.png", size)
    boxes = torch.tensor([box for box, _, _ in found], dtype=torch.float32).reshape(-1, 4)
    scores = torch.tensor([score for _, _, score in found], dtype=torch.float32)
    labels = torch.tensor([label for _, label, _ in found], dtype=torch.int64)
    corners = torch.tensor([box for box, _ in there], dtype=torch.float32).reshape(-1, 4)
    ignore = torch.tensor([place in crowd for place in range(len(there))], dtype=torch.bool)
    area = (corners[:, 2:] - corners[:, :2]).prod(dim=1)
    true = torch.tensor([label for _, label in there], dtype=torch.int64)
    return Detections(boxes, scores, labels, origin), GroundTruth(corners, true, ignore, area, origin)


def compared(*arguments, **named) -> ComparedImage:
    return compare(*scene(*arguments, **named))


def shaken_scenes(seed: int, images: int, classes: int = 3) -> list[tuple[Detections, GroundTruth]]:
    """Targets on a grid, so that none overlaps another, each found once, not at all, badly or as another class."""
    draw = np.random.default_rng(seed)
    scenes = []
    for image_id in range(images):
        there, found = [], []
        for x in range(0, 200, 40):
            for y in range(0, 200, 40):
                label = int(draw.integers(classes))
                there.append(((x + 5.0, y + 5.0, x + 30.0, y + 30.0), label))
                if draw.random() < 0.8:
                    dx, dy = draw.choice([0, 1, 2, 15], 2)
                    seen = label if draw.random() < 0.8 else int(draw.integers(classes))
                    found.append(((x + 5.0 + dx, y + 5.0 + dy, x + 30.0 + dx, y + 30.0 + dy), seen, draw.random()))
        scenes.append(scene(sorted(found, key=lambda row: -row[2]), there, image_id))
    return scenes
