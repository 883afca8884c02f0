import numpy as np
import torch

from boxwright.evaluation.compared_image import compare
from boxwright.structures import Detections, GroundTruth, ImageOrigin, InstanceMasks

ORIGIN = ImageOrigin(7, "a.png", (4, 5))


def _masks() -> InstanceMasks:
    full = torch.zeros((2, 4, 5), dtype=torch.bool)
    full[0, 1:3, 1:3] = True
    full[0, 1, 1] = False
    full[1, :, 0] = True
    return InstanceMasks.from_boolean(full)


def _pair(*, found: bool = True, true: bool = True) -> tuple[Detections, GroundTruth]:
    boxes, labels = torch.tensor([[1.0, 1, 3, 3], [0, 0, 1, 4]]), torch.tensor([1, 0])
    detections = Detections(boxes, torch.tensor([0.9, 0.5]), labels, ORIGIN, _masks() if found else None)
    flags, areas = torch.tensor([False, True]), torch.tensor([3.5, 4.0])
    return detections, GroundTruth(boxes, labels, flags, areas, ORIGIN, _masks() if true else None)


def test_boxes_are_written_as_coco_does_and_masks_as_run_lengths() -> None:
    image = compare(*_pair())
    assert image.target_boxes.tolist() == [[1, 1, 2, 2], [0, 0, 1, 4]]
    assert (image.target_areas.tolist(), image.target_ignored.tolist()) == ([3.5, 4.0], [False, True])
    assert image.masks == image.target_masks == _masks().to_rle()


def test_the_area_of_a_detection_is_that_of_what_is_compared() -> None:
    image = compare(*_pair())
    assert {kind: image.areas(kind).tolist() for kind in ("bbox", "segm")} == {"bbox": [4.0, 4.0], "segm": [3.0, 4.0]}


def test_boxes_are_compared_without_masks() -> None:
    for given in ({"found": False}, {"true": False}, {"found": False, "true": False}):
        image = compare(*_pair(**given))
        assert image.masks is image.target_masks is image.mask_areas is None


def test_boxes_keep_every_digit() -> None:
    detections, truth = _pair()
    third = torch.tensor([[1 / 3, 0.1, 2.7, 3.3]] * 2)
    image = compare(Detections(third, detections.scores, detections.labels, ORIGIN), truth)
    np.testing.assert_array_equal(image.boxes[0, :2], third[0, :2].double().numpy())
