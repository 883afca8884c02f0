"""How many objects an image has, and how much the sizes of those of a class differ."""

import math

import pytest
import torch

from boxwright.data import Dataset, from_torch
from boxwright.structures import GroundTruth, Sample
from boxwright.training.object_figures import FEWEST_OBJECTS, MOST_IMAGES, object_figures


def _data(images: list[tuple[int, list[tuple[float, int]]]]) -> Dataset:
    """Gives black images of some sides, with squares of some sides and labels."""
    samples = []
    for side, objects in images:
        boxes = torch.tensor([[0.0, 0.0, each, each] for each, _ in objects]).view(-1, 4)
        labels = torch.tensor([label for _, label in objects], dtype=torch.int64)
        samples.append((torch.zeros(3, side, side, dtype=torch.uint8), {"boxes": boxes, "labels": labels}))
    return from_torch(samples, categories=("a", "b"), first_label=0)


def _spread(data: Dataset) -> float | None:
    return object_figures(data).size_spread


def test_the_fullest_image_is_found() -> None:
    assert object_figures(_data([(20, []), (20, [(5.0, 0), (9.0, 1), (5.0, 0)]), (20, [(5.0, 1)])])).most_per_image == 3
    assert object_figures(_data([(20, [])])).most_per_image == 0


def test_it_is_the_standard_deviation_of_logarithms_within_classes() -> None:
    small, large = [(10.0, 0), (20.0, 0)] * 20, [(40.0, 1)] * 40
    deviation = math.log(2) / 2 * math.sqrt(40 / (80 - 2))  # of the first class; the second has none
    assert _spread(_data([(100, small), (100, large)])) == pytest.approx(math.exp(deviation))


def test_sizes_are_shares_of_the_image_as_on_a_canvas() -> None:
    assert _spread(_data([(100, [(10.0, 0)] * 30), (50, [(5.0, 0)] * 30)])) == pytest.approx(1.0)
    assert _spread(_data([(100, [(10.0, 0)] * 30), (50, [(10.0, 0)] * 30)])) == pytest.approx(2**0.5, rel=0.01)


@pytest.mark.parametrize("objects", [0, 1, FEWEST_OBJECTS])
def test_few_objects_say_nothing(objects: int) -> None:
    assert _spread(_data([(20, [(5.0, 0)] * objects)])) is None
    assert _spread(_data([(20, [(5.0, 0)] * (FEWEST_OBJECTS + 1))])) == pytest.approx(1.0)


def test_of_many_images_some_are_looked_at() -> None:
    class Counted:
        categories, category_ids, looked = ("a",), (1,), 0
        one = _data([(20, [(5.0, 0)])])

        def __len__(self) -> int:
            return 10**6

        def __getitem__(self, position: int) -> Sample:
            raise AssertionError("an image is read")

        def truth(self, position: int) -> GroundTruth:
            self.looked += 1
            return self.one.truth(0)

    data = Counted()
    figures = object_figures(data)
    assert (figures.size_spread, figures.most_per_image) == (pytest.approx(1.0), 1)
    assert data.looked <= MOST_IMAGES
