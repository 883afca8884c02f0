import json

import numpy as np
import pytest
import torch

from boxwright.data.verification.statistics import DataStatistics, quantiles, side_classes, statistics_of
from boxwright.structures import GroundTruth, ImageOrigin, Sample


class _Three:
    """An image with three objects of which one is ignored, one without objects, one with one object."""

    categories = ("cat", "dog", "cow")
    category_ids = (1, 2, 3)
    _boxes = ([[0, 0, 20, 10], [10, 10, 30, 50], [0, 0, 5, 5]], [], [[0, 0, 10, 10]])
    _labels = ([0, 1, 0], [], [1])

    def __len__(self) -> int:
        return 3

    def __getitem__(self, position: int) -> Sample:
        raise AssertionError("statistics must not decode images")

    def truth(self, position: int) -> GroundTruth:
        count = len(self._labels[position])
        return GroundTruth(
            torch.tensor(self._boxes[position], dtype=torch.float32).reshape(-1, 4),
            torch.tensor(self._labels[position], dtype=torch.int64),
            torch.arange(count) == 2,
            torch.ones(count),
            ImageOrigin(position, None, (50, 100)),
        )


@pytest.fixture(scope="module")
def statistics() -> DataStatistics:
    return statistics_of(_Three(), (200, 200))


def test_worked_by_hand(statistics: DataStatistics) -> None:
    assert statistics.objects_per_image.tolist() == [2, 0, 1]
    assert statistics.objects_per_class.tolist() == [1, 2, 0]
    assert statistics.images_per_class.tolist() == [1, 2, 0]
    assert (statistics.images_without_objects, statistics.ignored) == (1, 1)
    np.testing.assert_allclose(statistics.widths, [40, 40, 20])  # 100 pixels wide fit into 200
    np.testing.assert_allclose(statistics.heights, [20, 80, 20])
    np.testing.assert_allclose(statistics.aspect_ratios, [2, 0.5, 1])
    np.testing.assert_allclose(statistics.sides, [800**0.5, 3200**0.5, 20])
    np.testing.assert_allclose(statistics.centres, [[0.1, 0.1], [0.2, 0.6], [0.05, 0.1]])


def test_as_json(statistics: DataStatistics) -> None:
    numbers = json.loads(json.dumps(statistics.to_dict()))
    assert (numbers["images"], numbers["objects"], numbers["canvas"]) == (3, 3, [200, 200])
    assert numbers["classes"]["dog"] == {"objects": 2, "images": 2}
    assert numbers["box_sides"]["16–32"] == 2
    assert numbers["objects_per_image"] == [0, 0.2, 1, 1.8, 2]


def test_no_objects_at_all() -> None:
    class _Nothing(_Three):
        _boxes, _labels = ([], [], []), ([], [], [])

    numbers = statistics_of(_Nothing(), (64, 64)).to_dict()
    assert (numbers["objects"], numbers["box_side"], numbers["images_without_objects"]) == (0, [], 3)


def test_every_side_is_in_one_class() -> None:
    sides = np.array([0.5, 7.99, 8, 511, 512, 9000], np.float32)
    assert sum(count for _, count in side_classes(sides)) == len(sides)
    assert dict(side_classes(sides))["≥ 512"] == 2


def test_quantiles_of_nothing() -> None:
    assert quantiles(np.zeros(0)) == []
