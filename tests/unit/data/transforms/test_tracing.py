"""Every object of a training picture says which annotation it is; labels tell here which one is right."""

from typing import Any

import numpy as np
import pytest
import torch

from boxwright.data import AugmentationSettings, collate
from boxwright.data.loading.training_picture import TrainingPicture
from boxwright.data.transforms.tracing import trace, traces
from boxwright.structures import InstanceMasks, Sample

CANVAS = (64, 64)
STILL = {"hsv": (0.0, 0.0, 0.0)}


class Labelled:
    """Eight images; the object of row r in image p has the label 10 p + r."""

    categories = tuple(str(number) for number in range(100))
    category_ids = tuple(range(100))

    def __init__(self, make_sample: Any, *, has_masks: bool = False) -> None:
        self.make_sample, self.has_masks = make_sample, has_masks

    def __len__(self) -> int:
        return 8

    def __getitem__(self, position: int) -> Sample:
        corners = np.random.default_rng(position).integers(0, 30, (position % 4, 2))
        boxes = [[int(x), int(y), int(x) + 12, int(y) + 16] for x, y in corners]
        sample = self.make_sample((50, 60), boxes, labels=[10 * position + row for row in range(len(boxes))])
        if not self.has_masks:
            return sample
        drawn = torch.zeros(len(boxes), 50, 60, dtype=torch.bool)
        for row, (x1, y1, x2, y2) in enumerate(boxes):
            drawn[row, y1:y2, x1:x2] = True
        masks = InstanceMasks.from_boolean(drawn)
        return Sample(sample.image, sample.boxes, sample.labels, sample.ignore, sample.origin, masks)

    def truth(self, position: int) -> Any:
        raise NotImplementedError


WAYS = {
    "single": {"mosaic": 0.0},
    "mosaic": {"mosaic": 1.0},
    "mixup": {"mosaic": 1.0, "mixup": 1.0},
    "flips": {"mosaic": 0.0, "flip_horizontal": 1.0, "flip_vertical": 1.0, "degrees": 20.0, "shear": 5.0},
    "window": {"mosaic": 0.0, "zoom_out": 0.7, "iou_crop": 1.0, "photometric": 0.5},
}


@pytest.mark.parametrize("has_masks", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_every_object_knows_its_annotation(make_sample: Any, way: str, has_masks: bool) -> None:
    settings = AugmentationSettings(**{**STILL, **WAYS[way]})
    picture = TrainingPicture(Labelled(make_sample, has_masks=has_masks), CANVAS, settings)
    samples = [picture(seed % 8, np.random.default_rng(seed), mosaic=True) for seed in range(24)]
    seen = set()
    for number, sample in enumerate(samples):
        assert sample.annotation is not None
        assert (sample.annotation * torch.tensor([10, 1])).sum(dim=1).tolist() == sample.labels.tolist()
        seen.update(sample.annotation[:, 0].tolist())
        if settings.mosaic == 0:
            assert set(sample.annotation[:, 0].tolist()) <= {number % 8}
    assert len(seen) > 4
    targets = collate(samples).targets
    assert targets.annotation is not None
    assert (targets.annotation * torch.tensor([10, 1])).sum(dim=1).tolist() == targets.labels.tolist()
    assert torch.equal(targets.to("cpu").annotation, targets.annotation)


def test_a_traced_sample_counts_its_rows(make_sample: Any) -> None:
    sample = make_sample((10, 20), [[0, 0, 5, 5], [1, 2, 3, 4]])
    assert trace(sample, 7).annotation.tolist() == [[7, 0], [7, 1]]
    assert trace(make_sample(), 3).annotation.shape == (0, 2)
    assert trace(trace(sample, 7), 9).annotation.tolist() == [[7, 0], [7, 1]]  # as a tile says where it comes from


def test_what_is_not_known_of_all_is_not_known(make_sample: Any) -> None:
    sample = make_sample((10, 20), [[0, 0, 5, 5]])
    assert traces([]) is None
    assert traces([sample, sample]) is None
    assert traces([trace(sample, 1), sample]) is None
    assert traces([trace(sample, 1), trace(sample, 4)]).tolist() == [[1, 0], [4, 0]]
    assert collate([sample, sample]).targets.annotation is None
