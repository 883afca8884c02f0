"""Anchors measured on data sets."""

import math

import torch

from boxwright.data import open_dataset
from boxwright.data.anchor_report import measure_anchors, object_sizes, with_fitted
from boxwright.data.loading.kept_images import KeptImages
from boxwright.structures import GroundTruth, ImageOrigin

TINY_ANCHORS = (((1.0, 1.0),) * 3,) * 3  # reach nothing over 4 pixels


class OneImage:
    """A data set of one image of 100 × 200 that cannot be decoded."""

    categories = ("thing",)
    category_ids = (1,)

    def __init__(self, boxes: list[list[float]], ignore: list[bool]) -> None:
        self.boxes, self.ignore = torch.tensor(boxes).reshape(-1, 4), torch.tensor(ignore, dtype=torch.bool)

    def __len__(self) -> int:
        return 1

    def __getitem__(self, position: int) -> None:
        raise AssertionError("sizes need no pixels")

    def truth(self, position: int) -> GroundTruth:
        count = len(self.boxes)
        origin = ImageOrigin(1, None, (100, 200))
        return GroundTruth(self.boxes, torch.zeros(count, dtype=torch.int64), self.ignore, torch.ones(count), origin)


def test_sizes_are_those_on_the_canvas_without_ignored_and_empty_boxes() -> None:
    boxes = [[0.0, 0, 20, 40], [10, 10, 50, 20], [5, 5, 5, 30], [0, 0, 90, 90]]
    sizes = object_sizes(OneImage(boxes, [False, False, False, True]), (64, 64))
    assert torch.allclose(sizes, torch.tensor([[6.4, 12.8], [12.8, 3.2]]))


def test_a_data_set_without_objects_keeps_the_anchors() -> None:
    sizes = object_sizes(OneImage([], []), (64, 64))
    report = with_fitted(measure_anchors(sizes, (64, 64), TINY_ANCHORS, 4.0), sizes, 4.0, seed=0)
    assert report.is_enough
    assert report.after is None
    assert math.isnan(report.before.recall)
    assert "no objects" in report.verdict()
    assert "–" in report.table()


def test_sizes_of_a_table_are_those_of_its_images_one_by_one(many_images, packed) -> None:
    for source in (many_images, f"shards:{packed}", "sample:bccd"):
        dataset = open_dataset(source, "train")
        one_by_one = KeptImages(dataset, range(len(dataset)))
        assert torch.equal(object_sizes(dataset, (96, 64)), object_sizes(one_by_one, (96, 64)))
