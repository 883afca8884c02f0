import torch

from boxwright.kernels.index_map import IndexMap
from boxwright.structures import InstanceMasks, Targets


def draw(*boxes: tuple[int, int, int, int]) -> InstanceMasks:
    full = torch.zeros(len(boxes), 8, 12, dtype=torch.bool)
    for mask, (x1, y1, x2, y2) in zip(full, boxes, strict=True):
        mask[y1:y2, x1:x2] = True
    return InstanceMasks.from_boolean(full, 4)


def targets_of(masks: InstanceMasks, image: list[int], ignore: list[bool] | None = None) -> Targets:
    flags = torch.tensor(ignore or [False] * len(masks))
    return Targets(masks.boxes, torch.zeros(len(masks)).long(), torch.tensor(image), flags, 2, masks)


def shown(found: IndexMap, num: int) -> torch.Tensor:
    row, y, x = torch.meshgrid(torch.arange(num), torch.arange(8), torch.arange(12), indexing="ij")
    return found.at(row, y, x)


def test_the_smaller_object_lies_on_top() -> None:
    masks = draw((2, 2, 5, 5), (0, 0, 6, 6))
    small, large = shown(IndexMap(masks, targets_of(masks, [0, 0])), 2)
    whole = masks.to_boolean()
    assert torch.equal(small, whole[0])
    assert torch.equal(large, whole[1] & ~whole[0])


def test_among_equal_areas_the_later_row_lies_on_top() -> None:
    masks = draw((0, 0, 4, 4), (2, 0, 6, 4))
    first, second = shown(IndexMap(masks, targets_of(masks, [0, 0])), 2)
    whole = masks.to_boolean()
    assert torch.equal(second, whole[1])
    assert torch.equal(first, whole[0] & ~whole[1])


def test_images_do_not_hide_one_another() -> None:
    masks = draw((0, 0, 4, 4), (0, 0, 3, 3))
    assert torch.equal(shown(IndexMap(masks, targets_of(masks, [0, 1])), 2), masks.to_boolean())


def test_more_than_255_objects_keep_their_own_pixels() -> None:
    """A trap: an index map of bytes has no room for them."""
    full = torch.eye(300, dtype=torch.bool).view(300, 15, 20)
    masks = InstanceMasks.from_boolean(full)
    targets = Targets(masks.boxes, torch.zeros(300).long(), torch.zeros(300).long(), torch.zeros(300).bool(), 1, masks)
    row, y, x = torch.meshgrid(torch.arange(300), torch.arange(15), torch.arange(20), indexing="ij")
    assert torch.equal(IndexMap(masks, targets).at(row, y, x), full)


def test_ignored_regions_hide_nothing() -> None:
    masks = draw((2, 2, 5, 5), (0, 0, 6, 6))
    found = shown(IndexMap(masks, targets_of(masks, [0, 0], [True, False])), 2)
    assert torch.equal(found[1], masks.to_boolean()[1])


def test_no_objects() -> None:
    masks = InstanceMasks.empty((8, 12))
    nothing = torch.zeros(0, dtype=torch.int64)
    found = IndexMap(masks, Targets(torch.zeros(0, 4), nothing, nothing, nothing.bool(), 2, masks))
    assert found.at(nothing, nothing, nothing).shape == (0,)
