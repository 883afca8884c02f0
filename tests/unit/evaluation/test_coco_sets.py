import numpy as np
import torch

from boxwright.evaluation.coco_sets import compare, detection_set, truth_set
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


def test_rows_are_numbered_from_one_and_carry_what_coco_reads() -> None:
    image = compare(*_pair())
    truth, found = truth_set([image, image], 2, "segm"), detection_set([image, image], 2, "segm")
    assert [row["id"] for row in truth["annotations"]] == [1, 2, 3, 4]
    assert truth["images"][1] == {"id": 1, "height": 4, "width": 5}
    first = truth["annotations"][0]
    assert (first["bbox"], first["area"], first["iscrowd"], first["category_id"]) == ([1, 1, 2, 2], 3.5, 0, 1)
    assert truth["annotations"][1]["iscrowd"] == 1
    assert [row["segmentation"] for row in found["annotations"][:2]] == _masks().to_rle()


def test_the_area_of_a_detection_is_that_of_what_is_compared() -> None:
    image = compare(*_pair())
    areas = {kind: [row["area"] for row in detection_set([image], 2, kind)["annotations"]] for kind in ("bbox", "segm")}
    assert areas == {"bbox": [4.0, 4.0], "segm": [3.0, 4.0]}


def test_boxes_are_compared_without_masks() -> None:
    for given in ({"found": False}, {"true": False}, {"found": False, "true": False}):
        image = compare(*_pair(**given))
        assert image.masks is image.target_masks is image.mask_areas is None
        assert "segmentation" not in truth_set([image], 2, "bbox")["annotations"][0]


def test_boxes_keep_every_digit() -> None:
    detections, truth = _pair()
    third = torch.tensor([[1 / 3, 0.1, 2.7, 3.3]] * 2)
    image = compare(Detections(third, detections.scores, detections.labels, ORIGIN), truth)
    np.testing.assert_array_equal(image.boxes[0, :2], third[0, :2].double().numpy())
