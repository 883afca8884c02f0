"""Targets as a training sees them."""

import pytest
import torch

from boxwright.data import evaluation_loader
from boxwright.inspection.diagnosis.subject import Subject
from boxwright.inspection.diagnosis.survey import batches as module
from boxwright.inspection.diagnosis.survey.batches import Sight, batches, boxes_only


def _all(system, dataset, sight: Sight, *, has_images: bool):
    return list(batches(system, (64, 96), dataset, sight, num_priors=100, has_images=has_images))


@pytest.mark.parametrize("name", ["yolov5n", "retinanet_r18", "fcos_r18", "ssd_tiny"])
def test_boxes_without_images_are_those_of_the_loader(mixed, name: str) -> None:
    """For images in the middle, in the corner, and stretched."""
    system = Subject(name, (64, 96)).build(2, has_weights=False)
    (found,) = boxes_only(mixed, (64, 96), system, 100)
    (loaded,) = evaluation_loader(mixed, (64, 96), 8, fit=system.fit)
    for column in ("boxes", "labels", "image", "ignore"):
        assert torch.equal(getattr(found, column), getattr(loaded.targets, column)), column


def test_many_priors_make_small_batches(mixed, monkeypatch) -> None:
    monkeypatch.setattr(module, "_PRIORS_AT_ONCE", 250)
    system = Subject("yolov5n", (64, 64)).build(2, has_weights=False)
    assert [targets.batch_size for targets in boxes_only(mixed, (64, 64), system, 100)] == [2, 1]
    assert [targets.batch_size for targets in boxes_only(mixed, (64, 64), system, 1000)] == [1, 1, 1]


def test_images_are_loaded_where_they_are_needed_only(mixed) -> None:
    system = Subject("yolov5n", (64, 96)).build(2, has_weights=False)
    assert [images for _, images in _all(system, mixed, Sight(), has_images=False)] == [None]
    found = _all(system, mixed, Sight(batch_size=2), has_images=True)
    assert [tuple(images.shape) for _, images in found] == [(2, 3, 64, 96), (1, 3, 64, 96)]


def test_augmented_pictures_can_be_few(mixed) -> None:
    system = Subject("yolov5n", (64, 96)).build(2, has_weights=False)
    sight = Sight(is_augmented=True, batch_size=2, pictures=1)
    ((targets, images),) = _all(system, mixed, sight, has_images=False)
    assert (targets.batch_size, len(images), sight.count(mixed)) == (1, 1, 1)
    whole = _all(system, mixed, Sight(is_augmented=True, batch_size=2), has_images=False)
    assert sum(targets.batch_size for targets, _ in whole) == 3
    again = _all(system, mixed, Sight(is_augmented=True, batch_size=2), has_images=True)
    assert all(torch.equal(one.boxes, other.boxes) for (one, _), (other, _) in zip(whole, again, strict=True))
    assert Sight(pictures=1).count(mixed) == 3
