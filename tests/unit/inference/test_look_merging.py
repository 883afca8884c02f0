import pytest
import torch

from boxwright.inference.look_merging import merge_looks
from boxwright.structures import Detections, ImageOrigin, InstanceMasks

ORIGIN = ImageOrigin(0, None, (100, 100))


def _found(*rows: tuple[list[float], float, int], has_masks: bool = False) -> Detections:
    boxes = torch.tensor([row[0] for row in rows]).reshape(-1, 4)
    masks = torch.zeros(len(rows), 100, 100, dtype=torch.bool)
    for mask, (left, top, right, bottom) in zip(masks, boxes.int().tolist(), strict=True):
        mask[top:bottom, left:right] = True
    scores, labels = torch.tensor([row[1] for row in rows]), torch.tensor([row[2] for row in rows]).long()
    return Detections(boxes, scores, labels, ORIGIN, InstanceMasks.from_boolean(masks) if has_masks else None)


def _merged(*parts: Detections, threshold: float = 0.5, most: int = 300, class_agnostic: bool = False) -> Detections:
    return merge_looks(parts, iou_threshold=threshold, max_detections=most, class_agnostic=class_agnostic)


A, NEAR_A, B = [10.0, 10.0, 50.0, 50.0], [12.0, 10.0, 52.0, 50.0], [60.0, 60.0, 90.0, 90.0]


@pytest.mark.parametrize("has_masks", [False, True])
def test_the_weaker_of_two_looks_goes(has_masks: bool) -> None:
    found = _merged(
        _found((A, 0.6, 0), has_masks=has_masks), _found((NEAR_A, 0.8, 0), (B, 0.3, 0), has_masks=has_masks)
    )
    assert found.boxes.tolist() == [NEAR_A, B]
    assert found.scores.tolist() == pytest.approx([0.8, 0.3])
    assert (found.masks is not None) == has_masks
    if found.masks is not None:
        assert torch.equal(found.masks.boxes, found.boxes)


def test_other_classes_stay_unless_they_do_not_matter() -> None:
    parts = (_found((A, 0.6, 0)), _found((NEAR_A, 0.8, 1)))
    assert len(_merged(*parts)) == 2
    assert _merged(*parts, class_agnostic=True).labels.tolist() == [1]


def test_those_of_one_look_never_remove_each_other() -> None:
    one = _found((A, 0.9, 0), (NEAR_A, 0.8, 0))
    assert _merged(one) is one
    assert _merged(one, _found()).boxes.tolist() == [A, NEAR_A]
    twice = _merged(one, one)
    assert twice.boxes.tolist() == [A, NEAR_A]
    assert twice.scores.tolist() == one.scores.tolist()


def test_what_is_removed_removes_nothing() -> None:
    """A chain: the first removes the second, which else would remove the third."""
    chain = [[float(10 * step), 0.0, float(10 * step + 40), 40.0] for step in range(3)]
    parts = [_found((box, score, 0)) for box, score in zip(chain, (0.9, 0.8, 0.7), strict=True)]
    assert _merged(*parts, threshold=0.5).boxes.tolist() == [chain[0], chain[2]]


def test_no_more_are_kept_than_asked_for() -> None:
    parts = (_found((A, 0.6, 0)), _found((B, 0.8, 0)))
    assert _merged(*parts, most=1).boxes.tolist() == [B]


def test_nothing_is_nothing() -> None:
    assert len(_merged(_found(), _found())) == 0


def test_many_are_compared_in_parts_of_the_table() -> None:
    rng = torch.Generator().manual_seed(0)
    corners = torch.rand(900, 2, generator=rng) * 60
    boxes = torch.cat((corners, corners + 5 + torch.rand(900, 2, generator=rng) * 20), dim=1)
    scores = torch.rand(900, generator=rng).sort(descending=True).values
    one = Detections(boxes, scores, torch.zeros(900, dtype=torch.int64), ORIGIN)
    other = Detections(boxes.flip(0), scores, torch.zeros(900, dtype=torch.int64), ORIGIN)
    found = _merged(one, other, threshold=0.3, most=10_000)
    kept: list[tuple[int, torch.Tensor]] = []
    every = [(float(part.scores[row]), look, row) for look, part in enumerate((one, other)) for row in range(900)]
    for _, look, row in sorted(every, key=lambda entry: -entry[0]):
        box = (one, other)[look].boxes[row]
        if all(look == earlier or _iou(box, better) <= 0.3 for earlier, better in kept):
            kept.append((look, box))
    assert torch.equal(found.boxes, torch.stack([box for _, box in kept]))


def _iou(one: torch.Tensor, other: torch.Tensor) -> float:
    sides = (torch.minimum(one[2:], other[2:]) - torch.maximum(one[:2], other[:2])).clamp(min=0)
    shared = float(sides.prod())
    return shared / (float((one[2:] - one[:2]).prod() + (other[2:] - other[:2]).prod()) - shared)
