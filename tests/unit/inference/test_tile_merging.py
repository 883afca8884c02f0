import pytest
import torch
from torch import Tensor

from boxwright.geometry.letterbox import fit_letterbox
from boxwright.geometry.tiling import Window
from boxwright.inference.tile_merging import merge_tiles
from boxwright.structures import Detections, ImageOrigin, InstanceMasks

WHOLE = ImageOrigin(9, "whole.png", (100, 180))
LEFT, RIGHT = (0, 0, 100, 100), (80, 0, 180, 100)


def found(
    window: Window, boxes: list[list[float]], scores: list[float], labels: list[int] | None = None
) -> tuple[Window, Detections]:
    """Gives detections of a tile from boxes in the whole image."""
    size = (window[3] - window[1], window[2] - window[0])
    moved = torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4) - torch.tensor((*window[:2], *window[:2]))
    classes = torch.tensor([0] * len(boxes) if labels is None else labels, dtype=torch.int64)
    return window, Detections(moved, torch.tensor(scores), classes, ImageOrigin(1, "whole.png", size))


def test_one_tile_stays_as_it_is() -> None:
    one = found(LEFT, [[0, 0, 50, 50], [0, 0, 50, 49]], [0.9, 0.8])
    origin = ImageOrigin(1, "a.png", (100, 100), fit_letterbox((100, 100), (64, 64)))
    object.__setattr__(one[1], "origin", origin)
    merged = merge_tiles([one], ImageOrigin(9, "a.png", (100, 100)))
    assert merged.boxes is one[1].boxes
    assert merged.scores is one[1].scores
    assert merged.origin.image_id == 9
    assert merged.origin.letterbox == origin.letterbox


def test_an_object_that_both_tiles_see_is_found_once() -> None:
    both = [
        found(LEFT, [[84.0, 10, 95, 20]], [0.6]),
        found(RIGHT, [[84.0, 11, 95, 21], [150.0, 10, 160, 20]], [0.8, 0.7]),
    ]
    merged = merge_tiles(both, WHOLE)
    assert merged.boxes.tolist() == [[84, 11, 95, 21], [150, 10, 160, 20]]
    assert merged.scores.tolist() == pytest.approx([0.8, 0.7])
    assert merged.origin == WHOLE


def test_other_classes_stay_unless_class_does_not_matter() -> None:
    both = [found(LEFT, [[84.0, 10, 95, 20]], [0.6], [1]), found(RIGHT, [[84.0, 10, 95, 20]], [0.8], [0])]
    assert merge_tiles(both, WHOLE).labels.tolist() == [0, 1]
    assert merge_tiles(both, WHOLE, class_agnostic=True).labels.tolist() == [0]


def test_boxes_of_one_tile_are_left_to_the_system() -> None:
    both = [found(LEFT, [[84.0, 10, 95, 20], [84.0, 10, 95, 19]], [0.9, 0.8]), found(RIGHT, [], [])]
    assert len(merge_tiles(both, WHOLE)) == 2


def test_a_cut_part_goes_for_the_whole_object_even_with_a_somewhat_better_score() -> None:
    both = [found(LEFT, [[85.0, 10, 100, 40]], [0.9]), found(RIGHT, [[85.0, 10, 140, 40]], [0.6])]
    assert merge_tiles(both, WHOLE).boxes.tolist() == [[85, 10, 140, 40]]


def test_a_weak_box_does_not_remove_a_strong_one_that_is_cut() -> None:
    both = [found(LEFT, [[60.0, 10, 100, 40]], [0.9]), found(RIGHT, [[82.0, 10, 140, 40]], [0.01])]
    assert merge_tiles(both, WHOLE).scores.tolist() == pytest.approx([0.9, 0.01])
    both = [found(LEFT, [[85.0, 10, 100, 40]], [0.9]), found(RIGHT, [[85.0, 10, 140, 40]], [0.01])]
    assert merge_tiles(both, WHOLE).scores.tolist() == pytest.approx([0.9, 0.01])


def test_a_box_at_the_border_of_the_image_is_not_cut() -> None:
    small, large = [0.0, 0, 90, 10], [0.0, 0, 180, 100]
    both = [found(LEFT, [small], [0.6]), found(RIGHT, [[81.0, 0, 180, 100]], [0.9])]
    assert len(merge_tiles(both, WHOLE)) == 2
    whole = (0, 0, 180, 100)
    both = [found(whole, [large], [0.9]), found(LEFT, [small], [0.6])]
    assert len(merge_tiles(both, WHOLE)) == 2


def test_what_a_removed_box_would_have_removed_stays() -> None:
    far = (90, 0, 190, 100)
    three = [
        found(LEFT, [[82.0, 10, 92, 20]], [0.9]),
        found(RIGHT, [[85.0, 10, 95, 20]], [0.8]),
        found(far, [[92.5, 10, 98, 20]], [0.7]),
    ]
    assert merge_tiles(three, ImageOrigin(9, None, (100, 190))).scores.tolist() == pytest.approx([0.9, 0.7])


def plainly(parts: list[tuple[Window, Detections]], size: tuple[int, int]) -> Tensor:
    """Does it box by box, as the rule is written; gives the scores that stay."""
    rows = []
    for number, (window, one) in enumerate(parts):
        left, top, right, bottom = window
        for box, score, label in zip(one.boxes.tolist(), one.scores.tolist(), one.labels.tolist(), strict=True):
            x1, y1, x2, y2 = box[0] + left, box[1] + top, box[2] + left, box[3] + top
            near = (max(2, 0.02 * (right - left)), max(2, 0.02 * (bottom - top)))
            is_cut = (
                (left > 0 and x1 <= left + near[0])
                or (top > 0 and y1 <= top + near[1])
                or (right < size[1] and x2 >= right - near[0])
                or (bottom < size[0] and y2 >= bottom - near[1])
            )
            rows.append((score * (0.5 if is_cut else 1), number, (x1, y1, x2, y2), is_cut, label, score))
    rows.sort(key=lambda row: (-row[0], row[1]))
    kept: list[tuple[float, int, tuple[float, ...], bool, int, float]] = []
    for row in rows:
        x1, y1, x2, y2 = row[2]
        for other in kept:
            a1, b1, a2, b2 = other[2]
            shared = max(0, min(x2, a2) - max(x1, a1)) * max(0, min(y2, b2) - max(y1, b1))
            area, union = (x2 - x1) * (y2 - y1), (x2 - x1) * (y2 - y1) + (a2 - a1) * (b2 - b1) - shared
            is_covered = shared > 0.5 * union or (row[3] and shared > 0.5 * area)
            if other[1] != row[1] and other[4] == row[4] and is_covered:
                break
        else:
            kept.append(row)
    return torch.tensor(sorted((row[5] for row in kept), reverse=True))


@pytest.mark.parametrize("seed", range(5))
def test_it_does_what_the_rule_says(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    size = (160, 180)
    parts = []
    for window in ((0, 0, 100, 100), (80, 0, 180, 100), (0, 60, 100, 160), (80, 60, 180, 160)):
        corner = torch.randint(0, 90, (40, 2), generator=generator).float()
        boxes = torch.cat((corner, (corner + torch.randint(5, 40, (40, 2), generator=generator)).clamp(max=100)), dim=1)
        scores = torch.rand(40, generator=generator).sort(descending=True).values
        labels = torch.randint(0, 2, (40,), generator=generator)
        parts.append((window, Detections(boxes, scores, labels, ImageOrigin(0, None, (100, 100)))))
    merged = merge_tiles(parts, ImageOrigin(0, None, size))
    expected = plainly(parts, size)
    assert len(expected) < 160
    assert torch.equal(merged.scores, expected)


def test_masks_come_along() -> None:
    masks = torch.zeros(2, 100, 100, dtype=torch.bool)
    masks[0, 10:20, 3:9] = True
    window, one = found(RIGHT, [[83.0, 10, 89, 20], [150.0, 10, 160, 20]], [0.8, 0.7])
    with_masks = Detections(one.boxes, one.scores, one.labels, one.origin, InstanceMasks.from_boolean(masks))
    other = found(LEFT, [], [])
    nothing = Detections(
        other[1].boxes, other[1].scores, other[1].labels, other[1].origin, InstanceMasks.empty((100, 100))
    )
    merged = merge_tiles([(LEFT, nothing), (window, with_masks)], WHOLE)
    assert merged.masks is not None
    full = merged.masks.to_boolean()
    assert full[0].sum() == 60
    assert full[0, 10:20, 83:89].all()
    assert not full[1].any()
