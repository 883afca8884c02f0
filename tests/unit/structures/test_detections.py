import tracemalloc
from dataclasses import replace

import pytest
import torch

from boxwright.errors import ShapeError
from boxwright.structures import Detections, ImageOrigin, InstanceMasks

ORIGIN = ImageOrigin(1, None, (40, 40))


def masks() -> InstanceMasks:
    full = torch.zeros(2, 40, 40, dtype=torch.bool)
    full[0, 2:6, 1:4] = True
    return InstanceMasks.from_boolean(full)


def build(masks: InstanceMasks | None = None) -> Detections:
    boxes = torch.tensor([[1.0, 2.0, 5.0, 6.0], [0.0, 0.0, 9.0, 9.0]])
    return Detections(boxes, torch.tensor([0.9, 0.3]), torch.tensor([1, 0]), ORIGIN, masks)


def test_conversion_to_supervision() -> None:
    found = build(masks()).to_supervision(("cat", "dog"))
    assert found.xyxy.tolist() == [[1, 2, 5, 6], [0, 0, 9, 9]]
    assert found.class_id.tolist() == [1, 0]
    assert [round(float(score), 4) for score in found.confidence] == [0.9, 0.3]
    assert found.data["class_name"].tolist() == ["dog", "cat"]
    assert found.mask.shape == (2, 40, 40)
    assert found.mask.sum(axis=(1, 2)).tolist() == [12, 0]


def test_conversion_without_names_masks_or_detections() -> None:
    assert build().to_supervision().mask is None
    assert "class_name" not in build().to_supervision().data
    empty = Detections(torch.zeros(0, 4), torch.zeros(0), torch.zeros(0, dtype=torch.int64), ORIGIN)
    assert len(empty) == len(empty.to_supervision(("cat",))) == 0


def test_moving_takes_every_tensor_along() -> None:
    moved = build(masks()).to("meta")
    assert moved.masks is not None
    assert {moved.boxes.device.type, moved.scores.device.type, moved.masks.device.type} == {"meta"}
    assert build().to("meta").masks is None
    assert len(moved) == 2


@pytest.mark.parametrize("size", [(40, 41), (20, 20)])
def test_masks_of_another_frame_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ShapeError, match=r"2 detections in an image of \(40, 40\).*found 2 of"):
        build(InstanceMasks.from_boolean(torch.zeros(2, *size, dtype=torch.bool)))


def test_masks_of_large_images_are_converted_window_by_window() -> None:
    """In full 100 masks of 12 megapixels would be 1.2 GB."""
    full = torch.zeros(60, 80, dtype=torch.bool)
    full[10:30, 5:70] = full[40, 40] = True
    windows = torch.tensor([[x, 2900, x + 80, 2960] for x in range(100)])
    large = InstanceMasks.from_crops(windows, [full] * 100, (3000, 4000))
    origin = ImageOrigin(0, None, (3000, 4000))
    found = Detections(windows.float(), torch.ones(100), torch.zeros(100, dtype=torch.int64), origin, large)
    tracemalloc.start()
    converted = found.to_supervision()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10 * 2**20
    assert converted.mask.shape == (100, 3000, 4000)
    assert torch.equal(torch.from_numpy(converted.mask[7]), large.rows(torch.tensor([7])).to_boolean()[0])
    assert converted[[3, 4]].mask.sum(axis=(1, 2)).tolist() == [int(full.sum())] * 2


def test_ids_go_along() -> None:
    followed = replace(build(masks()), ids=torch.tensor([7, -1]))
    assert followed.to("cpu").ids.tolist() == [7, -1]
    assert followed.to_supervision().tracker_id.tolist() == [7, -1]
    assert build().to_supervision().tracker_id is None
    picked = followed.rows(torch.tensor([False, True]))
    assert (picked.ids.tolist(), picked.labels.tolist(), len(picked.masks)) == ([-1], [0], 1)
    assert build().rows(torch.tensor([1, 0])).scores.tolist() == build().scores.flip(0).tolist()
