import torch

from boxwright.data.tiles.cutting import cut_objects
from boxwright.structures import GroundTruth, ImageOrigin, InstanceMasks

ORIGIN = ImageOrigin(7, "whole.png", (100, 100))
OF_TILE = ImageOrigin(3, "whole.png", (100, 100))


def truth(
    boxes: list[list[float]], ignore: list[bool] | None = None, masks: InstanceMasks | None = None
) -> GroundTruth:
    found = torch.tensor(boxes, dtype=torch.float32)
    area = (found[:, 2] - found[:, 0]) * (found[:, 3] - found[:, 1])
    flags = torch.tensor([False] * len(boxes) if ignore is None else ignore)
    return GroundTruth(found, torch.arange(len(boxes)), flags, area, ORIGIN, masks)


def test_what_lies_inside_stays_and_what_is_outside_goes() -> None:
    part, rows = cut_objects(
        truth([[60.5, 60, 61, 60.5], [0, 0, 20, 20], [70, 55, 80, 65]]), (50, 50, 90, 100), OF_TILE
    )
    assert rows.tolist() == [0, 2]
    assert part.boxes.tolist() == [[10.5, 10, 11, 10.5], [20, 5, 30, 15]]  # the tiny one is the business of others
    assert part.labels.tolist() == [0, 2]
    assert part.ignore.tolist() == [False, False]
    assert part.area.tolist() == [0.25, 100]
    assert part.origin == ImageOrigin(3, "whole.png", (50, 40))


def test_a_cut_object_counts_by_what_stays_visible() -> None:
    boxes = [[40.0, 0, 60, 20], [30.0, 0, 51, 20], [49.5, 0, 51, 20]]  # a half, a twentieth, and a sliver
    part, _ = cut_objects(truth(boxes), (50, 0, 100, 100), OF_TILE)
    assert part.boxes.tolist() == [[0, 0, 10, 20], [0, 0, 1, 20], [0, 0, 1, 20]]
    assert part.ignore.tolist() == [False, True, True]
    assert part.area.tolist() == [200, 20, 20]


def test_ignored_regions_stay_ignored() -> None:
    part, _ = cut_objects(truth([[40.0, 0, 60, 20], [0, 0, 100, 100]], [True, True]), (50, 0, 100, 100), OF_TILE)
    assert part.ignore.tolist() == [True, True]


def test_masks_are_cut_and_say_how_much_is_left() -> None:
    pixels = torch.zeros(3, 100, 100, dtype=torch.bool)
    pixels[0, 10:30, 40:60] = True
    pixels[1, 10:30, 20:48] = True  # the box is too wide: nothing of the object is in the tile
    pixels[2, 10:30, 30:49] = pixels[2, 10, 49:52] = True  # nearly nothing is
    boxes = [[40.0, 10, 60, 30], [20, 10, 60, 30], [30.0, 10, 52, 30]]
    part, rows = cut_objects(truth(boxes, masks=InstanceMasks.from_boolean(pixels)), (50, 0, 100, 100), OF_TILE)
    assert rows.tolist() == [0, 2]
    assert part.ignore.tolist() == [False, True]
    assert part.masks is not None
    assert torch.equal(part.masks.to_boolean(), pixels[[0, 2], :, 50:])
    assert part.boxes[0].tolist() == [0, 10, 10, 30]
    assert part.area[0] == 200


def test_no_objects() -> None:
    nothing = GroundTruth(torch.zeros(0, 4), torch.zeros(0).long(), torch.zeros(0).bool(), torch.zeros(0), ORIGIN)
    part, rows = cut_objects(nothing, (0, 0, 10, 10), OF_TILE)
    assert len(part) == len(rows) == 0
